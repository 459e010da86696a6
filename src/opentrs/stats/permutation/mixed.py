"""Repeated scans of the same people: a random intercept at every feature, by restricted likelihood.

One scan's covariance with another of the same person depends on one ratio, lambda = variance between people
over variance within. Everything the likelihood needs at any lambda is a sum over persons with the same
number of scans, so all features are fitted together without a matrix of scan by scan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.permutation.design import RANK_TOLERANCE, Array, Mask, checked_design, scaled_columns
from opentrs.stats.permutation.features import Untestable, grouped_features
from opentrs.stats.refusal import CannotFitError

# Shares of variance between people that are tried before the best is refined, up to nearly all of it.
SHARES = np.concatenate([np.linspace(0, 0.95, 39), [0.97, 0.985, 0.995, 0.9995]])
# Golden sections from one step of the grid to about 1e-9 of it.
SECTIONS = 44
GOLDEN = (np.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class MixedFit:
    """A contrast at every feature over repeated scans; arrays of shape (m,), NaN where not testable.

    Parameters
    ----------
    effect, se, t : the contrast, its standard error, and their ratio
    df : Satterthwaite's degrees of freedom, from the expected information of the two variances
    p : two-sided
    share_between : variance between people over the whole residual variance (intraclass correlation)
    residual_sd : standard deviation within people, in the unit of the feature
    n_scans, n_people : measured
    constant, too_few : features that were left out, and why
    """

    effect: Array
    se: Array
    t: Array
    df: Array
    p: Array
    share_between: Array
    residual_sd: Array
    n_scans: npt.NDArray[np.int64]
    n_people: npt.NDArray[np.int64]
    constant: Mask
    too_few: Mask


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums over scans and, for each number of scans a person has, over persons.

    Parameters
    ----------
    xx, xy, yy : (p, p), (p, v), (v,) over scans; y is the residual of plain least squares
    size, persons : (k,) the numbers of scans, and how many persons have them
    bxx, bxy, byy : the same products of the persons' sums, with a first axis of k
    """

    xx: Array
    xy: Array
    yy: Array
    size: Array
    persons: Array
    bxx: Array
    bxy: Array
    byy: Array

    @property
    def spare(self) -> float:
        """Scans minus columns."""
        return float(self.size @ self.persons) - len(self.xx)

    def power(self, ratio: Array, exponent: int) -> Array:
        """X'V^-exponent X at each ratio, (v, p, p)."""
        grown = 1 + np.outer(ratio, self.size)
        return np.asarray(self.xx - np.tensordot((1 - grown**-exponent) / self.size, self.bxx, 1))

    def between(self, weights: Array) -> Array:
        """Persons' products with a weight (v, k) for each number of scans, (v, p, p)."""
        return np.asarray(np.tensordot(weights, self.bxx, 1))


def fit_repeated(
    values: npt.ArrayLike,
    design: npt.ArrayLike,
    contrast: npt.ArrayLike,
    people: Sequence[object] | npt.NDArray[np.generic],
    *,
    names: Sequence[str] | None = None,
    feature_names: Sequence[str] | None = None,
    untestable: Untestable = "refuse",
) -> MixedFit:
    """Fit a random intercept for each person at every feature, and test a contrast of the fixed effects.

    Parameters
    ----------
    values : (n, m) one row a scan, one column a feature; NaN is missing
    design, contrast : (n, p) with its constant, and (p,)
    people : label of the person of each scan
    names, feature_names, untestable : as for :func:`fit`

    Raises
    ------
    CannotFitError : as :func:`fit`, and where nobody was scanned twice
    """
    x, c = checked_design(design, contrast, names)
    person = np.asarray(people)
    if person.shape != (len(x),):
        raise CannotFitError("blocks_length", labels=person.size, people=len(x))
    _, person = np.unique(person, return_inverse=True)
    features = grouped_features(values, x, c, feature_names, untestable)
    if np.bincount(person).max() < 2:
        raise CannotFitError("one_scan_each", n=len(x))
    m = features.values.shape[1]
    effect, se, df, share, spread = (np.full(m, np.nan) for _ in range(5))
    scans, persons, too_few = np.zeros(m, np.int64), np.zeros(m, np.int64), features.too_few.copy()
    for pattern, y in features.blocks():
        at, who = pattern.features, person[pattern.people]
        scans[at], persons[at] = who.size, np.unique(who).size
        if np.bincount(who).max() < 2:
            too_few[at] = True
            continue
        effect[at], se[at], df[at], share[at], spread[at] = _fitted(y, x[pattern.people], c, who)
    t = effect / se
    p = 2 * stats.t.sf(np.abs(t), df)
    return MixedFit(effect, se, t, df, p, share, spread, scans, persons, features.constant, too_few)


