"""One effect for every row of evidence, on the scale on which it is pooled, or the reason there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from opentrs.reference.load import facts
from opentrs.stats.meta import MetaAnalysisError
from opentrs.stats.meta.effects import from_counts, from_means

# Measures of which a reported estimate is a log ratio, or is pooled as it stands.
ARM_COLUMNS = ("n1", "events1", "mean1", "sd1", "n2", "events2", "mean2", "sd2")
COUNTS = ("events1", "n1", "events2", "n2")
MEANS = ("n1", "mean1", "sd1", "n2", "mean2", "sd2")
RATIOS = ("OR", "RR")
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
    nothing = (float("nan"), float("nan"), "")
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
        return nothing
    estimate, error = float(row["estimate"]), float(row["se"])
    if not (np.isfinite(estimate) and np.isfinite(error) and error > 0):
        return nothing
    sd = stated_sd(row["outcome"]) if measure == "MD" else float("nan")
    if np.isfinite(sd):
        return estimate / sd, (error / sd) ** 2, "standardised"
    return estimate, error**2, "reported"
