"""The committed tables of the mechanism's calibration studies stay within what was promised of it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

TABLES = Path(__file__).parents[2] / "validation" / "tables"


def test_healthy_groups_are_called_different_as_often_as_asked() -> None:
    table = pd.read_csv(TABLES / "mechanism_family_wise" / "family_wise_error.csv").set_index("case")
    assert len(table) == 9
    assert (table["runs"] == 1000).all()
    assert table["family_wise_percent"].between(2.9, 7.1).all()
    # What one spread for all does, and why the stage has an error for each group.
    assert (
        table.loc["random groups, smaller group 1.5 times as spread", "family_wise_one_spread_percent"] > 10
    )


def test_repeated_scans_err_and_cover_as_they_say() -> None:
    table = pd.read_csv(TABLES / "mechanism_repeated" / "repeated.csv")
    null = table[table["true_effect"] == 0]
    assert len(null) >= 5
    assert ((null["called_different_percent"] - 5).abs() <= 3 * null["called_different_monte_carlo_se"]).all()
    assert table["covers_percent"].between(93.5, 96.5).all()


@pytest.fixture(scope="module")
def duration() -> pd.DataFrame:
    return pd.read_csv(TABLES / "mechanism_duration" / "duration.csv").set_index("world")


def test_duration_alone_is_called_resistance_in_at_most_one_run_in_fifteen(duration: pd.DataFrame) -> None:
    alone = duration[(duration["true_group"] == 0) & duration.index.str.startswith("duration")]
    assert len(alone) >= 5
    assert (alone["runs"] >= 2000).all()
    assert (alone["called_resistance_percent"] <= 6.5).all()
    # The question is a real one: without duration in the model most would be called different.
    assert alone["differs_without_duration_percent"].max() > 80


def test_resistance_survives_with_duration_in_the_model(duration: pd.DataFrame) -> None:
    real = duration[duration["true_group"] != 0]
    assert (real["called_resistance_percent"] > 60).all()
    assert real["called_resistance_percent"].max() > 95


def test_a_slope_at_the_margin_is_called_equivalent_in_at_most_one_run_in_twenty(
    duration: pd.DataFrame,
) -> None:
    margin = duration[duration.index.str.startswith("slope at the")]
    reach = 2 * margin["called_equivalent_monte_carlo_se"]
    assert (margin["called_equivalent_percent"] <= 5 + reach).all()
    assert duration.loc["no slope, eight times the people", "called_equivalent_percent"] > 60


def test_intervals_of_the_adjusted_effect_cover(duration: pd.DataFrame) -> None:
    covers = duration["adjusted_covers_percent"].dropna()
    assert len(covers) >= 10
    assert covers.between(93.5, 96.5).all()
    assert duration["change_covers_percent"].dropna().ge(93.5).all()


@pytest.fixture(scope="module")
def named() -> pd.DataFrame:
    return pd.read_csv(TABLES / "mechanism_named" / "named_tests.csv")


def test_named_tests_err_as_often_as_they_say(named: pd.DataFrame) -> None:
    assert len(named) == 40
    assert (named["runs"] == 1000).all()
    # Forty rows: none beyond four standard errors of 5%, and on average 5%.
    assert named["error_percent"].between(5 - 2.8, 5 + 2.8).all()
    assert named["error_percent"].mean() == pytest.approx(5, abs=0.3)
    assert (named["error_fwer_percent"] <= 7.1).all()


def test_intervals_of_named_tests_cover(named: pd.DataFrame) -> None:
    within = named["covers_percent"].between(93.5, 96.5)
    assert within.mean() > 0.95
    assert named["covers_percent"].between(95 - 2.8, 95 + 2.8).all()
    assert named["covers_percent"].mean() == pytest.approx(95, abs=0.4)


def test_power_is_stated_at_the_published_sizes(named: pd.DataFrame) -> None:
    printed = named[named["published_size"].notna() & (named["test"] != "thinning_patients")]
    assert len(printed) == 5
    assert (printed["true_size"] - printed["published_size"]).abs().max() < 0.03
    assert printed["power_percent"].min() > 30
