"""Tables that grow batch by batch: how a reader puts more rows than memory holds into one database."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends import BaseBackend

from opentrs.cohort.build import as_cohort, lock
from opentrs.cohort.days import settle
from opentrs.cohort.model import Cohort, SourceFile
from opentrs.errors import Problem

ROW, FILE, LINE, COLUMN = "opentrs_row", "opentrs_file", "opentrs_line", "opentrs_column"
BAD = "opentrs_bad"
BOOKKEEPING = (ROW, FILE, LINE, COLUMN, BAD)
READER_MEMORY = "800MB"


@dataclass(frozen=True, slots=True)
class RowSource:
    """Where a batch of rows comes from.

    Parameters
    ----------
    file : number of the file
    lines : line of each row
    bad : whether something is already known to be wrong with a row
    columns : the file's column each row comes from, where a wide row gives several
    """

    file: int
    lines: pa.Array
    bad: pa.Array
    columns: pa.Array | None = None


def spilling_database() -> BaseBackend:
    """An embedded database as :func:`embedded_database`, which keeps at most 800 MB in memory.

    What does not fit goes into a private folder that is removed when the program ends.
    """
    folder = tempfile.mkdtemp(prefix="opentrs-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    backend = ibis.duckdb.connect(temp_directory=folder, memory_limit=READER_MEMORY)
    lock(backend)
    return backend


class TableStore:
    """Tables that grow batch by batch in an embedded database, each row with its file and line.

    Readers fill it with every row, sound or not, check whole tables inside it, mark rows as bad, purge
    those and turn the rest into a cohort.
    """

    def __init__(self) -> None:
        self.backend = spilling_database()
        self._rows: dict[str, int] = {}
        self._touched: set[str] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tables there are."""
        return tuple(self._rows)

    def add(self, name: str, rows: pa.Table, source: RowSource) -> None:
        """Append typed rows, which have the contract's columns, and where they come from."""
        first = self._rows.get(name, 0)
        extra = {
            ROW: pa.array(range(first, first + len(rows)), pa.int64()),
            FILE: pa.repeat(pa.scalar(source.file, pa.int64()), len(rows)),
            LINE: source.lines,
            COLUMN: pa.nulls(len(rows), pa.string()) if source.columns is None else source.columns,
            BAD: source.bad,
        }
        staged = rows
        for column, cells in extra.items():
            staged = staged.append_column(column, cells)
        if name not in self._rows:
            self.backend.create_table(name, schema=ibis.Schema.from_pyarrow(staged.schema), temp=True)
            self.backend.create_table(_marks(name), schema=ibis.schema({ROW: "int64"}), temp=True)
        if len(rows):
            self._insert(name, self._alike(name, staged))
        self._rows[name] = first + len(rows)
        if pc.any(source.bad).as_py():
            self._touched.add(name)

    def rows_added(self, name: str) -> int:
        """How many rows a table was given."""
        return self._rows[name]

    def table(self, name: str) -> ir.Table:
        """All rows of a table, with their bookkeeping columns."""
        return self.backend.table(name)

    def sound(self, name: str) -> ir.Table:
        """The rows of a table that nothing was found wrong with so far."""
        rows = self.table(name)
        if name not in self._touched:
            return rows
        return rows.filter(~rows[BAD]).anti_join(self.backend.table(_marks(name)), ROW)

    def mark(self, name: str, rows: ir.Table) -> None:
        """Mark the rows whose number stands in the column ``opentrs_row`` of ``rows`` as bad."""
        self.backend.insert(_marks(name), rows.select(ROW))
        self._touched.add(name)

    def purge(self, name: str) -> ir.Table | None:
        """Delete the bad rows; returns whose they were and of which file, None if all are sound."""
        if name not in self._touched:
            return None
        rows = self.table(name)
        marked = self.backend.table(_marks(name)).distinct()
        bad = settle(rows.filter(rows[BAD]).union(rows.semi_join(marked, ROW), distinct=True)
                     .select("person_id", ROW, FILE))  # fmt: skip
        self.backend.raw_sql(f'DELETE FROM "{name}" WHERE {ROW} IN (SELECT {ROW} FROM "{bad.op().name}")')
        return bad

    def replace(self, name: str, rows: ir.Table | pa.Table) -> None:
        """Put other rows, with the same bookkeeping, in the place of a table's rows."""
        self.backend.create_table("opentrs_replacement", rows, temp=True)
        self.backend.drop_table(name)
        self.backend.raw_sql(f'ALTER TABLE opentrs_replacement RENAME TO "{name}"')

    def finish(
        self, *, files: tuple[SourceFile, ...] = (), problems: tuple[Problem, ...] = (), name: str = ""
    ) -> Cohort:
        """Drop the bookkeeping and return the tables as a cohort; the store is spent after that."""
        for table_name in self._rows:
            for column in BOOKKEEPING:
                self.backend.raw_sql(f'ALTER TABLE "{table_name}" DROP COLUMN {column}')
            self.backend.drop_table(_marks(table_name))
        tables = {key: self.backend.table(key) for key in self._rows}
        return as_cohort(tables, files=files, problems=problems, name=name)

    def _insert(self, name: str, staged: pa.Table) -> None:
        """Copy a batch in and let go of it; Ibis would keep every batch it inserts until the end."""
        connection = self.backend.con
        connection.register("opentrs_batch", staged)
        self.backend.raw_sql(f'INSERT INTO "{name}" SELECT * FROM opentrs_batch')
        connection.unregister("opentrs_batch")

    def _alike(self, name: str, staged: pa.Table) -> pa.Table:
        """Give batch and table the same columns: a second scan file may have regions the first had not.

        Names that differ in case alone are one column to the database.
        """
        held = self.table(name).columns
        spelt = {column.lower(): column for column in held}
        staged = staged.rename_columns([spelt.get(name.lower(), name) for name in staged.column_names])
        for column in staged.column_names:
            if column not in held:
                quoted = column.replace('"', '""')
                self.backend.raw_sql(f'ALTER TABLE "{name}" ADD COLUMN "{quoted}" DOUBLE')
                held = (*held, column)
        for column in held:
            if column not in staged.column_names:
                staged = staged.append_column(column, pa.nulls(len(staged), pa.float64()))
        return staged.select(held)


def _marks(name: str) -> str:
    return f"opentrs_marks_{name}"
