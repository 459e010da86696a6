"""The stage joins evidence to people's types, and says where effects by type cannot be had."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.treat.heterogeneity import LEAST_PEOPLE, heterogeneity
from opentrs.treat.stage import STAGE, asked_symptoms

START = date(2021, 3, 1)


def types(*rows: tuple[str, str, str]) -> StageResult:
    frame = pd.DataFrame(list(rows), columns=["person_id", "type", "depression"])
    return StageResult("subtype", {"person_types": frame})


@pytest.mark.parametrize(
    ("kind", "depression", "asked"),
    [
        ("hallucination", "none", ("hallucination",)),
        ("mixed", "unknown", ("hallucination", "delusion", "negative")),
        ("negative", "severe", ("negative", "depression")),
        ("none", "moderate", ("depression",)),
        ("none", "mild", ()),
        ("unknown", "unknown", ()),
    ],
)
def test_a_type_asks_about_its_symptoms(kind, depression, asked):
    assert asked_symptoms(kind, depression) == asked


def test_everybody_has_options_or_a_reason_why_not():
    cohort = from_frames({"people": [{"person_id": name} for name in ("a", "b", "c")]})
    courses = pd.DataFrame({"person_id": ["a", "b"], "is_clozapine": ["yes", "no"]})
    results = {
        "ascertain": StageResult("ascertain", {"courses": courses}),
        "subtype": types(("a", "negative", "none"), ("b", "negative", "none"), ("c", "unknown", "unknown")),
    }
    found = STAGE.run(cohort, results, StudySettings())

    options = found.tables["options"]
    assert list(options["person_id"].drop_duplicates()) == ["a", "b", "c"]
    assert list(options.loc[options["person_id"] == "c", "why"]) == [
        "no type is known, so no symptom can be asked about"
    ]
    ect = options[options["option"] == "ect"].set_index("person_id")
    assert "not on clozapine" in ect.loc["a", "why"]
    assert "not on clozapine" not in ect.loc["b", "why"]
    assert {"as_given_effect", "undoubted_effect", "certainty", "why"} <= set(found.tables["evidence"])
    (finding,) = (one for one in found.findings if one.name.startswith("heterogeneity"))
    assert finding.estimate is None
    assert "Cannot be estimated" in finding.note


def rated(n: int, gain: dict[str, float], with_controls: bool) -> tuple[Cohort, pd.DataFrame]:
    """People of two types with ECT and, where asked, without; the total falls by ``gain`` more with it."""
    people, procedures, ratings, kinds = [], [], [], []
    for kind, fall in gain.items():
        for treated in (True, False) if with_controls else (True,):
            for k in range(n):
                name = f"{kind}-{treated}-{k:02d}"
                people.append({"person_id": name})
                kinds.append((name, kind))
                if treated:
                    procedures.append({"person_id": name, "start_date": START, "kind": "ect"})
                before, after = 80 + k, 78 + k + (k % 3) - (fall if treated else 0)
                for days, value in ((0, before), (60, after)):
                    ratings.append(
                        {"person_id": name, "date": START + timedelta(days=days), "scale": "PANSS",
                         "item": "total", "value": value}
                    )  # fmt: skip
    cohort = from_frames({"people": people, "procedures": procedures, "ratings": ratings})
    return cohort, pd.DataFrame(kinds, columns=["person_id", "type"])


def test_effects_by_type_are_compared_where_people_of_the_type_went_without():
    table, (finding,) = heterogeneity(*rated(LEAST_PEOPLE, {"delusion": 10.0, "negative": 0.0}, True), "en")

    found = table.set_index("type")
    assert found.loc["delusion", "difference"] == pytest.approx(-10)
    assert found.loc["negative", "difference"] == pytest.approx(0)
    assert finding.estimate is not None
    assert finding.estimate < 0.001


def drug_courses(cohort_types: pd.DataFrame, added: bool) -> pd.DataFrame:
    """Everybody's clozapine, or only that of those who were treated; and what was added to it."""
    rows = []
    for name in cohort_types["person_id"]:
        treated = "True" in name
        if added or treated:
            start = START - timedelta(days=300) if added else START
            rows.append((name, "clozapine", "yes", start.isoformat(), ""))
        if added and treated:
            rows.append((name, "amisulpride", "no", START.isoformat(), ""))
    return pd.DataFrame(rows, columns=["person_id", "drug", "is_clozapine", "start_date", "end_date"])


@pytest.mark.parametrize("kind", ["clozapine", "clozapine_augmentation"])
def test_drugs_are_compared_by_type_with_people_who_went_on_as_before(kind):
    cohort, known = rated(LEAST_PEOPLE, {"delusion": 10.0, "negative": 0.0}, True)
    courses = drug_courses(known, added=kind != "clozapine")
    table, findings = heterogeneity(without_procedures(cohort), known, "en", courses)

    found = table[table["kind"] == kind].set_index("type")
    assert found.loc["delusion", "difference"] == pytest.approx(-10)
    assert found.loc["negative", "difference"] == pytest.approx(0)
    (finding,) = (one for one in findings if one.name == f"heterogeneity.{kind}")
    assert finding.estimate is not None
    assert finding.estimate < 0.001


def test_what_is_added_is_not_compared_with_people_without_clozapine():
    cohort, known = rated(LEAST_PEOPLE, {"delusion": 10.0, "negative": 0.0}, True)
    courses = drug_courses(known, added=True)
    alone = courses[courses["person_id"].str.contains("True")]
    table, findings = heterogeneity(without_procedures(cohort), known, "en", alone)
    assert table.loc[table["kind"] == "clozapine_augmentation", "difference"].isna().all()
    (finding,) = (one for one in findings if one.name == "heterogeneity.clozapine_augmentation")
    assert "another antipsychotic added to clozapine" in finding.note


def without_procedures(cohort: Cohort) -> Cohort:
    return from_frames({name: cohort.table(name).execute() for name in ("people", "ratings")})


def test_one_person_too_few_gives_no_number_and_a_reason():
    table, (finding,) = heterogeneity(
        *rated(LEAST_PEOPLE - 1, {"delusion": 10.0, "negative": 0.0}, True), "en"
    )
    assert table["difference"].isna().all()
    assert finding.estimate is None
    assert "at least 10 people" in finding.note


def test_without_a_comparator_there_is_no_number():
    table, (finding,) = heterogeneity(*rated(LEAST_PEOPLE, {"delusion": 10.0, "negative": 0.0}, False), "en")
    assert np.isnan(table["difference"]).all()
    assert "nobody with ratings has none" in finding.note
