"""Updated models of time fit new people, and a right one is left alone: the committed table."""

from __future__ import annotations

import csv
from pathlib import Path

TABLE = Path(__file__).parents[2] / "validation" / "tables" / "survival_update" / "update.csv"


def test_updated_models_of_time_are_calibrated_in_the_committed_table() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) == 16
    assert {row["competing"] for row in rows} == {"yes", "no"}
    for row in rows:
        assert int(row["validations"]) >= 200
        apart = 2 * float(row["monte_carlo_se"])
        assert 0.97 <= float(row["mean_slope"]) - apart < float(row["mean_slope"]) + apart <= 1.03, row
        assert 0.98 <= float(row["mean_observed_expected"]) <= 1.02, row
        if row["wrong"] == "right":
            assert float(row["chose_none"]) >= 93
