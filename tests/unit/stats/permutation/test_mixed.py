"""Repeated scans: a random intercept equals statsmodels', and closed forms where scans are balanced."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from opentrs.stats.permutation import fit, fit_repeated
from opentrs.stats.refusal import CannotFitError


def _scans(per_person: np.ndarray, m: int = 5, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(per_person.size), per_person)
    group, year = (person % 2).astype(float), np.concatenate([np.arange(k) for k in per_person]) + 0.0
    spread = np.linspace(0.2, 2.0, m)
    values = (rng.normal(size=(per_person.size, m)) * spread)[person] + rng.normal(size=(person.size, m))
    values += 0.4 * group[:, None] - 0.1 * year[:, None]
    return values, np.column_stack([np.ones(person.size), group, year]), person


def _restricted_deviance(share: float, y: np.ndarray, x: np.ndarray, same: np.ndarray) -> float:
    """From the definition, with the matrix of scan by scan."""
    v = np.eye(len(y)) + share / (1 - share) * same
    inverse = np.linalg.inv(v)
    cross = x.T @ inverse @ x
    rest = y - x @ np.linalg.solve(cross, x.T @ inverse @ y)
    df = len(y) - x.shape[1]
    return df * np.log(rest @ inverse @ rest) + np.linalg.slogdet(v)[1] + np.linalg.slogdet(cross)[1]


@pytest.mark.parametrize("contrast", [(0, 1, 0), (0, 0, 1), (1, 0.5, 2)])
def test_unequal_numbers_of_scans_equal_the_definition(contrast):
    values, x, person = _scans(np.random.default_rng(0).integers(1, 5, 30))
    found = fit_repeated(values, x, contrast, person)
    same, c = (person[:, None] == person).astype(float), np.array(contrast, dtype=float)
    for feature, y in enumerate(values.T):
        best = optimize.minimize_scalar(
            _restricted_deviance, bounds=(0, 0.999), args=(y, x, same), method="bounded",
            options={"xatol": 1e-10},
        )  # fmt: skip
        share = 0.0 if _restricted_deviance(0, y, x, same) <= best.fun else best.x
        assert found.share_between[feature] == pytest.approx(share, abs=1e-6)
        share = found.share_between[feature]
        inverse = np.linalg.inv(np.eye(len(y)) + share / (1 - share) * same)
        bread = np.linalg.inv(x.T @ inverse @ x)
        b = bread @ x.T @ inverse @ y
        scale = (y - x @ b) @ inverse @ (y - x @ b) / (len(y) - 3)
        assert found.effect[feature] == pytest.approx(c @ b, rel=1e-8)
        assert found.se[feature] == pytest.approx(np.sqrt(scale * (c @ bread @ c)), rel=1e-8)
        parts = [np.eye(len(y)), same]
        projection = inverse - inverse @ x @ bread @ x.T @ inverse
        information = [[np.trace(projection @ a @ projection @ k) / 2 for k in parts] for a in parts]
        slope = [c @ bread @ x.T @ inverse @ a @ inverse @ x @ bread @ c for a in parts]
        df = 2 * (c @ bread @ c) ** 2 / (slope @ np.linalg.solve(information, slope))
        assert found.df[feature] == pytest.approx(df, rel=1e-7)


def test_a_balanced_contrast_between_people_is_the_test_of_their_means():
    values, design, person = _scans(np.full(30, 3))
    found = fit_repeated(values, design, (0, 1, 0), person)
    means = values.reshape(30, 3, -1).mean(axis=1)
    plain = fit(means, design[::3, :2], (0, 1))
    inside = found.share_between > 0
    assert inside.sum() >= 4
    np.testing.assert_allclose(found.t[inside], plain.t[inside], rtol=1e-6)
    np.testing.assert_allclose(found.df[inside], 28, rtol=1e-6)
    np.testing.assert_allclose(found.effect, plain.effect, rtol=1e-9)


def test_a_balanced_change_within_people_is_the_paired_test():
    values, design, person = _scans(np.full(24, 2))
    found = fit_repeated(values, design, (0, 0, 1), person)
    paired = stats.ttest_rel(values[1::2], values[::2])
    inside = found.share_between > 0
    np.testing.assert_allclose(found.t[inside], paired.statistic[inside], rtol=1e-6)
    np.testing.assert_allclose(found.df[inside], 23, rtol=1e-6)
    np.testing.assert_allclose(found.p[inside], paired.pvalue[inside], rtol=1e-5)


def test_variances_are_those_of_the_analysis_of_variance():
    values, design, person = _scans(np.full(30, 4))
    found = fit_repeated(values, design[:, :2], (0, 1), person)
    by_person = values.reshape(30, 4, -1)
    within = by_person.var(axis=1, ddof=1).mean(axis=0)
    between = fit(by_person.mean(axis=1), design[::4, :2], (0, 1)).residual_sd ** 2 - within / 4
    share = between / (between + within)
    assert (share > 0).sum() >= 4
    np.testing.assert_allclose(found.share_between[share > 0], share[share > 0], rtol=1e-5)


def test_people_who_do_not_differ_have_no_variance_between_them():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(60, 1))
    values -= values.reshape(20, 3, 1).mean(axis=1).repeat(3, axis=0)
    values += 1e-3 * rng.normal(size=(60, 1))
    found = fit_repeated(values, np.ones((60, 1)), (1,), np.arange(60) // 3)
    assert found.share_between[0] == 0


def test_scans_missing_at_one_vertex_are_missing_there_only():
    values, design, person = _scans(np.full(20, 2))
    holes = values.copy()
    holes[[1, 5, 8], 2] = np.nan
    found, whole = (fit_repeated(y, design, (0, 1, 0), person) for y in (holes, values))
    assert found.n_scans.tolist() == [40, 40, 37, 40, 40]
    assert found.n_people.tolist() == [20] * 5
    kept = ~np.isnan(holes[:, 2])
    alone = fit_repeated(values[kept][:, [2]], design[kept], (0, 1, 0), person[kept])
    assert found.t[2] == pytest.approx(alone.t[0], rel=1e-7)
    np.testing.assert_allclose(found.t[[0, 1, 3, 4]], whole.t[[0, 1, 3, 4]], rtol=1e-6)
    holes[1::2, 3] = np.nan
    once = fit_repeated(holes[:, [0, 3]], design[:, :2], (0, 1), person)
    assert once.too_few.tolist() == [False, True]
    assert np.isnan(once.t[1])


def test_one_scan_each_is_refused():
    values, design, _ = _scans(np.full(20, 1))
    with pytest.raises(CannotFitError, match="second scan of the same person"):
        fit_repeated(values, design[:, :2], (0, 1), np.arange(20))
    with pytest.raises(CannotFitError, match="3 labels"):
        fit_repeated(values, design[:, :2], (0, 1), np.arange(3))


def test_a_change_in_groups_scanned_unequally_often_is_called_one_time_in_twenty():
    values, design, person = _scans(np.random.default_rng(5).integers(1, 4, 24), m=4000, seed=8)
    values -= 0.4 * design[:, [1]] - 0.1 * design[:, [2]]
    for contrast in ((0, 1, 0), (0, 0, 1)):
        p = fit_repeated(values, design, contrast, person).p
        assert 0.04 < (p < 0.05).mean() < 0.06
