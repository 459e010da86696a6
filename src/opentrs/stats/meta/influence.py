"""Which studies carry a pooled effect: leave-one-out, deletion diagnostics, Baujat, cumulative pooling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opentrs.stats.meta.least_squares import Array, MetaAnalysisError
from opentrs.stats.meta.pool import Model, Pooled, Test, pool


def leave_one_out(
    effects: npt.ArrayLike,
    variances: npt.ArrayLike,
    model: Model = "reml",
    test: Test = "z",
    level: float = 0.95,
) -> Pooled:
    """Pool k times, each time without one study; the batch axis is the study left out."""
    y, v = (np.asarray(x, dtype=float) for x in (effects, variances))
    k = len(y)
    if k < 3:
        raise MetaAnalysisError("Leaving one out needs three studies or more.")
    return pool(
        np.tile(y, (k, 1)), np.tile(v, (k, 1)), model, test, present=~np.eye(k, dtype=bool), level=level
    )


def cumulative(
    effects: npt.ArrayLike,
    variances: npt.ArrayLike,
    order: npt.ArrayLike,
    model: Model = "reml",
    test: Test = "z",
) -> Pooled:
    """Pool the first two, three, ... studies of an order such as the year; the batch axis starts at two."""
    y, v = (np.asarray(x, dtype=float) for x in (effects, variances))
    rank = np.argsort(np.argsort(np.asarray(order), kind="stable"), kind="stable")
    k = len(y)
    if k < 2:
        raise MetaAnalysisError("Cumulative pooling needs two studies or more.")
    present = rank[None, :] < np.arange(2, k + 1)[:, None]
    return pool(np.tile(y, (k - 1, 1)), np.tile(v, (k - 1, 1)), model, test, present=present)


# Cut-offs for a mean as metafor has them (Viechtbauer & Cheung 2010, doi:10.1002/jrsm.11): times
# sqrt(1 / (k - 1)); times 1 / k; and the tail of .5 of chi-square with one degree of freedom, rounded.
DFFITS, HAT, COOK = 3.0, 3.0, 0.45


@dataclass(frozen=True, slots=True)
class Influence:
    """Deletion diagnostics, one value a study.

    Parameters
    ----------
    studentised : distance of the study from the mean of the others, in its standard error
    dffits : change of the study's fitted value without it, in standard errors
    cook : squared change of the pooled effect without it, in its variance
    tau2_without, q_without : between-study variance and Q without it
    hat : its share of the weight
    is_influential : |dffits| above 3 sqrt(1 / (k - 1)), or hat above 3 / k, or cook above 0.45, the cut-offs
        metafor uses for a mean (doi:10.1002/jrsm.11)
    """

    studentised: Array
    dffits: Array
    cook: Array
    tau2_without: Array
    q_without: Array
    hat: Array
    is_influential: npt.NDArray[np.bool_]


def influence(effects: npt.ArrayLike, variances: npt.ArrayLike, model: Model = "reml") -> Influence:
    """Deletion diagnostics of a random-effects mean (Viechtbauer & Cheung 2010, doi:10.1002/jrsm.11)."""
    y, v = (np.asarray(x, dtype=float) for x in (effects, variances))
    whole, without = pool(y, v, model), leave_one_out(y, v, model)
    k = len(y)
    hat = whole.weights_percent / 100
    mean, error2 = without.estimate, without.standard_error**2
    studentised = (y - mean) / np.sqrt(v + without.tau2 + error2)
    shift = whole.estimate - mean
    dffits = shift / np.sqrt(hat * (v + without.tau2))
    cook = shift**2 / whole.standard_error**2
    marked = (np.abs(dffits) > DFFITS * np.sqrt(1 / (k - 1))) | (hat > HAT / k) | (cook > COOK)
    return Influence(studentised, dffits, cook, without.tau2, without.q, hat, marked)


@dataclass(frozen=True, slots=True)
class Baujat:
    """Each study's part in Q, and what it moves the pooled effect: arrays of one value a study."""

    q_part: Array
    shift: Array


def baujat(effects: npt.ArrayLike, variances: npt.ArrayLike, model: Model = "fixed") -> Baujat:
    """Coordinates of Baujat's plot (Baujat et al. 2002, doi:10.1002/sim.1221)."""
    y, v = (np.asarray(x, dtype=float) for x in (effects, variances))
    whole, without = pool(y, v, model), leave_one_out(y, v, model)
    q_part = (y - whole.estimate) ** 2 / (v + whole.tau2)
    return Baujat(q_part, (whole.estimate - without.estimate) ** 2 / without.standard_error**2)
