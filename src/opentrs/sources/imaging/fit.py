"""Does what a table holds fit the names of its columns? Units, shifted columns, mixed atlases, sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd

from opentrs.reference.load import facts
from opentrs.reference.region_names import CORTICAL, Region, default_measure, measures_of
from opentrs.sources.problem_log import ProblemLog

NAMED_TABLES = frozenset({"cortex", "subcortex", "tracts"})
# Our own yardsticks. Profiles of sound tables correlate above 0.9 with the typical one over regions.
FEWEST_REGIONS = 8
BAD_CORRELATION, GOOD_CORRELATION = 0.6, 0.75
# A unit is another one where the middle region is ten times too large or too small.
UNIT_FACTOR = 10.0
# Sides are called swapped only where many people and nearly all asymmetries say so.
FEWEST_PEOPLE, CLEAR_T, FEWEST_ASYMMETRIES = 20, 3.0, 3
# A table this wide with names no atlas knows is one of vertices.
MOST_REGIONS = 400
# No living cortex or tract measures zero: a failed segmentation does.
NEVER_ZERO = frozenset({"thickness", "area", "fa"})
Resolved = Mapping[str, Region | None]


def note_fit(part: pd.DataFrame, table: str, resolved: Resolved, file: str, log: ProblemLog) -> None:
    """Note what does not fit in the scans of one file.

    Parameters
    ----------
    part : rows of one file, without dead columns
    table, file : where they come from
    resolved : what each region column is
    log : where problems go
    """
    regions = {column: region for column, region in resolved.items() if region is not None}
    if table in NAMED_TABLES and len(resolved) - len(regions) > MOST_REGIONS:
        log.add("table_is_vertices", file=file, table=table, params={"n": len(resolved) - len(regions)})
        return
    means = part[list(regions)].mean()
    _note_atlases(regions, table, file, log)
    _note_ranges(means, regions, table, file, log)
    _note_profiles(means, regions, table, file, log)
    _note_sides(part, regions, table, file, log)
    _note_icv(regions, table, file, log)
    _note_missing(part, regions, table, file, log)


def measure_of(region: Region, table: str) -> str:
    """The measure a column names, else the usual one of its table."""
    return region.measure or default_measure(table)


def _note_atlases(regions: Mapping[str, Region], table: str, file: str, log: ProblemLog) -> None:
    counts = Counter(region.atlas for region in regions.values() if region.atlas in CORTICAL)
    if table == "cortex" and len(counts) > 1:
        named = ", ".join(f"{atlas} ({n})" for atlas, n in sorted(counts.items()))
        log.add("atlases_mixed", "warning", file=file, table=table, params={"atlases": named})


def _note_ranges(
    means: pd.Series, regions: Mapping[str, Region], table: str, file: str, log: ProblemLog
) -> None:
    """Columns whose mean no region of that measure has, such as an age among thicknesses."""
    known = measures_of(table)
    wrong = []
    for column, region in regions.items():
        usual = known.get(measure_of(region, table))
        if (
            region.kind == "region"
            and usual
            and not usual["usual_low"] <= means[column] <= usual["usual_high"]
        ):
            wrong.append(column)
    if wrong:
        shown = ", ".join(wrong[:12])
        log.add("regions_out_of_range", "warning", file=file, table=table,
                params={"columns": shown, "n": len(wrong)})  # fmt: skip


def _note_profiles(
    means: pd.Series, regions: Mapping[str, Region], table: str, file: str, log: ProblemLog
) -> None:
    """Hold the means over regions against typical ones: another unit, or columns moved by one."""
    typical = {
        (row["atlas"], row["structure"], row["measure"]): row["typical"] for row in facts("region_profiles")
    }
    groups: dict[tuple[str, str, str], list[tuple[str, float]]] = {}
    for column, region in regions.items():
        measure = measure_of(region, table)
        usual = typical.get((region.atlas, region.structure, measure))
        if region.kind == "region" and usual is not None and means[column] > 0:
            groups.setdefault((region.atlas, measure, region.hemisphere), []).append((column, usual))
    for (_, measure, _), members in groups.items():
        if len(members) < FEWEST_REGIONS:
            continue
        found = np.log([means[column] for column, _ in members])
        usual = np.log([usual for _, usual in members])
        factor = float(np.exp(np.median(found - usual)))
        if not 1 / UNIT_FACTOR < factor < UNIT_FACTOR:
            params = {"measure": measure, "factor": f"{factor:.2g}", "first": members[0][0]}
            log.add("region_unit_other", file=file, column=members[0][0], table=table, params=params)
        moved = shift_of(found, usual)
        if moved:
            log.add("columns_shifted", file=file, column=members[0][0], table=table,
                    params={"first": members[0][0], "last": members[-1][0], "places": moved})  # fmt: skip


def shift_of(found: np.ndarray, usual: np.ndarray) -> int:
    """By how many places values lie under the wrong names: 1, -1, or 0 where the names fit best.

    Parameters
    ----------
    found, usual : (p,) means over people and typical means, in the order of the file's columns
    """
    fits = {
        0: _correlation(found, usual),
        1: _correlation(found[1:], usual[:-1]),
        -1: _correlation(found[:-1], usual[1:]),
    }
    best = max(fits, key=lambda places: fits[places])
    return best if fits[0] < BAD_CORRELATION and fits[best] > GOOD_CORRELATION else 0


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _note_sides(
    part: pd.DataFrame, regions: Mapping[str, Region], table: str, file: str, log: ProblemLog
) -> None:
    """A hint where known asymmetries of the brain come out the other way round."""
    by_place: dict[tuple[str, ...], str] = {
        (region.atlas, region.structure, measure_of(region, table), region.hemisphere): column
        for column, region in regions.items()
    }
    against = told = 0
    for row in facts("region_asymmetries"):
        smaller = "left" if row["larger_side"] == "right" else "right"
        place = (row["atlas"], row["structure"], row["measure"])
        pair = [by_place.get((*place, side)) for side in (row["larger_side"], smaller)]
        if None in pair:
            continue
        gap = (part[pair[0]] - part[pair[1]]).dropna()
        if len(gap) < FEWEST_PEOPLE or gap.std() == 0:
            continue
        told += 1
        against += bool(gap.mean() / gap.std() * np.sqrt(len(gap)) < -CLEAR_T)
    if told >= FEWEST_ASYMMETRIES and against > 2 * told / 3:
        log.add("sides_swapped", "warning", file=file, table=table, params={"against": against, "told": told})


def _note_icv(regions: Mapping[str, Region], table: str, file: str, log: ProblemLog) -> None:
    """Which column is intracranial volume, or that volumes and areas have none."""
    measures = {measure_of(region, table) for region in regions.values() if region.kind == "region"}
    if table not in ("cortex", "subcortex") or not measures & {"volume", "area"}:
        return
    columns = [column for column, region in regions.items() if region.kind == "icv"]
    if columns:
        log.add("icv_found", "note", file=file, column=columns[0], table=table)
    else:
        log.add("icv_absent", "note", file=file, table=table)


def without_zeros(frame: pd.DataFrame, table: str, resolved: Resolved) -> pd.DataFrame:
    """Read zeros of measures that cannot be zero as unknown; :func:`note_fit` has counted them."""
    columns = _never_zero(
        {column: region for column, region in resolved.items() if region is not None}, table
    )
    zeros = frame[columns] == 0
    if zeros.to_numpy().any():
        frame = frame.copy()
        frame[columns] = frame[columns].mask(zeros)
    return frame


def _never_zero(regions: Mapping[str, Region], table: str) -> list[str]:
    return [
        column
        for column, region in regions.items()
        if region.kind == "region" and table in NAMED_TABLES and measure_of(region, table) in NEVER_ZERO
    ]


def _note_missing(
    part: pd.DataFrame, regions: Mapping[str, Region], table: str, file: str, log: ProblemLog
) -> None:
    never_zero = _never_zero(regions, table)
    zeros = part[never_zero] == 0
    if zeros.to_numpy().any():
        columns = [column for column in never_zero if zeros[column].any()]
        log.add("regions_zero", "warning", file=file, table=table, column=columns[0],
                params={"n": int(zeros.any(axis=1).sum()), "columns": ", ".join(columns[:12])})  # fmt: skip
    blank = part[list(regions)].isna()
    scans = int(blank.any(axis=1).sum())
    if scans:
        log.add("regions_blank", "note", file=file, table=table,
                params={"n": scans, "cells": int(blank.to_numpy().sum())})  # fmt: skip
