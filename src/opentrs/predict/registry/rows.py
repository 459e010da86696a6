"""Figures as rows of the tables of the prediction stage, with the names everybody keeps to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from opentrs.messages import Lang, has, text
from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.sample import Sample
from opentrs.stats.prediction import calibration, decision
from opentrs.stats.prediction.estimate import Estimate
from opentrs.stats.prediction.sites import OverSites
from opentrs.stats.refusal import CannotFitError

EVERYBODY = "all"
HEAD = ("model", "landmark", "outcome", "kind", "group")
PERFORMANCE = (
    *HEAD, "metric", "estimate", "ci_low", "ci_high", "n", "events", "unit", "method", "prediction_low",
    "prediction_high", "tau2", "i2_percent", "sites", "why_not",
)  # fmt: skip
CALIBRATION = (*HEAD, "smoother", "risk", "observed", "low", "high", "n", "events")
ENDS = ("risk", "observed", "low", "high")
GAIN = (
    "threshold", "strategy", "net_benefit", "low", "high", "n", "events", "over_best", "over_best_low",
    "over_best_high",
)  # fmt: skip
DECISION = (*HEAD, *GAIN)
UNITS: Mapping[str, str] = {
    "n": "people", "events": "people", "competing_events": "people", "calibration_in_the_large": "log odds",
    "observed_expected": "ratio", "lr_positive": "ratio", "lr_negative": "ratio",
    "calibration_slope": "slope",
    "hazard_slope": "slope", "ici": "risk", "e50": "risk", "e90": "risk", "emax": "risk",
    "brier": "squared error", "brier_miscalibration": "squared error",
    "brier_discrimination": "squared error", "brier_uncertainty": "squared error",
}  # fmt: skip
UNITS_OF_TIMES = {"calibration_in_the_large": "complementary log-log", "observed_risk": "risk"}
SMOOTHERS: tuple[calibration.Smoother, ...] = ("loess", "isotonic")


@dataclass(frozen=True, slots=True)
class Heading:
    """What every row of a run begins with."""

    model: str
    landmark: str
    outcome: str
    kind: str

    @classmethod
    def of(cls, document: ModelDocument, kind: str) -> Heading:
        """The heading of a model."""
        return cls(document.id, document.landmark, document.outcome, kind)

    def with_group(self, group: str) -> dict[str, Any]:
        """The first columns of a row."""
        return {
            "model": self.model, "landmark": self.landmark, "outcome": self.outcome, "kind": self.kind,
            "group": group,
        }  # fmt: skip


def frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a table with these columns, also where there is no row."""
    return pd.DataFrame([dict(row) for row in rows], columns=list(columns))


def why_not(estimate: Estimate, lang: Lang) -> str:
    """Why a figure is not there, as far as its sentence needs nothing but the counts."""
    key = f"cannot_fit.{estimate.reason}"
    if estimate.reason is None or not has(key, lang):
        return estimate.reason or ""
    try:
        return text(key, lang, n=estimate.n, events=estimate.events)
    except KeyError:
        return estimate.reason


def performance_rows(
    heading: Heading, group: str, found: Mapping[str, Estimate], lang: Lang
) -> list[dict[str, Any]]:
    """A row for each figure."""
    units = {**UNITS, **(UNITS_OF_TIMES if "observed_risk" in found else {})}
    return [
        {
            **heading.with_group(group), "metric": name, "estimate": one.value, "ci_low": one.low,
            "ci_high": one.high, "n": one.n, "events": one.events, "unit": units.get(name, "share"),
            "method": one.method_text(lang), "why_not": why_not(one, lang),
        }
        for name, one in found.items()
    ]  # fmt: skip


def pooled_row(heading: Heading, group: str, metric: str, over: OverSites, lang: Lang) -> dict[str, Any]:
    """One figure pooled over sites, with where a new site would lie."""
    (row,) = performance_rows(heading, group, {metric: over.pooled}, lang)
    return row | {
        "prediction_low": over.prediction_low, "prediction_high": over.prediction_high, "tau2": over.tau2,
        "i2_percent": over.i2_percent, "sites": over.n_sites,
    }  # fmt: skip


def calibration_rows(heading: Heading, group: str, sample: Sample, seed: int) -> list[dict[str, Any]]:
    """Calibration curves by every smoother that these risks allow."""
    rows: list[dict[str, Any]] = []
    for curve in _curves(sample, seed):
        same = {**heading.with_group(group), "smoother": curve.smoother, "n": curve.n, "events": curve.events}
        for values in zip(curve.risk, curve.observed, curve.low, curve.high, strict=True):
            rows.append(same | dict(zip(ENDS, map(float, values), strict=True)))
    return rows


def _curves(sample: Sample, seed: int) -> list[Any]:
    found: list[Any] = []
    if not sample.is_time:
        for smoother in SMOOTHERS:
            with suppress(CannotFitError):  # performance.csv says why these risks have no curve
                found.append(calibration.calibration_curve(sample.outcome, sample.risk, smoother, seed=seed))
        return found
    from opentrs.stats.survival.calibration_curve import calibration_curve

    with suppress(CannotFitError):
        when = (sample.time, sample.cause)
        found.append(calibration_curve(*when, sample.risk, sample.horizon_days, seed=seed))
    return found


def decision_rows(
    heading: Heading, group: str, sample: Sample, thresholds: Sequence[float],
    rules: Mapping[str, np.ndarray], seed: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Net benefit of the model, of treating all or none, and of rules, at each threshold."""
    found: Sequence[Any]
    risk = sample.risk if sample.answers == "risk" else sample.positive
    if not sample.is_time:
        found = decision.net_benefit(sample.outcome, risk, thresholds, rules, seed)
    else:
        from opentrs.stats.survival.decision import net_benefit

        when = (sample.time, sample.cause)
        found = net_benefit(*when, risk, sample.horizon_days, list(thresholds), rules)
    return [{**heading.with_group(group), **{name: getattr(one, name) for name in GAIN}} for one in found]
