"""Models of time to an event that competes with another: cause-specific Cox and Fine-Gray, and absolute risk.

Fitted models are plain numbers and go to and from plain dictionaries, so that they can be kept as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opentrs.stats.refusal import CannotFitError
from opentrs.stats.survival.follow_up import (
    COMPETING,
    EVENT,
    Bools,
    Floats,
    Ints,
    checked_times,
)
from opentrs.stats.survival.partial_likelihood import (
    HazardFit,
    Pass,
    RiskSets,
    Ties,
    climb,
    exposed,
    risk_sets,
)
from opentrs.stats.survival.weighting import Censoring, censoring

# Person-times worked out together, so that they stay in a processor's cache.
CELLS = 200_000
# Standard error of a log hazard ratio per standard deviation past which the likelihood has no summit.
LARGEST_ERROR = 100.0
# Log hazard ratios past this make a risk of 0 or 1 to every digit.
LARGEST_LOG = 100.0


@dataclass(frozen=True, slots=True)
class CauseSpecificModel:
    """Hazards of the event and of the competing event.

    Parameters
    ----------
    names : of the predictors
    event, competing : the two hazards; ``competing`` is None where nobody had a competing event
    longest : longest follow-up, past which the model says nothing
    """

    names: tuple[str, ...]
    event: HazardFit
    competing: HazardFit | None
    longest: float

    def absolute_risk(self, predictors: npt.ArrayLike, horizon: float) -> Floats:
        """Risk of having the event by the horizon, the competing event allowed for; of shape (n,).

        Raises
        ------
        CannotFitError : predictors missing or of another number, or a horizon past the follow-up
        """
        x = _new_people(predictors, self.names, horizon, self.longest)
        grid = np.unique(np.concatenate([fit.times for fit in self._hazards()]))
        grid = grid[grid <= horizon]
        if grid.size == 0:
            return np.zeros(len(x))
        steps = [_on_grid(fit, grid) for fit in self._hazards()]
        size = max(1, CELLS // grid.size)
        blocks = [self._risk(x[at : at + size], steps) for at in range(0, len(x), size)]
        return np.concatenate([np.empty(0), *blocks])

    def _hazards(self) -> tuple[HazardFit, ...]:
        return (self.event,) if self.competing is None else (self.event, self.competing)

    def _risk(self, x: Floats, steps: Sequence[Floats]) -> Floats:
        """A product of conditional probabilities, as in Aalen-Johansen; hazards past 1 leave nobody free."""
        each = [np.outer(_relative(x, fit), step) for fit, step in zip(self._hazards(), steps, strict=True)]
        both = np.sum(each, axis=0)
        excess = np.maximum(both, 1.0)
        harm = each[0] / excess
        free = np.cumprod(1 - both / excess, axis=1)
        return np.asarray(harm[:, 0] + np.einsum("ij,ij->i", free[:, :-1], harm[:, 1:]))


@dataclass(frozen=True, slots=True)
class FineGrayModel:
    """Hazard of the subdistribution of the event.

    Parameters
    ----------
    names : of the predictors
    fit : the hazard, with a robust covariance that allows for the estimated censoring weights
    longest : longest follow-up, past which the model says nothing
    """

    names: tuple[str, ...]
    fit: HazardFit
    longest: float

    def absolute_risk(self, predictors: npt.ArrayLike, horizon: float) -> Floats:
        """Risk of having the event by the horizon, the competing event allowed for; of shape (n,).

        Raises
        ------
        CannotFitError : predictors missing or of another number, or a horizon past the follow-up
        """
        x = _new_people(predictors, self.names, horizon, self.longest)
        cumulative = self.fit.hazard[self.fit.times <= horizon].sum()
        return np.asarray(-np.expm1(-cumulative * _relative(x, self.fit)))


def fit_cause_specific(
    predictors: npt.ArrayLike,
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    names: Sequence[str] = (),
    ties: Ties = "efron",
) -> CauseSpecificModel:
    """Fit a Cox model to the event and one to the competing event.

    Parameters
    ----------
    predictors : of shape (n, p)
    time : of shape (n,), end of follow-up
    cause : of shape (n,), 0 censored, 1 event, 2 competing event
    names : of the predictors; x1, x2, ... by default

    Raises
    ------
    CannotFitError : follow-up that cannot be read, predictors that are missing, constant or repeated, no
        more events than predictors, or no convergence

    Notes
    -----
    Prentice 1978, doi:10.2307/2530374; absolute risk as Benichou and Gail 1990, doi:10.2307/2532098.
    """
    times, causes = checked_times(time, cause)
    x, known = _design(predictors, times.size, names)
    event = cox(x, times, causes == EVENT, known, ties)
    competing = cox(x, times, causes == COMPETING, known, ties) if (causes == COMPETING).any() else None
    return CauseSpecificModel(known, event, competing, float(times.max()))


def fit_fine_gray(
    predictors: npt.ArrayLike, time: npt.ArrayLike, cause: npt.ArrayLike, names: Sequence[str] = ()
) -> FineGrayModel:
    """Fit the proportional hazards of the subdistribution of the event (Fine and Gray 1999,
    doi:10.1080/01621459.1999.10474144), with Breslow's treatment of ties.

    Parameters and refusals are those of :func:`fit_cause_specific`. The covariance is robust and allows for
    the censoring weights being estimated.
    """
    times, causes = checked_times(time, cause)
    x, known = _design(predictors, times.size, names)
    event, competed = causes == EVENT, causes == COMPETING
    curve = censoring(times, causes)
    kept = curve.before(times)
    stay = np.where(competed, 1.0 / np.where(competed, kept, 1.0), 0.0)
    sets = risk_sets(times, event, "breslow", stay, kept)

    def robust(z: Floats, found: Pass, bread: Floats) -> Floats:
        own = _scores(z, sets, found) + _through_censoring(z, sets, found, times, causes, curve)
        return np.asarray(bread @ (own.T @ own) @ bread)

    fit = _fitted(x, times, event, known, sets, robust)
    return FineGrayModel(known, fit, float(times.max()))


def cox(x: Floats, time: Floats, event: Bools, names: Sequence[str], ties: Ties = "efron") -> HazardFit:
    """Fit one Cox model, everything but ``event`` censoring."""
    sets = risk_sets(time, event, ties) if event.any() else None
    return _fitted(x, time, event, names, sets, lambda z, found, bread: bread)


def _fitted(
    x: Floats,
    time: Floats,
    event: Bools,
    names: Sequence[str],
    sets: RiskSets | None,
    variance: Callable[[Floats, Pass, Floats], Floats],
) -> HazardFit:
    """Standardise, climb, and bring coefficients back to the units of the predictors."""
    events = int(event.sum())
    if sets is None or events <= x.shape[1]:
        raise CannotFitError("survival_too_many_predictors", events=events, n=x.shape[1])
    centre, scale = x.mean(axis=0), x.std(axis=0)
    z = ((x - centre) / scale)[sets.order]
    beta, found = climb(z, sets)
    bread = np.asarray(np.linalg.inv(found.information), dtype=float)
    if not (np.diag(bread) < LARGEST_ERROR**2).all():
        raise CannotFitError("survival_no_convergence")
    covariance = variance(z, found, bread)
    times = np.unique(time[event])
    hazard = np.bincount(sets.group, weights=1.0 / found.at_risk).astype(float)
    return HazardFit(
        beta / scale, covariance / np.outer(scale, scale), centre, times, hazard,
        found.log_likelihood, time.size, events,
    )  # fmt: skip


def _scores(z: Floats, sets: RiskSets, found: Pass) -> Floats:
    """Each person's contribution to the score, of shape (n, p), in sorted order, weights taken as known."""
    carried = exposed(found.mean / found.at_risk[:, None], sets)
    own = -found.relative[:, None] * (z * found.exposure[:, None] - carried)
    own[sets.event_rows] += z[sets.event_rows] - found.mean
    return np.asarray(own)


