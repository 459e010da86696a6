"""Rates and ratios: exact where they can be, near the truth where estimated, silent where they must be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from opentrs.stats.rates import (
    exact_rate,
    mean_differences,
    negative_binomial_ratios,
    poisson_ratios,
)


@pytest.mark.parametrize("events", [0, 1, 5, 40])
def test_the_ends_of_an_exact_rate_are_those_at_which_the_count_is_as_far_as_the_level_allows(
    events: int,
) -> None:
    found = exact_rate(events, 8.0)
    assert found.low is not None
    assert found.high is not None
    assert found.estimate == events / 8

    assert stats.poisson.cdf(events, found.high * 8) == pytest.approx(0.025)
    if events:
        assert stats.poisson.sf(events - 1, found.low * 8) == pytest.approx(0.025)
    else:
        assert found.low == 0


def test_a_rate_without_time_is_unknown_and_one_below_nothing_refused() -> None:
    assert exact_rate(0, 0.0).estimate is None
    with pytest.raises(ValueError, match="no rate"):
        exact_rate(-1, 1.0)
    with pytest.raises(ValueError, match="no rate"):
        exact_rate(1, -1.0)


def two_groups(counts: tuple[list[int], list[int]], years: float = 1.0) -> tuple[np.ndarray, ...]:
    first, second = counts
    design = np.array([[1.0, 0.0]] * len(first) + [[1.0, 1.0]] * len(second))
    return np.array([*first, *second], float), np.full(len(first) + len(second), years), design


def test_a_crude_ratio_is_the_ratio_of_the_rates() -> None:
    counts, years, design = two_groups(([0, 1, 2, 1] * 5, [2, 3, 4, 3] * 5), 2.0)

    assert poisson_ratios(counts, years, design, [1]).intervals[0].estimate == pytest.approx(3.0)
    assert negative_binomial_ratios(counts, years, design, [1]).intervals[0].estimate == pytest.approx(
        3.0, rel=1e-3
    )


def test_time_on_record_counts_in_a_ratio() -> None:
    counts, years, design = two_groups(([1, 1, 1, 1, 2], [2, 2, 2, 2, 4]))
    years[5:] *= 2

    assert poisson_ratios(counts, years, design, [1]).intervals[0].estimate == pytest.approx(1.0)


def test_a_robust_interval_widens_where_few_people_have_many_events() -> None:
    even = two_groups(([1] * 40, [2] * 40))
    uneven = two_groups(([0] * 36 + [10] * 4, [0] * 36 + [20] * 4))

    def width(found: tuple[np.ndarray, ...]) -> float:
        interval = poisson_ratios(found[0], found[1], found[2], [1]).intervals[0]
        assert interval.low is not None
        assert interval.high is not None
        return interval.high / interval.low

    assert width(uneven) > 3 > 1.01 > width(even)
    assert (poisson_ratios(*uneven, [1]).dispersion or 0) > 5


def test_columns_that_depend_on_one_another_give_no_ratio() -> None:
    counts, years, design = two_groups(([1, 2, 0], [1, 3, 2]))
    doubled = np.column_stack([design, design[:, 1]])

    assert poisson_ratios(counts, years, doubled, [1]).failed == "rank"
    assert poisson_ratios(counts[:2], years[:2], design[:2], [1]).failed == "rank"


def test_a_group_without_events_gives_no_ratio() -> None:
    counts, years, design = two_groups(([0] * 20, [1, 2, 0, 1] * 5))

    assert poisson_ratios(counts, years, design, [1]).failed in ("separation", "convergence")
    assert poisson_ratios(counts, years, design, [1]).intervals == ()


def test_a_difference_of_means_is_that_of_the_groups_and_its_interval_that_of_unequal_spreads() -> None:
    rng = np.random.default_rng(4)
    quiet, loud = rng.normal(50, 1, 30), rng.normal(60, 20, 30)
    design = np.array([[1.0, 0.0]] * 30 + [[1.0, 1.0]] * 30)
    found = mean_differences(np.concatenate([quiet, loud]), design, [1]).intervals[0]
    welch = stats.ttest_ind(loud, quiet, equal_var=False).confidence_interval()

    assert found.estimate == pytest.approx(loud.mean() - quiet.mean())
    assert found.low == pytest.approx(welch.low, abs=0.8)
    assert found.high == pytest.approx(welch.high, abs=0.8)


def test_adjusted_ratios_cover_the_planted_one_about_as_often_as_they_say() -> None:
    hits = {"poisson": 0, "negative_binomial": 0}
    for draw in range(60):
        rng = np.random.default_rng(draw)
        voices, age = rng.integers(0, 2, 200).astype(float), rng.normal(size=200)
        years = rng.gamma(4, 1, 200) + 0.3
        mean = 0.15 * np.exp(np.log(1.8) * voices + 0.2 * age) * years * rng.gamma(1.5, 1 / 1.5, 200)
        counts, design = rng.poisson(mean).astype(float), np.column_stack([np.ones(200), voices, age])
        for name, fit in (("poisson", poisson_ratios), ("negative_binomial", negative_binomial_ratios)):
            interval = fit(counts, years, design, [1]).intervals[0]
            hits[name] += (interval.low or 0) <= 1.8 <= (interval.high or 0)

    # 57 of 60 are expected; fewer than 51 has a chance of 1 in 200.
    assert min(hits.values()) >= 51
