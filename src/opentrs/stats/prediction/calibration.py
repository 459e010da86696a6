"""Do as many people have the event as the risks say: on average, over the range, and at each risk."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from opentrs.stats.prediction.cells import Cells, gather
from opentrs.stats.prediction.cells import resamples as resampled
from opentrs.stats.prediction.checks import log_odds, outcome_and_risk, varying_log_odds
from opentrs.stats.prediction.estimate import LEVEL, Estimate, Floats, percentiles, quantile
from opentrs.stats.prediction.isotonic import honest_band, isotonic
from opentrs.stats.prediction.loess import Loess, hermite, loess
from opentrs.stats.prediction.logistic import fit_logistic
from opentrs.stats.refusal import CannotFitError

RESAMPLES = 1000
# A quadratic through fewer distinct risks is no smoother.
FEWEST_RISKS = 5
ERRORS = ("ICI", "E50", "E90", "Emax")
GRID = 101
Smoother = Literal["loess", "isotonic"]


@dataclass(frozen=True, slots=True)
class CalibrationCurve:
    """Observed risk at predicted risks.

    Parameters
    ----------
    risk, observed, low, high : (g,) predicted risk, observed risk, and band
    smoother : ``loess`` (band pointwise) or ``isotonic`` (band simultaneous)
    n, events : people and events
    method : key of the method of the band
    """

    risk: Floats
    observed: Floats
    low: Floats
    high: Floats
    smoother: Smoother
    n: int
    events: int
    method: str


def calibration_in_the_large(outcome: npt.ArrayLike, risk: npt.ArrayLike, level: float = LEVEL) -> Estimate:
    """Log-odds by which the risks are too low (above 0) or too high on average; 0 is right. Wald interval.

    The intercept of a logistic regression with the log-odds of the risk as offset.

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.prediction.checks.outcome_and_risk`; or a risk of exactly 0 or 1
    """
    y, p = outcome_and_risk(outcome, risk)
    fit = fit_logistic(np.empty((y.size, 0)), y, offset=log_odds(p))
    half = quantile(level) * float(fit.standard_errors[0])
    return Estimate(fit.intercept, fit.intercept - half, fit.intercept + half, y.size, fit.events, "wald")


def calibration_slope(outcome: npt.ArrayLike, risk: npt.ArrayLike, level: float = LEVEL) -> Estimate:
    """Slope of the outcome on the log-odds of the risk; below 1: risks too extreme. Wald interval.

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.prediction.checks.outcome_and_risk`; a risk of exactly 0 or 1;
        everybody has the same risk; or risks that separate the outcomes
    """
    y, p = outcome_and_risk(outcome, risk)
    fit = fit_logistic(varying_log_odds(p), y)
    slope, half = float(fit.coefficients[0]), quantile(level) * float(fit.standard_errors[1])
    return Estimate(slope, slope - half, slope + half, y.size, fit.events, "wald")


def observed_expected(outcome: npt.ArrayLike, risk: npt.ArrayLike, level: float = LEVEL) -> Estimate:
    """Observed over expected number of events, with its interval on the log scale.

    The variance is that of the ratio of two means in the same people (delta method), so that it holds for
    other people of the same kind. The usual form takes the expected number as known and people as equal in
    risk, and is wider.

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.prediction.checks.outcome_and_risk`; or nobody is at risk
    """
    y, p = outcome_and_risk(outcome, risk)
    if p.sum() == 0:
        raise CannotFitError("nothing_expected")
    ratio = float(y.mean() / p.mean())
    half = quantile(level) * float(np.std(y / y.mean() - p / p.mean(), ddof=1)) / y.size**0.5
    return Estimate(
        ratio, ratio * math.exp(-half), ratio * math.exp(half), y.size, int(y.sum()), "delta_log_ratio"
    )


def calibration_errors(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    level: float = LEVEL,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> dict[str, Estimate]:
    """How far observed risk (loess) is from predicted: mean (ICI), median, 90th percentile and largest.

    Errors are absolute, so they are above 0 in a finite sample of a perfectly calibrated model, and more so
    in its resamples: the percentile interval says how variable they are, and does not hold 0.

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.prediction.checks.outcome_and_risk`; or fewer than 5 distinct
        risks

    Notes
    -----
    Austin and Steyerberg 2019, doi:10.1002/sim.8281. The curve is held within 0 to 1.
    """
    y, p = outcome_and_risk(outcome, risk)
    cells = gather(y, p)
    curve = _smoothed(cells)
    basis = hermite(curve.at, cells.risk)
    ours = _errors(
        _within(curve, basis, cells.others[None], cells.events[None]), cells.risk, cells.people[None]
    )[0]
    draws = np.concatenate(
        [
            _errors(_within(curve, basis, others, events), cells.risk, others + events)
            for others, events in _drawn(cells, resamples, seed)
        ]
    )
    low, high = percentiles(draws, level)
    n, events = y.size, int(y.sum())
    return {
        name: Estimate(float(ours[i]), float(low[i]), float(high[i]), n, events, "bootstrap_percentile")
        for i, name in enumerate(ERRORS)
    }


def calibration_curve(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    smoother: Smoother = "loess",
    grid: npt.ArrayLike | None = None,
    level: float = LEVEL,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> CalibrationCurve:
    """Observed risk against predicted risk.

    Parameters
    ----------
    outcome, risk : (n,)
    smoother : ``loess`` (local quadratic) with a pointwise bootstrap band, or ``isotonic`` (never falling)
        with a band that holds the whole curve, if it is nowhere falling, in at least ``level`` of samples of
        any size
    grid : predicted risks at which it is drawn; by default 101 over the range of the risks. Beyond that range
        the ends are repeated
    seed, resamples : of the bootstrap band

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.prediction.checks.outcome_and_risk`; for loess, fewer than 5
        distinct risks

    Notes
    -----
    Loess: Austin and Steyerberg 2014, doi:10.1002/sim.5941. Isotonic: Dimitriadis et al. 2021,
    doi:10.1073/pnas.2016191118; its band after Dimitriadis et al. 2023, doi:10.1093/ectj/utac020, on a coarse
    set of cut points.
    """
    y, p = outcome_and_risk(outcome, risk)
    at = np.linspace(p.min(), p.max(), GRID) if grid is None else np.asarray(grid, dtype=float)
    n, events = y.size, int(y.sum())
    if smoother == "isotonic":
        band = honest_band(y, p, at, level)
        return CalibrationCurve(at, isotonic(y, p, at), *band, smoother, n, events, "honest_band")
    cells = gather(y, p)
    curve = _smoothed(cells)
    basis = hermite(curve.at, at)
    draws = [_within(curve, basis, *pair) for pair in _drawn(cells, resamples, seed)]
    band = percentiles(np.concatenate(draws), level)
    observed = _within(curve, basis, cells.others[None], cells.events[None])[0]
    return CalibrationCurve(at, observed, *band, smoother, n, events, "bootstrap_percentile")


def _smoothed(cells: Cells) -> Loess:
    """The loess smoother of people in cells, or why there is none."""
    if cells.risk.size < FEWEST_RISKS:
        raise CannotFitError("few_distinct_risks", n=cells.risk.size, needed=FEWEST_RISKS)
    return loess(cells)


def _drawn(cells: Cells, n_resamples: int, seed: int) -> Iterator[tuple[Floats, Floats]]:
    """Resamples of people in cells, as pairs of counts without and with the event."""
    m = cells.risk.size
    for drawn in resampled(np.concatenate([cells.others, cells.events]), n_resamples, seed):
        yield drawn[:, :m], drawn[:, m:]


def _within(curve: Loess, basis: tuple[Floats, Floats], others: Floats, events: Floats) -> Floats:
    """The curve at the wanted risks, for each resample, held within 0 to 1."""
    values, slopes = curve.fit(others, events)
    return np.clip(values @ basis[0].T + slopes @ basis[1].T, 0, 1)


def _errors(observed: Floats, risk: Floats, people: Floats) -> Floats:
    """Mean, median, 90th percentile and largest distance: (resamples, 4)."""
    distance = np.abs(observed - risk)
    order = np.argsort(distance, axis=1)
    ordered = np.take_along_axis(distance, order, 1)
    upto = np.cumsum(np.take_along_axis(people, order, 1), axis=1)
    n = upto[:, -1]
    found = [(distance * people).sum(axis=1) / n]
    found += [_quantile(ordered, upto, share) for share in (0.5, 0.9)]
    found.append(np.where(people > 0, distance, 0).max(axis=1))
    return np.stack(found, axis=1)


def _quantile(ordered: Floats, upto: Floats, share: float) -> Floats:
    """The quantile of people, linear between neighbours, from ordered values and cumulative counts."""
    place = (upto[:, -1] - 1) * share
    row = np.arange(len(ordered))
    low = ordered[row, (upto <= np.floor(place)[:, None]).sum(axis=1)]
    high = ordered[row, (upto <= np.ceil(place)[:, None]).sum(axis=1)]
    return np.asarray(low + (place - np.floor(place)) * (high - low))
