"""The examples that come with the project, and the public data set one of them maps."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from opentrs.cohort.tables import TABLES
from opentrs.errors import Problem
from opentrs.reference import resolve_drug, scale_items
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
    kinds = scale_items().set_index(["scale", "item"])["kind"]
    rows = ratings.join(kinds, on=["scale", "item"])
    rows = rows[rows["kind"] != "subscale"]
    rated = rows.groupby("scale")["item"].nunique().to_dict()
    assert rated == {"BPRS-24": 24, "HAMD-17": 18, "SANS": 24, "SAPS": 35}
    assert rows[rows["scale"] == "BPRS-24"]["value"].isna().sum() == 1
    # The sentinel of the measured weight is unknown: no sum ever sees -9999.
    assert rows["value"].min() == 0
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
    items = ratings[~ratings["item"].isin(["total", "total_19"])]
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


def stated(problems: tuple[Problem, ...]) -> dict[tuple[object, object], tuple[object, object]]:
    """Scale and stated score -> at how many visits of how many it follows from the items."""
    return {
        (problem.params["scale"], problem.params["item"]): (problem.params["n"], problem.params["total"])
        for problem in problems
        if problem.code == "stated_follows"
    }


@pytest.mark.real_data
def test_the_stated_totals_of_ds003944_follow_from_its_items_at_every_visit(
    repository: Path, real_data_dir: Path
) -> None:
    mapping = repository / "examples" / "ds003944" / "cohort.toml"
    result = check(real_data_dir / "ds003944", mapping, today=TODAY)

    assert stated(result.problems) == {("BPRS-18", "total"): (48, 48), ("BPRS-18", "total_19"): (48, 48)}


@pytest.mark.real_data
def test_the_stated_scores_of_ds000030_follow_and_the_slip_in_its_sidecar_is_named(
    repository: Path, real_data_dir: Path
) -> None:
    mapping = repository / "examples" / "ds000030" / "cohort.toml"
    result = check(real_data_dir / "ds000030", mapping, today=TODAY)

    found_scores = stated(result.problems)
    assert len(found_scores) == 14
    assert all(n == total for n, total in found_scores.values())
    assert found_scores["HAMD-17", "total_both_weights"] == (142, 142)
    assert found_scores["BPRS-24", "positive_mean"] == (142, 142)
    slips = [problem for problem in result.problems if problem.code == "subscore_slip"]
    assert [(problem.severity, problem.file) for problem in slips] == [("warning", "bprs.tsv")]


@pytest.mark.real_data
def test_the_hamilton_sum_of_every_patient_of_ds000030_is_the_stated_one(
    repository: Path, real_data_dir: Path
) -> None:
    mapping = repository / "examples" / "ds000030" / "cohort.toml"
    cohort = read(real_data_dir / "ds000030", mapping, today=TODAY)
    people = cohort.people.to_pandas()
    patients = set(people[people["diagnosis"] == "SCHZ"]["person_id"])
    rows = cohort.table("ratings").to_pandas()
    rows = rows[(rows["scale"] == "HAMD-17") & rows["person_id"].isin(patients)]
    totals = rows[rows["item"] == "total_both_weights"].set_index("person_id")["value"]
    sums = rows[rows["item"] != "total_both_weights"].groupby("person_id")["value"].sum()

    assert len(totals) == 50
    assert (totals == sums.reindex(totals.index)).all()
    assert [(totals >= cut).sum() for cut in (8, 17, 24)] == [24, 8, 2]


@pytest.mark.real_data
def test_the_global_columns_of_ds000030_repeat_the_global_items(
    repository: Path, real_data_dir: Path
) -> None:
    mapping = repository / "examples" / "ds000030" / "cohort.toml"
    cohort = read(real_data_dir / "ds000030", mapping, today=TODAY)
    rows = cohort.table("ratings").to_pandas()
    repeats = {
        "saps": {"global_hallucinations": "global_hallucinations", "global_delusions": "global_delusions",
                 "global_bizarrebehav": "global_bizarre_behaviour",
                 "global_posformalthought": "global_positive_formal_thought_disorder"},
        "sans": {"global_bluntaffect": "global_affective_flattening", "global_alogia": "global_alogia",
                 "global_avolition": "global_avolition_and_apathy",
                 "global_anhedonia": "global_anhedonia_and_asociality",
                 "global_attention": "global_attention"},
    }  # fmt: skip
    for scale, columns in repeats.items():
        raw = pd.read_csv(real_data_dir / "ds000030" / f"{scale}.tsv", sep="\t", na_values="n/a")
        raw = raw.set_index("participant_id")
        for column, item in columns.items():
            read_items = rows[(rows["scale"] == scale.upper()) & (rows["item"] == item)]
            values = read_items.set_index("person_id")["value"].dropna()
            assert len(values) >= 98
            assert values.to_dict() == raw[column].dropna().to_dict(), column


@pytest.mark.real_data
@pytest.mark.parametrize(("cohort", "right"), [("ds003944", "ds003944"), ("ds000030", "ds000030")])
def test_items_read_by_number_are_told_to_be_numbered_another_way(
    tmp_path: Path, real_data_dir: Path, cohort: str, right: str
) -> None:
    raw = pd.read_csv(real_data_dir / cohort / "sans.tsv", sep="\t", dtype=str, na_values="n/a")
    numbers = [column for column in raw.columns if column.lower().replace("sans", "").strip("_q").isdigit()]
    renamed = {column: f"SANS_{column.lower().replace('sans', '').strip('_q')}" for column in numbers}
    table = raw[["participant_id", *numbers]].rename(columns={"participant_id": "person_id", **renamed})
    people = "person_id\n" + "".join(f"{person}\n" for person in table["person_id"])
    result = checked(tmp_path, people=people, ratings=table.to_csv(index=False))

    warnings = [problem for problem in result.problems if problem.code == "sans_numbering_other"]
    assert [(problem.params["used"], problem.params["best"]) for problem in warnings] == [("fbirn", right)]

    long = table.melt("person_id", var_name="item").dropna()
    long = long.assign(scale=f"SANS ({right})", item=long["item"].str.removeprefix("SANS_"), date="")
    mended = checked(tmp_path, people=people, ratings=long.to_csv(index=False))
    assert found(mended.problems) == []
    notes = [problem for problem in mended.problems if problem.code == "sans_numbering_used"]
    assert [problem.params["used"] for problem in notes] == [right]
