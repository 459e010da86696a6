"""Columns that hold nothing: constant, all zero, or a second spelling of a region filled elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from opentrs.cohort.store import FILE
from opentrs.reference.region_names import Region
from opentrs.sources.problem_log import ProblemLog

# Fewer equal values may be chance; five measured values to two decimals hardly are.
FEWEST_ROWS = 5
Regions = Mapping[str, Region | None]


def without_dead_columns(
    frame: pd.DataFrame, table: str, resolved: Regions, files: Sequence[str], log: ProblemLog
) -> pd.DataFrame:
    """Empty what is constant within a file, reconcile spellings, and drop columns left without a value.

    A file is judged by itself: a column that is constant in one and measured in another is emptied in the
    first only. Columns constant in a file are named in one warning per file; where another spelling of the
    region is filled, the warning says which.
    """
    for number in sorted(frame[FILE].unique()):
        at = frame[FILE] == number
        part = frame.loc[at, list(resolved)]
        constant = [column for column in resolved if _is_constant(part[column])]
        _note_constant(part, constant, resolved, table, files[int(number)], log)
        if constant:
            frame.loc[at, constant] = float("nan")
        _reconcile(frame, at, resolved, table, files[int(number)], log)
    empty = [column for column in resolved if frame[column].isna().all()]
    return frame.drop(columns=empty)


def _is_constant(cells: pd.Series) -> bool:
    values = cells.dropna()
    return len(values) >= FEWEST_ROWS and values.nunique() == 1


def _note_constant(
    part: pd.DataFrame, constant: Sequence[str], resolved: Regions, table: str, file: str, log: ProblemLog
) -> None:
    if not constant:
        return
    zero = [column for column in constant if part[column].dropna().iloc[0] == 0]
    other = [column for column in constant if column not in zero]
    for code, columns in (("regions_all_zero", zero), ("regions_constant", other)):
        if columns:
            log.add(code, "warning", file=file, table=table,
                    params={"columns": ", ".join(columns), "n": len(columns)})  # fmt: skip
    alive = {_identity(resolved[column]): column for column in resolved
             if column not in constant and part[column].notna().any()}  # fmt: skip
    pairs = [
        f"{column} -> {alive[_identity(resolved[column])]}"
        for column in constant
        if resolved[column] is not None and _identity(resolved[column]) in alive
    ]
    if pairs:
        log.add("regions_other_spelling", "note", file=file, table=table,
                params={"pairs": ", ".join(pairs), "n": len(pairs)})  # fmt: skip


def _reconcile(
    frame: pd.DataFrame, at: pd.Series, resolved: Regions, table: str, file: str, log: ProblemLog
) -> None:
    """Of two filled spellings of one region: equal ones are one, different ones an error."""
    groups: dict[tuple[str, str], list[str]] = {}
    for column, region in resolved.items():
        if region is not None and frame.loc[at, column].notna().any():
            groups.setdefault(_identity(region), []).append(column)
    for first, *copies in groups.values():
        for column in copies:
            one, other = frame.loc[at, first], frame.loc[at, column]
            both = one.notna() & other.notna()
            if (one[both] != other[both]).any():
                region = resolved[first]
                params = {"columns": f"{first}, {column}", "region": region.name_en if region else first}
                log.add("region_twice", file=file, column=column, table=table, params=params)
            else:
                log.add(
                    "region_copied", "note", file=file, column=column, table=table, params={"first": first}
                )
            frame.loc[at, first] = one.fillna(other)
            frame.loc[at, column] = float("nan")


def _identity(region: Region | None) -> tuple[str, str]:
    return ("", "") if region is None else (region.id, region.measure)
