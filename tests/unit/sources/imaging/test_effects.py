"""Published effects are read with p from d and its error; printed p-values that cannot be are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from opentrs.errors import InputProblemsError
from opentrs.sources.imaging.effects import read_effect_map

HEADER = "SubcorticalVolume,Structure,d_icv,se_icv,n_controls,n_patients,pobs\n"


def table(place: Path, *rows: str) -> Path:
    file = place / "map.csv"
    file.write_text(HEADER + "".join(f"x,{row}\n" for row in rows), encoding="utf-8")
    return file


def test_p_comes_from_d_and_its_error(tmp_path: Path) -> None:
    found = read_effect_map(table(tmp_path, "Lhippo,-0.43,0.06,10,20,7.7e-13", "Lthal,0.0,0.05,,,1"))

    hippocampus, thalamus = found.effects
    assert hippocampus.p == pytest.approx(7.68e-13, rel=1e-3)
    assert (hippocampus.region.id, hippocampus.n_controls, hippocampus.n_patients) == (
        "L_hippocampus",
        10,
        20,
    )
    assert thalamus.p == pytest.approx(1.0)
    assert found.problems == ()


@pytest.mark.parametrize(("printed", "named"), [("2e-3", False), ("1e-5", True)])
def test_a_printed_p_that_cannot_be_is_named(tmp_path: Path, printed: str, named: bool) -> None:
    found = read_effect_map(table(tmp_path, f"Lhippo,-0.12,0.06,,,{printed}"))

    assert [problem.code for problem in found.problems] == (["effects_p_other"] if named else [])


def test_a_table_without_the_columns_or_of_unknown_regions_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("region,d\nLhippo,1\n", encoding="utf-8")
    with pytest.raises(InputProblemsError):
        read_effect_map(other)
    with pytest.raises(InputProblemsError) as refused:
        read_effect_map(table(tmp_path, "Lhippo,1,1,,,1", "Nowhere,1,1,,,1"))
    assert [problem.line for problem in refused.value.problems] == [3]


@pytest.mark.real_data
def test_the_rotated_rows_of_the_schizophrenia_volumes_are_found(real_data_dir: Path) -> None:
    found = read_effect_map(real_data_dir / "enigma_sumstats" / "scz_case-controls_SubVol.csv")

    rotated = [problem for problem in found.problems if problem.code == "effects_p_rotated"]
    assert [problem.params["regions"] for problem in rotated] == ["Lpal, Lput, Lthal, LLatVent"]
    assert found.by_region()["L_thalamus"].p == pytest.approx(1.82e-5, rel=0.01)
    wrong = {str(problem.params["region"]) for problem in found.problems if problem.code == "effects_p_other"}
    assert wrong == {"Lpal", "Lthal", "LLatVent"}


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["CortThick", "CortSurf", "SubVol_mean"])
def test_the_other_schizophrenia_tables_are_consistent(real_data_dir: Path, name: str) -> None:
    found = read_effect_map(real_data_dir / "enigma_sumstats" / f"scz_case-controls_{name}.csv")

    assert found.problems == ()
    assert len(found.effects) == (16 if name == "SubVol_mean" else 68)
