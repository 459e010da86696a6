"""Penalised regression along a path of penalties: the checked, typed way into the compiled kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from opentrs.stats.refusal import CannotFitError

Floats = npt.NDArray[np.float64]

# glmnet's own defaults, so that the same call gives the same path.
TOLERANCE = 1e-7
MAX_PASSES = 100_000
STOP_RATIO = 0.999
STOP_GAIN = 1e-5
# How far below the largest penalty a path goes, with more people than predictors and with fewer.
SMALLEST_RATIO = 1e-4
SMALLEST_RATIO_WIDE = 1e-2
# A column whose spread is only rounding, relative to its values, is constant.
CONSTANT = 1e-10


@dataclass(frozen=True, slots=True)
class Path:
    """Coefficients at each penalty, strongest penalty first.

    Parameters
    ----------
    alpha : mixing, 1 lasso to 0 ridge
    lambdas : (penalties,) decreasing
    intercepts : (penalties,) log-odds where every predictor is 0; all 0 for Cox, which has none
    coefficients : (penalties, features) per unit of each predictor: log-odds ratio or log-hazard ratio
    explained : (penalties,) share of the way from the null to the saturated model's (partial) log-likelihood
    n_passes : passes over the coefficients that the whole path took
    """

    alpha: float
    lambdas: Floats
    intercepts: Floats
    coefficients: Floats
    explained: Floats
    n_passes: int

    def linear_predictor(self, features: npt.ArrayLike) -> Floats:
        """Return the linear predictor of each person at each penalty, (people, penalties)."""
        return np.asarray(features, dtype=np.float64) @ self.coefficients.T + self.intercepts


def logistic_path(
    features: npt.ArrayLike,
    outcome: npt.ArrayLike,
    alpha: float = 1.0,
    n_lambdas: int = 100,
    lambdas: Sequence[float] | Floats | None = None,
    weights: npt.ArrayLike | None = None,
    penalty_factors: npt.ArrayLike | None = None,
    tolerance: float = TOLERANCE,
    max_passes: int = MAX_PASSES,
) -> Path:
    """Fit elastic-net logistic regression at every penalty of a path.

    After Friedman 2010 (doi:10.18637/jss.v033.i01), with the strong rules of Tibshirani 2012
    (doi:10.1111/j.1467-9868.2011.01004.x). Minimises the mean negative log-likelihood plus
    ``lambda * (alpha |b|_1 + (1 - alpha) / 2 |b|_2^2)`` with each predictor brought to variance 1
    (with n, not n - 1), as glmnet does. A predictor that is the same in everybody gets the coefficient 0.

    Parameters
    ----------
    features : (people, features), nothing missing
    outcome : (people,) 0 or 1
    alpha : mixing, 1 lasso to 0 ridge
    n_lambdas : length of a path made from the data; it ends early once nothing more is explained
    lambdas : penalties instead; all of them are fitted
    weights : (people,) not negative; people of weight 0 take no part
    penalty_factors : (features,) multiply the penalty of each; 0 leaves one unpenalised
    tolerance : the fit at a penalty is reached when no coefficient's step gains more than this share of the
        null model's loss
    max_passes : passes over the coefficients allowed to the whole path

    Raises
    ------
    CannotFitError : a missing or infinite value, one outcome only, or a path that did not converge
    """
    x, y, weight, _ = _checked(features, outcome, weights)
    mean = float(weight @ y)
    if mean <= 0 or mean >= 1:
        raise CannotFitError("one_outcome", n=len(y))
    start = float(np.log(mean / (1 - mean)))
    null_loss = -mean * start - float(np.log1p(-mean))
    sequence = _sequence(lambdas, n_lambdas, len(y), x.shape[1])
    task = _Task(0, x, y, np.zeros(len(y), dtype=np.int64), weight, null_loss, null_loss, start)
    return _solved(task, alpha, sequence, penalty_factors, tolerance, max_passes)


def cox_path(
    features: npt.ArrayLike,
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    alpha: float = 1.0,
    n_lambdas: int = 100,
    lambdas: Sequence[float] | Floats | None = None,
    weights: npt.ArrayLike | None = None,
    penalty_factors: npt.ArrayLike | None = None,
    tolerance: float = TOLERANCE,
    max_passes: int = MAX_PASSES,
) -> Path:
    """Fit elastic-net Cox regression at every penalty of a path (Simon 2011, doi:10.18637/jss.v039.i05).

    Minimises the negative partial log-likelihood (Breslow's ties) per person plus the penalty of
    :func:`logistic_path`, whose parameters mean the same here. Somebody censored at the time of an event was
    still at risk of it.

    Parameters
    ----------
    time : (people,) follow-up, any unit, above 0
    event : (people,) 1 if the event ended the follow-up, 0 if it was censored

    Raises
    ------
    CannotFitError : a missing or infinite value, a time that is not above 0, no event, or a path that did not
        converge
    """
    x, y, weight, taking_part = _checked(features, event, weights)
    if not y.any():
        raise CannotFitError("no_event", n=len(y))
    times = np.asarray(time, dtype=np.float64)
    if times.shape != taking_part.shape or not (np.isfinite(times) & (times > 0)).all():
        raise CannotFitError("time_not_positive")
    times = times[taking_part]
    order = np.argsort(times, kind="stable")
    tie = np.unique(times[order], return_inverse=True)[1].astype(np.int64)
    x, y, weight = x[order], y[order], weight[order]
    null_loss = partial_likelihood_loss(np.zeros(len(y)), times[order], y, weight)
    died = np.bincount(tie, weight * y)
    scale = null_loss - float(xlogy(died, died).sum())
    if scale <= 0:
        raise CannotFitError("no_survivor_at_risk")
    sequence = _sequence(lambdas, n_lambdas, len(y), x.shape[1])
    task = _Task(1, x, y, tie, weight, null_loss, scale, 0.0)
    return _solved(task, alpha, sequence, penalty_factors, tolerance, max_passes)


def partial_likelihood_loss(
    linear_predictor: npt.ArrayLike, time: npt.ArrayLike, event: npt.ArrayLike, weights: npt.ArrayLike
) -> float:
    """Return the negative log partial likelihood (Breslow's ties), each person counted by the weight."""
    eta, times, events, weight = (
        np.asarray(a, dtype=np.float64) for a in (linear_predictor, time, event, weights)
    )
    tie = np.unique(times, return_inverse=True)[1]
    largest = eta.max()
    leaving = np.bincount(tie, weight * np.exp(eta - largest))
    at_risk = leaving[::-1].cumsum()[::-1]
    died = np.bincount(tie, weight * events)
    return float(died @ (np.log(at_risk) + largest) - (weight * events) @ eta)


@dataclass(frozen=True, slots=True)
class _Task:
    family: int
    features: Floats
    outcome: Floats
    tie: npt.NDArray[np.int64]
    weight: Floats
    null_loss: float
    scale: float
    start: float


def _checked(
    features: npt.ArrayLike, outcome: npt.ArrayLike, weights: npt.ArrayLike | None
) -> tuple[Floats, Floats, Floats, npt.NDArray[np.bool_]]:
    """Return the people who take part, weights summing to 1, and who they are."""
    x, y = np.asarray(features, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    weight = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    if x.ndim != 2 or y.shape != x.shape[:1] or weight.shape != y.shape:
        raise CannotFitError("lengths_differ")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise CannotFitError("missing_value")
    if not np.isin(y, (0.0, 1.0)).all():
        raise CannotFitError("outcome_not_binary")
    if not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise CannotFitError("weights_not_positive")
    taking_part = weight > 0
    return x[taking_part], y[taking_part], weight[taking_part] / weight.sum(), taking_part


def _sequence(lambdas: npt.ArrayLike | None, n_lambdas: int, n: int, p: int) -> tuple[Floats, float]:
    """Return the penalties, zeros where they are to be made from the data, and how far down those go."""
    smallest = SMALLEST_RATIO_WIDE if n < p else SMALLEST_RATIO
    if lambdas is None:
        if n_lambdas < 1:
            raise CannotFitError("lambdas_not_positive")
        return np.zeros(n_lambdas), smallest
    given = np.ascontiguousarray(np.sort(np.asarray(lambdas, dtype=np.float64))[::-1])
    if given.size == 0 or not np.isfinite(given).all() or given[-1] <= 0:
        raise CannotFitError("lambdas_not_positive")
    return given, smallest


def _factors(factors: npt.ArrayLike | None, varies: npt.NDArray[np.bool_]) -> Floats:
    """Return factors that average 1 over all features, of those that vary."""
    given = np.ones(len(varies)) if factors is None else np.asarray(factors, dtype=np.float64)
    if given.shape != varies.shape or not np.isfinite(given).all() or (given < 0).any() or not given.any():
        raise CannotFitError("penalty_factors")
    rescaled: Floats = (given * given.size / given.sum())[varies]
    return rescaled


def _solved(
    task: _Task,
    alpha: float,
    sequence: tuple[Floats, float],
    factors: npt.ArrayLike | None,
    tolerance: float,
    max_passes: int,
) -> Path:
    from opentrs.stats.penalised import kernels

    if not 0 <= alpha <= 1:
        raise CannotFitError("alpha_outside", alpha=alpha)
    mean = task.weight @ task.features
    spread = np.sqrt(np.maximum(task.weight @ task.features**2 - mean**2, 0.0))
    varies = spread > CONSTANT * np.abs(mean)
    mean, spread = mean[varies], spread[varies]
    columns = np.ascontiguousarray(((task.features[:, varies] - mean) / spread).T)
    data = kernels.Data(task.family, columns, task.outcome, task.tie, task.weight)
    rule = kernels.Rule(tolerance, max_passes, STOP_RATIO, STOP_GAIN)
    ratio = sequence[1]
    lambdas, scaled, explained, passes = kernels.solve_path(
        data,
        _factors(factors, varies),
        float(alpha),
        sequence[0],
        ratio,
        rule,
        task.null_loss,
        task.scale,
        task.start,
    )
    if passes < 0:
        raise CannotFitError("path_no_convergence", passes=max_passes, fitted=len(lambdas) - 1)
    coefficients = np.zeros((len(lambdas), len(varies)))
    coefficients[:, varies] = scaled[:, :-1] / spread
    intercepts = scaled[:, -1] - coefficients[:, varies] @ mean
    if task.family == 1:
        intercepts = np.zeros(len(lambdas))
    return Path(float(alpha), lambdas, intercepts, coefficients, explained, passes)
