"""Where each person's regions lie among healthy people of the same age, sex and scanner, group by group.

The curves are those of :mod:`opentrs.stats.normative_curve`, learnt from the cohort's controls or taken from
a document of another cohort. A control is never placed by curves (or a site's shift) that it helped to learn:
controls are placed fold by fold, or they would look too ordinary beside patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from opentrs.measures.regions import RegionTable
from opentrs.mechanism.engine import LEAST_IN_GROUP, NO_SITE, Array
from opentrs.mechanism.norm_document import BrainNorm
from opentrs.mechanism.norm_tables import (
    NORM_SITE_COLUMNS,
    compared_shares,
    norm_table,
    of_people,
    of_regions,
)
from opentrs.messages import Lang, text
from opentrs.stats.normative_curve import NormativeCurves, learn_curves
from opentrs.stats.refusal import CannotFitError

OWN, NO_NORMS = "own", "none"
FOLDS = 5
# Skewed volumes are placed as logarithms, since the shape of a distribution is not fitted.
SKEWED = ("vent", "choroid", "csf", "hypointensities", "vessel")
ALONE = "only site"


@dataclass(frozen=True, slots=True)
class Placing:
    """Everybody who can be placed.

    Parameters
    ----------
    values : (n, m) regions, logarithms where ``logged``
    age, is_male, site, is_control : (n,)
    regions : (m,) ids
    logged : (m,) whether the region is placed as a logarithm
    """

    values: Array
    age: Array
    is_male: Array
    site: Array
    is_control: Array
    regions: tuple[str, ...]
    logged: Array

    def of(self, rows: Array) -> tuple[Array, Array, Array, Array]:
        """Values, age, sex and site of some rows, as the curves take them."""
        return self.values[rows], self.age[rows], self.is_male[rows], self.site[rows]


def normative(
    scans: RegionTable, people: pd.DataFrame, lang: Lang, seed: int, frozen: BrainNorm | None = None
) -> tuple[dict[str, pd.DataFrame], BrainNorm | None]:
    """Place each person's first scan, and compare how much of the brain lies beyond the usual.

    Parameters
    ----------
    scans, people : one scan a person, and who they are
    frozen : curves of another cohort; without, they are learnt from these controls

    Returns
    -------
    tables ``normative``, ``normative_people``, ``normative_sites`` and the z of every region; and the curves
    learnt here, None where none were
    """
    label = {"part": scans.table, "measure": scans.measure, "norms": frozen.name if frozen else OWN}
    try:
        rows, placing, sites = _placing(scans, people, frozen, lang)
        z, curves = _frozen_z(placing, frozen, seed) if frozen else _own_z(placing, seed)
    except CannotFitError as refused:
        row = {**label, "reason": refused.sentence(lang)}
        return {"normative": norm_table([row])}, None
    mine = people.iloc[rows].reset_index(drop=True)
    shares = of_people(z, mine, label)
    learnt = None if frozen else BrainNorm(
        scans.table, scans.measure, scans.unit, placing.regions,
        tuple(np.array(placing.regions)[placing.logged]), curves,
    )  # fmt: skip
    return {
        "normative": compared_shares(shares, mine, label, len(people) - len(rows), z.shape[1], lang),
        "normative_people": shares,
        "normative_sites": pd.DataFrame([{**label, **row} for row in sites], columns=NORM_SITE_COLUMNS),
        f"normative_z_{scans.table}_{scans.measure}": of_regions(z, mine, placing.regions),
    }, learnt


def _placing(
    scans: RegionTable, people: pd.DataFrame, frozen: BrainNorm | None, lang: Lang
) -> tuple[Array, Placing, list[dict[str, Any]]]:
    """Who can be placed, in which regions, and what became of every site."""
    age, is_male = (people[name].to_numpy(dtype=float) for name in ("age", "is_male"))
    site = people["site"].to_numpy(dtype=object).astype(str)
    site = np.where(site == NO_SITE, ALONE, site) if (site == NO_SITE).all() else site
    is_control = (people["group"] == "control").to_numpy()
    told = np.isfinite(age) & np.isfinite(is_male) & (site != NO_SITE)
    known = frozen.curves.sites if frozen else ()
    sites = [_site(one, site, told, told & is_control, known, lang) for one in np.unique(site)]
    usable = [row["site"] for row in sites if row["how"] != "left out"]
    if not usable:
        raise CannotFitError("no_controls_at_sites", least=LEAST_IN_GROUP)
    rows = np.flatnonzero(told & np.isin(site, usable))
    columns, regions = _columns(scans, frozen)
    values = scans.matrix[np.ix_(rows, columns)].copy()
    logged = np.array([_is_logged(region, scans.measure, frozen) for region in regions], dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        values[:, logged] = np.where(values[:, logged] > 0, np.log(values[:, logged]), np.nan)
    enough = _told_everywhere(values, site[rows], is_control[rows], known)
    if not enough.any():
        raise CannotFitError("no_feature_left", n=len(regions))
    kept = tuple(region for region, is_told in zip(regions, enough, strict=True) if is_told)
    placing = Placing(
        values[:, enough], age[rows], is_male[rows], site[rows], is_control[rows], kept, logged[enough]
    )
    return rows, placing, sites


def _site(
    one: str, site: Array, told: Array, controls: Array, known: Sequence[str], lang: Lang
) -> dict[str, Any]:
    n = int((controls & (site == one)).sum())
    how = "known" if one in known else "learnt" if n >= LEAST_IN_GROUP else "left out"
    if how == "learnt" and known:
        how = "transferred"
    why = text("mechanism.norm_site_left_out", lang, least=LEAST_IN_GROUP) if how == "left out" else ""
    n_people = int((site == one).sum())
    placed = 0 if how == "left out" else int((told & (site == one)).sum())
    return {"site": one, "n_people": n_people, "n_controls": n, "n_placed": placed, "how": how, "why": why}


def _columns(scans: RegionTable, frozen: BrainNorm | None) -> tuple[Array, tuple[str, ...]]:
    if frozen is None:
        return np.arange(len(scans.ids)), scans.ids
    shared = tuple(region for region in frozen.regions if region in scans.ids)
    if not shared:
        raise CannotFitError("norm_other_regions", atlas=scans.atlas)
    return np.array([scans.ids.index(region) for region in shared], dtype=np.int64), shared


def _is_logged(region: str, measure: str, frozen: BrainNorm | None) -> bool:
    if frozen is not None:
        return region in frozen.logged
    return measure == "volume" and any(part in region.lower() for part in SKEWED)


def _told_everywhere(values: Array, site: Array, is_control: Array, known: Sequence[str]) -> Array:
    """Regions that vary, and that enough controls have at every site that must be learnt."""
    enough = np.array([np.nanstd(column) > 0 if np.isfinite(column).any() else False for column in values.T])
    for one in np.unique(site):
        if one not in known:
            there = np.isfinite(values[is_control & (site == one)]).sum(axis=0)
            enough &= there >= LEAST_IN_GROUP
    return enough


def _own_z(placing: Placing, seed: int) -> tuple[Array, NormativeCurves]:
    """Patients by the curves of all controls, controls by those of the other folds."""
    controls = np.flatnonzero(placing.is_control)
    curves = learn_curves(*placing.of(controls))
    z = np.full(placing.values.shape, np.nan)
    others = np.flatnonzero(~placing.is_control)
    if others.size:
        z[others] = curves.place(*placing.of(others)).z
    fold = folds_within(placing.site[controls], seed)
    for number in range(FOLDS):
        held = controls[fold == number]
        if held.size:
            z[held] = learn_curves(*placing.of(controls[fold != number])).place(*placing.of(held)).z
    return z, curves


def _frozen_z(placing: Placing, frozen: BrainNorm, seed: int) -> tuple[Array, NormativeCurves]:
    """As :func:`_own_z`, with curves given; a new site's shift is learnt from its controls, fold by fold."""
    curves = frozen.only(placing.regions)
    controls = np.flatnonzero(placing.is_control)
    z = np.full(placing.values.shape, np.nan)
    others = np.flatnonzero(~placing.is_control)
    if others.size:
        z[others] = _with_sites(curves, placing, controls).place(*placing.of(others)).z
    fold = folds_within(placing.site[controls], seed)
    for number in range(FOLDS):
        held = controls[fold == number]
        if held.size:
            z[held] = _with_sites(curves, placing, controls[fold != number]).place(*placing.of(held)).z
    return z, curves


def _with_sites(curves: NormativeCurves, placing: Placing, learn: Array) -> NormativeCurves:
    for one in np.unique(placing.site):
        if one not in curves.sites:
            values, age, sex, _ = placing.of(learn[placing.site[learn] == one])
            curves = curves.with_site(str(one), values, age, sex)
    return curves


def folds_within(site: Array, seed: int) -> Array:
    """A fold for each control, so that every site is in every fold's learning set."""
    random = np.random.default_rng(seed)
    fold = np.empty(len(site), dtype=np.int64)
    for one in np.unique(site):
        here = np.flatnonzero(site == one)
        fold[here] = random.permutation(len(here)) % FOLDS
    return fold
