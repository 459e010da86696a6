"""The ladder of models of time: likelihoods of another program, the baseline by hand, and the closed test."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from opentrs.stats.refusal import CannotFitError
from opentrs.stats.survival.calibration import calibration_in_the_large
from opentrs.stats.survival.hazard_models import fit_fine_gray
from opentrs.stats.survival.update import recalibrated, survival_ladder

BETA = np.array([0.7, -0.5, 0.4])
BASELINE, HORIZON = 0.7, 3.0


def drawn(n: int = 500, moved: float = 0.0, beta=BETA, competing: float = 0.0, seed: int = 5):
    """Predictors, published linear predictor, time and cause; hazards are proportional."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 3))
    rate = -np.log(BASELINE) / HORIZON * np.exp(moved + x @ beta)
    time, censored = rng.exponential(1 / rate), rng.uniform(1, 6, n)
    other = rng.exponential(1 / competing, n) if competing else np.full(n, np.inf)
    end = np.minimum(np.minimum(time, other), censored)
    cause = np.where(end == censored, 0, np.where(end == time, 1, 2))
    # Rounded days make ties.
    return x, x @ BETA, np.ceil(end * 50) / 50, cause


def their_fit(time, cause, columns, offset=None):
    """A Cox model by statsmodels, follow-up cut at the horizon, ties after Breslow."""
    status = (cause == 1) & (time <= HORIZON)
    cut = np.minimum(time, HORIZON)
    return sm.PHReg(cut, columns, status.astype(int), offset=offset, ties="breslow").fit()


def test_slope_and_coefficients_are_those_of_cox_models_of_statsmodels():
    x, lp, time, cause = drawn(beta=BETA * [0.2, 1.5, -1])
    ladder = survival_ladder(time, cause, lp, HORIZON, BASELINE, x)
    slope, whole = their_fit(time, cause, lp[:, None]), their_fit(time, cause, x)
    step, largest = ladder.step("intercept_slope"), ladder.step("reestimate")

    assert step.slope == pytest.approx(slope.params[0], abs=1e-5)
    assert step.log_likelihood == pytest.approx(slope.llf, abs=1e-6)
    assert largest.log_likelihood == pytest.approx(whole.llf, abs=1e-6)
    kept = 1 - 2 / (2 * (whole.llf - slope.llf))
    assert largest.shrinkage == pytest.approx(kept, abs=1e-6)
    mixed = kept * x @ whole.params + (1 - kept) * slope.params[0] * lp
    ours = largest.linear_predictor(lp, x) - largest.intercept
    assert ours == pytest.approx(mixed, abs=1e-4)


def test_the_baseline_is_that_of_breslow_counted_by_hand():
    x, lp, time, cause = drawn(120, moved=0.6)
    ladder = survival_ladder(time, cause, lp, HORIZON, BASELINE, x)
    for name in ("intercept", "intercept_slope", "reestimate"):
        step = ladder.step(name)
        line = step.linear_predictor(lp, x) - step.intercept
        hazard = 0.0
        for t in np.unique(time[(cause == 1) & (time <= HORIZON)]):
            died = np.sum((time == t) & (cause == 1))
            hazard += died / np.exp(line[time >= t]).sum()
        assert step.intercept == pytest.approx(np.log(hazard / -np.log(BASELINE)), abs=1e-8)


def test_each_step_is_judged_by_its_two_parts():
    x, lp, time, cause = drawn(moved=0.2)
    extra = np.random.default_rng(1).normal(size=lp.size)
    ladder = survival_ladder(time, cause, lp, HORIZON, BASELINE, x, list("abc"), extra, ["d"])
    fixed = their_fit(time, cause, lp[:, None]).model.loglike(np.ones(1))
    designs = {1: lp[:, None], 3: x, 4: np.column_stack([x, extra])}
    by_df = {df: their_fit(time, cause, columns).llf for df, columns in designs.items()}
    large = calibration_in_the_large(time, cause, 1 - BASELINE ** np.exp(lp), HORIZON)
    z = large.value / ((large.high - large.low) / 2 / stats.norm.ppf(0.975))  # type: ignore[operator]
    slope, beyond = 2 * (by_df[1] - fixed), 2 * (by_df[4] - by_df[1])
    both = {"none": (z**2 + slope, 2), "intercept": (slope, 1)}
    for name, (statistic, df) in both.items():
        step = ladder.step(name)
        parts = stats.chi2.sf(statistic, df), stats.chi2.sf(beyond, 3)
        assert step.p == pytest.approx(1 - (1 - min(parts)) ** 2, abs=1e-6)
        assert (step.statistic, step.test_df) == (pytest.approx(statistic + beyond, abs=1e-5), df + 3)
    assert ladder.step("intercept_slope").p == pytest.approx(stats.chi2.sf(beyond, 3), abs=1e-6)
    more = 2 * (by_df[4] - by_df[3])
    assert ladder.step("reestimate").p == pytest.approx(stats.chi2.sf(more, 1), abs=1e-6)
    assert ladder.names == ("a", "b", "c", "d")


