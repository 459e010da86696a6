"""Logistic regression by Newton's method: quick enough to be fitted a thousand times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize
from scipy.linalg import lapack
from scipy.special import expit

from opentrs.stats.prediction.checks import binary
from opentrs.stats.prediction.estimate import Floats
from opentrs.stats.refusal import CannotFitError

MOST_STEPS = 50
# Largest step of the scaled coefficients at the end; Newton's steps then square it once more.
TOLERANCE = 1e-7
# Longer steps of the scaled coefficients are checked; shorter ones stay where the likelihood is a parabola.
LARGE_STEP = 0.5


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """A fitted logistic regression.

    Parameters
    ----------
    intercept, coefficients : log-odds, and (p,) log odds ratios per unit
    covariance : (p + 1, p + 1), intercept first
    log_likelihood : at the estimate
    converged : whether Newton's steps came to rest
    n, events : people and events (sums of weights, rounded, where weights were given)
    """

    intercept: float
    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    converged: bool
    n: int
    events: int

    @property
    def standard_errors(self) -> Floats:
        """Standard errors, intercept first."""
        return np.asarray(np.sqrt(np.diag(self.covariance)), dtype=np.float64)

    def linear_predictor(self, predictors: npt.ArrayLike, offset: npt.ArrayLike = 0.0) -> Floats:
        """Log-odds of people: (n,)."""
        x = _columns(predictors)
        return np.asarray(self.intercept + x @ self.coefficients + np.asarray(offset), dtype=np.float64)

    def risk(self, predictors: npt.ArrayLike, offset: npt.ArrayLike = 0.0) -> Floats:
        """Risk of people: (n,)."""
        return np.asarray(expit(self.linear_predictor(predictors, offset)), dtype=np.float64)


def fit_logistic(
    predictors: npt.ArrayLike,
    outcome: npt.ArrayLike,
    offset: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> LogisticFit:
    """Maximum-likelihood logistic regression with an intercept.

    Parameters
    ----------
    predictors : (n, p), p may be 0; any scale
    outcome : (n,) 0 or 1
    offset : (n,) log-odds that enter with coefficient 1
    weights : (n,) 0 or more, how often each person counts

    Raises
    ------
    CannotFitError : a value is missing, one outcome only, a predictor that does not vary or follows from
        the others, data separated by a combination of predictors (its odds ratio would be infinite), or no
        convergence
    """
    y = binary(outcome)
    design = _design(_columns(predictors), y.size)
    shift = np.zeros(y.size) if offset is None else np.asarray(offset, dtype=float)
    w = np.ones(y.size) if weights is None else np.asarray(weights, dtype=float)
    if not (np.isfinite(design).all() and np.isfinite(shift).all() and np.isfinite(w).all()):
        raise CannotFitError("missing_value")
    if min(float(w @ y), float(w @ (1 - y))) <= 0:
        raise CannotFitError("one_outcome", n=y.size)
    scaled, middle, spread = _standardised(design)
    _independent(scaled)
    beta, hessian, converged = newton(scaled, y, w, shift)
    if not converged:
        # Where data are separated the coefficients grow by about one unit a step and never come to rest.
        if separated(scaled[w > 0], y[w > 0]):
            raise CannotFitError("separated")
        raise CannotFitError("no_logistic_convergence", n=MOST_STEPS)
    return _unscaled(beta, hessian, middle, spread, log_likelihood(scaled @ beta + shift, y, w), w, y)


def _columns(predictors: npt.ArrayLike) -> Floats:
    """People by predictors; a plain list is one predictor."""
    x = np.asarray(predictors, dtype=float)
    return x[:, None] if x.ndim == 1 else x


def _design(x: Floats, n: int) -> Floats:
    if x.shape[0] != n:
        raise CannotFitError("outcome_and_risk_differ", n=n, m=x.shape[0])
    return np.column_stack([np.ones(n), x])


def _standardised(design: Floats) -> tuple[Floats, Floats, Floats]:
    """Columns but the first centred and scaled: Newton then behaves the same in any unit."""
    middle, spread = design.mean(axis=0), design.std(axis=0)
    middle[0], spread[0] = 0.0, 1.0
    # Rounding leaves a constant column a spread of about 1e-16 of its size.
    if (spread <= 1e-12 * np.maximum(np.abs(middle), 1e-300)).any():
        raise CannotFitError("constant_predictor")
    return (design - middle) / spread, middle, spread


def _independent(scaled: Floats) -> None:
    values = np.linalg.eigvalsh(scaled.T @ scaled / scaled.shape[0])
    if scaled.shape[0] < scaled.shape[1] or values[0] < 1e-10:
        raise CannotFitError("repeated_predictor")


def _unscaled(
    beta: Floats, hessian: Floats, middle: Floats, spread: Floats, likelihood: float, w: Floats, y: Floats
) -> LogisticFit:
    back = np.diag(1 / spread)
    back[0, 1:] = -middle[1:] / spread[1:]
    at = back @ beta
    covariance = back @ np.linalg.inv(hessian) @ back.T
    return LogisticFit(
        float(at[0]), at[1:], covariance, likelihood, True, round(float(w.sum())), round(float(w @ y))
    )


def newton(
    design: Floats, y: Floats, weights: Floats | None, offset: Floats | float, start: Floats | None = None
) -> tuple[Floats, Floats, bool]:
    """Newton's steps from ``start``; returns coefficients, negative Hessian there, and whether they rest.

    Nothing is checked: for loops over resamples. Where data are separated the steps do not come to rest.
    """
    beta = _mean_log_odds(design, y, weights, offset) if start is None else start
    hessian = np.eye(design.shape[1])
    for _ in range(MOST_STEPS):
        risk = expit(design @ beta + offset)
        left, curve = y - risk, risk * (1 - risk)
        if weights is not None:
            left, curve = weights * left, weights * curve
        hessian = design.T @ (curve[:, None] * design)
        _, step, failed = lapack.dposv(hessian, design.T @ left)
        if failed:
            return beta, hessian, False
        largest = np.abs(step).max()
        if largest > LARGE_STEP:
            step = _rising(design, y, weights, offset, beta, step)
        beta = beta + step
        if largest < TOLERANCE:
            return beta, hessian, True
    return beta, hessian, False


def _rising(
    design: Floats, y: Floats, weights: Floats | None, offset: Floats | float, beta: Floats, step: Floats
) -> Floats:
    """The step, halved until the likelihood rises: a long step can go past the top and never come back."""
    before = log_likelihood(design @ beta + offset, y, weights)
    for _ in range(MOST_STEPS):
        if log_likelihood(design @ (beta + step) + offset, y, weights) >= before:
            break
        step = step / 2
    return step


def _mean_log_odds(design: Floats, y: Floats, weights: Floats | None, offset: Floats | float) -> Floats:
    """No predictor matters yet: a far-off start can send the first step astray."""
    share = float(np.average(y, weights=weights))
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(share / (1 - share)) - np.mean(offset)
    return beta


def log_likelihood(log_odds: Floats, y: Floats, weights: Floats | None = None) -> float:
    """Bernoulli log-likelihood of outcomes at given log-odds."""
    each = y * log_odds - np.logaddexp(0, log_odds)
    return float(each.sum() if weights is None else weights @ each)


def separated(design: Floats, y: Floats) -> bool:
    """Whether a combination of predictors separates the outcomes, wholly or but for ties.

    The linear programme of Konis 2007: a direction in which nobody's likelihood falls and somebody's rises.
    """
    signed = np.where(y[:, None] == 1, design, -design)
    found = optimize.linprog(
        -signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(y.size), bounds=(-1, 1), method="highs"
    )
    return bool(-found.fun > 1e-7 * y.size**0.5)
