"""Tables that grow batch by batch: how a reader puts more rows than memory holds into one database."""

from __future__ import annotations

import atexit
import shutil
import tempfile

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from opentrs.cohort.build import as_cohort, lock
from opentrs.cohort.model import Cohort, SourceFile
from opentrs.errors import Problem

ROW, FILE, LINE, COLUMN = "opentrs_row", "opentrs_file", "opentrs_line", "opentrs_column"
BOOKKEEPING = (ROW, FILE, LINE, COLUMN)
READER_MEMORY = "1GB"


def spilling_database() -> BaseBackend:
    """An embedded database as :func:`embedded_database`, which keeps at most 1 GB in memory.

    What does not fit goes into a private folder that is removed when the program ends.
    """
    folder = tempfile.mkdtemp(prefix="opentrs-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    backend = ibis.duckdb.connect(temp_directory=folder, memory_limit=READER_MEMORY)
    lock(backend)
    return backend


class TableStore:
    """Tables that grow batch by batch in an embedded database, each row with its file and line.

    Readers fill it, check whole tables inside it, take rejected rows out and turn it into a cohort.
    """

    def __init__(self) -> None:
        self.backend = spilling_database()
        self._rows: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tables there are."""
        return tuple(self._rows)

    def add(
        self, name: str, rows: pa.Table, file: int, lines: pa.Array, columns: pa.Array | None = None
    ) -> None:
        """Append typed rows of one file, with their line numbers and, for wide tables, their columns."""
        first = self._rows.get(name, 0)
        numbers = pa.array(range(first, first + len(rows)), pa.int64())
        staged = rows.append_column(ROW, numbers)
        staged = staged.append_column(FILE, pa.repeat(pa.scalar(file, pa.int64()), len(rows)))
        staged = staged.append_column(LINE, lines)
        staged = staged.append_column(
            COLUMN, pa.nulls(len(rows), pa.string()) if columns is None else columns
        )
        if name not in self._rows:
            self.backend.create_table(name, staged, temp=True)
        elif len(rows):
            self.backend.insert(name, self._alike(name, staged))
        self._rows[name] = first + len(rows)

    def table(self, name: str) -> ir.Table:
        """A table with its bookkeeping columns."""
        return self.backend.table(name)

    def remove(self, name: str, rows: ir.Table) -> None:
        """Delete the rows whose number stands in the column ``opentrs_row`` of ``rows``."""
        self.backend.create_table("opentrs_rejected", rows.select(ROW).distinct(), temp=True, overwrite=True)
        self.backend.raw_sql(f'DELETE FROM "{name}" WHERE {ROW} IN (SELECT {ROW} FROM opentrs_rejected)')
        self.backend.drop_table("opentrs_rejected")

    def replace(self, name: str, rows: ir.Table) -> None:
        """Put other rows, with the same bookkeeping, in the place of a table's rows."""
        self.backend.create_table("opentrs_replacement", rows, temp=True)
        self.backend.drop_table(name)
        self.backend.rename_table("opentrs_replacement", name)

    def finish(
        self, *, files: tuple[SourceFile, ...] = (), problems: tuple[Problem, ...] = (), name: str = ""
    ) -> Cohort:
        """Drop the bookkeeping and return the tables as a cohort; the store is spent after that."""
        for table_name in self._rows:
            for column in BOOKKEEPING:
                self.backend.raw_sql(f'ALTER TABLE "{table_name}" DROP COLUMN {column}')
        return as_cohort(
            {key: self.backend.table(key) for key in self._rows}, files=files, problems=problems, name=name
        )

    def _alike(self, name: str, staged: pa.Table) -> pa.Table:
        """Give batch and table the same columns: a second scan file may have regions the first had not."""
        held = self.table(name).columns
        for column in staged.column_names:
            if column not in held:
                quoted = column.replace('"', '""')
                self.backend.raw_sql(f'ALTER TABLE "{name}" ADD COLUMN "{quoted}" DOUBLE')
                held = (*held, column)
        for column in held:
            if column not in staged.column_names:
                staged = staged.append_column(column, pa.nulls(len(staged), pa.float64()))
        return staged.select(held)
