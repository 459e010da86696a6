"""Effect sizes at numbers worked by hand, and what cannot be one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from opentrs.stats.meta import MetaAnalysisError
from opentrs.stats.meta.counts import mantel_haenszel, peto
from opentrs.stats.meta.effects import (
    crossover_smd,
    design_effect,
    from_counts,
    from_means,
    sd_of_change,
    shared_arm_covariance,
    small_sample_factor,
)


@pytest.mark.parametrize(
    ("measure", "effect", "variance"),
    [
        ("OR", np.log(10 * 15 / (5 * 10)), 1 / 10 + 1 / 10 + 1 / 5 + 1 / 15),
        ("RR", np.log((10 / 20) / (5 / 20)), 1 / 10 - 1 / 20 + 1 / 5 - 1 / 20),
        ("RD", 0.25, 10 * 10 / 20**3 + 5 * 15 / 20**3),
    ],
)
def test_effects_of_ten_in_twenty_against_five_in_twenty(
    measure: Any, effect: float, variance: float
) -> None:
    found = from_counts(10, 20, 5, 20, measure)
    assert float(found.effect) == pytest.approx(effect)
    assert float(found.variance) == pytest.approx(variance)
    assert not found.corrected


def test_a_half_is_added_to_every_cell_of_a_study_with_an_empty_one_and_to_no_other() -> None:
    found = from_counts([0, 10], [20, 20], [5, 5], [20, 20], "OR")
    assert found.corrected.tolist() == [True, False]
    assert found.effect[0] == pytest.approx(np.log(0.5 * 15.5 / (20.5 * 5.5)))
    assert found.variance[0] == pytest.approx(1 / 0.5 + 1 / 20.5 + 1 / 5.5 + 1 / 15.5)
    assert found.effect[1] == pytest.approx(np.log(3))
    risk = from_counts(0, 20, 5, 20, "RR")
    assert float(risk.effect) == pytest.approx(np.log((0.5 / 21) / (5.5 / 21)))
    assert float(risk.variance) == pytest.approx(1 / 0.5 - 1 / 21 + 1 / 5.5 - 1 / 21)


@pytest.mark.parametrize("measure", ["OR", "RR"])
@pytest.mark.parametrize("events", [(0, 0), (20, 20)])
def test_a_ratio_of_nobody_against_nobody_or_all_against_all_is_no_number(
    measure: Any, events: tuple[int, int]
) -> None:
    found = from_counts(events[0], 20, events[1], 20, measure)
    assert np.isnan(found.effect)
    assert np.isnan(found.variance)


def test_a_risk_difference_of_nobody_against_nobody_is_none_with_a_variance() -> None:
    found = from_counts(0, 20, 0, 20, "RD")
    assert float(found.effect) == 0
    assert float(found.variance) == pytest.approx(2 * 0.5 * 20.5 / 21**3)


@pytest.mark.parametrize(
    "counts",
    [(21, 20, 5, 20), (-1, 20, 5, 20), (1.5, 20, 5, 20), (5, 20, np.nan, 20), (0, 0, 1, 20), (0, 20, 0, 0)],
)
def test_counts_that_are_none_are_refused(counts: tuple[float, float, float, float]) -> None:
    with pytest.raises(MetaAnalysisError):
        from_counts(*counts, "OR")


def test_means_of_twelve_against_ten() -> None:
    arms = (10, 12.0, 2.0, 20, 10.0, 3.0)
    difference = from_means(*arms, "MD")
    assert [float(difference.effect), float(difference.variance)] == pytest.approx([2, 4 / 10 + 9 / 20])
    ratio = from_means(*arms, "ROM")
    assert float(ratio.effect) == pytest.approx(np.log(1.2))
    assert float(ratio.variance) == pytest.approx(4 / (10 * 144) + 9 / (20 * 100))
    pooled = np.sqrt((9 * 4 + 19 * 9) / 28)
    standard = from_means(*arms, "SMD")
    g = float(small_sample_factor(28)) * 2 / pooled
    assert float(standard.effect) == pytest.approx(g)
    assert float(standard.variance) == pytest.approx(1 / 10 + 1 / 20 + g**2 / 60)


@pytest.mark.parametrize("df", [1.5, 2, 10, 28, 500])
def test_the_exact_correction_is_near_its_usual_approximation(df: float) -> None:
    approximation = 1 - 3 / (4 * df - 1)
    assert float(small_sample_factor(df)) == pytest.approx(approximation, abs=0.06 / df**2 + 1e-4)


def test_the_exact_correction_at_two_degrees_of_freedom_is_one_over_root_pi() -> None:
    # gamma(1) / (sqrt(1) gamma(1/2))
    assert float(small_sample_factor(2)) == pytest.approx(1 / np.sqrt(np.pi))


@pytest.mark.parametrize(
    "arms",
    [
        (1, 12.0, 2.0, 20, 10.0, 3.0),
        (10, 12.0, 2.0, 1, 10.0, 3.0),
        (10, 12.0, -2.0, 20, 10.0, 3.0),
        (10, 12.0, 2.0, 20, 10.0, 0.0),
        (10, np.nan, 2.0, 20, 10.0, 3.0),
    ],
)
def test_one_person_an_arm_or_a_standard_deviation_not_above_nothing_is_refused(arms: Any) -> None:
    with pytest.raises(MetaAnalysisError):
        from_means(*arms, "SMD")


def test_two_people_an_arm_are_enough_for_a_standard_deviation() -> None:
    assert np.isfinite(from_means(2, 1.0, 1.0, 2, 0.0, 1.0, "SMD").variance)


def test_a_ratio_of_means_needs_both_above_nothing() -> None:
    with pytest.raises(MetaAnalysisError, match="both means"):
        from_means(10, 0.0, 2.0, 20, 10.0, 3.0, "ROM")


def test_change_is_as_wide_as_its_ends_allow() -> None:
    assert float(sd_of_change(3, 4, 0.0)) == pytest.approx(5)
    assert float(sd_of_change(3, 4, 1.0)) == pytest.approx(1)
    assert float(sd_of_change(4, 4, 0.5)) == pytest.approx(4)


def test_a_crossover_trial_tells_more_the_more_alike_a_persons_values_are() -> None:
    g = float(small_sample_factor(19)) * 0.5
    alone = crossover_smd(20, 1.0, 2.0, 2.0, 0.0)
    assert float(alone.effect) == pytest.approx(g)
    assert float(alone.variance) == pytest.approx(2 * (1 / 20 + g**2 / 40))
    alike = crossover_smd(20, 1.0, 2.0, 2.0, 0.75)
    assert float(alike.variance) == pytest.approx(float(alone.variance) / 4)
    for people, correlation in ((20, 1.0), (20, -1.0), (1, 0.5)):
        with pytest.raises(MetaAnalysisError, match="crossover"):
            crossover_smd(people, 1.0, 2.0, 2.0, correlation)


def test_a_cluster_of_one_changes_nothing() -> None:
    assert float(design_effect(1, 0.3)) == 1
    assert float(design_effect(21, 0.05)) == pytest.approx(2)


def test_effects_that_share_an_arm_share_that_arms_variance() -> None:
    assert shared_arm_covariance("MD", 10, sd=2) == pytest.approx(0.4)
    assert shared_arm_covariance("ROM", 10, sd=2, mean=4) == pytest.approx(4 / 160)
    assert shared_arm_covariance("OR", 20, events=5) == pytest.approx(1 / 5 + 1 / 15)
    assert shared_arm_covariance("RR", 20, events=5) == pytest.approx(1 / 5 - 1 / 20)
    assert shared_arm_covariance("RD", 20, events=5) == pytest.approx(5 * 15 / 8000)
    found = shared_arm_covariance("SMD", 20, effects=(0.5, 0.4), total_n=60)
    assert found == pytest.approx(1 / 20 + 0.2 / 120)


def test_peto_of_one_study_is_observed_minus_expected_over_its_variance() -> None:
    found = peto([8], [20], [2], [20])
    variance = 20 * 20 * 10 * 30 / (40**2 * 39)
    assert found.estimate == pytest.approx((8 - 5) / variance)
    assert found.standard_error == pytest.approx(1 / np.sqrt(variance))
    assert (found.q, found.q_df, found.n_studies) == (pytest.approx(0), 0, 1)
    assert np.isnan(found.q_p)


def test_peto_leaves_studies_without_any_event_out_and_needs_one_with() -> None:
    alone, beside = peto([8], [20], [2], [20]), peto([8, 0], [20, 50], [2, 0], [20, 50])
    assert beside.estimate == pytest.approx(alone.estimate)
    assert beside.n_studies == 1
    with pytest.raises(MetaAnalysisError, match="both people"):
        peto([0], [20], [0], [20])


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_mantel_haenszel_of_one_study_is_that_study(measure: Any) -> None:
    study, pooled = from_counts(10, 20, 5, 25, measure), mantel_haenszel([10], [20], [5], [25], measure)
    assert pooled.estimate == pytest.approx(float(study.effect))
    # Robins, Breslow & Greenland and Greenland & Robins reduce to the study's own; Sato's nearly does.
    tolerance = 0.05 if measure == "RD" else 1e-12
    assert pooled.standard_error == pytest.approx(float(np.sqrt(study.variance)), rel=tolerance)


def test_mantel_haenszel_needs_events_for_a_ratio_and_arms_that_hold_them() -> None:
    with pytest.raises(MetaAnalysisError, match="No study"):
        mantel_haenszel([0, 0], [20, 20], [3, 1], [20, 20], "OR")
    with pytest.raises(MetaAnalysisError, match="more events"):
        mantel_haenszel([21], [20], [3], [20])
