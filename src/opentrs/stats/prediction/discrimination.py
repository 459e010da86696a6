"""How well risks tell apart those who have the event from those who do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from scipy.stats import rankdata

from opentrs.stats.prediction.checks import outcome_and_risk
from opentrs.stats.prediction.estimate import LEVEL, Estimate, Floats, quantile


def concordance(
    outcome: npt.ArrayLike, risk: npt.ArrayLike, level: float = LEVEL, logit_scale: bool = False
) -> Estimate:
    """C statistic (area under the ROC curve) with DeLong's interval.

    Parameters
    ----------
    outcome : (n,) 0 or 1
    risk : (n,) in 0 to 1; tied risks count half
    level : coverage of the interval
    logit_scale : interval symmetric in the log-odds of C instead of in C: keeps below 1, and covers better
        where C is near 1 or events are few

    Returns
    -------
    Estimate : without interval where C is 0 or 1, for then DeLong's variance is 0

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.prediction.checks.outcome_and_risk`

    Notes
    -----
    DeLong et al. 1988, doi:10.2307/2531595; by midranks, Sun and Xu 2014, doi:10.1109/LSP.2014.2337313.
    """
    y, p = outcome_and_risk(outcome, risk)
    c, error = _delong([_placements(y, p)])
    low, high = _interval(float(c[0]), float(np.sqrt(error[0, 0])), level, logit_scale)
    method = "delong_logit" if logit_scale else "delong"
    return Estimate(float(c[0]), low, high, y.size, int(y.sum()), method)


def concordance_difference(
    outcome: npt.ArrayLike, risk_a: npt.ArrayLike, risk_b: npt.ArrayLike, level: float = LEVEL
) -> Estimate:
    """C of ``risk_a`` minus C of ``risk_b`` in the same people, with the paired DeLong interval.

    Only for models that were not developed in these people. Where one model holds the other and both were
    fitted here, the difference under no added value is not normal and the interval is wrong (Demler et al.
    2012, doi:10.1002/sim.5328): use :func:`opentrs.stats.prediction.added_value.added_value`.

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.prediction.checks.outcome_and_risk`
    """
    y, a = outcome_and_risk(outcome, risk_a)
    _, b = outcome_and_risk(outcome, risk_b)
    c, covariance = _delong([_placements(y, a), _placements(y, b)])
    difference = float(c[0] - c[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    n, events = y.size, int(y.sum())
    if variance <= 0:
        return Estimate(difference, None, None, n, events, "delong_paired")
    half = quantile(level) * variance**0.5
    return Estimate(difference, difference - half, difference + half, n, events, "delong_paired")


@dataclass(frozen=True, slots=True)
class _Placements:
    """Where each person's risk stands among those of the other outcome, from 0 to 1."""

    of_events: Floats
    of_others: Floats


def _placements(y: Floats, p: Floats) -> _Placements:
    event = y == 1
    ranks = rankdata(p)
    n1 = int(event.sum())
    n0 = y.size - n1
    return _Placements(
        (ranks[event] - rankdata(p[event])) / n0, 1 - (ranks[~event] - rankdata(p[~event])) / n1
    )


def _delong(found: list[_Placements]) -> tuple[Floats, Floats]:
    """C of each set of risks and their covariance."""
    events = np.array([one.of_events for one in found])
    others = np.array([one.of_others for one in found])
    covariance = sum(
        np.atleast_2d(np.cov(part)) / part.shape[1] if part.shape[1] > 1 else np.zeros((len(found),) * 2)
        for part in (events, others)
    )
    return events.mean(axis=1), np.asarray(covariance)


def _interval(c: float, error: float, level: float, logit_scale: bool) -> tuple[float | None, float | None]:
    if error == 0 or not 0 < c < 1:
        return None, None
    z = quantile(level)
    if logit_scale:
        half = z * error / (c * (1 - c))
        return float(expit(logit(c) - half)), float(expit(logit(c) + half))
    return max(0.0, c - z * error), min(1.0, c + z * error)


def weighted_concordance(outcome: Floats, score: Floats, weights: list[Floats]) -> list[float]:
    """C of one score under several weightings of the people, ties counting half, at the cost of one sort.

    Parameters
    ----------
    outcome, score : (n,) not checked
    weights : each (n,), such as how often a resample drew each person

    Returns
    -------
    list : one C per weighting; not a number where a weighting leaves only one outcome
    """
    order = np.argsort(score)
    ordered, y = score[order], outcome[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    tied = starts.size < ordered.size
    found = []
    for weight in weights:
        w = weight[order]
        events = w * y
        others = w - events
        if tied:
            events, others = np.add.reduceat(events, starts), np.add.reduceat(others, starts)
        total = events.sum() * others.sum()
        won = events @ (np.cumsum(others) - 0.5 * others)
        found.append(float(won / total) if total > 0 else float("nan"))
    return found
