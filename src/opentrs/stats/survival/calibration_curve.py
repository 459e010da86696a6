"""The curve of observed over predicted risk, and how far it is from what was predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from opentrs.stats.prediction.estimate import LEVEL, Estimate, percentiles
from opentrs.stats.refusal import CannotFitError
from opentrs.stats.survival.calibration import cloglog, read
from opentrs.stats.survival.competing import pseudo_values
from opentrs.stats.survival.follow_up import CENSORED, Floats, FollowUp, checked_score
from opentrs.stats.survival.hazard_models import fit_fine_gray

Smoother = Literal["hazard_spline", "pseudo_loess"]
SMOOTHERS: tuple[Smoother, ...] = ("hazard_spline", "pseudo_loess")
# Knots of a three-knot restricted cubic spline, as quantiles (Harrell 2015, doi:10.1007/978-3-319-19425-7).
KNOTS = (0.10, 0.50, 0.90)
# Share of people in each local line through pseudo-values, the span of R's loess.
SPAN = 0.75
RESAMPLES = 200
GRID = 50
# Of the resamples, so many must give a curve before its band is shown.
FEWEST_SHARE = 0.9
ERRORS = ("ICI", "E50", "E90", "Emax")


@dataclass(frozen=True, slots=True)
class CalibrationCurve:
    """Observed risk at predicted risks.

    Parameters
    ----------
    risk, observed, low, high : of shape (g,)
    smoother : ``hazard_spline`` or ``pseudo_loess``
    n, events : people and events by the horizon
    method : how the band was made, see :class:`opentrs.stats.prediction.estimate.Estimate`
    """

    risk: Floats
    observed: Floats
    low: Floats
    high: Floats
    smoother: Smoother
    n: int
    events: int
    method: str = "bootstrap_percentile"


def calibration_curve(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    risk: npt.ArrayLike,
    horizon: float,
    smoother: Smoother = "hazard_spline",
    grid: npt.ArrayLike | None = None,
    level: float = LEVEL,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> CalibrationCurve:
    """Observed risk over the range of predicted risk, with a pointwise bootstrap band.

    Parameters
    ----------
    smoother : ``hazard_spline``, a Fine-Gray (without competing events: Cox) model of a restricted cubic
        spline of the predicted risk (Austin 2022, doi:10.1186/s41512-021-00114-6); or ``pseudo_loess``,
        local lines through pseudo-values
    grid : of shape (g,), where to draw it; by default 50 risks from the 1st to the 99th percentile
    seed, resamples : of the bootstrap over people

    Raises
    ------
    CannotFitError : as :func:`calibration_slope`; or a grid outside 0 to 1
    """
    people, risks = read(time, cause, risk, horizon)
    checked_score(cloglog(risks), people.n)
    at = _grid(risks) if grid is None else np.asarray(grid, dtype=float)
    if not ((at > 0) & (at < 1)).all():
        raise CannotFitError("survival_grid")
    curve = _observed(people, risks, at, smoother)
    low, high = percentiles(_resampled(people, risks, at, smoother, seed, resamples), level)
    return CalibrationCurve(at, curve, low, high, smoother, people.n, people.events)


def calibration_errors(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    risk: npt.ArrayLike,
    horizon: float,
    smoother: Smoother = "hazard_spline",
    level: float = LEVEL,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> dict[str, Estimate]:
    """Distance from predicted risk to the curve of observed risk: mean (ICI), median, 90th percentile, most.

    Austin 2020, doi:10.1002/sim.8570. Distances are never below 0, so even perfect predictions have some;
    intervals are bootstrap percentiles. Parameters and refusals are those of :func:`calibration_curve`.
    """
    people, risks = read(time, cause, risk, horizon)
    checked_score(cloglog(risks), people.n)
    found = _distances(risks, _observed(people, risks, risks, smoother))
    draws = _resampled(people, risks, None, smoother, seed, resamples)
    low, high = percentiles(draws, level)
    return {
        name: Estimate(
            float(found[row]),
            float(low[row]),
            float(high[row]),
            people.n,
            people.events,
            "bootstrap_percentile",
        )
        for row, name in enumerate(ERRORS)
    }


def _grid(risks: Floats) -> Floats:
    low, high = np.quantile(risks, [0.01, 0.99])
    return np.linspace(float(low), float(high), GRID)


def _observed(people: FollowUp, risks: Floats, at: Floats, smoother: Smoother) -> Floats:
    if smoother == "hazard_spline":
        return _hazard_spline(people, risks, at)
    return _pseudo_loess(people, risks, at)


def _hazard_spline(people: FollowUp, risks: Floats, at: Floats) -> Floats:
    logged = cloglog(risks)
    knots = np.unique(np.quantile(logged, KNOTS))
    past = people.time > people.horizon
    cause = np.where(past, CENSORED, people.cause)
    time = np.minimum(people.time, people.horizon)
    basis, new = _spline(logged, knots), _spline(cloglog(at), knots)
    model = fit_fine_gray(basis, time, cause)
    return model.absolute_risk(new, float(time.max()))


def _spline(x: Floats, knots: Floats) -> Floats:
    """Restricted cubic spline of three knots; a straight line where the quantiles coincide."""
    if knots.size < len(KNOTS):
        return x[:, None]
    first, middle, last = knots
    cubes = [np.clip(x - knot, 0, None) ** 3 for knot in knots]
    tail = (
        cubes[0] - cubes[1] * (last - first) / (last - middle) + cubes[2] * (middle - first) / (last - middle)
    )
    return np.column_stack([x, tail / (last - first) ** 2])


def _pseudo_loess(people: FollowUp, risks: Floats, at: Floats) -> Floats:
    """Local lines; statsmodels takes a second to import, so only here."""
    from statsmodels.nonparametric.smoothers_lowess import lowess

    observed = pseudo_values(people.time, people.cause, people.horizon)
    levels = np.unique(at)
    smooth = lowess(observed, risks, frac=SPAN, it=0, xvals=levels)
    return np.asarray(np.clip(smooth, 0, 1)[np.searchsorted(levels, at)])


def _distances(risks: Floats, observed: Floats) -> Floats:
    apart = np.abs(risks - observed)
    return np.array([apart.mean(), *np.quantile(apart, [0.5, 0.9]), apart.max()])


def _resampled(
    people: FollowUp, risks: Floats, at: Floats | None, smoother: Smoother, seed: int, resamples: int
) -> Floats:
    """Curves at ``at``, or distances where it is None, in people drawn again; of shape (draws, ...)."""
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(resamples):
        who = rng.integers(0, people.n, people.n)
        again = FollowUp(people.time[who], people.cause[who], people.horizon)
        if not (again.had_event.any() and again.outlasted.any()):
            continue
        try:
            drawn = _observed(again, risks[who], risks[who] if at is None else at, smoother)
        except CannotFitError:
            continue
        draws.append(_distances(risks[who], drawn) if at is None else drawn)
    if len(draws) < FEWEST_SHARE * resamples:
        raise CannotFitError("survival_no_convergence")
    return np.array(draws)
