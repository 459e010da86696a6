"""How many had the event by a time when another event can forestall it (Aalen-Johansen), and pseudo-values.

With nobody censored the estimate is a proportion. Without competing events it is one minus Kaplan-Meier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opentrs.stats.prediction.estimate import LEVEL, Estimate, quantile
from opentrs.stats.survival.follow_up import (
    COMPETING,
    EVENT,
    Floats,
    FollowUp,
    Ints,
    checked_times,
    follow_up,
)
from opentrs.stats.survival.weighting import weights

STATES = ("event", "competing", "free")


@dataclass(frozen=True, slots=True)
class Incidence:
    """Probability of each state over time.

    Parameters
    ----------
    times : of shape (t,)
    probability, low, high : of shape (t, 3), in the order of ``STATES``; ends are nan where nobody is yet,
        or everybody already, in a state, because no interval can be told from such data
    at_risk : of shape (t,), people followed without an event up to each time
    n, events, competing : people and events of either kind in the whole follow-up
    """

    times: Floats
    probability: Floats
    low: Floats
    high: Floats
    at_risk: Ints
    n: int
    events: int
    competing: int


def incidence(people: FollowUp, state: str = "event") -> tuple[float, Floats]:
    """Probability of a state at the horizon, and each person's influence on it (of shape (n,), mean 0)."""
    weighted = weights(people)
    there = {"event": people.had_event, "competing": people.competed, "free": people.outlasted}[state]
    contribution = weighted.weight * there
    return float(contribution.mean()), weighted.influence(contribution)


def aalen_johansen(
    time: npt.ArrayLike, cause: npt.ArrayLike, horizon: float, level: float = LEVEL
) -> Estimate:
    """Probability of having had the event by the horizon.

    Parameters
    ----------
    time : of shape (n,), end of follow-up
    cause : of shape (n,), 0 censored, 1 event, 2 competing event
    horizon : in the unit of ``time``

    Returns
    -------
    with an interval made on the complementary log-log scale from the influence of each person

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.survival.follow_up.follow_up`

    Notes
    -----
    Aalen and Johansen 1978, https://www.jstor.org/stable/4615704. Ties are taken as they are, never jittered.
    """
    people = follow_up(time, cause, horizon)
    value, influence = incidence(people)
    low, high = _cloglog(value, spread(influence), level)
    known = not np.isnan(low)
    return Estimate(
        value, low if known else None, high if known else None, people.n, people.events, "influence_cloglog"
    )


def incidence_curve(
    time: npt.ArrayLike, cause: npt.ArrayLike, times: Sequence[float] | Floats, level: float = LEVEL
) -> Incidence:
    """Probability of having had the event, the competing event, or neither, at each of ``times``.

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.survival.follow_up.follow_up`, for any of ``times``
    """
    at = np.asarray(times, dtype=float)
    people = follow_up(time, cause, float(at.max(initial=0.0)))
    found = np.empty((at.size, len(STATES), 3))
    for row, horizon in enumerate(at):
        read = follow_up(people.time, people.cause, horizon)
        for column, state in enumerate(STATES):
            value, influence = incidence(read, state)
            found[row, column] = (value, *_cloglog(value, spread(influence), level))
    at_risk = people.n - np.searchsorted(np.sort(people.time), at, side="left")
    return Incidence(
        at, found[..., 0], found[..., 1], found[..., 2], at_risk, people.n,
        int((people.cause == EVENT).sum()), int((people.cause == COMPETING).sum()),
    )  # fmt: skip


def spread(influence: Floats) -> float:
    """Standard error of a mean-like figure from each person's influence on it."""
    return float(np.sqrt(np.sum(influence**2)) / influence.size)


def _cloglog(value: float, error: float, level: float) -> tuple[float, float]:
    if not 1e-12 < value < 1 - 1e-12:
        return float("nan"), float("nan")
    centre = np.log(-np.log1p(-value))
    half = quantile(level) * error / ((1 - value) * -np.log1p(-value))
    low, high = -np.expm1(-np.exp(centre + np.array([-half, half])))
    return float(low), float(high)


def pseudo_values(time: npt.ArrayLike, cause: npt.ArrayLike, horizon: float) -> Floats:
    """Pseudo-value of each person: what that person adds to the Aalen-Johansen estimate at the horizon.

    Exact leave-one-out values in one pass. Their mean given what was predicted is the observed risk, so
    regressions of them are regressions of the risk itself (Andersen 2003, doi:10.1093/biomet/90.1.15).

    Returns
    -------
    of shape (n,); single values may lie below 0 or above 1

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.survival.follow_up.follow_up`; or one person only
    """
    times, causes = checked_times(time, cause)
    people = follow_up(times, causes, horizon)
    table = _steps(people)
    whole = table.incidence()
    return np.asarray(people.n * whole - (people.n - 1) * table.left_out(people))


@dataclass(frozen=True, slots=True)
class _Steps:
    """At each distinct time up to the horizon: people at risk, events of interest, events of any kind."""

    times: Floats
    at_risk: Floats
    events: Floats
    any_event: Floats

    def incidence(self) -> float:
        """The Aalen-Johansen estimate at the last step."""
        free = np.cumprod(1 - self.any_event / self.at_risk)
        return float(np.sum(np.concatenate(([1.0], free[:-1])) * self.events / self.at_risk))

    def left_out(self, people: FollowUp) -> Floats:
        """The estimate without each person in turn, of shape (n,).

        Before a person leaves, everybody's risk set is one smaller; from then on nothing changes but the
        level reached. So one cumulative pass for the first part serves all, and one for the second.
        """
        m = self.times.size
        fewer = np.maximum(self.at_risk - 1, 1.0)
        free_less = np.concatenate(([1.0], np.cumprod(1 - self.any_event / fewer)))
        gained_less = np.concatenate(([0.0], np.cumsum(free_less[:-1] * self.events / fewer)))
        free = np.concatenate(([1.0], np.cumprod(1 - self.any_event / self.at_risk)))
        gained = np.concatenate(([0.0], np.cumsum(free[:-1] * self.events / self.at_risk)))

        at = np.searchsorted(self.times, people.time)
        inside = (at < m) & (people.time <= people.horizon)
        step = np.where(inside, at, m - 1)
        events = self.events[step] - people.had_event
        any_event = self.any_event[step] - (people.had_event | people.competed)
        gained_here = gained_less[step] + free_less[step] * events / fewer[step]
        free_here = free_less[step] * (1 - any_event / fewer[step])
        remaining = gained[m] - gained[step + 1]
        later = np.divide(remaining, free[step + 1], out=np.zeros(people.n), where=free[step + 1] > 0)
        return np.asarray(np.where(inside, gained_here + free_here * later, gained_less[m]))


def _steps(people: FollowUp) -> _Steps:
    up_to = people.time <= people.horizon
    times = np.unique(people.time[up_to]) if up_to.any() else np.array([people.horizon])
    ordered = np.sort(people.time)
    at_risk = people.n - np.searchsorted(ordered, times, side="left")

    def count(who: npt.NDArray[np.bool_]) -> Floats:
        return np.bincount(np.searchsorted(times, people.time[who]), minlength=times.size).astype(float)

    return _Steps(
        times, at_risk.astype(float), count(people.had_event), count(people.had_event | people.competed)
    )
