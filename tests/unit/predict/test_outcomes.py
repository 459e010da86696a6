"""Outcomes of drawn people: who is at risk, who had it, and where the record cannot tell."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import StageResult
from opentrs.errors import UsageError
from opentrs.predict.outcomes import Course, outcome_named, outcome_table
from opentrs.reference import item_set, scale_items

START = date(2015, 3, 1)
PANSS = list(scale_items().query("scale == 'PANSS' and kind == 'item'")["item"])


def on(day: int) -> str:
    return (START + timedelta(days=day)).isoformat()


def cohort_of(people: list[dict[str, Any]], **tables: list[dict[str, Any]]) -> Cohort:
    given = {"first_treatment_date": on(0), "observation_start": on(-9), "observation_end": on(4000)}
    return from_frames({"people": [{**given, **one} for one in people], **tables})


def rated(person: str, day: int, value: float) -> list[dict[str, Any]]:
    return [
        {"person_id": person, "date": on(day), "scale": "PANSS", "item": item, "value": value}
        for item in PANSS
    ]


def verdicts(*rows: tuple[str, str, str]) -> dict[str, StageResult]:
    frame = pd.DataFrame(rows, columns=["person_id", "verdict", "date_met"]).assign(definition="trrip")
    return {"ascertain": StageResult("ascertain", {"verdicts": frame})}


def told(cohort: Cohort, outcome: str, landmark: str = "baseline", **more: Any) -> list[tuple[Any, ...]]:
    frame = outcome_table(Course(cohort, more.get("results")), landmark, outcome)
    return [
        (None if math.isnan(answer) else answer, excluded, unknown)
        for answer, excluded, unknown in zip(
            frame["answer"], frame["excluded"], frame["unknown"], strict=True
        )
    ]


@pytest.mark.parametrize(
    ("verdict", "met", "ends", "expected"),
    [
        ("resistant", on(400), on(4000), (1.0, "", "")),
        ("resistant", on(1096), on(4000), (1.0, "", "")),
        ("resistant", on(1097), on(4000), (0.0, "", "")),
        ("resistant", on(400), on(401), (1.0, "", "")),
        ("resistant", on(0), on(4000), (None, "already", "")),
        ("resistant", on(1), on(4000), (1.0, "", "")),
        ("resistant", "", on(4000), (None, "", "undated")),
        ("not_resistant", "", on(1096), (0.0, "", "")),
        ("not_resistant", "", on(1095), (None, "", "record_ends")),
        ("not_resistant", "", on(0), (None, "not_followed", "")),
        ("unknown", "", on(4000), (None, "", "verdict_unknown")),
    ],
)
def test_a_verdict_within_three_years(verdict: str, met: str, ends: str, expected: tuple[Any, ...]) -> None:
    cohort = cohort_of([{"person_id": "a", "observation_end": ends}])

    assert told(cohort, "trrip_3y", results=verdicts(("a", verdict, met))) == [expected]


def test_who_died_without_it_can_no_longer_have_it_and_who_emigrated_is_unknown() -> None:
    cohort = cohort_of(
        [{"person_id": "a", "death_date": on(500)}, {"person_id": "b", "emigration_date": on(500)}]
    )
    found = verdicts(("a", "not_resistant", ""), ("b", "not_resistant", ""))

    assert told(cohort, "trrip_3y", results=found) == [(0.0, "", ""), (None, "", "record_ends")]


def test_controls_are_not_asked() -> None:
    cohort = cohort_of([{"person_id": "a", "group": "control"}])

    assert told(cohort, "trrip_3y", results=verdicts(("a", "not_applicable", ""))) == [
        (None, "not_applicable", "")
    ]


@pytest.mark.parametrize(
    ("start", "ends", "expected"),
    [
        (0, 4000, (None, "already", "")),
        (1, 4000, (1.0, "", "")),
        (1096, 4000, (1.0, "", "")),
        (1097, 4000, (0.0, "", "")),
        (1097, 1095, (None, "", "record_ends")),
    ],
)
def test_clozapine_begun_within_three_years(start: int, ends: int, expected: tuple[Any, ...]) -> None:
    drug = [{"person_id": "a", "drug": "clozapine", "start_date": on(start)}]

    assert told(cohort_of([{"person_id": "a", "observation_end": on(ends)}], drug_exposures=drug),
                "clozapine_3y") == [expected]  # fmt: skip


def test_without_a_table_of_drugs_nobody_is_known_to_be_without_clozapine() -> None:
    assert told(cohort_of([{"person_id": "a"}]), "clozapine_3y") == [(None, "", "record_ends")]


@pytest.mark.parametrize(
    ("before", "after", "day", "expected"),
    [
        (6, 5.0, 42, (0.0, "", "")),  # 20% of what could fall
        (6, 5.1, 42, (1.0, "", "")),
        (6, 3.0, 35, (0.0, "", "")),
        (6, 3.0, 56, (0.0, "", "")),
        (6, 3.0, 57, (None, "", "no_rating")),
        (6, 3.0, 34, (None, "", "no_rating")),
        (2, 1.0, 42, (0.0, "", "")),
        (1.9, 1.0, 42, (None, "floor", "")),  # a baseline total of 57
    ],
)
def test_nonresponse_at_week_6(before: float, after: float, day: int, expected: tuple[Any, ...]) -> None:
    cohort = cohort_of([{"person_id": "a"}], ratings=[*rated("a", 0, before), *rated("a", day, after)])

    assert told(cohort, "nonresponse_week6") == [expected]


def test_response_counts_from_the_start_of_the_treatment() -> None:
    rows = [*rated("a", 458, 6), *rated("a", 542, 4), *rated("b", 457, 6), *rated("b", 542, 4)]
    drug = [{"person_id": one, "drug": "clozapine", "start_date": on(500)} for one in "ab"]
    cohort = cohort_of([{"person_id": "a"}, {"person_id": "b"}], ratings=rows, drug_exposures=drug)

    # The score before may be six weeks old, not older.
    assert told(cohort, "response_clozapine", "clozapine_start") == [(1.0, "", ""), (None, "", "no_rating")]


def test_nonremission_is_told_by_one_high_item_and_refuted_by_all_eight() -> None:
    eight = item_set("remission")
    rows = [
        {"person_id": who, "date": on(365), "scale": "PANSS", "item": item, "value": value}
        for who, values in {
            "a": {**dict.fromkeys(eight, 3), eight[0]: 4},
            "b": dict.fromkeys(eight, 3),
            "c": dict.fromkeys(eight[:7], 3),
        }.items()
        for item, value in values.items()
    ]
    cohort = cohort_of([{"person_id": who} for who in "abc"], ratings=rows)

    assert told(cohort, "nonremission_month12") == [(1.0, "", ""), (0.0, "", ""), (None, "", "no_rating")]


def test_an_unknown_outcome_is_named() -> None:
    with pytest.raises(UsageError, match=r"happiness.*trrip_3y"):
        outcome_named("happiness")
