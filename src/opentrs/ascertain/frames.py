"""Database tables -> the tables of the output folder, in its words (yes, no, unknown; ISO dates)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from opentrs.ascertain.definition import Definition
from opentrs.cohort.days import iso_date
from opentrs.messages import Lang, text

COURSE_COLUMNS = (
    "person_id", "course_id", "origin", "drug", "ingredient", "route", "start_date", "end_date",
    "dose_mg_per_day", "dose_cpz_mg_per_day", "dose_adequate", "duration_weeks", "duration_adequate",
    "adequate", "adherence_percent", "adherent", "days_covered_percent", "symptom_reduction_percent",
    "reduction_scale", "responding", "failed", "stop_reason", "is_antipsychotic", "is_clozapine",
)  # fmt: skip


def answer_word(value: Any) -> str:
    """TRUE, FALSE, NULL -> yes, no, unknown, whatever the database made of them."""
    if value is None or value is pd.NA or value != value:
        return "unknown"
    return "yes" if bool(value) else "no"


def opposite_word(value: Any) -> str:
    """The answer to the opposite question."""
    return {"yes": "no", "no": "yes"}.get(answer_word(value), "unknown")


def words(column: pd.Series, form: Callable[[Any], str] = answer_word) -> pd.Series:
    """Apply a wording to a column, keeping its index."""
    return pd.Series([form(value) for value in column.tolist()], index=column.index, dtype="object")


def courses_frame(courses: pd.DataFrame) -> pd.DataFrame:
    """The ``courses.csv`` of the output folder, sorted by person and course."""
    frame = courses.sort_values(["person_id", "course_id"], ignore_index=True)
    exact = frame["reduction_low"] == frame["reduction_high"]
    both = pd.Series(
        [
            _and(dose, weeks)
            for dose, weeks in zip(frame["dose_adequate"], frame["duration_adequate"], strict=True)
        ],
        dtype="object",
    )
    shown_days = frame["duration_days_low"].where(frame["duration_days_low"] == frame["duration_days_high"])
    lowest = frame["lowest_percent"].astype("float64")
    out = pd.DataFrame(
        {
            "person_id": frame["person_id"],
            "course_id": frame["course_id"].astype("int64") + 1,
            "origin": frame["origin"],
            "drug": frame["ingredient"].fillna(frame["drug"]),
            "ingredient": frame["ingredient"],
            "route": words(frame["is_lai"], lambda lai: "lai" if answer_word(lai) == "yes" else ""),
            "start_date": words(frame["start_day"], iso_date),
            "end_date": words(frame["end_day"], iso_date),
            "dose_mg_per_day": frame["dose_mg_per_day"],
            "dose_cpz_mg_per_day": frame["dose_cpz_mg_per_day"],
            "dose_adequate": words(frame["dose_adequate"]),
            "duration_weeks": shown_days.astype("float64") / 7,
            "duration_adequate": words(frame["duration_adequate"]),
            "adequate": words(both),
            "adherence_percent": lowest,
            "adherent": words(frame["adherent"]),
            "days_covered_percent": frame["days_covered_percent"],
            "symptom_reduction_percent": frame["reduction_low"].where(exact),
            "reduction_scale": frame["reduction_scale"],
            "responding": words(frame["not_responding"], opposite_word),
            "failed": words(frame["failed"]),
            "stop_reason": frame["stop_reason"],
            "is_antipsychotic": words(frame["is_antipsychotic"]),
            "is_clozapine": words(frame["is_clozapine"]),
        }
    )
    return out[list(COURSE_COLUMNS)]


def _and(left: Any, right: Any) -> Any:
    first, second = answer_word(left), answer_word(right)
    if "no" in (first, second):
        return False
    return True if first == second == "yes" else None


def criteria_frame(answers: pd.DataFrame, definition: Definition, lang: Lang) -> pd.DataFrame:
    """The ``criteria.csv`` of the output folder: each row's answer and, in words, its evidence.

    Rows of the optimum tier stand under their own name, ``<definition>_optimum``.
    """
    ordered = answers.sort_values(["person_id", "position"], ignore_index=True)
    needs = {row.id: str(row.needs) if row.needs else "" for row in definition.criteria}
    name = {"minimum": definition.id, "optimum": f"{definition.id}_optimum"}
    sentences = [
        evidence_sentence(asks, answer, n, possible, value, day, needs[criterion], lang)
        for asks, answer, n, possible, value, day, criterion in zip(
            ordered["asks"], ordered["answer"], ordered["n"], ordered["possible"], ordered["value"],
            ordered["day"], ordered["criterion"], strict=True,
        )
    ]  # fmt: skip
    return pd.DataFrame(
        {
            "person_id": ordered["person_id"],
            "definition": [name[tier] for tier in ordered["tier"]],
            "criterion": ordered["criterion"],
            "answer": words(ordered["answer"]),
            "evidence": sentences,
            "date": words(ordered["day"], iso_date),
        }
    )


def evidence_sentence(
    asks: str, answer: Any, n: Any, possible: Any, value: Any, day: Any, needs: str, lang: Lang
) -> str:
    """What the record says about one row of one person, in one sentence."""
    return text(
        f"evidence.{asks}",
        lang,
        n=_number(n, lang),
        possible=_number(possible, lang),
        value=_number(value, lang),
        date=known_date(day, lang),
        needs=shown_threshold(needs),
    )


def known_date(day: Any, lang: Lang) -> str:
    """An ISO date, or the words for a date nobody wrote down."""
    return text("evidence.date_unknown", lang) if pd.isna(day) else iso_date(day)


def shown_threshold(needs: str) -> str:
    """A comparison as it is printed."""
    return needs.replace(">=", "≥").replace("<=", "≤")


def _number(value: Any, lang: Lang) -> str:
    if pd.isna(value):
        return text("evidence.number_unknown", lang)
    return f"{float(value):.1f}".removesuffix(".0")
