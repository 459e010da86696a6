"""Logistic regression is that of statsmodels, and separated data are refused."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit

from opentrs.stats.prediction.logistic import fit_logistic, newton, separated
from opentrs.stats.refusal import CannotFitError


def drawn(n: int = 500, seed: int = 5):
    rng = np.random.default_rng(seed)
    # Units as different as they come: years, days, milligrams a litre.
    x = rng.normal(0, 1, (n, 3)) * [1, 300, 0.001] + [20, 1000, 0.005]
    y = (rng.random(n) < expit(-1 + (x - [20, 1000, 0.005]) @ [0.8, 0.001, -500])).astype(float)
    return x, y, rng


def test_coefficients_errors_and_likelihood_are_those_of_statsmodels():
    x, y, rng = drawn()
    shift, weight = rng.normal(0, 0.3, 500), rng.integers(0, 4, 500).astype(float)
    ours = fit_logistic(x, y, offset=shift, weights=weight)
    theirs = sm.GLM(y, sm.add_constant(x), sm.families.Binomial(), offset=shift, freq_weights=weight).fit(
        tol=1e-12
    )
    assert [ours.intercept, *ours.coefficients] == pytest.approx(theirs.params, rel=1e-7)
    assert ours.standard_errors == pytest.approx(theirs.bse, rel=1e-6)
    assert ours.log_likelihood == pytest.approx(theirs.llf, rel=1e-10)
    assert (ours.n, ours.events) == (weight.sum(), weight @ y)


def test_a_weight_is_a_number_of_copies():
    x, y, rng = drawn()
    count = rng.integers(0, 3, 500)
    weighted = fit_logistic(x, y, weights=count)
    copied = fit_logistic(np.repeat(x, count, axis=0), np.repeat(y, count))
    assert weighted.coefficients == pytest.approx(copied.coefficients, rel=1e-8)
    assert weighted.covariance == pytest.approx(copied.covariance, rel=1e-6)


def test_without_predictors_it_is_the_log_odds():
    fit = fit_logistic(np.empty((4, 0)), [1, 0, 0, 0])
    assert fit.intercept == pytest.approx(np.log(1 / 3))
    assert fit.risk(np.empty((2, 0))) == pytest.approx([0.25, 0.25])


def test_risk_is_what_the_equation_says():
    x, y, _ = drawn()
    fit = fit_logistic(x, y)
    assert fit.risk(x[:3], offset=1.0) == pytest.approx(expit(1 + fit.intercept + x[:3] @ fit.coefficients))
    # The score equations hold: fitted risks add up to the events.
    assert fit.risk(x).sum() == pytest.approx(y.sum())


def test_a_far_off_start_and_rare_events_converge():
    rng = np.random.default_rng(1)
    x = rng.normal(0, 1, (5000, 2))
    y = (rng.random(5000) < expit(-6 + 2 * x[:, 0])).astype(float)
    fit = fit_logistic(x, y, offset=np.full(5000, 20.0))
    assert fit.intercept == pytest.approx(fit_logistic(x, y).intercept - 20, abs=1e-6)


@pytest.mark.parametrize("ties", [0, 1])
def test_a_predictor_that_separates_the_outcomes_is_refused(ties):
    x = np.array([1.0, 2, 3, 4, 5, 6])
    y = np.array([0.0, 0, 0, 1, 1, 1])
    if ties:
        x[3] = 3
    with pytest.raises(CannotFitError, match="separates"):
        fit_logistic(x, y)


def test_a_category_without_events_is_refused():
    x, y, _ = drawn()
    rare = np.zeros(500)
    rare[np.flatnonzero(y == 0)[:20]] = 1
    with pytest.raises(CannotFitError, match="separates"):
        fit_logistic(np.column_stack([x, rare]), y)


def test_risks_near_0_are_not_taken_for_separation():
    steep = np.linspace(-30, 10, 4000)
    y = (np.random.default_rng(2).random(4000) < expit(steep)).astype(float)
    fit = fit_logistic(steep, y)
    assert fit.risk(steep).min() < 1e-6
    assert fit.coefficients[0] == pytest.approx(1, abs=0.1)
    assert not separated(np.column_stack([np.ones(4000), steep]), y)


def test_a_constant_a_repeated_and_a_missing_predictor_are_refused():
    x, y, _ = drawn()
    with pytest.raises(CannotFitError, match="the same in everybody"):
        fit_logistic(np.column_stack([x, np.full(500, 0.1)]), y)
    with pytest.raises(CannotFitError, match="follows from the others"):
        fit_logistic(np.column_stack([x, x[:, 0] + x[:, 1]]), y)
    with pytest.raises(CannotFitError, match="missing"):
        fit_logistic(np.where(x > 20, np.nan, x), y)
    with pytest.raises(CannotFitError, match="499 rows"):
        fit_logistic(x[1:], y)
    with pytest.raises(CannotFitError, match="same outcome"):
        fit_logistic(x, y, weights=y)


def test_newton_says_that_it_did_not_come_to_rest():
    design = np.column_stack([np.ones(6), [1.0, 2, 3, 4, 5, 6]])
    assert not newton(design, np.array([0.0, 0, 0, 1, 1, 1]), None, 0.0)[2]