def random_intercept(y: Array, design: Array, people: npt.NDArray[np.intp]) -> tuple[Array, Array, Array]:
    """Fit a random intercept for each person, by restricted likelihood, to features nobody lacks.

    Parameters
    ----------
    y : (n, v) one row a scan
    design : (n, p) columns that do not depend on one another
    people : (n,) number of the person of each scan

    Returns
    -------
    coefficients (p, v), variance between over within persons (v,), and standard deviation within (v,)
    """
    plain, *_ = np.linalg.lstsq(design, y, rcond=None)
    sums = _sums(design, y - design @ plain, people)
    ratio = _best_ratio(sums)
    cross, xy, yy = _weighted(sums, ratio)
    beyond = np.linalg.solve(cross, xy.T[..., None])[..., 0]
    variance = (yy - np.einsum("vi,iv->v", beyond, xy)) / sums.spare
    return plain + beyond.T, ratio, np.sqrt(variance)


def _fitted(y: Array, design: Array, contrast: Array, person: npt.NDArray[np.intp]) -> tuple[Array, ...]:
    x, c = _estimable_columns(design, contrast)
    plain, *_ = np.linalg.lstsq(x, y, rcond=None)
    sums = _sums(x, y - x @ plain, person)
    ratio = _best_ratio(sums)
    cross, xy, yy = _weighted(sums, ratio)
    bread = np.asarray(np.linalg.inv(cross), dtype=float)
    coefficients = np.einsum("vij,jv->vi", bread, xy)
    variance = (yy - np.einsum("vi,iv->v", coefficients, xy)) / sums.spare
    unit = bread @ c
    reach = unit @ c
    effect = c @ plain + coefficients @ c
    df = _satterthwaite(sums, ratio, bread, unit, reach)
    return effect, np.sqrt(variance * reach), df, ratio / (1 + ratio), np.sqrt(variance)


def _estimable_columns(design: Array, contrast: Array) -> tuple[Array, Array]:
    """Design and contrast in a basis without dependent columns (a site nobody was scanned at)."""
    scaled, lengths = scaled_columns(design)
    left, values, right = np.linalg.svd(scaled, full_matrices=False)
    kept = values > RANK_TOLERANCE * values[0]
    return left[:, kept], (right[kept] @ (contrast / lengths)) / values[kept]


def _sums(x: Array, y: Array, person: npt.NDArray[np.intp]) -> _Sums:
    number, scans = np.unique(person, return_inverse=True)
    by_person_x, by_person_y = np.zeros((number.size, x.shape[1])), np.zeros((number.size, y.shape[1]))
    np.add.at(by_person_x, scans, x)
    np.add.at(by_person_y, scans, y)
    count = np.bincount(scans)
    size, kind = np.unique(count, return_inverse=True)
    parts = [(by_person_x[kind == k], by_person_y[kind == k]) for k in range(size.size)]
    return _Sums(
        x.T @ x,
        x.T @ y,
        np.einsum("ij,ij->j", y, y),
        size.astype(float),
        np.bincount(kind).astype(float),
        np.stack([a.T @ a for a, _ in parts]),
        np.stack([a.T @ b for a, b in parts]),
        np.stack([np.einsum("ij,ij->j", b, b) for _, b in parts]),
    )


