"""Do the intervals of a linking table cover what they should? `python study.py FOLDER`.

Made-up populations of which the true link is known: severity follows a gamma distribution, each scale rounds
a line of it plus noise and cannot go below its floor. The true link is that of the whole population.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from opentrs.stats.equipercentile import ScoreRange, equipercentile, equivalents, loglinear

BPRS, PANSS = ScoreRange(18, 126), ScoreRange(30, 210)
DATA_SETS, REPLICATES = 600, 200
TAIL = 0.025
AIC_DEGREES = (2, 3, 4, 5, 6)


@dataclass(frozen=True)
class Setting:
    """One row of the table; severity of shape 12 is nearly symmetric, 4 is skewed, 1.5 piled at the floor."""

    people: int
    shape: float
    degree: int | None
    visits: int = 1


SETTINGS = [
    *(Setting(people, 4.0, 5) for people in (50, 100, 200, 500)),
    *(Setting(200, shape, 5) for shape in (12.0, 1.5)),
    Setting(200, 4.0, 5, visits=3),
    *(Setting(200, 4.0, degree) for degree in (3, 4, None)),
]


def lines(shape: float) -> tuple[float, float]:
    """Points of each scale per unit of severity: mean BPRS 42 and mean PANSS 75, whatever the shape."""
    return 24 / shape, 45 / shape


def population(within: ScoreRange, slope: float, noise: float, shape: float) -> np.ndarray:
    """Probability of every score in the whole population."""
    severity = np.linspace(0.0005, 40, 8000)
    weight = stats.gamma.pdf(severity, shape)
    borders = np.concatenate([[-np.inf], within.scores[:-1] + 0.5, [np.inf]])
    below = stats.norm.cdf((borders[None, :] - within.low - slope * severity[:, None]) / noise)
    return (weight / weight.sum()) @ np.diff(below, axis=1)


def sample(setting: Setting, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Both totals of the setting's visits; the severity of a person is the same at each."""
    generator = np.random.default_rng(seed)
    severity = np.repeat(generator.gamma(setting.shape, size=setting.people), setting.visits)
    scores = []
    for within, slope, noise in zip((BPRS, PANSS), lines(setting.shape), (3.0, 5.0), strict=True):
        score = within.low + slope * severity + noise * generator.normal(size=len(severity))
        scores.append(np.clip(np.round(score), within.low, within.high))
    return scores[0], scores[1]


def chosen_by_aic(values: np.ndarray, within: ScoreRange) -> int:
    """The degree somebody who looks at the data first would take."""
    counts = within.counts(values)
    present = counts > 0

    def aic(degree: int) -> float:
        return 2 * degree - 2 * float(
            counts[present] @ np.log(loglinear(counts[None, :], degree)[0][0][present])
        )

    return min(AIC_DEGREES, key=aic)


def coverage(setting: Setting) -> dict[str, float | int | str]:
    """How often intervals hold the true link, at the middle 95% of the population's BPRS scores."""
    p, q = (
        population(within, slope, noise, setting.shape)
        for within, slope, noise in zip((BPRS, PANSS), lines(setting.shape), (3.0, 5.0), strict=True)
    )
    truth, rank = equivalents(p, q, PANSS), np.cumsum(p)
    wanted = (rank > TAIL) & (rank < 1 - TAIL)
    hits, misses = [], []
    for seed in range(DATA_SETS):
        x, y = sample(setting, seed)
        degree = chosen_by_aic(x, BPRS) if setting.degree is None else setting.degree
        people = np.repeat(np.arange(setting.people), setting.visits).tolist()
        link, _ = equipercentile(
            x, y, BPRS, PANSS, people=people, degree=degree, replicates=REPLICATES, seed=seed
        )
        seen = wanted & np.isfinite(link.linked)
        hits.append(((link.low <= truth) & (truth <= link.high))[seen].mean())
        misses.append(np.where(seen, link.linked - truth, np.nan))
    mean, error = float(np.mean(hits)), float(np.std(hits, ddof=1) / np.sqrt(DATA_SETS))
    return {
        "people": setting.people, "visits": setting.visits, "shape": setting.shape,
        "at_floor": round(float(p[0]), 4), "degree": setting.degree or "by AIC", "data_sets": DATA_SETS,
        "coverage": round(mean, 4), "coverage_low": round(mean - 1.96 * error, 4),
        "coverage_high": round(mean + 1.96 * error, 4),
        "bias_points": round(float(np.nanmean(misses)), 3),
        "rms_points": round(float(np.sqrt(np.nanmean(np.square(misses)))), 3),
    }  # fmt: skip


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as workers:
        table = pd.DataFrame(workers.map(coverage, SETTINGS))
    table.to_csv(Path(sys.argv[1]) / "coverage.csv", index=False, lineterminator="\n")
