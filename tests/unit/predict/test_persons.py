"""A person's interval, what is missing, and whether the model speaks of the person."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from opentrs.predict.conditional_risk import firth, fit_bias_reduced
from opentrs.predict.imputation import completed_once, normal_by_em
from opentrs.predict.known import shipped_predictors
from opentrs.predict.persons import RiskInterval, risk_interval, validity
from opentrs.stats.refusal import CannotFitError


def people(n: int = 300, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0], [0, 0, 1]])
    return x, (rng.random(n) < expit(-1 + x @ [0.8, -0.5, 0.0])).astype(float)


def interval_of(x: np.ndarray, y: np.ndarray) -> RiskInterval:
    table = pd.DataFrame(x, columns=["onset_age_years", "panss_P1", "panss_P2"])
    return risk_interval(table, y, np.arange(len(y)), resamples=50)


def test_bias_reduced_coefficients_are_those_of_the_penalised_likelihood() -> None:
    """Maximise the likelihood with Jeffreys' prior directly, by a general optimiser."""
    from scipy.optimize import minimize

    x, y = people(80)
    design = np.column_stack([np.ones(len(x)), x])

    def loss(beta: np.ndarray) -> float:
        risk = expit(design @ beta)
        information = design.T @ ((risk * (1 - risk))[:, None] * design)
        likelihood = np.sum(y * np.log(risk) + (1 - y) * np.log1p(-risk))
        return -float(likelihood + 0.5 * np.linalg.slogdet(information)[1])

    wanted = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-8}).x

    assert fit_bias_reduced(x, y, resamples=2).beta == pytest.approx(wanted, abs=1e-5)


def test_people_separated_by_a_predictor_still_have_finite_coefficients() -> None:
    x = np.linspace(-1, 1, 40)[:, None]
    beta, rests = firth(np.column_stack([np.ones(40), x]), (x[:, 0] > 0).astype(float), np.ones((1, 40)))

    assert rests.all()
    assert np.abs(beta).max() < 50


def test_a_weight_of_two_is_the_same_person_twice() -> None:
    x, y = people(60)
    design = np.column_stack([np.ones(len(x)), x])
    weights = np.ones(60)
    weights[:10] = 2

    weighted = firth(design, y, weights[None])[0]
    twice = firth(np.vstack([design, design[:10]]), np.r_[y, y[:10]], np.ones((1, 70)))[0]

    assert weighted == pytest.approx(twice, abs=1e-5)


def test_the_unit_of_a_predictor_changes_no_risk() -> None:
    x, y = people()
    days = x * [1, 365, 1]

    in_years, in_days = fit_bias_reduced(x, y, resamples=20), fit_bias_reduced(days, y, resamples=20)

    assert np.array(in_days.interval(days[:5])) == pytest.approx(np.array(in_years.interval(x[:5])), abs=1e-6)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda x, y: (x * [1, 0, 1], y), "constant_predictor"),
        (lambda x, y: (x[:, [0, 0, 1]], y), "repeated_predictor"),
        (lambda x, y: (x, 0 * y), "one_outcome"),
        (lambda x, y: (np.where(x > 2, np.nan, x), y), "missing_value"),
    ],
)
def test_what_carries_no_interval_is_refused(spoil: object, code: str) -> None:
    x, y = people()
    with pytest.raises(CannotFitError) as refusal:
        fit_bias_reduced(*spoil(x, y))  # type: ignore[operator]
    assert refusal.value.code == code


def test_families_are_drawn_together() -> None:
    x, y = people(100)
    double, both = np.repeat(x, 2, axis=0), np.repeat(y, 2)
    family = np.repeat(np.arange(100), 2)

    apart = fit_bias_reduced(double, both, resamples=200).standard_error(x[:20])
    together = fit_bias_reduced(double, both, family, resamples=200).standard_error(x[:20])

    assert (together / apart).mean() == pytest.approx(math.sqrt(2), rel=0.15)


def test_what_a_person_lacks_widens_the_interval_by_what_it_could_have_been() -> None:
    x, y = people()
    found = interval_of(x, y)
    whole = x[:1].copy()
    gap = whole.copy()
    gap[0, 0] = np.nan

    filled, left = found.filled(gap)

    slopes = found.betas.mean(axis=0)[1:]
    assert found.log_odds(gap)[1][0] > found.log_odds(filled)[1][0]
    assert found.log_odds(gap)[1][0] - found.log_odds(filled)[1][0] == pytest.approx(
        float(slopes @ left[0] @ slopes)
    )


def test_the_missing_item_that_matters_most_is_named() -> None:
    x, y = people(2000)
    found = interval_of(x, y)

    assert found.narrows_most(np.array([np.nan, 0.0, np.nan])) == "onset_age_years"
    assert found.narrows_most(np.array([0.0, 0.0, np.nan])) == "panss_P2"
    assert found.narrows_most(np.zeros(3)) == ""


def test_validity_says_what_is_impossible_beyond_or_missing() -> None:
    x, y = people()
    x = np.column_stack([25 + x[:, 0], 4 + 0.3 * x[:, 1], 3 + 0.3 * x[:, 2]])
    found = interval_of(x, y)
    rows = pd.DataFrame([[25, 4, 3], [9000, 4, 3], [70, 4, 3], [25, np.nan, np.nan]], columns=found.names)
    predictors = [shipped_predictors()[name] for name in found.names]

    said = validity(rows, predictors, found, "en")

    assert said[0] == "yes"
    assert "outside what is possible: age at onset" in said[1]
    assert "outside the range of the people" in said[2]
    assert "2 of 3 predictors are unknown" in said[3]
    assert validity(rows, predictors, found, "zh")[0] == "yes"


def test_imputation_keeps_what_was_measured_and_draws_the_rest() -> None:
    x, _ = people(400)
    gone = np.random.default_rng(1).random(x.shape) < 0.2
    holed = np.where(gone, np.nan, x)

    one, again, other = (completed_once(holed, seed) for seed in (1, 1, 2))

    assert (one[~gone] == x[~gone]).all()
    assert np.isfinite(one).all()
    assert (one == again).all()
    assert (one[gone] != other[gone]).all()


def test_the_normal_distribution_is_found_again_from_rows_with_gaps() -> None:
    x, _ = people(20000)
    holed = np.where(np.random.default_rng(1).random(x.shape) < 0.3, np.nan, x)

    mean, covariance = normal_by_em(holed)

    assert mean == pytest.approx(x.mean(axis=0), abs=0.03)
    assert covariance == pytest.approx(np.cov(x, rowvar=False), abs=0.05)
