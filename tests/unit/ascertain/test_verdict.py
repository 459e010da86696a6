"""What stands beside a verdict: how many drugs were adequate, and what is still missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from opentrs.ascertain import ascertain, shipped_definition
from opentrs.cohort.build import from_frames
from tests.unit.ascertain.everything_asked import patient

THIRD = {"course 3 start": "2020-04-01", "course 3 days": "42", "course 3 route": "oral"}
NOTHING = {
    "course 1": "none", "course 2": "none", "level": "none", "visit 1": "none", "visit 2": "none",
    "visit 3": "none", "visit 4": "none", "SOFAS": "none",
}  # fmt: skip
PEOPLE: Mapping[str, Mapping[str, str]] = {
    "complete": {},
    "nothing": NOTHING,
    "nothing, history open": {**NOTHING, "history complete": ""},
    "the first drug again": {**THIRD, "course 3 drug": "haloperidol", "course 3 mg/day": "16"},
    "a third drug": {**THIRD, "course 3 drug": "olanzapine", "course 3 mg/day": "20"},
    "a third of some class": {**THIRD, "course 3 drug": "N05AA", "course 3 mg/day": "900"},
    "clozapine": {**THIRD, "course 3 drug": "clozapine", "course 3 mg/day": "600"},
    "one too low": {"course 1 mg/day": "5"},
    "one too short": {"course 1 days": "41"},
    "second generation first": {
        "course 1 drug": "amisulpride", "course 1 mg/day": "800",
        "course 2 drug": "haloperidol", "course 2 mg/day": "16",
    },
    "no level": {"level": "none"},
    "no level, nobody asked": {"level": "none", "course 1 observations": "none"},
    "no level, no function": {"level": "none", "SOFAS": "none"},
}  # fmt: skip


def verdicts_under(definition: str) -> dict[str, dict[Any, Any]]:
    tables: dict[str, list[dict[str, Any]]] = {}
    for person_id, told in PEOPLE.items():
        for name, rows in patient(told).frames(person_id).items():
            tables.setdefault(name, []).extend(rows)
    cohort = from_frames({name: rows for name, rows in tables.items() if rows})
    found = ascertain(cohort, shipped_definition(definition)).verdicts
    return {row["person_id"]: row for row in found.to_dict("records")}


@pytest.fixture(scope="module")
def verdicts() -> Mapping[str, dict[Any, Any]]:
    return verdicts_under("trrip")


@pytest.mark.parametrize(
    ("person", "n"),
    [
        ("complete", 2), ("nothing", 0), ("the first drug again", 2), ("a third drug", 3), ("clozapine", 2),
        # it may be one of the two again
        ("a third of some class", 2), ("one too low", 1), ("one too short", 1),
    ],
)  # fmt: skip
def test_adequate_courses_are_counted_by_drug(verdicts: Any, person: str, n: int) -> None:
    assert verdicts[person]["n_adequate_courses"] == n


@pytest.mark.parametrize(
    ("person", "verdict", "tier", "first_missing"),
    [
        ("complete", "resistant", "minimum", ""),
        ("nothing", "not_resistant", "", ""),
        ("nothing, history open", "unknown", "", "S1"),
        ("no level", "unknown", "partial", "A2"),
        ("no level, nobody asked", "unknown", "partial", "A1"),
        ("no level, no function", "unknown", "", "F1"),
        ("a third of some class", "resistant", "minimum", ""),
    ],
)
def test_only_adherence_and_levels_may_be_missing_from_a_partial_verdict(
    verdicts: Any, person: str, verdict: str, tier: str, first_missing: str
) -> None:
    row = verdicts[person]
    assert (row["verdict"], row["tier"], row["first_missing"]) == (verdict, tier, first_missing)


def test_resistance_is_met_when_the_second_course_had_failed_also_where_other_rows_were_met_before() -> None:
    found = verdicts_under("nice_cg178")
    assert [found[name]["verdict"] for name in ("complete", "second generation first")] == ["resistant"] * 2
    assert found["second generation first"]["date_met"] == "2020-03-24"


def test_a_definition_that_asks_for_no_failed_course_is_met_on_the_day_of_its_last_row() -> None:
    found = verdicts_under("clozapine_ever")
    assert (found["clozapine"]["verdict"], found["clozapine"]["date_met"]) == ("resistant", "2020-04-01")
    assert found["complete"]["verdict"] == "not_resistant"
