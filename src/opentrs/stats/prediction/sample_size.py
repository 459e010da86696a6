"""How many people a prediction model needs, to be developed and to be validated."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import expit

from opentrs.stats.prediction.estimate import Floats, quantile
from opentrs.stats.refusal import CannotFitError

# Targets the authors of the criteria propose; each is an argument, for a study may need others.
SHRINKAGE, OPTIMISM, MEAN_RISK_MARGIN = 0.9, 0.05, 0.05
# Full widths of the 95% intervals proposed for validation.
WIDTH_OBSERVED_EXPECTED, WIDTH_SLOPE, WIDTH_C, WIDTH_NET_BENEFIT = 0.2, 0.2, 0.1, 0.2
# Points of the normal distribution over which expectations are taken.
POINTS = 2001


@dataclass(frozen=True, slots=True)
class Needed:
    """People one criterion asks for.

    Parameters
    ----------
    criterion : which
    n : people, rounded up
    events : expected events among them, rounded up
    """

    criterion: str
    n: int
    events: int


def _needed(criterion: str, n: float, share: float) -> Needed:
    # A whole number that arithmetic has lifted by 1e-12 must not be rounded up.
    whole = math.ceil(n - 1e-9)
    return Needed(criterion, whole, math.ceil(whole * share - 1e-9))


def development(
    r2: float,
    parameters: int,
    prevalence: float,
    shrinkage: float = SHRINKAGE,
    optimism: float = OPTIMISM,
    margin: float = MEAN_RISK_MARGIN,
) -> list[Needed]:
    """People needed to develop a model of a yes/no outcome; the largest counts.

    Parameters
    ----------
    r2 : anticipated Cox-Snell R2 (from a C statistic: :func:`r2_of_c`)
    parameters : candidate coefficients, without intercept
    prevalence : share with the event
    shrinkage : criterion ``shrinkage``: uniform shrinkage factor at least this
    optimism : criterion ``optimism``: apparent minus adjusted Nagelkerke R2 at most this
    margin : criterion ``mean_risk``: the mean risk within this, with 95% confidence

    Raises
    ------
    CannotFitError : R2 is not between 0 and the largest this prevalence allows

    Notes
    -----
    Riley et al. 2019, doi:10.1002/sim.7992.
    """
    _check(prevalence, r2)
    share = r2 / (r2 + optimism * largest_r2(prevalence))
    mean_risk = (quantile() / margin) ** 2 * prevalence * (1 - prevalence)
    return [
        _needed("shrinkage", _for_shrinkage(r2, parameters, shrinkage), prevalence),
        _needed("optimism", _for_shrinkage(r2, parameters, share), prevalence),
        _needed("mean_risk", mean_risk, prevalence),
    ]


def development_survival(
    r2: float,
    parameters: int,
    rate_per_year: float,
    horizon_years: float,
    follow_up_years: float,
    shrinkage: float = SHRINKAGE,
    optimism: float = OPTIMISM,
    margin: float = MEAN_RISK_MARGIN,
) -> list[Needed]:
    """People needed to develop a model of time to an event; the largest counts.

    Parameters
    ----------
    r2 : anticipated Cox-Snell R2
    parameters : candidate coefficients
    rate_per_year : events per person-year
    horizon_years : time at which the risk is wanted
    follow_up_years : mean follow-up of a person
    shrinkage, optimism, margin : as :func:`development`; the mean risk is that at the horizon, under a
        constant rate

    Raises
    ------
    CannotFitError : R2 is not between 0 and the largest this rate allows

    Notes
    -----
    Riley et al. 2019, doi:10.1002/sim.7992.
    """
    events = rate_per_year * follow_up_years
    # Log-likelihood a person of a constant rate.
    most = 1 - math.exp(2 * events * (math.log(rate_per_year) - 1))
    if not 0 < r2 < most:
        raise CannotFitError("impossible_size", prevalence=round(events, 4), r2=r2)
    share = r2 / (r2 + optimism * most)
    risk = -math.expm1(-rate_per_year * horizon_years)
    if risk + margin >= 1:
        mean_risk = 0.0
    else:
        upper = -math.log1p(-(risk + margin)) / horizon_years
        mean_risk = rate_per_year / follow_up_years * (quantile() / (upper - rate_per_year)) ** 2
    return [
        _needed("shrinkage", _for_shrinkage(r2, parameters, shrinkage), events),
        _needed("optimism", _for_shrinkage(r2, parameters, share), events),
        _needed("mean_risk", mean_risk, events),
    ]


def _for_shrinkage(r2: float, parameters: int, shrinkage: float) -> float:
    if r2 >= shrinkage:
        return float(parameters)
    return parameters / ((shrinkage - 1) * math.log1p(-r2 / shrinkage))


def largest_r2(prevalence: float) -> float:
    """Largest Cox-Snell R2 an outcome of this prevalence allows."""
    empty = prevalence * math.log(prevalence) + (1 - prevalence) * math.log1p(-prevalence)
    return -math.expm1(2 * empty)


def _check(prevalence: float, r2: float) -> None:
    if not 0 < prevalence < 1 or not 0 < r2 < largest_r2(prevalence):
        raise CannotFitError("impossible_size", prevalence=prevalence, r2=r2)


def r2_of_c(c: float, prevalence: float) -> float:
    """Cox-Snell R2 of a model with this C, its log-odds normal with equal spread in both outcomes.

    Raises
    ------
    CannotFitError : C is not between .5 and 1, or the prevalence not between 0 and 1

    Notes
    -----
    The model of Riley et al. 2021, doi:10.1002/sim.8806, by integration instead of simulation.
    """
    if not 0.5 < c < 1 or not 0 < prevalence < 1:
        raise CannotFitError("impossible_size", prevalence=prevalence, r2=c)
    lp, density = _two_normals(c, prevalence)
    risk = expit(lp)
    mean = density @ (risk * np.log(risk) + (1 - risk) * np.log1p(-risk))
    empty = prevalence * math.log(prevalence) + (1 - prevalence) * math.log1p(-prevalence)
    return float(-np.expm1(-2 * (mean - empty)))


def _two_normals(c: float, prevalence: float) -> tuple[Floats, Floats]:
    """Log-odds and how many people have them, where scores of both outcomes are normal with spread 1."""
    apart = math.sqrt(2) * float(stats.norm.ppf(c))
    score = np.linspace(-8, 8 + apart, POINTS)
    density = (1 - prevalence) * stats.norm.pdf(score) + prevalence * stats.norm.pdf(score, apart)
    lp = math.log(prevalence / (1 - prevalence)) - apart**2 / 2 + apart * score
    return lp, density / density.sum()


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """What the model does at a decision threshold.

    Parameters
    ----------
    threshold : risk from which a person is treated
    sensitivity, specificity : expected there
    """

    threshold: float
    sensitivity: float
    specificity: float


def validation(
    prevalence: float,
    c: float,
    log_odds: Floats | None = None,
    decision: AtThreshold | None = None,
    widths: tuple[float, float, float, float] = (
        WIDTH_OBSERVED_EXPECTED, WIDTH_SLOPE, WIDTH_C, WIDTH_NET_BENEFIT,
    ),
) -> list[Needed]:  # fmt: skip
    """People needed to validate a model of a yes/no outcome, for intervals of stated widths.

    The largest criterion counts.

    Parameters
    ----------
    prevalence : share with the event
    c : anticipated C statistic
    log_odds : log-odds of people like those to come, by the model; without them normal in both outcomes with
        equal spread, as the prevalence and C have it
    decision : for the precision of the standardised net benefit
    widths : full width of the 95% interval of observed over expected (at 1), slope (at 1), C, and
        standardised net benefit

    Raises
    ------
    CannotFitError : C is not between .5 and 1, or the prevalence not between 0 and 1

    Notes
    -----
    Riley et al. 2021, doi:10.1002/sim.9025; the variance of C is Newcombe's.
    """
    r2_of_c(c, prevalence)
    if log_odds is None:
        lp, density = _two_normals(c, prevalence)
    else:
        lp = np.asarray(log_odds, dtype=float)
        density = np.full(lp.size, 1 / lp.size)
    error = [width / (2 * quantile()) for width in widths]
    # The interval of a ratio is symmetric on the log scale.
    error[0] = math.asinh(widths[0] / 2) / quantile()
    found = [
        _needed("observed_expected", (1 - prevalence) / (prevalence * error[0] ** 2), prevalence),
        _needed("calibration_slope", _slope_variance(lp, density) / error[1] ** 2, prevalence),
        _needed("c_statistic", _for_c(c, prevalence, error[2]), prevalence),
    ]
    if decision is not None:
        variance = _net_benefit_variance(prevalence, decision)
        found.append(_needed("net_benefit", variance / error[3] ** 2, prevalence))
    return found


def _slope_variance(lp: Floats, density: Floats) -> float:
    """Variance of the slope of one person: from the mean information about intercept and slope at 0 and 1."""
    risk = expit(lp)
    weight = density * risk * (1 - risk)
    first, cross, second = weight.sum(), weight @ lp, weight @ lp**2
    return float(first / (first * second - cross**2))


def _for_c(c: float, prevalence: float, error: float) -> float:
    """People for which Newcombe's standard error of C is this: the positive root of a quadratic in n."""
    spread = prevalence * (1 - prevalence)
    half = (1 - c) / (2 - c) + c / (1 + c)
    # error^2 n^2 spread = c (1 - c) (1 + (n / 2 - 1) half)
    a, b, d = error**2 * spread, -c * (1 - c) * half / 2, -c * (1 - c) * (1 - half)
    return (-b + math.sqrt(b * b - 4 * a * d)) / (2 * a)


def _net_benefit_variance(prevalence: float, at: AtThreshold) -> float:
    """Variance of the standardised net benefit, times n."""
    odds = (1 - prevalence) / prevalence * at.threshold / (1 - at.threshold)
    return (
        at.sensitivity * (1 - at.sensitivity) / prevalence
        + odds**2 * at.specificity * (1 - at.specificity) / (1 - prevalence)
        + odds**2 * (1 - at.specificity) ** 2 / (prevalence * (1 - prevalence))
    )
