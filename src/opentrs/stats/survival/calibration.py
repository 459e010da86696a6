"""Do as many people have the event as was predicted: on the whole, and at each level of risk?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import optimize

from opentrs.stats.prediction.estimate import LEVEL, Estimate, quantile
from opentrs.stats.refusal import CannotFitError
from opentrs.stats.survival.competing import incidence, pseudo_values, spread
from opentrs.stats.survival.follow_up import (
    Floats,
    FollowUp,
    checked_risk,
    checked_score,
    follow_up,
)
from opentrs.stats.survival.hazard_models import cox

TOLERANCE = 1e-12
# Complementary log-logs past this are risks of 0 or 1 to every digit.
FARTHEST = 30.0


def observed_expected(
    time: npt.ArrayLike, cause: npt.ArrayLike, risk: npt.ArrayLike, horizon: float, level: float = LEVEL
) -> Estimate:
    """Observed (Aalen-Johansen) over mean predicted risk at the horizon.

    The interval is on the log scale and treats both as estimated in the same people. The usual one, which
    takes the number of events as Poisson, is wider than need be where many have the event.

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.survival.follow_up.follow_up`; too few events or people without
        one; or risks that are missing, not within 0 and 1, or all 0
    """
    people, risks = read(time, cause, risk, horizon)
    observed, influence = incidence(people)
    expected = float(risks.mean())
    if expected == 0:
        raise CannotFitError("survival_risk_edge", n=people.n)
    ratio = observed / expected
    half = quantile(level) * spread(influence / observed - (risks - expected) / expected)
    ends = ratio * np.exp(np.array([-half, half]))
    return Estimate(ratio, float(ends[0]), float(ends[1]), people.n, people.events, "delta_log_ratio")


def calibration_in_the_large(
    time: npt.ArrayLike, cause: npt.ArrayLike, risk: npt.ArrayLike, horizon: float, level: float = LEVEL
) -> Estimate:
    """How far the risks are off on the complementary log-log scale, the slope held at 1; 0 is right.

    Regression of pseudo-values with a robust interval (Royston 2014, doi:10.1177/1536867X1401400403, for the
    setting without competing events). Parameters and refusals are those of :func:`calibration_slope`.
    """
    people, risks = read(time, cause, risk, horizon)
    logged = cloglog(risks)
    values, errors = _pseudo_regression(people, np.ones((people.n, 1)), logged, np.zeros(1))
    return _wald(values[0], errors[0], people, level, "pseudo_robust")


def calibration_slope(
    time: npt.ArrayLike, cause: npt.ArrayLike, risk: npt.ArrayLike, horizon: float, level: float = LEVEL
) -> Estimate:
    """Slope of observed on predicted risk, on the complementary log-log scale; below 1: too extreme.

    Parameters
    ----------
    time, cause : of shape (n,), end of follow-up and 0 censored, 1 event, 2 competing event
    risk : of shape (n,), predicted risk of the event by the horizon, above 0 and below 1

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.survival.follow_up.follow_up`; too few events or people without
        one; risks that are missing, at 0 or 1, or the same in everybody; or no convergence

    Notes
    -----
    Regression of pseudo-values with a robust interval: van Geloven 2022, doi:10.1136/bmj-2021-069249.
    """
    people, risks = read(time, cause, risk, horizon)
    logged = checked_score(cloglog(risks), people.n)
    design = np.column_stack([np.ones(people.n), logged])
    values, errors = _pseudo_regression(people, design, np.zeros(people.n), np.array([0.0, 1.0]))
    return _wald(values[1], errors[1], people, level, "pseudo_robust")


def hazard_slope(
    time: npt.ArrayLike, event: npt.ArrayLike, linear: npt.ArrayLike, horizon: float, level: float = LEVEL
) -> Estimate:
    """Slope of a linear predictor in a Cox model of follow-up to the horizon; no competing events.

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.survival.follow_up.follow_up`; too few events or people without
        one; or a linear predictor that is missing or the same in everybody
    """
    people = follow_up(time, event, horizon).needs()
    scores = checked_score(linear, people.n)
    cut = np.minimum(people.time, horizon)
    fit = cox(scores[:, None], cut, people.had_event, ("linear_predictor",))
    error = float(np.sqrt(fit.covariance[0, 0]))
    return _wald(float(fit.coefficients[0]), error, people, level, "wald")


def cloglog(risk: Floats) -> Floats:
    """Complementary log-log of risks.

    Raises
    ------
    CannotFitError : a risk of 0 or 1
    """
    edge = (risk <= 0) | (risk >= 1)
    if edge.any():
        raise CannotFitError("survival_risk_edge", n=int(edge.sum()))
    return np.asarray(np.log(-np.log1p(-risk)))


def read(
    time: npt.ArrayLike, cause: npt.ArrayLike, risk: npt.ArrayLike, horizon: float
) -> tuple[FollowUp, Floats]:
    """Check follow-up and risks together."""
    people = follow_up(time, cause, horizon).needs()
    return people, checked_risk(risk, people.n)


def _wald(value: float, error: float, people: FollowUp, level: float, method: str) -> Estimate:
    half = quantile(level) * error
    return Estimate(float(value), float(value - half), float(value + half), people.n, people.events, method)


def _pseudo_regression(
    people: FollowUp, design: Floats, offset: Floats, start: Floats
) -> tuple[Floats, Floats]:
    """Least squares of pseudo-values on a complementary log-log mean; coefficients and robust errors."""
    observed = pseudo_values(people.time, people.cause, people.horizon)

    def inner(beta: Floats) -> Floats:
        return np.asarray(np.exp(np.clip(offset + design @ beta, -FARTHEST, FARTHEST)))

    def residual(beta: Floats) -> Floats:
        return np.asarray(observed + np.expm1(-inner(beta)))

    def slopes(beta: Floats) -> Floats:
        return np.asarray(design * (inner(beta) * np.exp(-inner(beta)))[:, None])

    found = optimize.least_squares(
        residual,
        start,
        lambda beta: -slopes(beta),
        method="lm",
        ftol=TOLERANCE,
        xtol=TOLERANCE,
        gtol=TOLERANCE,
    )
    sloped, left = slopes(found.x), residual(found.x)
    if not found.success or np.linalg.matrix_rank(sloped) < start.size:
        raise CannotFitError("survival_no_convergence")
    bread, own = np.linalg.inv(sloped.T @ sloped), sloped * left[:, None]
    return np.asarray(found.x), np.sqrt(np.diag(bread @ (own.T @ own) @ bread))
