"""Distance between predicted risk and what happened, with censoring weighted out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy.typing as npt

from opentrs.stats.prediction.estimate import LEVEL, Estimate, quantile
from opentrs.stats.survival.competing import spread
from opentrs.stats.survival.follow_up import FollowUp, checked_risk, follow_up
from opentrs.stats.survival.weighting import weights


@dataclass(frozen=True, slots=True)
class SurvivalBrier:
    """Brier score at a horizon.

    Parameters
    ----------
    brier : mean weighted squared distance; 0 is perfect
    scaled : index of prediction accuracy, one minus the score over that of giving everybody the observed risk
    """

    brier: Estimate
    scaled: Estimate


def brier(
    time: npt.ArrayLike, cause: npt.ArrayLike, risk: npt.ArrayLike, horizon: float, level: float = LEVEL
) -> SurvivalBrier:
    """Brier score and index of prediction accuracy (IPA) at the horizon.

    Parameters
    ----------
    time, cause : of shape (n,), end of follow-up and 0 censored, 1 event, 2 competing event
    risk : of shape (n,), predicted risk of the event by the horizon

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.survival.follow_up.follow_up`; too few events or people without
        one; or risks that are missing or not within 0 and 1

    Notes
    -----
    Gerds and Schumacher 2006, doi:10.1002/bimj.200610301; IPA: Kattan and Gerds 2018,
    doi:10.1186/s41512-018-0029-2. Intervals allow for the censoring weights being estimated.
    """
    people = follow_up(time, cause, horizon).needs()
    risks = checked_risk(risk, people.n)
    weighted = weights(people)
    contribution = weighted.weight * (people.had_event - risks) ** 2
    score, influence = float(contribution.mean()), weighted.influence(contribution)
    observed = weighted.weight * people.had_event
    share = float(observed.mean())
    # The weights sum to n, so the score of one risk for all is that of a proportion.
    null, null_influence = share * (1 - share), (1 - 2 * share) * weighted.influence(observed)
    ratio = -influence / null + score * null_influence / null**2
    return SurvivalBrier(
        _wald(score, spread(influence), people, level), _wald(1 - score / null, spread(ratio), people, level)
    )


def _wald(value: float, error: float, people: FollowUp, level: float) -> Estimate:
    half = quantile(level) * error
    return Estimate(
        float(value), float(value - half), float(value + half), people.n, people.events, "influence"
    )
