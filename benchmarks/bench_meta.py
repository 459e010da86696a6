"""Pooling many analyses at once, and networks.

The peers run where they are: metafor where ``Rscript`` has it, PyMARE in the Python that ``OPENTRS_PYMARE``
names (an environment of its own, made by hand). Linde 2016 is read from the public data sets.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from opentrs.stats.meta import pool
from opentrs.stats.network.contrasts import Contrasts, contrasts
from opentrs.stats.network.model import network
from opentrs.stats.network.ranking import bootstrap_p_scores, p_scores
from opentrs.stats.network.splitting import node_split

HERE = Path(__file__).resolve().parent
N_SETS, K = 1000, 50
TREATMENTS, STUDIES, THREE_ARMS = 33, 200, 20


def cpu_seconds(work: Callable[[], object], times: int = 3) -> float:
    """The least CPU time of a few runs."""
    used = []
    for _ in range(times):
        start = time.process_time()
        work()
        used.append(time.process_time() - start)
    return min(used)


def simulated() -> tuple[Any, Any]:
    """Effects and variances of 1,000 analyses of 50 studies, between-study variance from 0 to .3."""
    rng = np.random.default_rng(20261123)
    variances = rng.gamma(2.0, 0.05, (N_SETS, K)) + 0.01
    tau2 = rng.uniform(0, 0.3, (N_SETS, 1))
    return -0.3 + rng.normal(0, np.sqrt(variances + tau2)), variances


def peers(effects: Any, variances: Any) -> dict[str, float]:
    """CPU seconds of those peers that are there."""
    commands = {"metafor": [shutil.which("Rscript"), str(HERE / "peers" / "reml_metafor.R")]}
    commands["PyMARE"] = [os.environ.get("OPENTRS_PYMARE"), str(HERE / "peers" / "reml_pymare.py")]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sets.csv"
        number = np.repeat(np.arange(1, N_SETS + 1), K)
        table = np.column_stack([number, effects.ravel(), variances.ravel()])
        np.savetxt(path, table, delimiter=",", header="set,yi,vi", comments="", fmt=("%d", "%.17g", "%.17g"))
        for name, (program, script) in commands.items():
            if program is None:
                continue
            done = subprocess.run([program, script, str(path)], capture_output=True, text=True)
            if done.returncode == 0:
                found[name] = float(done.stdout.split()[-1])
    return found


def made_up_network() -> Contrasts:
    """A connected network of 33 treatments and 200 studies, 20 of them with three arms."""
    rng = np.random.default_rng(33)
    worth = rng.normal(0, 0.4, TREATMENTS)
    rows = []
    for study in range(STUDIES):
        arms = rng.choice(TREATMENTS, 3 if study < THREE_ARMS else 2, replace=False)
        if THREE_ARMS <= study < THREE_ARMS + TREATMENTS - 1:
            arms = np.array([0, study - THREE_ARMS + 1])
        size = rng.integers(20, 200, arms.size)
        means = worth[arms] + rng.normal(0, 0.1, arms.size) + rng.normal(0, 1, arms.size) / np.sqrt(size)
        for i in range(arms.size):
            for j in range(i + 1, arms.size):
                error = np.sqrt(1 / size[i] + 1 / size[j])
                rows.append(
                    (f"study {study}", f"t{arms[i]:02}", f"t{arms[j]:02}", means[i] - means[j], error)
                )
    study, first, second, effect, error = map(list, zip(*rows, strict=True))
    return contrasts(study, first, second, effect, error)


def whole_analysis(data: Contrasts) -> None:
    """League table with intervals, P-scores and node-splitting."""
    fitted = network(data)
    fitted.interval()
    p_scores(fitted)
    node_split(fitted)


def linde() -> Contrasts | None:
    """Linde 2016, where the public data sets are."""
    folder = Path(os.environ.get("OPENTRS_DATA", HERE.parent.parent / "shared" / "data"))
    path = folder / "netmeta" / "Linde2016_contrasts.csv"
    if not path.exists():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    study, first, second, effect, error = (
        [row[name] for row in rows] for name in ("id", "treat1", "treat2", "lnOR", "selnOR")
    )
    return contrasts(study, first, second, [float(x) for x in effect], [float(x) for x in error])


if __name__ == "__main__":
    sets = simulated()
    ours = cpu_seconds(lambda: pool(*sets), 5)
    what = f"{N_SETS} REML fits of k={K}"
    print(json.dumps({"what": what, "cpu_seconds": ours}))
    # As a share of what the peer took: at most 1/50 and 1/100.
    for name, seconds in peers(*sets).items():
        limit = {"PyMARE": 1 / 50, "metafor": 1 / 100}[name]
        row = {"what": f"{what}: {seconds / ours:.0f} times faster than {name}", "cpu_seconds": ours}
        print(json.dumps(row | {"ratio": round(ours / seconds, 5), "against": name, "limit": limit}))
    data = made_up_network()
    what = f"network of {TREATMENTS} treatments, {STUDIES} studies, node-splitting"
    print(json.dumps({"what": what, "cpu_seconds": cpu_seconds(lambda: whole_analysis(data)), "limit": 5}))
    if (real := linde()) is not None:
        fitted = network(real, "dl")
        used = cpu_seconds(lambda: bootstrap_p_scores(fitted, draws=1000), 1)
        what = "1,000 bootstrap P-scores on Linde 2016"
        print(json.dumps({"what": what, "cpu_seconds": used, "limit": 10}))