def _weighted(sums: _Sums, ratio: Array) -> tuple[Array, Array, Array]:
    """X'V^-1 X (v, p, p), X'V^-1 y (p, v) and y'V^-1 y (v,) at each feature's ratio."""
    weights = ratio[:, None] / (1 + np.outer(ratio, sums.size))
    xy = sums.xy - np.einsum("vk,kpv->pv", weights, sums.bxy)
    return sums.power(ratio, 1), xy, sums.yy - np.einsum("vk,kv->v", weights, sums.byy)


def _deviance(sums: _Sums, share: Array) -> Array:
    """Minus twice the restricted log-likelihood at each feature's share, up to a constant."""
    ratio = share / (1 - share)
    cross, xy, yy = _weighted(sums, ratio)
    coefficients = np.linalg.solve(cross, xy.T[..., None])[..., 0]
    rest = np.maximum(yy - np.einsum("vi,iv->v", coefficients, xy), np.finfo(float).tiny)
    grown = np.log1p(np.outer(ratio, sums.size)) @ sums.persons
    return np.asarray(sums.spare * np.log(rest) + grown + np.linalg.slogdet(cross)[1])


def _best_ratio(sums: _Sums) -> Array:
    """Ratio of variances of greatest restricted likelihood: a grid, then golden sections of its best step."""
    v = sums.yy.size
    table = np.stack([_deviance(sums, np.full(v, share)) for share in SHARES])
    best = table.argmin(axis=0)
    low, high = SHARES[np.maximum(best - 1, 0)], SHARES[np.minimum(best + 1, SHARES.size - 1)]
    for _ in range(SECTIONS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        is_left = _deviance(sums, left) < _deviance(sums, right)
        low, high = np.where(is_left, low, left), np.where(is_left, right, high)
    share = (low + high) / 2
    # The middle of an interval that ends at 0 never is 0, which is where many features have their best.
    share = np.where(_deviance(sums, np.zeros(v)) <= _deviance(sums, share), 0.0, share)
    return np.asarray(share / (1 - share))


def _satterthwaite(sums: _Sums, ratio: Array, bread: Array, unit: Array, reach: Array) -> Array:
    """Degrees of freedom of the contrast (Satterthwaite 1946, doi:10.2307/3002019; Giesbrecht and Burns
    1985, doi:10.2307/2530865).

    With W = V^-1, K the persons' blocks of ones and P = W - W X bread X'W, the information of the variances
    within and between is half the traces of P P, P K P and P K P K; the scale cancels.
    """
    grown = 1 + np.outer(ratio, sums.size)
    second, third = sums.power(ratio, 2), sums.power(ratio, 3)
    two, three, beyond = (sums.between(weights) for weights in (grown**-2, grown**-3, sums.size * grown**-3))
    inner_within, inner_between = bread @ second, bread @ two

    def trace(a: Array, b: Array) -> Array:
        return np.asarray(np.einsum("vij,vji->v", a, b))

    within = (sums.size - 1 + grown**-2) @ sums.persons - 2 * trace(bread, third)
    within += trace(inner_within, inner_within)
    mixed = (sums.size * grown**-2) @ sums.persons - 2 * trace(bread, three)
    mixed += trace(inner_within, inner_between)
    between = (sums.size**2 * grown**-2) @ sums.persons - 2 * trace(bread, beyond)
    between += trace(inner_between, inner_between)
    slope_within = np.einsum("vi,vij,vj->v", unit, second, unit)
    slope_between = np.einsum("vi,vij,vj->v", unit, two, unit)
    determinant = within * between - mixed**2
    spread = slope_within**2 * between - 2 * slope_within * slope_between * mixed + slope_between**2 * within
    return np.asarray(reach**2 * determinant / spread)
