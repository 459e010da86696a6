"""Everything that says how well risks of an event by a horizon fit what happened."""

from __future__ import annotations

from collections.abc import Callable

import numpy.typing as npt

from opentrs.stats.prediction.estimate import Estimate
from opentrs.stats.refusal import CannotFitError
from opentrs.stats.survival.calibration import (
    calibration_in_the_large,
    calibration_slope,
    hazard_slope,
    observed_expected,
)
from opentrs.stats.survival.calibration_curve import RESAMPLES, calibration_errors
from opentrs.stats.survival.competing import aalen_johansen
from opentrs.stats.survival.discrimination import cumulative_auc, harrell_c, uno_c
from opentrs.stats.survival.follow_up import COMPETING, FollowUp, checked_risk, follow_up
from opentrs.stats.survival.scores import brier

METRICS = (
    "n", "events", "competing_events", "observed_risk", "harrell_c", "uno_c", "time_dependent_auc",
    "observed_expected", "calibration_in_the_large", "calibration_slope", "hazard_slope", "brier",
    "scaled_brier", "ici", "e50", "e90", "emax",
)  # fmt: skip


def survival_performance(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    risk: npt.ArrayLike,
    horizon: float,
    linear_predictor: npt.ArrayLike | None = None,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> dict[str, Estimate]:
    """Discrimination, calibration and overall fit at a horizon.

    Parameters
    ----------
    time : of shape (n,), end of follow-up
    cause : of shape (n,), 0 censored, 1 event, 2 competing event
    risk : of shape (n,), predicted risk of the event by the horizon
    horizon : in the unit of ``time``
    linear_predictor : of shape (n,), what ranks people; the risk by default
    seed, resamples : of the bootstrap of the calibration errors

    Returns
    -------
    every name of ``METRICS``. A figure these data do not allow has the value None and its reason: a
        ``hazard_slope`` where there are competing events or no linear predictor, a slope of risks of 0 or 1

    Raises
    ------
    CannotFitError : follow-up that cannot be read, a horizon nobody reached, fewer than 10 people with the
        event by the horizon or known to be without it, or risks that are missing or not within 0 and 1
    """
    people = follow_up(time, cause, horizon).needs()
    risks = checked_risk(risk, people.n)
    score = risks if linear_predictor is None else linear_predictor
    read = (people.time, people.cause)
    found = {
        "n": _count(people, people.n),
        "events": _count(people, people.events),
        "competing_events": _count(people, int(people.competed.sum())),
        "observed_risk": aalen_johansen(*read, horizon),
    }
    measures: dict[str, tuple[Callable[[], Estimate], str]] = {
        "harrell_c": (lambda: harrell_c(*read, score, horizon), "influence_logit"),
        "uno_c": (lambda: uno_c(*read, score, horizon), "influence_logit"),
        "time_dependent_auc": (lambda: cumulative_auc(*read, score, horizon), "influence_logit"),
        "observed_expected": (lambda: observed_expected(*read, risks, horizon), "delta_log_ratio"),
        "calibration_in_the_large": (
            lambda: calibration_in_the_large(*read, risks, horizon),
            "pseudo_robust",
        ),
        "calibration_slope": (lambda: calibration_slope(*read, risks, horizon), "pseudo_robust"),
        "hazard_slope": (lambda: _hazard_slope(people, linear_predictor), "wald"),
    }
    found |= {name: _or_reason(people, measure, how) for name, (measure, how) in measures.items()}
    score_at = brier(*read, risks, horizon)
    found |= {"brier": score_at.brier, "scaled_brier": score_at.scaled}
    found |= _curve_errors(
        people, lambda: calibration_errors(*read, risks, horizon, seed=seed, resamples=resamples)
    )
    return {name: found[name] for name in METRICS}


def _hazard_slope(people: FollowUp, linear_predictor: npt.ArrayLike | None) -> Estimate:
    if linear_predictor is None:
        raise CannotFitError("survival_no_linear_predictor")
    if (people.cause == COMPETING).any():
        raise CannotFitError("survival_slope_competes")
    return hazard_slope(people.time, people.cause, linear_predictor, people.horizon)


def _count(people: FollowUp, number: int) -> Estimate:
    return Estimate(float(number), None, None, people.n, people.events, "count")


def _or_reason(people: FollowUp, measure: Callable[[], Estimate], method: str) -> Estimate:
    try:
        return measure()
    except CannotFitError as refusal:
        return Estimate(None, None, None, people.n, people.events, method, refusal.code)


def _curve_errors(people: FollowUp, measure: Callable[[], dict[str, Estimate]]) -> dict[str, Estimate]:
    try:
        return {name.lower(): estimate for name, estimate in measure().items()}
    except CannotFitError as refusal:
        none = Estimate(None, None, None, people.n, people.events, "bootstrap_percentile", refusal.code)
        return dict.fromkeys(("ici", "e50", "e90", "emax"), none)
