"""Intervals cover and tests reject as often as they say, on 2,000 simulated sets of each size."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from opentrs.stats.meta import pool
from opentrs.stats.meta.bias import egger, harbord, peters
from opentrs.stats.meta.effects import from_counts
from validation.meta_calibration.generator import MEAN, N_SETS, SIZES, TAU2, mean_differences, odds

TABLES = Path(__file__).parents[2] / "validation" / "tables" / "meta_calibration"


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("tau2", TAU2)
def test_hartung_knapp_intervals_cover(k: int, tau2: float) -> None:
    drawn = mean_differences(N_SETS, k, tau2)
    covered = {}
    for test in ("hk", "hk_modified"):
        fitted = pool(*drawn, "reml", test)  # type: ignore[arg-type]
        covered[test] = np.mean((fitted.ci_low[:, 0] <= MEAN) & (fitted.ci_high[:, 0] >= MEAN))
    assert covered["hk_modified"] >= 0.935
    # Five trials of very unequal size with little heterogeneity are too few for the plain form.
    least = 0.92 if (k, tau2) == (5, 0.02) else 0.935
    assert least <= covered["hk"] <= 0.965


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("tau2", TAU2)
def test_tests_of_small_study_effects_reject_one_in_twenty(k: int, tau2: float) -> None:
    counts = odds(N_SETS, k, tau2)
    effect = from_counts(*counts, "OR")
    found = {
        "means": egger(*mean_differences(N_SETS, k, tau2)),
        "peters": peters(effect.effect, *counts),
        "harbord": harbord(*counts),
    }
    for test in found.values():
        assert 0.035 <= np.mean(test.p_value < 0.05) <= 0.065


def test_eggers_test_of_odds_ratios_rejects_too_often() -> None:
    effect = from_counts(*odds(N_SETS, 20, 0.1), "OR")
    assert np.mean(egger(effect.effect, effect.variance).p_value < 0.05) > 0.09


def test_node_splitting_rejected_one_in_twenty_in_the_committed_table() -> None:
    with (TABLES / "node_splitting.csv").open(encoding="utf-8", newline="") as file:
        rows = {(int(row["k"]), float(row["tau2"])): float(row["percent"]) for row in csv.DictReader(file)}
    assert sorted(rows) == [(k, tau2) for k in SIZES for tau2 in (0.02, 0.1)]
    # With five trials a comparison and little heterogeneity tau2 is too high on average.
    assert rows.pop((5, 0.02)) == pytest.approx(3.0)
    assert all(3.5 <= percent <= 6.5 for percent in rows.values())
