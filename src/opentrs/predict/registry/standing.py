"""What stands against a validation: reasons to refuse it, and what must be known to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from opentrs.errors import InputProblemsError, Problem
from opentrs.messages import Lang, text
from opentrs.predict.registry.apply import MISSING, OUTSIDE, UNSEEN, Applied
from opentrs.predict.registry.case_mix import DIFFERENT_C, CaseMix
from opentrs.predict.registry.choices import TableChoices
from opentrs.predict.registry.document import ModelDocument, Predictor
from opentrs.predict.registry.table import People
from opentrs.predict.registry.units_seen import DOUBTFUL, slips

REFUSED, WARNED, PASSED = "refused", "warned", "passed"
FLAGS = ("model", "landmark", "outcome", "check", "level", "n", "why")
SHOWN = 20


@dataclass
class Flags:
    """Rows of ``flags.csv`` as they are found."""

    document: ModelDocument
    lang: Lang
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, check: str, level: str, key: str, n: int | None = None, **params: object) -> None:
        """Note what a check found, in the reader's words."""
        self.rows.append(
            {
                "model": self.document.id, "landmark": self.document.landmark,
                "outcome": self.document.outcome, "check": check, "level": level, "n": n,
                "why": text(f"models.flag_{key}", self.lang, **({"n": n} if n is not None else {}), **params),
            }
        )  # fmt: skip


def refuse_unfit(
    document: ModelDocument, people: People, choices: TableChoices, asked: Sequence[str] | None = None
) -> None:
    """Refuse a table on which nothing can be told, with every reason at once.

    Raises
    ------
    InputProblemsError : a predictor without a column or without a value, a category the model does not know,
        or a column in another unit
    """
    problems = [
        *_columns(document, people, asked),
        *_categories(document, people),
        *_units(document, people, choices),
    ]
    if problems:
        raise InputProblemsError([*people.problems, *problems])


def refuse_units(document: ModelDocument, people: People, choices: TableChoices) -> None:
    """Refuse columns in another unit, where nothing else stands against single people being told.

    Raises
    ------
    InputProblemsError : each column that looks as if it were in another unit
    """
    problems = _units(document, people, choices)
    if problems:
        raise InputProblemsError([*people.problems, *problems])


def _columns(document: ModelDocument, people: People, asked: Sequence[str] | None) -> list[Problem]:
    if document.readings and asked is None:
        if any(_all_known(reading.predictors, people) for reading in document.readings):
            return []
        ways = " | ".join(", ".join(dict.fromkeys(reading.predictors)) for reading in document.readings)
        return [Problem("model_rule_unreadable", file=people.file, line=1, params={"ways": ways})]
    found = []
    for name in document.used if asked is None else asked:
        params = {"name": name, "label": document.predictors[name].label["en"]}
        if name not in people.predictors.columns:
            found.append(Problem("model_predictor_no_column", file=people.file, line=1, params=params))
        elif people.predictors[name].isna().all():
            found.append(
                Problem("model_predictor_all_missing", file=people.file, column=name, params={"name": name})
            )
    return found


def _all_known(names: Sequence[str], people: People) -> bool:
    there = [name in people.predictors.columns for name in names]
    return all(there) and bool(people.predictors[list(names)].notna().all(axis=1).any())


def _categories(document: ModelDocument, people: People) -> list[Problem]:
    found = []
    for name, predictor in document.predictors.items():
        if predictor.kind != "category" or name not in people.predictors.columns:
            continue
        values = people.predictors[name]
        unseen = np.flatnonzero((values.notna() & ~values.isin(predictor.levels)).to_numpy())
        levels = ", ".join(predictor.levels)
        found += [
            Problem(
                "model_category_unseen", file=people.file, line=int(people.lines[row]), column=name,
                params={"value": str(values.iloc[row]), "levels": levels, "n": len(unseen)},
            )
            for row in unseen[:SHOWN]
        ]  # fmt: skip
    return found


def _units(document: ModelDocument, people: People, choices: TableChoices) -> list[Problem]:
    return [
        Problem(
            f"model_unit_slip_{one.by}", file=people.file, column=one.predictor,
            params={
                "unit": one.unit, "other": one.looks_like, "here": f"{one.here:.3g}",
                "published": f"{one.published:.3g}",
            },
        )
        for one in slips(document, people.predictors)
        if one.predictor not in choices.units_confirmed
    ]  # fmt: skip


def read_flags(flags: Flags, people: People, found: Applied) -> None:
    """How the table was read: people twice, units, ranges, what is missing."""
    document = flags.document
    flags.add("duplicates", *((PASSED, "ids") if people.has_ids else (WARNED, "no_ids")), n=len(people))
    _unit_flags(flags, people)
    for kind, key in ((OUTSIDE, "outside"), (UNSEEN, "unseen"), (MISSING, "missing")):
        for name, predictor in document.predictors.items():
            n = sum(any(one == kind and name in names for one, names in each) for each in found.reasons)
            if n:
                flags.add(
                    "range" if kind == OUTSIDE else kind, WARNED, key, n, **_named(predictor, flags.lang)
                )
    if not any(row["check"] == "range" for row in flags.rows):
        flags.add("range", PASSED, "inside", len(people))
    left_out = int((~found.valid).sum())
    flags.add("complete", WARNED if left_out else PASSED, "left_out", left_out, total=len(people))


def _named(predictor: Predictor, lang: Lang) -> dict[str, str]:
    ends = {"low": predictor.low, "high": predictor.high}
    known = {name: f"{end:g}" for name, end in ends.items() if end is not None}
    key = "range_" + ("_".join(known) or "none")
    return {
        "label": predictor.label[lang],
        "range": text(f"models.{key}", lang, unit=predictor.unit, **known),
    }


def _unit_flags(flags: Flags, people: People) -> None:
    """Units that were confirmed, and those that may be others: what is clear was refused before."""
    confirmed = {one.predictor for one in slips(flags.document, people.predictors)}
    seen = slips(flags.document, people.predictors, DOUBTFUL)
    for one in seen:
        label = flags.document.predictors[one.predictor].label[flags.lang]
        key = "unit_confirmed" if one.predictor in confirmed else "unit_doubtful"
        ends = {"here": f"{one.here:.3g}", "published": f"{one.published:.3g}"}
        told = {} if key == "unit_confirmed" else ends
        flags.add("unit", WARNED, key, len(people), label=label, unit=one.unit, other=one.looks_like, **told)
    if not seen:
        flags.add("unit", PASSED, "units", len(people))


def case_mix_flag(flags: Flags, mix: CaseMix) -> None:
    """Whether the people are like those of the development, as far as that was published."""
    if mix.membership_c is None:
        flags.add("case_mix", WARNED, "case_mix_untold", mix.n)
        return
    level = WARNED if mix.membership_c >= DIFFERENT_C else PASSED
    flags.add("case_mix", level, f"case_mix_{'different' if level == WARNED else 'alike'}", mix.n,
              c=mix.membership_c)  # fmt: skip