def _through_censoring(
    z: Floats, sets: RiskSets, found: Pass, time: Floats, cause: Ints, curve: Censoring
) -> Floats:
    """What each person adds to the score by being, or not being, censored when others were."""
    if curve.times.size == 0:
        return np.zeros_like(z)
    ordered, kinds = time[sets.order], cause[sets.order]
    ahead = np.column_stack([np.ones(sets.kept.size), found.mean]) * (sets.kept / found.at_risk)[:, None]
    ahead = np.concatenate([np.cumsum(ahead[::-1], axis=0)[::-1], np.zeros((1, ahead.shape[1]))])
    ahead = ahead[np.searchsorted(ordered[sets.event_rows], curve.times, side="right")]
    staying = np.column_stack([np.ones(len(z)), z]) * (found.relative * sets.stay)[:, None]
    staying = np.concatenate([np.zeros((1, staying.shape[1])), np.cumsum(staying, axis=0)])
    staying = staying[np.searchsorted(ordered, curve.times, side="right")]
    pull = ahead[:, :1] * staying[:, 1:] - ahead[:, 1:] * staying[:, :1]
    jump = pull / curve.at_risk[:, None]
    steps = jump * (curve.left / curve.at_risk)[:, None]
    seen = np.concatenate([np.zeros((1, z.shape[1])), np.cumsum(steps, axis=0)])
    censored = kinds == 0
    moved = -seen[np.searchsorted(curve.times, ordered, side="left") + censored]
    moved[censored] += jump[np.searchsorted(curve.times, ordered[censored])]
    return np.asarray(moved)


