"""Discrimination, calibration, scores and net benefit at a horizon: against counting and limiting cases."""

from __future__ import annotations

import numpy as np
import pytest

from opentrs.stats.prediction.calibration import observed_expected as plain_ratio
from opentrs.stats.prediction.discrimination import concordance
from opentrs.stats.prediction.scores import brier as plain_brier
from opentrs.stats.refusal import CannotFitError
from opentrs.stats.survival.calibration import (
    calibration_in_the_large,
    calibration_slope,
    cloglog,
    hazard_slope,
    observed_expected,
)
from opentrs.stats.survival.calibration_curve import SMOOTHERS, calibration_curve, calibration_errors
from opentrs.stats.survival.decision import ALL, MODEL, NONE, net_benefit
from opentrs.stats.survival.discrimination import cumulative_auc, harrell_c, uno_c
from opentrs.stats.survival.performance import METRICS, survival_performance
from opentrs.stats.survival.scores import brier

HORIZON = 5.0
RNG = np.random.default_rng(11)
N = 400
X = RNG.normal(size=N)
RISK = -np.expm1(-0.5 * np.exp(0.8 * X))
RATE = 0.1 * np.exp(0.8 * X)
EVENT, OTHER, LEFT = RNG.exponential(1 / RATE), RNG.exponential(12, N), RNG.uniform(1, 10, N)
TIME = np.minimum(np.minimum(EVENT, OTHER), LEFT)
CAUSE = np.where(TIME == EVENT, 1, np.where(TIME == OTHER, 2, 0))
ALONE = (CAUSE == 1).astype(int)
# Nobody lost: everybody followed past the horizon or to an event.
SEEN = np.minimum(EVENT, 20.0)
SEEN_CAUSE = (EVENT <= 20).astype(int)


def test_with_nobody_censored_everything_is_that_of_a_yes_no_outcome() -> None:
    outcome = (SEEN <= HORIZON).astype(float)
    auc = cumulative_auc(SEEN, SEEN_CAUSE, RISK, HORIZON)
    plain = concordance(outcome, RISK)
    assert auc.value == pytest.approx(plain.value)
    assert auc.high - auc.low == pytest.approx(plain.high - plain.low, rel=0.03)
    score, flat = brier(SEEN, SEEN_CAUSE, RISK, HORIZON), plain_brier(outcome, RISK)
    assert score.brier.value == pytest.approx(flat.brier.value)
    assert score.scaled.value == pytest.approx(flat.scaled.value)
    ratio = observed_expected(SEEN, SEEN_CAUSE, RISK, HORIZON)
    plain = plain_ratio(outcome, RISK)
    assert [ratio.value, ratio.low, ratio.high] == pytest.approx(
        [plain.value, plain.low, plain.high], rel=1e-3
    )


def test_concordance_is_the_share_of_pairs_counted_one_by_one() -> None:
    won = total = 0.0
    for i in range(N):
        if CAUSE[i] != 1 or TIME[i] > HORIZON:
            continue
        for j in range(N):
            if TIME[j] > TIME[i] or CAUSE[j] == 2:
                total += 1
                won += (X[i] > X[j]) + 0.5 * (X[i] == X[j])
    assert harrell_c(TIME, CAUSE, X, HORIZON).value == pytest.approx(won / total)


def test_tied_scores_count_half_and_tied_events_not_at_all() -> None:
    time = np.repeat(np.arange(1.0, 31), 2)
    cause = np.tile([1, 1, 0, 2], 15)
    score = np.tile([1.0, 1, 0, 0], 15)
    same = np.zeros(60)
    same[0] = 1e-9
    assert harrell_c(time, cause, score, 30).value > 0.5
    assert harrell_c(time, cause, same, 30).value == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("measure", [harrell_c, uno_c, cumulative_auc])
def test_turning_the_score_round_turns_the_figure_round(measure) -> None:
    there, back = measure(TIME, CAUSE, X, HORIZON), measure(TIME, CAUSE, -X, HORIZON)
    assert there.value + back.value == pytest.approx(1)
    assert there.low + back.high == pytest.approx(1)
    assert there.low < there.value < there.high


@pytest.mark.parametrize("measure", [harrell_c, uno_c, cumulative_auc])
def test_a_perfect_order_is_one_and_has_no_interval(measure) -> None:
    order = measure(SEEN, np.where(SEEN <= HORIZON, 1, 0), -SEEN, HORIZON)
    assert (order.value, order.low, order.high) == (1, None, None)


def test_a_change_of_unit_changes_nothing() -> None:
    days = 365.25
    for measure in (harrell_c, uno_c, cumulative_auc):
        years, other = measure(TIME, CAUSE, X, HORIZON), measure(TIME * days, CAUSE, X, HORIZON * days)
        assert [years.value, years.low] == pytest.approx([other.value, other.low])


def test_risks_twice_too_high_have_half_the_ratio() -> None:
    right = observed_expected(TIME, CAUSE, RISK / 2, HORIZON)
    double = observed_expected(TIME, CAUSE, RISK, HORIZON)
    assert double.value == pytest.approx(right.value / 2)
    assert double.low == pytest.approx(right.low / 2)


