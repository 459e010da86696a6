"""Asking: vignettes -> one cohort per study -> the tables of types -> the answers under their headings."""

from __future__ import annotations

import csv
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from ibis.backends import BaseBackend

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.subtype.definition import TypeRules, types_from_toml
from opentrs.subtype.flips import flips
from opentrs.subtype.frames import domains_frame, persons_frame, rated_items_frame, types_frame
from opentrs.subtype.labels import label
from opentrs.subtype.norms import read_norms
from tests.spec.types.people import drawn
from tests.spec.types.vignettes import Norm, Study, Vignette

NOT_ASKED = "*"
TYPE_COLUMNS = {
    "type": "type", "margin": "margin", "rival": "rival", "scale": "scale", "norm": "norm",
    "depression": "depression", "basis": "depression_basis", "review type": "review_type", "flips": "flips",
}  # fmt: skip
PERSON_COLUMNS = {"person type": "type", "persistent": "persistent", "person review type": "review_type"}
NORM_COLUMNS = ("norm", "version", "scale", "domain", "n", "mean_pomp", "sd_pomp", "reliability")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered: each person's labelled visits in order, and the person as a whole."""

    visits: Mapping[str, list[Row]]
    persons: Mapping[str, Row]

    def about(self, person_id: str, heading: str) -> Any:
        """The answer to one heading; the types of a visit are those of the first one."""
        visits = self.visits.get(person_id, [])
        if heading == "visits labelled":
            return len(visits)
        if heading in PERSON_COLUMNS:
            return self.persons[person_id][PERSON_COLUMNS[heading]]
        domain, _, kind = heading.rpartition(" ")
        column = f"{domain}_{kind.lower()}" if kind in ("POMP", "z") else TYPE_COLUMNS[heading]
        return visits[0][column]


class Asker:
    """Asks the vignettes of a study on one engine, under the shipped rule or a changed one."""

    def __init__(self, study: Study, backend: BaseBackend, vignettes: Iterable[Vignette]) -> None:
        self.study = study
        tables: dict[str, list[Row]] = {}
        for vignette in vignettes:
            if vignette.study is study:
                for name, rows in vignette.person().frames(str(vignette)).items():
                    tables.setdefault(name, []).extend(rows)
        for number in range(study.crowd):
            score = "7" if number % 2 else "1"
            cells = dict.fromkeys(("delusion", "hallucination", "negative"), score)
            for name, rows in drawn(cells).frames(f"crowd {number}").items():
                tables.setdefault(name, []).extend(rows)
        self.cohort = from_frames(tables, backend)
        self._answers: Answers | None = None

    def answers(self) -> Answers:
        """The answers under the shipped rule with the study's own choices."""
        if self._answers is None:
            self._answers = self.under({})
        return self._answers

    def under(self, changes: Mapping[str, Any], *, with_flips: bool = True) -> Answers:
        """The answers under the shipped rule with other values in it, and with the study's own choices."""
        rules = types_from_toml({**changes, **self.study.choices}, "study.toml")
        if self.study.alternative:
            chosen = (one for one in rules.alternatives if (one.choice, one.value) == self.study.alternative)
            rules = replace(rules, default=next(chosen))
        return answers_of(self.cohort, rules, self.study.norm, with_flips=with_flips)


def answers_of(cohort: Cohort, rules: TypeRules, norm: Norm | None, *, with_flips: bool = True) -> Answers:
    """Label a cohort and index the tables ``types`` and ``person_types``; flips take the longest."""
    steps = label(cohort, rules, norm_file(norm, rules))
    visits = steps.visits.execute().sort_values(["person_id", "day"], ignore_index=True)
    found = pd.DataFrame({"person_id": [], "day": [], "flips": []}, dtype="object")
    if with_flips:
        found = flips(steps.visits, steps.wide, steps.values, steps.norms, rules)
    domains, items = domains_frame(steps.domains), rated_items_frame(steps, rules)
    types = types_frame(visits, found, domains, items, rules, "en")
    nobody_asked = pd.DataFrame(columns=["person_id", "verdict"], dtype="object")
    persons = persons_frame(steps.persons, visits, nobody_asked)
    by_person: dict[str, list[Row]] = {}
    for row in types.to_dict("records"):
        by_person.setdefault(row["person_id"], []).append(row)
    return Answers(by_person, {row["person_id"]: row for row in persons.to_dict("records")})


def norm_file(norm: Norm | None, rules: TypeRules) -> pd.DataFrame | None:
    """A norm as a user would bring it: written to a file and read from it."""
    if norm is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "norms.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(NORM_COLUMNS)
            for (scale, domain), (mean, sd, reliability) in norm.items():
                rows.writerow(("vignettes", "1", scale, domain, 100, mean, sd, reliability))
        return read_norms(path, rules)


def shipped_tree() -> dict[str, Any]:
    """The shipped rule as parsed TOML, fresh each time."""
    shipped = files("opentrs.subtype").joinpath("definitions", "types.toml")
    return tomllib.loads(shipped.read_text(encoding="utf-8"))


def mismatches(
    vignette: Vignette, answers: Answers, *, with_flips: bool = True
) -> dict[str, tuple[str, str]]:
    """Headings whose answer is not the expected one: heading -> (expected, answered)."""
    wrong = {}
    for heading, expected in vignette.expected.items():
        if expected == NOT_ASKED or (heading == "flips" and not with_flips):
            continue
        answered = _text(answers.about(str(vignette), heading), expected)
        if heading == "flips":
            if set(answered.split("; ")) != set(expected.split("; ")):
                wrong[heading] = (expected, answered)
        elif answered != expected:
            wrong[heading] = (expected, answered)
    return wrong


def _text(value: Any, like: str) -> str:
    """An answer as a cell: empty where missing, numbers with as many decimals as expected."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float):
        decimals = len(like.partition(".")[2])
        return f"{value:.{decimals}f}"
    return str(value)
