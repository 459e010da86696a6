"""Discrimination, calibration, Brier score, net benefit, fourfold tables: by hand, by meaning, at edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from opentrs.messages import LANGS
from opentrs.stats.prediction.calibration import (
    calibration_curve,
    calibration_errors,
    calibration_in_the_large,
    calibration_slope,
    observed_expected,
)
from opentrs.stats.prediction.cells import BATCH, gather, resamples
from opentrs.stats.prediction.classification import two_by_two
from opentrs.stats.prediction.decision import net_benefit
from opentrs.stats.prediction.discrimination import (
    concordance,
    concordance_difference,
    weighted_concordance,
)
from opentrs.stats.prediction.isotonic import honest_band
from opentrs.stats.prediction.performance import METRICS, performance
from opentrs.stats.prediction.scores import brier
from opentrs.stats.refusal import CannotFitError

RNG_SEED = 20261126


def people(n: int = 400, seed: int = RNG_SEED, slope: float = 1.0, shift: float = 0.0):
    """Outcomes of people whose risk is right but for a shift and a slope on the log-odds."""
    rng = np.random.default_rng(seed)
    lp = rng.normal(-0.8, 1, n)
    return (rng.random(n) < expit(shift + slope * lp)).astype(float), expit(lp)


def test_c_counts_pairs_and_ties_half():
    y, p = np.array([1, 1, 0, 0, 0]), np.array([0.8, 0.4, 0.4, 0.2, 0.9])
    # Of six pairs: 2 won by the first event, one won and one tied by the second.
    assert concordance(y, p).value == pytest.approx(3.5 / 6)
    assert weighted_concordance(
        y.astype(float), p, [np.ones(5), np.array([1, 0, 0, 1, 1.0])]
    ) == pytest.approx([3.5 / 6, 0.5])


def test_c_of_perfect_risks_has_no_interval():
    found = concordance([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4])
    assert (found.value, found.low, found.high) == (1.0, None, None)


def test_c_is_turned_about_by_reversing_risks_and_does_not_change_with_their_scale():
    y, p = people()
    ours, turned, squared = concordance(y, p), concordance(y, 1 - p), concordance(y, p**2)
    assert turned.value == pytest.approx(1 - ours.value)
    assert turned.high == pytest.approx(1 - ours.low)
    assert squared == ours


def test_the_interval_on_the_log_odds_scale_is_symmetric_there_and_stays_below_1():
    y, p = people()
    plain, other = concordance(y, p), concordance(y, p, logit_scale=True)
    assert logit(other.high) - logit(other.value) == pytest.approx(logit(other.value) - logit(other.low))
    assert other.high < plain.high < 1


def test_the_interval_ends_at_0_and_1():
    y, p = np.repeat([1.0, 0.0], [3, 9]), np.linspace(0.9, 0.1, 12)
    p[[2, 3]] = p[[3, 2]]
    good, bad = concordance(y, p), concordance(y, 1 - p)
    assert (good.high, bad.low) == (1.0, 0.0)
    assert bad.value < 0.05


def test_a_model_does_not_differ_from_itself():
    y, p = people()
    found = concordance_difference(y, p, p)
    assert (found.value, found.low, found.high) == (0.0, None, None)


def test_a_shift_and_a_slope_are_found():
    y, p = people(40_000, slope=0.7, shift=0.4)
    assert calibration_slope(y, p).value == pytest.approx(0.7, abs=0.04)
    y, p = people(40_000, shift=0.4)
    assert calibration_in_the_large(y, p).value == pytest.approx(0.4, abs=0.04)
    assert observed_expected(y, p).value == pytest.approx(y.mean() / p.mean())


def test_observed_over_expected_has_an_interval_symmetric_on_the_log_scale():
    y, p = people()
    found = observed_expected(y, p)
    assert found.high / found.value == pytest.approx(found.value / found.low)
    # Narrower than when the expected number is taken as known.
    usual = 1.96 * np.sqrt((1 - y.mean()) / y.sum())
    assert 0.5 * usual < np.log(found.high / found.value) < usual


def test_a_curve_lies_on_the_truth_and_its_band_covers_it():
    y, p = people(5000, slope=0.6)
    for smoother in ("loess", "isotonic"):
        curve = calibration_curve(y, p, smoother, grid=[0.1, 0.2, 0.3, 0.5, 0.7], resamples=200)
        truth = expit(0.6 * logit(curve.risk))
        assert curve.observed == pytest.approx(truth, abs=0.06)
        assert ((curve.low <= truth) & (truth <= curve.high)).all()
        assert ((curve.low <= curve.observed) & (curve.observed <= curve.high)).all()
    assert (np.diff(curve.observed) >= 0).all()


def test_the_same_seed_gives_the_same_bands_and_another_seed_others():
    y, p = people()
    one, same, other = (calibration_curve(y, p, resamples=50, seed=seed) for seed in (1, 1, 2))
    assert (one.low == same.low).all()
    assert not (one.low == other.low).all()


def test_a_miscalibrated_model_has_the_larger_errors_in_their_order():
    right, wrong = (calibration_errors(*people(3000, slope=slope), resamples=50) for slope in (1.0, 0.4))
    for name, value in wrong.items():
        assert value.value > right[name].value
        assert value.low <= value.value <= value.high
    assert wrong["E50"].value <= wrong["E90"].value <= wrong["Emax"].value


def test_errors_of_gathered_people_are_those_of_each():
    """Resampling cells is resampling people: one resample is worked out one by one."""
    y, p = people(300)
    cells = gather(y, p)
    assert (cells.risk == np.sort(p)).all()
    error = calibration_errors(y, p, resamples=2)
    observed = calibration_curve(y, p, grid=p, resamples=2).observed
    assert error["ICI"].value == pytest.approx(np.abs(observed - p).mean(), rel=1e-9)
    assert error["E90"].value == pytest.approx(np.quantile(np.abs(observed - p), 0.9), rel=1e-9)
    assert error["E50"].value == pytest.approx(np.quantile(np.abs(observed - p), 0.5), rel=1e-9)
    assert error["Emax"].value == pytest.approx(np.abs(observed - p).max(), rel=1e-9)


def test_many_people_are_gathered_without_losing_one():
    y, p = people(30_000)
    cells = gather(y, p)
    assert cells.risk.size <= 2000
    assert (cells.n, cells.events.sum()) == (30_000, y.sum())
    assert (cells.people * cells.risk).sum() == pytest.approx(p.sum())
    assert (cells.risk[0], cells.risk[-1]) == (p.min(), p.max())
    assert (np.diff(cells.risk) > 0).all()
    # At either end, where risks lie far apart, people keep their own.
    assert (cells.risk[:250] == np.sort(p)[:250]).all()
    assert (cells.risk[-250:] == np.sort(p)[-250:]).all()


def test_a_risk_that_most_people_share_has_a_window_that_reaches_the_next():
    y, p = people(500)
    p[:400] = 0.3
    curve = calibration_curve(y, p, grid=[0.3], resamples=5)
    assert curve.observed[0] == pytest.approx(y[p == 0.3].mean(), abs=0.01)


def test_resamples_keep_the_number_of_people_and_the_shares():
    counts = np.array([5.0, 0, 20, 75])
    drawn = np.concatenate(list(resamples(counts, 3 * BATCH + 7, 1)))
    assert drawn.shape == (3 * BATCH + 7, 4)
    assert (drawn.sum(axis=1) == 100).all()
    assert (drawn[:, 1] == 0).all()
    assert drawn.mean(axis=0) == pytest.approx(counts, abs=1)


def test_the_honest_band_of_one_risk_is_the_exact_interval():
    y = np.array([1.0] * 3 + [0.0] * 7)
    low, high = honest_band(y, np.full(10, 0.3), np.array([0.2, 0.3, 0.4]))
    # Below the only risk there is no lower bound, above it no upper one.
    assert low == pytest.approx([0, 0.06674, 0.06674], abs=1e-5)
    assert high == pytest.approx([0.65245, 0.65245, 1], abs=1e-5)


def test_brier_is_nothing_for_seers_and_the_mean_has_no_skill():
    y, _ = people(100)
    assert brier(y, y).brier.value == 0
    assert brier(y, y).scaled.value == 1
    mean = brier(y, np.full(100, y.mean()))
    assert mean.scaled.value == pytest.approx(0)
    assert (mean.miscalibration, mean.discrimination) == pytest.approx((0, 0))
    assert mean.uncertainty == pytest.approx(y.mean() * (1 - y.mean()))


def test_brier_and_its_scaled_form_have_the_intervals_of_the_bootstrap():
    y, p = people(1000)
    rng = np.random.default_rng(3)
    draws = [brier(y[rows], p[rows]) for rows in rng.integers(0, 1000, (400, 1000))]
    for name in ("brier", "scaled"):
        ours = getattr(brier(y, p), name)
        spread = np.std([getattr(draw, name).value for draw in draws])
        assert (ours.high - ours.low) / (2 * 1.96) == pytest.approx(spread, rel=0.12)


def test_net_benefit_by_hand():
    y = np.array([1, 1, 0, 0, 0])
    p = np.array([0.5, 0.1, 0.5, 0.2, 0.05])
    rows = {
        (row.strategy, row.threshold): row
        for row in net_benefit(y, p, [0.5, 0.2], {"two failed trials": [1, 0, 0, 0, 0]}, resamples=50)
    }
    assert len(rows) == 8
    # A risk at the threshold is treated.
    assert rows["model", 0.5].net_benefit == pytest.approx((1 - 1) / 5)
    assert rows["model", 0.2].net_benefit == pytest.approx((1 - 2 / 4) / 5)
    assert rows["treat_all", 0.2].net_benefit == pytest.approx((2 - 3 / 4) / 5)
    assert rows["treat_all", 0.5].net_benefit == pytest.approx((2 - 3) / 5)
    assert rows["two failed trials", 0.5].net_benefit == pytest.approx(1 / 5)
    none = rows["treat_none", 0.2]
    assert (none.net_benefit, none.low, none.high) == (0, None, None)
    # At .2 treating all is the better default, at .5 treating none.
    assert rows["model", 0.2].over_best == pytest.approx((1 - 2 / 4) / 5 - (2 - 3 / 4) / 5)
    assert rows["two failed trials", 0.5].over_best == pytest.approx(1 / 5)
    assert rows["treat_none", 0.5].over_best_low is None
    assert rows["treat_all", 0.2].over_best_low is None


def test_net_benefit_intervals_are_those_of_a_mean():
    y, p = people(2000)
    (row,) = (row for row in net_benefit(y, p, [0.3]) if row.strategy == "model")
    each = (p >= 0.3) * (y - (1 - y) * 0.3 / 0.7)
    assert row.net_benefit == pytest.approx(each.mean())
    assert row.high - row.low == pytest.approx(2 * 1.96 * each.std() / 2000**0.5, rel=0.08)


def test_fourfold_table_by_hand():
    # Textbook figures: 90 of 100 found, 20 of 200 falsely.
    y = np.repeat([1, 1, 0, 0], [90, 10, 20, 180])
    said = np.repeat([1, 0, 1, 0], [90, 10, 20, 180])
    found = two_by_two(y, said)
    assert (found.true_positive, found.false_negative, found.false_positive, found.true_negative) == (
        90,
        10,
        20,
        180,
    )
    assert found.n == 300
    assert (found.sensitivity.value, found.specificity.value) == (0.9, 0.9)
    assert (found.ppv.value, found.npv.value) == (90 / 110, 180 / 190)
    assert (found.sensitivity.low, found.sensitivity.high) == pytest.approx((0.8256, 0.9448), abs=5e-5)
    assert found.lr_positive.value == pytest.approx(9)
    error = np.sqrt(1 / 90 - 1 / 100 + 1 / 20 - 1 / 200)
    assert np.log(found.lr_positive.high / 9) == pytest.approx(1.959964 * error, rel=1e-6)
    assert found.lr_negative.value == pytest.approx(0.1 / 0.9)


def test_a_rule_that_says_yes_to_nobody_has_no_predictive_value():
    found = two_by_two([1, 0, 0], [0, 0, 0])
    assert (found.ppv.value, found.ppv.reason) == (None, "nobody")
    assert (found.lr_positive.value, found.lr_positive.reason) == (None, "empty_cell")
    assert (found.specificity.value, found.specificity.high) == (1.0, 1.0)


def test_performance_has_every_name_and_methods_in_both_languages():
    y, p = people()
    found = performance(y, p, resamples=20)
    assert tuple(found) == METRICS
    for estimate in found.values():
        assert estimate.n == 400
        assert estimate.events == y.sum()
        assert all(estimate.method_text(lang) for lang in LANGS)
        if estimate.low is not None:
            assert (
                estimate.low <= estimate.value <= estimate.high or estimate.method == "bootstrap_percentile"
            )


def test_nine_events_are_too_few_and_ten_are_enough():
    p = np.linspace(0.05, 0.9, 40)
    for events, refused in ((9, True), (10, False), (30, False), (31, True)):
        y = np.zeros(40)
        y[np.random.default_rng(1).permutation(40)[:events]] = 1
        if refused:
            with pytest.raises(CannotFitError, match="at least 10 of each"):
                performance(y, p)
        else:
            assert performance(y, p, resamples=5)["events"].value == events


def test_what_a_yes_no_risk_does_not_allow_has_its_reason():
    y, p = people()
    found = performance(y, (p > 0.5).astype(float), resamples=5)
    assert found["c_statistic"].value is not None
    assert (found["calibration_slope"].value, found["calibration_slope"].reason) == (None, "risk_at_edge")
    assert (found["ici"].value, found["ici"].reason) == (None, "few_distinct_risks")
    constant = performance(y, np.full(400, 0.3), resamples=5)
    assert constant["calibration_slope"].reason == "constant_risk"
    assert constant["c_statistic"].value == 0.5
    assert performance(y, np.zeros(400), resamples=5)["observed_expected"].reason == "nothing_expected"


@pytest.mark.parametrize(
    ("outcome", "risk", "complaint"),
    [
        ([1, 1, 1], [0.1, 0.2, 0.3], "All 3 people have the same outcome"),
        ([1, 0, np.nan], [0.1, 0.2, 0.3], "missing"),
        ([1, 0, 1], [0.1, 0.2, np.nan], "missing"),
        ([1, 0, 2], [0.1, 0.2, 0.3], "something else than yes"),
        ([1, 0, 1], [0.1, 0.2, 1.01], "as a probability, not as a percentage"),
        ([1, 0, 1], [-0.01, 0.2, 1], "below 0"),
        ([1, 0, 1], [0.1, 0.2], "2 rows"),
        ([], [], "All 0 people"),
    ],
)
def test_what_cannot_be_judged_is_refused(outcome, risk, complaint):
    with pytest.raises(CannotFitError, match=complaint) as refusal:
        concordance(outcome, risk)
    assert refusal.value.sentence("zh")


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_a_threshold_at_the_edge_is_refused(threshold):
    y, p = people(50)
    with pytest.raises(CannotFitError, match="between 0 and 1"):
        net_benefit(y, p, [threshold])


@pytest.mark.parametrize("rule", [[1, 0], [0.5] * 50, [np.nan] * 50])
def test_a_rule_for_others_or_not_yes_or_no_is_refused(rule):
    y, p = people(50)
    with pytest.raises(CannotFitError):
        net_benefit(y, p, [0.2], {"rule": rule})
    with pytest.raises(CannotFitError):
        two_by_two(y, rule)
