"""Brier score: how far risks are from what happened, as a whole and in its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opentrs.stats.prediction.cells import exact_cells
from opentrs.stats.prediction.checks import outcome_and_risk
from opentrs.stats.prediction.estimate import LEVEL, Estimate, Floats, quantile
from opentrs.stats.prediction.isotonic import recalibrated


@dataclass(frozen=True, slots=True)
class Brier:
    """Brier score and its parts: ``brier = miscalibration - discrimination + uncertainty``.

    Parameters
    ----------
    brier : mean squared distance of outcome and risk; 0 is best
    scaled : 1 minus the ratio to the score of giving everybody the mean; 1 is best, below 0 worse than that
    miscalibration : what recalibrating by a never-falling curve would gain
    discrimination : what the risks so recalibrated gain over the mean
    uncertainty : score of giving everybody the mean
    """

    brier: Estimate
    scaled: Estimate
    miscalibration: float
    discrimination: float
    uncertainty: float


def brier(outcome: npt.ArrayLike, risk: npt.ArrayLike, level: float = LEVEL) -> Brier:
    """Brier score with intervals by the delta method, and its decomposition.

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.prediction.checks.outcome_and_risk`

    Notes
    -----
    Decomposition by isotonic recalibration (CORP): Dimitriadis et al. 2021, doi:10.1073/pnas.2016191118.
    """
    y, p = outcome_and_risk(outcome, risk)
    n, events = y.size, int(y.sum())
    squares = (y - p) ** 2
    score, share = float(squares.mean()), float(y.mean())
    uncertainty = share * (1 - share)
    # The mean's own score moves with the share of events; both are counted in the same people.
    moved = (1 - 2 * share) * (y - share)
    influence = -(squares - score) / uncertainty + score / uncertainty**2 * moved
    scaled = 1 - score / uncertainty
    parts = [
        Estimate(value, value - half, value + half, n, events, "delta")
        for value, half in (
            (score, quantile(level) * float(np.std(squares, ddof=1)) / n**0.5),
            (scaled, quantile(level) * float(np.std(influence, ddof=1)) / n**0.5),
        )
    ]
    best = _recalibrated(y, p)
    return Brier(parts[0], parts[1], score - best, uncertainty - best, uncertainty)


def _recalibrated(y: Floats, p: Floats) -> float:
    """Score after recalibration by a never-falling curve."""
    cells = exact_cells(y, p)
    fitted = recalibrated(cells)
    return float((cells.events * (1 - fitted) ** 2 + cells.others * fitted**2).sum() / cells.n)
