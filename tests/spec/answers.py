"""Asking: vignettes -> one cohort per study -> the ascertain stage -> the answers under their headings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import pandas as pd
from ibis.backends import BaseBackend

from opentrs.ascertain import Ascertained, Definition, ascertain, definition_from_toml, shipped_definition
from opentrs.ascertain.evidence import Evidence, Measured, measure
from opentrs.ascertain.specifiers import remission_frame, specifiers_frame
from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import StudySettings
from tests.spec.complete_patient import complete_patient
from tests.spec.vignettes import Study, Vignette
from tests.support.drawn import SAME

NOT_ASKED = "*"
BASELINE_ID = "the complete patient"
VERDICT_COLUMNS = {
    "verdict": "verdict",
    "tier": "tier",
    "first missing": "first_missing",
    "date met": "date_met",
    "current": "current",
    "adequate courses": "n_adequate_courses",
    "from first episode": "from_first_episode",
    "onset": "onset",
    "domains": "domains",
    "clozapine": "clozapine",
}
COURSE_COLUMNS = {
    "adequate": "adequate",
    "dose": "dose_mg_per_day",
    "CPZ": "dose_cpz_mg_per_day",
    "weeks": "duration_weeks",
    "reduction": "symptom_reduction_percent",
    "end": "end_date",
}
SPECIFIERS = ("depression", "cognitive")


@dataclass(frozen=True, slots=True)
class Answers:
    """What a definition answered, by person and heading."""

    verdicts: Mapping[str, Mapping[str, Any]]
    criteria: Mapping[tuple[str, str], str]
    courses: Mapping[str, Sequence[Mapping[str, Any]]]
    evidence: Evidence
    _specifiers: dict[tuple[str, str], str] = field(default_factory=dict)
    _remission: dict[str, str] = field(default_factory=dict)

    def about(self, person_id: str, heading: str) -> Any:
        """The answer to one heading."""
        if heading in VERDICT_COLUMNS:
            return self.verdicts[person_id][VERDICT_COLUMNS[heading]]
        if heading.startswith("course "):
            _, number, what = heading.split(" ")
            return self.courses[person_id][int(number) - 1][COURSE_COLUMNS[what]]
        if heading in SPECIFIERS:
            return self.specifiers()[person_id, heading]
        if heading == "remission":
            return self.remission()[person_id]
        return self.criteria.get((person_id, heading))

    def specifiers(self) -> Mapping[tuple[str, str], str]:
        """Specifiers by person and heading, worked out when first asked."""
        if not self._specifiers:
            for row in specifiers_frame(self.evidence, "en").to_dict("records"):
                self._specifiers[row["person_id"], row["specifier"]] = row["answer"]
        return self._specifiers

    def remission(self) -> Mapping[str, str]:
        """Remission by person, worked out when first asked."""
        if not self._remission:
            for row in remission_frame(self.evidence, "en").to_dict("records"):
                self._remission[row["person_id"]] = row["answer"]
        return self._remission


def cohort_of(vignettes: Iterable[Vignette], backend: BaseBackend) -> Cohort:
    """All people of some vignettes in one cohort, with the complete patient as the first."""
    people = [(BASELINE_ID, complete_patient())]
    people += [(str(vignette), vignette.patient()) for vignette in vignettes]
    tables: dict[str, list[dict[str, Any]]] = {}
    for person_id, patient in people:
        for name, rows in patient.frames(person_id).items():
            tables.setdefault(name, []).extend(rows)
    return from_frames({name: rows for name, rows in tables.items() if rows}, backend)


class Asker:
    """Asks the vignettes of a study on one engine, a definition at a time, each once."""

    def __init__(self, study: Study, backend: BaseBackend, vignettes: Iterable[Vignette]) -> None:
        self.study = study
        self.cohort = cohort_of([vignette for vignette in vignettes if vignette.study == study], backend)
        self.settings = StudySettings(dose_key=study.dose_key)
        self.measured: Measured | None = None
        self._answered: dict[str, Answers] = {}

    def answers(self, definition: str) -> Answers:
        """The answers under a shipped definition; a study's own changes apply to TRRIP."""
        if definition not in self._answered:
            self._answered[definition] = self.under(
                definition_from_toml(changed_definition(self.study.changes))
                if definition == "trrip"
                else shipped_definition(definition)
            )
        return self._answered[definition]

    def under(self, definition: Definition) -> Answers:
        """The answers under any definition."""
        self.measured = self.measured or measure(self.cohort)
        return answers_from(ascertain(self.cohort, definition, self.settings, self.measured))


def answers_from(found: Ascertained) -> Answers:
    """Index what was found by what a vignette may ask."""
    courses: dict[str, list[dict[str, Any]]] = {}
    for row in found.courses.sort_values(["person_id", "course_id"]).to_dict("records"):
        courses.setdefault(row["person_id"], []).append(row)
    return Answers(
        verdicts={row["person_id"]: row for row in found.verdicts.to_dict("records")},
        criteria={
            (row["person_id"], row["criterion"]): row["answer"] for row in found.criteria.to_dict("records")
        },
        courses=courses,
        evidence=found.evidence,
    )


def trrip() -> dict[str, Any]:
    """The shipped definition as parsed TOML, fresh each time."""
    shipped = files("opentrs.ascertain").joinpath("definitions", "trrip.toml")
    return tomllib.loads(shipped.read_text(encoding="utf-8"))


def changed_definition(changes: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """TRRIP with the values at some dotted paths replaced."""
    definition = trrip()
    for path, value in changes:
        *sections, name = path.split(".")
        section = definition
        for key in sections:
            section = section[key]
        section[name] = value
    return definition


def mismatches(vignette: Vignette, answers: Answers) -> dict[str, tuple[str, str]]:
    """Headings whose answer is not the expected one: heading -> (expected, answered)."""
    wrong = {}
    for heading, expected in vignette.expected.items():
        if expected == NOT_ASKED:
            continue
        told = answers.about(str(vignette), heading)
        if expected == SAME:
            expected = _text(answers.about(BASELINE_ID, heading))
        answered = _text(told, expected)
        if answered != expected:
            wrong[heading] = (expected, answered)
    return wrong


def _text(value: Any, like: str = "") -> str:
    """An answer as a cell: empty where missing, numbers with as many decimals as expected."""
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value) or value is pd.NA:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        decimals = len(like.partition(".")[2])
        return f"{value:.{decimals}f}"
    return str(value)[:10] if like[:2] == "20" else str(value)
