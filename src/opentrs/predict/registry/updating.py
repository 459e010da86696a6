"""A published model updated by as little as new people ask for, and written as a document of its own."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from opentrs.errors import StageFailedError, UsageError
from opentrs.messages import Lang, text
from opentrs.predict.registry.apply import applied
from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.reading import from_tree, parse_model
from opentrs.predict.registry.standing import refuse_unfit
from opentrs.predict.registry.table import People
from opentrs.predict.registry.terms import coefficients, design
from opentrs.predict.registry.validation import Asked, refuse_outcome, sample_of, usable_people
from opentrs.stats.prediction.logistic import fit_logistic
from opentrs.stats.prediction.update import Ladder, Step, update_ladder
from opentrs.stats.refusal import CannotFitError

COLUMNS = (
    "model", "step", "chosen", "log_likelihood", "df", "statistic", "test_df", "p_recalibrating", "p_beyond",
    "p", "intercept", "slope", "shrinkage", "n", "events", "why_not",
)  # fmt: skip
COEFFICIENTS = ("model", "term", "before", "after")
# A model that only ranks has no intercept to leave as it is.
FIRST_OF_RANKS = "intercept_slope"
CHECK_CASES = 3


@dataclass(frozen=True, slots=True)
class Update:
    """What an update found and made.

    Parameters
    ----------
    document : the updated model
    step : the step that was taken
    n, events : people it was made on
    tables : ``update`` and ``coefficients``
    """

    document: ModelDocument
    step: str
    n: int
    events: int
    tables: Mapping[str, pd.DataFrame]


def update(
    document: ModelDocument, people: People, asked: Asked, extend: Mapping[str, str] | None = None,
    step: str | None = None,
) -> Update:  # fmt: skip
    """Climb the ladder of updates on people with a yes-or-no outcome.

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
    _check(document, people, asked.lang)
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
        ladder = update_ladder(sample.outcome, sample.score, matrix, names, added, list(extend))
    except CannotFitError as refusal:
        raise StageFailedError(refusal.sentence(asked.lang)) from refusal
    taken = _taken(document, ladder, step, asked.lang)
    tree = _tree(document, people, asked, ladder, taken, extend)
    tree["checks"] = _checks(document, tree, frame)
    if taken.name in ("intercept", "intercept_slope"):
        tree["covariance"] = _covariance(document, sample.outcome, sample.score, taken)
    made = parse_model(as_text(tree), f"{tree['id']}.json")
    return Update(made, taken.name, ladder.n, ladder.events, _tables(document, made, ladder, taken))


