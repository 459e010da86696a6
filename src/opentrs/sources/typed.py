"""Text -> typed columns, with every cell that is wrong; each distinct spelling is read once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from opentrs.cohort.build import ARROW_TYPES
from opentrs.cohort.tables import Column
from opentrs.sources.mapping import PREFIXED, TableMapping
from opentrs.sources.parse import CellRules, Reading, read_cell
from opentrs.sources.problem_log import ProblemLog
from opentrs.sources.reshape import Origin, Shaped

REMEMBERED = 200_000
ReadText = Callable[[str], Reading]


@dataclass
class Place:
    """Where problems of one file and table are noted."""

    log: ProblemLog
    file: str
    table: str

    def rows(self, code: str, severity: Any, shaped: Shaped, at: np.ndarray, column: str | None = None,
             params: Any = None) -> None:  # fmt: skip
        """Note one problem for the records at ``at``; ``params`` as in :meth:`ProblemLog.add_rows`."""
        if len(at):
            self.log.add_rows(
                code, severity, file=self.file, table=self.table, lines=shaped.lines[at],
                column=named(shaped, column, at), params=params,
            )  # fmt: skip


def named(shaped: Shaped, column: str | None, at: np.ndarray) -> Origin | None:
    """What the file calls a column of the contract, for these records."""
    if column is None:
        return None
    source = shaped.origin.get(column, column)
    return source if isinstance(source, str) else source[at]


@dataclass
class ColumnReader:
    """Reads the cells of one column of one file, and remembers the spellings it has seen."""

    column: Column
    read: ReadText
    seen: dict[str, Reading] = field(default_factory=dict)

    def take(self, cells: pd.Series, shaped: Shaped, place: Place) -> tuple[pa.Array, np.ndarray]:
        """Return the typed values and which records are rejected; problems are noted."""
        codes, spellings = pd.factorize(cells)
        if len(self.seen) > REMEMBERED:
            self.seen.clear()
        readings = [self._one(str(text)) for text in spellings]
        kind = ARROW_TYPES[self.column.kind]
        values = pa.array([reading.value for reading in readings], kind).take(pa.array(codes, pa.int64()))
        faulty = np.array([reading.fault is not None for reading in readings], dtype=bool)
        rejected = np.array([reading.rejected for reading in readings], dtype=bool)
        if faulty.any():
            self._note(codes, readings, np.flatnonzero(faulty[codes]), shaped, place)
        return values, (rejected[codes] if len(codes) else np.zeros(0, dtype=bool))

    def _one(self, text: str) -> Reading:
        found = self.seen.get(text)
        if found is None:
            found = self.seen[text] = self.read(text)
        return found

    def _note(
        self, codes: np.ndarray, readings: list[Reading], at: np.ndarray, shaped: Shaped, place: Place
    ) -> None:
        faults = [readings[code].fault for code in codes[at]]
        kinds = {(fault.code, fault.severity) for fault in faults if fault is not None}
        for code, severity in sorted(kinds):
            chosen = [
                place_ for place_, fault in enumerate(faults) if fault is not None and fault.code == code
            ]
            some = [faults[number] for number in chosen]
            place.rows(
                code, severity, shaped, at[chosen], self.column.name,
                lambda row, some=some: some[row].params if some[row] else {},
            )  # fmt: skip


def column_reader(column: Column, mapping: TableMapping, rules: CellRules) -> ColumnReader:
    """A reader of one column: recoding first, then the declared kind, unit and range."""
    own = CellRules(
        rules.missing | mapping.missing_codes(column.name),
        mapping.date_format or rules.date_format,
        mapping.decimal_comma or rules.decimal_comma,
        rules.today,
        mapping.factor(column.name),
        mapping.shift.get(column.name, 0.0),
    )
    recode = mapping.recode.get(column.name)
    prefix = mapping.prefix if column.name in PREFIXED else ""

    def read(text: str) -> Reading:
        if recode is not None:
            text = recode.get(text.strip(), text)
        if prefix and not own.is_missing(text):
            text = prefix + text.strip()
        return read_cell(text, column, own)

    return ColumnReader(column, read)
