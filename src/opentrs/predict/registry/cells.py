"""Cells of a user's table: numbers, yes-or-no, categories; what cannot be read is named by its line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from opentrs.errors import Problem, Severity
from opentrs.predict.registry.document import Predictor
from opentrs.sources.parse import ALWAYS_MISSING, SUSPICIOUS

YES = frozenset({"1", "1.0", "yes", "y", "true"})
NO = frozenset({"0", "0.0", "no", "n", "false"})
EMPTY = frozenset({*(text.lower() for text in ALWAYS_MISSING), "nan", "."})
SHOWN_PER_KIND = 20


@dataclass
class Sheet:
    """The cells of a table as text, with their lines, and what is wrong with them."""

    file: str
    cells: pd.DataFrame
    lines: np.ndarray
    missing: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)

    def wrong(
        self, code: str, severity: Severity = "error", line: int | None = None, column: str | None = None,
        **params: str | int | float,
    ) -> None:  # fmt: skip
        """Note a problem."""
        self.problems.append(Problem(code, severity, self.file, line, column, params=params))

    def wrong_rows(self, code: str, column: str, at: Iterable[int], **params: str | int | float) -> None:
        """Note the same problem for rows; the first twenty one by one, then how many more there are."""
        rows = list(at)
        for row in rows[:SHOWN_PER_KIND]:
            said = {**params, "value": str(self.cells[column].iloc[row])}
            self.problems.append(
                Problem(code, file=self.file, line=int(self.lines[row]), column=column, params=said)
            )
        if len(rows) > SHOWN_PER_KIND:
            more: dict[str, str | int | float] = {"code": code, "stored": SHOWN_PER_KIND, "total": len(rows)}
            self.problems.append(Problem("more_of_the_same", file=self.file, column=column, params=more))

    def known(self, column: str) -> pd.Series[Any]:
        """The cells of a column, trimmed; None where they stand for unknown."""
        trimmed = self.cells[column].astype(str).str.strip()
        empty = trimmed.str.lower().isin(EMPTY) | trimmed.isin(self.missing)
        codes = _numbers(self.missing)
        if codes:
            empty |= pd.to_numeric(trimmed, errors="coerce").isin(codes)
        return trimmed.astype(object).where(~empty, None)

    def numbers(self, column: str, predictor: Predictor | None = None) -> np.ndarray:
        """A column of numbers; unknown is not a number."""
        known = self.known(column)
        found = pd.to_numeric(known, errors="coerce").to_numpy(dtype=float)
        bad = known.notna().to_numpy() & ~np.isfinite(found)
        self.wrong_rows("model_cell_not_a_number", column, np.flatnonzero(bad))
        codes = np.isin(found, list(SUSPICIOUS)) & _beyond(found, predictor)
        self.wrong_rows("model_cell_sentinel", column, np.flatnonzero(codes))
        return np.where(bad, np.nan, found)

    def flags(self, column: str, predictor: Predictor) -> np.ndarray:
        """A yes-or-no column as 1 and 0; unknown is not a number."""
        known = self.known(column)
        lowered = known.astype(object).map(lambda cell: None if cell is None else str(cell).lower())
        yes = lowered.isin(YES | {one.lower() for one in predictor.yes})
        no = lowered.isin(NO | {one.lower() for one in predictor.no})
        bad = known.notna() & ~yes & ~no
        said = ", ".join((*predictor.yes, *predictor.no)) or "yes, no"
        self.wrong_rows("model_cell_not_yes_no", column, np.flatnonzero(bad), allowed=said)
        return np.where(yes, 1.0, np.where(no, 0.0, np.nan))


def _numbers(texts: Iterable[str]) -> list[float]:
    found = pd.to_numeric(pd.Series(list(texts), dtype=object), errors="coerce")
    return [float(one) for one in found.dropna()]


def _beyond(values: np.ndarray, predictor: Predictor | None) -> np.ndarray:
    """Where a number that looks like a code cannot be a measurement, as far as the range tells."""
    if predictor is None or (predictor.low is None and predictor.high is None):
        return np.ones(len(values), dtype=bool)
    low = -np.inf if predictor.low is None else predictor.low
    high = np.inf if predictor.high is None else predictor.high
    return np.asarray((values < low) | (values > high))
