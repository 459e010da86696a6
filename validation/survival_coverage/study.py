"""Do intervals about time to an event cover what they should, and are the figures unbiased? See README.md."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from generator import HORIZON, THRESHOLD, WORLDS, World

from opentrs.stats.prediction.estimate import Estimate
from opentrs.stats.survival.calibration import calibration_in_the_large, calibration_slope, observed_expected
from opentrs.stats.survival.competing import aalen_johansen
from opentrs.stats.survival.decision import MODEL, net_benefit
from opentrs.stats.survival.discrimination import cumulative_auc, harrell_c, uno_c
from opentrs.stats.survival.hazard_models import fit_cause_specific
from opentrs.stats.survival.scores import brier

SAMPLES = 1500
PROFILES = np.array([-1.0, 0.0, 1.0])


def figures(world: World, x: np.ndarray, time: np.ndarray, cause: np.ndarray) -> dict[str, Estimate]:
    """Every figure of one sample."""
    said, true = world.said(x), world.risk(x)
    score = brier(time, cause, said, HORIZON)
    gain = next(row for row in net_benefit(time, cause, said, HORIZON, [THRESHOLD]) if row.strategy == MODEL)
    return {
        "observed_risk": aalen_johansen(time, cause, HORIZON),
        "observed_expected": observed_expected(time, cause, said, HORIZON),
        "brier": score.brier,
        "scaled_brier": score.scaled,
        "net_benefit": Estimate(gain.net_benefit, gain.low, gain.high, gain.n, gain.events, "influence"),
        "time_dependent_auc": cumulative_auc(time, cause, x, HORIZON),
        "uno_c": uno_c(time, cause, x, HORIZON),
        "harrell_c": harrell_c(time, cause, x, HORIZON),
        "calibration_slope": calibration_slope(time, cause, true, HORIZON),
        "calibration_in_the_large": calibration_in_the_large(time, cause, true, HORIZON),
    }


def run(number: int, world: World) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Coverage and bias in one setting, and bias of absolute risk."""
    rng = np.random.default_rng(np.random.SeedSequence([20250301, number]))
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in world.truth}
    risks, seen, left = [], [], []
    for _ in range(SAMPLES):
        x, time, cause = world.sample(rng)
        for name, estimate in figures(world, x, time, cause).items():
            found[name].append((estimate.value, estimate.low, estimate.high))
        risks.append(fit_cause_specific(x, time, cause).absolute_risk(PROFILES[:, None], HORIZON))
        seen.append(((cause == 1) & (time <= HORIZON)).sum())
        left.append(((cause == 0) & (time < HORIZON)).mean())
    setting = {
        "n": world.n,
        "competes": world.competes,
        "censored_percent": round(100 * float(np.mean(left))),
        "mean_events": round(float(np.mean(seen)), 1),
    }
    rows = []
    for name, values in found.items():
        table = np.array(values, dtype=float)
        truth = world.truth[name]
        held = (table[:, 1] <= truth) & (truth <= table[:, 2])
        rows.append(
            {
                **setting,
                "figure": name,
                "truth": round(truth, 4),
                "mean": round(float(table[:, 0].mean()), 4),
                "median": round(float(np.median(table[:, 0])), 4),
                "monte_carlo_se": round(float(table[:, 0].std(ddof=1) / np.sqrt(SAMPLES)), 4),
                "coverage_percent": round(100 * float(held.mean()), 2),
                "samples": SAMPLES,
            }
        )
    risk_rows = [
        {**setting, "x": at, "truth": round(truth, 4), "mean": round(mean, 4)}
        for at, truth, mean in zip(PROFILES, world.risk(PROFILES), np.mean(risks, axis=0), strict=True)
    ]
    return rows, risk_rows


if __name__ == "__main__":
    done = [run(number, world) for number, world in enumerate(WORLDS)]
    for name, place in (("coverage", 0), ("absolute_risk", 1)):
        rows = [row for each in done for row in each[place]]
        pd.DataFrame(rows).to_csv(Path(sys.argv[1]) / f"{name}.csv", index=False, lineterminator="\n")
