"""Several rows where the contract has one: the first is taken where the mapping says so, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd
import pyarrow as pa

from opentrs.cohort.store import BOOKKEEPING, FILE, ROW, TableStore
from opentrs.cohort.tables import TABLES
from opentrs.sources.mapping import FIRST, TableMapping
from opentrs.sources.problem_log import ProblemLog

SCAN_KEY = ("person_id", "date", "visit", "tracer")


def take_first(store: TableStore, mappings: Sequence[TableMapping], log: ProblemLog) -> Mapping[int, int]:
    """Keep the first of rows that share a key, in tables whose mapping says ``repeated = "first"``.

    A file with a row per scan also lists people, several times each. Columns in which the rows of one
    person (or scan) disagree become unknown, since nobody can tell which is right; both are counted.

    Returns
    -------
    number of the file -> rows left out
    """
    lost: Counter[int] = Counter()
    asked = {mapping.table for mapping in mappings if mapping.repeated == FIRST}
    for name in sorted(asked & set(store.names)):
        rows = store.table(name).to_pyarrow()
        files = [mapping.file for mapping in mappings]
        kept, left = _first_of(rows, key_of(name, rows.column_names), name, files, log)
        if left:
            store.replace(name, kept)
            lost.update(left)
    return lost


def key_of(name: str, columns: Sequence[str]) -> list[str]:
    """The columns that make a row of a table the only one of its kind."""
    spec = TABLES[name]
    return [column for column in (SCAN_KEY if spec.wide else spec.key) if column in columns]


def _first_of(
    rows: pa.Table, key: Sequence[str], name: str, files: Sequence[str], log: ProblemLog
) -> tuple[pa.Table, Mapping[int, int]]:
    frame = rows.to_pandas().sort_values(ROW)
    groups = frame.groupby(list(key), dropna=False, sort=False)
    repeated = groups[ROW].transform("size") > 1
    later = frame.duplicated(list(key))
    if not later.any():
        return rows, {}
    frame = _without_contradictions(frame, repeated, key, name, files, log)
    left = frame.loc[later, FILE].value_counts().to_dict()
    for number, count in left.items():
        log.add("repeated_left_out", "note", file=files[number], table=name, params={"n": int(count)})
    kept = pa.Table.from_pandas(frame[~later], schema=rows.schema, preserve_index=False)
    return kept, {int(number): int(count) for number, count in left.items()}


def _without_contradictions(
    frame: pd.DataFrame,
    repeated: pd.Series,
    key: Sequence[str],
    name: str,
    files: Sequence[str],
    log: ProblemLog,
) -> pd.DataFrame:
    """Empty the cells of repeated rows in which they disagree; each such column is named."""
    some = frame[repeated]
    columns = [column for column in frame.columns if column not in {*BOOKKEEPING, *key}]
    counted = some.groupby(list(key), dropna=False, sort=False)[columns].transform("nunique") > 1
    for column in columns:
        wrong = some.index[counted[column].to_numpy(dtype=bool)]
        if len(wrong):
            groups = some.loc[wrong].groupby(list(key), dropna=False).ngroups
            frame.loc[wrong, column] = None
            file = files[int(frame.loc[wrong[0], FILE])]
            log.add(
                "repeated_disagree", "warning", file=file, column=column, table=name, params={"n": groups}
            )
    return frame
