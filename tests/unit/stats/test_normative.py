"""Placing a value among controls, and comparing groups: against the formulas written out another way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from opentrs.stats.normative import FEWEST_SPARE, contrast, place
from opentrs.stats.refusal import CannotFitError

NONE = np.array([-1])


def controls(n: int = 30, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(n), rng.normal(0, 1, n)])
    return 10 + 2 * design[:, 1] + rng.normal(0, 1, n), design


def test_without_covariates_a_value_is_placed_by_the_textbook_prediction_interval() -> None:
    values = np.array([9.0, 10.0, 11.0, 12.0, 8.0, 10.5, 9.5, 11.5, 10.2, 9.8, 10.1])
    found = place(values, np.ones((11, 1)), np.array([14.0]), np.ones((1, 1)), NONE)
    sd = values.std(ddof=1) * np.sqrt(1 + 1 / 11)
    half = stats.t.ppf(0.975, 10) * sd
    assert found.expected[0] == pytest.approx(values.mean())
    assert found.low[0] == pytest.approx(values.mean() - half)
    assert found.high[0] == pytest.approx(values.mean() + half)
    centile = stats.t.cdf((14 - values.mean()) / sd, 10)
    assert found.centile[0] == pytest.approx(100 * centile)
    assert found.z[0] == pytest.approx(stats.norm.ppf(centile))
    assert (found.n_controls, found.spare) == (11, 10)


def test_the_ends_of_the_interval_are_the_outer_centiles() -> None:
    values, design = controls()
    middle = place(values, design, np.zeros(1), design[:1], NONE)
    ends = np.array([middle.low[0], middle.high[0], middle.expected[0]])
    found = place(values, design, ends, np.repeat(design[:1], 3, axis=0), np.full(3, -1))
    assert found.centile == pytest.approx([2.5, 97.5, 50])
    assert found.z == pytest.approx([-1.959964, 1.959964, 0], abs=1e-5)


def test_a_control_is_placed_against_the_others_only() -> None:
    values, design = controls()
    found = place(values, design, values, design, np.arange(30))
    for one in (0, 7, 29):
        rest = np.arange(30) != one
        without = place(values[rest], design[rest], values[[one]], design[[one]], NONE)
        for name in ("expected", "low", "high", "z", "centile"):
            assert getattr(found, name)[one] == pytest.approx(getattr(without, name)[0])


def test_a_value_far_out_has_a_finite_z_on_either_side() -> None:
    values, design = controls()
    found = place(values, design, np.array([1e4, -1e4]), design[:2], np.full(2, -1))
    assert np.isfinite(found.z).all()
    assert found.z[0] > 8
    assert found.z[1] < -8


def test_ten_spare_controls_are_enough_and_nine_are_not() -> None:
    values, design = controls(2 + FEWEST_SPARE)
    assert place(values, design, values[:1], design[:1], NONE).spare == FEWEST_SPARE
    with pytest.raises(CannotFitError) as refused:
        place(values[:-1], design[:-1], values[:1], design[:1], NONE)
    assert (refused.value.code, refused.value.params["needed"]) == ("few_controls", 12)


def test_controls_that_do_not_vary_or_covariates_that_repeat_are_refused() -> None:
    values, design = controls()
    with pytest.raises(CannotFitError) as refused:
        place(np.full(30, 3.0), design, values[:1], design[:1], NONE)
    assert refused.value.code == "constant_controls"
    with pytest.raises(CannotFitError) as refused:
        place(values, np.column_stack([design, design[:, 1]]), values[:1], np.ones((1, 3)), NONE)
    assert refused.value.code == "repeated_predictor"


def test_without_covariates_the_contrast_is_the_difference_of_means_with_unequal_variances() -> None:
    first, second = np.array([1.0, 2, 3, 4, 10]), np.array([5.0, 6, 7, 6, 5, 7])
    found = contrast(np.concatenate([first, second]), np.arange(11) < 5, np.empty((11, 0)))
    assert found.difference == pytest.approx(first.mean() - second.mean())
    # HC3 without covariates: squared deviations over (1 - 1/n) squared, over n squared.
    error = np.sqrt(
        sum(((x - x.mean()) ** 2).sum() / (1 - 1 / len(x)) ** 2 / len(x) ** 2 for x in (first, second))
    )
    half = stats.t.ppf(0.975, 9) * error
    assert found.high - found.difference == pytest.approx(half)
    assert found.difference - found.low == pytest.approx(half)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(found.difference) / error, 9))
    pooled = np.sqrt((((first - first.mean()) ** 2).sum() + ((second - second.mean()) ** 2).sum()) / 9)
    assert found.standardised == pytest.approx(found.difference / pooled)
    assert (found.n_first, found.n_second) == (5, 6)


def test_a_covariate_that_makes_the_whole_difference_takes_it_away() -> None:
    rng = np.random.default_rng(3)
    age = np.concatenate([rng.normal(60, 5, 200), rng.normal(40, 5, 200)])
    values = age + rng.normal(0, 1, 400)
    is_first = np.arange(400) < 200
    assert contrast(values, is_first, np.empty((400, 0))).difference > 15
    adjusted = contrast(values, is_first, age[:, None])
    assert abs(adjusted.difference) < 1
    assert adjusted.low < 0.5 < adjusted.high


def test_a_comparison_without_people_or_without_overlap_is_refused() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=8)
    assert contrast(values, np.arange(8) < 3, np.empty((8, 0))).n_first == 3
    with pytest.raises(CannotFitError) as refused:
        contrast(values, np.arange(8) < 2, np.empty((8, 0)))
    assert refused.value.code == "few_in_group"
    with pytest.raises(CannotFitError) as refused:
        contrast(values, np.arange(8) < 4, (np.arange(8.0) < 4)[:, None].astype(float))
    assert refused.value.code == "groups_apart"
    with pytest.raises(CannotFitError) as refused:
        contrast(np.ones(8), np.arange(8) < 4, np.empty((8, 0)))
    assert refused.value.code == "constant_value"
