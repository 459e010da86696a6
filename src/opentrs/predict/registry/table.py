"""A plain table of people -> typed predictors and outcome; every problem at once, by its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from opentrs.errors import InputProblemsError, Problem
from opentrs.predict.registry.cells import NO, YES, Sheet
from opentrs.predict.registry.choices import COMPETING, EVENT, TableChoices
from opentrs.predict.registry.document import ModelDocument, Predictor
from opentrs.sources.batches import batches
from opentrs.sources.parse import nearest
from opentrs.sources.problem_log import ProblemLog

PERSON = "person_id"


@dataclass(frozen=True, slots=True)
class People:
    """People with what a model asks and what happened, one row each.

    Parameters
    ----------
    file : where they are from, as the user calls it
    person_id : ids; row numbers where the table has none
    lines : line of each in the file
    predictors : a column for each predictor the table has: numbers, 1 and 0, or texts
    outcome : 1, 0, or not a number where unknown; None where no outcome was named
    time, cause : days, and 0 censored, 1 event, 2 competing; None where no time was named
    groups : columns by which performance is shown, as texts
    has_ids : whether the same person could be recognised twice
    problems : what is worth knowing about the table
    """

    file: str
    person_id: tuple[str, ...]
    lines: np.ndarray
    predictors: pd.DataFrame
    outcome: np.ndarray | None
    time: np.ndarray | None
    cause: np.ndarray | None
    groups: pd.DataFrame
    has_ids: bool
    problems: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.person_id)


def read_people(
    path: Path, models: Sequence[ModelDocument], choices: TableChoices, extra: Sequence[str] = ()
) -> People:
    """Read what models ask from a CSV, TSV, XLSX or Parquet table.

    Parameters
    ----------
    models : the model that is asked for first, then those it is compared with, whose columns may be absent
    extra : further columns of numbers, by their own names

    Raises
    ------
    InputProblemsError : every problem of the table at once
    """
    sheet = _sheet(path, choices)
    _named_columns(sheet, models[0], choices, extra)
    _stop(sheet)
    asked: dict[str, Predictor] = {}
    for model in models:
        asked = {**model.predictors, **asked}
    predictors = {
        name: _column(sheet, column, asked[name])
        for name, column in found_columns(list(sheet.cells.columns), asked, choices).items()
    }
    predictors |= {name: sheet.numbers(name) for name in extra}
    ids, has_ids = _ids(sheet, choices)
    outcome = _outcome(sheet, choices)
    time, cause = _times(sheet, choices)
    names = tuple(dict.fromkeys((*choices.groups, *([choices.site] if choices.site else []))))
    groups = pd.DataFrame({name: sheet.known(name) for name in names}, index=sheet.cells.index)
    _stop(sheet)
    return People(
        path.name, ids, sheet.lines, pd.DataFrame(predictors, index=sheet.cells.index), outcome, time, cause,
        groups, has_ids, tuple(sheet.problems),
    )  # fmt: skip


def absent_column(column: str, header: Sequence[str]) -> tuple[str, dict[str, str | int | float]]:
    """The problem of a column that is not there: the nearest name, or where none is near all of them."""
    near = nearest(column, list(header))
    if near:
        return "model_column_absent", {"near": near}
    return "model_column_nowhere", {"columns": ", ".join(header)}


def _stop(sheet: Sheet) -> None:
    if any(one.severity == "error" for one in sheet.problems):
        raise InputProblemsError(sorted(sheet.problems, key=lambda one: (one.line or 0, one.column or "")))


def _sheet(path: Path, choices: TableChoices) -> Sheet:
    log = ProblemLog()
    read = list(batches(path, path.name, "", log))
    problems = list(log.problems())
    cells = pd.concat([one.frame for one in read], ignore_index=True) if read else pd.DataFrame()
    lines = np.concatenate([one.lines for one in read]) if read else np.zeros(0, dtype=np.int64)
    sheet = Sheet(path.name, cells, lines, frozenset(choices.missing), problems)
    if cells.empty and not log.has_errors:
        sheet.wrong("evidence_empty")
    _stop(sheet)
    return sheet


def _named_columns(sheet: Sheet, model: ModelDocument, choices: TableChoices, extra: Sequence[str]) -> None:
    """Columns and predictors the user names must be there."""
    header = list(sheet.cells.columns)
    for column in dict.fromkeys((*choices.named, *extra)):
        if column not in header:
            code, params = absent_column(column, header)
            sheet.problems.append(Problem(code, file=sheet.file, line=1, column=column, params=params))
    for name in (*choices.columns, *choices.units_confirmed):
        if name not in model.predictors:
            sheet.wrong("model_no_such_predictor", name=name, known=", ".join(model.predictors))


def found_columns(
    header: Sequence[str], asked: Mapping[str, Predictor], choices: TableChoices
) -> dict[str, str]:
    """Predictor -> column: as the user says, else by its name, else by the contract's column."""
    lowered = {name.lower(): name for name in reversed(header)}
    found = {}
    for name, predictor in asked.items():
        column = choices.columns.get(name) or lowered.get(name.lower())
        if column is None and predictor.column is not None:
            column = lowered.get(predictor.column.lower())
        if column is not None:
            found[name] = column
    return found


