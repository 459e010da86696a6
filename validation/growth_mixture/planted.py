"""Data sets with planted trajectories, drawn the same way every time."""

from __future__ import annotations

import numpy as np

from opentrs.stats.growth_data import GrowthData, growth_data

WEEKS = np.array([0.0, 2, 4, 8, 12])
INTERCEPT_SD, RESIDUAL_SD = 8.0, 6.0
STAYING = 0.92  # of those seen at one visit, seen at the next


def curve(responding: bool) -> np.ndarray:
    """Percent of the maximum possible at each visit: who responds falls by 22 points, who does not by 6."""
    return 45 - (6.35 if responding else 1.73) * np.sqrt(WEEKS)


def draw(people: int, seed: int, share: float = 1.0, skewed: bool = False) -> tuple[GrowthData, np.ndarray]:
    """People of one class (``share`` 1) or two, who drop out and miss visits; returns who responds, too.

    ``skewed`` people lie around their curve as a centred chi-squared variable does, not as a normal one.
    """
    rng = np.random.default_rng(seed)
    responds = rng.random(people) < share
    person = rng.chisquare(3, people) - 3 if skewed else rng.normal(0, 6**0.5, people)
    shifts = INTERCEPT_SD * person / 6**0.5
    names, times, values = [], [], []
    for number in range(people):
        means = curve(bool(responds[number])) + shifts[number]
        for at, week in enumerate(WEEKS):
            if at and rng.random() > STAYING:
                break
            names.append(number)
            times.append(np.sqrt(week))
            values.append(means[at] + rng.normal(0, RESIDUAL_SD))
    return growth_data(names, times, values), responds
