"""Net benefit of acting on a predicted risk, when censoring or a competing event may come first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opentrs.stats.prediction.estimate import LEVEL, quantile
from opentrs.stats.refusal import CannotFitError
from opentrs.stats.survival.competing import incidence, spread
from opentrs.stats.survival.follow_up import Bools, Floats, FollowUp, checked_risk, follow_up

MODEL, ALL, NONE = "model", "treat_all", "treat_none"


@dataclass(frozen=True, slots=True)
class SurvivalNetBenefit:
    """Net benefit of one strategy at one threshold.

    Parameters
    ----------
    strategy : ``model``, ``treat_all``, ``treat_none``, or the name of a rule
    threshold : risk from which a person would be treated
    net_benefit, low, high : events found per person, false alarms weighed off; None where follow-up of the
        people who would be treated ends before the horizon. ``treat_none`` is 0 by definition and has no
        interval
    over_best, over_best_low, over_best_high : gain over the better of treating all and treating none
    treated : share of people who would be treated
    n, events : people and events by the horizon
    """

    strategy: str
    threshold: float
    net_benefit: float | None
    low: float | None
    high: float | None
    over_best: float | None
    over_best_low: float | None
    over_best_high: float | None
    treated: float
    n: int
    events: int


@dataclass(frozen=True, slots=True)
class _Gain:
    """A net benefit and each person's influence on it; None where it cannot be told."""

    value: float | None
    influence: Floats


def net_benefit(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    risk: npt.ArrayLike,
    horizon: float,
    thresholds: Sequence[float] | Floats,
    rules: Mapping[str, npt.ArrayLike] | None = None,
    level: float = LEVEL,
) -> list[SurvivalNetBenefit]:
    """Net benefit of the model, of treating all or none, and of named rules.

    Parameters
    ----------
    time, cause : of shape (n,), end of follow-up and 0 censored, 1 event, 2 competing event
    risk : of shape (n,), predicted risk of the event by the horizon; whoever is at or above a threshold is
        treated
    thresholds : each above 0 and below 1
    rules : name -> of shape (n,), whom the rule treats

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.survival.follow_up.follow_up`; too few events or people without
        one; risks not within 0 and 1; a threshold of 0 or 1; or a rule of another length

    Notes
    -----
    Among the people a strategy treats, the share with the event is the Aalen-Johansen estimate in them
    (Vickers 2008, doi:10.1186/1472-6947-8-53). Intervals are made from each person's influence and allow for
    who is treated.
    """
    people = follow_up(time, cause, horizon).needs()
    risks = checked_risk(risk, people.n)
    fixed = {name: _yes_no(name, rule, people.n) for name, rule in (rules or {}).items()}
    cuts = np.asarray(thresholds, dtype=float)
    if not ((cuts > 0) & (cuts < 1)).all():
        raise CannotFitError("survival_threshold")
    everyone = np.ones(people.n, dtype=bool)
    rows = []
    for cut in cuts:
        chosen = {MODEL: risks >= cut, ALL: everyone, NONE: ~everyone, **fixed}
        gains = {name: _gain(people, who, cut / (1 - cut)) for name, who in chosen.items()}
        best = ALL if (gains[ALL].value or 0.0) > 0 else NONE
        rows += [
            _row(people, name, float(cut), gains[name], gains[best], float(chosen[name].mean()), level)
            for name in chosen
        ]
    return rows


def _gain(people: FollowUp, who: Bools, odds: float) -> _Gain:
    """Net benefit of treating ``who`` where a false alarm weighs ``odds`` of a found event."""
    influence, share = np.zeros(people.n), float(who.mean())
    if not who.any():
        return _Gain(0.0, influence)
    treated = FollowUp(people.time[who], people.cause[who], people.horizon)
    had, moved = incidence(treated)
    if not np.isclose(sum(incidence(treated, state)[0] for state in ("competing", "free")) + had, 1.0):
        return _Gain(None, influence)
    each = had * (1 + odds) - odds
    influence[who] = moved * (1 + odds)
    return _Gain(share * each, influence + (who - share) * each)


def _row(
    people: FollowUp, name: str, cut: float, gain: _Gain, best: _Gain, treated: float, level: float
) -> SurvivalNetBenefit:
    own = _interval(gain.value, gain.influence, level)
    over = None if gain.value is None or best.value is None else gain.value - best.value
    against = _interval(over, gain.influence - best.influence, level)
    return SurvivalNetBenefit(name, cut, *own, *against, treated, people.n, people.events)


def _interval(
    value: float | None, influence: Floats, level: float
) -> tuple[float | None, float | None, float | None]:
    if value is None or not influence.any():
        return value, None, None
    half = quantile(level) * spread(influence)
    return value, value - half, value + half


def _yes_no(name: str, rule: npt.ArrayLike, n: int) -> Bools:
    said = np.asarray(rule)
    if said.shape != (n,) or not np.isin(said, (0, 1)).all():
        raise CannotFitError("survival_rule_shape", name=name)
    return said.astype(bool)