def _column(sheet: Sheet, column: str, predictor: Predictor) -> Any:
    if predictor.kind == "number":
        return sheet.numbers(column, predictor)
    if predictor.kind == "flag":
        return sheet.flags(column, predictor)
    return sheet.known(column)


def _ids(sheet: Sheet, choices: TableChoices) -> tuple[tuple[str, ...], bool]:
    column = choices.person or (PERSON if PERSON in sheet.cells.columns else None)
    if column is None:
        return tuple(str(number) for number in range(1, len(sheet.cells) + 1)), False
    ids = sheet.known(column)
    for row in np.flatnonzero(ids.isna()):
        sheet.wrong("model_person_blank", line=int(sheet.lines[row]), column=column)
    _twice(sheet, ids, column, choices)
    return tuple(str(one) for one in ids), True


def _twice(sheet: Sheet, ids: pd.Series[Any], column: str, choices: TableChoices) -> None:
    sites = sheet.known(choices.site) if choices.site else None
    first: dict[str, int] = {}
    for row, one in enumerate(ids):
        if one is None:
            continue
        if one in first:
            before = first[one]
            elsewhere = sites is not None and sites.iloc[row] != sites.iloc[before]
            code = "model_person_in_two_sites" if elsewhere else "person_twice"
            line = int(sheet.lines[row])
            sheet.wrong(code, line=line, column=column, first=int(sheet.lines[before]))
        first.setdefault(one, row)


def _outcome(sheet: Sheet, choices: TableChoices) -> np.ndarray | None:
    if choices.outcome is None:
        return None
    known = sheet.known(choices.outcome)
    if choices.event_is is not None:
        return _equal_to(sheet, known, choices.event_is, choices.outcome)
    lowered = known.map(lambda cell: None if cell is None else str(cell).lower())
    yes, no = lowered.isin(YES), lowered.isin(NO)
    bad = known.notna() & ~yes & ~no
    if bad.any():
        sheet.wrong_rows("model_outcome_value", choices.outcome, np.flatnonzero(bad))
    return np.where(yes, 1.0, np.where(no, 0.0, np.nan))


def _equal_to(sheet: Sheet, known: pd.Series[Any], wanted: str, column: str) -> np.ndarray:
    """1 where a cell is the event's value; numbers are compared as numbers."""
    equal = known == wanted
    number = pd.to_numeric(pd.Series([wanted]), errors="coerce").iloc[0]
    if np.isfinite(number):
        equal |= pd.to_numeric(known, errors="coerce") == number
    if not equal.any():
        sheet.wrong("model_event_never", column=column, wanted=wanted)
    return np.where(known.isna(), np.nan, equal.astype(float))


def _times(sheet: Sheet, choices: TableChoices) -> tuple[np.ndarray | None, np.ndarray | None]:
    if choices.time is None or choices.event is None:
        return None, None
    time = sheet.numbers(choices.time)
    cause = sheet.numbers(choices.event)
    sheet.wrong_rows("model_time_not_positive", choices.time, np.flatnonzero(~(time > 0)))
    allowed = (0, EVENT, COMPETING)
    sheet.wrong_rows("model_cause", choices.event, np.flatnonzero(~np.isin(cause, allowed)))
    return time, np.nan_to_num(cause).astype(int)
