"""Is an effect of duration ever called one of resistance, and does one of resistance survive?

`python study.py FOLDER`. See README.md.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Two processes, one core each.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from opentrs.mechanism.duration import DurationTest, duration_test
from opentrs.mechanism.literature import setting

RUNS = int(os.environ.get("RUNS", "2000"))
# The bootstrap is asked only in the runs whose interval of the change is counted.
BOOTSTRAPPED, RESAMPLES = min(RUNS, 1000), 1000
# As many patients as in the study of resistance and duration the review rests on.
RESISTANT, RESPONSIVE = 61, 67
MARGIN = setting("duration_margin_sd_per_decade")
MANY = 400_000


@dataclass(frozen=True)
class World:
    """What is true of the patients, in standard deviations within a group.

    Parameters
    ----------
    group : shift of the resistant
    per_decade : slope of duration, ``levelling`` after that many years
    longer : years the resistant have been ill beyond the responsive
    per_onset_decade : slope of the age at onset
    younger : years by which the resistant fell ill earlier
    spread : of the resistant over that of the responsive
    scale : people are so many times those of the study
    """

    name: str
    group: float = 0.0
    per_decade: float = 0.0
    levelling: float = 0.0
    longer: float = 0.0
    per_onset_decade: float = 0.0
    younger: float = 0.0
    spread: float = 1.0
    scale: float = 1.0


WORLDS = (
    World("nothing planted"),
    World("duration alone", per_decade=-0.8),
    World("duration alone, resistant 8 years longer ill", per_decade=-0.8, longer=8),
    World("duration and onset age, resistant ill 8 years longer and from 4 years earlier", per_decade=-0.8,
          longer=8, per_onset_decade=0.4, younger=4),
    World("duration alone, levelling after 10 years, resistant 8 years longer ill", per_decade=-1.2,
          levelling=10, longer=8),
    World("duration alone, resistant 8 years longer ill and 1.5 times as spread", per_decade=-0.8, longer=8,
          spread=1.5),
    World("resistance", -0.5),
    World("resistance and duration, resistant 8 years longer ill", -0.5, per_decade=-0.3, longer=8),
    World("resistance and duration, three times the people", -0.5, per_decade=-0.3, longer=8, scale=3),
    World("slope at the margin", per_decade=-MARGIN, scale=8),
    World("slope at the other margin", per_decade=MARGIN, scale=8),
    World("slope at the margin, resistant 8 years longer ill", per_decade=-MARGIN, longer=8, scale=8),
    World("no slope, eight times the people", scale=8),
)  # fmt: skip


def patients(
    world: World, rng: np.random.Generator, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Values, resistance, duration (years), and age and sex."""
    resistant = np.repeat([1.0, 0.0], size)
    n = resistant.size
    duration = rng.gamma(3, 4, n) + world.longer * resistant
    onset = 16 + rng.gamma(3, 3, n) - world.younger * resistant
    male = (rng.random(n) < 0.6).astype(float)
    ill = duration if not world.levelling else world.levelling * (1 - np.exp(-duration / world.levelling))
    values = (
        world.group * resistant + world.per_decade * ill / 10 + world.per_onset_decade * (onset - 25) / 10
        + 0.2 * male + rng.standard_normal(n) * np.where(resistant == 1, world.spread, 1.0)
    )  # fmt: skip
    return values, resistant, duration, np.column_stack([onset + duration, male])


def asked(world: World, seed: int, resamples: int) -> DurationTest:
    rng = np.random.default_rng([WORLDS.index(world), seed])
    size = (round(RESISTANT * world.scale), round(RESPONSIVE * world.scale))
    return duration_test(*patients(world, rng, size), MARGIN, seed, resamples=resamples)


def true_change(world: World) -> float:
    """What duration takes away of the group effect, in very many people."""
    values, resistant, duration, covariates = patients(
        world, np.random.default_rng(9), (MANY * RESISTANT // 128, MANY * RESPONSIVE // 128)
    )
    base = np.column_stack([np.ones(len(values)), resistant, covariates])
    full = np.column_stack([base, duration])
    with_duration, without = (np.linalg.lstsq(x, values, rcond=None)[0] for x in (full, base))
    residual = values - full @ with_duration
    return float((with_duration[1] - without[1]) / residual.std())


def share(hits: np.ndarray, name: str) -> dict[str, float]:
    p = float(np.mean(hits))
    error = (p * (1 - p) / len(hits)) ** 0.5
    return {f"{name}_percent": round(100 * p, 2), f"{name}_monte_carlo_se": round(100 * error, 2)}


def summary(world: World) -> dict[str, Any]:
    told = BOOTSTRAPPED if world.scale == 1 else 0
    found = [asked(world, seed, RESAMPLES if seed < told else 20) for seed in range(RUNS)]
    is_linear, same_spread = not world.levelling, world.spread == 1
    # Of two spreads the pooled one is the unit.
    row: dict[str, Any] = {
        "world": world.name, "resistant": round(RESISTANT * world.scale),
        "responsive": round(RESPONSIVE * world.scale), "runs": RUNS,
        "true_group": world.group, "true_slope_per_decade": world.per_decade if is_linear else "levelling",
        **share(np.array([each.verdict == "holds" for each in found]), "called_resistance"),
        **share(np.array([each.without.p < 0.05 for each in found]), "differs_without_duration"),
        **share(np.array([each.is_equivalent for each in found]), "called_equivalent"),
        **share(np.array([each.interaction.p < 0.05 for each in found]), "slopes_called_different"),
    }  # fmt: skip
    if is_linear and same_spread:
        row |= share(np.array([_holds(each.adjusted, world.group) for each in found]), "adjusted_covers")
        # Age is in the model: at one age, a later onset is a shorter illness.
        slope = world.per_decade - world.per_onset_decade
        row |= share(np.array([_holds(each.slope, slope) for each in found]), "slope_covers_90")
    if told:
        change = true_change(world)
        row |= share(np.array([_holds(each.change, change) for each in found[:told]]), "change_covers")
    return row


def _holds(estimate: Any, truth: float) -> bool:
    return bool(estimate.low <= truth <= estimate.high)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        rows = list(pool.map(summary, WORLDS))
    pd.DataFrame(rows).to_csv(Path(sys.argv[1]) / "duration.csv", index=False, lineterminator="\n")
