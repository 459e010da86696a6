"""Checks of scan tables as wholes: one row per scan, no dead columns, names that fit what they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from opentrs.cohort.store import BAD, BOOKKEEPING, FILE, LINE, ROW
from opentrs.cohort.tables import TABLES
from opentrs.reference.region_names import Region, resolve_regions
from opentrs.sources.imaging.dead import without_dead_columns
from opentrs.sources.imaging.fit import NAMED_TABLES, note_fit, without_zeros
from opentrs.sources.repeated import key_of
from opentrs.sources.whole_checks import WholeTable

# Not what was measured: two copies of a scan may differ in these.
ABOUT_THE_SCAN = frozenset({"site", "age_years"})


class ScanChecks(WholeTable):
    """Scan tables after their rows were checked one by one.

    Rows of several files that hold parts of one scan (a table per hemisphere and measure) become one row.
    Two scans that nothing tells apart are refused. Columns that hold one value, and older spellings of a
    region that stand empty beside the newer one, are left out by name.
    """

    def run(self) -> Mapping[int, int]:
        """Check every scan table; returns how many rows each file lost."""
        lost: Counter[int] = Counter()
        for name in self.store.names:
            if TABLES[name].wide and self.store.rows_added(name):
                lost.update(self._check(name))
        return lost

    def _check(self, name: str) -> Mapping[int, int]:
        rows = self.store.table(name).to_pyarrow()
        frame = rows.to_pandas().sort_values(ROW, ignore_index=True)
        key = key_of(name, frame.columns)
        held = [column for column in frame.columns if column not in {*BOOKKEEPING, *TABLES[name].by_name}]
        frame = _merged(frame, key, held)
        lost = self._twice(name, frame, key, held)
        frame = frame[~frame[BAD].astype(bool)].reset_index(drop=True)
        resolved = resolve_regions(held, name)
        frame = without_dead_columns(frame, name, resolved, self.files, self.log)
        alive = {column: resolved[column] for column in held if column in frame}
        self._report(name, frame, alive)
        frame = without_zeros(frame, name, alive)
        schema = pa.schema([rows.schema.field(column) for column in rows.column_names if column in frame])
        self.store.replace(name, pa.Table.from_pandas(frame, schema=schema, preserve_index=False))
        return lost

    def _twice(self, name: str, frame: pd.DataFrame, key: list[str], held: list[str]) -> Mapping[int, int]:
        """Refuse a second scan of one person at one time, and say whether it is a copy of the first."""
        later = frame.duplicated(key).to_numpy()
        if not later.any():
            return {}
        firsts = frame.groupby(key, dropna=False, sort=False)[ROW].transform("idxmin")
        first_of = firsts.to_numpy(dtype=np.int64)
        values, dated = frame[held].to_numpy(dtype=float), frame["date"].notna().to_numpy()
        files, lines = frame[FILE].to_numpy(dtype=np.int64), frame[LINE].to_numpy(dtype=np.int64)
        for at in np.flatnonzero(later):
            copied = np.array_equal(values[at], values[first_of[at]], equal_nan=True)
            code = "scan_copied" if copied else "scans_same_day" if dated[at] else "scans_undated"
            self.log.add(code, file=self.files[files[at]], line=int(lines[at]), column="person_id",
                         table=name, params={"first": int(lines[first_of[at]])})  # fmt: skip
        frame.loc[later, BAD] = True
        return {int(file): int(n) for file, n in frame.loc[later, FILE].value_counts().items()}

    def _report(self, name: str, frame: pd.DataFrame, resolved: Mapping[str, Region | None]) -> None:
        for number in sorted(frame[FILE].unique()):
            part = frame[frame[FILE] == number]
            filled = {column: region for column, region in resolved.items() if part[column].notna().any()}
            note_fit(part, name, filled, self.files[int(number)], self.log)
        unknown = [column for column, region in resolved.items() if region is None]
        if unknown and name in NAMED_TABLES:
            self.log.add("regions_unknown", "note", table=name,
                         params={"columns": ", ".join(unknown[:12]), "n": len(unknown)})  # fmt: skip


def _merged(frame: pd.DataFrame, key: list[str], held: list[str]) -> pd.DataFrame:
    """One row per scan out of files that hold parts of it: no column is filled twice, or both agree."""
    several = frame.groupby(key, dropna=False)[FILE].transform("nunique") > 1
    if not several.any():
        return frame
    gone: list[int] = []
    for _, part in frame[several].groupby(key, dropna=False, sort=False):
        if part[FILE].duplicated().any() or not _fit_together(part, held):
            continue
        first = part.index[0]
        for column in [*held, *(about for about in ABOUT_THE_SCAN if about in part)]:
            values = part[column].dropna()
            if len(values):
                frame.at[first, column] = values.iloc[0]
        gone += list(part.index[1:])
    return frame.drop(index=gone).reset_index(drop=True)


def _fit_together(part: pd.DataFrame, held: list[str]) -> bool:
    values = part[held].to_numpy(dtype=float)
    filled = np.isfinite(values)
    overlap = filled.sum(axis=0) > 1
    shared = values[:, overlap]
    agree = bool(overlap.any() and (np.nanmax(shared, axis=0) == np.nanmin(shared, axis=0)).all())
    # Only whole-brain figures stand in several tables of one scan; a whole scan repeated is no part of one.
    return (not overlap.any() or agree) and int(overlap.sum()) < filled.any(axis=0).sum() / 2
