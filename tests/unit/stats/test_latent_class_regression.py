"""Latent class regression: against least squares, on planted classes, and refused where they mean nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from opentrs.stats.latent_class_regression import (
    RegressionData,
    as_regression_data,
    count_parameters,
    fit_latent_class_regression,
    permutation_test,
)
from opentrs.stats.refusal import CannotFitError


def planted(people: int = 300, seed: int = 1) -> tuple[RegressionData, np.ndarray]:
    """An allele helps in half of the people and harms in the others; a second one does nothing."""
    rng = np.random.default_rng(seed)
    alleles = rng.binomial(2, 0.4, (people, 2)).astype(float)
    member = rng.random(people) < 0.5
    mean = np.where(member, 40 + 8 * alleles[:, 0], 25 - 8 * alleles[:, 0])
    return RegressionData(alleles, mean + rng.normal(0, 4, people)), member


def repeated(people: int = 200, seed: int = 2) -> RegressionData:
    """Responses out of four courses; half respond often."""
    rng = np.random.default_rng(seed)
    alleles = rng.binomial(2, 0.4, (people, 1)).astype(float)
    chance = np.where(rng.random(people) < 0.5, 0.85, 0.2)
    return RegressionData(alleles, rng.binomial(4, chance).astype(float), np.full(people, 4.0))


def test_one_class_is_least_squares() -> None:
    data, _ = planted()
    fitted = fit_latent_class_regression(data, 1)
    design = np.column_stack([np.ones(data.n_people), data.predictors])
    beta, *_ = np.linalg.lstsq(design, data.outcome, rcond=None)
    left = data.outcome - design @ beta
    sd = np.sqrt(np.mean(left**2))
    assert fitted.intercepts[0] == pytest.approx(beta[0], abs=1e-5)
    assert fitted.coefficients[0] == pytest.approx(beta[1:], abs=1e-5)
    assert fitted.residual_sd == pytest.approx(sd, abs=1e-6)
    assert fitted.log_likelihood == pytest.approx(stats.norm.logpdf(left, 0, sd).sum(), abs=1e-6)
    covariance = sd**2 * np.linalg.inv(design.T @ design)
    assert fitted.coefficient_errors is not None
    assert fitted.coefficient_errors[0] == pytest.approx(np.sqrt(np.diag(covariance)[1:]), rel=1e-4)
    assert fitted.share_intervals[0].estimate == 1.0


def test_one_class_of_repeated_answers_is_logistic_regression_drawn_a_little_to_zero() -> None:
    data = repeated()
    fitted = fit_latent_class_regression(data, 1)
    x = (data.predictors[:, 0] - data.predictors.mean()) / data.predictors.std()

    def badness(vector: np.ndarray) -> float:
        line = vector[0] + vector[1] * x
        return float(-(data.outcome * line - 4 * np.logaddexp(0, line)).sum() + (vector @ vector) / 50)

    best = optimize.minimize(badness, [0.0, 0.0]).x
    assert fitted.coefficients[0, 0] == pytest.approx(best[1] / data.predictors.std(), abs=1e-4)
    chance = 1 / (1 + np.exp(-(best[0] + best[1] * x)))
    assert fitted.log_likelihood == pytest.approx(stats.binom.logpmf(data.outcome, 4, chance).sum(), abs=1e-5)


def test_the_likelihood_of_two_classes_is_that_of_a_mixture_written_out() -> None:
    data, _ = planted()
    fitted = fit_latent_class_regression(data, 2)
    lines = fitted.intercepts[:, None] + fitted.coefficients @ data.predictors.T
    density = (fitted.shares[:, None] * stats.norm.pdf(data.outcome, lines, fitted.residual_sd)).sum(axis=0)
    assert fitted.log_likelihood == pytest.approx(np.log(density).sum(), abs=1e-6)


def test_planted_classes_are_found_with_their_slopes_and_their_people() -> None:
    data, member = planted()
    fitted = fit_latent_class_regression(data, 2)
    assert fitted.coefficients[:, 0] == pytest.approx([8, -8], abs=1)
    assert fitted.coefficients[:, 1] == pytest.approx([0, 0], abs=1.2)
    low, high = fitted.share_intervals[0].low, fitted.share_intervals[0].high
    assert low is not None
    assert high is not None
    assert low < member.mean() < high
    assert np.mean((fitted.posterior(data)[:, 0] > 0.5) == member) > 0.95
    one, shared = fit_latent_class_regression(data, 1), fit_latent_class_regression(data, 2, slopes="shared")
    assert fitted.bic < min(one.bic, shared.bic)


def test_shared_slopes_are_the_same_in_every_class_and_none_are_zero() -> None:
    data, _ = planted()
    shared = fit_latent_class_regression(data, 2, slopes="shared")
    assert shared.coefficients[0] == pytest.approx(shared.coefficients[1])
    none = fit_latent_class_regression(data, 2, slopes="none")
    assert np.abs(none.coefficients).max() == 0
    assert none.log_likelihood <= shared.log_likelihood + 1e-6


def test_classes_that_respond_often_and_seldom_are_found_in_repeated_answers() -> None:
    data = repeated()
    fitted = fit_latent_class_regression(data, 2, slopes="shared")
    assert fitted.intercepts[0] > 1
    assert fitted.intercepts[1] < -0.5
    assert fitted.bic < fit_latent_class_regression(data, 1).bic
    assert fitted.residual_sd is None


def test_everybody_responding_in_one_class_gives_finite_numbers() -> None:
    alleles = np.repeat([0.0, 1.0, 2.0], 30)[:, None]
    data = RegressionData(alleles, np.where(alleles[:, 0] > 0, 4.0, 0.0), np.full(90, 4.0))
    fitted = fit_latent_class_regression(data, 1)
    assert np.isfinite([fitted.log_likelihood, *fitted.coefficients[0], *fitted.intercepts]).all()
    assert fitted.coefficients[0, 0] > 2


def test_the_same_seed_gives_the_same_numbers() -> None:
    data, _ = planted(100)
    first, again = fit_latent_class_regression(data, 2), fit_latent_class_regression(data, 2)
    assert first.log_likelihood == again.log_likelihood
    assert np.array_equal(first.coefficients, again.coefficients)
    assert permutation_test(data, permutations=19) == permutation_test(data, permutations=19)


def test_a_strong_relation_is_beaten_by_no_other_order_and_none_gives_any_p_value() -> None:
    data, _ = planted(120)
    assert permutation_test(data, permutations=39).p_value == 1 / 40
    rng = np.random.default_rng(6)
    idle = RegressionData(rng.binomial(2, 0.4, (80, 1)).astype(float), rng.normal(size=80))
    assert permutation_test(idle, permutations=39).p_value > 0.05


def test_permuting_in_groups_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from opentrs.stats import latent_class_regression as module

    data, _ = planted(60)
    whole = permutation_test(data, permutations=9)
    monkeypatch.setattr(module, "LARGEST_BATCH", 1)
    assert permutation_test(data, permutations=9).p_value == whole.p_value


def test_people_with_a_missing_value_are_left_out_by_name() -> None:
    data, kept = as_regression_data([0, 1, np.nan, 2], [1.0, np.nan, 3.0, 4.0])
    assert kept.tolist() == [True, False, False, True]
    assert data.predictors.tolist() == [[0], [2]]
    _, kept = as_regression_data([0, 1, 2], [0, 1, 1], [0, 1, 2])
    assert kept.tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("classes", "slopes", "binomial", "expected"),
    [
        (1, "own", False, 4),
        (2, "own", False, 8),
        (2, "shared", False, 6),
        (2, "none", False, 4),
        (2, "own", True, 7),
    ],
)
def test_parameters_are_counted(classes: int, slopes: str, binomial: bool, expected: int) -> None:
    assert count_parameters(2, classes, slopes, binomial) == expected  # type: ignore[arg-type]


def refused(data: RegressionData, classes: int = 2) -> str:
    with pytest.raises(CannotFitError) as caught:
        fit_latent_class_regression(data, classes)
    return caught.value.code


def test_data_that_do_not_carry_the_model_are_refused_with_the_reason() -> None:
    x, y = np.arange(40.0)[:, None] % 3, np.sin(np.arange(40.0))
    assert refused(RegressionData(x, np.ones(40))) == "one_outcome"
    assert refused(RegressionData(np.ones((40, 1)), y)) == "constant_predictor"
    assert refused(RegressionData(np.empty((40, 0)), y)) == "constant_predictor"
    assert refused(RegressionData(np.hstack([x, 2 - x]), y)) == "repeated_predictor"
    assert refused(RegressionData(x, np.where(y > 0, np.nan, y))) == "missing_value"
    assert refused(RegressionData(np.empty((0, 1)), np.empty(0))) == "one_outcome"


def test_twice_as_many_people_as_parameters_are_just_enough() -> None:
    """Two classes, one predictor: one share, two intercepts, two slopes, one variance."""
    x, y = np.arange(12.0)[:, None] % 3, np.cos(np.arange(12.0))
    assert refused(RegressionData(x[:11], y[:11])) == "few_people"
    assert fit_latent_class_regression(RegressionData(x, y), 2).n_people == 12


def test_a_single_yes_or_no_by_three_genotypes_does_not_identify_two_classes() -> None:
    """Three proportions cannot tell five parameters; with two answers each there are six."""
    alleles = np.tile([0.0, 1.0, 2.0], 20)[:, None]
    rng = np.random.default_rng(0)
    once = RegressionData(alleles, rng.binomial(1, 0.5, 60).astype(float), np.ones(60))
    assert refused(once) == "not_identified"
    assert fit_latent_class_regression(once, 1).n_people == 60
    twice = RegressionData(alleles, rng.binomial(2, 0.5, 60).astype(float), np.full(60, 2.0))
    assert fit_latent_class_regression(twice, 2).n_people == 60
