"""The update ladder: likelihoods by hand, the closed test, nesting, shrinkage, and what cannot be fitted."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.special import expit

from opentrs.stats.prediction.update import STEPS, update_ladder
from opentrs.stats.refusal import CannotFitError

BETA = np.array([0.7, -0.5, 0.4])


def drawn(n: int = 600, beta=BETA, intercept: float = -1.0, new: float = 0.0, seed: int = 11):
    """Outcome, published log-odds (always of ``BETA``), predictors, and one more that may matter."""
    rng = np.random.default_rng(seed)
    x, extra = rng.normal(0, 1, (n, 3)), rng.normal(0, 1, n)
    y = (rng.random(n) < expit(intercept + x @ beta + new * extra)).astype(float)
    return y, -1.0 + x @ BETA, x, extra


def test_likelihoods_and_tests_are_those_of_nested_regressions():
    y, lp, x, extra = drawn(intercept=-0.5)
    ladder = update_ladder(y, lp, x, list("abc"), extra, ["d"])
    binomial = sm.families.Binomial()
    designs = {
        "intercept": sm.GLM(y, np.ones(y.size), binomial, offset=lp),
        "intercept_slope": sm.GLM(y, sm.add_constant(lp), binomial),
        "reestimate": sm.GLM(y, sm.add_constant(x), binomial),
        "extend": sm.GLM(y, sm.add_constant(np.column_stack([x, extra])), binomial),
    }
    theirs = {name: model.fit(tol=1e-12).llf for name, model in designs.items()}
    theirs["none"] = float((y * lp - np.logaddexp(0, lp)).sum())
    assert tuple(step.name for step in ladder.steps) == STEPS
    assert [step.df for step in ladder.steps] == [0, 1, 2, 4, 5]
    for step in ladder.steps:
        assert step.log_likelihood == pytest.approx(theirs[step.name], abs=1e-7)
        if step.name != "extend":
            gain = 2 * (theirs["extend"] - theirs[step.name])
            assert step.statistic == pytest.approx(gain, abs=1e-6)
            assert step.test_df == 5 - step.df
    for name in ("none", "intercept"):
        step = ladder.step(name)
        first = stats.chi2.sf(2 * (theirs["intercept_slope"] - theirs[name]), 2 - step.df)
        second = stats.chi2.sf(2 * (theirs["extend"] - theirs["intercept_slope"]), 3)
        assert (step.p_recalibrating, step.p_beyond) == pytest.approx((first, second), abs=1e-7)
        assert step.p == pytest.approx(1 - (1 - min(first, second)) ** 2, abs=1e-7)
    for name in ("intercept_slope", "reestimate"):
        step = ladder.step(name)
        gain = 2 * (theirs["extend"] - theirs[name])
        assert step.p == pytest.approx(stats.chi2.sf(gain, step.test_df), abs=1e-7)
        assert step.p_recalibrating is None
    assert ladder.names == ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("chosen", "change"),
    [
        ("none", {}),
        ("intercept", {"intercept": 0.2}),
        ("intercept_slope", {"beta": 0.3 * BETA, "intercept": -0.3}),
        ("reestimate", {"beta": BETA * [-1, 2, 0]}),
        ("extend", {"new": 1.0}),
    ],
)
def test_the_step_that_the_truth_needs_is_chosen(chosen, change):
    y, lp, x, extra = drawn(4000, **change)
    assert update_ladder(y, lp, x, added=extra).chosen == chosen


def test_the_smallest_step_that_is_not_rejected_is_taken():
    y, lp, x, _ = drawn(intercept=-0.6)
    ladder = update_ladder(y, lp, x)
    p = {step.name: step.p for step in ladder.steps}
    for alpha in (1e-9, *(value * (1 - 1e-9) for value in p.values() if value), 0.999999):
        smallest = next(name for name in STEPS if p[name] is None or p[name] >= alpha)
        assert update_ladder(y, lp, x, alpha=alpha).chosen == smallest


def test_a_p_value_of_exactly_alpha_does_not_reject():
    y, lp, x, _ = drawn(intercept=-0.6)
    p = update_ladder(y, lp, x).steps[0].p
    assert p is not None
    assert update_ladder(y, lp, x, alpha=p).chosen == "none"
    assert update_ladder(y, lp, x, alpha=p * 1.000001).chosen != "none"


def test_the_recalibrated_log_odds_have_intercept_0_and_slope_1():
    y, lp, x, _ = drawn(beta=0.5 * BETA)
    step = update_ladder(y, lp, x).step("intercept_slope")
    again = update_ladder(y, step.linear_predictor(lp)).step("intercept_slope")
    assert (again.intercept, again.slope) == pytest.approx((0, 1), abs=1e-7)


def test_without_shrinkage_left_to_do_re_estimation_is_the_regression():
    y, lp, x, _ = drawn(20_000, beta=BETA * [-1, 2, 0])
    step = update_ladder(y, lp, x).step("reestimate")
    fitted = sm.GLM(y, sm.add_constant(x), sm.families.Binomial()).fit()
    assert 0.99 < step.shrinkage < 1
    assert step.linear_predictor(lp, x) == pytest.approx(fitted.predict(which="linear"), abs=0.02)


def test_re_estimation_is_shrunk_towards_recalibration_by_its_own_test():
    y, lp, x, _ = drawn(300, beta=BETA * [0.4, 1.4, 1])
    ladder = update_ladder(y, lp, x)
    step, plain = ladder.step("reestimate"), ladder.step("intercept_slope")
    gain = 2 * (step.log_likelihood - plain.log_likelihood)
    kept = max(0.0, (gain - 2) / gain)
    assert step.shrinkage == pytest.approx(kept)
    fitted = sm.GLM(y, sm.add_constant(x), sm.families.Binomial()).fit(tol=1e-12).predict(which="linear")
    expected = kept * fitted + (1 - kept) * plain.linear_predictor(lp)
    assert step.linear_predictor(lp, x) == pytest.approx(expected, abs=1e-6)


def test_log_odds_that_are_no_sum_of_the_predictors_stay_beside_them():
    y, lp, x, _ = drawn()
    step = update_ladder(y, lp + x[:, 0] ** 2, x).step("reestimate")
    assert step.df == 5
    assert step.slope != 0


def test_a_wrong_slope_is_not_drowned_by_many_coefficients_that_are_right():
    rng = np.random.default_rng(2)
    x = rng.normal(0, 1, (500, 12))
    published = x @ np.full(12, 0.3)
    y = (rng.random(500) < expit(0.76 * published)).astype(float)
    ladder = update_ladder(y, published, x)
    nothing = ladder.step("intercept")
    assert nothing.statistic is not None
    assert nothing.test_df is not None
    assert stats.chi2.sf(nothing.statistic, nothing.test_df) > 0.05
    assert ladder.chosen == "intercept_slope"


def test_without_a_step_beyond_recalibration_the_test_is_the_plain_one():
    y, lp, _, _ = drawn(intercept=-0.6)
    step = update_ladder(y, lp).step("none")
    assert step.statistic is not None
    assert step.p == pytest.approx(stats.chi2.sf(step.statistic, 2))
    assert step.p_beyond is None


def test_one_predictor_re_estimated_is_the_slope_again():
    y, _, x, _ = drawn(beta=BETA)
    ladder = update_ladder(y, 1 + 2 * x[:, 0], x[:, :1])
    assert ladder.step("reestimate").df == 2
    assert ladder.step("intercept_slope").p == 1.0
    assert ladder.chosen != "reestimate"


def test_a_step_that_cannot_be_fitted_is_left_out_with_its_reason():
    y, lp, x, _ = drawn()
    ladder = update_ladder(y, lp, np.column_stack([x, x[:, 0]]))
    assert ladder.refused == {"reestimate": "repeated_predictor"}
    assert [step.name for step in ladder.steps] == ["none", "intercept", "intercept_slope"]


def test_what_cannot_be_updated_is_refused():
    y, lp, _, _ = drawn()
    with pytest.raises(CannotFitError, match="same predicted risk"):
        update_ladder(y, np.zeros(y.size))
    with pytest.raises(CannotFitError, match="missing"):
        update_ladder(y, np.where(lp > 0, np.nan, lp))
    with pytest.raises(CannotFitError, match="599 rows"):
        update_ladder(y, lp[1:])
    with pytest.raises(CannotFitError, match="same outcome"):
        update_ladder(np.ones(y.size), lp)
