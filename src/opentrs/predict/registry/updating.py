"""A published model updated by as little as new people ask for, and written as a document of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from opentrs.errors import StageFailedError, UsageError
from opentrs.messages import Lang, text
from opentrs.predict.registry.apply import applied
from opentrs.predict.registry.climbing import climb, covariance
from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.judged import Asked, refuse_outcome, sample_of, usable_people
from opentrs.predict.registry.reading import parse_model
from opentrs.predict.registry.standing import refuse_unfit
from opentrs.predict.registry.table import People
from opentrs.predict.registry.terms import coefficients, design
from opentrs.predict.registry.updated_document import as_text, check_cases, updated_tree
from opentrs.stats.prediction.update import Ladder, Step
from opentrs.stats.refusal import CannotFitError

COLUMNS = (
    "model", "step", "chosen", "log_likelihood", "df", "statistic", "test_df", "p_recalibrating", "p_beyond",
    "p", "intercept", "slope", "shrinkage", "n", "events", "why_not",
)  # fmt: skip
COEFFICIENTS = ("model", "term", "before", "after")
# A model that only ranks has no intercept to leave as it is.
FIRST_OF_RANKS = "intercept_slope"
SEPARATED = ("separated", "survival_no_convergence")


@dataclass(frozen=True, slots=True)
class Update:
    """What an update found and made.

    Parameters
    ----------
    document : the updated model
    step : the step that was taken
    n, events : people it was made on
    tables : ``update`` and ``coefficients``
    refused : steps that could not be fitted -> why, in words
    """

    document: ModelDocument
    step: str
    n: int
    events: int
    tables: Mapping[str, pd.DataFrame]
    refused: Mapping[str, str]


def update(
    document: ModelDocument, people: People, asked: Asked, extend: Mapping[str, str] | None = None,
    step: str | None = None,
) -> Update:  # fmt: skip
    """Climb the ladder of updates on people with a yes-or-no outcome, or a time and what ended it.

    Parameters
    ----------
    document : a model with a linear predictor
    extend : columns of ``people.predictors`` to extend it by, each with its unit
    step : a step to take instead of the smallest the closed test allows

    Raises
    ------
    UsageError : the model has no linear predictor, no outcome was named, or there is no such step
    InputProblemsError : as :func:`opentrs.predict.registry.validation.validate`
    StageFailedError : the ladder cannot be fitted
    """
    extend = extend or {}
    _check(document, people, asked, extend)
    refuse_unfit(document, people, asked.choices)
    found = applied(document, people.predictors)
    who = usable_people(document, people, found)
    if extend:
        who = who & people.predictors[list(extend)].notna().all(axis=1).to_numpy()
    sample = sample_of(document, people, found, asked.choices).of(who)
    refuse_outcome(people, sample, asked.choices)
    frame = people.predictors[who]
    added = frame[list(extend)].to_numpy(dtype=float) if extend else None
    matrix = design(document.terms, frame)
    names = [name for term in document.terms for name in term.names]
    try:
        ladder = climb(document, sample, matrix, names, added, list(extend))
    except CannotFitError as refusal:
        raise StageFailedError(refusal.sentence(asked.lang)) from refusal
    _refuse_separation(ladder, asked.lang)
    taken = _taken(document, ladder, step, asked.lang)
    tree = updated_tree(document, people, asked, ladder, taken, extend)
    tree["checks"] = check_cases(document, tree, frame)
    known = covariance(document, sample, taken, asked.seed)
    if known is not None:
        tree["covariance"] = known
    made = parse_model(as_text(tree), f"{tree['id']}.json")
    refused = {str(name): _why(code, asked.lang) for name, code in ladder.refused.items()}
    tables = _tables(document, made, ladder, taken)
    return Update(made, taken.name, ladder.n, ladder.events, tables, refused)


def _check(document: ModelDocument, people: People, asked: Asked, extend: Mapping[str, str]) -> None:
    lang = asked.lang
    inside = [name for name in extend if name in document.predictors]
    if inside:
        names = text("models.list_separator", lang).join(inside)
        raise UsageError(text("models.extends_itself", lang, names=names))
    if document.readings or document.answers == "nothing":
        raise UsageError(text("models.cannot_update", lang, name=document.name[lang]))
    if people.outcome is None and people.time is None:
        raise UsageError(text("models.no_outcome", lang, outcome=document.said_outcome(lang)))
    if people.time is None:
        if document.link == "survival":
            raise UsageError(text("models.survival_needs_time", lang))
        return
    horizon = asked.choices.horizon_days or document.horizon_days
    if document.link == "logit":
        raise UsageError(text("models.logit_needs_outcome", lang))
    if not horizon:
        raise UsageError(text("models.no_horizon", lang))
    if document.link == "survival" and horizon != document.horizon_days:
        days = f"{document.horizon_days:g}"
        raise UsageError(text("models.other_horizon", lang, given=f"{horizon:g}", own=days))


def _refuse_separation(ladder: Ladder, lang: Lang) -> None:
    """Where predictors separate the outcomes the largest step has no summit, and no step can be judged."""
    for name, code in ladder.refused.items():
        if code in SEPARATED:
            said = text(f"models.step_{name}", lang)
            raise StageFailedError(text("models.step_refused", lang, step=said, why=_why(code, lang)))


def _why(code: str, lang: Lang) -> str:
    """A refusal in words, as far as its sentence needs nothing but its key."""
    try:
        return text(f"cannot_fit.{code}", lang)
    except KeyError:
        return code


def _taken(document: ModelDocument, ladder: Ladder, wanted: str | None, lang: Lang) -> Step:
    """The step asked for, or the chosen one; a model that only ranked needs an intercept and a slope."""
    names: list[str] = [one.name for one in ladder.steps]
    if document.answers == "rank":
        names = names[names.index(FIRST_OF_RANKS) :]
    if wanted is not None and wanted not in names:
        raise UsageError(text("models.no_such_step", lang, step=wanted, known=", ".join(names)))
    chosen = wanted or (ladder.chosen if ladder.chosen in names else FIRST_OF_RANKS)
    return next(one for one in ladder.steps if one.name == chosen)


def _tables(
    document: ModelDocument, made: ModelDocument, ladder: Ladder, taken: Step
) -> dict[str, pd.DataFrame]:
    rows: list[dict[str, Any]] = [
        {
            "model": document.id, "step": one.name, "chosen": "yes" if one.name == taken.name else "no",
            "log_likelihood": one.log_likelihood, "df": one.df, "statistic": one.statistic,
            "test_df": one.test_df, "p_recalibrating": one.p_recalibrating, "p_beyond": one.p_beyond,
            "p": one.p, "intercept": one.intercept, "slope": one.slope,
            "shrinkage": one.shrinkage, "n": ladder.n, "events": ladder.events, "why_not": "",
        }
        for one in ladder.steps
    ]  # fmt: skip
    rows += [
        {
            "model": document.id,
            "step": name,
            "chosen": "no",
            "n": ladder.n,
            "events": ladder.events,
            "why_not": code,
        }
        for name, code in ladder.refused.items()
    ]
    return {
        "update": pd.DataFrame(rows, columns=list(COLUMNS)),
        "coefficients": pd.DataFrame(_before_and_after(document, made), columns=list(COEFFICIENTS)),
    }


def _before_and_after(document: ModelDocument, made: ModelDocument) -> list[dict[str, Any]]:
    before = _named(document)
    return [
        {"model": made.id, "term": name, "before": before.get(name), "after": value}
        for name, value in _named(made).items()
    ]


def _named(document: ModelDocument) -> dict[str, float | None]:
    intercept = document.intercept if document.answers == "risk" else None
    if document.link == "survival":
        names = [name for term in document.terms for name in term.names]
        known = dict(zip(names, map(float, coefficients(document.terms)), strict=True))
        return {"baseline_survival": document.baseline_survival, **known}
    names = [name for term in document.terms for name in term.names]
    return {"intercept": intercept, **dict(zip(names, map(float, coefficients(document.terms)), strict=True))}
