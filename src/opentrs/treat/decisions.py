"""Decisions of people about doubted rows: which, what, why, who, when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from opentrs.errors import Problem
from opentrs.treat.files import stop_at_errors, table_with
from opentrs.treat.gate import DECISIONS, Decision

COLUMNS = ("row", "decision", "reason", "by", "date")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One decision of a person about one row of evidence."""

    row: str
    decision: Decision
    reason: str
    by: str
    date: str


def read_decisions(path: Path, known: Collection[str]) -> tuple[Recorded, ...]:
    """Read a file of decisions.

    Parameters
    ----------
    path : CSV with the columns row, decision, reason, by, date
    known : ids of the rows of evidence

    Raises
    ------
    InputProblemsError : every problem of the file at once
    """
    problems: list[Problem] = []
    rows, _ = table_with(path, COLUMNS, problems)
    seen: set[str] = set()
    found = []
    for line, row in rows:
        problems += _problems(row, line, path.name, known, seen)
        seen.add(row["row"])
        for decision in DECISIONS:
            if row["decision"] == decision:
                found.append(Recorded(row["row"], decision, row["reason"], row["by"], row["date"]))
    stop_at_errors(problems)
    return tuple(found)


def _problems(
    row: Mapping[str, str], line: int, file: str, known: Collection[str], seen: Collection[str]
) -> list[Problem]:
    def problem(code: str, column: str, **params: str) -> Problem:
        return Problem(code, file=file, line=line, column=column, params=params)

    found = [problem("evidence_blank", column) for column in COLUMNS if not row[column]]
    if row["row"] and row["row"] not in known:
        found.append(problem("evidence_row_unknown", "row", row=row["row"]))
    if row["row"] in seen:
        found.append(problem("evidence_row_twice", "row", row=row["row"]))
    if row["decision"] and row["decision"] not in DECISIONS:
        allowed = ", ".join(DECISIONS)
        found.append(problem("evidence_choice", "decision", cell=row["decision"], allowed=allowed))
    if row["date"] and not is_day(row["date"]):
        found.append(problem("evidence_not_a_date", "date", cell=row["date"]))
    return found


def is_day(cell: str) -> bool:
    """Whether a cell is a day written YYYY-MM-DD."""
    try:
        return date.fromisoformat(cell).isoformat() == cell
    except ValueError:
        return False


def by_row(recorded: tuple[Recorded, ...]) -> dict[str, Decision]:
    """The decisions by row."""
    return {one.row: one.decision for one in recorded}
