"""Follow-up of people: when it ended and how. Checked once, here, before any figure is made of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opentrs.stats.refusal import CannotFitError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

CENSORED, EVENT, COMPETING = 0, 1, 2
# Fewer events, or fewer people known to be free of it, carry no figure a clinician could rest on.
FEWEST = 10


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Checked follow-up, read at one horizon.

    Parameters
    ----------
    time : of shape (n,), end of follow-up in any one unit, at least 0
    cause : of shape (n,), 0 censored, 1 event of interest, 2 competing event
    horizon : the time up to which an event counts (an event on the horizon itself counts)
    """

    time: Floats
    cause: Ints
    horizon: float

    @property
    def n(self) -> int:
        """People followed."""
        return int(self.time.size)

    @property
    def had_event(self) -> Bools:
        """Who had the event of interest by the horizon."""
        return np.asarray((self.time <= self.horizon) & (self.cause == EVENT))

    @property
    def competed(self) -> Bools:
        """Who had the competing event by the horizon."""
        return np.asarray((self.time <= self.horizon) & (self.cause == COMPETING))

    @property
    def outlasted(self) -> Bools:
        """Who was followed past the horizon without any event up to it."""
        censored_on_it = (self.time == self.horizon) & (self.cause == CENSORED)
        return np.asarray((self.time > self.horizon) | censored_on_it)

    @property
    def events(self) -> int:
        """Events of interest by the horizon."""
        return int(self.had_event.sum())

    @property
    def non_events(self) -> int:
        """People known to be without the event of interest at the horizon."""
        return int(self.outlasted.sum() + self.competed.sum())

    def needs(self, fewest: int = FEWEST) -> FollowUp:
        """Return itself if it has enough events and enough people without one.

        Raises
        ------
        CannotFitError : fewer than ``fewest`` of either
        """
        if self.events == 0:
            raise CannotFitError("survival_no_events", horizon=self.horizon)
        if self.events < fewest:
            raise CannotFitError("survival_few_events", events=self.events, needed=fewest)
        if self.non_events < fewest:
            raise CannotFitError("survival_few_non_events", n=self.non_events, needed=fewest)
        return self


def checked_times(time: npt.ArrayLike, cause: npt.ArrayLike) -> tuple[Floats, Ints]:
    """Return times and causes as arrays.

    Raises
    ------
    CannotFitError : nobody, unequal lengths, a time that is missing, negative or infinite, or a cause
        other than 0, 1, 2
    """
    times = np.asarray(time, dtype=float).ravel()
    causes = np.asarray(cause, dtype=float).ravel()
    same_length(times, causes)
    if times.size == 0:
        raise CannotFitError("survival_empty")
    refuse_any(np.isnan(times), "survival_time_missing")
    refuse_any((times < 0) | np.isinf(times), "survival_time_negative")
    refuse_any(~np.isin(causes, (CENSORED, EVENT, COMPETING)), "survival_cause_unknown")
    return times, causes.astype(np.int64)


def follow_up(time: npt.ArrayLike, cause: npt.ArrayLike, horizon: float) -> FollowUp:
    """Check follow-up and read it at a horizon.

    Raises
    ------
    CannotFitError : as :func:`checked_times`; or a horizon that is not above 0, or that nobody reached
    """
    times, causes = checked_times(time, cause)
    if not horizon > 0:
        raise CannotFitError("survival_horizon_not_positive")
    if horizon > times.max():
        raise CannotFitError("survival_horizon_beyond", horizon=horizon, longest=float(times.max()))
    return FollowUp(times, causes, float(horizon))


def checked_score(score: npt.ArrayLike, n: int) -> Floats:
    """Return a score that ranks people, of shape (n,), finite and not the same in everybody."""
    scores = np.asarray(score, dtype=float).ravel()
    same_length(np.empty(n), scores)
    refuse_any(~np.isfinite(scores), "survival_risk_missing")
    if np.ptp(scores) == 0:
        raise CannotFitError("survival_risk_constant")
    return scores


def checked_risk(risk: npt.ArrayLike, n: int) -> Floats:
    """Return predicted risks of shape (n,), each from 0 to 1."""
    risks = np.asarray(risk, dtype=float).ravel()
    same_length(np.empty(n), risks)
    refuse_any(~np.isfinite(risks), "survival_risk_missing")
    refuse_any((risks < 0) | (risks > 1), "survival_risk_range")
    return risks


def same_length(*arrays: Floats) -> None:
    """Refuse arrays of unequal length."""
    if len({each.size for each in arrays}) > 1:
        raise CannotFitError("survival_shapes", lengths=", ".join(str(each.size) for each in arrays))


def refuse_any(wrong: Bools, code: str) -> None:
    """Refuse with the number of people it concerns, never with their values."""
    if wrong.any():
        raise CannotFitError(code, n=int(wrong.sum()))
