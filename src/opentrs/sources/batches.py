"""Files -> batches of text cells with their line numbers, a bounded number of rows at a time."""

from __future__ import annotations

import csv
import io
import itertools
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from opentrs.sources.problem_log import ProblemLog
from opentrs.sources.survey import survey

ROWS_PER_BATCH = 50_000
CELLS_PER_BATCH = 2_000_000
DELIMITERS = ("\t", ",", ";")
SHEET_ROWS_PER_BATCH = 5_000
_LINE_END = re.compile(r"\r\n|\r|\n")
SUFFIXES = (".csv", ".tsv", ".parquet", ".xlsx")
LONGEST_CELL = 131_072
MAX_UNPACKED_BYTES = 200_000_000
MAX_RATIO = 100


@dataclass(frozen=True)
class Batch:
    """Some rows of a file as text; a cell the file leaves blank is an empty text.

    Parameters
    ----------
    frame : the cells, one column per column of the file
    lines : line of each row, the header being line 1
    broken : rows that could not be told apart into cells; they are counted and rejected
    origin : column -> the file's column each row of it comes from, where a reader took rows apart
    """

    frame: pd.DataFrame
    lines: np.ndarray
    broken: int = 0
    origin: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    """Rows of a file with the line of each, and of a row that could not be taken apart."""

    rows: list[list[str]]
    lines: np.ndarray
    broken_line: int | None = None


def text_frame(columns: dict[str, Sequence[str] | pa.Array]) -> pd.DataFrame:
    """A frame of text columns, held by Arrow."""
    return pd.DataFrame(
        {
            name: pd.Series(pd.array(pa.array(cells, pa.large_string()), dtype="str"))
            for name, cells in columns.items()
        },
        columns=list(columns),
    )


def batches(path: Path, name: str, table: str, log: ProblemLog, sheet: str = "") -> Iterator[Batch]:
    """Yield the rows of a table file. What cannot be read goes into ``log``.

    Parameters
    ----------
    path, name : where the file is, and how the user calls it
    table : table of the contract it is read as
    sheet : for a workbook, the sheet to read; by default the one named like the table, else the first
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        yield from _parquet(path, name, table, log)
    elif suffix == ".xlsx":
        yield from _workbook(path, name, table, log, sheet or table)
    else:
        yield from _delimited(path, name, table, log)


def _delimited(path: Path, name: str, table: str, log: ProblemLog) -> Iterator[Batch]:
    found = survey(path)
    if found.encoding is None:
        log.add("encoding_unknown", file=name, line=found.bad_line, table=table)
        return
    if found.encoding != "utf-8-sig":
        log.add("encoding_used", "note", file=name, table=table, params={"encoding": found.encoding.upper()})
    with path.open(encoding=found.encoding, newline="") as stream:
        delimiter, width = _delimiter(stream, path.suffix.lower())
        limit = _rows_per_batch(width)
        rows = csv.reader(stream, delimiter=delimiter, strict=True)
        with _cells_up_to(LONGEST_CELL):
            yield from _from_pieces(_csv_pieces(rows, limit), name, table, log)


@contextmanager
def _cells_up_to(limit: int) -> Iterator[None]:
    before = csv.field_size_limit(limit)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _delimiter(stream: io.TextIOBase, suffix: str) -> tuple[str, int]:
    """The delimiter the header has most of, or by the file's name, and about how many columns there are."""
    header = stream.readline()
    stream.seek(0)
    quoted = header.split('"')[::2]
    counts = {mark: sum(part.count(mark) for part in quoted) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: counts[mark])
    if counts[best]:
        return best, counts[best] + 1
    return ("\t" if suffix == ".tsv" else ","), 1


def _rows_per_batch(width: int) -> int:
    return max(1000, min(ROWS_PER_BATCH, CELLS_PER_BATCH // max(width, 1)))


def _csv_pieces(rows: Any, limit: int) -> Iterator[Piece]:
    """Rows as csv tells them apart, with the line each begins on."""
    before = rows.line_num
    while True:
        found: list[list[str]] = []
        broken = None
        try:
            found.extend(itertools.islice(rows, limit))
        except csv.Error:
            broken = len(found)
        lines = before + 1 + _offsets(found, plain=broken is None and rows.line_num - before == len(found))
        if not found and broken is None:
            return
        yield Piece(found, lines[:-1], None if broken is None else int(lines[-1]))
        before = rows.line_num


def _offsets(rows: list[list[str]], plain: bool) -> np.ndarray:
    """How many lines lie before each row, and before what follows; a quoted cell may hold several lines."""
    if plain:
        return np.arange(len(rows) + 1, dtype=np.int64)
    taken = [1 + sum(len(_LINE_END.findall(cell)) for cell in row) for row in rows]
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.array(taken, dtype=np.int64))])


def _from_pieces(pieces: Iterator[Piece], name: str, table: str, log: ProblemLog) -> Iterator[Batch]:
    """Batches under the header, which is the first row that is not blank."""
    header: list[str] | None = None
    blank = 0
    for piece in pieces:
        rows, lines = piece.rows, piece.lines
        if header is None:
            first = next((at for at, row in enumerate(rows) if any(cell.strip() for cell in row)), None)
            if first is not None:
                header = checked_header(rows[first], name, int(lines[first]), table, log)
                if header is None:
                    return
                rows, lines = rows[first + 1 :], lines[first + 1 :]
        if piece.broken_line is not None:
            log.add("row_unreadable", file=name, line=piece.broken_line, table=table)
            if header is None:
                return
        if header is not None:
            batch, skipped = _batch(rows, lines, header, name, table, log)
            blank += skipped
            yield replace(batch, broken=batch.broken + (piece.broken_line is not None))
    if header is None:
        log.add("file_empty", file=name, table=table)
    if blank:
        log.add("rows_blank", "note", file=name, table=table, params={"n": blank})


