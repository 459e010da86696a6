"""A published model held against people it was not made on: figures with intervals, by group and site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from opentrs.errors import Problem, StageFailedError, UsageError
from opentrs.messages import text
from opentrs.predict.registry import rows as made
from opentrs.predict.registry import validation_rows as of
from opentrs.predict.registry.apply import Applied, applied
from opentrs.predict.registry.case_mix import CaseMix, case_mix
from opentrs.predict.registry.choices import TableChoices
from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.judged import Asked, refuse_outcome, sample_of, usable_people
from opentrs.predict.registry.sample import Sample, measured
from opentrs.predict.registry.standing import (
    FLAGS,
    PASSED,
    REFUSED,
    WARNED,
    Flags,
    case_mix_flag,
    read_flags,
    refuse_unfit,
)
from opentrs.predict.registry.table import People
from opentrs.predict.registry.validation_rows import CASE_MIX, FOURFOLD, SAMPLE_SIZE, Groups
from opentrs.stats.prediction.estimate import Estimate
from opentrs.stats.refusal import CannotFitError


@dataclass(frozen=True, slots=True)
class Validation:
    """Tables of a validation, what the page needs to know of it, and notes about the table.

    Parameters
    ----------
    tables : name below ``tables/predict`` -> rows
    overall : figures of everybody, by metric
    kind : ``external``, or ``apparent`` where the model was updated on this very table
    risk, outcome : of the people judged, for the bars below a calibration plot; None where there is no risk,
        or the outcome is a time
    """

    tables: Mapping[str, pd.DataFrame]
    overall: Mapping[str, Estimate]
    kind: str
    mix: CaseMix
    risk: np.ndarray | None = None
    outcome: np.ndarray | None = None
    problems: tuple[Problem, ...] = field(default=())


def validate(document: ModelDocument, people: People, asked: Asked) -> Validation:
    """Validate a model on people with a known outcome.

    Parameters
    ----------
    document : the model
    people : read for this model and for :func:`comparators`

    Raises
    ------
    UsageError : no outcome was named, or the model says nothing that could be validated
    InputProblemsError : a reason for which no figure may be given, see :func:`refuse_unfit`; one outcome
        only, or fewer than 10 people with or without the event
    StageFailedError : the figures cannot be made for another reason
    """
    _check_asked(document, people, asked)
    refuse_unfit(document, people, asked.choices)
    found = applied(document, people.predictors)
    everybody = sample_of(document, people, found, asked.choices)
    usable = usable_people(document, people, found)
    whole = everybody.of(usable)
    refuse_outcome(people, whole, asked.choices)
    kind = _kind(document, asked)
    heading = made.Heading.of(document, kind)
    flags = _flags(document, people, found, usable, asked, kind)
    mix = case_mix(document, people.predictors[usable])
    case_mix_flag(flags, mix)
    try:
        overall = measured(document, whole, asked.seed)
    except CannotFitError as refusal:
        raise StageFailedError(refusal.sentence(asked.lang)) from refusal
    groups = _groups(people, usable, asked.choices)
    by_group = _by_group(document, whole, groups, flags, asked)
    tables = {
        "performance": made.frame(of.performance_table(heading, overall, by_group, asked), made.PERFORMANCE),
        "calibration": made.frame(
            of.calibration_table(heading, whole, groups, by_group, asked), made.CALIBRATION
        ),
        "decision": made.frame(
            of.decision_table(heading, whole, people, usable, flags, asked), made.DECISION
        ),
        "sample_size": made.frame(of.sample_size_table(document, whole, overall), SAMPLE_SIZE),
        "case_mix": made.frame(of.case_mix_table(document, mix), CASE_MIX),
    }
    if whole.answers == "yes_no":
        tables["two_by_two"] = made.frame(of.fourfold_table(document, whole, groups), FOURFOLD)
    tables["flags"] = made.frame(flags.rows, FLAGS)
    if whole.answers != "risk" or whole.is_time:
        return Validation(tables, overall, kind, mix, problems=people.problems)
    return Validation(tables, overall, kind, mix, whole.risk, whole.outcome, people.problems)


def _check_asked(document: ModelDocument, people: People, asked: Asked) -> None:
    lang = asked.lang
    if document.answers == "nothing":
        needed = text("models.reasons.list_separator", lang).join(document.listed("needed_to_run", lang))
        raise UsageError(text("models.cannot_run", lang, name=document.name[lang], needed=needed))
    if people.outcome is None and people.time is None:
        raise UsageError(text("models.no_outcome", lang, outcome=document.said_outcome(lang)))
    if people.time is not None and document.readings:
        raise UsageError(text("models.rule_and_time", lang))
    if people.time is not None and not (asked.choices.horizon_days or document.horizon_days):
        raise UsageError(text("models.no_horizon", lang))
    if people.time is None and document.link == "survival":
        raise UsageError(text("models.survival_needs_time", lang))


def _kind(document: ModelDocument, asked: Asked) -> str:
    provenance = document.tree.get("provenance", {})
    own = provenance.get("table_sha256") == asked.table_sha256 and bool(asked.table_sha256)
    return "apparent" if own else "external"


def _flags(
    document: ModelDocument, people: People, found: Applied, usable: np.ndarray, asked: Asked, kind: str
) -> Flags:
    flags = Flags(document, asked.lang)
    read_flags(flags, people, found)
    column = asked.choices.outcome or asked.choices.event or ""
    says = document.said_outcome(asked.lang)
    flags.add("outcome", WARNED, "outcome_taken", int(usable.sum()), column=column, says=says)
    if kind == "apparent":
        flags.add("own_data", WARNED, "own_data", len(people))
    if document.tree["outcome"].get("proxy"):
        flags.add("proxy", WARNED, "proxy")
    rating = document.tree["risk_of_bias"]["rating"]
    flags.add("risk_of_bias", PASSED if rating == "low" else WARNED, f"bias_{rating}",
              by=document.tree["risk_of_bias"]["by"])  # fmt: skip
    return flags


def _groups(people: People, usable: np.ndarray, choices: TableChoices) -> dict[str, dict[str, np.ndarray]]:
    """Column -> group -> who, among the usable people; those without a value are in no group."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for column in people.groups.columns:
        values = people.groups[column][usable]
        levels = sorted(values.dropna().unique())
        found[column] = {f"{column}={level}": (values == level).to_numpy(dtype=bool) for level in levels}
    return found


def _by_group(
    document: ModelDocument, whole: Sample, groups: Mapping[str, Groups], flags: Flags, asked: Asked
) -> dict[str, dict[str, Estimate]]:
    found = {}
    for levels in groups.values():
        for group, who in levels.items():
            part = whole.of(who)
            try:
                found[group] = measured(document, part, asked.seed)
            except CannotFitError as refusal:
                flags.add("group", REFUSED, "group", len(part), group=group, why=refusal.sentence(asked.lang))
    return found
