"""Tables in memory -> Cohort: the one place that puts rows into a database, whatever they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis.backends import BaseBackend

from opentrs.cohort.days import fresh_name
from opentrs.cohort.model import Cohort, SourceFile
from opentrs.cohort.tables import MODALITIES, TABLES, Column, TableSpec
from opentrs.errors import Problem, UsageError

ARROW_TYPES: Mapping[str, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "date": pa.date32(),
    "choice": pa.string(),
}
MODALITY_NAMES = frozenset(spec.name for spec in MODALITIES)


def embedded_database() -> BaseBackend:
    """A DuckDB database in memory that reads no file, loads no extension and cannot be unlocked."""
    backend = ibis.duckdb.connect()
    lock(backend)
    return backend


def lock(backend: BaseBackend) -> None:
    """Take a DuckDB database's access to files away for good, and its progress bar: stdout is ours."""
    settings = ("enable_progress_bar = false", "enable_external_access = false", "lock_configuration = true")
    for setting in settings:
        backend.raw_sql(f"SET {setting}")


def from_frames(
    frames: Mapping[str, pd.DataFrame | Sequence[Mapping[str, Any]]],
    backend: BaseBackend | None = None,
    *,
    files: tuple[SourceFile, ...] = (),
    problems: tuple[Problem, ...] = (),
    name: str = "",
) -> Cohort:
    """Put clean tables into a database and return them as a cohort.

    Parameters
    ----------
    frames : table name -> rows. Dates are ``datetime.date`` or ISO text; unknown is None, NaN or "".
        Declared columns that are absent come out empty; undeclared ones are kept only in scan tables.
    backend : the Ibis backend to use; by default an embedded DuckDB in memory
    files, problems, name : as in :class:`Cohort`

    Raises
    ------
    UsageError : a table is not in the contract, or ``people`` is absent
    """
    if "people" not in frames:
        raise UsageError("A cohort needs a table people.")
    backend = backend if backend is not None else embedded_database()
    tables = {}
    for table_name, rows in frames.items():
        if table_name not in TABLES:
            raise UsageError(f"There is no table {table_name} in the contract.")
        arrow = to_arrow(pd.DataFrame(rows), TABLES[table_name])
        tables[table_name] = backend.create_table(fresh_name(table_name), arrow, temp=True)
    return as_cohort(tables, files=files, problems=problems, name=name)


def as_cohort(
    tables: Mapping[str, ir.Table],
    *,
    files: tuple[SourceFile, ...] = (),
    problems: tuple[Problem, ...] = (),
    name: str = "",
) -> Cohort:
    """Sort the tables of one database into people, events and modalities."""
    events = {key: table for key, table in tables.items() if key not in MODALITY_NAMES | {"people"}}
    return Cohort(
        people=tables["people"],
        events=events,
        modalities={key: table for key, table in tables.items() if key in MODALITY_NAMES},
        files=files,
        problems=problems,
        name=name,
    )


def to_arrow(frame: pd.DataFrame, spec: TableSpec) -> pa.Table:
    """Give a table its declared columns, in their declared order and types."""
    arrays = {column.name: _array(frame, column) for column in spec.columns}
    if spec.wide:
        for extra in frame.columns:
            if extra not in arrays:
                arrays[extra] = pa.array(pd.to_numeric(frame[extra]), pa.float64(), from_pandas=True)
    return pa.table(arrays)


def _array(frame: pd.DataFrame, column: Column) -> pa.Array:
    kind = ARROW_TYPES[column.kind]
    if column.name not in frame.columns:
        return pa.nulls(len(frame), kind)
    cells = frame[column.name]
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return _labelled(cells, column, kind)
    if column.kind == "number" and cells.dtype == "float64":
        return pa.array(cells.to_numpy(), kind, from_pandas=True)
    return pa.array([_value(cell, column) for cell in cells.tolist()], kind)


def _labelled(cells: pd.Series, column: Column, kind: pa.DataType) -> pa.Array:
    """A column that repeats few labels: each label is read once, which matters for millions of ratings."""
    labels = pa.array([_value(label, column) for label in cells.cat.categories], kind)
    codes = cells.cat.codes.to_numpy()
    return labels.take(pa.array(codes, pa.int64(), mask=codes < 0))


def _value(cell: Any, column: Column) -> Any:
    if cell is None or cell is pd.NaT or cell is pd.NA:
        return None
    if cell == "" or (isinstance(cell, float) and cell != cell):
        return None
    if column.kind == "date":
        if isinstance(cell, date):
            return date(cell.year, cell.month, cell.day)
        return date.fromisoformat(str(cell)[:10])
    if column.kind == "number":
        return float(cell)
    if column.kind == "integer":
        return int(cell)
    return str(cell)
