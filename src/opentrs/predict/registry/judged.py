"""Who a model is judged on, and how: the choices of a validation or update, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from opentrs.errors import InputProblemsError, Problem
from opentrs.messages import Lang
from opentrs.predict.registry.apply import Applied, improvement_percent
from opentrs.predict.registry.choices import TableChoices
from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.sample import Sample
from opentrs.predict.registry.table import People
from opentrs.stats.prediction.performance import FEWEST

THRESHOLDS = tuple(round(at / 100, 2) for at in range(1, 100))


@dataclass(frozen=True, slots=True)
class Asked:
    """How a validation is to be made.

    Parameters
    ----------
    choices : columns of the table
    lang, seed : language of the sentences, seed of the resampling
    thresholds : risks at which people might be treated
    table_sha256 : hash of the table, by which a model's own development data are recognised
    version : of OpenTRS, for the provenance of an updated model
    """

    choices: TableChoices
    lang: Lang = "en"
    seed: int = 1
    thresholds: tuple[float, ...] = THRESHOLDS
    table_sha256: str = ""
    version: str = ""


def usable_people(document: ModelDocument, people: People, found: Applied) -> np.ndarray:
    """Who has a valid answer and a known outcome, as a mask of shape (people,)."""
    known = people.outcome if people.time is None else people.time
    if known is None:
        return np.zeros(len(people), dtype=bool)
    answered = found.positive if document.readings else found.linear_predictor
    return np.asarray(found.valid & np.isfinite(known) & np.isfinite(answered))


def sample_of(document: ModelDocument, people: People, found: Applied, choices: TableChoices) -> Sample:
    """What the model says about everybody, beside what happened."""
    unknown = np.full(len(people), np.nan)
    censored = np.zeros(len(people), dtype=int)
    return Sample(
        document.answers, people.time is not None, found.risk,
        _ranking(document, people) if document.readings else found.linear_predictor, found.positive,
        unknown if people.outcome is None else people.outcome,
        unknown if people.time is None else people.time,
        censored if people.cause is None else people.cause,
        choices.horizon_days or document.horizon_days or 0.0,
    )  # fmt: skip


def _ranking(document: ModelDocument, people: People) -> np.ndarray:
    """The measure behind a rule that the table has, first that the document names; unknown without one."""
    for rank in document.rank_by:
        if rank.predictor in people.predictors.columns:
            return np.asarray(rank.sign * people.predictors[rank.predictor].to_numpy(dtype=float))
    made_from = [one for reading in document.readings for one in reading.conditions]
    for one in made_from:
        if not isinstance(one.of, str) and all(name in people.predictors.columns for name in one.predictors):
            values = [people.predictors[name].to_numpy(dtype=float) for name in one.predictors]
            return -improvement_percent(values[0], values[1], one.of.scale_minimum)
    return np.full(len(people), np.nan)


def refuse_outcome(people: People, whole: Sample, choices: TableChoices) -> None:
    """Refuse an outcome of one class, or too rare or too common to judge anything by.

    Raises
    ------
    InputProblemsError : with the counts
    """
    column = choices.outcome or choices.event
    params = {"n": len(whole), "events": whole.events, "others": whole.others, "needed": FEWEST}
    if min(whole.events, whole.others) == 0:
        code = "model_one_class"
    elif min(whole.events, whole.others) < FEWEST:
        code = "model_few_events"
    else:
        return
    raise InputProblemsError([Problem(code, file=people.file, column=column, params=params)])


def thresholds_between(first: float, last: float, step: float) -> tuple[float, ...]:
    """Risks from ``first`` to ``last``, both included, a step apart."""
    count = int(np.floor((last - first) / step + 1e-9))
    return tuple(round(first + at * step, 10) for at in range(count + 1))
