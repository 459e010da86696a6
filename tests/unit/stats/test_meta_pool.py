"""Pooling: what must hold whatever the numbers, at the borders, and for many analyses at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from opentrs.stats.meta import MetaAnalysisError, estimate_tau2, explained_percent, joint_test, pool, studies
from opentrs.stats.meta.counts import mantel_haenszel, peto
from opentrs.stats.meta.heterogeneity import TAU2_METHODS
from opentrs.stats.meta.influence import baujat, cumulative, influence, leave_one_out
from opentrs.stats.meta.multivariate import multivariate
from opentrs.stats.meta.robust import cluster_robust, multilevel
from opentrs.stats.meta.subgroups import subgroups

Y = np.array([0.1, 0.9, 0.4, -0.2, 0.7, 0.5])
V = np.array([0.04, 0.09, 0.02, 0.05, 0.03, 0.08])


def test_two_equally_precise_studies_pool_to_their_mean() -> None:
    fitted = pool([1.0, 2.0], [0.5, 0.5], "fixed")
    assert float(fitted.estimate) == pytest.approx(1.5)
    assert float(fitted.standard_error) == pytest.approx(0.5)
    assert float(fitted.q) == pytest.approx(1.0)
    assert fitted.weights_percent.tolist() == [50, 50]


@pytest.mark.parametrize("method", TAU2_METHODS)
def test_equally_precise_studies_have_the_spread_beyond_their_variance(method: Any) -> None:
    y = np.array([0.0, 1.0, 2.0, 5.0])
    # Sidik and Jonkman start from a spread over k, which makes theirs larger; ML divides by k.
    spread = y.var(ddof=0 if method == "ml" else 1)
    found = float(estimate_tau2(studies(y, np.full(4, 0.3)), method))
    if method == "sj":
        crude = y.var()
        assert found == pytest.approx(crude / (crude + 0.3) * y.var(ddof=1))
    else:
        assert found == pytest.approx(spread - 0.3)


@pytest.mark.parametrize("method", [m for m in TAU2_METHODS if m != "sj"])
def test_less_spread_than_chance_is_no_heterogeneity(method: Any) -> None:
    assert float(estimate_tau2(studies([0.0, 0.01, 0.02], [0.5, 0.4, 0.5]), method)) == 0


@pytest.mark.parametrize("method", TAU2_METHODS)
def test_the_unit_of_measurement_does_not_matter(method: Any) -> None:
    ordinary, small = pool(Y, V, method), pool(1e-4 * Y, 1e-8 * V, method)
    assert float(small.tau2) == pytest.approx(1e-8 * float(ordinary.tau2), rel=1e-6)
    assert float(small.estimate) == pytest.approx(1e-4 * float(ordinary.estimate), rel=1e-8)


@pytest.mark.parametrize("method", ["fixed", *TAU2_METHODS])
@pytest.mark.parametrize("with_covariate", [False, True])
def test_many_analyses_at_once_are_each_of_them_alone(method: Any, with_covariate: bool) -> None:
    rng = np.random.default_rng(3)
    y, v = rng.normal(0.2, 0.5, (12, 6)), rng.uniform(0.02, 0.4, (12, 6))
    design = np.column_stack([np.ones(6), np.arange(6.0)]) if with_covariate else None
    together = pool(y, v, method, "hk", design)
    for row in range(12):
        alone = pool(y[row], v[row], method, "hk", design)
        assert together.coefficients[row] == pytest.approx(alone.coefficients, abs=1e-9)
        assert together.ci_low[row] == pytest.approx(alone.ci_low, abs=1e-9)
        assert float(together.tau2[row]) == pytest.approx(float(alone.tau2), abs=1e-9)


def test_an_absent_study_is_as_if_it_had_never_been() -> None:
    present = np.array([True, True, False, True, True, False])
    masked, without = pool(Y, V, present=present), pool(Y[present], V[present])
    assert float(masked.estimate) == pytest.approx(float(without.estimate), abs=1e-10)
    assert float(masked.tau2) == pytest.approx(float(without.tau2), abs=1e-10)
    assert masked.weights_percent[~present].tolist() == [0, 0]
    garbage = pool(np.where(present, Y, np.nan), np.where(present, V, -1), present=present)
    assert float(garbage.estimate) == float(masked.estimate)


def test_reml_settles_where_full_steps_go_back_and_forth() -> None:
    # One very precise study among imprecise ones: Fisher's steps overshoot to both sides.
    rng = np.random.default_rng(5)
    v = np.exp(rng.uniform(np.log(0.0005), np.log(1.0), (4000, 5)))
    y = rng.normal(0, 1, (4000, 5)) * np.sqrt(v + 0.02)
    data = studies(y, v)
    tau2 = estimate_tau2(data, "reml")
    assert (tau2 >= 0).all()
    # At each answer no value close by is more likely.
    here = _restricted_likelihood(y, v, tau2)
    for factor in (0.99, 1.01):
        assert (here - _restricted_likelihood(y, v, factor * tau2 + (tau2 == 0) * 1e-6) > -1e-9).all()


def _restricted_likelihood(y: np.ndarray, v: np.ndarray, tau2: np.ndarray) -> np.ndarray:
    w = 1 / (v + tau2[:, None])
    mean = (w * y).sum(1) / w.sum(1)
    q = (w * (y - mean[:, None]) ** 2).sum(1)
    return np.asarray(0.5 * (np.log(w).sum(1) - np.log(w.sum(1)) - q))


def test_the_modified_hartung_knapp_is_never_narrower_than_normal_errors_at_t_quantiles() -> None:
    y, v = [0.30, 0.31, 0.29, 0.30], [0.05, 0.04, 0.06, 0.05]
    plain, modified, normal = (pool(y, v, "reml", test) for test in ("hk", "hk_modified", "z"))
    assert float(plain.standard_error) < 0.1 * float(normal.standard_error)
    assert float(modified.standard_error) == pytest.approx(float(normal.standard_error))
    half = stats.t.ppf(0.975, 3) * normal.standard_error
    assert float(modified.ci_high[0]) == pytest.approx(float(normal.estimate + half))
    wide = [1.0, -1.0, 0.5, 0.0]
    assert float(pool(wide, v, "fixed", "hk").standard_error) == pytest.approx(
        float(pool(wide, v, "fixed", "hk_modified").standard_error)
    )


def test_each_form_of_the_prediction_interval_is_what_its_name_says() -> None:
    fitted = pool(Y, V)
    spread = float(np.sqrt(fitted.standard_error**2 + fitted.tau2))
    quantiles = {"normal": stats.norm.ppf(0.975), "t_k_minus_1": stats.t.ppf(0.975, 5)}
    quantiles["t_k_minus_2"] = stats.t.ppf(0.975, 4)
    for form, quantile in quantiles.items():
        low, high = fitted.prediction_interval(form)  # type: ignore[arg-type]
        assert float(high - fitted.estimate) == pytest.approx(quantile * spread)
        assert float(fitted.estimate - low) == pytest.approx(quantile * spread)
    assert fitted.prediction_interval() == fitted.prediction_interval("normal")
    knapp = pool(Y, V, "reml", "hk")
    assert knapp.prediction_interval() == knapp.prediction_interval("t_k_minus_1")
    two = pool(Y[:2], V[:2])
    with pytest.raises(MetaAnalysisError, match="Too few"):
        two.prediction_interval("t_k_minus_2")


def test_the_q_profile_interval_ends_where_q_meets_its_quantiles() -> None:
    fitted = pool(Y, V)
    for end, tail in zip(fitted.tau2_interval(), (0.975, 0.025), strict=True):
        w = 1 / (V + float(end))
        mean = (w * Y).sum() / w.sum()
        assert float((w * (Y - mean) ** 2).sum()) == pytest.approx(stats.chi2.ppf(tail, 5))
    low, high = pool([0.0, 0.01, 0.02], [0.5, 0.4, 0.5]).tau2_interval()
    assert (float(low), float(high)) == (0, 0)


@pytest.mark.parametrize(
    ("effects", "variances", "why"),
    [
        ([0.1, np.nan], [0.1, 0.1], "effect"),
        ([0.1, np.inf], [0.1, 0.1], "effect"),
        ([0.1, 0.2], [0.1, 0.0], "variance"),
        ([0.1, 0.2], [0.1, -1.0], "variance"),
        ([0.1, 0.2], [0.1, np.nan], "variance"),
        ([0.1], [0.1], "One study"),
        ([], [], "Fewer studies"),
        (0.1, 0.1, "list"),
    ],
)
def test_studies_that_cannot_be_pooled_are_refused_with_the_reason(
    effects: Any, variances: Any, why: str
) -> None:
    with pytest.raises(MetaAnalysisError, match=why):
        pool(effects, variances)


def test_one_study_is_its_own_fixed_effect() -> None:
    fitted = pool([0.4], [0.04], "fixed")
    assert [float(fitted.estimate), float(fitted.standard_error)] == pytest.approx([0.4, 0.2])
    assert np.isnan(fitted.i2_percent)
    assert np.isnan(fitted.q_p)
    with pytest.raises(MetaAnalysisError, match="Hartung-Knapp"):
        pool([0.4], [0.04], "fixed", "hk")


def test_covariates_that_say_the_same_are_refused() -> None:
    with pytest.raises(MetaAnalysisError, match="combination"):
        pool(Y, V, design=np.ones((6, 2)))
    with pytest.raises(MetaAnalysisError, match="rows of covariates"):
        pool(Y, V, design=np.ones((5, 1)))


def test_a_joint_test_of_one_coefficient_is_its_own_test_squared() -> None:
    design = np.column_stack([np.ones(6), np.arange(6.0), np.arange(6.0) ** 2])
    for test in ("z", "hk"):
        fitted = pool(Y, V, "reml", test, design)  # type: ignore[arg-type]
        joint = joint_test(fitted, [1])
        assert float(joint.statistic) == pytest.approx(float(fitted.statistics[1]) ** 2)
        assert float(joint.p_value) == pytest.approx(float(fitted.p_values[1]))
    both = joint_test(pool(Y, V, "fixed", design=design), [1, 2])
    fall = float(pool(Y, V, "fixed").q - pool(Y, V, "fixed", design=design).q)
    assert float(both.statistic) == pytest.approx(fall)
    assert both.df == 2


def test_covariates_explain_no_less_than_nothing() -> None:
    design = np.column_stack([np.ones(6), [0, 1, 0, 1, 0, 1.0]])
    found = explained_percent(pool(Y, V, design=design), pool(Y, V))
    assert 0 <= float(found) <= 100
    assert np.isnan(explained_percent(pool(Y, V, "fixed", design=design), pool(Y, V, "fixed")))


def test_groups_are_pooled_apart_and_compared() -> None:
    group = ["sham", "open", "sham", "open", "sham", "open"]
    found = subgroups(Y, V, group)
    assert found.groups == ("sham", "open")
    assert found.n_studies.tolist() == [3, 3]
    apart = [pool(Y[start::2], V[start::2]) for start in (0, 1)]
    assert found.pooled.estimate == pytest.approx(np.array([float(f.estimate) for f in apart]))
    difference = float(apart[0].estimate - apart[1].estimate)
    error2 = float(apart[0].standard_error ** 2 + apart[1].standard_error ** 2)
    assert (found.q, found.df) == (pytest.approx(difference**2 / error2), 1)
    assert found.p_value == pytest.approx(stats.chi2.sf(found.q, 1))


def test_a_group_of_one_study_needs_a_common_variance() -> None:
    group = ["sham", "open", "sham", "open", "sham", "alone"]
    with pytest.raises(MetaAnalysisError, match="One study only: alone"):
        subgroups(Y, V, group)
    with pytest.raises(MetaAnalysisError, match="two groups"):
        subgroups(Y, V, ["sham"] * 6)
    common = subgroups(Y, V, group, test="hk", common_tau2=True)
    assert common.pooled.coefficients[2] == pytest.approx(Y[5])
    assert (common.df, common.df_residual) == (2, 3)
    assert common.p_value == pytest.approx(stats.f.sf(common.q, 2, 3))


def test_leaving_one_out_and_adding_one_are_the_analyses_they_name() -> None:
    without, growing = leave_one_out(Y, V), cumulative(Y, V, [6, 5, 4, 3, 2, 1])
    for gone in range(6):
        rest = np.arange(6) != gone
        assert float(without.estimate[gone]) == pytest.approx(
            float(pool(Y[rest], V[rest]).estimate), abs=1e-9
        )
    assert growing.n_studies.tolist() == [2, 3, 4, 5, 6]
    assert float(growing.estimate[0]) == pytest.approx(float(pool(Y[4:], V[4:]).estimate))
    for few in (leave_one_out, lambda y, v: cumulative(y[:1], v[:1], [1])):
        with pytest.raises(MetaAnalysisError):
            few(Y[:2], V[:2])


def test_the_study_far_from_the_others_is_the_one_that_matters() -> None:
    y = np.array([0.1, 0.0, 0.1, 0.05, 3.0])
    found, plot = influence(y, np.full(5, 0.04)), baujat(y, np.full(5, 0.04))
    assert int(np.argmax(np.abs(found.studentised))) == 4
    assert found.is_influential.tolist() == [False] * 4 + [True]
    assert found.tau2_without[4] == 0
    assert int(np.argmax(plot.q_part)) == int(np.argmax(plot.shift)) == 4


def test_robust_tests_of_single_equally_precise_effects_are_hartung_knapp() -> None:
    fitted = pool(Y, np.full(6, 0.05), "fixed")
    robust, knapp = cluster_robust(fitted, list("abcdef")), pool(Y, np.full(6, 0.05), "fixed", "hk")
    assert robust.standard_errors == pytest.approx(knapp.standard_errors)
    assert (robust.df, robust.n_clusters) == (5, 6)
    with pytest.raises(MetaAnalysisError, match="too few clusters"):
        cluster_robust(fitted, ["one"] * 6)
    with pytest.raises(MetaAnalysisError, match="one analysis"):
        cluster_robust(pool([Y, Y], [V, V]), list("abcdef"))


def test_one_effect_a_study_makes_the_multilevel_model_a_plain_one() -> None:
    # Both variances then say the same, so only their sum can be told.
    found, plain = multilevel(Y, V, list("abcdef")), pool(Y, V)
    assert found.coefficients.estimates[0] == pytest.approx(float(plain.estimate), abs=1e-5)
    assert found.between_studies + found.within_studies == pytest.approx(float(plain.tau2), rel=1e-3)
    with pytest.raises(MetaAnalysisError, match="not positive"):
        multilevel(Y[:2], np.array([[1.0, 2.0], [2.0, 1.0]]), ["a", "a"])
    with pytest.raises(MetaAnalysisError, match="More effects"):
        multilevel(Y[:1], V[:1], ["a"])


def test_outcomes_that_are_tied_to_nothing_are_pooled_as_if_alone() -> None:
    other = np.array([0.5, 0.1, 0.4, 0.3, 0.9, 0.2])
    found = multivariate(np.column_stack([Y, other]), np.array([np.diag([v, 1e6]) for v in V]))
    assert found.estimates[0] == pytest.approx(float(pool(Y, V).estimate), abs=1e-4)
    assert found.between_studies[0, 0] == pytest.approx(float(pool(Y, V).tau2), rel=1e-2)
    assert found.n_studies.tolist() == [6, 6]


@pytest.mark.parametrize(
    ("effects", "covariances", "why"),
    [
        (np.ones((3, 2)), np.ones((3, 2)), "covariance of all"),
        ([[1, np.nan], [2, np.nan], [1, 1]], np.tile(np.eye(2), (3, 1, 1)), "one study only"),
        (np.ones((3, 2)), np.ones((3, 2, 2)), "not positive"),
    ],
)
def test_outcomes_that_cannot_be_pooled_together_are_refused(
    effects: Any, covariances: Any, why: str
) -> None:
    with pytest.raises(MetaAnalysisError, match=why):
        multivariate(effects, covariances)


def test_intervals_are_as_wide_as_their_level_says_and_95_percent_unless_asked() -> None:
    names, group = list("aabbcd"), ["x", "y"] * 3
    diagonal = np.array([np.diag([v, v]) for v in V])
    both = np.column_stack([Y, Y[::-1]])
    makers: list[Any] = [
        lambda **level: subgroups(Y, V, group, **level).pooled,
        lambda **level: subgroups(Y, V, group, common_tau2=True, **level).pooled,
        lambda **level: pool(Y, V, "reml", "hk", **level),
        lambda **level: leave_one_out(Y, V, **level),
        lambda **level: cluster_robust(pool(Y, V), names, **level),
        lambda **level: multilevel(Y, V, names, **level).coefficients,
        lambda **level: multivariate(both, diagonal, **level),
        lambda **level: peto([8, 5], [20, 20], [2, 3], [20, 20], **level),
        lambda **level: mantel_haenszel([8, 5], [20, 20], [2, 3], [20, 20], **level),
    ]
    for make in makers:
        usual, half = make(), make(level=0.5)
        df = np.asarray(getattr(usual, "df", np.inf))[..., None]
        ratio = stats.t.ppf(0.975, df) / stats.t.ppf(0.75, df)
        widths = [np.asarray(found.ci_high) - np.asarray(found.ci_low) for found in (usual, half)]
        assert (widths[0] / widths[1]).ravel() == pytest.approx(
            np.broadcast_to(ratio, np.shape(widths[0])).ravel() if np.ndim(widths[0]) else float(ratio[0])
        )
        errors = np.asarray(getattr(usual, "standard_errors", getattr(usual, "standard_error", None)))
        expected = 2 * stats.t.ppf(0.975, df) * errors
        assert widths[0].ravel() == pytest.approx(np.ravel(expected))


def test_each_mark_of_influence_is_enough_alone() -> None:
    # Weight: one study with nearly all of it, in line with the others.
    heavy = influence([0.1, 0.1, 0.1, 0.1, 0.1], [0.0001, 1, 1, 1, 1], "fixed")
    assert heavy.hat[0] > 3 / 5
    assert heavy.is_influential.tolist() == [True, False, False, False, False]
    for y in (Y, Y * 3, Y**3):
        found = influence(y, V)
        cut = 3 * np.sqrt(1 / 5)
        marked = (np.abs(found.dffits) > cut) | (found.hat > 0.5) | (found.cook > 0.45)
        assert found.is_influential.tolist() == marked.tolist()
    rng = np.random.default_rng(2)
    seen = [influence(y, V, "fixed") for y in rng.normal(0, 0.5, (60, 6))]
    dffits, cook = (np.abs(np.concatenate([getattr(f, name) for f in seen])) for name in ("dffits", "cook"))
    marks = np.concatenate([f.is_influential for f in seen])
    cut = 3 * np.sqrt(1 / 5)
    assert (marks == ((dffits > cut) | (cook > 0.45))).all()
    assert ((cook > 0.45) & (dffits <= cut)).any()


def test_restricted_likelihood_settles_where_each_step_is_hardly_shorter_than_the_last() -> None:
    # Drawn in a simulation: plain Fisher scoring needs more than five hundred steps here.
    effects = [0.19010233, 0.24195201, 0.19071186, 0.75159202, 0.12155301, 0.45645673, -0.5952171,
               0.30690166, 0.08357713, 0.06474423]  # fmt: skip
    variances = [0.02878383, 0.02180619, 0.02554341, 0.0845888, 0.01207288, 0.03630017, 0.06045469,
                 0.07863949, 0.01133118, 0.01438442]  # fmt: skip
    fitted = pool(effects, variances, "reml")

    def minus_twice_log_likelihood(tau2: float) -> float:
        weight = 1 / (np.array(variances) + tau2)
        mean = weight @ np.array(effects) / weight.sum()
        q = weight @ (np.array(effects) - mean) ** 2
        return float(q - np.log(weight).sum() + np.log(weight.sum()))

    at = float(fitted.tau2)
    assert at == pytest.approx(0.0012128, abs=1e-6)
    assert minus_twice_log_likelihood(at) < min(map(minus_twice_log_likelihood, (at - 1e-5, at + 1e-5)))
