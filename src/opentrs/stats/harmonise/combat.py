"""ComBat: remove what a site adds to a measure and how it stretches it, and keep what covariates explain.

Johnson 2007, doi:10.1093/biostatistics/kxj037; for cortical thickness Fortin 2018,
doi:10.1016/j.neuroimage.2017.11.024; smooth covariates Pomponio 2020, doi:10.1016/j.neuroimage.2019.116450;
repeated scans Beer 2020, doi:10.1016/j.neuroimage.2020.117129.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.linalg import block_diag

from opentrs.stats.harmonise.covariates import Coding, Covariates, coded, column_names, learn_codings
from opentrs.stats.harmonise.fitted import (
    FEWEST_AT_SITE,
    FittedCombat,
    as_values,
    people_mask,
    personal_levels,
    site_labels,
)
from opentrs.stats.harmonise.moments import (
    CONSTANT_SHARE,
    Array,
    Ints,
    Moments,
    Values,
    block_moments,
    blocks,
    require_told_apart,
    within_sites,
)
from opentrs.stats.harmonise.shrinkage import shrunken
from opentrs.stats.permutation.design import Mask, dependent_columns, listed
from opentrs.stats.permutation.features import Untestable, same_people
from opentrs.stats.permutation.mixed import random_intercept
from opentrs.stats.refusal import CannotFitError


@dataclass(frozen=True, slots=True)
class ComBat:
    """How sites are to be harmonised; nothing is learnt yet.

    Parameters
    ----------
    smooth : covariates with a penalised cubic spline instead of a straight line (age, mostly)
    categories : covariates that are numbers by look and categories by meaning
    empirical_bayes : draw a site's shifts and spreads towards what it does to all features
    reference_site : whose values stay as they are; without, everybody is brought to the average of the people
    penalty : weight of the curvature of smooth covariates; without, chosen for each feature by generalised
        cross-validation
    untestable : ``refuse`` stops at constant features and names them; ``leave_out`` makes them missing
    """

    smooth: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    empirical_bayes: bool = True
    reference_site: str | None = None
    penalty: float | None = None
    untestable: Untestable = "refuse"

    def fit(
        self,
        values: npt.ArrayLike,
        site: npt.ArrayLike,
        covariates: Covariates | None = None,
        *,
        learn_from: npt.ArrayLike | None = None,
        people: npt.ArrayLike | None = None,
        names: Sequence[str] | None = None,
    ) -> FittedCombat:
        """Learn what sites do.

        Parameters
        ----------
        values : (n, m) one row a person (or scan), one column a region or vertex; NaN is missing, at that
            feature only
        site : (n,) label of each person's site or scanner
        covariates : name -> (n,) values whose effect is to be kept: age, sex, and the groups to be compared,
            for what is not named here and goes with the site is taken for the site's doing
        learn_from : (n,) True for the people to learn from (controls, a training fold)
        people : (n,) label of the person of each scan: a random intercept for each
        names : of the m features, for messages

        Raises
        ------
        CannotFitError : one site; sites of one person; a covariate with one value in each site, such as a
            group that was seen at its own sites only; missing covariates; constant features
        """
        y = as_values(values)
        rows = np.ones(len(y), bool) if learn_from is None else people_mask(learn_from, len(y))
        labels = site_labels(site, len(y))[rows]
        sites, number = np.unique(labels, return_inverse=True)
        self._require_sites(sites, np.bincount(number))
        given = {name: np.asarray(value)[rows] for name, value in (covariates or {}).items()}
        codings = learn_codings(given, self.smooth, self.categories)
        columns = coded(codings, given, labels.size)
        require_told_apart(number, columns, column_names(codings))
        penalty = block_diag(*[c.penalty() for c in codings]) if codings else np.zeros((0, 0))
        if people is None:
            moments = learn_moments(y, rows, number, sites.size, columns, penalty, self.penalty)
        else:
            if self.smooth:
                raise CannotFitError("smooth_repeated")
            who = person_numbers(people, len(y))[rows]
            moments = learn_repeated(y, rows, number, sites.size, columns, who)
        return self._fitted(moments, tuple(map(str, sites)), codings, names)

    def _require_sites(self, sites: npt.NDArray[np.object_], n: Ints) -> None:
        if sites.size < 2:
            raise CannotFitError("one_site_only")
        if n.min() < FEWEST_AT_SITE:
            raise CannotFitError(
                "site_too_small", names=listed([str(x) for x in sites[n < FEWEST_AT_SITE]]),
                needed=FEWEST_AT_SITE,
            )  # fmt: skip
        if self.reference_site is not None and self.reference_site not in sites:
            raise CannotFitError("site_unseen", names=self.reference_site, known=listed([*map(str, sites)]))

    def _fitted(
        self, found: Moments, sites: tuple[str, ...], codings: tuple[Coding, ...], names: Sequence[str] | None
    ) -> FittedCombat:
        n = np.where(found.n >= FEWEST_AT_SITE, found.n, 0.0)
        at_reference = slice(None) if self.reference_site is None else [sites.index(self.reference_site)]
        weight = n[at_reference]
        with np.errstate(invalid="ignore", divide="ignore"):  # a feature with nobody at any site
            share = weight / weight.sum(axis=0)
            grand = np.sum(share * np.where(share > 0, found.intercept[at_reference], 0.0), axis=0)
            sd = np.sqrt(found.squares[at_reference].sum(axis=0) / weight.sum(axis=0))
            if found.ratio.size:
                sd = found.sd
        sd = self._told(sd, grand, names)
        shift = (found.intercept - grand) / sd
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = found.squares / sd**2 / np.where(n > 0, n - 1, np.nan)
        shrinks = self.empirical_bayes and sd.size > 1
        mean = shift + found.rest / sd
        parts = zip(shift, mean, spread, n, strict=True)
        used = [shrunken(a, b, v, k) if shrinks else (a, v) for a, b, v, k in parts]
        shift_used, spread_used = (np.stack(part) for part in zip(*used, strict=True))
        if self.reference_site is not None:
            shift_used[at_reference], spread_used[at_reference] = 0.0, np.where(np.isfinite(sd), 1.0, np.nan)
        return FittedCombat(
            codings, sites, found.n, grand, found.slopes, sd, shift, spread, shift_used,
            np.where(spread_used > 0, spread_used, np.nan), found.ratio, found.penalty, shrinks,
            self.reference_site or "",
            ("harmonise.combat_one_feature",) if self.empirical_bayes and not shrinks else (),
        )  # fmt: skip

    def _told(self, sd: Array, grand: Array, names: Sequence[str] | None) -> Array:
        """Spreads, missing where a feature has none; refused by name where that was asked for."""
        constant = sd <= CONSTANT_SHARE * np.abs(grand)
        if constant.any() and self.untestable == "refuse":
            found = np.flatnonzero(constant).tolist()
            raise CannotFitError(
                "constant_features", names=listed([names[j] if names is not None else str(j) for j in found])
            )
        return np.where(constant, np.nan, sd)


def learn_moments(
    y: Values, rows: Mask, site: Ints, n_sites: int, columns: Array, penalty: Array, weight: float | None
) -> Moments:
    """Moments of all features; people missing at a feature are missing there only.

    Parameters
    ----------
    y : (all people, m), of whom ``rows`` are learnt from
    site, columns : of the people learnt from
    penalty, weight : of smooth terms
    """
    m, k = y.shape[1], columns.shape[1]
    out = _untold(n_sites, k, m)
    for features, told in same_people(missing_map(y, rows)):
        at = within_sites(site[told], n_sites, columns[told], penalty)
        out.n[:, features] = at.n[:, None]
        if told.sum() - (at.n > 0).sum() - at.bend.size < 1 or at.bend.size < k:
            continue  # too few people here for so many covariates: nothing is told of this feature
        people = rows.copy()
        people[rows] = told
        for chosen, block in blocks(y, features, people):
            part = block_moments(block, at, weight)
            out.intercept[:, chosen], out.slopes[:, chosen] = part.intercept, part.slopes
            out.squares[:, chosen], out.penalty[chosen] = part.squares, part.penalty
    return out


def learn_repeated(y: Values, rows: Mask, site: Ints, n_sites: int, columns: Array, people: Ints) -> Moments:
    """Moments of repeated scans: a random intercept for each person, taken off before spreads are looked at.

    Parameters
    ----------
    people : number of the person of each scan learnt from; the others as for :func:`learn_moments`

    Raises
    ------
    CannotFitError : nobody was scanned twice
    """
    if np.bincount(people).max() < 2:
        raise CannotFitError("one_scan_each", n=people.size)
    m, k = y.shape[1], columns.shape[1]
    out = replace(_untold(n_sites, k, m), sd=np.full(m, np.nan), ratio=np.full(m, np.nan))
    for features, told in same_people(missing_map(y, rows)):
        who = np.unique(people[told], return_inverse=True)[1]
        member = (np.arange(n_sites)[:, None] == site[told]).astype(np.float64)
        n = member.sum(axis=1)
        out.n[:, features] = n[:, None]
        present = n > 0
        design = np.column_stack([member[present].T, columns[told]])
        twice = who.size > 0 and np.bincount(who).max() > 1
        if not twice or told.sum() <= design.shape[1] or dependent_columns(design):
            continue
        scans = rows.copy()
        scans[rows] = told
        for chosen, block in blocks(y, features, scans):
            found, out.ratio[chosen], out.sd[chosen] = random_intercept(block, design, who)
            rest = block - design @ found
            rest -= personal_levels(rest, who, out.ratio[chosen])
            means = (member @ rest) / np.maximum(n, 1)[:, None]
            intercept = np.full(means.shape, np.nan)
            intercept[present] = found[: present.sum()]
            out.intercept[:, chosen] = np.where((n < FEWEST_AT_SITE)[:, None], np.nan, intercept)
            out.slopes[:, chosen], out.rest[:, chosen] = found[present.sum() :], means
            out.squares[:, chosen] = member @ (rest - means[site[told]]) ** 2
    return out


def person_numbers(people: npt.ArrayLike, n: int) -> Ints:
    """Number the persons of n scans."""
    labels = np.asarray(people)
    if labels.shape != (n,):
        raise CannotFitError("blocks_length", labels=labels.size, people=n)
    return np.unique(labels, return_inverse=True)[1]


def _untold(n_sites: int, k: int, m: int) -> Moments:
    """Moments of which nothing is known yet."""
    unknown, nothing = np.full((n_sites, m), np.nan), np.empty(0)
    return Moments(
        np.zeros((n_sites, m)), unknown.copy(), np.full((k, m), np.nan), unknown, np.full(m, np.nan),
        np.zeros((n_sites, m)), nothing, nothing,
    )  # fmt: skip


def missing_map(y: Values, rows: Mask) -> Mask:
    """Where values (people learnt from, m) are missing.

    Raises
    ------
    CannotFitError : infinite values
    """
    # An extreme is NaN where anything is missing; only then is every value looked at.
    extremes = y.min(initial=0.0), y.max(initial=0.0)
    if not np.isfinite(extremes).all() and np.isinf(y).any():
        raise CannotFitError("infinite_in_map")
    missing: Mask = np.isnan(y if rows.all() else y[rows])
    return missing
