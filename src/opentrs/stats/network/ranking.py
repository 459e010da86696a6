"""Which treatment is best, and how surely: P-scores and their bootstrap intervals, league table."""

from __future__ import annotations

import numpy as np
from scipy import stats

from opentrs.stats.meta.least_squares import Array
from opentrs.stats.network.generalised import Stack, basic_design
from opentrs.stats.network.model import Network

# Bootstrap samples in memory together.
AT_ONCE = 100


def p_scores(fitted: Network, small_is_good: bool = True) -> Array:
    """Mean certainty with which each treatment beats the others, (n,) between 0 and 1.

    Parameters
    ----------
    fitted : the network
    small_is_good : whether a lower value is better, as with symptom scores

    Notes
    -----
    Ruecker & Schwarzer 2015, doi:10.1186/s12874-015-0060-8.
    """
    return scores(fitted.estimates, fitted.standard_errors, small_is_good)


def scores(estimates: Array, standard_errors: Array, small_is_good: bool = True) -> Array:
    """P-scores of (..., n, n) effects and standard errors, (..., n)."""
    n = estimates.shape[-1]
    wins = -estimates if small_is_good else estimates
    safe = np.where(standard_errors > 0, standard_errors, 1.0)
    # A comparison without any error (a treatment with itself) is a tie and is not counted.
    sure = stats.norm.cdf(wins / safe) * ~np.eye(n, dtype=bool)
    return np.asarray(sure.sum(axis=-1) / (n - 1))


def bootstrap_p_scores(
    fitted: Network, draws: int = 1000, seed: int = 1, small_is_good: bool = True, level: float = 0.95
) -> tuple[Array, Array]:
    """Interval of each P-score by parametric bootstrap.

    Every draw makes new study effects from the fitted network (its effects, the sampling covariance and
    the between-study variance), estimates the between-study variance again by moments (not where the
    network is ``fixed``) and with it the effects and their standard errors, and scores them.

    Parameters
    ----------
    fitted : the network
    draws : bootstrap samples
    seed : seed of the draws
    level : level of the percentile interval

    Returns
    -------
    low, high : (n,)
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    n = len(fitted.treatments)
    stack = Stack.of(fitted.blocks, basic_design(fitted.blocks, n))
    truth = stack.design @ fitted.estimates[1:, 0]
    root = np.linalg.cholesky(stack.covariance + fitted.tau2 * stack.structure)
    # Padded places hold no contrast and get no noise.
    held = np.einsum("sbb->sb", stack.structure) > 0
    found = np.empty((draws, n))
    for start in range(0, draws, AT_ONCE):
        noise = rng.standard_normal((min(AT_ONCE, draws - start), *truth.shape)) * held
        effects = truth + np.einsum("sbc,dsc->dsb", root, noise)
        estimates, errors = _refitted(stack, effects, fitted.model == "fixed")
        found[start : start + len(noise)] = scores(estimates, errors, small_is_good)
    tail = (1 - level) / 2
    low, high = np.quantile(found, [tail, 1 - tail], axis=0)
    return low, high


def _refitted(stack: Stack, effects: Array, is_fixed: bool) -> tuple[Array, Array]:
    """Effects and standard errors, (draws, n, n), of networks that differ in their (draws, s, b) effects."""
    draws, p = len(effects), stack.design.shape[-1]
    flat = stack.design.reshape(-1, p)
    tau2 = np.zeros(draws)
    if not is_fixed:
        at_zero = stack.solve(0.0)
        weight = np.linalg.inv(stack.covariance)
        weighted = np.einsum("sbc,dsc->dsb", weight, effects)
        projected = weighted.reshape(draws, -1) @ flat
        explained = np.einsum("dp,pq,dq->d", projected, at_zero.covariance, projected)
        q = np.einsum("dsb,dsb->d", effects, weighted) - explained
        tau2 = np.maximum(0.0, (q - stack.residual_df) / at_zero.trace_p)
    weight = np.linalg.inv(stack.covariance + tau2[:, None, None, None] * stack.structure)
    wx = (weight @ stack.design).reshape(draws, -1, p)
    bread = np.linalg.inv(flat.T @ wx)
    coefficients = np.einsum("dpq,drq,dr->dp", bread, wx, effects.reshape(draws, -1), optimize=True)
    full, theta = np.zeros((draws, p + 1, p + 1)), np.zeros((draws, p + 1))
    full[:, 1:, 1:], theta[:, 1:] = bread, coefficients
    own = np.einsum("dii->di", full)
    variance = own[:, :, None] + own[:, None, :] - 2 * full
    return theta[:, :, None] - theta[:, None, :], np.sqrt(np.maximum(variance, 0.0))
