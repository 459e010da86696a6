"""Does a person's brain look like the published picture of schizophrenia? The index by group, part by part.

The index is computed by :mod:`opentrs.stats.vulnerability`; here are the published maps, the standard of
controls each person is held against, and the comparison of groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from opentrs.measures.regions import RegionTable
from opentrs.mechanism.contrasts import CONTRASTS, Contrast
from opentrs.mechanism.engine import LEAST_IN_GROUP, LEAST_KNOWN, Array, designed
from opentrs.mechanism.people import covariates_of
from opentrs.messages import Lang
from opentrs.reference.load import cited, facts
from opentrs.stats.permutation import fit
from opentrs.stats.refusal import CannotFitError
from opentrs.stats.vulnerability import (
    FEWEST_REGIONS,
    FEWEST_SPARE,
    MapCheck,
    Vulnerability,
    check_map,
    rvi,
    z_profile,
)

ILLNESS = "schizophrenia"
METHOD = "difference of means within sites, HC3; d over the residual SD, noncentral t"
SOURCE = "10.1176/appi.ajp.2019.18101212"
# Controls help to set the standard they are held against (as the index is usually computed), or do not.
STANDARDS = ("all_controls", "other_controls")
INDEX_COLUMNS = [
    "part", "measure", "illness", "contrast", "values", "standard", "estimate", "ci_low", "ci_high", "p",
    "standardised_effect", "standardised_low", "standardised_high", "mean_first", "mean_second", "n_first",
    "n_second", "n_without", "n_regions", "n_regions_of_map", "adjusted_for", "unit", "method", "source",
    "reason",
]  # fmt: skip
NUMBERS = (
    "estimate", "ci_low", "ci_high", "p", "standardised_effect", "standardised_low", "standardised_high",
    "mean_first", "mean_second",
)  # fmt: skip
PEOPLE_COLUMNS = ["person_id", "group", "part", "measure", "illness", "values", "index", "n_regions"]
MAP_COLUMNS = [
    "illness", "part", "measure", "region", "d", "se", "p", "p_printed", "p_is_faulty", "measured", "note",
    "source", "checked",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standard:
    """Whom people are held against: their covariates, and who can be placed at all.

    Parameters
    ----------
    rows : numbers of the people who can be placed
    design : (n, p) constant, covariates and sites
    is_control : (n,) whether they set the standard
    adjusted_for : names of what is in the design
    """

    rows: Array
    design: Array
    is_control: Array
    adjusted_for: tuple[str, ...]


def published_map(part: str, measure: str) -> tuple[Mapping[str, Any], ...]:
    """Rows of ``illness_effects.csv`` of a part and measure; none where nothing is published."""
    return tuple(row for row in facts("illness_effects") if (row["part"], row["measure"]) == (part, measure))


def checked_map(part: str, measure: str) -> MapCheck:
    """The map against itself: p from effect and error, and rows whose printed p is another one."""
    rows = published_map(part, measure)
    d, se, printed = ([_number(row[name]) for row in rows] for name in ("d", "se", "p_printed"))
    # Cortical effects are printed to three digits after the point, the others to two.
    return check_map(d, se, printed, decimals=3 if part == "cortex" else 2)


def mapped_columns(scans: RegionTable) -> list[Array]:
    """Columns of a scan table for each row of its map; both sides of a tract for a map of whole tracts."""
    return [
        np.array([at for at, region in enumerate(scans.regions) if _is_of(region, row)], dtype=np.int64)
        for row in published_map(scans.table, scans.measure)
    ]


def _is_of(region: Any, row: Mapping[str, Any]) -> bool:
    if (region.atlas, region.structure) != (row["atlas"], row["structure"]):
        return False
    return bool(row["hemisphere"] == "both" or region.hemisphere == row["hemisphere"])


def standard_of(people: pd.DataFrame, covariates: tuple[str, ...], *, with_site: bool = True) -> Standard:
    """Take controls as the standard, site by site where there are several.

    Raises
    ------
    CannotFitError : no site has :data:`LEAST_IN_GROUP` controls with known covariates
    """
    used = [name for name in covariates if _is_known(people[name].to_numpy(dtype=float))]
    columns = [people[name].to_numpy(dtype=float) for name in used]
    told = np.all([np.isfinite(column) for column in columns] or [np.ones(len(people), bool)], axis=0)
    is_control = told & (people["group"] == "control").to_numpy()
    site = people["site"].to_numpy(dtype=object).astype(str) if with_site else np.full(len(people), "")
    known = [one for one in np.unique(site) if (is_control & (site == one)).sum() >= LEAST_IN_GROUP]
    if not known:
        raise CannotFitError("no_controls_at_sites", least=LEAST_IN_GROUP)
    rows = np.flatnonzero(told & np.isin(site, known))
    scaled = [column[rows] - column[rows].mean() for column in columns]
    scaled = [column / (column.std() or 1) for column in scaled]
    dummies = [(site[rows] == one).astype(float) for one in known[1:]]
    design = np.column_stack([np.ones(len(rows)), *scaled, *dummies])
    return Standard(rows, design, is_control[rows], (*used, *(["site"] if dummies else [])))


def _is_known(values: Array) -> bool:
    finite = values[np.isfinite(values)]
    return bool(finite.size >= LEAST_KNOWN * values.size and finite.size and np.ptp(finite) > 0)


def resemblance(
    scans: RegionTable,
    people: pd.DataFrame,
    lang: Lang,
    values: str = "as_measured",
    left_out_before: int = 0,
) -> dict[str, pd.DataFrame]:
    """Index of each person, and of the groups of every contrast.

    Parameters
    ----------
    scans, people : one scan a person, and who they are
    values : ``as_measured`` (sites are covariates) or ``harmonised`` (they are not)
    left_out_before : people who could not be harmonised and are counted among those without an index

    Returns
    -------
    ``vulnerability``, ``vulnerability_people`` and ``illness_map``; nothing for a measure without a map
    """
    rows = published_map(scans.table, scans.measure)
    if not rows:
        return {}
    columns = mapped_columns(scans)
    told = _map_table(scans, rows, columns) if values == "as_measured" else pd.DataFrame(columns=MAP_COLUMNS)
    try:
        if not any(column.size for column in columns):
            raise CannotFitError("no_map_of_atlas", atlas=scans.atlas)
        standard = standard_of(people, covariates_of(scans.measure), with_site=values == "as_measured")
        profile, d = _told(_profile(scans, columns)[standard.rows], rows, standard)
        found = {
            name: rvi(
                z_profile(
                    profile, standard.design, standard.is_control, held_out=name == "other_controls"
                ), d,
            )
            for name in STANDARDS
        }  # fmt: skip
    except CannotFitError as refused:
        silent = [
            _silent(scans, contrast, values, len(rows), refused.sentence(lang)) for contrast in CONTRASTS
        ]
        return {"vulnerability": _index_table(silent), "illness_map": told}
    mine = people.iloc[standard.rows].reset_index(drop=True)
    compared = [
        _compared(scans, contrast, values, name, index, mine, standard, len(people) + left_out_before, lang)
        for contrast in CONTRASTS
        for name, index in found.items()
    ]
    return {
        "vulnerability": _index_table(compared),
        "vulnerability_people": _people(scans, mine, found[STANDARDS[0]], values),
        "illness_map": told,
    }


def _index_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    counts = dict.fromkeys(("n_first", "n_second", "n_without", "n_regions", "n_regions_of_map"), "Int64")
    numbers = dict.fromkeys(NUMBERS, "float64")
    return pd.DataFrame(rows, columns=INDEX_COLUMNS).astype({**counts, **numbers})


def _profile(scans: RegionTable, columns: list[Array]) -> Array:
    """(n, rows of the map): the region, or the mean of a tract's sides; unknown where any is."""
    empty = np.full(len(scans.person_id), np.nan)
    return np.column_stack([scans.matrix[:, each].mean(axis=1) if each.size else empty for each in columns])


