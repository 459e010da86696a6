"""The four public imaging sets read through the examples, and their known faults are said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from opentrs.measures.regions import regions_of
from opentrs.sources import CheckResult, check
from tests.unit.sources.folders import TODAY

pytestmark = pytest.mark.real_data


def checked_set(repository: Path, data: Path, example: str, folder: str) -> CheckResult:
    result = check(data / folder, repository / "examples" / example / "cohort.toml", today=TODAY)
    assert result.cohort is not None, [problem.sentence() for problem in result.problems][:5]
    return result


def test_the_early_psychosis_set_has_two_visits_of_each_person(repository: Path, real_data_dir: Path) -> None:
    result = checked_set(repository, real_data_dir, "czech_fep", "czech_fep_freesurfer")

    thickness = regions_of(result.cohort, "cortex")
    volumes = regions_of(result.cohort, "subcortex")
    people = result.cohort.people.to_pandas()
    assert people["group"].value_counts().to_dict() == {"patient": 98, "control": 67}
    assert people["sex"].value_counts().to_dict() == {"M": 85, "F": 80}
    assert thickness.matrix.shape == (330, 148)
    assert volumes.matrix.shape == (330, 32)
    assert np.isfinite(thickness.icv).all()
    first = thickness.first_scans()
    assert set(first.visit) == {"1"}
    second = thickness.rows(thickness.visit == "2")
    assert (second.age_years > first.age_years).all()
    r = [np.corrcoef(first.matrix[:, at], second.matrix[:, at])[0, 1] for at in range(148)]
    assert np.median(r) == pytest.approx(0.902748, abs=1e-6)
    assert not [problem for problem in result.problems if problem.severity != "note"]


def test_the_naming_generations_of_the_five_sites_become_one(repository: Path, real_data_dir: Path) -> None:
    result = checked_set(repository, real_data_dir, "openneuro5", "openneuro5_freesurfer")

    thickness, volumes = regions_of(result.cohort, "cortex"), regions_of(result.cohort, "subcortex")
    left_out = {
        column
        for problem in result.problems
        if problem.code in ("regions_all_zero", "regions_constant") and problem.file == "ct_te.csv"
        for column in str(problem.params["columns"]).split(", ")
    }
    assert len(left_out) == 34
    assert thickness.matrix.shape == (419, 148)
    assert "L_thalamus" in volumes.ids
    assert np.nanmin(volumes.matrix[:, volumes.ids.index("L_thalamus")]) > 3000
    # 28 people stand there twice with the same brain and two ages.
    disagree = [problem for problem in result.problems if problem.code == "repeated_disagree"]
    assert {(problem.column, problem.params["n"]) for problem in disagree} == {("age_years", 28)}
    assert int(np.isnan(thickness.age_years).sum()) == 28


def test_the_normative_set_reads_with_its_dead_columns_named(repository: Path, real_data_dir: Path) -> None:
    result = checked_set(repository, real_data_dir, "fcon1000", "fcon1000_freesurfer")

    thickness = regions_of(result.cohort, "cortex")
    (dead,) = [problem for problem in result.problems if problem.code == "regions_all_zero"]
    assert dead.params["n"] == 4
    assert thickness.matrix.shape == (1078, 148)
    assert len(set(thickness.site)) == 23
    assert not {"columns_shifted", "sides_swapped", "region_unit_other"} & {p.code for p in result.problems}


def test_the_enigma_example_reads_its_three_tables_as_one_scan(repository: Path, real_data_dir: Path) -> None:
    result = checked_set(repository, real_data_dir, "enigma_example", "enigma_example")

    shapes = {
        measure: regions_of(result.cohort, table, measure).matrix.shape
        for table, measure in (("cortex", "thickness"), ("cortex", "area"), ("subcortex", "volume"))
    }
    assert shapes == {"thickness": (20, 68), "area": (20, 68), "volume": (20, 16)}
    assert np.isfinite(regions_of(result.cohort, "cortex", "area").icv).all()
    assert not [problem for problem in result.problems if problem.severity != "note"]
