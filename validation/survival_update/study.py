"""Do updated models of time fit new people? `python study.py FOLDER`, README.md."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from opentrs.stats.prediction.update import STEPS
from opentrs.stats.survival.calibration import observed_expected
from opentrs.stats.survival.hazard_models import fit_fine_gray
from opentrs.stats.survival.update import survival_ladder

SETS, VALIDATION_PEOPLE, HORIZON = 1000, 3000, 3.0
BETA = np.array([0.6, 0.5, 0.4, -0.4, 0.3])
BASELINE = 0.75
# What of the published model is wrong: log ratio of the baseline hazard, true coefficients.
WRONG: dict[str, tuple[float, Any]] = {
    "right": (0.0, BETA),
    "baseline": (0.5, BETA),
    "baseline and slope": (0.3, 0.6 * BETA),
    "coefficients": (0.2, BETA * np.array([0.0, 1.5, 1.0, 1.0, -1.0])),
}


def people(
    rng: np.random.Generator, n: int, moved: float, beta: Any, competing: bool
) -> tuple[Any, Any, Any]:
    """Predictors, time, cause; hazards (of the subdistribution where an event competes) are proportional."""
    x = rng.normal(0, 1, (n, BETA.size))
    relative = np.exp(moved + x @ beta)
    u, censored = rng.random(n), rng.uniform(1, 6, n)
    if not competing:
        time, cause = -np.log(u) / (-np.log(BASELINE) / HORIZON * relative), np.ones(n, dtype=int)
    else:
        # P(event by t) = 1 - (1 - p (1 - exp(-t)))^relative, with the baseline at the horizon as stated.
        p = (1 - BASELINE) / (1 - np.exp(-HORIZON))
        ever = 1 - (1 - p) ** relative
        inner = (1 - (1 - np.minimum(u, ever * (1 - 1e-12))) ** (1 / relative)) / p
        cause = np.where(u < ever, 1, 2)
        time = np.where(cause == 1, -np.log(np.maximum(1 - inner, 1e-300)), rng.exponential(4, n))
    return x, np.minimum(time, censored), np.where(time <= censored, cause, 0)


def update(name: str, n: int, competing: bool) -> dict[str, Any]:
    """Update in n people by the closed test; slope and observed over expected in other people."""
    moved, beta = WRONG[name]
    slopes, ratios, chosen = [], [], []
    for seed in range(SETS):
        rng = np.random.default_rng([n, list(WRONG).index(name), int(competing), seed])
        x, time, cause = people(rng, n + VALIDATION_PEOPLE, moved, beta, competing)
        lp = x @ BETA
        ladder = survival_ladder(time[:n], cause[:n], lp[:n], HORIZON, BASELINE, x[:n])
        shifted = ladder.step().linear_predictor(lp[n:], x[n:])
        slopes.append(float(fit_fine_gray(shifted[:, None], time[n:], cause[n:]).fit.coefficients[0]))
        risk = 1 - BASELINE ** np.exp(shifted)
        ratios.append(observed_expected(time[n:], cause[n:], risk, HORIZON).value)
        chosen.append(ladder.chosen)
    return {
        "wrong": name, "n": n, "competing": "yes" if competing else "no", "validations": SETS,
        "mean_slope": round(float(np.mean(slopes)), 4),
        "monte_carlo_se": round(float(np.std(slopes) / SETS**0.5), 4),
        "mean_observed_expected": round(float(np.mean(ratios)), 4),
        **{f"chose_{step}": round(100 * chosen.count(step) / SETS, 1) for step in STEPS if step != "extend"},
    }  # fmt: skip


if __name__ == "__main__":
    rows = [update(name, n, competes) for competes in (False, True) for n in (500, 1000) for name in WRONG]
    pd.DataFrame(rows).to_csv(Path(sys.argv[1]) / "update.csv", index=False, lineterminator="\n")
