"""Between-study variance, for many meta-analyses at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from opentrs.stats.meta.least_squares import (
    Array,
    Fitted,
    MetaAnalysisError,
    Studies,
    inverse_variance_fit,
    trace_p,
    trace_pp,
    weighted_fit,
)

Tau2Method = Literal["dl", "he", "sj", "pm", "reml", "ml", "eb"]
TAU2_METHODS: tuple[Tau2Method, ...] = get_args(Tau2Method)
MAX_STEPS = 500
# Relative to the size of the variances at hand, so that the answer does not depend on the unit.
TOLERANCE = 1e-12
NEAR_ZERO = 1e-3
MANY_STEPS = 10
# How many steps at once a slow search may take.
LONGEST_LEAP = 100.0


def dersimonian_laird(data: Studies) -> Array:
    """Moment estimator with inverse-variance weights (DerSimonian & Laird 1986)."""
    fit = inverse_variance_fit(data, np.zeros(data.effects.shape[:-1]))
    return np.asarray(np.maximum(0.0, (fit.q - data.residual_df) / trace_p(data, fit)))


def hedges(data: Studies) -> Array:
    """Moment estimator with equal weights (Hedges 1983; Cochran's ANOVA estimator)."""
    fit = weighted_fit(data, np.ones(data.effects.shape))
    hat = np.einsum("...ki,...ij,...kj->...k", data.design, fit.bread, data.design)
    expected = np.where(data.present, data.variances * (1 - hat), 0.0).sum(axis=-1)
    return np.asarray(np.maximum(0.0, (fit.q - expected) / data.residual_df))


def sidik_jonkman(data: Studies) -> Array:
    """Sidik & Jonkman 2005: always above 0, weights from a crude first value."""
    shown = data.present
    n = data.n_studies
    mean = np.where(shown, data.effects, 0).sum(-1) / n
    crude = np.where(shown, (data.effects - mean[..., None]) ** 2, 0.0).sum(-1) / n
    if (crude <= 0).any():
        raise MetaAnalysisError("All effects are equal: the Sidik-Jonkman estimator is not defined.")
    fit = inverse_variance_fit(data, crude)
    return np.asarray(crude * fit.q / data.residual_df)


def _paule_mandel(data: Studies, target: Array) -> Array:
    """The tau2 at which the weighted sum of squares equals ``target``; 0 where it is below at 0.

    That sum is convex and falling in tau2, so Newton's steps from 0 approach the root from below.
    """
    tau2 = np.zeros(data.effects.shape[:-1])
    scale = _scale(data)
    for _ in range(MAX_STEPS):
        fit = inverse_variance_fit(data, tau2)
        slope = ((fit.weights * fit.residuals) ** 2).sum(axis=-1)
        step = np.where(slope > 0, (fit.q - target) / np.where(slope > 0, slope, 1.0), 0.0)
        moved = np.maximum(tau2 + step, 0.0)
        change = np.abs(moved - tau2)
        tau2 = moved
        if (change <= TOLERANCE * (tau2 + scale)).all():
            return tau2
    raise MetaAnalysisError("The between-study variance did not settle.")


def paule_mandel(data: Studies) -> Array:
    """Paule & Mandel 1982: the tau2 at which Q equals its expectation."""
    return _paule_mandel(data, data.residual_df.astype(float))


def _scale(data: Studies) -> Array:
    """A typical sampling variance of each analysis."""
    return np.asarray(np.where(data.present, data.variances, 0.0).sum(-1) / data.n_studies)


def _step_reml(data: Studies, fit: Fitted) -> Array:
    gradient = ((fit.weights * fit.residuals) ** 2).sum(-1) - trace_p(data, fit)
    return np.asarray(gradient / trace_pp(data, fit))


def _step_ml(data: Studies, fit: Fitted) -> Array:
    squared = (fit.weights**2).sum(-1)
    return np.asarray((((fit.weights * fit.residuals) ** 2).sum(-1) - fit.weights.sum(-1)) / squared)


def _step_eb(data: Studies, fit: Fitted) -> Array:
    n = data.n_studies
    return np.asarray((n / data.residual_df * fit.q - n) / fit.weights.sum(-1))


def _scored(data: Studies, step: Callable[[Studies, Fitted], Array], start: Array) -> Array:
    """Fisher scoring from a moment estimate, between what is known to be too low and too high.

    Analyses that have settled are left out of the next step.
    """
    flat = _flattened(data)
    tau2 = start.reshape(-1).copy()
    scale = _scale(flat)
    low, high, before = np.full(tau2.size, -1.0), np.full(tau2.size, np.inf), np.zeros(tau2.size)
    left = np.arange(tau2.size)
    for count in range(MAX_STEPS):
        now = tau2[left]
        part = _chosen(flat, left)
        change = step(part, inverse_variance_fit(part, now))
        low[left] = np.where(change > 0, now, low[left])
        high[left] = np.where(change < 0, now, high[left])
        leap = lengthened(change, before[left], count)
        moved = next_step(now, leap, low[left], high[left], scale[left], count)
        tau2[left], before[left] = moved, change
        settled = np.abs(moved - now) <= TOLERANCE * (now + scale[left])
        left = left[~settled]
        if not left.size:
            return tau2.reshape(start.shape)
    raise MetaAnalysisError("The between-study variance did not settle.")


def lengthened(change: Array, before: Array, count: int) -> Array:
    """A step of a slow search, made as long as all those it would still take (Aitken 1926).

    Near a flat maximum each step is a little shorter than the one before, and hundreds would be needed.

    Parameters
    ----------
    change, before : step asked for now, and the one asked for last; 0 for none
    count : steps taken
    """
    ratio = np.divide(change, before, out=np.zeros_like(change), where=before != 0)
    is_slow = (count > MANY_STEPS) & (count % 2 == 1) & (ratio > 0) & (ratio < 1)
    return np.where(is_slow, change * np.minimum(1 / np.where(is_slow, 1 - ratio, 1.0), LONGEST_LEAP), change)


def next_step(now: Array, change: Array, low: Array, high: Array, scale: Array, count: int) -> Array:
    """Where the search for tau2 goes next.

    Full steps can go back and forth between two values for ever; so after some, every other goes to the
    middle of what is known to be too low and too high. Below 0 the way is halved, so that a maximum just
    above 0 is not jumped over, until 0 itself is as good as reached; there the search ends if the
    likelihood falls away from it.

    Parameters
    ----------
    now, change : value, and the step that is asked for
    low, high : largest value known to be too low (below 0 if none), smallest known to be too high
    scale : a typical sampling variance
    count : steps taken
    """
    asked = now + change
    is_slow = count > MANY_STEPS and count % 2 == 1
    between = (np.maximum(low, 0.0) + np.where(np.isfinite(high), high, now)) / 2
    outside = ((asked <= low) | is_slow) & (low >= 0) & np.isfinite(high) | (asked >= high)
    moved = np.where(outside & (change != 0), between, asked)
    at_border = now < NEAR_ZERO * scale
    moved = np.where(asked < 0, np.where(at_border, np.maximum(low, 0.0), now / 2), moved)
    return np.asarray(np.where((asked < 0) & (low >= 0), between, moved))


def _flattened(data: Studies) -> Studies:
    k, p = data.design.shape[-2:]
    return Studies(
        data.effects.reshape(-1, k),
        data.variances.reshape(-1, k),
        data.design.reshape(-1, k, p),
        data.present.reshape(-1, k),
    )


def _chosen(data: Studies, rows: npt.NDArray[np.intp]) -> Studies:
    if rows.size == data.effects.shape[0]:
        return data
    return Studies(data.effects[rows], data.variances[rows], data.design[rows], data.present[rows])


def estimate_tau2(data: Studies, method: Tau2Method) -> Array:
    """Between-study variance of every analysis, shape (...).

    Parameters
    ----------
    data : from :func:`studies`
    method : ``dl``, ``he``, ``sj``, ``pm``, ``reml``, ``ml`` or ``eb``

    Raises
    ------
    MetaAnalysisError : an analysis has no residual degree of freedom, or the estimate does not settle

    Notes
    -----
    Viechtbauer 2005, doi:10.3102/10769986030003261, compares them.
    """
    if method not in TAU2_METHODS:
        raise MetaAnalysisError(f"{method} is no estimator of tau2; use one of {', '.join(TAU2_METHODS)}.")
    if (data.residual_df < 1).any():
        raise MetaAnalysisError("One study for each coefficient: tau2 cannot be estimated.")
    if method == "dl":
        return dersimonian_laird(data)
    if method == "he":
        return hedges(data)
    if method == "sj":
        return sidik_jonkman(data)
    if method == "pm":
        return paule_mandel(data)
    steps = {"reml": _step_reml, "ml": _step_ml, "eb": _step_eb}
    return _scored(data, steps[method], hedges(data))


def tau2_standard_error(data: Studies, tau2: npt.ArrayLike, method: Tau2Method) -> Array:
    """Asymptotic standard error of tau2 under its own estimator, shape (...)."""
    t = np.asarray(tau2, dtype=float)
    df, n = data.residual_df, data.n_studies
    fit = inverse_variance_fit(data, t)
    if method == "reml":
        return np.asarray(np.sqrt(2 / trace_pp(data, fit)))
    if method == "ml":
        return np.asarray(np.sqrt(2 / (fit.weights**2).sum(-1)))
    if method in ("eb", "pm"):
        return np.asarray(np.sqrt(2 * n**2 / df / fit.weights.sum(-1) ** 2))
    return np.sqrt(_moment_variance(data, t, method))


def _moment_variance(data: Studies, tau2: Array, method: Tau2Method) -> Array:
    """Variance of a quadratic form y'Ay / c under normality: 2 trace((AV)^2) / c^2."""
    shape = data.effects.shape[:-1]
    df = data.residual_df
    if method == "dl":
        fit = inverse_variance_fit(data, np.zeros(shape))
        trace = trace_p(data, fit)
        square = 2 * df + 4 * tau2 * trace + 2 * tau2**2 * trace_pp(data, fit)
        return np.asarray(square / trace**2)
    if method == "he":
        fit, factor = weighted_fit(data, np.ones(shape + data.effects.shape[-1:])), 1 / df
    else:
        n = data.n_studies
        mean = data.effects.sum(-1) / n
        crude = np.where(data.present, (data.effects - mean[..., None]) ** 2, 0.0).sum(-1) / n
        fit, factor = inverse_variance_fit(data, crude), crude / df
    w, v = fit.weights, np.where(data.present, data.variances, 0.0)
    hat = np.einsum("...k,...ki,...ij,...lj,...l->...kl", w, data.design, fit.bread, data.design, w)
    p = np.einsum("...k,kl->...kl", w, np.eye(w.shape[-1])) - hat
    pv = p * v[..., None, :]
    sums = (
        2 * np.einsum("...kl,...lk->...", pv, pv)
        + 4 * tau2 * np.einsum("...kl,...lk->...", pv, p)
        + 2 * tau2**2 * np.einsum("...kl,...lk->...", p, p)
    )
    return np.asarray(factor**2 * sums)


def q_profile(data: Studies, level: float = 0.95) -> tuple[Array, Array]:
    """Interval of tau2 by profiling Q (Viechtbauer 2007, doi:10.1002/sim.2514).

    Returns
    -------
    low, high : (...) each 0 where even tau2 = 0 leaves Q below the quantile
    """
    from scipy.stats import chi2

    df = data.residual_df
    if (df < 1).any():
        raise MetaAnalysisError("One study for each coefficient: tau2 cannot be estimated.")
    tail = (1 - level) / 2
    return (
        _paule_mandel(data, np.asarray(chi2.ppf(1 - tail, df))),
        _paule_mandel(data, np.asarray(chi2.ppf(tail, df))),
    )


def typical_variance(data: Studies) -> Array:
    """Typical sampling variance (Higgins & Thompson 2002, doi:10.1002/sim.1186), shape (...)."""
    fit = inverse_variance_fit(data, np.zeros(data.effects.shape[:-1]))
    return np.asarray(data.residual_df / trace_p(data, fit))


def share_of_variation(data: Studies, tau2: npt.ArrayLike) -> Array:
    """I2, percent: what part of the variation of effects is between studies."""
    t = np.asarray(tau2, dtype=float)
    return np.asarray(100 * t / (t + typical_variance(data)))
