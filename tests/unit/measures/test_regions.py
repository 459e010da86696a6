"""A scan table as a matrix: spellings joined, one atlas, scans in order."""

from __future__ import annotations

import numpy as np
import pytest

from opentrs.cohort.build import from_frames
from opentrs.errors import InputProblemsError, UsageError
from opentrs.measures.regions import regions_of

PEOPLE = [
    {"person_id": "a", "site": "north", "birth_date": "1990-01-01"},
    {"person_id": "b", "site": "south", "age_years": 40},
]


def cohort_with(**tables):
    return from_frames({"people": PEOPLE, **tables})


def test_spellings_of_two_files_become_one_region():
    cohort = cohort_with(subcortex=[
        {"person_id": "a", "Left-Thalamus-Proper": 7000.0, "Left-Thalamus": None},
        {"person_id": "b", "Left-Thalamus-Proper": None, "Left-Thalamus": 7500.0},
    ])  # fmt: skip

    table = regions_of(cohort, "subcortex")

    assert table.ids == ("L_thalamus",)
    assert table.matrix[:, 0].tolist() == [7000.0, 7500.0]
    assert (table.measure, table.unit, table.atlas) == ("volume", "mm3", "aseg")


def test_two_columns_of_one_region_that_differ_are_refused():
    cohort = cohort_with(subcortex=[{"person_id": "a", "Left-Thalamus-Proper": 7000.0, "Lthal": 7001.0}])

    with pytest.raises(InputProblemsError) as refused:
        regions_of(cohort, "subcortex")

    assert [problem.code for problem in refused.value.problems] == ["region_twice"]
    assert "Lthal" in refused.value.problems[0].sentence()


def test_two_columns_of_one_region_that_agree_are_one():
    cohort = cohort_with(subcortex=[{"person_id": "a", "Left-Thalamus-Proper": 7000.0, "Lthal": 7000.0}])

    assert regions_of(cohort, "subcortex").matrix.tolist() == [[7000.0]]


def test_scans_come_by_person_and_time_and_the_first_is_the_earliest():
    cohort = cohort_with(cortex=[
        {"person_id": "b", "visit": "2", "age_years": 41, "lh_insula_thickness": 3.0},
        {"person_id": "a", "date": "2021-01-01", "lh_insula_thickness": 2.0},
        {"person_id": "b", "visit": "1", "age_years": 40, "lh_insula_thickness": 4.0},
        {"person_id": "a", "date": "2020-01-01", "lh_insula_thickness": 1.0},
    ])  # fmt: skip

    table = regions_of(cohort, "cortex")
    first = table.first_scans()

    assert table.matrix[:, 0].tolist() == [1.0, 2.0, 4.0, 3.0]
    assert first.person_id.tolist() == ["a", "b"]
    assert first.matrix[:, 0].tolist() == [1.0, 4.0]
    assert first.visit.tolist() == ["", "1"]


def test_age_at_the_scan_is_given_or_computed_or_that_at_inclusion():
    cohort = cohort_with(cortex=[
        {"person_id": "a", "date": "2020-01-01", "lh_insula_thickness": 1.0},
        {"person_id": "b", "date": "2020-01-01", "lh_insula_thickness": 1.0},
        {"person_id": "b", "date": "2021-01-01", "age_years": 41.5, "lh_insula_thickness": 1.0},
    ])  # fmt: skip

    table = regions_of(cohort, "cortex")

    assert table.age_years.tolist() == pytest.approx([30.0, 40.0, 41.5], abs=0.01)
    assert table.site.tolist() == ["north", "south", "south"]


def test_intracranial_volume_comes_from_the_other_table_of_the_same_scan():
    cohort = cohort_with(
        cortex=[{"person_id": "a", "visit": "1", "lh_insula_area": 2000.0},
                {"person_id": "a", "visit": "2", "lh_insula_area": 2000.0}],
        subcortex=[{"person_id": "a", "visit": "2", "eTIV": 1.5e6, "Lthal": 7000.0}],
    )  # fmt: skip

    table = regions_of(cohort, "cortex", "area")

    assert np.isnan(table.icv[0])
    assert table.icv[1] == 1.5e6


def test_of_a_table_with_two_atlases_one_is_taken_and_the_other_named():
    row = {"person_id": "a", "lh_insula_thickness": 3.0, "lh_cuneus_thickness": 2.0,
           "lh_G_front_middle_thickness": 2.5, "age": 30.0, "lh_MeanThickness_thickness": 2.6}  # fmt: skip
    cohort = cohort_with(cortex=[row])

    usual, other = regions_of(cohort, "cortex"), regions_of(cohort, "cortex", atlas="destrieux")

    assert usual.ids == ("L_insula", "L_cuneus")
    assert usual.left_out == ("lh_G_front_middle_thickness", "age")
    assert usual.overall["L_meanthickness"].tolist() == [2.6]
    assert other.ids == ("L_g_front_middle",)


def test_measures_of_one_table_are_kept_apart():
    cohort = cohort_with(tracts=[{"person_id": "a", "CST_L": 0.5, "CST_L_MD": 0.7, "AverageFA": 0.4}])

    assert regions_of(cohort, "tracts").matrix.tolist() == [[0.5]]
    assert regions_of(cohort, "tracts", "md").matrix.tolist() == [[0.7]]
    assert regions_of(cohort, "tracts").overall["averagefa"].tolist() == [0.4]


def test_members_of_a_circuit_are_found_on_each_side():
    names = ("lh_caudalmiddlefrontal", "rh_caudalmiddlefrontal", "lh_cuneus", "lh_rostralmiddlefrontal")
    cohort = cohort_with(cortex=[{"person_id": "a", **{f"{name}_thickness": 2.5 for name in names}}])

    table = regions_of(cohort, "cortex")

    assert table.members("dlpfc", "left").tolist() == [0, 3]
    assert table.members("dlpfc").tolist() == [0, 1, 3]
    assert table.lobe("occipital").tolist() == [2]


def test_a_cohort_without_the_table_gives_no_scans():
    table = regions_of(cohort_with(), "tracts")

    assert table.matrix.shape == (0, 0)
    assert table.first_scans().person_id.tolist() == []


@pytest.mark.parametrize(("table", "measure"), [("ratings", None), ("cortex", "fa")])
def test_a_table_or_measure_that_does_not_exist_is_said(table: str, measure: str | None):
    with pytest.raises(UsageError):
        regions_of(cohort_with(), table, measure)