def _told(profile: Array, rows: tuple[Mapping[str, Any], ...], standard: Standard) -> tuple[Array, Array]:
    """Regions that enough controls have, and the effects of the map there."""
    n = np.isfinite(profile[standard.is_control]).sum(axis=0)
    there = n >= standard.design.shape[1] + FEWEST_SPARE
    d = np.array([row["d"] for row in rows], dtype=float)
    if there.sum() < FEWEST_REGIONS:
        raise CannotFitError("map_too_small", n=int(there.sum()), needed=FEWEST_REGIONS)
    return profile[:, there], d[there]


def _compared(
    scans: RegionTable, contrast: Contrast, values: str, standard_name: str, found: Vulnerability,
    people: pd.DataFrame, standard: Standard, n_scanned: int, lang: Lang,
) -> dict[str, Any]:  # fmt: skip
    n_map = len(published_map(scans.table, scans.measure))
    member = np.where(np.isfinite(found.value), contrast.membership(people), np.nan)
    try:
        design = designed(people, member, ())
        index = found.value[design.rows]
        told = fit(index[:, None], design.matrix, design.contrast, errors="hc3")
        effect = fit(index[:, None], design.matrix, design.contrast).standardised()
    except CannotFitError as refused:
        return _silent(scans, contrast, values, n_map, refused.sentence(lang), standard_name)
    low, high = told.interval()
    is_first = design.matrix[:, 1] == 1
    return {
        **_label(scans, contrast, values, standard_name), "estimate": float(told.effect[0]),
        "ci_low": float(low[0]), "ci_high": float(high[0]), "p": float(told.p[0]),
        "standardised_effect": float(effect.d[0]), "standardised_low": float(effect.low[0]),
        "standardised_high": float(effect.high[0]), "mean_first": float(index[is_first].mean()),
        "mean_second": float(index[~is_first].mean()), "n_first": int(is_first.sum()),
        "n_second": int((~is_first).sum()),
        # People of whom no index could be had: no covariate, no control at their site, too few regions.
        "n_without": n_scanned - len(people) + int((~np.isfinite(found.value)).sum()),
        "n_regions": int(np.median(found.n_regions[design.rows])), "n_regions_of_map": n_map,
        "adjusted_for": ", ".join(dict.fromkeys((*standard.adjusted_for, *design.adjusted_for))),
        "unit": "correlation", "method": METHOD, "source": SOURCE, "reason": "",
    }  # fmt: skip


