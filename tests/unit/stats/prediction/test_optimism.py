"""Optimism by hand, on GUSTO beside rms, and added value tested where it can be told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit

from opentrs.stats.prediction.added_value import added_value, likelihood_ratio, permutation_p
from opentrs.stats.prediction.discrimination import concordance
from opentrs.stats.prediction.logistic import fit_logistic
from opentrs.stats.prediction.optimism import (
    MEASURES,
    bootstrap_optimism,
    bootstrap_validation,
    judged,
    logistic_developer,
)
from opentrs.stats.prediction.scores import brier
from opentrs.stats.refusal import CannotFitError

VALIDATION = Path(__file__).parents[4] / "validation"


def drawn(n: int = 300, p: int = 6, seed: int = 21, beta: float = 0.5):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, p))
    return x, (rng.random(n) < expit(-1 + beta * x[:, :2].sum(axis=1))).astype(float), rng


def test_a_resample_is_judged_as_copies_of_its_people_would_be():
    x, y, rng = drawn()
    counts = np.bincount(rng.integers(0, 300, 300), minlength=300).astype(float)
    rows = np.repeat(np.arange(300), counts.astype(int))
    risk = logistic_developer(x, y)(counts)
    by_copies = fit_logistic(x[rows], y[rows])
    assert risk == pytest.approx(by_copies.risk(x), abs=1e-7)
    there, here = (
        dict(zip(MEASURES, values, strict=True)) for values in judged(y, risk, [counts, np.ones(300)])
    )
    assert there["c_statistic"] == pytest.approx(concordance(y[rows], risk[rows]).value)
    assert (there["calibration_slope"], there["calibration_intercept"]) == pytest.approx((1, 0), abs=1e-6)
    assert there["brier"] == pytest.approx(brier(y[rows], risk[rows]).brier.value)
    lp = by_copies.linear_predictor(x)
    line = sm.GLM(y, sm.add_constant(lp), sm.families.Binomial()).fit(tol=1e-12)
    assert [here["calibration_intercept"], here["calibration_slope"]] == pytest.approx(line.params, abs=1e-6)


def test_corrected_is_apparent_minus_optimism_and_its_interval_is_shifted_with_it():
    x, y, _ = drawn()
    found = bootstrap_validation(x, y, 100, seed=3)
    for name, value in found.corrected.items():
        assert value.value == pytest.approx(found.apparent[name] - found.optimism[name])
        assert (value.low is None) == name.startswith("calibration")
    assert found.optimism["c_statistic"] > 0
    assert found.corrected["c_statistic"].low < found.corrected["c_statistic"].value
    assert found.corrected["calibration_slope"].value < 1
    rng, develop, drawn_c = np.random.default_rng(3), logistic_developer(x, y), []
    for _ in range(100):
        counts = np.bincount(rng.integers(0, 300, 300), minlength=300).astype(float)
        drawn_c.append(judged(y, develop(counts), [counts])[0][0])
    ends = np.quantile(drawn_c, [0.025, 0.975]) - found.optimism["c_statistic"]
    corrected = found.corrected["c_statistic"]
    assert [corrected.low, corrected.high] == pytest.approx(ends)
    assert found == bootstrap_validation(x, y, 100, seed=3)
    assert found != bootstrap_validation(x, y, 100, seed=4)


def test_a_model_that_is_not_developed_has_no_optimism():
    x, y, _ = drawn(2000)
    fixed = expit(-1 + 0.5 * x[:, 0])
    found = bootstrap_optimism(y, lambda counts: fixed, 200)
    assert found.optimism["c_statistic"] == pytest.approx(0, abs=0.003)
    assert found.optimism["brier"] == pytest.approx(0, abs=0.002)


def test_resamples_without_a_model_are_counted_and_too_many_refused():
    x, y, _ = drawn()
    calls = iter(range(1000))

    def develop(every: int):
        def one(counts):
            if next(calls) % every == 1:
                raise CannotFitError("separated")
            return expit(-1 + x[:, 0])

        return one

    assert bootstrap_optimism(y, develop(20), 100).failed == 5
    calls = iter(range(1000))
    assert bootstrap_optimism(y, develop(10), 100).failed == 10
    calls = iter(range(1000))
    with pytest.raises(CannotFitError, match="of 100 resamples"):
        bootstrap_optimism(y, develop(8), 100)


@pytest.mark.real_data
def test_gusto_optimism_is_that_of_rms(real_data_dir: Path):
    table = pd.read_csv(real_data_dir / "gusto_development" / "gusto_development.csv").iloc[::46]
    y = table["day30"].to_numpy(float)
    assert (y.size, y.sum()) == (501, 43)
    x = np.column_stack([table["age"], table["pmi"] == "yes", table["sysbp"].clip(upper=100), table["pulse"]])
    found = bootstrap_validation(x.astype(float), y, 1000)
    # Published figures of rms (200 resamples), and those pinned here; both sides draw.
    assert found.apparent["c_statistic"] == pytest.approx(0.8384, abs=5e-5)
    assert found.corrected["c_statistic"].value == pytest.approx(0.8288, abs=0.01)
    assert found.corrected["calibration_slope"].value == pytest.approx(0.9273, abs=0.01)
    pinned = json.loads((VALIDATION / "prediction_r" / "reference.json").read_text(encoding="utf-8"))
    theirs = dict(zip(pinned["gusto_optimism"]["rows"], pinned["gusto_optimism"]["apparent"], strict=True))
    assert found.apparent["r2"] == pytest.approx(theirs["R2"], abs=1e-8)
    assert found.apparent["brier"] == pytest.approx(theirs["B"], abs=1e-8)
    nested = likelihood_ratio(y, x[:, :2].astype(float), x.astype(float))
    assert nested == pytest.approx(
        [pinned["gusto_nested"][name] for name in ("statistic", "df", "p")], rel=1e-6
    )


def test_a_predictor_that_matters_adds_and_noise_does_not():
    x, y, rng = drawn(1500, 2, beta=0.8)
    useful = added_value(y, x[:, :1], x[:, 1:], [0.3], permutations=199, resamples=100)
    assert (useful.df, useful.permutation_p) == (1, 1 / 200)
    assert useful.p < 1e-10
    assert useful.delta_c.low > 0.02
    assert useful.delta_net_benefit[0].value > 0.01
    noise = added_value(y, x, rng.normal(0, 1, (1500, 2)), permutations=199, resamples=100)
    assert noise.df == 2
    assert noise.p > 0.05
    assert noise.permutation_p > 0.05
    assert noise.delta_c.low < 0
    assert noise.delta_net_benefit == ()


def test_nothing_to_start_from_is_a_base_too():
    x, y, _ = drawn(800, 2)
    found = added_value(y, np.empty((800, 0)), x, permutations=99, resamples=50)
    c = concordance(y, fit_logistic(x, y).risk(x)).value
    assert found.delta_c.value == pytest.approx(c - 0.5, abs=0.03)


def test_the_score_test_under_permutation_sees_what_the_likelihood_ratio_sees():
    """A noisy copy of an old predictor adds nothing, though by itself it goes with the outcome."""
    x, y, rng = drawn(1000, 1, beta=1.0)
    copy = x + rng.normal(0, 0.5, (1000, 1))
    assert likelihood_ratio(y, np.empty((1000, 0)), copy)[2] < 1e-6
    assert permutation_p(y, np.empty((1000, 0)), copy, 1, 99) == 0.01
    assert permutation_p(y, x, copy, 1, 99) > 0.05


def test_what_the_base_does_not_share_is_shuffled():
    """By hand: residuals of least squares, permuted, in the score test of the whole model's information."""
    x, y, rng = drawn(120, 2, beta=0.8)
    added = x[:, :1] * 2 + rng.normal(0, 1, (120, 2))
    risk = fit_logistic(x, y).risk(x)
    design = np.column_stack([np.ones(120), x])
    own = sm.OLS(added, design).fit().resid

    def score(columns):
        whole = np.column_stack([design, columns])
        gradient = whole.T @ (y - risk)
        return gradient @ np.linalg.inv(whole.T @ ((risk * (1 - risk))[:, None] * whole)) @ gradient

    shuffler = np.random.default_rng(5)
    above = sum(score(own[shuffler.permutation(120)]) >= score(added) for _ in range(400))
    assert permutation_p(y, x, added, 5, 400) == pytest.approx((1 + above) / 401)


def test_added_predictors_that_follow_from_the_base_are_refused():
    x, y, _ = drawn()
    with pytest.raises(CannotFitError, match="follows from the others"):
        added_value(y, x, x[:, :1] + x[:, 1:2], permutations=9, resamples=9)
