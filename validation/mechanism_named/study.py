"""What the named tests are worth: errors without an effect, power with one, and intervals.

`python study.py FOLDER`. See README.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

# Two processes, one core each.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from worlds import CIRCUIT, PARTS, Part, coupling, filled, people, spectra, values

from opentrs.mechanism.literature import published
from opentrs.mechanism.named import Measured

RUNS = int(os.environ.get("RUNS", "1000"))
PERMUTATIONS = 99
# The truth is what the test itself says, on average, of so many cohorts of so many times the people.
LARGE, TIMES = 8, 100
LEVEL = 0.05
ALL = (*PARTS, CIRCUIT)
KEYS = ["test", "region", "contrast", "quantity"]


def answers(part: Part, seed: int, planted: bool, times: int = 1) -> pd.DataFrame:
    """Rows of the part's named tests in one made-up cohort."""
    rng = np.random.default_rng([ALL.index(part), planted, seed])
    who = people(rng, times)
    matrix = values(part, who, rng, planted)
    scans = spectra(who, matrix) if part is CIRCUIT else filled(part, who, matrix)
    permutations = PERMUTATIONS if times == 1 else 1
    measured = Measured(part.name, scans, who, seed=seed, permutations=permutations)
    if part is CIRCUIT:
        return pd.DataFrame(coupling(measured, rng, planted))
    return pd.DataFrame(part.tests(measured))


def told(part: Part, planted: bool) -> pd.DataFrame:
    """All runs of one part under one another."""
    return pd.concat([answers(part, seed, planted) for seed in range(RUNS)], ignore_index=True)


def percent(hits: pd.Series) -> tuple[float, float]:
    p = float(hits.mean())
    return round(100 * p, 2), round(100 * float(np.sqrt(p * (1 - p) / len(hits))), 2)


def summary(at: int) -> list[dict[str, Any]]:
    part = ALL[at]
    without, with_effect = told(part, False).groupby(KEYS, sort=False), told(part, True).groupby(KEYS)
    large = pd.concat([answers(part, RUNS + seed, True, TIMES) for seed in range(LARGE)])
    truth = large.groupby(KEYS)["estimate"].mean()
    rows = []
    for key, null in without:
        mine = with_effect.get_group(key)
        size = published()[f"{key[0]}.{key[1]}"]["effect"]
        row: dict[str, Any] = {
            **dict(zip(KEYS, key, strict=True)), "n": int(null["n"].iloc[0]), "runs": len(null),
            "published_size": "" if size is None else size, "true_size": round(float(truth[key]), 3),
        }  # fmt: skip
        shares = {
            "error": null["p"] <= LEVEL, "error_fwer": null["p_fwer"] <= LEVEL,
            "covers_none": (null["ci_low"] <= 0) & (null["ci_high"] >= 0), "power": mine["p"] <= LEVEL,
            "covers": (mine["ci_low"] <= truth[key]) & (mine["ci_high"] >= truth[key]),
        }  # fmt: skip
        for name, hits in shares.items():
            row[f"{name}_percent"], row[f"{name}_monte_carlo_se"] = percent(hits)
        rows.append(row)
    return rows


def every_part() -> Iterator[dict[str, Any]]:
    with ProcessPoolExecutor(2) as pool:
        for rows in pool.map(summary, range(len(ALL))):
            print(rows[0]["test"], flush=True)
            yield from rows


if __name__ == "__main__":
    table = pd.DataFrame(list(every_part()))
    table.to_csv(Path(sys.argv[1]) / "named_tests.csv", index=False, lineterminator="\n")
