"""One linear model at every feature: the same as statsmodels, refusals by name, missing people."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from opentrs.stats.permutation import fit, group_effect, noncentral_interval, variance_inflation
from opentrs.stats.refusal import CannotFitError

CONTRAST = (0, 1, 0, 0)
NAMES = ("constant", "resistant", "age", "male")


def _people(n: int = 40, m: int = 6, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 2
    design = np.column_stack([np.ones(n), group, rng.normal(35, 9, n), rng.integers(0, 2, n)])
    values = 2.5 + 0.1 * rng.normal(size=(n, m)) - 0.05 * group[:, None] - 0.004 * design[:, [2]]
    return values, design


@pytest.mark.parametrize("contrast", [CONTRAST, (0, 0, 1, 0), (0, 1, -0.02, 0.5), (1, 1, 35, 0)])
@pytest.mark.parametrize("errors", ["ols", "hc3"])
def test_any_contrast_equals_statsmodels(contrast, errors):
    values, design = _people()
    found = fit(values, design, contrast, errors=errors)
    for feature, column in enumerate(values.T):
        model = sm.OLS(column, design).fit()
        robust = model if errors == "ols" else model.get_robustcov_results("HC3", use_t=True)
        test = robust.t_test(np.array(contrast, dtype=float))
        assert found.effect[feature] == pytest.approx(float(test.effect.item()), rel=1e-9)
        assert found.se[feature] == pytest.approx(float(test.sd.item()), rel=1e-9)
        assert found.p[feature] == pytest.approx(float(test.pvalue), rel=1e-8)
        assert found.df[feature] == 36
        low, high = (ends[feature] for ends in found.interval())
        assert (low, high) == pytest.approx(test.conf_int().ravel(), rel=1e-9)
        assert found.residual_sd[feature] == pytest.approx(np.sqrt(model.scale), rel=1e-9)


def test_people_missing_at_one_vertex_are_missing_there_only():
    values, design = _people()
    holes = values.copy()
    holes[[0, 7, 9], 2] = np.nan
    holes[[1, 7, 9], 4] = np.nan
    found, whole = fit(holes, design, CONTRAST), fit(values, design, CONTRAST)
    assert found.n.tolist() == [40, 40, 37, 40, 37, 40]
    complete = [0, 1, 3, 5]
    np.testing.assert_allclose(found.t[complete], whole.t[complete], rtol=1e-12)
    for feature in (2, 4):
        kept = ~np.isnan(holes[:, feature])
        alone = fit(values[kept][:, [feature]], design[kept], CONTRAST)
        assert found.t[feature] == pytest.approx(alone.t[0], rel=1e-12)
        assert found.df[feature] == 33


def test_a_vertex_measured_in_one_group_only_gets_no_number():
    values, design = _people()
    values[design[:, 1] == 1, 3] = np.nan
    found = fit(values, design, CONTRAST)
    assert found.too_few.tolist() == [False, False, False, True, False, False]
    assert np.isnan([found.t[3], found.effect[3], found.p[3]]).all()
    assert found.n[3] == 20


def test_a_site_of_which_nobody_was_measured_at_a_vertex_does_not_stop_it():
    values, design = _people()
    site = np.arange(40) // 20
    design = np.column_stack([design[:, 1:], site == 0, site == 1]).astype(float)
    values[site == 1, 0] = np.nan
    found = fit(values, design, (1, 0, 0, 0, 0))
    assert found.df[0] == 20 - 4
    assert found.df[1] == 40 - 5
    alone = fit(values[:20, [0]], design[:20, :4], (1, 0, 0, 0))
    assert found.t[0] == pytest.approx(alone.t[0], rel=1e-9)


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        (lambda d: d[:, 2] * 365.25, "age, extra"),
        (lambda d: 1 - d[:, 3], "constant, male, extra"),
        (lambda d: 2 * d[:, 1] + 1e6 * d[:, 3], "resistant, male, extra"),
        (lambda d: np.zeros(len(d)), "extra"),
    ],
)
def test_columns_that_depend_on_one_another_are_refused_by_name(extra, named):
    values, design = _people()
    with pytest.raises(CannotFitError, match="depend on one another") as caught:
        fit(values, np.column_stack([design, extra(design)]), (*CONTRAST, 0), names=(*NAMES, "extra"))
    assert caught.value.params["names"] == named
    assert named in caught.value.sentence("zh")


def test_a_head_size_that_goes_with_sex_shows_what_it_costs():
    rng = np.random.default_rng(4)
    male = np.repeat([0.0, 1.0], 50)
    head = 1.4 + 0.15 * male + 0.05 * rng.normal(size=100)
    design = np.column_stack([np.ones(100), male, head])
    r2 = np.corrcoef(male, head)[0, 1] ** 2
    assert variance_inflation(design, (0, 1, 0)) == pytest.approx(1 / (1 - r2), rel=1e-9)
    assert variance_inflation(design[:, :2], (0, 1)) == pytest.approx(1)


def test_constant_regions_are_refused_by_name_or_left_out():
    values, design = _people()
    values[:, 1], values[:, 4] = 0.0, 2.25
    regions = [f"region {number}" for number in range(6)]
    with pytest.raises(CannotFitError, match="region 1, region 4"):
        fit(values, design, CONTRAST, feature_names=regions)
    found = fit(values, design, CONTRAST, untestable="leave_out")
    assert found.constant.tolist() == [False, True, False, False, True, False]
    assert np.isnan(found.t[[1, 4]]).all()
    assert np.isfinite(found.t[[0, 2, 3, 5]]).all()
    with pytest.raises(CannotFitError, match="None of the 2 regions"):
        fit(values[:, [1, 4]], design, CONTRAST, untestable="leave_out")


def test_many_constant_vertices_are_counted_and_ten_named():
    values, design = _people(m=30)
    values[:, :12] = 0
    with pytest.raises(CannotFitError) as caught:
        fit(values, design, CONTRAST)
    assert caught.value.params["names"] == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 … (12)"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda v, d, c: (v, d, (0, 1, 0)), "contrast_length"),
        (lambda v, d, c: (v, d, (0, 0, 0, 0)), "contrast_empty"),
        (lambda v, d, c: (v, np.where(d == d[0, 2], np.nan, d), c), "design_not_finite"),
        (lambda v, d, c: (v[:4], d[:4], c), "too_few_people"),
        (lambda v, d, c: (v[:3], d[:3], c), "too_few_people"),
        (lambda v, d, c: (v[1:], d, c), "people_differ"),
        (lambda v, d, c: (np.where(v == v[0, 0], np.inf, v), d, c), "infinite_in_map"),
    ],
)
def test_what_cannot_be_fitted_says_why(change, code):
    values, design, contrast = change(*_people(), CONTRAST)
    with pytest.raises(CannotFitError) as caught:
        fit(values, design, contrast)
    assert caught.value.code == code
    assert caught.value.sentence("zh") != caught.value.sentence("en")


def test_five_people_for_four_columns_are_just_enough():
    values, design = _people()
    assert fit(values[:5], design[:5], CONTRAST).df[0] == 1


def test_the_ends_of_an_effects_interval_are_where_t_is_no_longer_surprising():
    t, df = np.array([-4.67, 0.0, 2.1, 31.0]), np.array([160.0, 12.0, 3.0, 40.0])
    low, high = noncentral_interval(t, df)
    np.testing.assert_allclose(stats.nct.cdf(t[:3], df[:3], low[:3]), 0.975, atol=1e-7)
    np.testing.assert_allclose(stats.nct.cdf(t[:3], df[:3], high[:3]), 0.025, atol=1e-7)
    # Beyond the reach of the library's distribution the normal approximation is near.
    assert low[3] < 31 - 1.9 * np.sqrt(1 + 31**2 / 80) * 0.9 < 31 < high[3]
    assert np.isnan(noncentral_interval([np.nan, np.inf], 10)[0]).all()


def test_the_standardised_effect_of_two_groups_is_cohens_d():
    values, design = _people()
    two = design[:, :2]
    found = fit(values, two, (0, 1))
    a, b = values[two[:, 1] == 1], values[two[:, 1] == 0]
    pooled = np.sqrt((a.var(axis=0, ddof=1) + b.var(axis=0, ddof=1)) / 2)
    np.testing.assert_allclose(found.standardised().d, (a.mean(axis=0) - b.mean(axis=0)) / pooled)
    same = group_effect(found.t, found.df, 20, 20)
    np.testing.assert_allclose(same.d, found.standardised().d)
    np.testing.assert_allclose([same.low, same.high], [found.standardised().low, found.standardised().high])
    assert same.n.tolist() == [40] * 6
