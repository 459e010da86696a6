"""Permutation tests find a difference where there is none one time in twenty; intervals cover."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from opentrs.stats.permutation import fit, permuted

TABLES = Path(__file__).parents[2] / "validation" / "tables" / "permutation_calibration"


def _rows(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_family_wise_error_of_the_committed_table_is_five_percent():
    rows = _rows("family_wise_error")
    assert len(rows) == 10
    assert {row["statistic"] for row in rows} == {"max_t", "tfce", "extent"}
    for row in rows:
        reach = {1000: 1.4, 500: 1.95}[int(row["runs"])]
        assert abs(float(row["percent"]) - 5) <= reach, row["case"]


def test_the_intervals_of_the_committed_table_cover():
    rows = _rows("coverage")
    assert {(int(row["people"]), float(row["true_d"])) for row in rows} == {
        (n, d) for n in (20, 60, 165) for d in (0.0, 0.3, 0.8)
    }
    assert all(93 <= float(row[kind]) <= 97 for row in rows for kind in ("effect", "standardised"))


def test_random_groups_differ_somewhere_one_time_in_twenty():
    hits = 0
    for seed in range(400):
        rng = np.random.default_rng([9, seed])
        age = rng.normal(size=24)
        values = rng.exponential(size=(24, 15)) + age[:, None]
        design = np.column_stack([np.ones(24), rng.permutation(24) < 10, age])
        hits += permuted(values, design, (0, 1, 0), 99, seed=seed).p_fwer.min() <= 0.05
    # Binomial(400, .05): 99% between 10 and 32.
    assert 10 <= hits <= 32


def test_intervals_of_effects_hold_the_truth_nineteen_times_in_twenty():
    rng = np.random.default_rng(10)
    group = (np.arange(40) < 15).astype(float)
    age = rng.normal(size=40) + 0.5 * group
    values = rng.normal(size=(40, 4000)) + 0.6 * group[:, None] + 0.3 * age[:, None]
    effect = fit(values, np.column_stack([np.ones(40), group, age]), (0, 1, 0)).standardised()
    assert 0.94 < ((effect.low <= 0.6) & (effect.high >= 0.6)).mean() < 0.96
