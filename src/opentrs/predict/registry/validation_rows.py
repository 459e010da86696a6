"""Figures of a validation as rows of its tables: everybody, groups, sites pooled, rules beside the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from opentrs.predict.registry import rows as made
from opentrs.predict.registry.apply import applied
from opentrs.predict.registry.case_mix import CaseMix
from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.judged import Asked
from opentrs.predict.registry.sample import Sample
from opentrs.predict.registry.shipped import shipped
from opentrs.predict.registry.standing import (
    WARNED,
    Flags,
)
from opentrs.predict.registry.table import People
from opentrs.stats.prediction import sample_size
from opentrs.stats.prediction.estimate import Estimate
from opentrs.stats.prediction.performance import FEWEST
from opentrs.stats.prediction.sites import FEWEST_SITES, pooled_over_sites
from opentrs.stats.refusal import CannotFitError

COMPARATORS = ("early_nonimprovement_week_2", "trrip_two_trials")
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


def comparators(document: ModelDocument) -> tuple[ModelDocument, ...]:
    """Rules that people could be treated by instead of the model."""
    return tuple(shipped(name) for name in COMPARATORS if name != document.id)


Groups = Mapping[str, np.ndarray]


def performance_table(
    heading: made.Heading, overall: Mapping[str, Estimate], by_group: Mapping[str, Mapping[str, Estimate]],
    asked: Asked,
) -> list[dict[str, Any]]:  # fmt: skip
    """Figures of everybody, of groups, and pooled over sites."""
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


def calibration_table(
    heading: made.Heading, whole: Sample, groups: Mapping[str, Groups],
    by_group: Mapping[str, Mapping[str, Estimate]], asked: Asked,
) -> list[dict[str, Any]]:  # fmt: skip
    """Observed against predicted risk of everybody and of groups that can be judged."""
    if whole.answers != "risk":
        return []
    rows = made.calibration_rows(heading, made.EVERYBODY, whole, asked.seed)
    for levels in groups.values():
        for group, who in levels.items():
            if group in by_group:
                rows += made.calibration_rows(heading, group, whole.of(who), asked.seed)
    return rows


def decision_table(
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


def sample_size_table(
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


def case_mix_table(document: ModelDocument, mix: CaseMix) -> list[dict[str, Any]]:
    """Predictors here beside those of the development."""
    return [
        {
            "model": document.id, "predictor": one.predictor, "unit": one.unit, "n": one.n, "mean": one.mean,
            "sd": one.sd, "published_mean": one.published_mean, "published_sd": one.published_sd,
            "standardised_difference": one.difference,
        }
        for one in mix.rows
    ]  # fmt: skip


def fourfold_table(
    document: ModelDocument, whole: Sample, groups: Mapping[str, Groups]
) -> list[dict[str, Any]]:
    """Counts of a rule against the outcome, everybody and groups."""
    rows = [_fourfold(document, made.EVERYBODY, whole)]
    for levels in groups.values():
        rows += [_fourfold(document, group, whole.of(who)) for group, who in levels.items()]
    return rows


def _fourfold(document: ModelDocument, group: str, sample: Sample) -> dict[str, Any]:
    said, event = sample.positive == 1, sample.outcome == 1
    cells = {"tp": said & event, "fp": said & ~event, "fn": ~said & event, "tn": ~said & ~event}
    counts = {name: int(who.sum()) for name, who in cells.items()}
    return {"model": document.id, "group": group, "outcome": document.outcome, **counts, "n": len(sample)}