def checked_header(row: Sequence[str], name: str, line: int, table: str, log: ProblemLog) -> list[str] | None:
    """Column names without surrounding blanks; None, with a problem, where two columns share a name."""
    names = [cell.strip() for cell in row]
    while names and not names[-1]:
        names.pop()
    named = [text or f"unnamed_{at + 1}" for at, text in enumerate(names)]
    twice = sorted(text for text, times in Counter(named).items() if times > 1)
    for text in twice:
        log.add("column_twice", file=name, line=line, column=text, table=table)
    return None if twice else named


def _batch(
    rows: list[list[str]], lines: np.ndarray, header: list[str], name: str, table: str, log: ProblemLog
) -> tuple[Batch, int]:
    """Rows as columns, without those that are blank (counted) or have another width (noted)."""
    width = len(header)
    broken = blank = 0
    if any(len(row) != width or not (row[0] or any(row)) for row in rows):
        sound = []
        for at, row in enumerate(rows):
            if not any(cell.strip() for cell in row):
                blank += 1
                continue
            while len(row) > width and not row[-1].strip():
                row.pop()
            if len(row) == width:
                sound.append(at)
            else:
                params = {"found": len(row), "wanted": width}
                log.add("row_width", file=name, line=int(lines[at]), table=table, params=params)
                broken += 1
        rows, lines = [rows[at] for at in sound], lines[sound]
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    frame = text_frame(dict(zip(header, columns, strict=True)))
    return Batch(frame, lines.astype(np.int64), broken), blank


def _parquet(path: Path, name: str, table: str, log: ProblemLog) -> Iterator[Batch]:
    try:
        source = pq.ParquetFile(path)
        header = checked_header(source.schema_arrow.names, name, 1, table, log)
        if header is None:
            return
        line = 2
        for piece in source.iter_batches(batch_size=_rows_per_batch(len(header))):
            frame = text_frame({
                column: _as_text(piece.column(at)) for at, column in enumerate(header)
            })  # fmt: skip
            yield Batch(frame, np.arange(line, line + len(frame), dtype=np.int64))
            line += len(frame)
    except (pa.ArrowException, OSError, ValueError) as error:
        log.add("file_unreadable", file=name, table=table, params={"reason": type(error).__name__})


def _as_text(cells: pa.Array) -> pa.Array:
    """Arrow values as the text a person would have typed; missing becomes an empty text."""
    kind = cells.type
    if pa.types.is_dictionary(kind):
        return _as_text(cells.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        text = pc.strftime(cells, format="%Y-%m-%dT%H:%M:%S")
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        text = cells
    elif pa.types.is_nested(kind) or pa.types.is_binary(kind):
        raise ValueError("nested or binary column")
    else:
        text = pa.array([_plain(cell) for cell in cells.to_pylist()], pa.large_string())
    return pc.fill_null(text.cast(pa.large_string()), "")


def _plain(cell: Any) -> str:
    """One cell of a workbook or Parquet file as text."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        if cell != cell:
            return ""
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _workbook(path: Path, name: str, table: str, log: ProblemLog, sheet: str) -> Iterator[Batch]:
    if _unpacks_too_far(path):
        log.add("workbook_too_large", file=name, table=table, params={"mb": MAX_UNPACKED_BYTES // 1_000_000})
        return
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the broken part of a workbook happens to raise
        log.add("file_unreadable", file=name, table=table, params={"reason": type(error).__name__})
        return
    try:
        chosen = book[sheet] if sheet in book.sheetnames else book.worksheets[0]
        if len(book.sheetnames) > 1:
            log.add("sheet_used", "note", file=name, table=table, params={"sheet": chosen.title})
        yield from _from_pieces(_sheet_pieces(chosen), name, table, log)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, SyntaxError, OSError) as error:
        log.add("file_unreadable", file=name, table=table, params={"reason": type(error).__name__})
    finally:
        book.close()


def _sheet_pieces(sheet: Any) -> Iterator[Piece]:
    rows = sheet.iter_rows(values_only=True)
    first, width = 1, 0
    while True:
        found = [[_plain(cell) for cell in cells] for cells in itertools.islice(rows, SHEET_ROWS_PER_BATCH)]
        if not found:
            return
        if not width:
            header = next((row for row in found if any(row)), [])
            width = max((place for place, text in enumerate(header, start=1) if text), default=0)
        padded = [row + [""] * (width - len(row)) for row in found]
        yield Piece(padded, np.arange(first, first + len(found), dtype=np.int64))
        first += len(found)


def _unpacks_too_far(path: Path) -> bool:
    """Whether the workbook is a zip bomb: far larger unpacked than any table of people."""
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except (zipfile.BadZipFile, OSError):
        return False
    ratio = unpacked / max(path.stat().st_size, 1)
    return unpacked > MAX_UNPACKED_BYTES or (ratio > MAX_RATIO and unpacked > 1_000_000)
