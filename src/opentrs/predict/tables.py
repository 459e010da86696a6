"""What was made of a task, as rows of the output tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from opentrs.messages import Lang, text
from opentrs.predict.conditional_risk import fit_bias_reduced
from opentrs.predict.develop import OWN, Effort, Made, own_words
from opentrs.predict.imputation import completed_once, completed_with
from opentrs.predict.known import Predictor
from opentrs.predict.leakage import Flag
from opentrs.predict.performance_rows import Rows, analysis, held_out
from opentrs.stats.intervals import exact_proportion, worst_best
from opentrs.stats.nested import PipelineModel
from opentrs.stats.prediction.added_value import added_value
from opentrs.stats.prediction.calibration import calibration_curve
from opentrs.stats.refusal import CannotFitError

CURVE_POINTS = 25


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


def flag_rows(made: Made, flags: Iterable[Flag], predictors: Mapping[str, Predictor], lang: Lang) -> Rows:
    """What was checked and what came of it."""
    return [
        {**analysis(made, OWN), "check": one.check, "level": one.level,
         "why": own_words(one, predictors, lang)}
        for one in flags
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
