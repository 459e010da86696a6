"""Scores before and after a course, and what is made of visits where there are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from opentrs.ascertain.frames import answer_word
from tests.unit.ascertain.everything_asked import found_for

ONLY_FIRST = {"visit 2": "none", "visit 3": "none", "visit 4": "none"}
ONLY_LAST = {"visit 1": "none", "visit 3": "none", "visit 4": "none"}
PEOPLE: Mapping[str, Mapping[str, str]] = {
    "as ill as before": {},
    "better": {"PANSS total at visit 2": "70"},
    "an item blank": {"G16 at visit 2": ""},
    "on two scales": {"PANSS total at visit 2": "70", "BPRS total at visit 1": "60",
                      "BPRS total at visit 2": "30"},
    "seen twice before": {"visit 5": "2019-12-01", "PANSS total at visit 5": "100"},
    "first seen after the start": {
        "visit 1": "2020-01-03", "visit 5": "2020-01-08", "PANSS total at visits 2 and 5": "70",
    },
    "seen twice towards the end": {"visit 5": "2020-02-01", "PANSS total at visit 5": "70"},
    "seen twice past the end": {
        "visit 2": "2020-02-20", "PANSS total at visit 2": "70", "visit 3": "2020-03-01",
    },
    "the clinician's own figure": {"PANSS total at visit 2": "70", "course 1 reduction %": "5"},
    "seen on the first day alone": {**ONLY_FIRST, "course 1 days": "20"},
    "seen on the only day": {**ONLY_FIRST, "course 1 days": "1"},
    "seen at the end alone": ONLY_LAST,
    "seen at the end alone, mild": {**ONLY_LAST, "P1 at visit 2": "3"},
    "seen 30 days before the end": {**ONLY_LAST, "visit 2": "2020-01-12"},
    "seen 31 days before the end": {**ONLY_LAST, "visit 2": "2020-01-11"},
    "seen 30 days past the end": {**ONLY_LAST, "visit 2": "2020-03-12"},
    "seen 31 days past the end": {**ONLY_LAST, "visit 2": "2020-03-13"},
    "stopped for inefficacy": {**ONLY_LAST, "visit 2": "none", "course 1 stop reason": "inefficacy"},
    "stopped for another reason": {**ONLY_LAST, "visit 2": "none", "course 1 stop reason": "intolerance"},
    "mild, stopped for inefficacy": {
        **ONLY_LAST, "P1 at visit 2": "3", "course 1 stop reason": "inefficacy",
    },
    "mild, stopped for another reason": {
        **ONLY_LAST, "P1 at visit 2": "3", "course 1 stop reason": "intolerance",
    },
    "never seen": {**ONLY_LAST, "visit 2": "none"},
    "at the floor": {"all items at all visits": "1"},
}  # fmt: skip


@pytest.fixture(scope="module")
def first_courses() -> Mapping[str, dict[Any, Any]]:
    raw = found_for(PEOPLE).raw_courses
    raw = raw[raw["course_id"] == 0].astype(object)
    rows = raw.where(raw.notna(), None).to_dict("records")
    return {row["person_id"]: row for row in rows}


@pytest.mark.parametrize(
    ("person", "scale", "low", "high", "uncorrected", "not_responding"),
    [
        ("as ill as before", "PANSS", 0, 0, 0, "yes"),
        ("better", "PANSS", 20, 20, 12.5, "no"),
        ("on two scales", "PANSS", 20, 20, 12.5, "no"),
        ("seen twice before", "PANSS", 0, 0, 0, "yes"),
        ("first seen after the start", "PANSS", 20, 20, 12.5, "no"),
        ("seen twice towards the end", "PANSS", 0, 0, 0, "yes"),
        ("seen twice past the end", "PANSS", 20, 20, 12.5, "no"),
        ("the clinician's own figure", "PANSS", 5, 5, 12.5, "yes"),
        # 80 before; after it 77 and one item of 1 to 7
        ("an item blank", "PANSS", -8, 4, None, "yes"),
        ("at the floor", "PANSS", None, None, 0, "unknown"),
        ("seen at the end alone", None, None, None, None, "yes"),
    ],
)
def test_the_fall_of_the_scores_decides_with_the_floor_of_the_scale_taken_off(
    first_courses: Any,
    person: str,
    scale: str | None,
    low: float | None,
    high: float | None,
    uncorrected: float | None,
    not_responding: str,
) -> None:
    row = first_courses[person]
    assert row["reduction_scale"] == scale
    found = [row[name] for name in ("reduction_low", "reduction_high", "uncorrected_percent")]
    assert found == [value if value is None else pytest.approx(value) for value in (low, high, uncorrected)]
    assert answer_word(row["not_responding"]) == not_responding


@pytest.mark.parametrize(
    ("person", "not_responding", "documented"),
    [
        ("seen on the first day alone", "unknown", False),
        ("seen on the only day", "unknown", False),
        ("seen at the end alone", "yes", True),
        # why it was stopped is not known: perhaps for inefficacy
        ("seen at the end alone, mild", "unknown", True),
        ("seen 30 days before the end", "yes", True),
        ("seen 31 days before the end", "unknown", False),
        ("seen 30 days past the end", "yes", True),
        ("seen 31 days past the end", "unknown", False),
        ("stopped for inefficacy", "yes", True),
        ("stopped for another reason", "unknown", True),
        ("mild, stopped for inefficacy", "yes", True),
        ("mild, stopped for another reason", "no", True),
        ("never seen", "unknown", False),
    ],
)
def test_without_scores_the_last_visit_around_the_end_or_the_reason_for_stopping_decides(
    first_courses: Any, person: str, not_responding: str, documented: bool
) -> None:
    row = first_courses[person]
    assert answer_word(row["not_responding"]) == not_responding
    assert row["is_documented"] == documented
