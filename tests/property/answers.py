"""What the engine says of a cohort, person by person, in the form the yardstick uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
from ibis.backends import BaseBackend

from opentrs.ascertain import ascertain, shipped_definition
from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from tests.property.yardstick import by_person, facts, judge
from tests.property.yardstick.verdict import CRITERIA, Verdict

FIELDS = (
    "verdict", "tier", "first_missing", "date_met", "n_adequate_courses", "from_first_episode", "onset",
    "clozapine", "domains", "current",
)  # fmt: skip
SETTLED = ("resistant", "not_resistant")
Frames = Mapping[str, Sequence[Mapping[str, Any]] | pd.DataFrame]
Answers = dict[str, dict[str, Any]]


def engine_answers(frames: Frames, backend: BaseBackend | None = None) -> Answers:
    """person_id -> every field of the TRRIP verdict, every criterion, and the courses."""
    return answers_of(from_frames(frames, backend))


def answers_of(cohort: Cohort) -> Answers:
    """The answers under the TRRIP definition alone, which is what the stage answers first."""
    answered = ascertain(cohort, shipped_definition("trrip"))
    return in_form(answered.verdicts, answered.criteria, answered.courses)


def in_form(verdicts: pd.DataFrame, criteria: pd.DataFrame, courses: pd.DataFrame) -> Answers:
    answers: Answers = {}
    for row in trrip(verdicts):
        answers[row["person_id"]] = {field: cell(row[field]) for field in FIELDS} | {"courses": []}
    for row in trrip(criteria):
        if row["criterion"] in CRITERIA:
            answers[row["person_id"]][row["criterion"]] = row["answer"]
    for row in courses.to_dict("records"):
        answers[row["person_id"]]["courses"].append(course(row["drug"], row["start_date"], row["adequate"]))
    for of_person in answers.values():
        of_person["courses"].sort()
    return answers


def yardstick_answers(frames: Frames) -> Answers:
    """The same, worked out by the yardstick."""
    return {person: in_words(judge(folder)) for person, folder in by_person(as_rows(frames)).items()}


def as_rows(frames: Frames) -> dict[str, list[dict[str, Any]]]:
    """Tables as lists of rows, whatever they were."""
    return {
        name: table.to_dict("records") if isinstance(table, pd.DataFrame) else [dict(row) for row in table]
        for name, table in frames.items()
    }


def in_words(verdict: Verdict) -> dict[str, Any]:
    words = {field: getattr(verdict, field) for field in FIELDS} | verdict.criteria
    words["date_met"] = "" if verdict.date_met is None else date.fromordinal(verdict.date_met).isoformat()
    words["n_adequate_courses"] = str(verdict.n_adequate_courses)
    words["courses"] = sorted(
        course(drug, "" if start is None else date.fromordinal(start), adequate)
        for drug, start, _, adequate in verdict.courses
    )
    return words


def differences(one: Answers, other: Answers) -> dict[str, dict[str, tuple[Any, Any]]]:
    """person_id -> field -> the two answers, where they differ."""
    assert one.keys() == other.keys()
    found = {
        person: {
            field: (mine, other[person][field])
            for field, mine in fields.items()
            if mine != other[person][field]
        }
        for person, fields in one.items()
    }
    return {person: fields for person, fields in found.items() if fields}


def trrip(table: pd.DataFrame) -> list[dict[str, Any]]:
    return table[table["definition"] == "trrip"].to_dict("records")


def course(drug: Any, start: Any, adequate: Any) -> tuple[str, str, str]:
    """A drug no table knows is called by any name."""
    return ("" if facts.resolve(cell(drug)) is None else cell(drug), cell(start)[:10], cell(adequate))


def cell(value: Any) -> str:
    """A cell as it is written to a file."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