def test_the_baseline_test_reads_pseudo_values_and_nothing_of_the_slope():
    x, lp, time, cause = drawn(1500, moved=0.5)
    ladder = survival_ladder(time, cause, lp, HORIZON, BASELINE, x)
    risk = 1 - BASELINE ** np.exp(lp)
    large = calibration_in_the_large(time, cause, risk, HORIZON)

    assert large.low is not None
    assert large.low > 0
    assert ladder.chosen == "intercept"
    assert ladder.step("none").p < 1e-6
    assert ladder.step().intercept == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize(
    ("chosen", "change"),
    [
        ("none", {}),
        ("intercept", {"moved": -0.4}),
        ("intercept_slope", {"beta": 0.4 * BETA}),
        ("reestimate", {"beta": BETA * [-1, 2, 0]}),
    ],
)
@pytest.mark.parametrize("competing", [0.0, 0.05])
def test_the_step_that_the_truth_needs_is_chosen(chosen, change, competing):
    x, lp, time, cause = drawn(3000, competing=competing, **change)
    # The published risk is an incidence: where an event competes, the baseline is right for that.
    published = BASELINE
    if competing:
        _, many, *ends = drawn(60_000, competing=competing, seed=9)
        base = survival_ladder(*ends, many, HORIZON, BASELINE)
        published = float(BASELINE ** np.exp(base.step("intercept").intercept))
    assert survival_ladder(time, cause, lp, HORIZON, published, x).chosen == chosen


def test_where_an_event_competes_the_slope_is_that_of_the_subdistribution():
    _, lp, time, cause = drawn(800, competing=0.2)
    cut = np.minimum(time, HORIZON)
    fit = fit_fine_gray(lp[:, None], cut, np.where(time <= HORIZON, cause, 0)).fit
    step = survival_ladder(time, cause, lp, HORIZON, BASELINE).step("intercept_slope")

    assert step.slope == pytest.approx(fit.coefficients[0])
    assert recalibrated(time, cause, lp, HORIZON, "intercept_slope")[1] == pytest.approx(step.slope)


def test_without_a_public_baseline_the_ladder_begins_at_a_slope_and_a_baseline():
    x, lp, time, cause = drawn()
    ladder = survival_ladder(time, cause, lp, HORIZON, None, x)
    risk = 1 - np.exp(-np.exp(ladder.step("intercept_slope").linear_predictor(lp)))

    assert [step.name for step in ladder.steps] == ["intercept_slope", "reestimate"]
    assert calibration_in_the_large(time, cause, risk, HORIZON).value == pytest.approx(0, abs=0.05)


def test_events_on_the_horizon_count_and_later_ones_do_not():
    x, lp, time, cause = drawn()
    late = time > HORIZON
    plain = survival_ladder(time, cause, lp, HORIZON, BASELINE, x)
    later = survival_ladder(np.where(late, time + 9, time), cause, lp, HORIZON, BASELINE, x)
    moved = time.copy()
    moved[np.flatnonzero(late & (cause == 1))[0]] = HORIZON

    for ours, theirs in zip(plain.steps, later.steps, strict=True):
        assert ours.linear_predictor(lp, x) == pytest.approx(theirs.linear_predictor(lp, x))
    assert survival_ladder(moved, cause, lp, HORIZON, BASELINE, x).events == plain.events + 1


def test_what_cannot_be_updated_is_refused():
    x, lp, time, cause = drawn()
    with pytest.raises(CannotFitError):
        survival_ladder(time, np.zeros_like(cause), lp, HORIZON, BASELINE)
    with pytest.raises(CannotFitError):
        survival_ladder(time, cause, np.zeros(lp.size), HORIZON, BASELINE)
    repeated = survival_ladder(time, cause, lp, HORIZON, BASELINE, np.column_stack([x, x[:, 0]]))
    assert repeated.refused == {"reestimate": "survival_predictor_repeated"}
