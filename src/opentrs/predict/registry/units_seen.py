"""Is a column in the unit the model expects? Weeks for days and mg/dL for mmol/L show in the distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from opentrs.predict.registry.document import ModelDocument, Predictor
from opentrs.predict.registry.units import mistaken

# With fewer people a standard deviation is no ground for a refusal.
FEWEST = 10
# Mean and spread of cohorts differ by less than this factor more often than not; a unit by more.
ALIKE = 1.6
# A cohort of another spread: no ground to refuse, but to ask.
DOUBTFUL = 2.5
# Where only a range is published: so many outside as they are, and so few once converted.
MOST_OUTSIDE, FEW_OUTSIDE = 0.5, 0.05


@dataclass(frozen=True, slots=True)
class Slip:
    """A predictor that looks as if it were in another unit.

    Parameters
    ----------
    predictor, unit, looks_like : whose, the unit the model expects, and the one the numbers look like
    here, published : means, or shares outside the range where only a range is published
    by : ``mean`` or ``range``, whichever told
    """

    predictor: str
    unit: str
    looks_like: str
    here: float
    published: float
    by: str


def slips(document: ModelDocument, frame: pd.DataFrame, alike: float = ALIKE) -> tuple[Slip, ...]:
    """Every number of a model whose column looks as if it were in another unit of the same quantity.

    Parameters
    ----------
    frame : a column for each predictor that is known
    alike : factor within which mean and spread agree once converted
    """
    asked = [
        one for one in document.predictors.values() if one.kind == "number" and one.name in frame.columns
    ]
    found = (_slip(one, frame[one.name].to_numpy(dtype=float), alike) for one in asked)
    return tuple(one for one in found if one is not None)


def _slip(predictor: Predictor, values: np.ndarray, alike: float) -> Slip | None:
    known = values[np.isfinite(values)]
    factors = mistaken(predictor.unit, predictor.substance)
    if len(known) < FEWEST or not factors:
        return None
    if predictor.mean is not None and predictor.sd is not None and predictor.mean > 0:
        return _by_mean(predictor, known, list(factors), list(factors.values()), alike)
    return _by_range(predictor, known, list(factors), list(factors.values()))


def _by_mean(
    predictor: Predictor, known: np.ndarray, units: Sequence[str], factors: Sequence[float], alike: float
) -> Slip | None:
    """Mean and spread are both off, and both come right by the same conversion."""
    mean, sd = float(known.mean()), float(known.std(ddof=1))
    if mean <= 0 or sd <= 0 or predictor.mean is None or predictor.sd is None:
        return None
    # Two logarithms: how far the mean and the spread are from the published ones.
    off = np.log([mean / predictor.mean, sd / predictor.sd])
    converted = np.abs(off + np.log(np.array(factors))[:, None]).max(axis=1)
    best = int(np.argmin(converted))
    if np.abs(off).min() > np.log(ALIKE) and converted[best] <= np.log(alike):
        return Slip(predictor.name, predictor.unit, units[best], mean, predictor.mean, "mean")
    return None


def _by_range(
    predictor: Predictor, known: np.ndarray, units: Sequence[str], factors: Sequence[float]
) -> Slip | None:
    """Most people are outside the range, and nearly nobody is once converted."""
    low = -np.inf if predictor.low is None else predictor.low
    high = np.inf if predictor.high is None else predictor.high

    def outside(factor: float) -> float:
        return float(np.mean((known * factor < low) | (known * factor > high)))

    converted = [outside(factor) for factor in factors]
    best = int(np.argmin(converted))
    if outside(1.0) > MOST_OUTSIDE and converted[best] <= FEW_OUTSIDE:
        return Slip(predictor.name, predictor.unit, units[best], outside(1.0), converted[best], "range")
    return None
