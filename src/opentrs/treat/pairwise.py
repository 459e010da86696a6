"""Pairwise pooling of a user's file, as tables."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd

from opentrs.stats.meta import MetaAnalysisError, Pooled, pool
from opentrs.stats.meta.bias import egger, harbord
from opentrs.stats.meta.pool import Model, Test
from opentrs.treat.comparisons import PoolChoices, study_contrasts
from opentrs.treat.files import Contrast, Evidence


def pairwise(evidence: Evidence, choices: PoolChoices) -> dict[str, pd.DataFrame]:
    """Pool the studies of every pair of treatments.

    Returns
    -------
    ``pooled``: a row for each pair, with its prediction interval; ``heterogeneity``: tau2, I2, Q and their
        intervals; ``small_studies``: tests of small-study effects; ``studies``: each study's own effect
    """
    groups: dict[tuple[str, str], list[Contrast]] = defaultdict(list)
    for one in study_contrasts(evidence, choices.measure):
        first, second = _ordered(one.treat1, one.treat2, choices.reference)
        sign = 1.0 if (first, second) == (one.treat1, one.treat2) else -1.0
        groups[(first, second)].append(
            Contrast(one.line, one.study, first, second, sign * one.estimate, one.se)
        )
    tables: dict[str, list[dict[str, object]]] = defaultdict(list)
    for (first, second), found in sorted(groups.items()):
        pair = {"treat1": first, "treat2": second}
        y, v = np.array([one.estimate for one in found]), np.array([one.se**2 for one in found])
        fitted = _fit(y, v, choices)
        tables["pooled"].append({**pair, **pooled_row(fitted, choices.measure)})
        tables["heterogeneity"].append({**pair, **heterogeneity_row(fitted)})
        tables["studies"] += [
            {**pair, "study": one.study, "estimate": one.estimate, "se": one.se, "weight_percent": weight}
            for one, weight in zip(found, fitted.weights_percent, strict=True)
        ]
        tables["small_studies"] += _small_studies(pair, y, v, evidence, found, choices.measure)
    return {name: pd.DataFrame(rows) for name, rows in tables.items()}


def _ordered(one: str, two: str, reference: str | None) -> tuple[str, str]:
    """The reference comes second; else alphabetical."""
    if reference in (one, two):
        return (two, one) if one == reference else (one, two)
    return (one, two) if one < two else (two, one)


def _fit(y: np.ndarray, v: np.ndarray, choices: PoolChoices) -> Pooled:
    if len(y) == 1:
        return pool(y, v, "fixed", "z")
    model: Model = choices.tau2  # type: ignore[assignment]
    test: Test = choices.test  # type: ignore[assignment]
    return pool(y, v, model, test)


def pooled_row(fitted: Pooled, measure: str) -> dict[str, object]:
    """One row of ``pooled.csv``."""
    low = high = float("nan")
    if int(fitted.n_studies) > 2:
        low, high = (float(end) for end in fitted.prediction_interval())
    return {
        "k": int(fitted.n_studies),
        "measure": f"log {measure}" if measure in ("OR", "RR") else measure,
        "estimate": float(fitted.estimate),
        "se": float(fitted.standard_error),
        "ci_low": float(fitted.ci_low[0]),
        "ci_high": float(fitted.ci_high[0]),
        "p": float(fitted.p_values[0]),
        "prediction_low": low,
        "prediction_high": high,
        "model": fitted.model,
        "test": fitted.test,
    }


def heterogeneity_row(fitted: Pooled) -> dict[str, object]:
    """One row of ``heterogeneity.csv``."""
    ends = {
        "tau2_low": float("nan"),
        "tau2_high": float("nan"),
        "i2_low": float("nan"),
        "i2_high": float("nan"),
    }
    if int(fitted.n_studies) > 1:
        tau2, i2 = fitted.tau2_interval(), fitted.i2_interval()
        ends = dict(zip(ends, (float(tau2[0]), float(tau2[1]), float(i2[0]), float(i2[1])), strict=True))
    return {
        "k": int(fitted.n_studies),
        "tau2": float(fitted.tau2),
        "tau2_se": float(fitted.tau2_se),
        **ends,
        "i2_percent": float(fitted.i2_percent),
        "q": float(fitted.q),
        "q_df": int(fitted.q_df),
        "q_p": float(fitted.q_p),
    }


def _small_studies(
    pair: dict[str, str],
    y: np.ndarray,
    v: np.ndarray,
    evidence: Evidence,
    found: list[Contrast],
    measure: str,
) -> list[dict[str, object]]:
    if len(y) < 3:
        return []
    try:
        if measure in ("OR", "RR") and evidence.arms:
            arms = {(arm.study, arm.treatment): arm for arm in evidence.arms}
            one = [arms[(item.study, item.treat1)] for item in found]
            two = [arms[(item.study, item.treat2)] for item in found]
            test = harbord(
                [arm.events for arm in one],
                [arm.n for arm in one],
                [arm.events for arm in two],
                [arm.n for arm in two],
            )
        else:
            test = egger(y, v)
    except MetaAnalysisError:
        return []
    return [
        {
            **pair, "method": test.method, "k": test.n_studies, "statistic": float(test.statistic),
            "df": float(test.df), "p": float(test.p_value),
            "few_studies": "yes" if test.few_studies else "no",
        }
    ]  # fmt: skip
