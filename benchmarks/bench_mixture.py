"""Latent classes of 5,000 people by 30 items with missing ratings, ten starts; growth; and StepMix.

StepMix is raced where it is installed: here, or in an environment whose Python ``STEPMIX_PYTHON`` names.
``STEPMIX_STARTS`` says how many of the ten starts both run in the race (1 by default: ten take it minutes).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

# One core for both: CPU-seconds of several cores spinning would say little.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from opentrs.stats.ordinal_mixture import Items, as_items, choose_classes
from opentrs.stats.ordinal_mixture.climb import climb
from opentrs.stats.ordinal_mixture.latent_class import LatentClassKernel

PEOPLE, ITEMS, STEPS, CLASSES, STARTS, TOLERANCE = 5000, 30, 7, 4, 10, 1e-10
PEER = """
import sys, time, warnings
import numpy as np
from stepmix import StepMix
warnings.simplefilter("ignore")
table = np.load(sys.argv[1])
begin = time.process_time()
model = StepMix(n_components=4, measurement="categorical_nan", n_init=int(sys.argv[2]), random_state=1,
                abs_tol=1e-10, max_iter=1000, progress_bar=0).fit(table)
print(time.process_time() - begin, model.score(table) * len(table))
"""


def ratings(people: int, items: int) -> np.ndarray:
    """Four types that differ item by item, a common severity, 5 % missing; whole numbers from 0."""
    rng = np.random.default_rng(1)
    group = rng.integers(0, CLASSES, people)
    shift = 0.8 * rng.normal(size=(items, CLASSES))
    level = shift[:, group].T + 0.6 * rng.normal(size=(people, 1)) + rng.logistic(size=(people, items))
    table = (level[..., None] > np.linspace(-1.5, 3, STEPS - 1)).sum(axis=2).astype(float)
    table[rng.random(table.shape) < 0.05] = np.nan
    return table


def starts(people: int, number: int) -> np.ndarray:
    """The starts StepMix draws from the seed 1, in the order it draws them."""
    rng = np.random.RandomState(1)
    drawn = np.stack([rng.uniform(size=(people, CLASSES)) for _ in range(number)])
    return drawn / drawn.sum(axis=2, keepdims=True)


def ours(table: np.ndarray, number: int) -> tuple[float, float]:
    """CPU-seconds and log-likelihood of all starts taken to the end."""
    begin = time.process_time()
    items = as_items(table, [0] * table.shape[1], [STEPS - 1] * table.shape[1])
    kernel = LatentClassKernel(items, CLASSES)
    found = climb(kernel, kernel.start(starts(len(table), number)), TOLERANCE, 1000)
    assert found.converged.all()
    return time.process_time() - begin, float(found.objective.max())


def one_step(table: np.ndarray) -> float:
    """CPU-seconds of one EM step of all starts, the mean of twenty."""
    kernel = LatentClassKernel(as_items(table, [0] * table.shape[1], [STEPS - 1] * table.shape[1]), CLASSES)
    parameters = kernel.start(starts(len(table), STARTS))
    begin = time.process_time()
    for _ in range(20):
        parameters, _ = kernel.step(parameters)
    return (time.process_time() - begin) / 20


def peer(table: np.ndarray, number: int) -> tuple[float, float] | None:
    """The same by StepMix; None where it is not installed."""
    python = os.environ.get("STEPMIX_PYTHON") or (sys.executable if find_spec("stepmix") else None)
    if python is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ratings.npy"
        np.save(file, table)
        command = [python, "-c", PEER, str(file), str(number)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, log_likelihood = map(float, done.stdout.split())
    return seconds, log_likelihood


def say(**row: object) -> None:
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    table = ratings(PEOPLE, ITEMS)
    seconds, _ = ours(table, STARTS)
    say(what=f"latent classes, {PEOPLE} x {ITEMS}, K=4, {STARTS} starts", cpu_seconds=seconds, limit=5)
    base = one_step(table)
    for what, more in (("people", ratings(2 * PEOPLE, ITEMS)), ("items", ratings(PEOPLE, 2 * ITEMS))):
        grown = one_step(more)
        say(what=f"an EM step with twice the {what}", cpu_seconds=grown, ratio=grown / base, against="itself")
    number = int(os.environ.get("STEPMIX_STARTS", "1"))
    other = peer(table, number)
    if other is None:
        say(what="StepMix is not installed: not raced")
    else:
        mine, fit = ours(table, number)
        assert fit >= other[1] - 1e-6 * abs(other[1])
        # The promise is five times as fast: at most a fifth of its time.
        say(what=f"the same starts ({number}), beside StepMix", cpu_seconds=mine, ratio=mine / other[0],
            against=f"StepMix ({other[0]:.1f} s)", limit=0.2)  # fmt: skip
    begin = time.process_time()
    people = Items(np.nan_to_num(ratings(1000, 13), nan=-1).astype(np.int64), (STEPS,) * 13)
    choose_classes(people, seed=1)
    say(
        what="types by mixture: choosing K from 1 to 6, 1000 x 13",
        cpu_seconds=time.process_time() - begin,
        limit=30,
    )
