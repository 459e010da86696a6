"""What another dose key, or leaving the floor of the scale in, would change: marked row by row."""

from __future__ import annotations

from typing import Any

import pandas as pd

from opentrs.ascertain.sensitivity import change_forms_frame, dose_key_frames
from opentrs.stats.compare import Comparison


def verdicts(*words: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"person_id": ["b", "a"], "verdict": words, "n_adequate_courses": [2, 1], "tier": "minimum"}
    )


def courses(*adequate: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "person_id": ["b", "a", "a"], "course_id": [1, 2, 1], "drug": ["x", "z", "y"],
            "start_date": ["2020-01-01", "2021-01-01", "2020-01-01"], "dose_mg_per_day": [20.0, 10.0, 5.0],
            "dose_cpz_mg_per_day": [600.0, 300.0, 150.0], "dose_adequate": adequate,
        }
    )  # fmt: skip


def test_people_and_courses_are_marked_where_a_key_says_something_else_than_the_default() -> None:
    people, doses = dose_key_frames(
        {
            "other": (verdicts("unknown", "resistant"), courses("no", "no", "yes")),
            "main": (verdicts("resistant", "resistant"), courses("yes", "no", "yes")),
        },
        default="main",
    )
    assert people.to_numpy().tolist() == [
        ["a", "main", "resistant", 1, "no"], ["a", "other", "resistant", 1, "no"],
        ["b", "main", "resistant", 2, "no"], ["b", "other", "unknown", 2, "yes"],
    ]  # fmt: skip
    assert doses[["person_id", "drug", "key", "dose_adequate", "changes"]].to_numpy().tolist() == [
        ["a", "y", "main", "yes", "no"], ["a", "y", "other", "yes", "no"],
        ["a", "z", "main", "no", "no"], ["a", "z", "other", "no", "no"],
        ["b", "x", "main", "yes", "no"], ["b", "x", "other", "no", "yes"],
    ]  # fmt: skip
    assert people.index.tolist() == [0, 1, 2, 3]
    assert doses.index.tolist() == [0, 1, 2, 3, 4, 5]
    assert doses.columns.tolist() == [
        "person_id", "drug", "start_date", "dose_mg_per_day", "key", "dose_cpz_mg_per_day", "dose_adequate",
        "changes",
    ]  # fmt: skip


RAW: dict[str, Any] = {
    "person_id": "a", "course_id": 0, "drug": "Zyprexa", "ingredient": "olanzapine",
    "reduction_scale": "PANSS", "reduction_low": 20.0, "uncorrected_percent": 12.5,
    "given_reduction_percent": None, "not_responding": False,
}  # fmt: skip


def forms(*rows: dict[str, Any]) -> list[dict[Any, Any]]:
    columns = {"given_reduction_percent": "float64", "uncorrected_percent": "float64"}
    frame = pd.DataFrame([{**RAW, **row} for row in rows]).astype({**columns, "reduction_low": "float64"})
    return change_forms_frame(frame, Comparison("<", 20)).to_dict("records")


def test_a_course_flips_where_only_one_of_the_two_percentages_reaches_the_threshold() -> None:
    flips = [(20.0, 12.5, "yes"), (19.0, 12.5, "no"), (50.0, 20.0, "no")]
    rows = [
        {"course_id": at, "reduction_low": a, "uncorrected_percent": b} for at, (a, b, _) in enumerate(flips)
    ]
    assert [row["flips"] for row in forms(*rows)] == [word for *_, word in flips]


def test_only_courses_with_scores_of_their_own_have_two_percentages() -> None:
    assert forms({"uncorrected_percent": None}) == []
    assert forms({"reduction_low": None}) == []
    assert forms({"given_reduction_percent": 20.0}) == []


def test_a_course_is_named_by_its_drug_and_numbered_from_one_in_order() -> None:
    rows = forms({"person_id": "b"}, {"course_id": 1, "ingredient": None}, {})
    assert [(row["person_id"], row["course_id"], row["drug"]) for row in rows] == [
        ("a", 1, "olanzapine"), ("a", 2, "Zyprexa"), ("b", 1, "olanzapine"),
    ]  # fmt: skip
    assert {(row["scale"], row["not_responding"]) for row in rows} == {("PANSS", "no")}
    assert {(row["reduction_percent"], row["reduction_uncorrected_percent"]) for row in rows} == {(20, 12.5)}
