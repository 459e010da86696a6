"""The rows about courses must be met by the same drugs: by as many of the rows as a definition has."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.ascertain.everything_asked import everything, found_for, said

LATER = {"course 3 drug": "olanzapine", "course 3 route": "oral", "course 3 start": "2020-04-01"}
PEOPLE: Mapping[str, Mapping[str, str]] = {
    "complete": {},
    "the second too short": {"course 2 days": "20"},
    # One responded, one was too short: two drugs in each row, but only one in all of them.
    "no two drugs meet all rows": {
        **LATER, "course 3 days": "20", "course 3 mg/day": "20", "course 3 stop reason": "inefficacy",
        "course 1 reduction %": "50",
    },
    "perhaps two drugs meet all rows": {
        **LATER, "course 3 weeks": "", "course 3 mg/day": "20", "course 3 stop reason": "inefficacy",
        "course 1 reduction %": "50",
    },
}  # fmt: skip


def asked_for(*questions: str) -> dict[str, dict[str, str]]:
    """Person -> question -> answer, under a definition that has these rows alone."""
    rows = [row for row in everything()["criterion"] if row["asks"] in questions]
    found: dict[str, dict[str, str]] = {}
    for (person, question), one in said(found_for(PEOPLE, criterion=rows)).items():
        found.setdefault(person, {})[question] = one.answer
    return found


@pytest.fixture(scope="module")
def without_adherence() -> dict[str, dict[str, str]]:
    return asked_for("different_drugs", "duration", "dose", "not_responding")


def test_drugs_that_meet_different_rows_do_not_add_up(without_adherence: dict[str, dict[str, str]]) -> None:
    assert set(without_adherence["complete"].values()) == {"yes"}
    assert without_adherence["no two drugs meet all rows"] == {
        "different_drugs": "no", "duration": "yes", "dose": "yes", "not_responding": "yes",
    }  # fmt: skip
    assert without_adherence["perhaps two drugs meet all rows"] == {
        "different_drugs": "unknown", "duration": "yes", "dose": "yes", "not_responding": "yes",
    }  # fmt: skip


def test_a_row_that_says_no_by_itself_leaves_the_count_of_drugs_alone(
    without_adherence: dict[str, dict[str, str]],
) -> None:
    found = without_adherence["the second too short"]
    assert (found["different_drugs"], found["duration"]) == ("yes", "no")


def test_a_row_that_a_definition_does_not_have_is_not_asked_of_its_drugs() -> None:
    found = asked_for("different_drugs", "dose")
    assert found["the second too short"] == {"different_drugs": "yes", "dose": "yes"}
    assert found["no two drugs meet all rows"]["different_drugs"] == "yes"
