"""One figure of performance at several sites: its mean over sites, and where a new site would lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit, logit

from opentrs.stats.meta.pool import pool
from opentrs.stats.prediction.estimate import LEVEL, Estimate, Floats, quantile
from opentrs.stats.refusal import CannotFitError

Scale = Literal["logit", "log", "plain"]
# The scale on which each figure is nearest to normal (Snell et al. 2018, doi:10.1177/0962280217705678).
SCALES: dict[str, Scale] = {"c_statistic": "logit", "observed_expected": "log"}
FEWEST_SITES = 2
# With t on k - 2 degrees of freedom a prediction interval needs one site more.
FEWEST_FOR_PREDICTION = 3
_THERE: dict[Scale, Callable[[Floats], Floats]] = {"logit": logit, "log": np.log, "plain": np.asarray}
_BACK: dict[Scale, Callable[[Floats], Floats]] = {"logit": expit, "log": np.exp, "plain": np.asarray}


@dataclass(frozen=True, slots=True)
class OverSites:
    """Pooled performance.

    Parameters
    ----------
    pooled : mean over sites with its modified Hartung-Knapp interval
    prediction_low, prediction_high : where the true value at a new site would lie; None with two sites
    tau2 : variance between sites, on ``scale``
    i2_percent : share of the variation that is between sites
    n_sites : sites pooled
    left_out : places of sites without an estimate and interval
    scale : scale on which sites were pooled
    """

    pooled: Estimate
    prediction_low: float | None
    prediction_high: float | None
    tau2: float
    i2_percent: float
    n_sites: int
    left_out: tuple[int, ...]
    scale: Scale


def pooled_over_sites(metric: str, sites: Sequence[Estimate], level: float = LEVEL) -> OverSites:
    """Pool one metric over sites by random effects (REML, modified Hartung-Knapp).

    Plain Hartung-Knapp can be narrower than any one site where a few sites happen to agree; the modified form
    cannot.

    Parameters
    ----------
    metric : C is pooled as log-odds, observed over expected as logarithm, others as they are
    sites : estimate of each site, its interval of the same ``level``

    Raises
    ------
    CannotFitError : fewer than two sites have an estimate with an interval

    Notes
    -----
    Debray et al. 2017, doi:10.1136/bmj.i6460; prediction interval with k - 2 degrees of freedom, Higgins et
    al. 2009, doi:10.1111/j.1467-985X.2008.00552.x.
    """
    scale = SCALES.get(metric, "plain")
    used = [site for site in sites if site.value is not None and site.low is not None]
    left_out = tuple(i for i, site in enumerate(sites) if site.value is None or site.low is None)
    if len(used) < FEWEST_SITES:
        raise CannotFitError("few_sites", n=len(used), needed=FEWEST_SITES)
    value, error = _on_scale(used, scale, level)
    fitted = pool(value, error**2, "reml", "hk_modified", level=level)
    ends = np.array([fitted.estimate, fitted.ci_low[0], fitted.ci_high[0]], dtype=float)
    mean, low, high = (float(end) for end in _BACK[scale](ends))
    predicted: tuple[float | None, float | None] = (None, None)
    if len(used) >= FEWEST_FOR_PREDICTION:
        interval = _BACK[scale](np.array(fitted.prediction_interval("t_k_minus_2"), dtype=float))
        predicted = float(interval[0]), float(interval[1])
    n, events = sum(site.n for site in used), sum(site.events for site in used)
    return OverSites(
        Estimate(mean, low, high, n, events, "random_effects"),
        *predicted, float(fitted.tau2), float(fitted.i2_percent), len(used), left_out, scale,
    )  # fmt: skip


def _on_scale(sites: list[Estimate], scale: Scale, level: float) -> tuple[Floats, Floats]:
    """Estimates and standard errors on the scale of pooling."""
    value, low, high = (np.array([getattr(site, end) for site in sites]) for end in ("value", "low", "high"))
    if scale == "logit":
        # Its interval is symmetric in C itself but may be cut at 1: the lower half gives the error.
        return logit(value), (value - low) / quantile(level) / (value * (1 - value))
    there = _THERE[scale]
    return there(value), (there(high) - there(low)) / (2 * quantile(level))
