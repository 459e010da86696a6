"""Intervals for shares and for agreement: against other implementations and against simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from opentrs.stats.intervals import agreement, exact_proportion, worst_best


@pytest.mark.parametrize(
    ("events", "n"), [(0, 10), (1, 10), (5, 10), (10, 10), (34, 100), (0, 1), (871, 2151)]
)
def test_the_exact_interval_is_that_of_an_independent_implementation(events: int, n: int) -> None:
    found = exact_proportion(events, n)
    other = stats.binomtest(events, n).proportion_ci(0.95, method="exact")
    assert found.estimate == events / n
    assert found.low == pytest.approx(other.low, abs=1e-9)
    assert found.high == pytest.approx(other.high, abs=1e-9)


def test_the_exact_interval_covers_at_least_as_often_as_it_says() -> None:
    n = 30
    intervals = [exact_proportion(events, n) for events in range(n + 1)]
    for truth in (0.02, 0.1, 0.34, 0.5, 0.9):
        chance = stats.binom.pmf(range(n + 1), n, truth)
        covered = [chance[k] for k, one in enumerate(intervals) if one.low <= truth <= one.high]
        assert sum(covered) >= 0.95


def test_a_share_of_nobody_is_not_defined() -> None:
    assert exact_proportion(0, 0).estimate is None
    assert worst_best(0, 0, 0) == (None, None)


@pytest.mark.parametrize(("events", "n"), [(3, 2), (-1, 2)])
def test_counts_that_are_no_share_are_refused(events: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        exact_proportion(events, n)


def test_bounds_count_every_unknown_once_as_no_and_once_as_yes() -> None:
    assert worst_best(2, 3, 10) == (0.2, 0.5)


def test_kappa_of_a_textbook_table() -> None:
    found = agreement(20, 5, 10, 15)
    assert found.n == 50
    assert found.kappa.estimate == pytest.approx(0.4)
    # By hand: diagonal .01156 + .01587, beside it .09 * .283, less .05 squared, over 50 / 16.
    standard_error = ((0.01156 + 0.01587 + 0.09 * 0.283 - 0.0025) / (50 * 0.0625)) ** 0.5
    assert found.kappa.high - found.kappa.estimate == pytest.approx(1.959964 * standard_error, abs=1e-6)
    assert found.positive == pytest.approx(40 / 55)
    assert found.negative == pytest.approx(30 / 45)


@pytest.mark.parametrize("table", [(0, 0, 5, 20), (7, 0, 0, 0), (0, 0, 0, 0)])
def test_kappa_of_a_label_that_never_varies_is_not_defined(table: tuple[int, int, int, int]) -> None:
    assert agreement(*table).kappa.estimate is None


def test_the_interval_of_kappa_covers_the_truth_in_simulation() -> None:
    shares = np.array([0.25, 0.08, 0.07, 0.60])
    truth = agreement(250, 80, 70, 600).kappa.estimate
    tables = np.random.default_rng(1).multinomial(200, shares, size=2000)
    found = [agreement(*(int(cell) for cell in row)).kappa for row in tables]
    covered = np.mean([one.low <= truth <= one.high for one in found])
    assert 0.935 <= covered <= 0.965
