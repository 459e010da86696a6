"""Inverse-probability-of-censoring weights and the influence of each person on a weighted figure.

Every figure here that is read at a horizon is a mean, or a ratio of sums, of terms weighted by one over the
probability of not having been censored (Graf 1999, doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::
AID-SIM274>3.0.CO;2-5). Weights are themselves estimated; :func:`through_weights` says how far that moves
each figure, so that intervals allow for it. An event and a censoring at one time: the event came first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from opentrs.stats.survival.follow_up import CENSORED, Floats, FollowUp, Ints


@dataclass(frozen=True, slots=True)
class Censoring:
    """Kaplan-Meier curve of staying uncensored, in the people themselves.

    Parameters
    ----------
    times : of shape (m,), distinct times at which somebody was censored
    left : of shape (m,), people censored at each
    at_risk : of shape (m,), people who could have been censored at each
    kept : of shape (m,), probability of being uncensored after each
    """

    times: Floats
    left: Floats
    at_risk: Floats
    kept: Floats

    def before(self, when: Floats) -> Floats:
        """Probability of being uncensored just before each time."""
        return np.asarray(np.concatenate(([1.0], self.kept))[np.searchsorted(self.times, when)])


def censoring(time: Floats, cause: Ints) -> Censoring:
    """Return the curve of staying uncensored; whoever has an event at a time is not at risk of it then."""
    times, left = np.unique(time[cause == CENSORED], return_counts=True)
    ordered, events = np.sort(time), np.sort(time[cause != CENSORED])
    at_risk = time.size - np.searchsorted(ordered, times, side="left")
    tied = np.searchsorted(events, times, side="right") - np.searchsorted(events, times, side="left")
    exposed = (at_risk - tied).astype(float)
    return Censoring(times, left.astype(float), exposed, np.cumprod(1.0 - left / exposed))


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of people at a horizon.

    Parameters
    ----------
    follow_up : the people
    curve : of staying uncensored
    weight : of shape (n,); 0 for people censored before the horizon
    """

    follow_up: FollowUp
    curve: Censoring
    weight: Floats

    def influence(self, contribution: Floats) -> Floats:
        """Influence of each person on the mean of weighted contributions, weights estimated.

        Parameters
        ----------
        contribution : of shape (n,), what each person adds, the weight included
        """
        return np.asarray(contribution - contribution.mean() + self.through(contribution))

    def through(self, contribution: Floats) -> Floats:
        """The part of that influence that passes through the estimated weights."""
        people = self.follow_up
        reached = np.minimum(people.time, people.horizon)
        return through_weights(people.time, people.cause, self.curve, contribution, reached)


def weights(people: FollowUp) -> Weights:
    """Return the weights of people at their horizon; they sum to the number of people."""
    curve = censoring(people.time, people.cause)
    known = people.outlasted | people.had_event | people.competed
    weight = np.zeros(people.n)
    # Whoever is censored on the horizon itself was seen to be free of events up to it.
    weight[known] = 1.0 / curve.before(np.minimum(people.time, people.horizon)[known])
    return Weights(people, curve, weight)


def through_weights(
    time: Floats, cause: Ints, curve: Censoring, contribution: Floats, reached: Floats
) -> Floats:
    """How each person moves a mean of weighted contributions by moving the curve of staying uncensored.

    Parameters
    ----------
    contribution : of shape (n,), each with its weight, times the power of the curve in that weight
    reached : of shape (n,), the time just before which the curve is read for each person

    Returns
    -------
    of shape (n,), to be added to the influence that takes the weights as known
    """
    n, steps = time.size, curve.times.size
    if steps == 0:
        return np.zeros(n)
    # resting[k]: sum of the contributions whose weight contains the k-th censoring time
    per_step = np.bincount(np.searchsorted(curve.times, reached), contribution, minlength=steps + 1)
    resting = per_step[::-1].cumsum()[::-1][1:]
    jump = resting / curve.at_risk
    seen = np.concatenate(([0.0], np.cumsum(jump * curve.left / curve.at_risk)))
    censored = cause == CENSORED
    moved = -seen[np.searchsorted(curve.times, time, side="left") + censored]
    moved[censored] += jump[np.searchsorted(curve.times, time[censored])]
    return np.asarray(moved)
