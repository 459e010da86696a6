"""Plasma levels against the lower limit of their drug, and the courses they belong to."""

from __future__ import annotations

from typing import Any

import ibis
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.measures.plasma import levels, levels_in_courses

COURSE = {
    "person_id": "string", "course_id": "int64", "ingredient": "string", "start_day": "int64",
    "end_day": "int64",
}  # fmt: skip


def cohort(*rows: dict[str, Any]) -> Cohort:
    drawn = [{"person_id": "a", "date": "1970-01-11", "drug": "amisulpride", **row} for row in rows]
    return from_frames({"people": [{"person_id": "a"}], "plasma_levels": drawn})


def known(table: ibis.Table) -> list[dict[str, Any]]:
    found = table.execute().astype(object)
    return [dict(row) for row in found.where(found.notna(), None).to_dict("records")]


def level(**row: Any) -> dict[str, Any]:
    (one,) = known(levels(cohort(row).table("plasma_levels")))
    return one


@pytest.mark.parametrize(
    ("row", "value", "sufficient"),
    [
        ({"level_ng_per_ml": 100}, 100, True),
        ({"level_ng_per_ml": 99.9}, 99.9, False),
        ({"level_ng_per_ml": None}, None, None),
        ({"level_ng_per_ml": 99, "metabolite_ng_per_ml": 50}, 99, False),
        ({"drug": "study drug X", "level_ng_per_ml": 500}, 500, None),
        # risperidone: drug and active metabolite together, from 20 ng/mL on
        ({"drug": "risperidone", "level_ng_per_ml": 5, "metabolite_ng_per_ml": 15}, 20, True),
        ({"drug": "risperidone", "level_ng_per_ml": 5, "metabolite_ng_per_ml": 14}, 19, False),
        ({"drug": "risperidone", "level_ng_per_ml": 20}, 20, True),
        ({"drug": "risperidone", "level_ng_per_ml": 19}, 19, None),
    ],
)
def test_a_level_is_held_against_the_lower_limit_of_its_drug(
    row: dict[str, Any], value: float | None, sufficient: bool | None
) -> None:
    found = level(**row)
    assert (found["level_ng_per_ml"], found["sufficient"], found["day"]) == (value, sufficient, 10)


def test_a_drug_counts_unless_it_is_clozapine_or_no_antipsychotic() -> None:
    assert level(level_ng_per_ml=1)["counts_as_drug"]
    assert level(drug="study drug X", level_ng_per_ml=1)["counts_as_drug"]
    assert not level(drug="clozapine", level_ng_per_ml=1)["counts_as_drug"]
    assert not level(drug="lithium", level_ng_per_ml=1)["counts_as_drug"]


def placed(start: int | None, end: int | None, *rows: dict[str, Any]) -> list[bool | None]:
    """What the levels on record say of a course of amisulpride, to 30 days past its end."""
    people = cohort(*rows)
    course = {"person_id": ["a"], "course_id": [0], "ingredient": ["amisulpride"], "start_day": [start],
              "end_day": [end]}  # fmt: skip
    backend: Any = people.people.get_backend()
    table = backend.create_table("course", ibis.memtable(course, schema=COURSE), temp=True, overwrite=True)
    found = levels_in_courses(table, levels(people.table("plasma_levels")), 30)
    return [row["sufficient"] for row in known(found)]


@pytest.mark.parametrize(
    ("date", "sufficient"),
    [
        ("1970-01-10", []), ("1970-01-11", [True]), ("1970-01-22", [True]), ("1970-02-21", [True]),
        ("1970-02-22", []), (None, [None]),
    ],
)  # fmt: skip
def test_a_level_counts_from_the_first_day_of_a_course_to_thirty_days_past_it(
    date: str | None, sufficient: list[bool | None]
) -> None:
    assert placed(10, 21, {"date": date, "level_ng_per_ml": 100}) == sufficient


def test_a_level_that_may_lie_outside_shows_nothing_unless_it_is_too_low() -> None:
    assert placed(10, None, {"level_ng_per_ml": 100}) == [None]
    assert placed(10, None, {"level_ng_per_ml": 99}) == [False]
    assert placed(11, None, {"level_ng_per_ml": 100}) == []
    assert placed(10, 21, {"date": None, "level_ng_per_ml": 99}) == [False]


def test_any_level_of_the_drug_counts_for_a_course_without_dates() -> None:
    assert placed(None, None, {"level_ng_per_ml": 100}) == [True]
    assert placed(None, None, {"drug": "olanzapine", "level_ng_per_ml": 100}) == []
