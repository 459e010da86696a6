"""What ComBat learns from values: site intercepts, slopes of covariates, spread in each site.

With one intercept a site, least squares is least squares of what was centred within sites; its residuals sum
to 0 in every site. So a site's shift and spread are all that is kept of a person's values, and nothing as
large as the values is stored: features pass in blocks that stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from opentrs.stats.permutation.design import Mask, dependent_columns, listed
from opentrs.stats.refusal import CannotFitError

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Values = npt.NDArray[Any]

# A quarter of a million numbers (2 MB) at a time: a block and its residuals stay in cache.
BLOCK_VALUES = 2**18
# A covariate whose spread within sites is below this share of its spread is told by the site alone.
WITHIN_SHARE = 1e-9
# Penalties tried, relative to the size of the curve's own information; 0 is no penalty.
PENALTIES = np.concatenate([[0.0], np.logspace(-8, 8, 49)])
CONSTANT_SHARE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Sums over the people learnt from; arrays end with the features m.

    Parameters
    ----------
    n : (s, m) people measured at each site
    intercept : (s, m) of each site, at covariates of 0; NaN with fewer than two people
    slopes : (k, m) of covariates
    squares : (s, m) sums of squared residuals
    penalty : (m,) weight of the curvature of smooth terms
    rest : (s, m) means of residuals; 0 but for repeated scans, whose residuals are less a person's level
    sd : (m,) within persons where scans repeat, else empty
    ratio : (m,) variance between over within persons where scans repeat, else empty
    """

    n: Array
    intercept: Array
    slopes: Array
    squares: Array
    penalty: Array
    rest: Array
    sd: Array
    ratio: Array


@dataclass(frozen=True, slots=True, eq=False)
class Within:
    """Covariates within sites of some people, in a basis in which covariates and penalty are both diagonal.

    Parameters
    ----------
    member : (s, n) 1 where a person belongs to a site
    site : (n,) number of the site
    n : (s,) people
    means : (s, k) of covariates
    centred : (n, k) covariates less their site's mean
    basis : (k, r) with basis' centred' centred basis = 1 and basis' penalty basis = diag(bend)
    bend : (r,)
    """

    member: Array
    site: Ints
    n: Array
    means: Array
    centred: Array
    basis: Array
    bend: Array


def within_sites(site: Ints, n_sites: int, columns: Array, penalty: Array) -> Within:
    """Centre covariates within sites and turn them so that a penalty only shrinks."""
    member = (np.arange(n_sites)[:, None] == site).astype(np.float64)
    n = member.sum(axis=1)
    means = (member @ columns) / np.maximum(n, 1)[:, None]
    centred = columns - means[site]
    lengths = np.linalg.norm(centred, axis=0)
    lengths = np.where(lengths > 0, lengths, 1.0)
    values, vectors = np.linalg.eigh((centred / lengths).T @ (centred / lengths))
    kept = values > WITHIN_SHARE * values.max(initial=0.0)
    basis = vectors[:, kept] / np.sqrt(values[kept]) / lengths[:, None]
    bend, turn = np.linalg.eigh(basis.T @ penalty @ basis)
    # Directions that do not bend (straight lines, other covariates) are not penalised at all.
    bend = np.where(bend > WITHIN_SHARE * bend.max(initial=0.0), bend, 0.0)
    return Within(member, site, n, means, centred, basis @ turn, bend)


def require_told_apart(site: Ints, columns: Array, names: list[str]) -> None:
    """Refuse covariates that sites or other covariates tell wholly.

    Raises
    ------
    CannotFitError : a covariate with one value in each site (each site has one group, one sex), or
        covariates that depend on one another, by name
    """
    at = within_sites(site, int(site.max(initial=0)) + 1, columns, np.zeros((columns.shape[1],) * 2))
    whole = np.linalg.norm(columns - columns.mean(axis=0), axis=0)
    lost = np.linalg.norm(at.centred, axis=0) <= WITHIN_SHARE * np.where(whole > 0, whole, np.inf)
    lost |= whole <= WITHIN_SHARE * np.linalg.norm(columns, axis=0)
    if lost.any():
        raise CannotFitError(
            "site_confounded", names=listed(sorted({names[j] for j in np.flatnonzero(lost)}))
        )
    dependent = dependent_columns(at.centred)
    if dependent:
        raise CannotFitError("collinear", names=listed(sorted({names[j] for j in dependent})))


def blocks(values: Values, features: Ints, people: Mask) -> Iterator[tuple[Ints, Array]]:
    """Some people's values of some features, in double precision, a cacheful at a time."""
    width = max(1, BLOCK_VALUES // max(len(values), 1))
    rows = None if people.all() else np.flatnonzero(people)
    for start in range(0, features.size, width):
        chosen = features[start : start + width]
        adjoining = int(chosen[-1]) - int(chosen[0]) == chosen.size - 1
        part = values[:, chosen[0] : chosen[-1] + 1] if adjoining else values[:, chosen]
        # Always a copy: whoever takes a block may write into it.
        yield chosen, np.array(part if rows is None else part[rows], dtype=np.float64, order="C")


def block_moments(y: Array, at: Within, penalty: float | None) -> Moments:
    """Moments of one block of complete values (n, b)."""
    n = np.maximum(at.n, 1)[:, None]
    means = (at.member @ y) / n
    y = y - means[at.site]
    within = (at.basis.T @ at.centred.T) @ y
    weight = _weights(y, within, at, penalty)
    slopes = at.basis @ (within / (1 + at.bend[:, None] * weight))
    y -= at.centred @ slopes
    np.multiply(y, y, out=y)
    few = (at.n < 2)[:, None]
    intercept = np.where(few, np.nan, means - at.means @ slopes)
    nothing = np.empty(0)
    return Moments(
        np.repeat(at.n[:, None], y.shape[1], axis=1), intercept, slopes, at.member @ y, weight,
        np.zeros_like(intercept), nothing, nothing,
    )  # fmt: skip


def _weights(centred: Array, within: Array, at: Within, penalty: float | None) -> Array:
    """Weight of the penalty: as given, or for each feature that of the least generalised cross-validation.

    Craven and Wahba 1979, doi:10.1007/BF01404567.
    """
    features = centred.shape[1]
    if not at.bend.any():
        return np.zeros(features)
    if penalty is not None:
        return np.full(features, penalty)
    total = np.einsum("ij,ij->j", centred, centred)
    tried = PENALTIES / np.median(at.bend[at.bend > 0])
    score = np.empty((tried.size, features))
    for row, weight in enumerate(tried):
        kept = 1 / (1 + at.bend * weight)
        rest = total - (kept * (2 - kept)) @ within**2
        score[row] = rest / (len(centred) - (at.n > 0).sum() - kept.sum()) ** 2
    return np.asarray(tried[score.argmin(axis=0)])
