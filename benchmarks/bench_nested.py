"""Nested elastic-net logistic regression, five by five folds, 1,000 people and 500 predictors.

All three tools get the same outer and inner folds and the same ten settings (two mixings, five penalties),
and choose by deviance; each refits the chosen setting on the outer training rows. scikit-learn runs its
``saga`` solver in a grid search, as its manual shows; R glmnet runs where ``Rscript`` has it. One thread,
the machine code of the kernels compiled beforehand (it is kept on disk; compiling takes about 15 s, once).
"""

from __future__ import annotations

import json
import os

# Before anything numerical is imported, so that every tool has one thread.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import shutil
import subprocess
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from opentrs.stats.nested import Design, ElasticNetLogistic, KFold, design, develop
from opentrs.stats.nested.folds import grouped_folds
from opentrs.stats.penalised import logistic_path

PEER = Path(__file__).resolve().parent / "peers" / "nested_glmnet.R"
N, P, CARRYING, FOLDS = 1000, 500, 20, 5
# Penalties of scikit-learn's C from 10^-2.5 to 1 at the 640 people of an inner training set.
PENALTIES = tuple(float(v) for v in 1 / (640 * np.logspace(-2.5, 0, 5)))
LEARNER = ElasticNetLogistic(alphas=(0.5, 1.0), lambdas=PENALTIES)


def made_up(n: int, p: int) -> Design:
    """Correlated predictors of which twenty carry the outcome that about one in four has."""
    rng = np.random.default_rng(20261126)
    x = rng.normal(size=(n, 25)) @ rng.normal(size=(25, p)) * 0.25 + rng.normal(size=(n, p))
    effect = np.zeros(p)
    effect[rng.choice(p, CARRYING, replace=False)] = rng.normal(0, 0.35, CARRYING)
    lp = x @ effect
    outcome = rng.random(n) < 1 / (1 + np.exp(1.3 - 1.1 * lp / lp.std()))
    return design(x, outcome.astype(float), np.arange(n), [f"x{j}" for j in range(p)])


def folds(data: Design) -> tuple[Any, Any]:
    """The outer folds of `develop`, and inner folds for the peers: (rows,), (rows, outer folds)."""
    outer = grouped_folds(data.outcome, data.groups, FOLDS, np.random.default_rng([1, 0]))
    inner = np.full((len(outer), FOLDS), -1)
    for k in range(FOLDS):
        train = outer != k
        seed = int(np.random.SeedSequence([1, k]).generate_state(1)[0])
        rng = np.random.default_rng([seed, 1])
        inner[train, k] = grouped_folds(data.outcome[train], data.groups[train], FOLDS, rng)
    return outer, inner


def ours(data: Design) -> tuple[float, float]:
    """Mean within-fold AUC and CPU seconds."""
    start = time.process_time()
    done = develop(data, {"net": LEARNER}, (), KFold(FOLDS), inner=FOLDS, seed=1, refit=False)["net"]
    return done.auc, time.process_time() - start


def saga(data: Design, outer: Any, inner: Any) -> tuple[float, float]:
    """Mean within-fold AUC and CPU seconds of scikit-learn, its grid search and its default tolerance."""
    grid = {
        "logisticregression__C": [1 / (640 * v) for v in PENALTIES],
        "logisticregression__l1_ratio": [0.5, 1.0],
    }
    model = LogisticRegression(solver="saga", l1_ratio=0.5, max_iter=200, tol=1e-3, random_state=1)
    start, areas = time.process_time(), []
    for k in range(FOLDS):
        train, test = np.flatnonzero(outer != k), outer == k
        parts = inner[train, k]
        cuts = [(np.flatnonzero(parts != j), np.flatnonzero(parts == j)) for j in range(FOLDS)]
        search = GridSearchCV(make_pipeline(StandardScaler(), model), grid, cv=cuts, scoring="neg_log_loss")
        search.fit(data.features[train], data.outcome[train])
        risk = search.predict_proba(data.features[test])[:, 1]
        areas.append(roc_auc_score(data.outcome[test], risk))
    return float(np.mean(areas)), time.process_time() - start


def glmnet(data: Design, outer: Any, inner: Any) -> tuple[float, float] | None:
    """Mean within-fold AUC and CPU seconds of R glmnet, where it is."""
    if (program := shutil.which("Rscript")) is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        tables = {"x": data.features, "y": data.outcome, "outer": outer, "inner": inner, "lambdas": PENALTIES}
        for name, table in tables.items():
            np.savetxt(Path(folder) / f"{name}.csv", np.asarray(table), delimiter=",", fmt="%.10g")
        done = subprocess.run([program, str(PEER), folder], capture_output=True, text=True)
    if done.returncode:
        return None
    auc, seconds = map(float, done.stdout.split())
    return auc, seconds


if __name__ == "__main__":
    warnings.filterwarnings("ignore")  # saga says that it did not converge
    data = made_up(N, P)
    logistic_path(data.features[:50], data.outcome[:50], lambdas=PENALTIES)  # compiled, or read from disk
    runs = [ours(data) for _ in range(3)]
    auc, seconds = runs[0][0], min(used for _, used in runs)
    what = f"nested elastic net {FOLDS}x{FOLDS}, {N:,} x {P}, AUC {auc:.4f}"
    print(json.dumps({"what": what, "cpu_seconds": seconds}))
    cuts = folds(data)
    # As a share of what the peer took: at most 1/5 of saga and 1.5 of glmnet; the AUC within .01.
    for name, limit, peer in (("saga", 1 / 5, saga(data, *cuts)), ("R glmnet", 1.5, glmnet(data, *cuts))):
        if peer is None:
            continue
        row = {"what": f"same by {name}: {peer[1]:.2f} s, AUC {peer[0]:.4f}", "cpu_seconds": seconds}
        print(json.dumps(row | {"ratio": round(seconds / peer[1], 4), "against": name, "limit": limit}))
        apart = {"what": f"AUC apart from {name}", "ratio": round(abs(auc - peer[0]), 4), "against": "1"}
        print(json.dumps(apart | {"limit": 0.01}))
    for n, p in ((2 * N, P), (N, 2 * P)):
        grown = min(ours(made_up(n, p))[1] for _ in range(2))
        row = {"what": f"{n:,} x {p:,}", "cpu_seconds": grown, "ratio": round(grown / seconds, 2)}
        print(json.dumps(row | {"against": f"{N:,} x {P}"}))
