"""Do people with higher predicted risk have the event earlier, or by the horizon?

Somebody with a competing event never has the event of interest, so stands among those without it for good
(Wolbers 2014, doi:10.1093/biostatistics/kxt059); with no competing event the figures are the usual ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opentrs.stats.prediction.estimate import LEVEL, Estimate, quantile
from opentrs.stats.survival.follow_up import (
    CENSORED,
    COMPETING,
    Floats,
    FollowUp,
    checked_score,
    follow_up,
)
from opentrs.stats.survival.weighting import through_weights, weights

# Pairs compared at one time, so that memory stays small.
PAIRS = 4_000_000


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Sums over pairs of a person with the event and one without it at that time.

    Parameters
    ----------
    concordant, total : of shape (n,), weight of the pairs each person is in, on either side
    concordant_read, total_read : of shape (n,), the same by whose censoring curve the weight was read
    """

    concordant: Floats
    total: Floats
    concordant_read: Floats
    total_read: Floats

    @property
    def share(self) -> float:
        """Weighted share of concordant pairs."""
        return float(self.concordant.sum() / self.total.sum())


def harrell_c(
    time: npt.ArrayLike, cause: npt.ArrayLike, score: npt.ArrayLike, horizon: float, level: float = LEVEL
) -> Estimate:
    """Share of comparable pairs in which the person with the earlier event had the higher score.

    Parameters
    ----------
    time, cause : of shape (n,), end of follow-up and 0 censored, 1 event, 2 competing event
    score : of shape (n,), a risk or linear predictor, higher for higher risk; ties count half
    horizon : events after it are not compared

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.survival.follow_up.follow_up`; too few events or people without
        one; or a score that is missing or the same in everybody

    Notes
    -----
    Harrell 1996, doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4. What it estimates
    depends on who was censored when; :func:`uno_c` does not.
    """
    people = follow_up(time, cause, horizon).needs()
    found = _pairs(people, checked_score(score, people.n), np.ones(people.n))
    return _estimate(found.share, _influence(found), people, level)


def uno_c(
    time: npt.ArrayLike, cause: npt.ArrayLike, score: npt.ArrayLike, horizon: float, level: float = LEVEL
) -> Estimate:
    """The same share, every pair weighted by one over the probability that censoring let it be seen.

    Uno 2011, doi:10.1002/sim.4154. Parameters and refusals are those of :func:`harrell_c`. The interval
    allows for the censoring weights being estimated.
    """
    people = follow_up(time, cause, horizon).needs()
    curve = weights(people).curve
    kept = curve.before(people.time)
    inverse = np.divide(1.0, kept, out=np.zeros(people.n), where=(people.cause != CENSORED) & (kept > 0))
    found = _pairs(people, checked_score(score, people.n), inverse)
    read = people.n * (found.concordant_read - found.share * found.total_read) / found.total.sum()
    read *= 2  # half of the sums over both sides is the sum over pairs
    moved = through_weights(people.time, people.cause, curve, read, people.time)
    return _estimate(found.share, _influence(found) + moved, people, level)


def cumulative_auc(
    time: npt.ArrayLike, cause: npt.ArrayLike, score: npt.ArrayLike, horizon: float, level: float = LEVEL
) -> Estimate:
    """Probability that a person with the event by the horizon had a higher score than one without it.

    The cumulative/dynamic AUC of Blanche 2013, doi:10.1002/sim.5958: people with a competing event by the
    horizon are among those without the event. Parameters and refusals are those of :func:`harrell_c`. The
    interval allows for the weights being estimated.
    """
    people = follow_up(time, cause, horizon).needs()
    scores = checked_score(score, people.n)
    weighted = weights(people)
    case, control = people.had_event, people.outlasted | people.competed
    of_case, of_control = weighted.weight * case, weighted.weight * control
    # Weight of the people without the event each case outranks, and of the cases that outrank each of them
    beaten, beating = _outranked(scores, of_control), of_case.sum() - _outranked(scores, of_case)
    pairs = of_case.sum() * of_control.sum()
    value = float((of_case * beaten).sum() / pairs)
    own = of_case * (beaten - value * of_control.sum()) + of_control * (beating - value * of_case.sum())
    own *= people.n / pairs
    return _estimate(value, own + weighted.through(own), people, level)


def _outranked(scores: Floats, weight: Floats) -> Floats:
    """Weight of the people each person outranks by score, ties at half; of shape (n,)."""
    levels, place = np.unique(scores, return_inverse=True)
    there = np.bincount(place, weights=weight, minlength=levels.size)
    return np.asarray((np.cumsum(there) - 0.5 * there)[place])


def _pairs(people: FollowUp, scores: Floats, inverse: Floats) -> _Pairs:
    """Compare each person who had the event with everybody who was without it then.

    A pair counts ``inverse[i] ** 2`` if the other was still followed, and ``inverse[i] * inverse[j]`` if the
    other had a competing event before.
    """
    sums = np.zeros((4, people.n))
    cases = np.flatnonzero(people.had_event)
    size = max(1, PAIRS // people.n)
    gone = people.cause == COMPETING
    for rows in (cases[at : at + size] for at in range(0, cases.size, size)):
        when, own = people.time[rows, None], inverse[rows, None]
        later = (people.time > when) | ((people.time == when) & (people.cause == CENSORED))
        before = gone & (people.time <= when)
        lead = scores[rows, None] - scores
        won = (lead > 0) + 0.5 * (lead == 0)
        still, left = later * own**2, before * own * inverse
        for line, (kept, other) in enumerate(((still * won, left * won), (still, left))):
            sums[line, rows] += kept.sum(axis=1) + other.sum(axis=1)
            sums[line] += kept.sum(axis=0) + other.sum(axis=0)
            # The first kind of pair reads the curve twice at the case, the second once at each of the two.
            sums[2 + line, rows] += 2 * kept.sum(axis=1) + other.sum(axis=1)
            sums[2 + line] += other.sum(axis=0)
    return _Pairs(*sums)


def _influence(found: _Pairs) -> Floats:
    # Each pair is in the sums twice, once on either side.
    return np.asarray(
        2 * found.total.size * (found.concordant - found.share * found.total) / found.total.sum()
    )


def _estimate(value: float, influence: Floats, people: FollowUp, level: float) -> Estimate:
    """An interval on the log-odds scale, which keeps it within 0 and 1."""
    if not 0 < value < 1:
        return Estimate(value, None, None, people.n, people.events, "influence_logit")
    error = np.sqrt(np.sum(influence**2)) / people.n / (value * (1 - value))
    centre = np.log(value / (1 - value))
    low, high = 1 / (1 + np.exp(-(centre + np.array([-1, 1]) * quantile(level) * error)))
    return Estimate(value, float(low), float(high), people.n, people.events, "influence_logit")
