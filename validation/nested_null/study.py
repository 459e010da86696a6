"""Does nested development find nothing where nothing is, what does the alarm catch, is a signal found?

``null.csv``: 200 shuffles of each procedure. ``leak.csv``: predictors chosen on all rows, which only a study
can write by hand, since the package has no way to say it. ``signal.csv``: planted effects, also with one site
where they point the other way.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import rankdata

from opentrs.stats.nested import (
    Alarm,
    Design,
    ElasticNetLogistic,
    GradientBoosting,
    KFold,
    LeaveSiteOut,
    MeanImputation,
    RidgeLogistic,
    Selection,
    design,
    develop,
    shuffled_alarm,
)
from opentrs.stats.nested.alarm import judged

RUNS = 200
NET = ElasticNetLogistic(n_lambdas=20)
RIDGE = RidgeLogistic(n_lambdas=20)
TREES = GradientBoosting(n_trees=(10, 20), n_leaves=(3,))
SITES = ("A", "B", "C", "D", "E")


def made_up(seed: int, n: int, p: int, strength: float = 1.0, turned: str = "") -> Design:
    """Correlated predictors with gaps, pairs of relatives, five sites; the first three carry the outcome."""
    rng = np.random.default_rng(seed)
    x = 0.5 * rng.normal(size=(n, 1)) + rng.normal(size=(n, p))
    sites = np.repeat(SITES, n // 5)
    sign = np.where(sites == turned, -1.0, 1.0)
    outcome = rng.random(n) < expit(strength * sign * (x[:, 0] - x[:, 1] + 0.5 * x[:, 2]) - 0.7)
    x[rng.random((n, p)) < 0.05] = np.nan
    persons = [f"p{i}" for i in range(n)]
    families = [f"f{i // 2}" if i < n // 4 else "" for i in range(n)]
    names = [f"x{j}" for j in range(p)]
    return design(x, outcome.astype(float), persons, names, families, sites)


def null_row(procedure: str, data: Design, alarm: Alarm) -> dict[str, Any]:
    """One procedure's alarm as a row."""
    n, p = data.features.shape
    return {
        "procedure": procedure,
        "people": n,
        "predictors": p,
        "runs": alarm.runs,
        "mean_fold_auc": round(alarm.auc, 4),
        "low": round(alarm.low, 4),
        "high": round(alarm.high, 4),
        "level": alarm.level,
        "verdict": alarm.verdict,
    }


def null() -> pd.DataFrame:
    """The alarm of clean procedures."""
    few, many = made_up(1, 300, 20), made_up(2, 200, 200)
    inside = (MeanImputation(indicators=False), Selection(10))
    tasks = (
        ("elastic net", few, NET, (MeanImputation(),)),
        ("ridge", few, RIDGE, (MeanImputation(),)),
        ("boosted trees", few, TREES, ()),
        ("ten predictors chosen inside the folds, ridge", many, RIDGE, inside),
    )
    return pd.DataFrame(
        [
            null_row(name, data, shuffled_alarm(data, learner, RUNS, steps, inner=3, seed=10))
            for name, data, learner, steps in tasks
        ]
    )


def chosen_on_all_rows(data: Design, outcome: Any) -> Design:
    """The leak: the ten predictors that go most with the outcome, among them those held out later."""
    x = np.nan_to_num(data.features)
    ranks = rankdata(x, axis=0)
    strength = np.abs(np.corrcoef(ranks.T, outcome)[-1, :-1])
    best = np.argsort(-strength)[:10]
    return design(x[:, best], outcome, data.groups, [data.names[j] for j in best])


def leak() -> pd.DataFrame:
    """Chosen anew on all rows in every shuffle: caught. Chosen once by the true outcome: not caught."""
    data = made_up(2, 200, 200)
    aucs = []
    for run in range(RUNS):
        outcome = np.random.default_rng([20, run]).permutation(data.outcome)
        leaking = chosen_on_all_rows(data, outcome)
        done = develop(leaking, {"ridge": RIDGE}, (), KFold(5), inner=3, seed=run, refit=False)
        aucs.append(done["ridge"].auc)
    noise = np.random.default_rng(21).permutation(data.outcome)
    before = chosen_on_all_rows(data, noise)
    alarm = shuffled_alarm(before, RIDGE, RUNS, (), inner=3, seed=22)
    seen = develop(before, {"ridge": RIDGE}, (), KFold(5), inner=3, refit=False)["ridge"].auc
    rows = [
        null_row("ten chosen on all rows in every shuffle", data, judged(aucs)),
        null_row("ten chosen before the design was made", before, alarm),
    ]
    return pd.DataFrame(rows).assign(auc_claimed_on_noise=[round(float(np.mean(aucs)), 4), round(seen, 4)])


def signal() -> pd.DataFrame:
    """Mean within-fold AUC beside that of the planted risk, in k folds and site by site."""
    rows = []
    for name, turned in (("same effect everywhere", ""), ("effect turned round at site C", "C")):
        data = made_up(3, 600, 20, turned=turned)
        for outer, label in ((KFold(5, 2), "five folds"), (LeaveSiteOut(), "site left out")):
            done = develop(data, {"net": NET}, outer=outer, refit=False)["net"]
            by_site = [("all", done.auc)] + [(f.site, f.auc) for f in done.folds if f.site]
            rows += [
                {"truth": name, "outer": label, "held_out": site, "auc": round(float(auc), 4)}
                for site, auc in by_site
                if auc is not None
            ]
    return pd.DataFrame(rows)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for table in (signal, leak, null):
        table().to_csv(folder / f"{table.__name__}.csv", index=False, lineterminator="\n")
