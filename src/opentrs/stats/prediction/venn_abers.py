"""Venn-Abers: a pair of calibrated probabilities for each person, whose distance says how little is known
there.

A second display beside a risk with its interval. The pair is not a confidence interval, and no coverage is
claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from opentrs.stats.prediction.cells import exact_cells
from opentrs.stats.prediction.checks import binary
from opentrs.stats.prediction.estimate import Floats
from opentrs.stats.refusal import CannotFitError


@dataclass(frozen=True, slots=True)
class VennAbers:
    """Probabilities of people.

    Parameters
    ----------
    low, high : (m,) probability of the event had the person been a calibration person without, and with, the
        event
    merged : (m,) one probability between them, the minimax choice under log loss
    """

    low: Floats
    high: Floats
    merged: Floats


def inductive(outcome: npt.ArrayLike, scores: npt.ArrayLike, new: npt.ArrayLike) -> VennAbers:
    """Calibrate the scores of new people on people the model was not fitted to.

    Parameters
    ----------
    outcome, scores : (n,) of the calibration people; any scores, higher for a higher risk
    new : (m,) scores of the people to be told

    Raises
    ------
    CannotFitError : a value is missing, one outcome only, or lengths differ

    Notes
    -----
    Vovk and Petej 2014, arXiv:1211.0025. Each person is added to the calibration people, once with and once
    without the event, and the never-falling regression is read at their score.
    """
    y, s, wanted = _checked(outcome, scores, new)
    values, back = np.unique(wanted, return_inverse=True)
    cells = exact_cells(y, s)
    pairs = np.array([_pair(cells.risk, cells.people, cells.events, value) for value in values])
    return _merged(pairs[back, 0], pairs[back, 1])


def cross(folds: Sequence[tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]]) -> VennAbers:
    """Cross Venn-Abers: geometric means of the inductive pairs of several folds.

    Parameters
    ----------
    folds : (outcome, scores) of the people left out of a fold, and the same new people's scores by the
        model fitted to the others
    """
    found = [inductive(*fold) for fold in folds]
    with np.errstate(divide="ignore"):
        high = np.exp(np.mean([np.log(one.high) for one in found], axis=0))
        low = 1 - np.exp(np.mean([np.log1p(-one.low) for one in found], axis=0))
    return _merged(low, high)


def _checked(
    outcome: npt.ArrayLike, scores: npt.ArrayLike, new: npt.ArrayLike
) -> tuple[Floats, Floats, Floats]:
    y, s, wanted = binary(outcome), np.asarray(scores, dtype=float), np.asarray(new, dtype=float)
    if s.shape != y.shape:
        raise CannotFitError("outcome_and_risk_differ", n=y.size, m=s.size)
    if not (np.isfinite(s).all() and np.isfinite(wanted).all()):
        raise CannotFitError("missing_value")
    return y, s, wanted


def _pair(values: Floats, people: Floats, events: Floats, new: float) -> tuple[float, float]:
    """The regression at a new score, without and with the event."""
    place = int(np.searchsorted(values, new))
    if place == values.size or values[place] != new:
        people, events = np.insert(people, place, 0.0), np.insert(events, place, 0.0)
    people = people.copy()
    people[place] += 1
    found = []
    for event in (0.0, 1.0):
        wins = events.copy()
        wins[place] += event
        found.append(float(isotonic_regression(wins / people, weights=people).x[place]))
    return found[0], found[1]


def _merged(low: Floats, high: Floats) -> VennAbers:
    return VennAbers(low, high, high / (1 - low + high))
