"""Performance pooled over sites, and the two probabilities of Venn-Abers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from opentrs.stats.meta.pool import pool
from opentrs.stats.prediction.discrimination import concordance
from opentrs.stats.prediction.estimate import Estimate
from opentrs.stats.prediction.sites import pooled_over_sites
from opentrs.stats.prediction.venn_abers import cross, inductive
from opentrs.stats.refusal import CannotFitError


def site(value: float, error: float, n: int = 100, events: int = 30) -> Estimate:
    return Estimate(value, value - 1.959964 * error, value + 1.959964 * error, n, events, "delong")


def test_c_is_pooled_as_log_odds():
    values, errors = np.array([0.7, 0.75, 0.62, 0.8]), np.array([0.03, 0.05, 0.04, 0.06])
    found = pooled_over_sites("c_statistic", [site(*pair) for pair in zip(values, errors, strict=True)])
    by_hand = pool(logit(values), (errors / (values * (1 - values))) ** 2, "reml", "hk_modified")
    assert found.pooled.value == pytest.approx(expit(float(by_hand.estimate)), rel=1e-6)
    assert found.pooled.low == pytest.approx(expit(by_hand.ci_low[0]), rel=1e-6)
    low, high = by_hand.prediction_interval("t_k_minus_2")
    assert (found.prediction_low, found.prediction_high) == pytest.approx((expit(low), expit(high)), rel=1e-5)
    assert found.prediction_low < found.pooled.low < found.pooled.high < found.prediction_high
    assert (found.n_sites, found.pooled.n, found.pooled.events, found.scale) == (4, 400, 120, "logit")


def test_an_interval_cut_at_1_does_not_narrow_the_error():
    cut = Estimate(0.95, 0.95 - 1.959964 * 0.04, 1.0, 50, 12, "delong")
    whole = pooled_over_sites("c_statistic", [site(0.95, 0.04), site(0.8, 0.04), site(0.85, 0.04)])
    assert pooled_over_sites("c_statistic", [cut, site(0.8, 0.04), site(0.85, 0.04)]).pooled.value == (
        pytest.approx(whole.pooled.value)
    )


def test_observed_over_expected_is_pooled_as_logarithm_and_a_slope_as_it_is():
    ratios = [Estimate(r, r * np.exp(-0.2), r * np.exp(0.2), 50, 20, "delta_log_ratio") for r in (0.5, 2.0)]
    assert pooled_over_sites("observed_expected", ratios).pooled.value == pytest.approx(1.0)
    assert pooled_over_sites("calibration_slope", [site(0.5, 0.1), site(1.5, 0.1)]).pooled.value == (
        pytest.approx(1.0)
    )


def test_two_sites_have_no_prediction_interval_and_one_is_refused():
    found = pooled_over_sites("calibration_slope", [site(0.9, 0.1), site(1.1, 0.1)])
    assert (found.prediction_low, found.prediction_high) == (None, None)
    with pytest.raises(CannotFitError, match="1 sites"):
        pooled_over_sites("calibration_slope", [site(0.9, 0.1)])


def test_sites_without_an_estimate_are_named():
    none = Estimate(None, None, None, 12, 3, "wald", "few_events")
    perfect = Estimate(1.0, None, None, 12, 3, "delong")
    found = pooled_over_sites("c_statistic", [none, site(0.7, 0.05), perfect, site(0.6, 0.05)])
    assert found.left_out == (0, 2)
    assert (found.n_sites, found.pooled.n) == (2, 200)


def test_sites_that_differ_show_it():
    same = pooled_over_sites("calibration_slope", [site(1.0, 0.1) for _ in range(5)])
    apart = pooled_over_sites("calibration_slope", [site(s, 0.1) for s in (0.4, 0.8, 1.0, 1.2, 1.6)])
    assert (same.tau2, same.i2_percent) == (0, 0)
    assert apart.i2_percent > 80
    assert apart.prediction_high - apart.prediction_low > 1.5


def test_simulated_sites_are_pooled_to_the_truth():
    rng = np.random.default_rng(8)
    sites = []
    for _ in range(12):
        lp = rng.normal(0, 1.2, 400)
        sites.append(concordance(rng.random(400) < expit(lp), expit(lp)))
    found = pooled_over_sites("c_statistic", sites)
    assert found.pooled.low < 0.777 < found.pooled.high


def test_venn_abers_by_hand():
    y, s = np.array([0, 1, 0, 1]), np.array([1.0, 2, 3, 4])
    found = inductive(y, s, [0.5, 2.5, 3.0, 5.0])
    # At 2.5 without the event: 0, then (1 + 0 + 0) / 3; with it: 0, then (1 + 1 + 0) / 3.
    assert found.low == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3 * 0 + 0.5])
    assert found.high == pytest.approx([0.5, 2 / 3, 2 / 3, 1.0])
    assert found.merged == pytest.approx(found.high / (1 - found.low + found.high))


def test_low_is_below_high_and_both_close_in_where_much_is_known():
    rng = np.random.default_rng(4)
    score = rng.normal(0, 1, 3000)
    y = rng.random(3000) < expit(score)
    few, many = inductive(y[:100], score[:100], [0.0]), inductive(y, score, [0.0])
    assert few.low[0] < few.merged[0] < few.high[0]
    assert many.high[0] - many.low[0] < 0.3 * (few.high[0] - few.low[0])
    assert many.merged[0] == pytest.approx(0.5, abs=0.1)


def test_cross_venn_abers_is_the_geometric_mean_of_folds():
    rng = np.random.default_rng(4)
    score = rng.normal(0, 1, 300)
    y = (rng.random(300) < expit(score)).astype(float)
    folds = [(y[part::3], score[part::3], [0.2, -1.0]) for part in range(3)]
    found, single = cross(folds), [inductive(*fold) for fold in folds]
    high = np.prod([one.high for one in single], axis=0) ** (1 / 3)
    low = 1 - np.prod([1 - one.low for one in single], axis=0) ** (1 / 3)
    assert found.high == pytest.approx(high)
    assert found.low == pytest.approx(low)
    assert found.merged == pytest.approx(high / (1 - low + high))
    one = cross(folds[:1])
    assert one.low == pytest.approx(single[0].low)


def test_scores_that_are_missing_or_of_others_are_refused():
    with pytest.raises(CannotFitError, match="missing"):
        inductive([0, 1], [0.1, np.nan], [0.2])
    with pytest.raises(CannotFitError, match="missing"):
        inductive([0, 1], [0.1, 0.2], [np.nan])
    with pytest.raises(CannotFitError, match="3 rows"):
        inductive([0, 1], [0.1, 0.2, 0.3], [0.2])
