"""The blocked products give what refitting the model for each permutation gives."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from opentrs.stats.permutation import Exchangeability, fit, freedman_lane, null_model, permuted
from opentrs.stats.permutation.shuffles import arrangement, drawn_flips, drawn_permutations
from opentrs.stats.refusal import CannotFitError

CONTRAST = (0, 1, 0, 0)


def _people(n: int = 24, m: int = 7, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 2
    # The second site is older: a covariate that is constant within sites in part only.
    age = rng.normal(size=n) + 1.5 * (np.arange(n) >= 10)
    design = np.column_stack([np.ones(n), group, age, rng.integers(0, 2, n)])
    return rng.normal(size=(n, m)) - 0.9 * group[:, None] * (np.arange(m) < 2) + design[:, [2]], design


def _refitted(y: np.ndarray, x: np.ndarray, c: np.ndarray) -> np.ndarray:
    b, *_ = np.linalg.lstsq(x, y, rcond=None)
    scale = ((y - x @ b) ** 2).sum(axis=0) / (len(x) - x.shape[1])
    return c @ b / np.sqrt(scale * (c @ np.linalg.inv(x.T @ x) @ c))


def _yardstick(y, x, moves, method):
    """Refit for each permutation, as the papers describe it."""
    z = x[:, [0, 2, 3]]
    hat = z @ np.linalg.pinv(z)
    residuals, fitted = y - hat @ y, hat @ y
    tested = x[:, 1] - hat @ x[:, 1]
    c = np.array(CONTRAST, dtype=float)
    for move in moves:
        moved = np.empty_like(residuals)
        design = x.copy()
        if move.dtype.kind == "f":
            moved = residuals * move[:, None]
            design[:, 1] = tested * move
        else:
            moved[move] = residuals
            design[:, 1] = tested[move]
        yield _refitted(fitted + moved, x, c) if method == "freedman_lane" else _refitted(y, design, c)


@pytest.mark.parametrize("method", ["freedman_lane", "smith"])
@pytest.mark.parametrize("shuffle", ["permute", "flip"])
@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("strata", [None, [0] * 10 + [1] * 14])
def test_every_permutation_equals_a_refitted_model(method, shuffle, sides, strata):
    y, x = _people()
    blocks = Exchangeability(strata=strata)
    draw = drawn_permutations if shuffle == "permute" else drawn_flips
    moves = draw(arrangement(blocks, 24), 60, np.random.default_rng(5))
    null = np.array(list(_yardstick(y, x, moves, method)))
    height = np.abs(null) if sides == 2 else null
    found = permuted(y, x, CONTRAST, 60, seed=5, blocks=blocks, sides=sides, method=method, shuffle=shuffle)
    np.testing.assert_allclose(found.t, _refitted(y, x, np.array(CONTRAST)), rtol=1e-10)
    np.testing.assert_allclose(found.max_null, height.max(axis=1), rtol=1e-9)
    observed = np.abs(found.t) if sides == 2 else found.t
    np.testing.assert_allclose(found.p, (1 + (height >= observed).sum(axis=0)) / 61)
    reached = (height.max(axis=1)[:, None] >= observed).sum(axis=0)
    np.testing.assert_allclose(found.p_fwer, (1 + reached) / 61)
    assert (found.n_permutations, found.exhaustive, found.smallest_p) == (60, False, 1 / 61)


def test_few_arrangements_are_all_made_and_give_the_exact_p():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(8, 3))
    group = np.array([1, 0, 1, 1, 0, 0, 0, 1.0])
    x = np.column_stack([np.ones(8), group])
    found = permuted(y, x, (0, 1), 70, seed=1)
    assert found.exhaustive
    assert found.n_permutations == 70
    largest = []
    for chosen in combinations(range(8), 4):
        member = np.isin(np.arange(8), chosen)
        largest.append(np.abs(stats.ttest_ind(y[member], y[~member]).statistic).max())
    observed = np.abs(stats.ttest_ind(y[group == 1], y[group == 0]).statistic)
    expected = (np.array(largest)[:, None] >= observed - 1e-9).mean(axis=0)
    np.testing.assert_allclose(found.p_fwer, expected)
    assert not permuted(y, x, (0, 1), 69, seed=1).exhaustive


def test_every_sign_flip_of_six_people_gives_the_exact_p_of_a_mean():
    y = np.array([[1.0], [2.0], [0.5], [3.0], [1.5], [-0.1]])
    found = permuted(y, np.ones((6, 1)), (1,), 64, seed=1, shuffle="flip")
    assert found.exhaustive
    assert found.t[0] == pytest.approx(stats.ttest_1samp(y[:, 0], 0).statistic)
    # As large: all signs as they are, all turned, and the small value turned in either.
    assert found.p_fwer[0] == 4 / 64
    assert permuted(y, np.ones((6, 1)), (1,), 64, seed=1, shuffle="flip", sides=1).p_fwer[0] == 2 / 64


@pytest.mark.parametrize("sides", [1, 2])
def test_single_precision_gives_the_p_of_double_precision(monkeypatch, sides):
    y, x = _people(n=60, m=1500)
    exact = permuted(y, x, CONTRAST, 80, seed=3, sides=sides)
    monkeypatch.setattr(null_model, "SINGLE_FROM_PRODUCTS", 0)
    found = permuted(y, x, CONTRAST, 80, seed=3, sides=sides)
    assert not np.array_equal(found.max_null, exact.max_null)
    np.testing.assert_allclose(found.max_null, exact.max_null, rtol=2e-5)
    np.testing.assert_array_equal(found.p_fwer, exact.p_fwer)
    np.testing.assert_array_equal(found.t, exact.t)
    assert (found.p >= exact.p).all()


def test_a_maximum_near_an_observed_value_is_computed_again_in_double_precision(monkeypatch):
    """Every second person has a twin with the same values: many arrangements tie with the observed one."""
    monkeypatch.setattr(null_model, "SINGLE_FROM_PRODUCTS", 0)
    monkeypatch.setattr(null_model, "SINGLE_FROM_DF", 1)
    rng = np.random.default_rng(6)
    y = np.repeat(rng.normal(size=(4, 5)), 2, axis=0)
    x = np.column_stack([np.ones(8), [1, 1, 0, 0, 1, 1, 0, 0]])
    single = permuted(y, x, (0, 1), 70, seed=1)
    monkeypatch.undo()
    exact = permuted(y, x, (0, 1), 70, seed=1)
    np.testing.assert_array_equal(single.p_fwer, exact.p_fwer)
    np.testing.assert_array_equal(single.p, exact.p)
    assert single.p_fwer.min() >= 2 / 70


def test_the_number_of_threads_changes_nothing():
    y, x = _people(m=2500)
    one, three = (permuted(y, x, CONTRAST, 50, seed=3, threads=threads) for threads in (1, 3))
    for name in ("t", "p", "p_fwer", "max_null"):
        np.testing.assert_array_equal(getattr(one, name), getattr(three, name))


def test_the_seed_is_what_changes_the_draw():
    y, x = _people()
    first, again, other = (permuted(y, x, CONTRAST, 50, seed=seed).max_null for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_missing_people_are_put_on_one_scale_and_the_others_are_not_touched():
    y, x = _people(n=30, m=5)
    holes = y.copy()
    holes[:12, 3] = np.nan
    found, whole = permuted(holes, x, CONTRAST, 200, seed=1), permuted(y, x, CONTRAST, 200, seed=1)
    complete = [0, 1, 2, 4]
    np.testing.assert_allclose(found.t[complete], whole.t[complete], rtol=1e-12)
    np.testing.assert_array_equal(found.p[complete], whole.p[complete])
    assert found.df.tolist() == [26, 26, 26, 14, 26]
    assert found.n.tolist() == [30, 30, 30, 18, 30]
    assert stats.t.sf(found.comparable_t[3], 26) == pytest.approx(stats.t.sf(found.t[3], 14))
    alone = permuted(y[12:, [3]], x[12:], CONTRAST, 4000, seed=2)
    many = permuted(holes, x, CONTRAST, 4000, seed=2)
    assert many.p[3] == pytest.approx(alone.p[0], abs=0.04)


def test_a_family_measured_in_part_is_left_out_where_families_move_as_wholes():
    y, x = _people(n=12)
    y[3, 0] = np.nan
    families = Exchangeability(units=np.arange(12) // 2)
    with pytest.raises(CannotFitError, match="everybody who may be exchanged has the same value"):
        permuted(y, x, CONTRAST, 30, seed=1, blocks=families)
    x[:, 1] = np.arange(12) // 2 % 2
    found = permuted(y, x, CONTRAST, 30, seed=1, blocks=families)
    assert found.n.tolist() == [10, 12, 12, 12, 12, 12, 12]


def test_constant_regions_have_no_p_and_do_not_enter_the_maximum():
    y, x = _people()
    with_zero = np.column_stack([y, np.zeros(24)])
    with pytest.raises(CannotFitError, match="medial wall"):
        permuted(with_zero, x, CONTRAST, 20, seed=1)
    found = permuted(with_zero, x, CONTRAST, 20, seed=1, untestable="leave_out")
    assert np.isnan([found.p[-1], found.p_fwer[-1], found.t[-1]]).all()
    np.testing.assert_array_equal(found.p_fwer[:-1], permuted(y, x, CONTRAST, 20, seed=1).p_fwer)


def test_what_no_permutation_changes_is_refused():
    y, x = _people()
    with pytest.raises(CannotFitError, match="flipping signs"):
        permuted(y, np.ones((24, 1)), (1,), 20, seed=1)
    site = np.arange(24) % 2
    with pytest.raises(CannotFitError, match="cannot be tested within sites"):
        permuted(y, x, CONTRAST, 20, seed=1, blocks=Exchangeability(strata=site))


def test_progress_counts_to_the_end():
    y, x = _people()
    y[0, 1] = np.nan
    told = []
    permuted(y, x, CONTRAST, 300, seed=1, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (600, 600)
    assert told == sorted(told)


@pytest.mark.parametrize("wrong", [{"sides": 3}, {"cluster_forming_t": 2.0}])
def test_a_wrong_call_is_refused(wrong):
    y, x = _people()
    with pytest.raises(ValueError, match=r"sides is 1 or 2|need a surface"):
        permuted(y, x, CONTRAST, 20, seed=1, **wrong)
    assert freedman_lane.PERMUTATIONS == 5000


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("strata", [None, [0] * 10 + [1] * 14])
def test_with_an_error_for_each_group_every_permutation_equals_a_refitted_model(sides, strata):
    y, x = _people()
    blocks = Exchangeability(strata=strata)
    moves = drawn_permutations(arrangement(blocks, 24), 40, np.random.default_rng(5))
    null = np.array([_deviates(moved, x) for moved in _rearranged(y, x, moves)])
    height = np.abs(null) if sides == 2 else null

    found = permuted(y, x, CONTRAST, 40, seed=5, blocks=blocks, sides=sides, errors="hc3")

    observed = _deviates(y, x)
    np.testing.assert_allclose(found.t, observed, rtol=1e-9)
    np.testing.assert_allclose(found.max_null, height.max(axis=1), rtol=1e-9)
    reached = (height >= (np.abs(observed) if sides == 2 else observed)).sum(axis=0)
    np.testing.assert_allclose(found.p, (1 + reached) / 41)


def _rearranged(y, x, moves):
    z = x[:, [0, 2, 3]]
    fitted = z @ np.linalg.lstsq(z, y, rcond=None)[0]
    for move in moves:
        moved = np.empty_like(y)
        moved[move] = y - fitted
        yield fitted + moved


def _deviates(y, x):
    """t over the hc3 error, put on the normal scale with the degrees of freedom Welch gives two groups."""
    fitted = fit(y, x, CONTRAST, errors="hc3")
    inverse = np.linalg.inv(x.T @ x)
    weights = (inverse @ x.T)[1] ** 2 / (1 - np.einsum("ij,jk,ik->i", x, inverse, x)) ** 2
    spare = 1 - np.einsum("ij,jk,ik->i", x, inverse, x)
    residuals = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    parts = [(weights * (x[:, 1] == group)) @ residuals**2 for group in (0, 1)]
    df = sum(parts) ** 2 / sum(
        part**2 / spare[x[:, 1] == group].sum() for group, part in zip((0, 1), parts, strict=True)
    )
    size = (8 * df + 1) / (8 * df + 3) * np.sqrt(df * np.log1p(fitted.t**2 / df))
    return np.copysign(size, fitted.t)


def test_the_normal_scale_has_the_probabilities_of_t():
    y, x = _people(80, 400, 4)
    found = permuted(y, x[:, :2], (0, 1), 1, seed=1, errors="hc3")
    welch = stats.ttest_ind(y[x[:, 1] == 1], y[x[:, 1] == 0], equal_var=False)
    np.testing.assert_allclose(2 * stats.norm.sf(np.abs(found.t)), welch.pvalue, rtol=0.15, atol=0.003)


def test_an_error_for_each_group_is_not_for_the_fast_variant():
    y, x = _people()
    with pytest.raises(ValueError, match="hc3"):
        permuted(y, x, CONTRAST, 20, seed=1, method="smith", errors="hc3")


def test_missing_people_are_missing_at_that_feature_with_an_error_for_each_group_too():
    y, x = _people(40, 3)
    holes = y.copy()
    holes[[3, 8, 21], 2] = np.nan
    found = permuted(holes, x, CONTRAST, 100, seed=1, errors="hc3")
    kept = ~np.isnan(holes[:, 2])
    alone = permuted(holes[kept][:, [2]], x[kept], CONTRAST, 100, seed=1, errors="hc3")
    np.testing.assert_allclose(found.t[2], alone.t[0])
    assert found.n.tolist() == [40, 40, 37]
    assert abs(found.p[2] - alone.p[0]) < 0.15
