"""How well models do on people held out: everybody, by group, and with each site left out in turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from opentrs.messages import Lang, text
from opentrs.predict.develop import OWN, Effort, Made
from opentrs.predict.registry.rows import why_not
from opentrs.predict.time_model import MODEL as TIME_MODEL
from opentrs.predict.time_model import OUTCOME as TIME_OUTCOME
from opentrs.predict.time_model import TimeModel
from opentrs.stats.nested import Developed
from opentrs.stats.prediction.estimate import Estimate
from opentrs.stats.prediction.performance import performance
from opentrs.stats.prediction.sites import pooled_over_sites
from opentrs.stats.refusal import CannotFitError

Floats = npt.NDArray[np.float64]
Rows = list[dict[str, Any]]
UNITS: Mapping[str, str] = {
    "n": "people", "events": "people", "c_statistic": "probability", "calibration_in_the_large": "log odds",
    "calibration_slope": "ratio", "observed_expected": "ratio",
}  # fmt: skip
# Columns of people by which the own model is judged apart.
GROUPS = ("sex", "ancestry", "site")
NOT_RECORDED = "not_recorded"


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
    return rows + _group_rows(made, effort, seed, lang)


def _group_rows(made: Made, effort: Effort, seed: int, lang: Lang) -> Rows:
    """The own model in women and men, by ancestry and by site, on the risks of people held out.

    Where sites were left out in turn their rows are those of :func:`_site_rows`. A column that is the same
    in everybody makes no groups.
    """
    people, rows = made.task.people, list[dict[str, Any]]()
    if OWN not in made.models:
        return rows
    y, risk = people["answer"].to_numpy(dtype=float), held_out(made.models[OWN])
    for column in GROUPS:
        if column not in people or (column == "site" and made.by_site is not None):
            continue
        values = people[column].fillna("").replace("", NOT_RECORDED)
        levels = sorted(set(values) - {NOT_RECORDED})
        if len(levels) < 2:
            continue
        for level in [*levels, *([NOT_RECORDED] if (values == NOT_RECORDED).any() else [])]:
            here = (values == level).to_numpy()
            group = f"{column}:{level}"
            rows += _of_group(made, "internal", group, y[here], risk[here], effort, seed, lang)
    return rows


def _of_group(
    made: Made, kind: str, group: str, y: Floats, risk: Floats, effort: Effort, seed: int, lang: Lang,
    by_metric: dict[str, list[Estimate]] | None = None,
) -> Rows:  # fmt: skip
    """Figures of a group, added to ``by_metric`` too; where there are too few to judge, one row says so."""
    try:
        found = performance(y, np.clip(risk, 1e-6, 1 - 1e-6), seed, effort.resamples)
    except CannotFitError as refusal:
        counts = {"n": y.size, "events": int(y.sum()), "unit": UNITS["c_statistic"]}
        place = {**analysis(made, OWN), "kind": kind, "group": group, "metric": "c_statistic"}
        return [{**place, **counts, "method": "", "why_not": refusal.sentence(lang)}]
    if by_metric is not None:
        for metric, one in found.items():
            by_metric.setdefault(metric, []).append(one)
    rows = [_row(made, OWN, kind, group, metric, one, lang) for metric, one in found.items()]
    if kind != "internal":
        return rows
    together = text("predict.folds_together", lang)
    return [
        {**row, "method": f"{row['method']}; {together}"} if row["metric"] == "c_statistic" else row
        for row in rows
    ]


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
        "why_not": why_not(one, lang),
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
        rows += _of_group(
            made, "leave_site_out", f"site:{site}", y[here], risk[here], effort, seed, lang, by_metric
        )
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
