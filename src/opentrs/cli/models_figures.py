"""Figures of `models validate`: calibration, net benefit, and performance by group and site."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from opentrs.messages import Lang, text
from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.rows import EVERYBODY
from opentrs.predict.registry.shipped import shipped
from opentrs.predict.registry.validation import Validation
from opentrs.predict.registry.validation_rows import COMPARATORS
from opentrs.report.figures.calibration import CalibrationLine, CalibrationWords, RiskBar, calibration_plot
from opentrs.report.figures.decision import DecisionWords, Strategy, decision_curve
from opentrs.report.figures.performance import Measured, Panel, PerformanceRow, performance_forest
from opentrs.report.figures.plane import BandPoint

BARS = 20
# Fewer people than this in a bar would point at them.
LEAST_IN_BARS = 200
MOST_ROWS = 40
C_STEPS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
RATIO_STEPS = (0.25, 0.5, 1.0, 2.0, 4.0)
SLOPE_STEPS = (0.0, 0.5, 1.0, 1.5, 2.0)
PANELS = (
    ("c_statistic", C_STEPS, 0.5, False),
    ("harrell_c", C_STEPS, 0.5, False),
    ("observed_expected", RATIO_STEPS, 1.0, True),
    ("calibration_slope", SLOPE_STEPS, 1.0, False),
)


def figures(document: ModelDocument, found: Validation, lang: Lang) -> dict[str, str]:
    """SVG figures of a validation: path below ``figures`` without its ending -> drawing."""
    drawn: dict[str, str] = {}
    if len(found.tables["calibration"]):
        drawn["predict/calibration"] = _calibration(document, found, lang)
    for group, rows in found.tables["decision"].groupby("group", sort=False):
        stem = "decision" if group == EVERYBODY else f"decision-{str(group).split(' ')[0]}"
        drawn[f"predict/{stem}"] = _decision(document, rows, stem, lang)
    if found.tables["performance"]["group"].nunique() > 1:
        drawn["predict/groups"] = _forest(document, found.tables["performance"], lang)
    return drawn


def _counts(row: Any, lang: Lang) -> str:
    return text("models.fig_counts", lang, n=int(row["n"]), events=int(row["events"]))


def _known(value: Any) -> float | None:
    return None if value is None or not math.isfinite(float(value)) else float(value)


def _points(rows: pd.DataFrame, x: str, y: str) -> list[BandPoint]:
    return [
        BandPoint(float(row[x]), float(row[y]), _known(row["low"]), _known(row["high"]))
        for row in rows.to_dict("records")
        if _known(row[y]) is not None
    ]


def _calibration(document: ModelDocument, found: Validation, lang: Lang) -> str:
    rows = found.tables["calibration"]
    rows = rows[rows["group"] == EVERYBODY]
    lines = [
        CalibrationLine(text(f"models.smoother_{name}", lang), _points(part, "risk", "observed"))
        for name, part in rows.groupby("smoother", sort=False)
    ]
    labels = CalibrationWords(
        text("models.fig_predicted", lang), text("models.fig_observed", lang), text("models.fig_ideal", lang),
        text("models.fig_people", lang), _counts(rows.iloc[0], lang), text("models.fig_with", lang),
        text("models.fig_without", lang),
    )  # fmt: skip
    title = text("models.fig_calibration", lang, name=document.name[lang])
    about = text("models.fig_calibration_about", lang, counts=_counts(rows.iloc[0], lang))
    return calibration_plot("calibration", lines, _bars(found), title=title, description=about, labels=labels)


def _bars(found: Validation) -> Sequence[RiskBar]:
    """People by predicted risk; none where they are so few that a bar would be a person."""
    if found.risk is None or len(found.risk) < LEAST_IN_BARS:
        return ()
    ends = np.linspace(0, 1, BARS + 1)
    place = np.minimum((found.risk * BARS).astype(int), BARS - 1)
    sizes = [[int(np.sum((place == at) & (found.outcome == one))) for one in (0, 1)] for at in range(BARS)]
    return [
        RiskBar(float(ends[at]), float(ends[at + 1]), others, events)
        for at, (others, events) in enumerate(sizes)
    ]


def _decision(document: ModelDocument, rows: pd.DataFrame, stem: str, lang: Lang) -> str:
    rules = {name: shipped(name).name[lang] for name in COMPARATORS}
    lines = [
        Strategy(
            str(name), rules.get(str(name)) or text(f"models.strategy_{name}", lang),
            _points(part, "threshold", "net_benefit"),
        )
        for name, part in rows.groupby("strategy", sort=False)
    ]  # fmt: skip
    labels = DecisionWords(
        text("models.fig_threshold", lang), text("models.fig_net_benefit", lang), _counts(rows.iloc[0], lang),
        text("models.fig_bands", lang),
    )  # fmt: skip
    title = text("models.fig_decision", lang, name=document.name[lang])
    about = text("models.fig_decision_about", lang, counts=_counts(rows.iloc[0], lang))
    return decision_curve(stem, lines, title=title, description=about, labels=labels)


def _forest(document: ModelDocument, performance: pd.DataFrame, lang: Lang) -> str:
    there = set(performance["metric"])
    panels = [
        Panel(name, text(f"models.metric_{name}", lang), steps, strong, is_log)
        for name, steps, strong, is_log in PANELS
        if name in there
    ]
    groups = list(performance["group"].drop_duplicates())[:MOST_ROWS]
    rows = [_row(str(group), performance[performance["group"] == group], lang) for group in groups]
    title = text("models.fig_groups", lang, name=document.name[lang])
    headings = (text("models.fig_group", lang), text("models.fig_n_events", lang))
    return performance_forest(
        "groups",
        rows,
        panels,
        title=title,
        description=text("models.fig_groups_about", lang),
        headings=headings,
    )


def _row(group: str, rows: pd.DataFrame, lang: Lang) -> PerformanceRow:
    by_metric = {str(row["metric"]): row for row in rows.to_dict("records")}
    measured = {}
    for name, row in by_metric.items():
        ends = [_known(row[key]) for key in ("estimate", "ci_low", "ci_high")]
        if None not in ends:
            new = (_known(row["prediction_low"]), _known(row["prediction_high"]))
            measured[name] = Measured(
                float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"]), *new
            )
    first = rows.iloc[0]
    counts = f"{int(first['n'])} ({int(first['events'])})"
    label = text("models.fig_everybody", lang) if group == EVERYBODY else group
    return PerformanceRow(
        label, counts, measured, text("models.fig_untold", lang), group.startswith("pooled over")
    )
