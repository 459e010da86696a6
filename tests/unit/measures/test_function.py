"""Function scales: which scores mean impairment, and which rows say nothing."""

from __future__ import annotations

from typing import Any

import pytest

from opentrs.cohort.build import from_frames
from opentrs.measures.function import function_visits, people_with_undated_rows
from opentrs.measures.symptoms import NOW_DAY
from opentrs.stats.compare import Comparison

CUTOFFS = {"SOFAS": Comparison("<", 60), "PSP": Comparison("<=", 60)}
Row = tuple[str | None, str | None, float | None]


def visits(*rows: Row) -> list[dict[str, Any]]:
    frame = [{"person_id": "a", "date": date, "scale": scale, "value": value} for date, scale, value in rows]
    cohort = from_frames({"people": [{"person_id": "a"}], "function": frame})
    found = function_visits(cohort.table("function"), CUTOFFS).execute()
    found = found.sort_values(["day", "scale", "value"]).astype(object)
    return [dict(row) for row in found.where(found.notna(), None).to_dict("records")]


def answer(*rows: Row) -> bool | None:
    (one,) = visits(*rows)
    found: bool | None = one["meets"]
    return found


DAY = "1970-01-11"


@pytest.mark.parametrize(
    ("scale", "value", "meets"),
    [
        ("SOFAS", 59, True), ("SOFAS", 60, False), ("PSP", 60, True), ("PSP", 61, False),
        (" sofas ", 59, True), ("SOFAS", 0, None), ("SOFAS", None, None), (None, 30, None),
    ],
)  # fmt: skip
def test_a_score_is_held_against_the_cut_off_of_its_scale(
    scale: str | None, value: float | None, meets: bool | None
) -> None:
    assert answer((DAY, scale, value)) is meets


def test_a_scale_nobody_asked_for_says_nothing() -> None:
    assert visits((DAY, "GAF", 30)) == []
    assert [row["scale"] for row in visits((DAY, "GAF", 30), (DAY, "PSP", 30))] == ["PSP"]


def test_scores_of_one_scale_on_one_day_that_disagree_settle_nothing() -> None:
    assert answer((DAY, "SOFAS", 59), (DAY, "SOFAS", 60)) is None
    assert answer((DAY, "SOFAS", 59), (DAY, "SOFAS", 30)) is True
    assert answer((DAY, "SOFAS", 61), (DAY, "SOFAS", 60)) is False
    assert answer((DAY, "SOFAS", 59), (DAY, "SOFAS", None)) is None
    (one,) = visits((DAY, "SOFAS", 59), (DAY, "SOFAS", 30))
    assert (one["value"], one["day"]) == (30, 10)


def test_rows_without_any_date_are_now_and_beside_dated_ones_are_nowhere() -> None:
    assert [row["day"] for row in visits((None, "SOFAS", 59))] == [NOW_DAY]
    assert {row["day"] for row in visits((None, "SOFAS", 59), (DAY, "SOFAS", 70))} == {None, 10}


def test_a_person_with_undated_rows_is_named_once() -> None:
    rows = [
        {"person_id": person, "date": date, "scale": scale, "value": 50}
        for person, date, scale in (
            ("a", None, "SOFAS"), ("a", None, "PSP"), ("a", DAY, "SOFAS"), ("b", DAY, "SOFAS"),
        )
    ]  # fmt: skip
    cohort = from_frames({"people": [{"person_id": "a"}, {"person_id": "b"}], "function": rows})
    found = people_with_undated_rows(function_visits(cohort.table("function"), CUTOFFS))
    assert found.execute()["person_id"].tolist() == ["a"]
