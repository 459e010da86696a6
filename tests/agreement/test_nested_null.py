"""The committed tables of validation/nested_null: nothing is found where nothing is, and a leak is caught."""

from __future__ import annotations

import csv
from pathlib import Path

TABLES = Path(__file__).parents[2] / "validation" / "tables" / "nested_null"


def _rows(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_shuffled_outcomes_are_predicted_no_better_than_a_coin_does() -> None:
    rows = _rows("null")
    assert [row["procedure"] for row in rows] == [
        "elastic net",
        "ridge",
        "boosted trees",
        "ten predictors chosen inside the folds, ridge",
    ]
    for row in rows:
        assert int(row["runs"]) == 200
        assert 0.49 <= float(row["mean_fold_auc"]) <= 0.51
        assert row["verdict"] == "passed"


def test_a_leak_in_the_procedure_rings_and_one_before_it_cannot() -> None:
    inside, before = _rows("leak")
    assert inside["verdict"] == "too_good"
    assert float(inside["mean_fold_auc"]) > 0.65
    assert before["verdict"] == "passed"
    assert float(before["auc_claimed_on_noise"]) > 0.65


def test_a_planted_signal_is_found_and_a_site_that_differs_shows() -> None:
    auc = {(r["truth"], r["outer"], r["held_out"]): float(r["auc"]) for r in _rows("signal")}
    same, turned = "same effect everywhere", "effect turned round at site C"
    assert auc[same, "five folds", "all"] > 0.7
    assert min(auc[same, "site left out", site] for site in "ABCDE") > 0.65
    assert auc[turned, "site left out", "C"] < 0.45
    assert min(auc[turned, "site left out", site] for site in "ABDE") > 0.6
