"""Was clozapine tried long and high enough, and did it help: course by course, then person by person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from opentrs.ascertain.clozapine import clozapine_courses, clozapine_status
from opentrs.ascertain.frames import answer_word
from tests.unit.ascertain.everything_asked import found_for

TRIED = {
    "course 3 drug": "clozapine", "course 3 start": "2020-06-17", "course 3 days": "84",
    "course 3 mg/day": "500", "course 3 reduction %": "10",
}  # fmt: skip
AGAIN = {"course 4" + heading[8:]: cell for heading, cell in TRIED.items()} | {"course 4 start": "2021-06-17"}


def drawn(*levels: str, day: str = "2020-07-20") -> Mapping[str, str]:
    """Clozapine levels, all on one day of the course."""
    return {
        heading: cell
        for number, level in enumerate(levels, start=2)
        for heading, cell in (
            (f"level {number}", level), (f"level {number} drug", "clozapine"), (f"level {number} day", day),
        )
    }  # fmt: skip


PEOPLE: Mapping[str, Mapping[str, str]] = {
    "never": {},
    "never, history open": {"history complete": ""},
    "perhaps": {**TRIED, "course 3 drug": "study drug X"},
    "by dose": TRIED,
    "dose below": {**TRIED, "course 3 mg/day": "499"},
    "too short": {**TRIED, "course 3 days": "83"},
    "two in range": {**TRIED, **drawn("350", "351")},
    "one in range": {**TRIED, **drawn("350")},
    "one in range, one below": {**TRIED, **drawn("350", "349")},
    "one below": {**TRIED, **drawn("349")},
    "one blank": {**TRIED, **drawn("349", "")},
    "in range, nobody knows when": {**TRIED, **drawn("350", "350", day="")},
    "below, nobody knows when": {**TRIED, **drawn("349", "349", day="")},
    "responded": {**TRIED, "course 3 reduction %": "20"},
    "response unknown": {**TRIED, "course 3 reduction %": ""},
    "responded to the second": {**TRIED, **AGAIN, "course 4 reduction %": "50"},
    "resisted the second": {**TRIED, **AGAIN, "course 3 days": "20"},
}


@pytest.fixture(scope="module")
def found() -> tuple[dict[tuple[str, int], dict[Any, Any]], dict[str, str]]:
    evidence = found_for(PEOPLE).evidence
    courses = clozapine_courses(evidence)
    status = clozapine_status(evidence, courses).execute()
    rows = {(row["person_id"], row["course_id"]): row for row in courses.execute().to_dict("records")}
    return rows, dict(zip(status["person_id"], status["clozapine"], strict=True))


@pytest.mark.parametrize(
    ("person", "n_levels", "n_in_range", "adequate"),
    [
        ("by dose", 0, 0, "yes"),
        ("dose below", 0, 0, "unknown"),
        ("too short", 0, 0, "no"),
        ("two in range", 2, 2, "yes"),
        ("one in range", 1, 1, "unknown"),
        ("one in range, one below", 2, 1, "unknown"),
        ("one below", 1, 0, "no"),
        ("one blank", 2, 0, "unknown"),
        ("in range, nobody knows when", 2, 0, "unknown"),
        ("below, nobody knows when", 2, 0, "unknown"),
    ],
)
def test_levels_decide_where_any_was_drawn_and_the_dose_where_none_was(
    found: Any, person: str, n_levels: int, n_in_range: int, adequate: str
) -> None:
    course = found[0][person, 2]
    assert (course["n_levels"], course["n_levels_in_range"]) == (n_levels, n_in_range)
    assert answer_word(course["adequate"]) == adequate


def test_only_clozapine_is_listed(found: Any) -> None:
    without = {"never", "never, history open", "perhaps"}
    assert {person for person, _ in found[0]} == set(PEOPLE) - without


@pytest.mark.parametrize(
    ("person", "status"),
    [
        ("never", "not_tried"),
        ("never, history open", "unknown"),
        ("perhaps", "unknown"),
        ("by dose", "resistant"),
        ("dose below", "unknown"),
        ("two in range", "resistant"),
        ("one below", "unknown"),
        ("responded", "responsive"),
        ("response unknown", "unknown"),
        ("responded to the second", "responsive"),
        ("resisted the second", "resistant"),
    ],
)
def test_a_response_decides_then_an_adequate_course_without_one(found: Any, person: str, status: str) -> None:
    assert found[1][person] == status
