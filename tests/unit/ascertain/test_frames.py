"""Tables of the output folder: answers in words, days as dates, and sentences that quote the record."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from opentrs.ascertain import shipped_definition
from opentrs.ascertain.frames import (
    answer_word,
    courses_frame,
    criteria_frame,
    evidence_sentence,
    opposite_word,
    words,
)

COURSE: dict[str, Any] = {
    "person_id": "a", "course_id": 0, "origin": "given", "drug": "Zyprexa", "ingredient": "olanzapine",
    "is_lai": False, "start_day": 10, "end_day": 51, "dose_mg_per_day": 20.0, "dose_cpz_mg_per_day": 600.0,
    "dose_adequate": True, "duration_adequate": True, "duration_days_low": 42.0, "duration_days_high": 42.0,
    "lowest_percent": 80.0, "adherent": True, "days_covered_percent": None, "reduction_low": 10.0,
    "reduction_high": 10.0, "reduction_scale": "PANSS", "not_responding": True, "failed": True,
    "stop_reason": "inefficacy", "is_antipsychotic": True, "is_clozapine": False,
}  # fmt: skip


def course(**changed: Any) -> dict[Any, Any]:
    frame = pd.DataFrame([{**COURSE, **changed}]).astype({"lowest_percent": "float64"})
    (found,) = courses_frame(frame).astype(object).to_dict("records")
    return {name: None if value is None or value != value else value for name, value in found.items()}


@pytest.mark.parametrize(
    ("value", "word", "opposite"),
    [
        (True, "yes", "no"),
        (False, "no", "yes"),
        (1, "yes", "no"),
        (0.0, "no", "yes"),
        (None, "unknown", "unknown"),
        (pd.NA, "unknown", "unknown"),
        (float("nan"), "unknown", "unknown"),
    ],
)
def test_an_answer_is_yes_no_or_unknown_whatever_the_database_made_of_it(
    value: Any, word: str, opposite: str
) -> None:
    assert (answer_word(value), opposite_word(value)) == (word, opposite)


def test_a_column_of_answers_keeps_its_people() -> None:
    found = words(pd.Series([True, None], index=["b", "a"]))
    assert found.to_dict() == {"b": "yes", "a": "unknown"}


def test_a_course_is_numbered_from_one_and_dated() -> None:
    one = course()
    assert (one["course_id"], one["start_date"], one["end_date"]) == (1, "1970-01-11", "1970-02-21")
    assert (one["drug"], one["route"], one["duration_weeks"]) == ("olanzapine", "", 6)
    assert (one["responding"], one["failed"], one["adherent"], one["is_clozapine"]) == (
        "no", "yes", "yes", "no",
    )  # fmt: skip
    assert course(is_lai=True)["route"] == "lai"


def test_a_drug_nobody_knows_is_shown_as_it_was_written() -> None:
    assert course(ingredient=None, drug="drug A")["drug"] == "drug A"


def test_a_figure_is_shown_only_where_its_bounds_agree() -> None:
    assert course()["symptom_reduction_percent"] == 10
    assert course(reduction_high=30.0)["symptom_reduction_percent"] is None
    assert course(duration_days_high=50.0)["duration_weeks"] is None
    assert course(duration_days_high=None)["duration_weeks"] is None


@pytest.mark.parametrize(
    ("dose", "weeks", "adequate"),
    [
        (True, True, "yes"), (True, False, "no"), (False, None, "no"), (True, None, "unknown"),
        (None, True, "unknown"), (None, False, "no"), (None, None, "unknown"), (False, False, "no"),
    ],
)  # fmt: skip
def test_a_course_is_adequate_by_dose_and_by_duration(
    dose: bool | None, weeks: bool | None, adequate: str
) -> None:
    found = course(dose_adequate=dose, duration_adequate=weeks)
    assert found["adequate"] == adequate


def test_courses_are_sorted_by_person_and_course() -> None:
    rows = [
        {**COURSE, "person_id": person, "course_id": number, "days_covered_percent": 1.0}
        for person, number in (("b", 0), ("a", 1), ("a", 0))
    ]
    table = courses_frame(pd.DataFrame(rows))
    assert table[["person_id", "course_id"]].to_numpy().tolist() == [["a", 1], ["a", 2], ["b", 1]]
    assert table.index.tolist() == [0, 1, 2]


def test_rows_of_the_optimum_stand_under_a_name_of_their_own() -> None:
    definition = shipped_definition("trrip")
    asked = ("adherence", "severity")
    answers = pd.DataFrame(
        {
            "person_id": ["b", "a"], "position": [1, 0], "criterion": ["A1", "T1-optimum"], "asks": asked,
            "tier": ["minimum", "optimum"], "answer": [True, None], "day": [10, None], "n": [2, 0],
            "possible": [3, 1], "value": [85.0, None],
        }
    )  # fmt: skip
    table = criteria_frame(answers, definition, "en")
    columns = ["person_id", "definition", "criterion", "answer", "date"]
    assert table[columns].to_numpy().tolist() == [
        ["a", "trrip_optimum", "T1-optimum", "unknown", ""],
        ["b", "trrip", "A1", "yes", "1970-01-11"],
    ]
    assert table["evidence"][1] == evidence_sentence(
        "adherence", True, 2, 3, 85.0, 10, ">= 2", "en"
    )  # fmt: skip


def test_a_sentence_quotes_numbers_as_they_are_written_and_says_what_is_not_known() -> None:
    assert evidence_sentence("plasma_level", True, 2, 3.0, 85.25, 10, ">= 2", "en") == (
        "levels in range: 2, counting possible ones 3; highest, ng/mL: 85.2 (asked for: ≥ 2)"
    )
    assert evidence_sentence("plasma_level", None, 0, 0, None, None, ">= 2", "en") == (
        "levels in range: 0, counting possible ones 0; highest, ng/mL: not known (asked for: ≥ 2)"
    )
