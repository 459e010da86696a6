"""Folds keep people, families and sites whole, and spread the events."""

from __future__ import annotations

import numpy as np
import pytest

from opentrs.stats.nested.folds import KFold, LeaveSiteOut, grouped_folds
from opentrs.stats.refusal import CannotFitError
from tests.unit.stats.nested.people import people


def test_single_people_are_spread_to_within_one_event_and_one_person():
    outcome = np.r_[np.ones(23), np.zeros(80)]
    fold = grouped_folds(outcome, np.arange(103), 5, np.random.default_rng(1))
    assert np.ptp(np.bincount(fold)) <= 1
    assert np.ptp(np.bincount(fold, outcome)) <= 1


@pytest.mark.parametrize("seed", range(20))
def test_groups_stay_whole_and_every_fold_has_both_outcomes(seed):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 60, 150)
    outcome = (rng.random(150) < 0.25).astype(float)
    fold = grouped_folds(outcome, groups, 5, rng)
    assert all(len(set(fold[groups == g])) == 1 for g in set(groups))
    for k in range(5):
        assert 0 < outcome[fold == k].mean() < 1
    assert np.bincount(fold).min() >= 20


def test_another_draw_gives_other_folds_and_the_same_draw_the_same():
    outcome = np.tile([0.0, 1.0], 50)
    drawn = [grouped_folds(outcome, np.arange(100), 5, np.random.default_rng(s)) for s in (1, 1, 2)]
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] != drawn[2]).any()


def test_events_in_fewer_groups_than_folds_are_refused():
    outcome = np.r_[np.ones(12), np.zeros(60)]
    groups = np.r_[np.repeat(np.arange(4), 3), np.arange(4, 64)]
    assert grouped_folds(outcome, groups, 4, np.random.default_rng(1)).max() == 3
    with pytest.raises(CannotFitError) as refused:
        grouped_folds(outcome, groups, 5, np.random.default_rng(1))
    assert refused.value.params == {"n": 4, "folds": 5}


def test_one_fold_is_no_cross_validation():
    with pytest.raises(CannotFitError):
        grouped_folds(np.tile([0.0, 1.0], 20), np.arange(40), 1, np.random.default_rng(1))


def test_every_row_is_held_out_once_in_each_repeat():
    rows = people()
    splits = list(KFold(4, 3).splits(rows, 1))
    assert len(splits) == 12
    held = np.array([split.test for split in splits]).reshape(3, 4, -1)
    assert (held.sum(axis=1) == 1).all()
    assert all((split.train != split.test).all() for split in splits)
    assert (held[0] != held[1]).any()


def test_relatives_of_a_held_out_site_do_not_train_the_model():
    families = [""] * 240
    families[0] = families[239] = "one"
    splits = {split.site: split for split in LeaveSiteOut().splits(people(families=families), 1)}
    assert set(splits) == {"north", "east", "south"}
    assert splits["north"].test[0]
    assert not splits["north"].train[239]
    assert splits["north"].train.sum() == 159
    assert splits["east"].train.sum() == 160


@pytest.mark.parametrize("sites", [None, ["here"] * 240])
def test_a_single_site_cannot_be_left_out(sites):
    with pytest.raises(CannotFitError) as refused:
        list(LeaveSiteOut().splits(people(sites=sites), 1))
    assert refused.value.code == "one_site"
