"""Simulated sizes agree with the published formulas where there are any, and are the same run after run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from opentrs.predict.power import (
    Metric,
    Plan,
    block_count,
    formula_at,
    judges,
    needed,
    planted,
    run_block,
    summary,
)
from opentrs.predict.power_groups import people_for, power_of, simulated
from opentrs.predict.power_people import (
    COHORT_PREDICTORS,
    SimulatedPeople,
    normal_people,
    true_c,
    true_net_benefit,
    true_slope,
)
from opentrs.stats.prediction.discrimination import concordance
from opentrs.stats.prediction.logistic import fit_logistic

PLAN = Plan("validation", "c_statistic", 0.05, 0.23, 0.70, 10, 0.2, (400, 800), 60, 1)
# 99.9% intervals: of the few comparisons here none fails by chance in a thousand runs of the suite.
WIDE = stats.norm.ppf(0.9995) / stats.norm.ppf(0.975)


def ran(plan: Plan) -> tuple[dict[int, list[float | None]], object]:
    judging = judges(plan)
    values = {
        n: [value for block in range(block_count(plan)) for value in run_block(plan, n, block, judging)]
        for n in plan.sizes
    }
    return values, judging


@pytest.mark.parametrize(("prevalence", "c"), [(0.23, 0.70), (0.05, 0.62), (0.5, 0.85)])
def test_normal_people_have_the_stated_share_and_c(prevalence: float, c: float) -> None:
    drawn = normal_people(prevalence, c, 6).draw(20_000, np.random.SeedSequence([1]))
    risk = expit(drawn.log_odds)

    assert risk.mean() == pytest.approx(prevalence, abs=0.006)
    assert true_c(risk, risk) == pytest.approx(c, abs=0.006)
    assert drawn.outcome.mean() == pytest.approx(prevalence, abs=0.012)
    assert drawn.predictors.shape == (20_000, 6)


@pytest.mark.parametrize(("prevalence", "c"), [(0.0, 0.7), (1.0, 0.7), (0.2, 0.5), (0.2, 1.0)])
def test_people_that_cannot_be_are_refused(prevalence: float, c: float) -> None:
    with pytest.raises(ValueError, match="out of range"):
        normal_people(prevalence, c, 3)


def test_patients_of_the_simulator_have_its_predictors_and_true_risk() -> None:
    drawn = SimulatedPeople().draw(3000, np.random.SeedSequence([2]))
    younger = SimulatedPeople(0.2).draw(3000, np.random.SeedSequence([2]))

    assert drawn.predictors.shape == (3000, len(COHORT_PREDICTORS))
    assert drawn.outcome.mean() == pytest.approx(0.34, abs=0.03)
    assert expit(younger.log_odds).mean() == pytest.approx(0.2, abs=0.01)
    fitted = fit_logistic(drawn.log_odds[:, None], drawn.outcome)
    assert fitted.coefficients[0] == pytest.approx(1, abs=3 * fitted.standard_errors[1])


def test_true_c_is_what_c_of_drawn_outcomes_tends_to_and_ties_count_half() -> None:
    drawn = normal_people(0.3, 0.75, 4).draw(20_000, np.random.SeedSequence([3]))
    risk = expit(drawn.log_odds)
    found = concordance(drawn.outcome, risk)

    assert found.low is not None
    assert found.high is not None
    assert found.low - 0.003 < true_c(risk, risk) < found.high + 0.003
    assert true_c(np.ones(5), np.array([0.1, 0.2, 0.3, 0.4, 0.5])) == pytest.approx(0.5)
    assert true_c(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 1.0


def test_true_slope_undoes_a_stretch_of_the_log_odds() -> None:
    log_odds = np.linspace(-3, 1, 401)

    assert true_slope(log_odds, expit(log_odds)) == pytest.approx(1)
    assert true_slope(2 * log_odds + 1, expit(log_odds)) == pytest.approx(0.5)


def test_acting_on_everybody_below_the_prevalence_has_the_net_benefit_of_the_formula() -> None:
    risk = np.array([0.1, 0.3])

    assert true_net_benefit(np.ones(2), risk, 0.1) == pytest.approx((0.2 - 0.8 / 9) / 0.2)
    assert true_net_benefit(np.zeros(2), risk, 0.1) == 0
    assert true_net_benefit(np.array([0.1, 0.3]), risk, 0.1) == true_net_benefit(np.ones(2), risk, 0.1)


@pytest.mark.parametrize("metric", ["c_statistic", "calibration_slope", "net_benefit"])
def test_half_widths_of_simulated_validations_agree_with_the_formulas(metric: Metric) -> None:
    plan = replace(PLAN, metric=metric, sizes=(800, 2000))
    values, judging = ran(plan)

    for row in summary(plan, values, judging):  # type: ignore[arg-type]
        assert row.mean is not None
        assert row.high is not None
        assert row.analytic is not None
        # The formulas are those of large samples: half a percent is left to that.
        assert abs(row.mean - row.analytic) < WIDE * (row.high - row.mean) + 0.005 * row.analytic


def test_the_slope_of_simulated_developments_agrees_with_the_shrinkage_criterion() -> None:
    plan = Plan("development", "calibration_slope", 0.1, 0.23, 0.70, 10, 0.2, (1000, 2000), 100, 1)
    values, judging = ran(plan)

    for row in summary(plan, values, judging):  # type: ignore[arg-type]
        assert row.mean is not None
        assert row.high is not None
        assert row.analytic is not None
        assert abs(row.mean - row.analytic) < WIDE * (row.high - row.mean) + 0.005


def test_the_size_needed_is_that_of_the_formula_within_what_simulation_leaves() -> None:
    plan = replace(PLAN, sizes=(400, 600, 900))
    values, judging = ran(plan)
    by_simulation, by_formula = needed(plan, values, judging)  # type: ignore[arg-type]

    assert by_simulation.n is not None
    assert by_simulation.low is not None
    assert by_simulation.high is not None
    assert by_formula.n is not None
    assert by_simulation.low <= by_simulation.n <= by_simulation.high
    assert abs(by_simulation.n - by_formula.n) < WIDE * (by_simulation.high - by_simulation.low) / 2 + 6


def test_a_target_beyond_the_sizes_is_not_guessed() -> None:
    values: dict[int, list[float | None]] = {400: [0.06] * 60, 800: [0.045] * 60}
    judging = judges(PLAN)

    assert needed(replace(PLAN, target=0.04), values, judging)[0].n is None
    assert needed(replace(PLAN, target=0.061), values, judging)[0].n is None
    assert needed(replace(PLAN, target=0.045), values, judging)[0].n == 800
    assert needed(replace(PLAN, target=0.06), values, judging)[0].n == 400


def test_between_two_sizes_the_measure_falls_along_a_straight_line_of_logarithms() -> None:
    values: dict[int, list[float | None]] = {400: [0.06] * 60, 1600: [0.03] * 60}

    assert needed(replace(PLAN, sizes=(400, 1600), target=0.06 / 2**0.5), values, judges(PLAN))[0].n in (
        800,
        801,
    )


def test_a_measure_without_a_formula_says_so() -> None:
    plan = Plan("development", "c_statistic", 0.02, 0.23, 0.70, 10, 0.2, (300,), 20, 1)

    assert formula_at(plan, judges(plan), 300) is None


def test_a_size_at_which_most_cohorts_fail_has_no_mean() -> None:
    values: dict[int, list[float | None]] = {400: [None] * 31 + [0.06] * 29, 800: [None] * 30 + [0.045] * 30}
    first, second = summary(PLAN, values, judges(PLAN))

    assert (first.mean, first.refused) == (None, 31)
    assert second.mean == pytest.approx(0.045)


def test_separated_cohorts_are_counted_and_not_hidden() -> None:
    plan = Plan("development", "calibration_slope", 0.1, 0.05, 0.9, 10, 0.2, (40,), 20, 1)
    found = run_block(plan, 40, 0, judges(plan))

    assert len(found) == 20
    assert None in found


def test_a_block_gives_the_same_numbers_alone_and_after_others() -> None:
    judging = judges(PLAN)
    alone = run_block(PLAN, 400, 1, judging)
    run_block(PLAN, 400, 0, judging)

    assert run_block(PLAN, 400, 1, judging) == alone
    assert len(alone) == 10
    assert run_block(replace(PLAN, seed=2), 400, 1, judging) != alone


def test_the_planted_share_and_c_are_told() -> None:
    prevalence, c = planted(PLAN, judges(PLAN))

    assert prevalence == pytest.approx(0.23, abs=0.006)
    assert c == pytest.approx(0.70, abs=0.006)


@pytest.mark.parametrize(("d", "n", "power"), [(0.5, 64, 0.801), (0.2, 394, 0.801), (0.8, 26, 0.807)])
def test_power_of_two_groups_is_that_of_cohens_tables(d: float, n: int, power: float) -> None:
    assert power_of(d, n, n) == pytest.approx(power, abs=0.001)
    assert power_of(-d, n, n) == pytest.approx(power_of(d, n, n))
    assert people_for(d, 0.8) in ((n, n), (n - 1, n - 1))


def test_the_smallest_groups_are_the_smallest() -> None:
    first, second = people_for(0.3, 0.9, ratio=0.5) or (0, 0)

    assert second == round(first * 0.5)
    assert power_of(0.3, first, second) >= 0.9
    assert power_of(0.3, first - 1, round((first - 1) * 0.5)) < 0.9
    assert people_for(0.0001, 0.9) is None


def test_simulated_studies_have_the_power_of_the_formula() -> None:
    row = simulated(0.4, 100, 100, 600, 1)

    assert row.low is not None
    assert row.high is not None
    assert row.low - 0.02 < row.analytic < row.high + 0.02
    assert simulated(0.4, 100, 100, 600, 1) == row
