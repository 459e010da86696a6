"""People in whom a model is judged: what it says about each, and what happened."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from opentrs.predict.registry.choices import COMPETING, EVENT
from opentrs.predict.registry.document import ModelDocument
from opentrs.stats.prediction.classification import two_by_two
from opentrs.stats.prediction.discrimination import concordance
from opentrs.stats.prediction.estimate import Estimate
from opentrs.stats.prediction.performance import FEWEST, performance
from opentrs.stats.refusal import CannotFitError

ARRAYS = ("risk", "score", "positive", "outcome", "time", "cause")
SHARES = ("sensitivity", "specificity", "ppv", "npv", "lr_positive", "lr_negative")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a model says about people, and their outcome: a yes or no, or a time and what ended it.

    Parameters
    ----------
    answers : what the model gives: ``risk``, ``yes_no`` or ``rank``
    is_time : whether the outcome is a time and what ended it
    risk : (n,) in 0 to 1; not a number where the model gives none
    score : (n,) what ranks people, higher for more risk; not a number where unknown (rules alone)
    positive : (n,) 1 or 0, what a rule says; not a number for other models
    outcome : (n,) 1 or 0; not a number where the outcome is a time
    time, cause : (n,) days, and 0 censored, 1 event, 2 competing; days are not a number for other outcomes
    horizon_days : when the risk is asked
    """

    answers: str
    is_time: bool
    risk: np.ndarray
    score: np.ndarray
    positive: np.ndarray
    outcome: np.ndarray
    time: np.ndarray
    cause: np.ndarray
    horizon_days: float = 0.0

    def __len__(self) -> int:
        return len(self.score)

    def of(self, who: np.ndarray) -> Sample:
        """Some of the people, by a mask of shape (n,)."""
        parts = {name: getattr(self, name)[who] for name in ARRAYS}
        return replace(self, **parts)

    @property
    def events(self) -> int:
        """People with the event; where the outcome is a time, by the horizon."""
        if self.is_time:
            return int(np.sum((self.cause == EVENT) & (self.time <= self.horizon_days)))
        return int(np.sum(self.outcome == 1))

    @property
    def others(self) -> int:
        """People known to be without the event; where the outcome is a time, at the horizon."""
        if self.is_time:
            competed = (self.cause == COMPETING) & (self.time <= self.horizon_days)
            return int(np.sum((self.time > self.horizon_days) | competed))
        return int(np.sum(self.outcome == 0))


def measured(document: ModelDocument, sample: Sample, seed: int) -> dict[str, Estimate]:
    """Every figure that the class of the model and the kind of outcome allow.

    Raises
    ------
    CannotFitError : fewer than 10 people with the event, or without
    """
    if min(sample.events, sample.others) < FEWEST:
        raise CannotFitError("few_events", events=sample.events, others=sample.others, needed=FEWEST)
    if sample.is_time:
        return _of_times(document, sample, seed)
    if sample.answers == "risk":
        return performance(sample.outcome, sample.risk, seed)
    return _counts(sample) | _ranked(sample) | (_fourfold(sample) if sample.answers == "yes_no" else {})


def _counts(sample: Sample) -> dict[str, Estimate]:
    sizes = {"n": len(sample), "events": sample.events}
    return {
        name: Estimate(float(size), None, None, len(sample), sample.events, "count")
        for name, size in sizes.items()
    }


def as_ranks(score: np.ndarray) -> np.ndarray:
    """Scores drawn into 0 to 1 in their order, ties kept: C asks for nothing else."""
    _, places = np.unique(score, return_inverse=True)
    return np.asarray(places / max(int(places.max(initial=0)), 1), dtype=float)


def _ranked(sample: Sample) -> dict[str, Estimate]:
    """C of the score, among those who have one."""
    known = sample.of(np.isfinite(sample.score))
    if min(known.events, known.others) < FEWEST:
        return {}
    return {"c_statistic": concordance(known.outcome, as_ranks(known.score))}


def _fourfold(sample: Sample) -> dict[str, Estimate]:
    table = two_by_two(sample.outcome, sample.positive)
    return {name: getattr(table, name) for name in SHARES}


def _of_times(document: ModelDocument, sample: Sample, seed: int) -> dict[str, Estimate]:
    from opentrs.stats.survival.discrimination import harrell_c
    from opentrs.stats.survival.performance import survival_performance

    when = (sample.time, sample.cause)
    if sample.answers != "risk":
        return _counts(sample) | {"harrell_c": harrell_c(*when, sample.score, sample.horizon_days)}
    linear = sample.score if document.link == "survival" else None
    found: dict[str, Estimate] = survival_performance(
        *when, sample.risk, sample.horizon_days, linear, seed=seed
    )
    return found
