"""Power of a difference between two groups: by the noncentral t distribution, and by simulated studies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from opentrs.stats.intervals import exact_proportion

MOST_PEOPLE = 10_000_000


@dataclass(frozen=True, slots=True)
class GroupPower:
    """Power of one study.

    Parameters
    ----------
    n1, n2 : people of the groups
    analytic : two-sided t test of equal variances, exact
    simulated, low, high : share of simulated studies with p below the level, exact 95% interval
    """

    n1: int
    n2: int
    analytic: float
    simulated: float | None
    low: float | None
    high: float | None


def power_of(d: float, n1: int, n2: int, level: float = 0.05) -> float:
    """Power of the two-sided t test at a standardised difference.

    Parameters
    ----------
    d : difference of the means in standard deviations
    """
    freedom = n1 + n2 - 2
    noncentral = d * (n1 * n2 / (n1 + n2)) ** 0.5
    critical = stats.t.ppf(1 - level / 2, freedom)
    return float(stats.nct.sf(critical, freedom, noncentral) + stats.nct.cdf(-critical, freedom, noncentral))


def people_for(d: float, power: float, ratio: float = 1.0, level: float = 0.05) -> tuple[int, int] | None:
    """Smallest groups with at least this power; None beyond ten million people.

    Parameters
    ----------
    ratio : people of the second group for one of the first
    """
    low, high = 2, 4
    while power_of(d, high, max(round(high * ratio), 2), level) < power:
        low, high = high, high * 2
        if high > MOST_PEOPLE:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        enough = power_of(d, middle, max(round(middle * ratio), 2), level) >= power
        low, high = (low, middle) if enough else (middle, high)
    return high, max(round(high * ratio), 2)


def simulated(d: float, n1: int, n2: int, runs: int, seed: int, level: float = 0.05) -> GroupPower:
    """Power with what simulated studies of normal measures give beside it."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, n1, n2]))
    hits = 0
    for _ in range(runs):
        first, second = rng.standard_normal(n1) + d, rng.standard_normal(n2)
        hits += float(stats.ttest_ind(first, second).pvalue) < level
    share = exact_proportion(hits, runs) if runs else None
    return GroupPower(
        n1,
        n2,
        power_of(d, n1, n2, level),
        share.estimate if share else None,
        share.low if share else None,
        share.high if share else None,
    )
