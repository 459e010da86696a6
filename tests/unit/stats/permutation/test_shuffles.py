"""Who may take whose place: sites, families, signs; every arrangement once when there are few."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from opentrs.stats.permutation.shuffles import (
    Exchangeability,
    arrangement,
    drawn_flips,
    drawn_permutations,
    every_flip,
    every_permutation,
    number_of_permutations,
    restricted,
    whole_units,
)
from opentrs.stats.refusal import CannotFitError

SITES = list("AABBBAACC")
FAMILIES = ["f1", "f1", "f2", "f2", "f3", "f4", "f4", "g", "h"]


def _drawn(blocks: Exchangeability, n: int = 9, number: int = 400) -> np.ndarray:
    return drawn_permutations(arrangement(blocks, n), number, np.random.default_rng(3))


def test_people_stay_within_their_site():
    sites = np.array(SITES)
    drawn = _drawn(Exchangeability(strata=SITES))
    assert (np.sort(drawn, axis=1) == np.arange(9)).all()
    assert (sites[drawn] == sites).all()
    assert len(np.unique(drawn[:, [0, 1, 5, 6]], axis=0)) == 24


def test_a_family_moves_as_a_whole_into_the_place_of_one_of_its_size_in_its_site():
    drawn = _drawn(Exchangeability(strata=list("AAAAABBAA"), units=FAMILIES))
    pairs = {tuple(row[[0, 1]]) for row in drawn}
    assert pairs == {(0, 1), (2, 3)}
    assert (drawn[:, [5, 6]] == [5, 6]).all()
    assert {int(place) for place in drawn[:, 4]} == {4, 7, 8}


def test_brothers_and_sisters_are_exchanged_where_that_is_allowed():
    drawn = _drawn(Exchangeability(units=FAMILIES, inside=True))
    assert {tuple(row[[0, 1]]) for row in drawn} == {
        pair for family in ((0, 1), (2, 3), (5, 6)) for pair in permutations(family)
    }


@pytest.mark.parametrize(
    ("blocks", "n", "expected"),
    [
        (None, 4, 24),
        (Exchangeability(strata=[0, 0, 0, 1, 1]), 5, 12),
        (Exchangeability(units=[0, 0, 1, 1, 2]), 5, 2),
        (Exchangeability(units=[0, 0, 1, 1, 2], inside=True), 5, 8),
    ],
)
def test_every_arrangement_is_made_once_and_the_observed_one_is_among_them(blocks, n, expected):
    rules = arrangement(blocks, n)
    every = every_permutation(rules, np.arange(n))
    assert number_of_permutations(rules, np.arange(n)) == expected == len(every)
    assert len(np.unique(every, axis=0)) == expected
    assert (every == np.arange(n)).all(axis=1).any()
    drawn = drawn_permutations(rules, 300, np.random.default_rng(0))
    assert {tuple(row) for row in drawn} == {tuple(row) for row in every}


def test_people_with_the_same_row_of_the_design_are_interchangeable():
    kinds = np.array([1, 0, 1, 0, 0, 1])
    rules = arrangement(None, 6)
    every = every_permutation(rules, kinds)
    assert number_of_permutations(rules, kinds) == 20 == len(every)
    assert len({tuple(kinds[row]) for row in every}) == 20
    assert every[0].tolist() == [0, 1, 2, 3, 4, 5]


def test_a_random_order_is_as_likely_as_any_other():
    drawn = drawn_permutations(arrangement(None, 4), 24_000, np.random.default_rng(8))
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert counts.size == 24
    # Chi-square with 23 degrees of freedom: 0.999 quantile.
    assert ((counts - 1000) ** 2 / 1000).sum() < 49.73


def test_a_family_shares_its_sign():
    rules = arrangement(Exchangeability(units=[0, 0, 1, 2, 2, 2]), 6)
    every = every_flip(rules)
    assert every[0].tolist() == [1] * 6
    assert len(np.unique(every, axis=0)) == 8
    drawn = drawn_flips(rules, 200, np.random.default_rng(1))
    assert {tuple(row) for row in drawn} == {tuple(row) for row in every}
    assert (drawn[:, 0] == drawn[:, 1]).all()


def test_people_missing_are_skipped_and_the_others_keep_their_order_within_the_site():
    rules = arrangement(Exchangeability(strata=[0, 1, 0, 1, 0, 1]), 6)
    measured = np.array([True, True, False, True, True, True])
    drawn = drawn_permutations(rules, 500, np.random.default_rng(2))
    kept = restricted(drawn, rules, measured)
    assert kept.shape == (500, 5)
    local_site = np.array([0, 1, 1, 0, 1])
    assert (np.sort(kept, axis=1) == np.arange(5)).all()
    assert (local_site[kept] == local_site).all()
    assert len(np.unique(kept, axis=0)) == 2 * 6
    assert restricted(drawn, rules, np.ones(6, bool)) is drawn


def test_half_a_family_cannot_take_another_familys_place():
    measured = np.array([True, False, True, True, True])
    blocks = Exchangeability(units=["a", "a", "b", "b", "c"])
    assert whole_units(blocks, measured).tolist() == [False, False, True, True, True]
    assert whole_units(None, measured) is measured


def test_what_a_permutation_leaves_in_place():
    rules = arrangement(Exchangeability(strata=[0, 0, 1, 1, 1]), 5)
    orbits = rules.orbits()
    assert orbits.shape == (5, 2)
    for row in drawn_permutations(rules, 20, np.random.default_rng(5)):
        np.testing.assert_array_equal(orbits[row], orbits)
    visits = arrangement(Exchangeability(units=[0, 0, 1, 1]), 4).orbits()
    np.testing.assert_allclose(visits.T @ [1, 2, 1, 2], [np.sqrt(2), 2 * np.sqrt(2)])
    inside = arrangement(Exchangeability(units=[0, 0, 1, 1], inside=True), 4).orbits()
    assert inside.shape == (4, 1)


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(CannotFitError, match="3 labels of sites or families for 4 people"):
        arrangement(Exchangeability(strata=[1, 2, 3]), 4)
    with pytest.raises(CannotFitError, match="lies in two sites"):
        arrangement(Exchangeability(strata=[1, 2], units=["f", "f"]), 2)
