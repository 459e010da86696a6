"""The alarm passes a clean procedure and rings for one that leaks."""

from __future__ import annotations

import numpy as np
import pytest

from opentrs.stats.nested import ElasticNetLogistic, KFold, MeanImputation, Selection, shuffled_alarm
from opentrs.stats.nested.alarm import judged, shuffled_rows
from opentrs.stats.refusal import CannotFitError
from tests.unit.stats.nested.people import people, survivors

RIDGE = ElasticNetLogistic(alphas=(0.0,), lambdas=(0.1,))


def test_a_clean_procedure_passes_however_strong_the_true_signal():
    alarm = shuffled_alarm(people(), RIDGE, 40, (MeanImputation(), Selection(3)), KFold(4), inner=2, n_jobs=1)
    assert alarm.runs == 40
    assert alarm.verdict == "passed"
    assert not alarm.rings
    assert alarm.low <= 0.5 <= alarm.high
    assert 0.47 < alarm.auc < 0.53


def test_the_alarm_is_the_same_however_many_run_at_once():
    one, two = (shuffled_alarm(people(), RIDGE, 4, inner=2, n_jobs=jobs) for jobs in (1, 2))
    assert one == two


def test_the_mean_must_be_told_from_a_half_to_ring():
    drawn = np.random.default_rng(1).normal(0, 0.05, 200)
    centred = drawn - drawn.mean()
    half = 2.6007 * centred.std(ddof=1) / np.sqrt(200)
    assert judged(centred + 0.5 + 0.99 * half).verdict == "passed"
    assert judged(centred + 0.5 + 1.01 * half).verdict == "too_good"
    assert judged(centred + 0.5 - 1.01 * half).verdict == "too_bad"
    assert judged(centred + 0.5 - 1.01 * half).rings
    assert judged(centred + 0.5 + 1.01 * half, level=0.999).verdict == "passed"


def test_one_run_is_not_enough():
    with pytest.raises(CannotFitError):
        judged([0.5])


def test_outcomes_change_places_between_groups_of_the_same_size_only():
    groups = np.array([0, 1, 1, 2, 3, 3, 4, 5, 6, 6])
    taken = shuffled_rows(groups, np.random.default_rng(2))
    assert sorted(taken) == list(range(10))
    for pair in ((1, 2), (4, 5), (8, 9)):
        first, second = taken[list(pair)]
        assert groups[first] == groups[second]
        assert first < second


def test_follow_up_goes_with_its_outcome():
    from opentrs.stats.nested import ElasticNetCox

    alarm = shuffled_alarm(
        survivors(), ElasticNetCox(alphas=(0.0,), lambdas=(0.1,)), 10, (), KFold(3), inner=2
    )
    assert alarm.verdict == "passed"
