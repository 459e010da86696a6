"""A published model held against people it was not made on: figures with intervals, by group and site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from opentrs.errors import InputProblemsError, Problem, StageFailedError, UsageError
from opentrs.messages import Lang, text
from opentrs.predict.registry import rows as made
from opentrs.predict.registry.apply import Applied, applied, improvement_percent
from opentrs.predict.registry.case_mix import CaseMix, case_mix
from opentrs.predict.registry.choices import TableChoices
from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.sample import Sample, measured
from opentrs.predict.registry.shipped import shipped
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
from opentrs.stats.prediction import sample_size
from opentrs.stats.prediction.estimate import Estimate
from opentrs.stats.prediction.performance import FEWEST
from opentrs.stats.prediction.sites import FEWEST_SITES, pooled_over_sites
from opentrs.stats.refusal import CannotFitError

COMPARATORS = ("early_nonimprovement_week_2", "trrip_two_trials")
THRESHOLDS = tuple(round(at / 100, 2) for at in range(1, 100))
POOLED = (
    "c_statistic", "observed_expected", "calibration_in_the_large", "calibration_slope", "harrell_c", "uno_c",
    "sensitivity", "specificity", "ppv", "npv",
)  # fmt: skip
CASE_MIX = (
    "model", "predictor", "unit", "n", "mean", "sd", "published_mean", "published_sd",
    "standardised_difference",
)  # fmt: skip
SAMPLE_SIZE = ("model", "purpose", "criterion", "needed", "needed_events", "n", "events", "enough")
FOURFOLD = ("model", "group", "outcome", "tp", "fp", "fn", "tn", "n")


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
        "performance": made.frame(_performance(heading, overall, by_group, asked), made.PERFORMANCE),
        "calibration": made.frame(_calibration(heading, whole, groups, by_group, asked), made.CALIBRATION),
        "decision": made.frame(_decision(heading, whole, people, usable, flags, asked), made.DECISION),
        "sample_size": made.frame(_sample_sizes(document, whole, overall), SAMPLE_SIZE),
        "case_mix": made.frame(_case_mix_rows(document, mix), CASE_MIX),
    }
    if whole.answers == "yes_no":
        tables["two_by_two"] = made.frame(_fourfolds(document, whole, groups), FOURFOLD)
    tables["flags"] = made.frame(flags.rows, FLAGS)
    if whole.answers != "risk" or whole.is_time:
        return Validation(tables, overall, kind, mix, problems=people.problems)
    return Validation(tables, overall, kind, mix, whole.risk, whole.outcome, people.problems)


def comparators(document: ModelDocument) -> tuple[ModelDocument, ...]:
    """Rules that people could be treated by instead of the model."""
    return tuple(shipped(name) for name in COMPARATORS if name != document.id)


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


Groups = Mapping[str, np.ndarray]


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


def _performance(
    heading: made.Heading, overall: Mapping[str, Estimate], by_group: Mapping[str, Mapping[str, Estimate]],
    asked: Asked,
) -> list[dict[str, Any]]:  # fmt: skip
    rows = made.performance_rows(heading, made.EVERYBODY, overall, asked.lang)
    for group, found in by_group.items():
        rows += made.performance_rows(heading, group, found, asked.lang)
    site = asked.choices.site
    sites = [found for group, found in by_group.items() if site and group.startswith(f"{site}=")]
    if len(sites) < FEWEST_SITES:
        return rows
    for metric in POOLED:
        estimates = [found[metric] for found in sites if metric in found]
        try:
            over = pooled_over_sites(metric, estimates)
        except CannotFitError:
            continue
        rows.append(made.pooled_row(heading, f"pooled over {site}", metric, over, asked.lang))
    return rows


def _calibration(
    heading: made.Heading, whole: Sample, groups: Mapping[str, Groups],
    by_group: Mapping[str, Mapping[str, Estimate]], asked: Asked,
) -> list[dict[str, Any]]:  # fmt: skip
    if whole.answers != "risk":
        return []
    rows = made.calibration_rows(heading, made.EVERYBODY, whole, asked.seed)
    for levels in groups.values():
        for group, who in levels.items():
            if group in by_group:
                rows += made.calibration_rows(heading, group, whole.of(who), asked.seed)
    return rows


def _decision(
    heading: made.Heading, whole: Sample, people: People, usable: np.ndarray, flags: Flags, asked: Asked
) -> list[dict[str, Any]]:
    """Everybody without the rules; beside it those in whom a rule can be told, for a fair comparison."""
    if whole.answers == "rank":
        return []
    rows = made.decision_rows(heading, made.EVERYBODY, whole, asked.thresholds, {}, asked.seed)
    for rule in comparators(flags.document):
        answers = applied(rule, people.predictors).positive[usable]
        known = np.isfinite(answers)
        part = whole.of(known)
        if min(part.events, part.others) < FEWEST:
            key = "comparator_few" if known.any() else "comparator_absent"
            flags.add("comparator", WARNED, key, int(known.sum()), name=rule.name[asked.lang])
            continue
        group = f"{rule.id} known"
        said = {rule.id: answers[known]}
        rows += made.decision_rows(heading, group, part, asked.thresholds, said, asked.seed)
    return rows


def _sample_sizes(
    document: ModelDocument, whole: Sample, overall: Mapping[str, Estimate]
) -> list[dict[str, Any]]:
    """People this validation would need for intervals of the usual widths; yes-or-no outcomes alone."""
    n, events = len(whole), whole.events
    c = overall["c_statistic"].value if "c_statistic" in overall else None
    if whole.is_time or c is None:
        return []
    prevalence = events / n
    log_odds = whole.score if whole.answers == "risk" else None
    try:
        needed = sample_size.validation(prevalence, c, log_odds, _at_prevalence(whole, prevalence))
    except CannotFitError:
        return []
    return [
        {
            "model": document.id, "purpose": "validation", "criterion": one.criterion, "needed": one.n,
            "needed_events": one.events, "n": n, "events": events,
            "enough": "yes" if n >= one.n else "no",
        }
        for one in needed
        if whole.answers == "risk" or one.criterion == "c_statistic"
    ]  # fmt: skip


def _at_prevalence(whole: Sample, prevalence: float) -> sample_size.AtThreshold | None:
    """Sensitivity and specificity where people at or above the average risk are treated."""
    if whole.answers != "risk":
        return None
    treated = whole.risk >= prevalence
    sensitivity = float(treated[whole.outcome == 1].mean())
    specificity = float(1 - treated[whole.outcome == 0].mean())
    return sample_size.AtThreshold(prevalence, sensitivity, specificity)


def _case_mix_rows(document: ModelDocument, mix: CaseMix) -> list[dict[str, Any]]:
    return [
        {
            "model": document.id, "predictor": one.predictor, "unit": one.unit, "n": one.n, "mean": one.mean,
            "sd": one.sd, "published_mean": one.published_mean, "published_sd": one.published_sd,
            "standardised_difference": one.difference,
        }
        for one in mix.rows
    ]  # fmt: skip


def _fourfolds(document: ModelDocument, whole: Sample, groups: Mapping[str, Groups]) -> list[dict[str, Any]]:
    rows = [_fourfold(document, made.EVERYBODY, whole)]
    for levels in groups.values():
        rows += [_fourfold(document, group, whole.of(who)) for group, who in levels.items()]
    return rows


def _fourfold(document: ModelDocument, group: str, sample: Sample) -> dict[str, Any]:
    said, event = sample.positive == 1, sample.outcome == 1
    cells = {"tp": said & event, "fp": said & ~event, "fn": ~said & event, "tn": ~said & ~event}
    counts = {name: int(who.sum()) for name, who in cells.items()}
    return {"model": document.id, "group": group, "outcome": document.outcome, **counts, "n": len(sample)}


def thresholds_between(first: float, last: float, step: float) -> tuple[float, ...]:
    """Risks from ``first`` to ``last``, both included, a step apart."""
    count = int(np.floor((last - first) / step + 1e-9))
    return tuple(round(first + at * step, 10) for at in range(count + 1))
