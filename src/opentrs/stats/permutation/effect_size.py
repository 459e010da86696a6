"""Standardised effects and their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from opentrs.stats.permutation.design import Array

# Bisection halves the bracket this often: from a width of a hundred down to rounding.
HALVINGS = 60


@dataclass(frozen=True, slots=True)
class EffectSize:
    """Cohen's d at every feature, in standard deviations; arrays of shape (m,).

    Parameters
    ----------
    d : point estimate
    low, high : ends of the interval
    n : people measured
    """

    d: Array
    low: Array
    high: Array
    n: npt.NDArray[np.int64]


def group_effect(
    t: npt.ArrayLike, df: npt.ArrayLike, n_first: npt.ArrayLike, n_second: npt.ArrayLike, level: float = 0.95
) -> EffectSize:
    """Cohen's d of two groups from the t of a model with covariates: t sqrt(1/n1 + 1/n2).

    This is the form regional meta-analyses collect (Nakagawa and Cuthill 2007,
    doi:10.1111/j.1469-185X.2007.00027.x): it treats t as if the covariates were balanced between the
    groups, and is smaller than the adjusted difference over the residual standard deviation
    (:meth:`GlmFit.standardised`) where they are not. The interval carries that of t over.

    Parameters
    ----------
    t, df : statistic and residual degrees of freedom, of shape (m,)
    n_first, n_second : people of each group measured
    level : coverage of the interval
    """
    first, second = np.asarray(n_first, dtype=float), np.asarray(n_second, dtype=float)
    with np.errstate(divide="ignore"):
        scale = np.sqrt(1 / first + 1 / second)
    low, high = noncentral_interval(t, df, level)
    n = np.broadcast_to(np.asarray(n_first) + np.asarray(n_second), low.shape).astype(np.int64)
    return EffectSize(np.asarray(t, dtype=float) * scale, low * scale, high * scale, n)


def noncentral_interval(t: npt.ArrayLike, df: npt.ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Interval of the noncentrality of a t statistic: where t is no longer surprising (bisection).

    Exact for normal residuals; 1 / sqrt(1/n1 + 1/n2) times d is such a noncentrality.

    Returns
    -------
    low and high end, of the shape of ``t``; NaN where t is not finite
    """
    value, freedom = np.broadcast_arrays(np.asarray(t, dtype=float), np.asarray(df, dtype=float))
    tail = (1 - level) / 2
    return _noncentrality(value, freedom, 1 - tail), _noncentrality(value, freedom, tail)


def _noncentrality(t: Array, df: Array, probability: float) -> Array:
    """Noncentrality at which a smaller t than this has the given probability."""
    known = np.isfinite(t) & np.isfinite(df)
    value, freedom = t[known], df[known]
    # Far beyond the normal approximation t +- z sqrt(1 + t^2 / 2 df), whatever the tail.
    reach = 2 * abs(stats.norm.ppf(probability)) * np.sqrt(1 + value**2 / (2 * freedom)) + 4
    low, high = value - reach, value + reach
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        # A larger noncentrality makes a smaller t less probable.
        below = special.nctdtr(freedom, middle, value) > probability
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found = np.full(t.shape, np.nan)
    found[known] = (low + high) / 2
    return found
