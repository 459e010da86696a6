"""Sample sizes are those published, and what they promise is found in simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from opentrs.stats.prediction.discrimination import concordance
from opentrs.stats.prediction.logistic import fit_logistic
from opentrs.stats.prediction.sample_size import (
    AtThreshold,
    development,
    development_survival,
    largest_r2,
    r2_of_c,
    validation,
)
from opentrs.stats.refusal import CannotFitError


def sizes(needed) -> list[int]:
    return [one.n for one in needed]


def test_published_answers():
    assert sizes(development(0.288, 24, 0.174)) == [623, 662, 221]
    assert sizes(development(0.25, 14, 0.5)) == [431, 317, 385]
    assert [one.criterion for one in development(0.25, 14, 0.5)] == ["shrinkage", "optimism", "mean_risk"]
    # Events are expected ones, rounded up.
    assert development(0.288, 24, 0.174)[1].events == 116


@pytest.mark.parametrize(
    ("prevalence", "c", "r2", "n_10", "n_20"),
    [
        (0.17, 0.65, 0.040, 2206, 4412),
        (0.17, 0.70, 0.071, 1210, 2419),
        (0.23, 0.70, 0.088, 969, 1937),
        (0.137, 0.676, 0.047, 1886, 3771),
        (0.05, 0.72, 0.031, 2842, 5683),
    ],
)
def test_sizes_from_a_c_statistic(prevalence, c, r2, n_10, n_20):
    ours = r2_of_c(c, prevalence)
    assert ours == pytest.approx(r2, rel=0.02)
    assert max(sizes(development(ours, 10, prevalence))) == pytest.approx(n_10, rel=0.02)
    assert max(sizes(development(ours, 20, prevalence))) == pytest.approx(n_20, rel=0.02)


def test_r2_of_c_is_what_a_large_sample_gives():
    rng = np.random.default_rng(1)
    y = (rng.random(200_000) < 0.2).astype(float)
    score = rng.normal(0, 1, y.size) + y * 2**0.5 * 0.5244005
    assert concordance(y, expit(score)).value == pytest.approx(0.7, abs=0.003)
    gain = fit_logistic(score, y).log_likelihood - fit_logistic(np.empty((y.size, 0)), y).log_likelihood
    assert r2_of_c(0.7, 0.2) == pytest.approx(1 - np.exp(-2 * gain / y.size), rel=0.03)


def test_the_largest_r2_is_that_of_a_perfect_model():
    # Published: .33 at a prevalence of .05, .48 at .1, .63 at .2, .74 at .4, .75 at .5.
    assert [round(largest_r2(p), 2) for p in (0.05, 0.1, 0.2, 0.4, 0.5)] == [0.33, 0.48, 0.63, 0.74, 0.75]


def test_survival_criteria_fall_back_on_the_binary_arithmetic():
    # Published example: 30 parameters, R2 .051, .065 events a year over 2.07 years, risk at 2 years.
    found = development_survival(0.051, 30, 0.065, 2, 2.07)
    assert found[0].n == 5143
    assert [one.criterion for one in found] == ["shrinkage", "optimism", "mean_risk"]
    # The mean risk's upper limit is at the margin with the size given.
    n = found[2].n
    upper = 0.065 + 1.959964 * (0.065 / (2.07 * n)) ** 0.5
    assert np.exp(-0.065 * 2) - np.exp(-upper * 2) == pytest.approx(0.05, abs=2e-4)


def test_a_survival_model_of_nearly_everybody_needs_no_mean_risk_margin():
    assert development_survival(0.1, 5, 2.0, 5, 3)[2].n == 0


def test_stricter_targets_need_more_people():
    assert development(0.1, 10, 0.2, shrinkage=0.95)[0].n > 2 * development(0.1, 10, 0.2)[0].n
    assert development(0.1, 10, 0.2, margin=0.025)[2].n == pytest.approx(
        4 * development(0.1, 10, 0.2)[2].n, abs=4
    )


def test_the_promised_shrinkage_is_what_new_people_show():
    """With the size of the first criterion the calibration slope is .9 on average."""
    rng = np.random.default_rng(5)
    beta = np.full(10, 0.25)
    x = rng.normal(0, 1, (50_000, 10))
    y = (rng.random(50_000) < expit(-1.2 + x @ beta)).astype(float)
    full = fit_logistic(x, y).log_likelihood - fit_logistic(np.empty((y.size, 0)), y).log_likelihood
    n = development(1 - np.exp(-2 * full / y.size), 10, y.mean())[0].n
    slopes = []
    for _ in range(80):
        rows = rng.integers(0, 50_000, n)
        lp = fit_logistic(x[rows], y[rows]).linear_predictor(x)
        slopes.append(fit_logistic(lp, y).coefficients[0])
    assert np.mean(slopes) == pytest.approx(0.9, abs=0.02)


def test_validation_sizes_give_the_promised_widths():
    """Standard errors over simulated validations of the size given are those asked for."""
    rng = np.random.default_rng(6)
    people = rng.normal(-1.5, 1.1, 200_000)
    risk = expit(people)
    y = (rng.random(people.size) < risk).astype(float)
    c = concordance(y, risk).value
    cut = 0.2
    at = AtThreshold(cut, float(np.mean(risk[y == 1] >= cut)), float(np.mean(risk[y == 0] < cut)))
    widths = (0.4, 0.6, 0.12, 0.4)
    needed = {one.criterion: one.n for one in validation(y.mean(), c, people, at, widths)}
    found: dict[str, list[float]] = {name: [] for name in needed}
    for _ in range(400):
        lp = rng.choice(people, max(needed.values()))
        p = expit(lp)
        seen = (rng.random(lp.size) < p).astype(float)
        for name, n in needed.items():
            one, some = seen[:n], p[:n]
            if name == "observed_expected":
                found[name].append(np.log(one.mean() / y.mean()))
            elif name == "calibration_slope":
                found[name].append(float(fit_logistic(lp[:n], one).coefficients[0]))
            elif name == "c_statistic":
                found[name].append(concordance(one, some).value)
            else:
                each = (some >= cut) * (one - (1 - one) * cut / (1 - cut))
                found[name].append(each.mean() / one.mean())
    spread = {name: float(np.std(values)) for name, values in found.items()}
    promised = {name: width / (2 * 1.959964) for name, width in zip(needed, widths, strict=True)}
    promised["observed_expected"] = np.arcsinh(0.2) / 1.959964
    assert spread == pytest.approx(promised, rel=0.15)


def test_without_log_odds_they_are_taken_from_prevalence_and_c():
    given = validation(0.2, 0.7)
    assert [one.criterion for one in given] == ["observed_expected", "calibration_slope", "c_statistic"]
    rng = np.random.default_rng(2)
    y = rng.random(400_000) < 0.2
    apart = 2**0.5 * 0.5244005
    lp = np.log(0.25) - apart**2 / 2 + apart * (rng.normal(0, 1, y.size) + apart * y)
    assert validation(0.2, 0.7, lp)[1].n == pytest.approx(given[1].n, rel=0.02)


@pytest.mark.parametrize(("r2", "prevalence"), [(0.0, 0.2), (-0.1, 0.2), (0.64, 0.2), (0.1, 0.0), (0.1, 1.0)])
def test_values_that_cannot_go_together_are_refused(r2, prevalence):
    with pytest.raises(CannotFitError, match="cannot go together"):
        development(r2, 10, prevalence)


@pytest.mark.parametrize("c", [0.5, 1.0, 0.4])
def test_a_c_statistic_of_no_use_is_refused(c):
    with pytest.raises(CannotFitError):
        validation(0.2, c)
    with pytest.raises(CannotFitError):
        r2_of_c(c, 0.2)


def test_an_impossible_survival_r2_is_refused():
    with pytest.raises(CannotFitError):
        development_survival(0.9, 10, 0.01, 2, 2)
