"""Asking: vignettes -> one cohort per study -> the ascertain stage -> the answers under their headings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from ibis.backends import BaseBackend

from opentrs.ascertain import STAGE
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


@dataclass(frozen=True, slots=True)
class Answers:
    """What one study answered, by person, definition and heading."""

    verdicts: Mapping[tuple[str, str], Mapping[str, Any]]
    criteria: Mapping[tuple[str, str, str], str]
    courses: Mapping[str, Sequence[Mapping[str, Any]]]
    specifiers: Mapping[str, Mapping[str, Any]]
    remission: Mapping[str, Mapping[str, Any]]

    def about(self, person_id: str, definition: str, heading: str) -> Any:
        """The answer to one heading."""
        if heading in VERDICT_COLUMNS:
            return self.verdicts[person_id, definition][VERDICT_COLUMNS[heading]]
        if heading.startswith("course "):
            _, number, what = heading.split(" ")
            return self.courses[person_id][int(number) - 1][COURSE_COLUMNS[what]]
        if heading in ("depression", "depression scale", "cognitive"):
            return self.specifiers[person_id][heading.replace(" ", "_")]
        if heading == "remission":
            return self.remission[person_id]["remission"]
        return self.criteria[person_id, definition, heading]


def cohort_of(vignettes: Iterable[Vignette], backend: BaseBackend) -> Cohort:
    """All people of some vignettes in one cohort, with the complete patient as the first."""
    people = [(BASELINE_ID, complete_patient())]
    people += [(str(vignette), vignette.patient()) for vignette in vignettes]
    tables: dict[str, list[dict[str, Any]]] = {}
    for person_id, patient in people:
        for name, rows in patient.frames(person_id).items():
            tables.setdefault(name, []).extend(rows)
    return from_frames({name: rows for name, rows in tables.items() if rows}, backend)


def ask(vignettes: Sequence[Vignette], study: Study, backend: BaseBackend, folder: Path) -> Answers:
    """Run the stage once for every vignette of a study."""
    asked = [vignette for vignette in vignettes if vignette.study == study]
    definitions = (str(own_definition(study, folder)),) if study.changes else ()
    settings = StudySettings(dose_key=study.dose_key, definitions=definitions)
    return answers_from(STAGE.run(cohort_of(asked, backend), {}, settings).tables)


def answers_from(tables: Mapping[str, pd.DataFrame]) -> Answers:
    """Index the stage's tables by what a vignette may ask."""
    courses: dict[str, list[dict[str, Any]]] = {}
    in_order = tables["courses"].sort_values(["person_id", "start_date", "drug"], kind="stable")
    for row in in_order.to_dict("records"):
        courses.setdefault(row["person_id"], []).append(row)
    return Answers(
        verdicts={
            (row["person_id"], row["definition"]): row for row in tables["verdicts"].to_dict("records")
        },
        criteria={
            (row["person_id"], row["definition"], row["criterion"]): row["answer"]
            for row in tables["criteria"].to_dict("records")
        },
        courses=courses,
        specifiers={row["person_id"]: row for row in tables["specifiers"].to_dict("records")},
        remission={row["person_id"]: row for row in tables["remission"].to_dict("records")},
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


def own_definition(study: Study, folder: Path) -> Path:
    """Write a study's changed TRRIP as a user's own definition, called ``own``.

    It says only what differs; the rows of the table are the shipped ones.
    """
    lines = ['id = "own"', 'like = "trrip"', 'kind = "own"']
    for path, value in study.changes:
        section, name = path.split(".")
        lines += [f"[{section}]", f"{name} = {_toml(value)}"]
    path = folder / f"{study.name.replace(' ', '_')}.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


def mismatches(vignette: Vignette, answers: Answers) -> dict[str, tuple[str, str]]:
    """Headings whose answer is not the expected one: heading -> (expected, answered)."""
    wrong = {}
    for heading, expected in vignette.expected.items():
        if expected == NOT_ASKED:
            continue
        told = answers.about(str(vignette), vignette.definition, heading)
        if expected == SAME:
            expected = _text(answers.about(BASELINE_ID, vignette.definition, heading))
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
