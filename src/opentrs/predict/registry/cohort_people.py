"""A cohort -> what a model asks of its people on their landmark, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import pandas as pd

from opentrs.cohort.model import Cohort
from opentrs.errors import InputProblemsError, Problem, UsageError
from opentrs.messages import Lang, text
from opentrs.predict.fetching import fetched
from opentrs.predict.known import shipped_predictors
from opentrs.predict.landmarks import shipped_landmarks
from opentrs.predict.outcomes import outcome_named, outcome_table
from opentrs.predict.predictors import predictor_table
from opentrs.predict.registry.choices import TableChoices
from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.table import People, absent_column

ANY_LANDMARK = "any"
BASELINE = "baseline"
PERSON = "person_id"


def people_of_cohort(
    cohort: Cohort, models: Sequence[ModelDocument], choices: TableChoices, landmark: str | None = None,
    lang: Lang = "en",
) -> People:  # fmt: skip
    """Read what models ask from a cohort, through :meth:`Cohort.as_of` the landmark alone.

    Parameters
    ----------
    models : the model that is asked for first, then those it is compared with
    choices : ``outcome`` is the name of an outcome definition, ``columns`` predictor -> named predictor of
        the cohort, groups and site columns of people
    landmark : when the model is asked; by default the model's own

    Returns
    -------
    those at risk on their landmark; with an outcome, only they are at risk who had not had it before

    Raises
    ------
    UsageError : there is no such landmark, outcome or predictor, or a time was named
    InputProblemsError : a column of people is not there, or a predictor is part of how the outcome is told
    """
    if choices.is_survival:
        raise UsageError(text("models.cohort_and_time", lang))
    when = _landmark(models[0], landmark, lang)
    names = _names(models, choices)
    problems = _part_of_outcome(cohort, names, choices)
    frame = predictor_table(cohort, when, list(dict.fromkeys(names.values())))
    groups = _groups(cohort, frame, choices)
    outcome = None
    if choices.outcome is not None:
        told = outcome_table(cohort, when, choices.outcome).set_index(PERSON).loc[frame[PERSON]]
        at_risk = (told["excluded"] == "").to_numpy()
        problems += _not_at_risk(cohort, told["excluded"])
        frame, groups = frame[at_risk].reset_index(drop=True), groups[at_risk].reset_index(drop=True)
        outcome = told["answer"].to_numpy(dtype=float)[at_risk]
    predictors = pd.DataFrame({ours: frame[theirs] for ours, theirs in names.items()}, index=frame.index)
    return People(
        cohort.name, tuple(map(str, frame[PERSON])), np.arange(1, len(frame) + 1), predictors, outcome, None,
        None, groups, True, tuple(problems),
    )  # fmt: skip


def hash_of(cohort: Cohort) -> str:
    """A hash of every file of a cohort, for the provenance of a model."""
    files = sorted(f"{one.name} {one.sha256}" for one in cohort.files)
    return sha256("\n".join(files).encode("utf-8")).hexdigest()


def _landmark(document: ModelDocument, asked: str | None, lang: Lang) -> str:
    name = asked or (BASELINE if document.landmark == ANY_LANDMARK else document.landmark)
    known = shipped_landmarks()
    if name not in known:
        raise UsageError(text("predict.no_landmark", lang, name=name, known=", ".join(known)))
    return name


def _names(models: Sequence[ModelDocument], choices: TableChoices) -> dict[str, str]:
    """Predictor of a model -> named predictor of the cohort, where there is one."""
    known = shipped_predictors()
    asked = {name: choices.columns.get(name, name) for model in models for name in model.predictors}
    return {ours: theirs for ours, theirs in asked.items() if theirs in known or ours in choices.columns}


def _part_of_outcome(cohort: Cohort, names: dict[str, str], choices: TableChoices) -> list[Problem]:
    """Predictors that are part of how the outcome is told: refused, or named."""
    if choices.outcome is None:
        return []
    outcome, known = outcome_named(choices.outcome), shipped_predictors()
    found = []
    for ours, theirs in names.items():
        level = known[theirs].ingredient_of.get(outcome.ingredient_class) if theirs in known else None
        if level is not None:
            params = {"name": ours, "outcome": outcome.name}
            severity = "error" if level == "refused" else "warning"
            code = f"model_predictor_in_outcome_{level}"
            found.append(Problem(code, severity, cohort.name, column=ours, params=params))  # type: ignore[arg-type]
    if any(one.severity == "error" for one in found):
        raise InputProblemsError(found)
    return found


def _not_at_risk(cohort: Cohort, excluded: pd.Series) -> list[Problem]:
    counts = excluded[excluded != ""].value_counts()
    return [
        Problem(f"model_not_at_risk_{why}", "note", cohort.name, params={"n": int(n)})
        for why, n in counts.sort_index().items()
    ]


def _groups(cohort: Cohort, frame: pd.DataFrame, choices: TableChoices) -> pd.DataFrame:
    names = list(dict.fromkeys((*choices.groups, *([choices.site] if choices.site else []))))
    columns = list(cohort.people.columns)
    problems = []
    for name in names:
        if name not in columns:
            code, params = absent_column(name, columns)
            problems.append(Problem(code, file=cohort.name, column=name, params=params))
    if problems:
        raise InputProblemsError(problems)
    rows = fetched(cohort.people.select(PERSON, *names)).set_index(PERSON)
    found: pd.DataFrame = rows.loc[frame[PERSON]].reset_index(drop=True)
    return found
