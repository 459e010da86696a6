"""Every problem is counted; of each kind the first thousand are kept word for word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from opentrs.errors import Problem, Severity

STORED_PER_KIND = 1000
Params = Mapping[str, str | int | float]
PRIVATE = frozenset({"value", "person_id", "other", "spellings"})
_Kind = tuple[str, Severity, str | None, str | None, str | None]


@dataclass
class ProblemLog:
    """Collect problems while files are read, in bounded memory.

    A kind is a code in one column of one file. A file of a million bad rows gives a thousand problems and
    one that says how many more there are.
    """

    stored_per_kind: int = STORED_PER_KIND
    _stored: list[Problem] = field(default_factory=list)
    _counts: Counter[_Kind] = field(default_factory=Counter)

    def add(
        self,
        code: str,
        severity: Severity = "error",
        *,
        file: str | None = None,
        line: int | None = None,
        column: str | None = None,
        table: str | None = None,
        params: Params | None = None,
    ) -> None:
        """Note one problem."""
        self._put(Problem(code, severity, file, line, column, table, dict(params or {}), PRIVATE))

    def add_rows(
        self,
        code: str,
        severity: Severity,
        *,
        file: str,
        table: str,
        lines: np.ndarray,
        column: str | Sequence[str] | np.ndarray | None = None,
        params: Callable[[int], Params] | Params | None = None,
    ) -> None:
        """Note one problem for many rows at once.

        Parameters
        ----------
        lines : line numbers of the rows
        column : the column, or one name per row (wide tables have a column per item)
        params : values of the sentence, or a function from the position in ``lines`` to them
        """
        several = column is not None and not isinstance(column, str)
        room = min(len(lines), self.stored_per_kind)
        for at in range(len(lines) if several else room):
            name = str(column[at]) if several and column is not None else column
            kind = (code, severity, file, table, name if isinstance(name, str) else None)
            if self._counts[kind] >= self.stored_per_kind:
                self._counts[kind] += 1
                continue
            filled = params(at) if callable(params) else params
            self._put(
                Problem(code, severity, file, int(lines[at]), kind[4], table, dict(filled or {}), PRIVATE)
            )
        if not several:
            self._counts[(code, severity, file, table, column if isinstance(column, str) else None)] += (
                len(lines) - room
            )

    def keep(self, problem: Problem) -> None:
        """Note a problem that was found elsewhere."""
        self._put(problem)

    def count_more(
        self, code: str, severity: Severity, file: str, table: str, column: str | None, more: int
    ) -> None:
        """Count problems that are not kept word for word."""
        self._counts[(code, severity, file, table, column)] += more

    def _put(self, problem: Problem) -> None:
        kind = (problem.code, problem.severity, problem.file, problem.table, problem.column)
        self._counts[kind] += 1
        if self._counts[kind] <= self.stored_per_kind:
            self._stored.append(problem)

    @property
    def has_errors(self) -> bool:
        """Whether anything found is an error."""
        return any(kind[1] == "error" for kind in self._counts)

    def problems(self) -> tuple[Problem, ...]:
        """All problems in the order of file, line and column, then how many more of each kind there are."""
        stored: Counter[_Kind] = Counter(
            (problem.code, problem.severity, problem.file, problem.table, problem.column)
            for problem in self._stored
        )
        more = [
            Problem(
                "more_of_the_same", kind[1], kind[2], None, kind[4], kind[3],
                {"code": kind[0], "stored": stored[kind], "total": count}, PRIVATE,
            )
            for kind, count in self._counts.items() if count > stored[kind]
        ]  # fmt: skip
        return tuple(sorted([*self._stored, *more], key=_order))


def _order(problem: Problem) -> tuple[str, float, str, str]:
    line = float("inf") if problem.line is None and problem.code == "more_of_the_same" else problem.line or 0
    return (problem.file or "", line, problem.column or "", problem.code)
