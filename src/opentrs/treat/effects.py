"""One effect for every row of evidence, on the scale on which it is pooled, or the reason there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from opentrs.reference.load import facts
from opentrs.stats.meta import MetaAnalysisError
from opentrs.stats.meta.effects import crossover_smd, design_effect, from_counts, from_means

# Measures of which a reported estimate is a log ratio, or is pooled as it stands.
ARM_COLUMNS = ("n1", "events1", "mean1", "sd1", "n2", "events2", "mean2", "sd2")
COUNTS = ("events1", "n1", "events2", "n2")
MEANS = ("n1", "mean1", "sd1", "n2", "mean2", "sd2")
RATIOS = ("OR", "RR")
REPORTED = ("reported", "standardised")
NOTHING = (float("nan"), float("nan"), "")
# Outcomes whose differences are standardised by a stated standard deviation: beginning -> name of the unit.
STANDARDISED_BY = {"panss total": "panss_total_sd"}


def patient_units() -> dict[str, float]:
    """Standard deviation of the PANSS total (points) and response on clozapine (percent)."""
    return {row["name"]: float(row["value"]) for row in facts("patient_units")}


def stated_sd(outcome: object) -> float:
    """Standard deviation by which differences on an outcome are standardised; not a number without one."""
    name = str(outcome).strip().lower()
    units = [unit for begins, unit in STANDARDISED_BY.items() if name.startswith(begins)]
    return patient_units()[units[0]] if units else float("nan")


def with_effects(rows: pd.DataFrame, sd_is_se: frozenset[str] = frozenset()) -> pd.DataFrame:
    """Add ``effect``, ``variance`` and ``effect_from`` to rows of evidence.

    Parameters
    ----------
    rows : columns of ``reference/trials/trials.csv``
    sd_is_se : rows whose standard deviations are standard errors

    Returns
    -------
    the rows with effect (log for ratios), its sampling variance, and effect_from: ``means``, ``counts``,
        ``reported``, ``standardised`` (a reported difference over the stated standard deviation of its scale)
        or empty where the numbers allow none
    """
    found = [_effect(row, str(row["row"]) in sd_is_se) for row in rows.to_dict("records")]
    added = pd.DataFrame(found, columns=["effect", "variance", "effect_from"], index=rows.index)
    return pd.concat([rows, added], axis=1)


def _effect(row: Mapping[Any, Any], sd_is_se: bool) -> tuple[float, float, str]:
    if row.get("design") == "crossover":
        return _crossover(row, sd_is_se)
    effect, variance, came_from = _independent(row, sd_is_se)
    # A reported standard error is that of the trial's own analysis.
    times = 1.0 if came_from in REPORTED else inflation(row)
    return (effect, variance * times, came_from) if np.isfinite(times) else NOTHING


def inflation(row: Mapping[Any, Any]) -> float:
    """Design effect of a cluster-randomised trial; 1 for others, not a number where it is not stated."""
    if row.get("design") != "cluster":
        return 1.0
    stated, size, icc = (_stated(row, name) for name in ("design_effect", "cluster_size", "icc"))
    return stated if np.isfinite(stated) else float(design_effect(size, icc))


def _stated(row: Mapping[Any, Any], name: str) -> float:
    value = row.get(name)
    return float("nan") if value is None else float(value)


def _crossover(row: Mapping[Any, Any], sd_is_se: bool) -> tuple[float, float, str]:
    """Effect of a crossover trial: by the stated correlation of a person's two values, or as reported."""
    n, mean1, sd1, _, mean2, sd2 = (float(row[name]) for name in MEANS)
    r = _stated(row, "correlation")
    if row["measure"] not in ("SMD", "MD") or not np.isfinite([n, mean1, sd1, mean2, sd2, r]).all():
        return _reported(row)
    if sd_is_se:
        sd1, sd2 = sd1 * np.sqrt(n), sd2 * np.sqrt(n)
    if row["measure"] == "MD" and not np.isfinite(stated_sd(row["outcome"])):
        return mean1 - mean2, (sd1**2 + sd2**2 - 2 * r * sd1 * sd2) / n, "means"
    try:
        found = crossover_smd(n, mean1 - mean2, sd1, sd2, r)
    except MetaAnalysisError:
        return NOTHING
    return float(found.effect), float(found.variance), "means"


def _independent(row: Mapping[Any, Any], sd_is_se: bool) -> tuple[float, float, str]:
    """Effect of two arms of different people."""
    number = {name: float(row[name]) for name in ARM_COLUMNS}
    measure = row["measure"] if isinstance(row["measure"], str) else ""
    try:
        if measure in ("SMD", "MD") and all(np.isfinite(number[name]) for name in MEANS):
            # A difference on a scale with a stated standard deviation is pooled with the other scales.
            standardised = measure == "SMD" or np.isfinite(stated_sd(row["outcome"]))
            sd1, sd2 = number["sd1"], number["sd2"]
            if sd_is_se:
                sd1, sd2 = sd1 * np.sqrt(number["n1"]), sd2 * np.sqrt(number["n2"])
            means = from_means(
                number["n1"],
                number["mean1"],
                sd1,
                number["n2"],
                number["mean2"],
                sd2,
                "SMD" if standardised else "MD",
            )
            return float(means.effect), float(means.variance), "means"
        if measure in (*RATIOS, "RD") and all(np.isfinite(number[name]) for name in COUNTS):
            events1, n1, events2, n2 = (number[name] for name in COUNTS)
            counts = from_counts(events1, n1, events2, n2, measure)  # type: ignore[arg-type]
            return float(counts.effect), float(counts.variance), "counts"
    except MetaAnalysisError:
        return NOTHING
    return _reported(row)


def _reported(row: Mapping[Any, Any]) -> tuple[float, float, str]:
    measure = row["measure"] if isinstance(row["measure"], str) else ""
    estimate, error = float(row["estimate"]), float(row["se"])
    if not (np.isfinite(estimate) and np.isfinite(error) and error > 0):
        return NOTHING
    sd = stated_sd(row["outcome"]) if measure == "MD" else float("nan")
    if np.isfinite(sd):
        return estimate / sd, (error / sd) ** 2, "standardised"
    return estimate, error**2, "reported"