def as_text(tree: Mapping[str, Any]) -> str:
    """A document as it is written to a file."""
    return json.dumps(tree, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _check(document: ModelDocument, people: People, lang: Lang) -> None:
    if document.readings or document.answers == "nothing":
        raise UsageError(text("models.cannot_update", lang, name=document.name[lang]))
    if document.link == "survival":
        raise UsageError(text("models.survival_not_updated", lang))
    if people.outcome is None:
        raise UsageError(text("models.no_outcome", lang, outcome=document.said_outcome(lang)))


def _taken(document: ModelDocument, ladder: Ladder, wanted: str | None, lang: Lang) -> Step:
    """The step asked for, or the chosen one; a model that only ranked needs an intercept and a slope."""
    names: list[str] = [one.name for one in ladder.steps]
    if document.answers == "rank":
        names = names[names.index(FIRST_OF_RANKS) :]
    if wanted is not None and wanted not in names:
        raise UsageError(text("models.no_such_step", lang, step=wanted, known=", ".join(names)))
    chosen = wanted or (ladder.chosen if ladder.chosen in names else FIRST_OF_RANKS)
    return next(one for one in ladder.steps if one.name == chosen)


def _new_coefficients(document: ModelDocument, taken: Step) -> tuple[float, np.ndarray, np.ndarray]:
    """Intercept, coefficients of the terms, and of what extends them, on the scale of the terms' columns."""
    before = coefficients(document.terms)
    extra = np.asarray(taken.coefficients, dtype=float)
    own = extra[: len(before)] if extra.size else np.zeros(len(before))
    after = taken.slope * before + own
    return taken.intercept + taken.slope * document.intercept, after, extra[len(before) :]


def _tree(
    document: ModelDocument, people: People, asked: Asked, ladder: Ladder, taken: Step,
    extend: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    tree = copy.deepcopy(dict(document.tree))
    intercept, after, extra = _new_coefficients(document, taken)
    tree |= {"id": f"{document.id}_updated", "class": "equation", "link": "logit", "intercept": intercept}
    tree["name"] = {
        lang: text("models.updated_name", lang, name=document.name[lang]) for lang in ("en", "zh")
    }
    tree["terms"] = _terms(document, after) + [
        {"kind": "linear", "predictor": name, "coefficient": float(value)}
        for name, value in zip(extend if extra.size else (), extra, strict=True)
    ]
    tree["predictors"] += [
        {"name": name, "label": name, "kind": "number", "unit": unit, "checked": "yes"}
        for name, unit in (extend.items() if extra.size else ())
    ]
    asked_for = {one["predictor"] for one in tree["terms"] if "predictor" in one}
    asked_for |= {part["predictor"] for one in tree["terms"] for part in one.get("factors", ())}
    tree["predictors"] = [one for one in tree["predictors"] if one["name"] in asked_for]
    tree["provenance"] = {
        "updated_from": document.id,
        "model_sha256": sha256(as_text(document.tree).encode("utf-8")).hexdigest(),
        "step": taken.name,
        "table": people.file,
        "table_sha256": asked.table_sha256,
        "n": ladder.n,
        "events": ladder.events,
        "outcome_column": asked.choices.outcome,
    }
    if asked.version:
        tree["provenance"]["opentrs"] = asked.version
    for key in ("other_intercepts", "covariance", "rank_by", "performance", "not_public", "needed_to_run"):
        tree.pop(key, None)
    return tree


def _terms(document: ModelDocument, after: np.ndarray) -> list[dict[str, Any]]:
    """The terms with new coefficients; ratios become their logarithms."""
    together = document.kind != "odds_ratios"
    used = [one for one in document.tree.get("terms", ()) if together or one.get("together")]
    made, at = [], 0
    for one, term in zip(used, document.terms, strict=True):
        ratios = ("odds_ratio", "hazard_ratio", "ci_low", "ci_high", "p", "together", "coefficient")
        new = {key: value for key, value in one.items() if key not in ratios}
        values = [float(value) for value in after[at : at + len(term.coefficients)]]
        at += len(values)
        new |= {"coefficients": values} if term.kind == "spline" else {"coefficient": values[0]}
        made.append(new)
    return made


def _checks(document: ModelDocument, tree: dict[str, Any], frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Check cases that are nobody: the inputs the document has, or the middle of what was seen."""
    updated = from_tree({**tree, "checks": []})
    asked = list(updated.predictors)
    middle = {name: _middle(frame[name], updated.predictors[name].kind) for name in asked}
    given = [one.inputs for one in document.checks][:CHECK_CASES] or [{}]
    made = []
    for at, inputs in enumerate(given):
        person = {name: inputs.get(name, middle[name]) for name in asked}
        columns = {
            name: [float(value) if not isinstance(value, str) else value] for name, value in person.items()
        }
        risk = float(applied(updated, pd.DataFrame(columns)).risk[0])
        if np.isfinite(risk):
            name = {lang: text("models.check_name", lang, n=at + 1) for lang in ("en", "zh")}
            made.append({"name": name, "inputs": person, "risk": risk, "tolerance": 1e-6})
    return made


def _middle(values: pd.Series[Any], kind: str) -> Any:
    """A typical value that is no single person's: a mean, the commoner answer, the commonest category."""
    if kind == "category":
        return str(values.mode().iloc[0])
    mean = float(values.mean())
    return bool(mean >= 0.5) if kind == "flag" else round(mean, 2)


def _covariance(
    document: ModelDocument, outcome: np.ndarray, score: np.ndarray, taken: Step
) -> dict[str, Any]:
    """Covariance of intercept and coefficients as far as the update estimated them.

    The published coefficients themselves are taken as known: their covariance is not public.
    """
    before = coefficients(document.terms)
    if taken.name == "intercept":
        fit = fit_logistic(np.empty((len(outcome), 0)), outcome, offset=score)
        moved = np.zeros((1, 1 + len(before)))
        moved[0, 0] = 1.0
    else:
        fit = fit_logistic(score[:, None], outcome)
        moved = np.zeros((2, 1 + len(before)))
        moved[0, 0] = 1.0
        moved[1] = np.concatenate([[document.intercept], before])
    matrix = moved.T @ np.asarray(fit.covariance) @ moved
    names = [name for term in document.terms for name in term.names]
    return {"of": ["intercept", *names], "matrix": [[float(value) for value in row] for row in matrix]}


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
    names = [name for term in document.terms for name in term.names]
    return {"intercept": intercept, **dict(zip(names, map(float, coefficients(document.terms)), strict=True))}
