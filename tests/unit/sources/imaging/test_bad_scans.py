"""Every fault the scans of a cohort may have is refused or counted, by its name and place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from opentrs.measures.regions import regions_of
from opentrs.sources import CheckResult
from tests.unit.sources.folders import checked, found
from tests.unit.sources.imaging.tables import csv_of, people_of, typical
from tests.unit.sources.imaging.test_labels import jhu
from tests.unit.sources.imaging.test_surfaces import FSAVERAGE5, both

PEOPLE = "person_id\ncai\nlin\n"
DK = typical("desikan_killiany", "thickness")


def surfaces(place: Path) -> Path:
    folder = place / "surfaces"
    folder.mkdir()
    return folder


def codes(result: CheckResult) -> list[str]:
    return [problem.code for problem in result.problems]


def label_csv(places: int) -> str:
    rows = [f"{each.number},{each.name},{each.voxels}" for each in jhu(places)]
    return "\n".join(["label,name,voxels", *rows]) + "\n"


def test_sound_maps_of_the_surface_pass_and_gaps_are_counted(tmp_path: Path) -> None:
    place = surfaces(tmp_path)
    both(place, "cai")
    both(place, "lin", fill=np.nan)

    result = checked(tmp_path, people=PEOPLE)

    assert found(result.problems) == []
    assert [(p.file, p.code, p.params["n"]) for p in result.problems] == [("surfaces", "surface_blank", 2)]


def test_a_table_of_68_regions_is_never_taken_for_vertices(tmp_path: Path) -> None:
    both(surfaces(tmp_path), "cai", size=34)

    result = checked(tmp_path, people=PEOPLE)

    assert result.cohort is None
    assert found(result.problems, "error") == [
        (f"surfaces/sub-cai_hemi-{side}_thickness.shape.gii", "surface_is_regions") for side in "LR"
    ]


def test_a_map_of_nobody_and_a_side_alone_are_refused_by_file(tmp_path: Path) -> None:
    place = surfaces(tmp_path)
    both(place, "zoe")
    both(place, "cai")
    (place / "sub-cai_hemi-R_thickness.shape.gii").unlink()

    problems = found(checked(tmp_path, people=PEOPLE).problems, "error")

    assert ("surfaces/sub-zoe_hemi-L_thickness.shape.gii", "surface_of_nobody") in problems
    assert ("surfaces/sub-cai_hemi-L_thickness.shape.gii", "surface_one_side") in problems


def test_maps_of_two_meshes_are_refused(tmp_path: Path) -> None:
    place = surfaces(tmp_path)
    both(place, "cai")
    both(place, "lin", size=4 * FSAVERAGE5 - 6)

    assert "surface_other_mesh" in codes(checked(tmp_path, people=PEOPLE))


@pytest.mark.parametrize("places", [1, -1])
def test_a_label_table_off_by_one_refuses_the_cohort(tmp_path: Path, places: int) -> None:
    result = checked(tmp_path, people=PEOPLE, labels=label_csv(places))

    assert result.cohort is None
    assert ("labels.csv", "labels_off_by_one") in found(result.problems, "error")


def test_a_sound_label_table_is_hashed_and_nothing_is_said(tmp_path: Path) -> None:
    result = checked(tmp_path, people=PEOPLE, labels=label_csv(0))

    assert result.problems == ()
    assert "labels.csv" in {file.name for file in result.files}


def test_labels_of_a_row_per_person_are_each_looked_at_once(tmp_path: Path) -> None:
    rows = [f"{who},{each.number},{each.name},{each.voxels}" for who in ("cai", "lin") for each in jhu(1)]
    table = "\n".join(["subject,label,roi,n_voxels", *rows])

    (slipped,) = [p for p in checked(tmp_path, people=PEOPLE, rois__tsv=table).problems
                  if p.code == "labels_off_by_one"]  # fmt: skip
    assert slipped.params["n"] == len(jhu())


def test_two_atlases_in_one_table_are_named_and_one_is_taken(tmp_path: Path) -> None:
    both_atlases = DK.merge(typical("destrieux", "thickness"), on="person_id")
    result = checked(tmp_path, people=people_of(DK), cortex=csv_of(both_atlases))

    (mixed,) = [p for p in result.problems if p.code == "atlases_mixed"]
    assert mixed.params["atlases"] == "desikan_killiany (68), destrieux (148)"
    assert regions_of(result.cohort, "cortex").atlas == "destrieux"


def test_two_scans_of_a_day_and_a_scan_of_nobody_are_refused_by_line(tmp_path: Path) -> None:
    table = DK.assign(date="2020-01-01")
    again = table.iloc[[0]].copy()
    again.iloc[:, 1:5] = again.iloc[:, 1:5] + 0.1
    stranger = table.iloc[[1]].assign(person_id="zoe")
    rows = pd.concat([table, again, stranger])

    result = checked(tmp_path, people=people_of(DK), cortex=csv_of(rows))

    lines = {p.code: p.line for p in result.problems if p.severity == "error"}
    assert lines["scans_same_day"] == len(table) + 2
    assert len(table) + 3 in lines.values()
