"""The duration-independence test: a difference that is one of duration is not called one of resistance."""

from __future__ import annotations

import numpy as np
import pytest

from opentrs.mechanism.duration import duration_test
from opentrs.stats.refusal import CannotFitError

MARGIN = 0.2


def patients(n: int, seed: int, group: float = 0.0, per_decade: float = 0.0, longer: float = 0.0):
    """Values, resistance, duration and age of two groups of n patients."""
    rng = np.random.default_rng(seed)
    resistant = np.repeat([1.0, 0.0], n)
    duration = rng.gamma(4, 3, 2 * n) + longer * resistant
    age = 24 + duration + rng.normal(0, 12, 2 * n)
    values = group * resistant + per_decade * duration / 10 + rng.normal(size=2 * n)
    return values, resistant, duration, age[:, None]


def test_a_difference_of_duration_alone_is_not_called_one_of_resistance():
    found = duration_test(*patients(300, 11, per_decade=-0.7, longer=8.0), MARGIN, seed=1)
    assert found.without.high < 0
    assert found.verdict == "explained"
    assert not found.is_equivalent
    assert found.change.low > 0  # the effect shrinks towards 0


def test_a_difference_of_resistance_survives_with_duration_in_the_model():
    found = duration_test(*patients(500, 2, group=-0.7, longer=4.0), MARGIN, seed=1)
    assert found.verdict == "holds"
    assert found.adjusted.high < 0
    assert found.adjusted.value == pytest.approx(-0.7, abs=0.2)


def test_a_slope_is_equivalent_to_none_only_where_enough_people_say_so():
    assert duration_test(*patients(2000, 3), MARGIN, seed=1, resamples=50).is_equivalent
    assert not duration_test(*patients(30, 3), MARGIN, seed=1, resamples=50).is_equivalent


@pytest.mark.parametrize("factor", [0.999, 1.001])
def test_equivalence_turns_where_the_ninety_percent_interval_meets_the_margin(factor):
    data = patients(800, 4)
    slope = duration_test(*data, MARGIN, seed=1, resamples=10).slope
    edge = max(abs(slope.low), abs(slope.high))
    assert duration_test(*data, edge * factor, seed=1, resamples=10).is_equivalent is (factor > 1)


def test_slopes_that_differ_between_groups_are_found():
    values, resistant, duration, age = patients(500, 5)
    values = values - 0.6 * resistant * (duration - duration.mean()) / 10
    found = duration_test(values, resistant, duration, age, MARGIN, seed=1, resamples=50)
    assert found.interaction.high < 0
    assert found.interaction.value == pytest.approx(-0.6, abs=0.25)


def test_nothing_planted_cannot_be_told():
    assert duration_test(*patients(100, 6), MARGIN, seed=1, resamples=50).verdict == "cannot_tell"


def test_controls_with_a_duration_of_zero_are_refused():
    values, resistant, duration, age = patients(50, 7)
    is_control = resistant == 0
    duration[is_control] = 0
    with pytest.raises(CannotFitError) as refused:
        duration_test(values, resistant, duration, age, MARGIN, seed=1, is_control=is_control)
    assert refused.value.code == "controls_have_no_duration"
    assert "50" in refused.value.sentence("zh")


def test_durations_that_hardly_differ_are_refused():
    values, resistant, duration, age = patients(50, 8)
    with pytest.raises(CannotFitError) as refused:
        duration_test(values, resistant, 10 + duration / 100, age, MARGIN, seed=1)
    assert refused.value.code == "durations_alike"


def test_the_bootstrap_repeats_with_its_seed_and_its_interval_holds_the_change():
    data = patients(80, 9, per_decade=-0.5, longer=5.0)
    first, again = (duration_test(*data, MARGIN, seed=3).change for _ in range(2))
    assert first == again
    assert first.low < first.value < first.high
