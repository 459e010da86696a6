"""Healthy people of the same age, sex and scanner: where a person lies among them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from opentrs.stats.normative_curve import NormativeCurves, learn_curves, read_curves
from opentrs.stats.refusal import CannotFitError

MEASURES = 12
SHIFT = dict(zip("abcdef", np.random.default_rng(9).normal(0, 0.5, (6, MEASURES)), strict=True))
STRETCH = dict(zip("abcdef", (0.9, 1.1, 1.0, 1.2, 0.85, 1.3), strict=True))
Healthy = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def healthy(n: int, sites: str = "abcd", seed: int = 1) -> Healthy:
    """Values, age, sex, site. The curve bends, men have another one, the spread grows with age."""
    rng = np.random.default_rng(seed)
    age, sex = rng.uniform(18, 70, n), rng.choice(["female", "male"], n)
    site = rng.choice([*sites], n)
    noise = rng.standard_normal((n, MEASURES)) * np.array([STRETCH[s] for s in site])[:, None]
    shift = np.array([SHIFT[s] for s in site])
    return centre(age, sex)[:, None] + shift + noise * spread(age)[:, None], age, sex, site


def centre(age: np.ndarray, sex: np.ndarray) -> np.ndarray:
    curve = -0.001 * (age - 30) ** 2
    return np.asarray(10 + curve + (sex == "male") * (0.5 - 0.02 * (age - 40)))


def spread(age: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(0.015 * (age - 44)))


@pytest.fixture(scope="module")
def curves() -> NormativeCurves:
    return learn_curves(*healthy(1200))


def test_new_people_of_known_sites_lie_at_their_centiles(curves):
    values, age, sex, site = healthy(3000, seed=2)
    found = curves.place(values, age, sex, site)
    assert found.z.mean() == pytest.approx(0, abs=0.04)
    assert found.z.std() == pytest.approx(1, abs=0.03)
    for percent in (5, 25, 50, 75, 95):
        assert 100 * (found.centile < percent).mean() == pytest.approx(percent, abs=1.5)
    assert 100 * ((found.low < values) & (values < found.high)).mean() == pytest.approx(95, abs=1)


def test_curve_and_spread_are_those_that_were_planted(curves):
    age, sex = np.array([25.0, 45.0, 65.0] * 2), np.repeat(["female", "male"], 3)
    found = curves.place(np.zeros((6, MEASURES)), age, sex, np.full(6, "a"))
    planted = centre(age, sex)[:, None] + SHIFT["a"]
    assert np.abs((found.expected - planted).mean(axis=1)).max() < 0.12
    width = (found.high - found.low).mean(axis=1)
    np.testing.assert_allclose(width[2] / width[0], spread(age)[2] / spread(age)[0], rtol=0.1)


def test_the_same_centile_from_both_sides_and_far_out(curves):
    expected = curves.place(np.zeros((1, MEASURES)), [40.0], ["male"], ["b"]).expected
    for far in (0.5, 30.0):
        above = curves.place(expected + far, [40.0], ["male"], ["b"])
        below = curves.place(expected - far, [40.0], ["male"], ["b"])
        np.testing.assert_allclose(above.z, -below.z, rtol=1e-6)
        np.testing.assert_allclose(above.centile, 100 - below.centile)
        assert np.isfinite(above.z).all()


def test_a_new_site_is_learnt_from_healthy_people_there(curves):
    values, age, sex, site = healthy(600, "f", seed=3)
    with pytest.raises(CannotFitError, match="f"):
        curves.place(values, age, sex, site)
    average = curves.place(values, age, sex, site, unseen="average")
    joined = curves.with_site("f", values[:60], age[:60], sex[:60])
    found = joined.place(values[60:], age[60:], sex[60:], site[60:])
    assert np.abs(found.z.mean(axis=0)).max() < 0.4 < np.abs(average.z.mean(axis=0)).max()
    assert found.z.std() == pytest.approx(1, abs=0.1)
    # What is not known of the site is in the interval.
    few = curves.with_site("f", values[:4], age[:4], sex[:4]).place(
        values[60:], age[60:], sex[60:], site[60:]
    )
    inside = (few.low < values[60:]) & (values[60:] < few.high)
    assert inside.mean() > 0.85
    assert (average.high - average.low).mean() > (
        curves.place(values, age, sex, np.full(600, "c")).high
        - curves.place(values, age, sex, np.full(600, "c")).low
    ).mean()
    with pytest.raises(CannotFitError) as known:
        joined.with_site("f", values[:60], age[:60], sex[:60])
    assert known.value.code == "site_known"


def test_the_interval_knows_that_site_and_curve_were_estimated(curves):
    def width(given: NormativeCurves, age: float) -> np.ndarray:
        found = given.place(np.zeros((1, MEASURES)), [age], ["male"], ["a"])
        return np.asarray(found.high - found.low)[0]

    of_four, of_many = (replace(curves, n=np.full_like(curves.n, n)) for n in (4, 1e12))
    np.testing.assert_allclose((width(of_four, 44) / width(of_many, 44)) ** 2, 1.25, rtol=0.01)
    known = replace(of_many, basis=0 * curves.basis)
    middle, end = ((width(of_many, age) / width(known, age)) ** 2 - 1 for age in (44, 69.5))
    # In the middle about one in a hundred, more where few people of that age were seen.
    assert (middle > 0.001).all()
    assert (end > 1.5 * middle).all()


def test_missing_values_are_missing_there_only():
    values, age, sex, site = healthy(300)
    values[::5, 2] = np.nan
    found = learn_curves(values, age, sex, site).place(values, age, sex, site)
    assert (np.isnan(found.z) == np.isnan(values)).all()
    rest = np.delete(values, 2, axis=1)
    # Sites' own shifts are drawn towards those of all measures, so the others change a very little.
    other = learn_curves(rest, age, sex, site).place(rest, age, sex, site)
    np.testing.assert_allclose(np.delete(found.z, 2, axis=1), other.z, atol=0.1)


def test_one_site_is_enough_but_says_nothing_of_others():
    values, age, sex, site = healthy(200, "a")
    curves = learn_curves(values, age, sex, site)
    assert curves.place(values, age, sex, site).z.std() == pytest.approx(1, abs=0.1)
    with pytest.raises(CannotFitError) as refused:
        curves.place(values, age, sex, np.full(200, "b"), unseen="average")
    assert refused.value.code == "average_of_one_site"


def test_curves_come_back_from_json(curves):
    values, age, sex, site = healthy(20, seed=5)
    again = read_curves(json.loads(json.dumps(curves.to_dict())))
    np.testing.assert_array_equal(
        again.place(values, age, sex, site).z, curves.place(values, age, sex, site).z
    )


def refused(code: str, *given: object) -> None:
    with pytest.raises(CannotFitError) as found:
        learn_curves(*given)  # type: ignore[arg-type]
    assert found.value.code == code
    assert found.value.sentence("zh")


def test_what_cannot_be_learnt_is_refused(curves):
    values, age, sex, site = healthy(120)
    refused("few_controls", values[:49], age[:49], sex[:49], site[:49])
    refused("site_too_small", values, age, sex, np.append(site[:-1], "alone"))
    refused("two_sexes", values, age, np.append(sex[:-1], "unknown"), site)
    refused("covariate_missing", values, np.append(age[:-1], np.nan), sex, site)
    refused("site_confounded", values, age, np.where(site == "a", "male", "female"), site)
    refused("measure_untold", np.column_stack([values, np.zeros(120)]), age, sex, site)
    with pytest.raises(CannotFitError) as coding:
        curves.place(values, age, (sex == "male").astype(int), site)
    assert coding.value.code == "coding_differs"
    with pytest.raises(CannotFitError):
        curves.place(values[:, 1:], age, sex, site)


def test_where_one_sex_is_missing_at_some_ages_both_share_a_curve_and_differ_by_a_shift():
    values, age, sex, site = healthy(90, sites="a", seed=11)
    told = (sex == "female") | (age < 35)
    shared = learn_curves(values[told], age[told], sex[told], site[told])
    ages = np.array([25.0, 60.0])
    expected = [
        shared.place(np.zeros((2, MEASURES)), ages, np.full(2, one), np.full(2, "a")).expected
        for one in ("female", "male")
    ]
    gap = expected[1] - expected[0]
    np.testing.assert_allclose(gap[0], gap[1])
    assert gap.mean() == pytest.approx(0.5 - 0.02 * (28 - 40), abs=0.25)
    own = learn_curves(*healthy(600, sites="a", seed=11))
    assert np.abs(own.slopes[-9:]).max() > 0
    assert (shared.slopes[-9:] == 0).all()
    again = read_curves(json.loads(json.dumps(replace(shared, between=np.zeros(MEASURES)).to_dict())))
    np.testing.assert_array_equal(again.slopes, shared.slopes)
