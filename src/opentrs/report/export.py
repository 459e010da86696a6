"""Tables -> files: CSV a spreadsheet opens safely, Parquet that keeps every value as it was."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from opentrs.cohort.cells import neutralise

ROWS_AT_ONCE = 50_000


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as UTF-8 CSV with LF line ends: dates ISO 8601, unknown empty, numbers in full.

    A text cell that a spreadsheet would run as a formula is neutralised; the Parquet twin keeps it as it was.
    """
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow([neutralise(str(name)) for name in frame.columns])
        for block in _blocks(frame):
            writer.writerows(zip(*(_cells(block[name]) for name in block.columns), strict=True))


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet; the same table gives the same bytes."""
    table = pa.Table.from_pandas(_parquet_ready(frame), preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, path, compression="zstd")


def json_bytes(content: Any) -> bytes:
    """Return JSON that depends on the content alone: keys sorted, floats in full, UTF-8, LF at the end."""
    shown = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return (shown + "\n").encode("utf-8")


def _blocks(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for start in range(0, len(frame), ROWS_AT_ONCE):
        yield frame.iloc[start : start + ROWS_AT_ONCE]


def _cells(column: pd.Series[Any]) -> list[str]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    return [_cell(value) for value in column.tolist()]


def _cell(value: Any) -> str:
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        at_midnight = value.hour == value.minute == value.second == value.microsecond == 0
        return value.date().isoformat() if at_midnight else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return repr(value)
    return neutralise(str(value))


def _parquet_ready(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of one kind each: dates stay dates, anything mixed becomes text."""
    ready = frame.copy()
    for name in ready.columns:
        if ready[name].dtype == object:
            kinds = {type(value) for value in ready[name] if not pd.isna(value)}
            if len(kinds) > 1:
                ready[name] = [None if pd.isna(value) else str(value) for value in ready[name]]
            elif not kinds:
                ready[name] = pd.Series([None] * len(ready), index=ready.index, dtype="string")
    return ready