def test_the_slope_shrinks_as_predictions_are_stretched() -> None:
    lp = cloglog(RISK)
    stretched = -np.expm1(-np.exp(1.25 * (lp - lp.mean()) + lp.mean()))
    one = calibration_slope(TIME, CAUSE, RISK, HORIZON)
    flatter = calibration_slope(TIME, CAUSE, stretched, HORIZON)
    assert flatter.value == pytest.approx(one.value / 1.25, rel=1e-6)
    assert hazard_slope(TIME, ALONE, 2 * X, HORIZON).value == pytest.approx(
        hazard_slope(TIME, ALONE, X, HORIZON).value / 2
    )


def test_a_shift_of_the_predictions_is_the_calibration_in_the_large() -> None:
    shifted = -np.expm1(-np.exp(cloglog(RISK) - 0.3))
    one = calibration_in_the_large(TIME, CAUSE, RISK, HORIZON)
    assert calibration_in_the_large(TIME, CAUSE, shifted, HORIZON).value == pytest.approx(one.value + 0.3)


@pytest.mark.parametrize("smoother", SMOOTHERS)
def test_the_curve_follows_a_known_distortion(smoother) -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=2000)
    event, left = rng.exponential(1 / (0.1 * np.exp(x))), rng.uniform(4, 12, 2000)
    time, cause = np.minimum(event, left), (event <= left).astype(int)
    true, said = -np.expm1(-0.5 * np.exp(x)), -np.expm1(-0.5 * np.exp(0.5 * x))
    at = np.array([0.25, 0.39, 0.6])
    curve = calibration_curve(time, cause, said, HORIZON, smoother, at, resamples=10)
    order = np.argsort(said)
    assert curve.observed == pytest.approx(np.interp(at, said[order], true[order]), abs=0.04)
    assert curve.smoother == smoother
    assert (curve.low < curve.high).all()
    errors = calibration_errors(time, cause, said, HORIZON, smoother, resamples=10)
    assert errors["ICI"].value == pytest.approx(np.abs(true - said).mean(), abs=0.02)
    assert errors["E50"].value < errors["E90"].value < errors["Emax"].value
    assert errors["ICI"].low < errors["ICI"].value < errors["ICI"].high


def test_the_same_seed_gives_the_same_band_and_another_seed_another() -> None:
    bands = [
        calibration_curve(TIME, CAUSE, RISK, HORIZON, grid=[0.4], seed=seed, resamples=20)
        for seed in (1, 1, 2)
    ]
    assert bands[0].low == bands[1].low
    assert bands[0].low != bands[2].low


def test_the_curve_is_drawn_over_the_range_of_the_risks() -> None:
    curve = calibration_curve(TIME, CAUSE, RISK, HORIZON, resamples=20)
    assert [curve.risk[0], curve.risk[-1]] == pytest.approx(np.quantile(RISK, [0.01, 0.99]))
    with pytest.raises(CannotFitError, match="above 0 and below 1"):
        calibration_curve(TIME, CAUSE, RISK, HORIZON, grid=[0.0, 0.5])


def test_net_benefit_of_all_none_and_a_rule() -> None:
    rows = net_benefit(SEEN, SEEN_CAUSE, RISK, HORIZON, [0.25], {"high": X > 0})
    by_name = {row.strategy: row for row in rows}
    had = SEEN <= HORIZON
    odds = 1 / 3

    def counted(who: np.ndarray) -> float:
        return float((had & who).mean() - odds * (~had & who).mean())

    everyone = np.ones(N, dtype=bool)
    assert by_name[ALL].net_benefit == pytest.approx(counted(everyone))
    assert by_name["high"].net_benefit == pytest.approx(counted(X > 0))
    assert by_name[MODEL].net_benefit == pytest.approx(counted(RISK >= 0.25))
    assert by_name[MODEL].treated == pytest.approx((RISK >= 0.25).mean())
    assert (by_name[NONE].net_benefit, by_name[NONE].low) == (0.0, None)
    assert by_name[ALL].over_best == 0
    assert by_name[ALL].over_best_low is None
    best = max(0.0, by_name[ALL].net_benefit)
    assert by_name[MODEL].over_best == pytest.approx(by_name[MODEL].net_benefit - best)
    worth = np.where(X > 0, np.where(had, 1, -odds), 0.0)
    half = by_name["high"].high - by_name["high"].net_benefit
    assert half == pytest.approx(1.959964 * worth.std() / np.sqrt(N), rel=1e-4)


def test_a_person_exactly_at_the_threshold_is_treated() -> None:
    risk = np.where(X > 0, 0.5, 0.2)
    rows = net_benefit(TIME, CAUSE, risk, HORIZON, [0.5, 0.5000001])
    treated = [row.treated for row in rows if row.strategy == MODEL]
    assert treated == [pytest.approx((X > 0).mean()), 0.0]


