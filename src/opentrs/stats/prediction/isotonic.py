"""Never-falling regression of the outcome on the risk, and a band that holds in samples of any size."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.optimize import isotonic_regression

from opentrs.stats.prediction.cells import Cells, exact_cells
from opentrs.stats.prediction.estimate import LEVEL, Floats

# Cut points of the honest band: more give a finer band at the price of a wider one, since every pair of
# them is corrected for.
CUTS = 30


def recalibrated(cells: Cells) -> Floats:
    """Never-falling share of events at each risk (pool adjacent violators)."""
    fitted: Floats = isotonic_regression(cells.events / cells.people, weights=cells.people).x
    return fitted


def isotonic(outcome: Floats, risk: Floats, at: Floats) -> Floats:
    """Never-falling regression of the outcome on the risk, linear between the risks that occur."""
    cells = exact_cells(outcome, risk)
    return np.interp(at, cells.risk, recalibrated(cells))


def honest_band(outcome: Floats, risk: Floats, at: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Band that holds every never-falling curve of true risk with at least the given probability.

    Between two cut points the true risk of each person is at least that at the first and at most that at the
    second; so the exact limits of the share of events between them bound the curve below to the right of
    the second and above to the left of the first. All pairs together are corrected for by Bonferroni.
    """
    cells = exact_cells(outcome, risk)
    upto = np.cumsum(cells.people)
    cuts = np.unique(np.searchsorted(upto, np.linspace(0, cells.n, min(CUTS, cells.risk.size) + 1)[1:]))
    firsts = np.concatenate([[0], cuts[:-1] + 1])
    first, last = (index.ravel() for index in np.meshgrid(np.arange(cuts.size), np.arange(cuts.size)))
    first, last = first[first <= last], last[first <= last]
    people = upto[cuts[last]] - (upto - cells.people)[firsts[first]]
    wins = np.cumsum(cells.events)
    events = wins[cuts[last]] - (wins - cells.events)[firsts[first]]
    tail = (1 - level) / (2 * first.size)
    lower = np.where(events > 0, stats.beta.ppf(tail, np.maximum(events, 1), people - events + 1), 0.0)
    upper = np.where(events < people, stats.beta.isf(tail, events + 1, np.maximum(people - events, 1)), 1.0)
    starts, ends = cells.risk[firsts[first]], cells.risk[cuts[last]]
    low = np.where(at[:, None] >= ends, lower, 0.0).max(axis=1)
    high = np.where(at[:, None] <= starts, upper, 1.0).min(axis=1)
    return low, high
