"""What was made of a task, as rows of the output tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from opentrs.messages import Lang, text
from opentrs.predict.conditional_risk import fit_bias_reduced
from opentrs.predict.develop import OWN, Effort, Made, own_words
from opentrs.predict.imputation import completed_once, completed_with
from opentrs.predict.predictors import Predictor
from opentrs.predict.time_model import MODEL as TIME_MODEL
from opentrs.predict.time_model import OUTCOME as TIME_OUTCOME
from opentrs.predict.time_model import TimeModel
from opentrs.stats.intervals import exact_proportion, worst_best
from opentrs.stats.nested import Developed, PipelineModel
from opentrs.stats.prediction.added_value import added_value
from opentrs.stats.prediction.calibration import calibration_curve
from opentrs.stats.prediction.decision import net_benefit
from opentrs.stats.prediction.estimate import Estimate
from opentrs.stats.prediction.performance import performance
from opentrs.stats.prediction.sites import pooled_over_sites
from opentrs.stats.refusal import CannotFitError

Floats = npt.NDArray[np.float64]
Rows = list[dict[str, Any]]
THRESHOLDS = np.round(np.arange(0.05, 0.55, 0.05), 2)
WEEK_2 = "improvement_week2_percent"
NON_IMPROVEMENT_BELOW = 20.0
CURVE_POINTS = 25
UNITS: Mapping[str, str] = {
    "n": "people", "events": "people", "c_statistic": "probability", "calibration_in_the_large": "log odds",
    "calibration_slope": "ratio", "observed_expected": "ratio",
}  # fmt: skip


def analysis(made: Made, model: str) -> dict[str, str]:
    """What every row says of where it belongs."""
    return {"model": model, "landmark": made.task.landmark.name, "outcome": made.task.outcome.name}


def held_out(developed: Developed) -> Floats:
    """Each person's risk when they were held out, of the first drawing of the folds."""
    return np.asarray(developed.risk[0], dtype=np.float64)


def performance_rows(made: Made, effort: Effort, seed: int, lang: Lang) -> Rows:
    """Apparent, held-out and by-site performance of every model."""
    y = made.task.people["answer"].to_numpy(dtype=float)
    rows: Rows = []
    for name, developed in made.models.items():
        model = developed.model
        if model is not None:
            features = made.task.table[list(model.names)].to_numpy(dtype=float)
            rows += _measured(made, name, "apparent", "all", y, model.risk(features), effort, seed, lang)
        own = _measured(made, name, "internal", "all", y, held_out(developed), effort, seed, lang)
        rows += [_fold_c(row, developed, lang) if row["metric"] == "c_statistic" else row for row in own]
    if made.by_site is not None:
        rows += _site_rows(made, made.by_site, effort, seed, lang)
    return rows


def _measured(
    made: Made,
    model: str,
    kind: str,
    group: str,
    y: Floats,
    risk: Floats,
    effort: Effort,
    seed: int,
    lang: Lang,
) -> Rows:
    # A risk of exactly 0 or 1 has no log-odds; trees and separated folds can give one.
    inside = np.clip(risk, 1e-6, 1 - 1e-6)
    try:
        found = performance(y, inside, seed, effort.resamples)
    except CannotFitError:
        return []
    return [_row(made, model, kind, group, metric, one, lang) for metric, one in found.items()]


def time_rows(found: TimeModel, landmark: str, lang: Lang) -> Rows:
    """Held-out performance of the model of time."""
    place = {
        "model": TIME_MODEL,
        "landmark": landmark,
        "outcome": TIME_OUTCOME,
        "kind": "internal",
        "group": "all",
    }
    return [{**place, **_told(metric, one, lang)} for metric, one in found.performance.items()]


def _told(metric: str, one: Estimate, lang: Lang) -> dict[str, Any]:
    return {
        "metric": metric, "estimate": one.value, "ci_low": one.low, "ci_high": one.high, "n": one.n,
        "events": one.events, "unit": UNITS.get(metric, "score"), "method": one.method_text(lang),
    }  # fmt: skip


def _row(
    made: Made, model: str, kind: str, group: str, metric: str, one: Estimate, lang: Lang
) -> dict[str, Any]:
    return {**analysis(made, model), "kind": kind, "group": group, **_told(metric, one, lang)}


def _fold_c(row: dict[str, Any], developed: Developed, lang: Lang) -> dict[str, Any]:
    """C is the mean within folds: pooled held-out risks are biased, since each fold has its own level."""
    told = {"estimate": developed.auc, "ci_low": developed.auc_low, "ci_high": developed.auc_high}
    return {**row, **told, "method": text("predict.within_folds", lang)}


