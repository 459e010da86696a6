"""ComBat on 2,000 people x 20,484 vertices x 20 sites with three covariates: learnt and applied.

Beside neuroHarmonize where ``NEUROHARMONIZE_PYTHON`` names a Python that has it, and beside the least such
work can cost: three products of people, columns and vertices, and six passes over the values.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

# One core for all: CPU-seconds of several cores spinning would say little.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from combat_people import people

from opentrs.stats.harmonise import ComBat

PEOPLE, VERTICES, SITES, COVARIATES = 2000, 20484, 20, 3
RUNS = 3


def harmonised(n: int, m: int, sites: int, smooth: tuple[str, ...] = ()) -> tuple[float, np.ndarray]:
    """Least CPU time of several runs, and some of the values."""
    values, site, covariates = people(n, m, sites)
    taken, out = [], values
    for _ in range(RUNS):
        del out
        begin = time.process_time()
        out = ComBat(smooth=smooth).fit(values, site, covariates).transform(values, site, covariates)
        taken.append(time.process_time() - begin)
    return min(taken), out[::100, ::1000].copy()


def peak_gb() -> float:
    """Most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def floor() -> float:
    """Three products and six passes, nothing else."""
    rng = np.random.default_rng(1)
    left = rng.standard_normal((SITES + COVARIATES, PEOPLE))
    values = rng.standard_normal((PEOPLE, VERTICES))
    taken = []
    for _ in range(RUNS):
        begin = time.process_time()
        for _ in range(3):
            left @ values
        for _ in range(6):
            np.multiply(values, 1.0, out=values)
        taken.append(time.process_time() - begin)
    return min(taken)


def peer() -> dict[str, object] | None:
    """What neuroHarmonize took, in a process of its own."""
    python = os.environ.get("NEUROHARMONIZE_PYTHON")
    if python is None:
        return None
    script = Path(__file__).parent / "peers" / "combat_neuroharmonize.py"
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    size = [str(number) for number in (PEOPLE, VERTICES, SITES)]
    done = subprocess.run([python, str(script), *size], capture_output=True, text=True, check=True, env=alone)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def say(**row: object) -> None:
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    base, some = harmonised(PEOPLE, VERTICES, SITES)
    memory = peak_gb()
    size = f"{PEOPLE} x {VERTICES} x {SITES} sites"
    least = floor()
    say(what=f"ComBat, {size}, beside products and passes alone", cpu_seconds=base, ratio=base / least,
        against=f"the floor ({least:.2f} s)")  # fmt: skip
    other = peer()
    if other is not None:
        apart = float(np.abs(some - np.array(other["check"])).max())
        if apart > 1e-6:
            sys.exit(f"the peer's values differ by {apart}")
        # The promise is four times as fast, in half the memory.
        say(what="the same beside neuroHarmonize", cpu_seconds=base, ratio=base / other["cpu_seconds"],
            against=f"neuroHarmonize ({other['cpu_seconds']:.1f} s)", limit=1 / 4)  # fmt: skip
        say(what=f"peak memory of the process, {memory:.2f} GB", ratio=memory / other["peak_gb"],
            against=f"neuroHarmonize ({other['peak_gb']:.2f} GB)", limit=1 / 2)  # fmt: skip
    for what, more in (
        ("people", (2 * PEOPLE, VERTICES // 2, SITES)),
        ("sites", (PEOPLE, VERTICES // 2, 2 * SITES)),
    ):
        half, _ = harmonised(PEOPLE, VERTICES // 2, SITES)
        grown, _ = harmonised(*more)
        say(what=f"half the vertices, with twice the {what}", cpu_seconds=grown, ratio=grown / half,
            against="half the vertices")  # fmt: skip
    smooth, _ = harmonised(PEOPLE, VERTICES // 2, SITES, ("AGE",))
    say(what="half the vertices, age smooth", cpu_seconds=smooth, ratio=smooth / half, against="age straight")
