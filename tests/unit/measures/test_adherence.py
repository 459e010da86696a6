"""Who said how much was taken, and whether that is enough."""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.measures.adherence import UNNAMED, adherent, course_sources, sources_of_text
from opentrs.stats.compare import Comparison

AT_LEAST_80, TWO = Comparison(">=", 80), Comparison(">=", 2)
COURSE = {
    "person_id": "string", "course_id": "int64", "start_day": "int64", "end_day": "int64",
    "adherence_percent": "float64", "adherence_sources": "string",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("patient;carer", [("carer", 1), ("patient", 1)]),
        (" Patient , patient ", [("patient", 1)]),
        ("patient；notes", [("notes", 1), ("patient", 1)]),
        ("2", [(UNNAMED, 2)]),
        ("2.0", [(UNNAMED, 2)]),
        (";", []),
    ],
)
def test_sources_are_names_or_a_number(text: str, sources: list[tuple[str, int]]) -> None:
    assert sources_of_text(text) == sources


def answer(percent: float | None, sources: str | None, *seen: tuple[str | None, str, float | None],
           start: int | None = 0, end: int | None = 41) -> tuple[bool | None, int, float | None]:  # fmt: skip
    """Whether a course from day 0 to 41 was taken, its good sources, the day of the last one needed."""
    rows = [
        {"person_id": "a", "date": date, "source": source, "percent": value} for date, source, value in seen
    ]
    cohort = from_frames({"people": [{"person_id": "a"}], "adherence": rows})
    row = {"person_id": ["a"], "course_id": [0], "start_day": [start], "end_day": [end],
           "adherence_percent": [percent], "adherence_sources": [sources]}  # fmt: skip
    backend: Any = cohort.people.get_backend()
    courses = backend.create_table("one_course", ibis.memtable(row, schema=COURSE), temp=True, overwrite=True)
    found = adherent(
        course_sources(courses, cohort.table("adherence"), AT_LEAST_80, 30), AT_LEAST_80, TWO
    ).execute()
    if found.empty:
        return None, 0, None
    taken, n, day = found.loc[0, ["adherent", "n_sources", "day"]]
    return None if pd.isna(taken) else bool(taken), int(n), None if pd.isna(day) else float(day)


def test_two_named_sources_at_80_are_enough() -> None:
    assert answer(80, "patient;carer") == (True, 2, 41)
    assert answer(80, "2") == (True, 2, 41)


def test_one_source_or_none_is_not() -> None:
    assert answer(100, "patient") == (None, 1, None)
    assert answer(100, None)[0] is None
    assert answer(100, "1")[0] is None
    assert answer(None, None) == (None, 0, None)


def test_below_80_is_a_no_whoever_says_so() -> None:
    assert answer(79.9, "patient;carer")[0] is False
    assert answer(79.9, None)[0] is False
    assert answer(100, "patient;carer", ("1970-01-11", "notes", 79.9))[0] is False


def test_observations_count_within_the_course_and_thirty_days_past_it() -> None:
    early, last, late = "1969-12-31", "1970-03-13", "1970-03-14"
    assert answer(90, "patient", ("1970-01-01", "carer", 90.0)) == (True, 2, 41)
    assert answer(90, "patient", (early, "carer", 90.0))[0] is None
    assert answer(90, "patient", (last, "carer", 90.0))[0] is True
    assert answer(90, "patient", (late, "carer", 90.0))[0] is None


def test_the_day_is_that_of_the_second_source() -> None:
    seen = [("1970-01-11", "carer", 90.0), ("1970-01-21", "patient", 90.0), ("1970-01-31", "notes", 90.0)]
    assert answer(None, None, *seen) == (True, 3, 20)


def test_one_source_named_twice_is_one_source() -> None:
    assert answer(90, "patient", ("1970-01-11", "patient", 90.0)) == (None, 1, None)


def test_a_number_of_sources_may_be_the_named_ones() -> None:
    assert answer(90, "1", ("1970-01-11", "patient", 90.0))[:2] == (None, 1)


def test_a_blank_figure_leaves_the_answer_open() -> None:
    assert answer(90, "patient;carer", ("1970-01-11", "notes", None))[0] is None
    assert answer(None, "patient;carer")[0] is None


def test_an_observation_that_cannot_be_placed_raises_doubt_unless_it_is_good() -> None:
    assert answer(90, "patient;carer", (None, "notes", 50.0))[0] is None
    assert answer(90, "patient;carer", (None, "notes", 80.0))[0] is True
    assert answer(90, "patient;carer", ("1975-01-01", "notes", 50.0), start=None, end=None)[0] is None


def test_an_observation_that_cannot_be_placed_is_no_source() -> None:
    assert answer(90, "patient", (None, "notes", 80.0)) == (None, 1, None)
    assert answer(90, "patient", ("1970-01-11", "notes", 80.0), start=None, end=None) == (None, 1, None)
