"""Tables of FreeSurfer, ENIGMA and ENIGMA-DTI are known by their first line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from opentrs.measures.regions import regions_of
from opentrs.sources.imaging.recognise import recognised
from tests.unit.sources.folders import checked
from tests.unit.sources.imaging.tables import people_of, typical


def test_freesurfer_tables_of_both_sides_become_one_scan(tmp_path: Path) -> None:
    table = typical("desikan_killiany", "thickness")
    people = people_of(table)
    files = {}
    for side in ("lh", "rh"):
        names = [column for column in table if column.startswith(side)]
        part = table[["person_id", *names]].rename(columns={"person_id": f"{side}.aparc.thickness"})
        part["BrainSegVolNotVent"] = part["eTIV"] = 1_500_000.5 + np.arange(len(part))
        files[f"{side}_thick__txt"] = part.to_csv(index=False, sep="\t")

    result = checked(tmp_path, people=people, **files)

    held = regions_of(result.cohort, "cortex")
    assert held.matrix.shape == (6, 68)
    assert np.isfinite(held.matrix).all()
    assert held.icv[0] == 1_500_000.5
    assert [p.code for p in result.problems if p.severity != "note"] == []


def test_segmented_volumes_of_freesurfer_are_the_subcortex(tmp_path: Path) -> None:
    text = (
        "Measure:volume\tLeft-Hippocampus\tRight-Hippocampus\tLeft-Thalamus\tEstimatedTotalIntraCranialVol\n"
    )
    result = checked(tmp_path, aseg__txt=text + "cai\t4000\t4100\t7600\t1500000\n")

    held = regions_of(result.cohort, "subcortex")
    assert held.matrix.tolist() == [[4000.0, 4100.0, 7600.0]]
    assert held.icv.tolist() == [1_500_000.0]


@pytest.mark.parametrize(
    ("header", "table"),
    [
        ("SubjID,L_bankssts_thickavg,R_bankssts_thickavg,L_cuneus_thickavg,ICV", "cortex"),
        ("SubjID,LLatVent,RLatVent,Lthal,Rthal,ICV", "subcortex"),
        ("subjectID,ACR-L,ACR-R,BCC,AverageFA", "tracts"),
        ("SubjID,Dx,Age,Sex,ICV", None),
        ("SubjID,lh_one,lh_two,lh_three", None),
        ("lh.aparc.meancurv,lh_bankssts_meancurv,lh_cuneus_meancurv,lh_insula_meancurv", None),
    ],
)
def test_a_header_tells_the_table(tmp_path: Path, header: str, table: str | None) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(header + "\n", encoding="utf-8")

    found = recognised(file)

    assert (found.table if found else None) == table


def test_a_text_file_that_is_no_table_is_let_be(tmp_path: Path) -> None:
    result = checked(tmp_path, readme__txt="Please read the manual, all of it.\n")

    assert [problem.code for problem in result.problems] == []
