"""Intervals of personal risk hold the true conditional risk: what the committed study found."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

COVERAGE = Path(__file__).resolve().parents[3] / "validation/tables/personal_risk/coverage.csv"


def coverage() -> pd.DataFrame:
    return pd.read_csv(COVERAGE, dtype={"decile": str})


@pytest.mark.parametrize("scenario", ["simulator", "normal_400", "normal_400_missing"])
@pytest.mark.parametrize("kind", ["interval", "as_shown"])
def test_intervals_held_the_true_conditional_risk_in_every_tenth_of_it(scenario: str, kind: str) -> None:
    """The study's own table; it is made anew by ``python validation/run.py personal_risk``."""
    rows = coverage().query("scenario == @scenario and kind == @kind")

    assert len(rows) == 11
    assert (rows["runs"] >= 500).all()
    assert rows["coverage"].between(0.93, 0.97).all(), rows["coverage"].tolist()


LEAKAGE = COVERAGE.parents[1] / "predict_leakage"


def test_a_rating_that_gives_the_outcome_away_a_day_later_changed_nothing_and_on_the_day_would_have() -> None:
    c = pd.read_csv(LEAKAGE / "planted.csv").set_index("planted")["c_held_out"]

    assert c["the day after"] == c["nothing"]
    assert c["on the landmark"] > 0.99 > c["nothing"]


def test_shuffled_outcomes_were_not_predicted() -> None:
    row = pd.read_csv(LEAKAGE / "shuffled.csv").iloc[0]

    assert row["runs"] >= 200
    assert 0.49 <= row["mean_c"] <= 0.51