def _site_rows(made: Made, by_site: Developed, effort: Effort, seed: int, lang: Lang) -> Rows:
    """Each site held out, and the sites pooled."""
    y = made.task.people["answer"].to_numpy(dtype=float)
    sites = made.task.people["site"].to_numpy(dtype=object)
    risk = held_out(by_site)
    rows = _measured(made, OWN, "leave_site_out", "all", y, risk, effort, seed, lang)
    by_metric: dict[str, list[Estimate]] = {}
    for site in sorted(set(sites)):
        here = sites == site
        try:
            found = performance(y[here], np.clip(risk[here], 1e-6, 1 - 1e-6), seed, effort.resamples)
        except CannotFitError:
            continue
        for metric, one in found.items():
            by_metric.setdefault(metric, []).append(one)
            rows.append(_row(made, OWN, "leave_site_out", f"site:{site}", metric, one, lang))
    for row in [one for one in rows if one["group"] == "all"]:
        row.update(_pooled(row["metric"], by_metric.get(row["metric"], [])))
    return rows


def _pooled(metric: str, sites: list[Estimate]) -> dict[str, Any]:
    """The mean over sites with a prediction interval, for the three figures that can be pooled."""
    if metric not in ("c_statistic", "observed_expected", "calibration_slope"):
        return {}
    try:
        found = pooled_over_sites(metric, sites)
    except CannotFitError:
        return {}
    pooled = found.pooled
    return {
        "estimate": pooled.value, "ci_low": pooled.low, "ci_high": pooled.high,
        "prediction_low": found.prediction_low, "prediction_high": found.prediction_high,
    }  # fmt: skip


def calibration_rows(made: Made, effort: Effort, seed: int) -> Rows:
    """Observed against held-out risk of every model, by both smoothers."""
    y = made.task.people["answer"].to_numpy(dtype=float)
    rows: Rows = []
    for name, developed in made.models.items():
        risk = held_out(developed)
        grid = np.unique(np.quantile(risk, np.linspace(0.01, 0.99, CURVE_POINTS)))
        for smoother in ("loess", "isotonic"):
            try:
                curve = calibration_curve(y, risk, smoother, grid, seed=seed, resamples=effort.resamples)
            except CannotFitError:
                continue
            points = zip(curve.risk, curve.observed, curve.low, curve.high, strict=True)
            place = {**analysis(made, name), "kind": "internal", "group": "all", "smoother": smoother}
            rows += [
                {**place, **dict(zip(("risk", "observed", "low", "high"), map(float, one), strict=True))}
                for one in points
            ]
    return rows


def decision_rows(made: Made, effort: Effort, seed: int) -> Rows:
    """Net benefit of the own model, of treating all or none, and of the week-2 rule where it is known."""
    if OWN not in made.models:
        return []
    y = made.task.people["answer"].to_numpy(dtype=float)
    risk = held_out(made.models[OWN])
    found = net_benefit(y, risk, THRESHOLDS, seed=seed, resamples=effort.resamples)
    rule = made.task.table[WEEK_2] if WEEK_2 in made.task.table else pd.Series(np.nan, made.task.table.index)
    known = rule.notna().to_numpy()
    if known.any() and 0 < y[known].sum() < known.sum():
        # A rule is asked of those whom it can be asked: an unknown answer is no no.
        said = {"early_nonimprovement_week_2": (rule[known] < NON_IMPROVEMENT_BELOW).to_numpy()}
        beside = net_benefit(y[known], risk[known], THRESHOLDS, said, seed, resamples=effort.resamples)
        found = [*found, *(one for one in beside if one.strategy in said)]
    place = {**analysis(made, OWN), "kind": "internal", "group": "all"}
    return [{**place, **asdict(one)} for one in found]


