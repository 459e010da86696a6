"""A selection model: non-significant studies are published less often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from opentrs.stats.meta.least_squares import Array, MetaAnalysisError
from opentrs.stats.meta.pool import pool

LARGEST_LOG_DELTA = float(np.log(100))


@dataclass(frozen=True, slots=True)
class SelectionModel:
    """Three-parameter selection model: non-significant studies are published less often.

    Parameters
    ----------
    estimate, ci_low, ci_high : effect corrected for selection
    tau2 : between-study variance
    relative_probability : of publication of a study whose one-sided p is above the cut
    likelihood_ratio, p_value : against no selection, 1 degree of freedom
    identified : False where no study, or every one, lies beyond the cut, or the probability ran to its limit:
        then selection cannot be told from effect and the correction is not to be used
    """

    estimate: float
    ci_low: float
    ci_high: float
    tau2: float
    relative_probability: float
    likelihood_ratio: float
    p_value: float
    identified: bool


def selection_model(
    effects: npt.ArrayLike,
    variances: npt.ArrayLike,
    alternative: Literal["greater", "less"] = "greater",
    cut: float = 0.025,
    level: float = 0.95,
) -> SelectionModel:
    """Fit by maximum likelihood with one step of the publication probability at ``cut`` (one-sided p).

    Notes
    -----
    Vevea & Hedges 1995, doi:10.1007/BF02294384.
    """
    y, v = (np.asarray(x, dtype=float) for x in (effects, variances))
    s = np.sqrt(v)
    sign = 1.0 if alternative == "greater" else -1.0
    p = stats.norm.sf(sign * y / s)
    beyond = p > cut
    if len(y) < 3:
        raise MetaAnalysisError("A selection model needs three studies or more.")
    bound = stats.norm.ppf(1 - cut) * s
    start = pool(y, v, "ml")

    def minus_log_likelihood(parameters: Array, with_selection: bool) -> float:
        mean, tau2 = parameters[0], np.exp(parameters[1])
        delta = np.exp(parameters[2]) if with_selection else 1.0
        total = v + tau2
        shown = stats.norm.sf((bound - sign * mean) / np.sqrt(total))
        log_density = stats.norm.logpdf(y, mean, np.sqrt(total))
        weight = np.log(delta) * beyond - np.log(shown + delta * (1 - shown))
        return float(-(log_density + weight).sum())

    base = float(np.log(max(float(start.tau2), 1e-3 * float(v.mean()))))
    none = _least(
        lambda x: minus_log_likelihood(x, False),
        [[float(start.estimate), base], [float(start.estimate), base - 6]],
    )
    starts = [[float(start.estimate), base, delta] for delta in (0.0, 1.0, -1.0, 3.0)]
    starts.append([float(start.estimate), base - 6, -0.5])
    best = _least(lambda x: minus_log_likelihood(x, True), starts)
    mean, log_tau2, log_delta = best.x
    hessian = _hessian(lambda x: minus_log_likelihood(x, True), best.x)
    at_limit = abs(log_delta) > LARGEST_LOG_DELTA - 1e-3
    identified = bool(beyond.any() and not beyond.all() and not at_limit)
    try:
        variance = float(np.linalg.inv(hessian)[0, 0])
    except np.linalg.LinAlgError:
        variance = float("nan")
    half = stats.norm.ppf(1 - (1 - level) / 2) * np.sqrt(variance) if variance > 0 else np.nan
    ratio = max(0.0, 2 * (none.fun - best.fun))
    return SelectionModel(
        float(mean), float(mean - half), float(mean + half),
        float(np.exp(log_tau2)), float(np.exp(log_delta)),
        ratio, float(stats.chi2.sf(ratio, 1)), identified,
    )  # fmt: skip


def _least(function: Callable[[Array], float], starts: list[list[float]]) -> optimize.OptimizeResult:
    """The lowest minimum found from several starts, made sharp with slopes from both sides."""
    found = min((_minimum(function, np.array(start), "2-point") for start in starts), key=lambda one: one.fun)
    return min(found, _minimum(function, found.x, "3-point"), key=lambda one: one.fun)


def _minimum(function: Callable[[Array], float], start: Array, slope: str) -> optimize.OptimizeResult:
    bounds = [(None, None), (-30.0, 20.0), (-LARGEST_LOG_DELTA, LARGEST_LOG_DELTA)][: len(start)]
    sharp = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 2000}
    return optimize.minimize(function, start, method="L-BFGS-B", jac=slope, bounds=bounds, options=sharp)


def _hessian(function: Callable[[Array], float], at: Array) -> Array:
    step = 1e-4 * np.maximum(1.0, np.abs(at))
    n = len(at)
    out = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            values = []
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                x = np.array(at, dtype=float)
                x[i] += a * step[i]
                x[j] += b * step[j]
                values.append(function(x))
            out[i, j] = (values[0] - values[1] - values[2] + values[3]) / (4 * step[i] * step[j])
    return out
