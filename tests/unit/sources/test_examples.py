"""The examples that come with the project, and the public data set one of them maps."""

from __future__ import annotations

from pathlib import Path

import pytest

from opentrs.cohort.tables import TABLES
from opentrs.reference import resolve_drug
from opentrs.sources import check, read
from tests.unit.sources.folders import TODAY, checked, found


def test_the_clinic_shows_every_table_and_has_nothing_wrong(repository: Path) -> None:
    result = check(repository / "examples" / "clinic", today=TODAY)

    assert found(result.problems) == []
    assert result.cohort is not None
    assert result.cohort.holds == set(TABLES)


@pytest.mark.real_data
def test_ds000030_reads_whole_through_its_mapping(repository: Path, real_data_dir: Path) -> None:
    mapping = repository / "examples" / "ds000030" / "cohort.toml"
    cohort = read(real_data_dir / "ds000030", mapping, today=TODAY)

    people = cohort.people.to_pandas()
    patients = set(people[people["diagnosis"] == "SCHZ"]["person_id"])
    assert (len(people), len(patients)) == (272, 50)

    courses = cohort.table("treatment_courses").to_pandas()
    of_patients = courses[courses["person_id"].isin(patients)]
    antipsychotics = of_patients[[bool(resolve_drug(drug).is_antipsychotic) for drug in of_patients["drug"]]]
    assert (len(antipsychotics), antipsychotics["person_id"].nunique()) == (63, 45)
    # 60 have a dose; that of the depot is per injection.
    assert antipsychotics["dose_mg_per_day"].notna().sum() == 59
    assert courses["duration_weeks"].isna().all()

    ratings = cohort.table("ratings").to_pandas()
    ratings = ratings[ratings["person_id"].isin(patients)]
    rated = ratings.groupby("scale")["item"].nunique().to_dict()
    assert rated == {"BPRS-24": 24, "HAMD-17": 18, "SANS": 24, "SAPS": 35}
    assert ratings[ratings["scale"] == "BPRS-24"]["value"].isna().sum() == 1
    assert ratings["date"].isna().all()
    assert cohort.table("procedures").count().to_pyarrow().as_py() == 2
    assert all(file.read == file.kept and not file.rejected for file in cohort.files)


@pytest.mark.real_data
def test_the_implausible_doses_of_ds000030_are_named(repository: Path, real_data_dir: Path) -> None:
    mapping = repository / "examples" / "ds000030" / "cohort.toml"
    result = check(real_data_dir / "ds000030", mapping, today=TODAY)

    doses = {
        (problem.params["drug"], problem.params["value"])
        for problem in result.problems
        if problem.code == "dose_implausible"
    }
    assert {("olanzapine", "60"), ("olanzapine", "200"), ("risperidone", "20")} <= doses


@pytest.mark.real_data
def test_ds003944_reads_whole_through_its_mapping(repository: Path, real_data_dir: Path) -> None:
    mapping = repository / "examples" / "ds003944" / "cohort.toml"
    result = check(real_data_dir / "ds003944", mapping, today=TODAY)

    assert found(result.problems) == []
    assert result.cohort is not None
    people = result.cohort.people.to_pandas()
    assert people["group"].value_counts().to_dict() == {"patient": 50, "control": 32}
    patients = set(people[people["group"] == "patient"]["person_id"])
    ratings = result.cohort.table("ratings").to_pandas()
    assert set(ratings["person_id"]) <= patients
    items = ratings[ratings["item"] != "total"]
    assert items.groupby("scale")["item"].nunique().to_dict() == {"BPRS-18": 20, "SANS": 25, "SAPS": 34}
    assert ratings.groupby("scale")["person_id"].nunique().to_dict() == {
        "BPRS-18": 48, "SANS": 48, "SAPS": 48,
    }  # fmt: skip
    function = result.cohort.table("function").to_pandas()
    assert (len(function), set(function["scale"]), function["value"].min()) == (54, {"GAF"}, 28)
    # 48 have a dose; in 17 it is zero, which is no course.
    courses = result.cohort.table("treatment_courses").to_pandas()
    assert (len(courses), courses["dose_mg_per_day"].max().round(1)) == (31, 543.5)
    assert all(file.read == file.kept and not file.rejected for file in result.files)


def test_doses_that_name_no_drug_are_counted_once(tmp_path: Path) -> None:
    rows = "cai,2020-01-01,CPZ equivalents,400\nlin,2020-01-01,CPZ equivalents,300\n"
    table = "person_id,start_date,drug,dose_mg_per_day\n" + rows
    result = checked(tmp_path, treatment_courses=table)

    notes = [problem for problem in result.problems if problem.code == "drug_dose_only"]
    assert [problem.params["n"] for problem in notes] == [2]