def coefficient_rows(made: Made, resamples: int, seed: int) -> Rows:
    """Penalised coefficients per unit, and beside them unpenalised ones with their intervals."""
    developed = made.models.get(OWN)
    if developed is None or not isinstance(developed.model, PipelineModel):
        return []
    intercept, slopes = developed.model.equation()
    y = made.task.people["answer"].to_numpy(dtype=float)
    names = ["intercept", *developed.model.names]
    units = {one.name: one.unit for one in made.task.predictors}
    try:
        whole = completed_with(made.task.table.to_numpy(dtype=float), y, seed)
        fit = fit_bias_reduced(whole, y, made.task.people["group"].to_numpy(), resamples, seed)
        spread = 1.959963984540054 * fit.draws.std(axis=0, ddof=1)
        beside = np.column_stack([fit.beta, fit.beta - spread, fit.beta + spread])
    except CannotFitError:
        beside = np.full((len(names), 3), np.nan)
    return [
        {
            **analysis(made, OWN), "term": name, "coefficient": float(value), "unpenalised": other[0],
            "low": other[1], "high": other[2], "unit": f"log odds per {units.get(name) or 'unit'}"
            if name != "intercept" else "log odds", "note": "penalised; interval of the unpenalised one",
        }
        for name, value, other in zip(names, [intercept, *slopes], beside.tolist(), strict=True)
    ]  # fmt: skip


def flag_rows(made: Made, predictors: Mapping[str, Predictor], lang: Lang) -> Rows:
    """What was checked and what came of it."""
    return [
        {**analysis(made, OWN), "check": one.check, "level": one.level,
         "why": own_words(one, predictors, lang)}
        for one in made.flags
    ]  # fmt: skip


def size_rows(made: Made) -> Rows:
    """People needed for a development with as many predictors as were used."""
    task = made.task
    return [
        {**analysis(made, OWN), "purpose": "development", "criterion": one.criterion, "needed": one.n,
         "n": task.n, "events": task.events, "predictors": len(task.predictors)}
        for one in made.needed
    ]  # fmt: skip


def alarm_rows(made: Made) -> Rows:
    """The same procedure with shuffled outcomes."""
    found = made.alarm
    if found is None:
        return []
    verdict = "passed" if found.verdict == "passed" else "alarm"
    return [{**analysis(made, OWN), "runs": found.runs, "mean_fold_auc": found.auc, "low": found.low,
             "high": found.high, "verdict": verdict, "side": found.verdict}]  # fmt: skip


def landmark_row(answers: pd.DataFrame, landmark: str, outcome: str, lang: Lang) -> dict[str, Any]:
    """How many were at risk, had the outcome, are unknown or left out, and what the unknown could change."""
    at_risk = answers[answers["excluded"] == ""]
    known = at_risk["answer"].dropna()
    n, events, unknown = len(known), int(known.sum()), int(at_risk["answer"].isna().sum())
    share, (worst, best) = exact_proportion(events, n), worst_best(events, unknown, n + unknown)
    reasons = [*answers["excluded"][answers["excluded"] != ""], *at_risk["unknown"][at_risk["unknown"] != ""]]
    counts = pd.Series(reasons, dtype=object).value_counts().sort_index()
    why = text("predict_flag.list_separator", lang).join(
        text("predict.why_count", lang, why=text(f"predict_why.{name}", lang), n=int(count))
        for name, count in counts.items()
    )
    return {
        "landmark": landmark, "outcome": outcome, "n": n, "events": events,
        "excluded": len(answers) - len(at_risk), "unknown": unknown, "share": share.estimate,
        "low": share.low, "high": share.high, "share_if_no_unknown_had_it": worst,
        "share_if_every_unknown_had_it": best, "why": why, "unit": "people",
    }  # fmt: skip


def added_rows(
    made: Made, blocks: Mapping[str, list[str]], known: pd.DataFrame, effort: Effort, seed: int
) -> Rows:
    """What each block adds to the clinical predictors: likelihood ratio and permutation, never DeLong.

    Parameters
    ----------
    blocks : name -> columns of ``known``
    known : person_id and the columns of the blocks
    """
    task, rows = made.task, []
    for block, names in blocks.items():
        base = [one.name for one in task.predictors if one.name not in names]
        added = task.people[["person_id"]].merge(known[["person_id", *names]], on="person_id", how="left")
        there = added[names].notna().all(axis=1).to_numpy()
        y = task.people["answer"].to_numpy(dtype=float)[there]
        x = completed_once(task.table[base].to_numpy(dtype=float), seed)[there]
        z = added.loc[there, names].to_numpy(dtype=float)
        try:
            found = added_value(y, x, z, seed=seed, permutations=effort.resamples - 1,
                                resamples=effort.resamples)  # fmt: skip
        except CannotFitError:
            continue
        place = {**analysis(made, OWN), "added": block, "delta_c": found.delta_c.value,
                 "low": found.delta_c.low, "high": found.delta_c.high, "n": int(there.sum())}  # fmt: skip
        rows += [
            {**place, "test": "likelihood_ratio", "statistic": found.statistic, "p": found.p},
            {**place, "test": "permutation", "statistic": None, "p": found.permutation_p},
        ]
    return rows