def test_a_net_benefit_that_cannot_be_told_is_none() -> None:
    """The only treated person left before the horizon."""
    risk = np.full(N, 0.1)
    lost = int(np.flatnonzero((CAUSE == 0) & (TIME < HORIZON))[0])
    risk[lost] = 0.9
    rows = {row.strategy: row for row in net_benefit(TIME, CAUSE, risk, HORIZON, [0.5])}
    assert rows[MODEL].net_benefit is None
    assert rows[MODEL].over_best is None
    assert rows[ALL].net_benefit is not None


def test_thresholds_and_rules_that_make_no_sense_are_refused() -> None:
    for threshold in (0.0, 1.0):
        with pytest.raises(CannotFitError, match="above 0 and below 1"):
            net_benefit(TIME, CAUSE, RISK, HORIZON, [threshold])
    for rule in (X[:-1] > 0, X):
        with pytest.raises(CannotFitError, match="Rule two-trial"):
            net_benefit(TIME, CAUSE, RISK, HORIZON, [0.2], {"two-trial": rule})


def test_performance_has_every_figure_by_name() -> None:
    found = survival_performance(TIME, ALONE, RISK, HORIZON, X, resamples=20)
    assert tuple(found) == METRICS
    for name, estimate in found.items():
        assert estimate.value is not None, name
        assert (estimate.n, estimate.events) == (N, int(((TIME <= HORIZON) & (ALONE == 1)).sum()))
        assert estimate.method_text() != estimate.method_text("zh")
    assert found["hazard_slope"].value == pytest.approx(0.8, abs=0.25)


def test_with_competing_events_a_hazard_slope_is_not_given() -> None:
    found = survival_performance(TIME, CAUSE, RISK, HORIZON, X, resamples=20)
    assert found["competing_events"].value == ((TIME <= HORIZON) & (CAUSE == 2)).sum()
    assert (found["hazard_slope"].value, found["hazard_slope"].reason) == (None, "survival_slope_competes")
    alone = survival_performance(TIME, ALONE, RISK, HORIZON, resamples=20)
    assert alone["hazard_slope"].reason == "survival_no_linear_predictor"


def test_figures_a_risk_of_one_does_not_allow_have_their_reason() -> None:
    risk = np.where(np.arange(N) == 0, 1.0, RISK)
    found = survival_performance(TIME, CAUSE, risk, HORIZON, resamples=20)
    for name in ("calibration_slope", "calibration_in_the_large", "ici", "emax"):
        assert (found[name].value, found[name].reason) == (None, "survival_risk_edge")
    assert found["brier"].value is not None


def test_one_risk_for_all_ranks_nobody_but_still_has_a_ratio() -> None:
    found = survival_performance(TIME, CAUSE, np.full(N, 0.3), HORIZON, resamples=20)
    for name in ("harrell_c", "uno_c", "time_dependent_auc", "calibration_slope", "ici"):
        assert (found[name].value, found[name].reason) == (None, "survival_risk_constant")
    assert found["observed_expected"].value == pytest.approx(found["observed_risk"].value / 0.3)


BAD = {
    "survival_empty": {"time": [], "cause": [], "risk": []},
    "survival_shapes": {"cause": CAUSE[:-1]},
    "survival_time_missing": {"time": np.where(np.arange(N) < 2, np.nan, TIME)},
    "survival_time_negative": {"time": np.where(np.arange(N) < 2, -0.001, TIME)},
    "survival_cause_unknown": {"cause": np.where(np.arange(N) < 3, 3, CAUSE)},
    "survival_risk_missing": {"risk": np.where(np.arange(N) < 2, np.nan, RISK)},
    "survival_risk_range": {"risk": RISK + 1},
    "survival_horizon_not_positive": {"horizon": 0.0},
    "survival_horizon_beyond": {"horizon": float(TIME.max()) * 1.001},
    "survival_no_events": {"cause": np.where(CAUSE == 1, 0, CAUSE)},
    "survival_few_events": {"cause": np.where(np.cumsum((CAUSE == 1) & (TIME <= HORIZON)) <= 9, CAUSE, 0)},
    "survival_few_non_events": {
        "time": np.where(np.arange(N) < 9, 9.0, 1.0),
        "cause": np.r_[np.zeros(9), np.ones(N - 9)],
    },
}


@pytest.mark.parametrize("code", BAD)
def test_follow_up_that_carries_no_figure_is_refused_by_name(code: str) -> None:
    given = {"time": TIME, "cause": CAUSE, "risk": RISK, "horizon": HORIZON} | BAD[code]
    with pytest.raises(CannotFitError) as refused:
        survival_performance(**given)
    assert refused.value.code == code
    assert refused.value.sentence("zh") != refused.value.sentence("en")


def test_ten_of_either_are_enough() -> None:
    """The boundary of the refusal."""
    time = np.r_[np.linspace(0.1, 1, 10), np.full(10, 9.0)]
    cause = np.r_[np.ones(10), np.zeros(10)]
    risk = np.linspace(0.2, 0.6, 20)
    assert survival_performance(time, cause, risk, 5.0, resamples=5)["events"].value == 10
