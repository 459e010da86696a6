"""Intervals for counted things: exact proportions, worst-best bounds, agreement of two raters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval; None where it is not defined."""

    estimate: float | None
    low: float | None
    high: float | None


def exact_proportion(events: int, n: int, level: float = 0.95) -> Interval:
    """Share with its Clopper-Pearson interval (doi:10.1093/biomet/26.4.404).

    Parameters
    ----------
    events, n : counts, 0 <= events <= n
    level : coverage the interval keeps at least

    Raises
    ------
    ValueError : the counts cannot be those of a share
    """
    if not 0 <= events <= n:
        raise ValueError(f"{events} of {n} is no share")
    if n == 0:
        return Interval(None, None, None)
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else float(stats.beta.ppf(tail, events, n - events + 1))
    high = 1.0 if events == n else float(stats.beta.ppf(1 - tail, events + 1, n - events))
    return Interval(events / n, low, high)


def worst_best(events: int, unknown: int, n: int) -> tuple[float | None, float | None]:
    """Share if no unknown were an event, and if all were."""
    if n == 0:
        return None, None
    return events / n, (events + unknown) / n


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two yes/no labels of the same people agree.

    Parameters
    ----------
    kappa : Cohen's kappa with its interval; None where a label does not vary
    positive, negative : specific agreement on yes and on no
    """

    n: int
    both: int
    only_first: int
    only_second: int
    neither: int
    kappa: Interval
    positive: float | None
    negative: float | None


def agreement(both: int, only_first: int, only_second: int, neither: int, level: float = 0.95) -> Agreement:
    """Agreement of two labels from their fourfold table.

    Kappa's interval uses the large-sample variance of Fleiss, Cohen and Everitt
    (doi:10.1037/h0028106). Specific agreement follows Cicchetti and Feinstein
    (doi:10.1016/0895-4356(90)90159-M).
    """
    table = np.array([[both, only_first], [only_second, neither]], dtype=float)
    n = int(table.sum())
    positive = _ratio(2 * both, 2 * both + only_first + only_second)
    negative = _ratio(2 * neither, 2 * neither + only_first + only_second)
    return Agreement(n, both, only_first, only_second, neither, kappa(table, level), positive, negative)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def kappa(table: np.ndarray, level: float = 0.95) -> Interval:
    """Cohen's kappa of two labels of any number of categories, with its large-sample interval.

    Parameters
    ----------
    table : people by first label (rows) and second label (columns), square
    level : coverage of the interval (variance of Fleiss, Cohen and Everitt, doi:10.1037/h0028106)
    """
    n = table.sum()
    if n == 0:
        return Interval(None, None, None)
    share = table / n
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    if np.count_nonzero(rows) < 2 or np.count_nonzero(columns) < 2:
        # A label that never varies cannot agree beyond chance, nor disagree.
        return Interval(None, None, None)
    observed, expected = float(np.trace(share)), float(rows @ columns)
    estimate = (observed - expected) / (1 - expected)
    own = (1 - expected) - (rows + columns) * (1 - observed)
    diagonal = float(np.diag(share) @ own**2)
    weights = (columns[:, None] + rows[None, :]) ** 2
    beside = float((share * weights).sum() - np.diag(share) @ np.diag(weights))
    variance = (
        diagonal + (1 - observed) ** 2 * beside - (observed * expected - 2 * expected + observed) ** 2
    ) / (n * (1 - expected) ** 4)
    half = float(stats.norm.ppf((1 + level) / 2)) * max(float(variance), 0.0) ** 0.5
    return Interval(estimate, max(-1.0, estimate - half), min(1.0, estimate + half))
