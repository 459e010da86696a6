"""Do intervals cover and tests reject as often as they say? `python study.py FOLDER`. See README.md."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from generator import (
    MEAN,
    N_SETS,
    SIZES,
    TAU2,
    Means,
    large_standardised_effects,
    mean_differences,
    networks,
    odds,
    one_large_trial,
)
from splits import split_p_values

from opentrs.stats.meta import pool
from opentrs.stats.meta.bias import egger, harbord, peters
from opentrs.stats.meta.effects import from_counts, from_means

ALPHA = 0.05


def share(hits: Any) -> dict[str, float]:
    """A percentage of all sets and its Monte Carlo standard error."""
    hits = np.asarray(hits, dtype=float)
    p = hits.mean()
    return {
        "sets": hits.size,
        "percent": round(100 * p, 2),
        "monte_carlo_se": round(100 * float(np.sqrt(p * (1 - p) / hits.size)), 2),
    }


def _held(drawn: Means, test: Any, tau2: Any = "reml") -> tuple[Any, Any]:
    fitted = pool(*drawn, tau2, test)
    return fitted, (fitted.ci_low[:, 0] <= MEAN) & (fitted.ci_high[:, 0] >= MEAN)


def coverage(k: int, tau2: float) -> list[dict[str, Any]]:
    """How often 95% intervals hold the true mean, and prediction intervals a new study's true effect."""
    drawn = mean_differences(N_SETS, k, tau2)
    rows = []
    for test in ("z", "hk", "hk_modified"):
        fitted, held = _held(drawn, test)
        rows.append({"k": k, "tau2": tau2, "interval": test, **share(held)})
    rng = np.random.default_rng(np.random.SeedSequence([k, round(1e6 * tau2)]))
    new = MEAN + np.sqrt(tau2) * rng.standard_normal(N_SETS)
    for form in ("normal", "t_k_minus_2"):
        low, high = fitted.prediction_interval(form)
        name = f"prediction, {form}"
        rows.append({"k": k, "tau2": tau2, "interval": name, **share((low <= new) & (new <= high))})
    return rows


def hard_coverage(k: int, tau2: float) -> list[dict[str, Any]]:
    """Coverage where one trial is twenty times as large as the others."""
    drawn = one_large_trial(N_SETS, k, tau2)
    return [
        {"k": k, "tau2": tau2, "estimator": model, "interval": test, **share(_held(drawn, test, model)[1])}
        for model, test in (("reml", "z"), ("reml", "hk"), ("reml", "hk_modified"), ("sj", "hk_modified"))
    ]


def small_study(k: int, tau2: float) -> list[dict[str, Any]]:
    """How often tests of small-study effects reject where there is none."""
    found = {("mean difference", "egger"): egger(*mean_differences(N_SETS, k, tau2)).p_value}
    counts = odds(N_SETS, k, tau2)
    effect = from_counts(*counts, "OR")
    found["log odds ratio", "egger"] = egger(effect.effect, effect.variance).p_value
    found["log odds ratio", "peters"] = peters(effect.effect, *counts).p_value
    found["log odds ratio", "harbord"] = harbord(*counts).p_value
    n, mean1, sd1, mean2, sd2 = large_standardised_effects(N_SETS, k, tau2)
    large = from_means(n, mean1, sd1, n, mean2, sd2, "SMD")
    name = "standardised difference of .8"
    found[name, "egger"] = egger(large.effect, large.variance).p_value
    found[name, "egger, standard error from sizes alone"] = egger(large.effect, 2 / n).p_value
    return [
        {"k": k, "tau2": tau2, "measure": measure, "test": test, **share(p < ALPHA)}
        for (measure, test), p in found.items()
    ]


def splitting(k: int, tau2: float) -> list[dict[str, Any]]:
    """How often node-splitting rejects in consistent networks, k studies a comparison."""
    drawn, _, _ = networks(N_SETS, k, tau2)
    return [
        {"k": k, "tau2": tau2, "test": test, **share(p < ALPHA)}
        for test, p in split_p_values(*drawn, k).items()
    ]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    cases = [(k, tau2) for k in SIZES for tau2 in TAU2]
    tables = {
        "coverage": [row for case in cases for row in coverage(*case)],
        "coverage_one_large_trial": [row for case in cases for row in hard_coverage(*case)],
        "small_study_effects": [row for case in cases for row in small_study(*case)],
        "node_splitting": [row for case in cases for row in splitting(*case)],
    }
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
