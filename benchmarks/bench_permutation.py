"""Freedman-Lane at 300 people x 20,484 vertices x 1,000 permutations, five covariates, two sides, max-T.

Beside nilearn's permuted_ols (one process, the same test) and beside a plain single-precision product of
as many operations, which no exact Freedman-Lane of this form can beat.
``PEER_PERMUTATIONS`` says how many of the 1,000 permutations nilearn runs (all by default).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable

# One core for all: CPU-seconds of several cores spinning would say little.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from opentrs.stats.permutation import SurfaceGraph, permuted, tfce

PEOPLE, VERTICES, PERMUTATIONS, COVARIATES = 300, 20484, 1000, 5
RUNS, PEER_RUNS = 3, 2
# Rows of the product for each permutation: the tested column and the covariates (the constant needs none).
ROWS = 1 + COVARIATES


def people(n: int, m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Group, covariates and a map with an effect at the first 200 vertices."""
    rng = np.random.default_rng(7)
    group, covariates = (np.arange(n) % 2).astype(float), rng.standard_normal((n, COVARIATES))
    values = rng.standard_normal((n, m)) + covariates @ rng.standard_normal((COVARIATES, m)) * 0.2
    values[:, :200] -= 0.6 * group[:, None]
    return group, covariates, values


def seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """Least CPU time of several runs: other work on the machine only ever adds."""
    taken = []
    for _ in range(runs):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)


def ours(n: int, m: int, permutations: int, method: str = "freedman_lane") -> float:
    group, covariates, values = people(n, m)
    design = np.column_stack([np.ones(n), group, covariates])
    contrast = np.eye(design.shape[1])[1]
    return seconds(lambda: permuted(values, design, contrast, permutations, seed=1, method=method))


def floor() -> float:
    """The same number of operations as products of 1,200 rows at a time, nothing else."""
    rng = np.random.default_rng(1)
    left = rng.standard_normal((ROWS * 200, PEOPLE)).astype(np.float32)
    right = rng.standard_normal((PEOPLE, VERTICES)).astype(np.float32)
    out = np.empty((len(left), VERTICES), dtype=np.float32)

    def products() -> None:
        for _ in range(PERMUTATIONS // 200):
            np.matmul(left, right, out=out)

    return seconds(products)


def peer() -> float:
    """nilearn's time, scaled to all permutations where fewer were run (its cost is linear in them)."""
    from nilearn.mass_univariate import permuted_ols

    group, covariates, values = people(PEOPLE, VERTICES)
    number = int(os.environ.get("PEER_PERMUTATIONS", PERMUTATIONS))
    taken = seconds(
        lambda: permuted_ols(group[:, None], values, covariates, n_perm=number, random_state=1, verbose=0,
                             output_type="dict"),
        runs=PEER_RUNS,
    )  # fmt: skip
    return taken * PERMUTATIONS / number


def grid_surface(rows: int) -> SurfaceGraph:
    """A sheet of two triangles a square, with ``rows`` vertices each way."""
    number = np.arange(rows * rows).reshape(rows, rows)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    faces = [np.stack([x.ravel() for x in corner], axis=1) for corner in ((a, b, c), (b, d, c))]
    return SurfaceGraph.from_faces(np.concatenate(faces))


def say(**row: object) -> None:
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    size = f"{PEOPLE} x {VERTICES} x {PERMUTATIONS}"
    base = ours(PEOPLE, VERTICES, PERMUTATIONS)
    least, other = floor(), peer()
    say(what=f"Freedman-Lane, {size}, beside the product alone", cpu_seconds=base, ratio=base / least,
        against=f"sgemm ({least:.2f} s)", limit=2)  # fmt: skip
    # The promise is fifteen times as fast: at most a fifteenth of its time.
    say(what="the same beside nilearn's permuted_ols", cpu_seconds=base, ratio=base / other,
        against=f"nilearn ({other:.1f} s)", limit=1 / 15)  # fmt: skip
    smith = ours(PEOPLE, VERTICES, PERMUTATIONS, "smith")
    say(what="Smith's variant of the same", cpu_seconds=smith, ratio=smith / other, against="nilearn")
    for what, more in (
        ("people", (2 * PEOPLE, VERTICES, PERMUTATIONS)),
        ("vertices", (PEOPLE, 2 * VERTICES, PERMUTATIONS)),
        ("permutations", (PEOPLE, VERTICES, 2 * PERMUTATIONS)),
    ):
        grown = ours(*more)
        say(what=f"with twice the {what}", cpu_seconds=grown, ratio=grown / base, against="itself")
    surface, t = grid_surface(143), np.random.default_rng(2).standard_normal(143 * 143)
    tfce(t, surface)
    say(what=f"enhancing 100 maps of {t.size} vertices, both signs",
        cpu_seconds=100 * seconds(lambda: tfce(t, surface), 20))  # fmt: skip
