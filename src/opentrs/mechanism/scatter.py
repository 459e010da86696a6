"""What an association looks like: each person with what covariates explain taken out, and the fitted line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from opentrs.mechanism.engine import Array, Design

POINTS, LINES = "symptom_points", "symptom_lines"
POINT_COLUMNS = ["test", "region", "contrast", "person_id", "severity", "value"]
LINE_COLUMNS = [
    "test", "region", "contrast", "severity", "fit", "ci_low", "ci_high", "n", "partial_r", "p", "symptom",
    "unit",
]  # fmt: skip
STEPS = 21


def partial_residuals(values: Array, design: Design) -> tuple[Array, Array]:
    """Severity and value of each person, both without what the other columns of the design explain.

    The mean of each is put back, so that both read in their own unit. The slope of one on the other is the
    coefficient of severity in the whole model (Frisch and Waugh).

    Parameters
    ----------
    values : (n,) of the design's rows, complete
    """
    others = np.delete(design.matrix, 1, axis=1)
    severity = design.matrix[:, 1]
    return _without(severity, others) + severity.mean(), _without(values, others) + values.mean()


def _without(column: Array, others: Array) -> Array:
    found, *_ = np.linalg.lstsq(others, column, rcond=None)
    return np.asarray(column - others @ found, dtype=float)


def fitted_line(x: Array, y: Array, df: float) -> pd.DataFrame:
    """The least-squares line over the range of ``x`` with its pointwise 95% band.

    Parameters
    ----------
    df : residual degrees of freedom of the whole model, covariates counted
    """
    centred = x - x.mean()
    slope = float(centred @ y / (centred @ centred))
    residual = y - y.mean() - slope * centred
    variance = float(residual @ residual) / df
    at = np.linspace(x.min(), x.max(), STEPS)
    se = np.sqrt(variance * (1 / len(x) + (at - x.mean()) ** 2 / (centred @ centred)))
    fit, reach = y.mean() + slope * (at - x.mean()), stats.t.isf(0.025, df) * se
    return pd.DataFrame({"severity": at, "fit": fit, "ci_low": fit - reach, "ci_high": fit + reach})


def scatter_tables(rows: Sequence[Mapping[str, Any]]) -> dict[str, pd.DataFrame]:
    """Points and lines of the associations among rows of named tests, each under its test and region."""
    points, lines = [], []
    for row in rows:
        if "_points" not in row:
            continue
        about = {name: row[name] for name in ("test", "region", "contrast")}
        x, y = row["_points"]["severity"].to_numpy(), row["_points"]["value"].to_numpy()
        points.append(row["_points"].assign(**about)[POINT_COLUMNS])
        lines.append(
            fitted_line(x, y, row["_df"]).assign(
                **about, n=row["n"], partial_r=row["estimate"], p=row["p"], symptom=row["_symptom"],
                unit=row["_unit"],
            )[LINE_COLUMNS]
        )  # fmt: skip
    if not points:
        return {}
    return {POINTS: pd.concat(points, ignore_index=True), LINES: pd.concat(lines, ignore_index=True)}
