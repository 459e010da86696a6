"""A definition that asks every question there is, so that one run over a few people shows them all."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple

from opentrs.ascertain import Ascertained, ascertain, definition_from_toml
from opentrs.ascertain.questions import KNOWN_QUESTIONS
from opentrs.cohort.build import from_frames
from tests.spec.complete_patient import Patient, complete_patient
from tests.spec.phrases import apply

NEEDS = {
    "different_drugs": 2, "duration": 2, "dose": 2, "not_responding": 2, "outcome_documented": 2,
    "adherence": 2, "plasma_level": 1, "repeated_levels": 2, "cgi_severity": 4, "bprs_total": 46,
    "bprs_psychotic_items": 2, "illness_years": 5,
}  # fmt: skip


class Said(NamedTuple):
    """One answer with the sentence that gives its evidence."""

    answer: str
    date: str
    evidence: str


def everything(**changed: Any) -> dict[str, Any]:
    """TRRIP with a row for each question, named after it, in alphabetical order."""
    entry = files("opentrs.ascertain").joinpath("definitions", "trrip.toml")
    data = tomllib.loads(entry.read_text(encoding="utf-8"))
    rows = []
    for asks in sorted(KNOWN_QUESTIONS):
        row = {"id": asks, "asks": asks, "source": "", "checked": "yes", "reads": {"en": asks, "zh": asks}}
        if asks in NEEDS:
            row["needs"] = {"is": ">=", "value": NEEDS[asks]}
        rows.append(row)
    return {**data, "id": "everything", "criterion": rows, **changed}


def patient(told: Mapping[str, str]) -> Patient:
    """The complete patient after what is told."""
    found = complete_patient()
    for heading, cell in told.items():
        apply(found, heading, cell)
    return found


def found_for(people: Mapping[str, Mapping[str, str]], **changed: Any) -> Ascertained:
    """Ask everything of people who differ from the complete patient as told."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for person_id, told in people.items():
        for name, rows in patient(told).frames(person_id).items():
            tables.setdefault(name, []).extend(rows)
    definition = definition_from_toml(everything(**changed))
    return ascertain(from_frames({name: rows for name, rows in tables.items() if rows}), definition)


def said(found: Ascertained) -> dict[tuple[str, str], Said]:
    """(person, question) -> what was answered."""
    rows = found.criteria[["person_id", "criterion", "answer", "date", "evidence"]]
    return {(row[0], row[1]): Said(*row[2:]) for row in rows.itertuples(index=False)}