def _design(predictors: npt.ArrayLike, n: int, names: Sequence[str]) -> tuple[Floats, tuple[str, ...]]:
    x = np.asarray(predictors, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    if x.shape[0] != n:
        raise CannotFitError("survival_shapes", lengths=f"{n}, {x.shape[0]}")
    known = tuple(names) or tuple(f"x{number}" for number in range(1, x.shape[1] + 1))
    if len(known) != x.shape[1]:
        raise CannotFitError("survival_predictor_names", given=len(known), n=x.shape[1])
    if not np.isfinite(x).all():
        raise CannotFitError("survival_predictor_missing", n=int((~np.isfinite(x)).sum()))
    for name, width in zip(known, np.ptp(x, axis=0), strict=True):
        if width == 0:
            raise CannotFitError("survival_predictor_constant", name=name)
    standard = (x - x.mean(axis=0)) / x.std(axis=0)
    if x.shape[1] and np.linalg.matrix_rank(standard) < x.shape[1]:
        raise CannotFitError("survival_predictor_repeated")
    return x, known


def _new_people(predictors: npt.ArrayLike, names: tuple[str, ...], horizon: float, longest: float) -> Floats:
    x = np.atleast_2d(np.asarray(predictors, dtype=float))
    if x.shape[1] != len(names):
        raise CannotFitError("survival_predictor_names", given=len(names), n=x.shape[1])
    if not np.isfinite(x).all():
        raise CannotFitError("survival_predictor_missing", n=int((~np.isfinite(x)).sum()))
    if not 0 < horizon <= longest:
        raise CannotFitError("survival_horizon_outside_model", longest=longest, horizon=horizon)
    return x


def _relative(x: Floats, fit: HazardFit) -> Floats:
    """Hazard relative to the person at the centre, held within what a float can carry."""
    return np.asarray(np.exp(np.clip((x - fit.centre) @ fit.coefficients, -LARGEST_LOG, LARGEST_LOG)))


def _on_grid(fit: HazardFit, grid: Floats) -> Floats:
    hazard = np.zeros(grid.size)
    within = fit.times <= (grid[-1] if grid.size else 0.0)
    hazard[np.searchsorted(grid, fit.times[within])] = fit.hazard[within]
    return hazard
