"""Multiple imputation quick enough to be done anew in every fold: a resample, then a normal one by EM.

Honaker and King 2010, doi:10.1111/j.1540-5907.2010.00447.x. The outcome takes no part, in training as in use.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from opentrs.stats.nested.design import Rows
from opentrs.stats.nested.imputation import RIDGE, FittedConditional
from opentrs.stats.nested.steps import Fitted, Step, require_measured

Floats = npt.NDArray[np.float64]
Patterns = list[tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]]
MOST_ROUNDS = 50
TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class NormalImputation(Step):
    """Draw missing values from a normal distribution whose parameters come from a resample of the people.

    Parameters
    ----------
    draws : completed training sets; a model is fitted to each and the linear predictors are averaged
    """

    draws: int = 1

    def fit(self, training: Rows, seed: int) -> tuple[Fitted, ...]:
        """Complete the training rows; one set is enough where nothing is missing."""
        require_measured(training)
        draws = self.draws if np.isnan(training.features).any() else 1
        completed = [completed_once(training.features, seed + draw) for draw in range(draws)]
        return tuple((conditional(x), replace(training, features=x)) for x in completed)


def completed_once(features: Floats, seed: int) -> Floats:
    """Fill what is missing by one draw."""
    rng = np.random.default_rng(seed)
    gone = np.isnan(features)
    if not gone.any():
        return features
    resample = features[rng.integers(0, len(features), len(features))]
    empty = np.isnan(resample).all(axis=0)
    mean, covariance = normal_by_em(features if empty.any() else resample)
    whole = features.copy()
    for rows, missing in patterns(features):
        if missing.any():
            centre, left = _given(features[rows], missing, mean, covariance)
            noise = rng.standard_normal(centre.shape) @ _root(left).T
            whole[np.ix_(rows, missing)] = centre + noise
    return whole


def completed_with(features: Floats, outcome: Floats, seed: int) -> Floats:
    """Fill what is missing by one draw given the outcome too: for coefficients, never for held-out people.

    Without it what was filled in has no bearing on the outcome, and coefficients come out too small.
    """
    return completed_once(np.column_stack([features, outcome]), seed)[:, :-1]


def conditional(completed: Floats) -> FittedConditional:
    """What fills the gaps of somebody new: the mean given what is known."""
    covariance = np.atleast_2d(np.cov(completed, rowvar=False, bias=True))
    # A predictor that is constant here has no variance; it is then filled by its mean.
    variance = np.where(np.diag(covariance) > 0, np.diag(covariance), 1.0)
    return FittedConditional(completed.mean(axis=0), covariance + np.diag(RIDGE * variance))


def patterns(features: Floats) -> Patterns:
    """People by what they lack: rows, and which predictors are missing."""
    kinds, which = np.unique(np.isnan(features), axis=0, return_inverse=True)
    return [(np.flatnonzero(which.ravel() == number), kind) for number, kind in enumerate(kinds)]


def normal_by_em(features: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of a normal distribution, from rows with gaps, by expectation-maximisation."""
    scale = np.nanstd(features, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    x = features / scale
    mean, covariance = np.nanmean(x, axis=0), np.diag(np.nanvar(x, axis=0) + RIDGE)
    kinds = patterns(x)
    for _ in range(MOST_ROUNDS):
        whole, left = x.copy(), np.zeros_like(covariance)
        for rows, missing in kinds:
            if missing.any():
                centre, rest = _given(x[rows], missing, mean, covariance)
                whole[np.ix_(rows, missing)] = centre
                left[np.ix_(missing, missing)] += len(rows) * rest
        former, mean = covariance, whole.mean(axis=0)
        away = whole - mean
        covariance = (away.T @ away + left) / len(x) + np.diag(np.full(len(mean), RIDGE))
        if np.abs(covariance - former).max() < TOLERANCE:
            break
    return mean * scale, covariance * np.outer(scale, scale)


def _given(
    rows: Floats, missing: npt.NDArray[np.bool_], mean: Floats, covariance: Floats
) -> tuple[Floats, Floats]:
    """Mean and covariance of what is missing given what is known."""
    there = ~missing
    own = covariance[np.ix_(missing, missing)]
    if not there.any():
        return np.tile(mean, (len(rows), 1)), own
    across = covariance[np.ix_(there, missing)]
    slopes = np.linalg.solve(covariance[np.ix_(there, there)], across)
    return mean[missing] + (rows[:, there] - mean[there]) @ slopes, own - slopes.T @ across


def _root(covariance: Floats) -> Floats:
    """A matrix whose square is the covariance; rounding may have left a tiny negative variance."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)), dtype=np.float64)