def _silent(
    scans: RegionTable, contrast: Contrast, values: str, n_map: int, why: str, standard: str = STANDARDS[0]
) -> dict[str, Any]:
    label = _label(scans, contrast, values, standard)
    return {**label, "n_regions_of_map": n_map, "unit": "correlation", "source": SOURCE, "reason": why}


def _label(scans: RegionTable, contrast: Contrast, values: str, standard: str) -> dict[str, Any]:
    return {
        "part": scans.table, "measure": scans.measure, "illness": ILLNESS, "contrast": contrast.name,
        "values": values, "standard": standard,
    }  # fmt: skip


def _people(scans: RegionTable, people: pd.DataFrame, found: Vulnerability, values: str) -> pd.DataFrame:
    return pd.DataFrame({
        "person_id": people["person_id"], "group": people["group"], "part": scans.table,
        "measure": scans.measure, "illness": ILLNESS, "values": values, "index": found.value,
        "n_regions": found.n_regions,
    })[PEOPLE_COLUMNS]  # fmt: skip


def _map_table(scans: RegionTable, rows: tuple[Mapping[str, Any], ...], columns: list[Array]) -> pd.DataFrame:
    """The published map beside its own check, and which of its regions the cohort has."""
    check = checked_map(scans.table, scans.measure)
    sides = {"left": "L_", "right": "R_"}
    return pd.DataFrame([
        {
            **{name: row[name] for name in ("illness", "part", "measure", "d", "se", "p_printed", "checked")},
            "region": sides.get(str(row["hemisphere"]), "") + str(row["structure"]),
            "p": float(check.p[at]), "p_is_faulty": "yes" if check.faulty[at] else "no",
            "measured": "yes" if columns[at].size else "no", "note": row["note"] or "",
            "source": cited(str(row["source"])),
        }
        for at, row in enumerate(rows)
    ], columns=MAP_COLUMNS)  # fmt: skip


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)
