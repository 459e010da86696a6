"""Intervals cover, tests reject and updated models fit as they say, in committed tables of simulations."""

from __future__ import annotations

import csv
from pathlib import Path

TABLES = Path(__file__).parents[2] / "validation" / "tables" / "prediction_coverage"


def table(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tests_of_added_value_rejected_one_in_twenty_in_the_committed_table():
    rows = table("added_value")
    assert {row["test"] for row in rows} == {
        "likelihood ratio", "permutation", "DeLong on nested models (do not use)",
    }  # fmt: skip
    for row in rows:
        if row["test"] == "DeLong on nested models (do not use)":
            assert float(row["percent"]) < 3.5
        else:
            assert 3.5 <= float(row["percent"]) <= 6.5


def test_bootstrap_correction_came_near_the_truth_in_the_committed_table():
    for row in table("optimism"):
        corrected, true, apparent = (float(row[f"{name}_c"]) for name in ("corrected", "true", "apparent"))
        assert abs(corrected - true) < 0.01 < apparent - true
        assert abs(float(row["corrected_slope"]) - float(row["true_slope"])) < 0.04


def test_intervals_covered_in_the_committed_table():
    rows = table("intervals")
    assert len({(row["n"], row["mean_log_odds"]) for row in rows}) == 4
    assert all(int(row["sets"]) == 2000 for row in rows)
    for row in rows:
        # Net benefit at one threshold rests on few people; its percentiles cover a little less.
        least = 92 if row["figure"] == "net_benefit" else 93
        assert least <= float(row["percent"]) <= 97, row


def test_bands_covered_in_the_committed_table():
    rows = table("bands")
    for row in rows:
        if row["band"].startswith("isotonic"):
            assert float(row["percent"]) >= 95
        else:
            assert float(row["percent"]) >= 90, row


def test_updated_models_are_calibrated_in_the_committed_table():
    rows = {(row["wrong"], int(row["n"])): row for row in table("update")}
    assert len(rows) == 15
    for row in rows.values():
        assert int(row["validations"]) >= 200
        # Within the bounds by more than chance can move a mean of so many validations.
        apart = 2 * float(row["monte_carlo_se"])
        assert 0.97 <= float(row["mean_slope"]) - apart < float(row["mean_slope"]) + apart <= 1.03, row
    assert all(float(rows["right", n]["chose_none"]) >= 93 for n in (500, 1000, 2000))
