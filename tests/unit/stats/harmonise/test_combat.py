"""Sites are harmonised: what is learnt, kept, refused and left missing."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from opentrs.stats.harmonise import ComBat, read_combat
from opentrs.stats.refusal import CannotFitError

SITE = np.repeat(["a", "b", "c"], [30, 25, 20])


def people(features: int = 12, seed: int = 1) -> tuple[np.ndarray, dict[str, Any]]:
    rng = np.random.default_rng(seed)
    covariates = {
        "age": rng.uniform(18, 60, SITE.size),
        "sex": rng.choice(["female", "male"], SITE.size),
        "patient": rng.integers(0, 2, SITE.size),
    }
    number = np.unique(SITE, return_inverse=True)[1]
    noise = rng.standard_normal((SITE.size, features)) * np.array([1.0, 1.5, 0.7])[number][:, None]
    shift = rng.normal(0, 1, (3, features))[number]
    effect = -0.02 * covariates["age"] - 0.5 * covariates["patient"]
    return 10 + effect[:, None] + shift + noise, covariates


def between_sites(values: np.ndarray) -> float:
    return float(np.var([values[s == SITE].mean(axis=0) for s in "abc"], axis=0).mean())


def test_sites_come_to_the_same_level_and_spread():
    values, covariates = people()
    plain = ComBat(empirical_bayes=False).fit(values, SITE, covariates)
    out = plain.transform(values, SITE, covariates)
    again = ComBat(empirical_bayes=False).fit(out, SITE, covariates)
    # Slopes change a little once spreads are equal, so the second look is not exactly nought.
    assert np.abs(again.shift).max() < 0.1 < np.abs(plain.shift).max()
    np.testing.assert_allclose(again.spread, 1, atol=0.25)
    before = values.copy()
    shrunk = ComBat().fit(values, SITE, covariates).transform(values, SITE, covariates)
    np.testing.assert_array_equal(values, before)
    assert between_sites(shrunk) < 0.1 * between_sites(values)


def test_values_at_the_reference_site_stay_as_they_are():
    values, covariates = people()
    out = ComBat(reference_site="b").fit(values, SITE, covariates).transform(values, SITE, covariates)
    np.testing.assert_allclose(out[SITE == "b"], values[SITE == "b"], atol=1e-12)
    assert not np.allclose(out[SITE == "a"], values[SITE == "a"])


@pytest.mark.parametrize("smooth", [(), ("age",)])
def test_a_missing_value_is_missing_at_that_feature_only(smooth):
    values, covariates = people()
    values[[3, 40, 70], 4] = np.nan
    values[::7, 9] = np.nan
    settings = ComBat(empirical_bayes=False, smooth=smooth)
    out = settings.fit(values, SITE, covariates).transform(values, SITE, covariates)
    assert (np.isnan(out) == np.isnan(values)).all()
    for feature in (0, 4, 9):
        rows = ~np.isnan(values[:, feature])
        some = {name: value[rows] for name, value in covariates.items()}
        # The knots of a curve are those of everybody, so the curve is compared where nobody is missing.
        if smooth and not rows.all():
            continue
        alone = settings.fit(values[rows, feature : feature + 1], SITE[rows], some)
        expected = alone.transform(values[rows, feature : feature + 1], SITE[rows], some)
        np.testing.assert_allclose(out[rows, feature], expected[:, 0], atol=1e-10)


def test_a_site_with_one_person_measured_is_not_guessed_at():
    values, covariates = people()
    values[np.flatnonzero(SITE == "c")[1:], 5] = np.nan
    model = ComBat().fit(values, SITE, covariates)
    out = model.transform(values, SITE, covariates)
    assert model.n[2, 5] == 1
    assert np.isnan(out[SITE == "c", 5]).all()
    assert np.isfinite(out[SITE != "c", 5]).all()
    assert np.isfinite(np.delete(out, 5, axis=1)).all()


def test_others_do_not_change_what_is_learnt_from_controls():
    values, covariates = people()
    is_control = covariates["patient"] == 0
    kept = {name: covariates[name] for name in ("age", "sex")}
    learnt = ComBat().fit(values, SITE, kept, learn_from=is_control)
    values[~is_control] += 50
    again = ComBat().fit(values, SITE, kept, learn_from=is_control)
    np.testing.assert_array_equal(learnt.shift_used, again.shift_used)
    rows = np.arange(SITE.size) % 2 == 0
    some = {name: value[rows] for name, value in kept.items()}
    np.testing.assert_allclose(
        learnt.transform(values[rows], SITE[rows], some),
        learnt.transform(values, SITE, kept)[rows],
        atol=1e-12,
    )


def test_a_site_never_seen_is_refused_left_or_estimated():
    values, covariates = people()
    model = ComBat().fit(values, SITE, covariates)
    renamed = np.where(SITE == "b", "new", SITE)
    with pytest.raises(CannotFitError, match="not learnt: new") as refused:
        model.transform(values, renamed, covariates)
    assert refused.value.code == "site_unseen"
    left = model.transform(values, renamed, covariates, unseen="unchanged")
    np.testing.assert_allclose(left[SITE == "b"], values[SITE == "b"], atol=1e-12)
    # Estimated from the same people it is the site that was learnt.
    found = model.transform(values, renamed, covariates, unseen="estimate")
    np.testing.assert_allclose(found, model.transform(values, SITE, covariates), atol=1e-9)
    some = (np.cumsum(SITE == "b") < 15) & (SITE == "b")
    part = model.transform(values, renamed, covariates, unseen="estimate", estimate_from=some)
    assert not np.allclose(part, found, atol=1e-3)
    with pytest.raises(CannotFitError) as few:
        model.transform(values, renamed, covariates, unseen="estimate", estimate_from=some & (SITE == "a"))
    assert few.value.code == "site_too_small"


def refused(values: np.ndarray, site: np.ndarray, covariates: dict[str, Any], **how: Any) -> CannotFitError:
    with pytest.raises(CannotFitError) as found:
        ComBat(**how).fit(values, site, covariates)
    assert found.value.sentence("zh") != found.value.sentence("en")
    return found.value


def test_what_cannot_be_told_is_refused_by_name():
    values, covariates = people()
    assert refused(values, np.full(75, "a"), covariates).code == "one_site_only"
    lonely = SITE.astype(object)
    lonely[0] = "lonely"
    assert "lonely" in str(refused(values, lonely, covariates))
    group = refused(values, SITE, covariates | {"group": (SITE == "a").astype(int)})
    assert (group.code, group.params["names"]) == ("site_confounded", "group")
    twice = refused(values, SITE, covariates | {"months": 12 * covariates["age"]})
    assert (twice.code, twice.params["names"]) == ("collinear", "age, months")
    gap = refused(values, SITE, covariates | {"age": np.where(SITE == "a", np.nan, 40.0)})
    assert (gap.code, gap.params["n"]) == ("covariate_missing", 30)
    assert refused(values, SITE, covariates, smooth=("sex",)).code == "covariate_not_number"
    assert refused(values, SITE, covariates, smooth=("patient",)).code == "smooth_too_coarse"
    assert refused(values, SITE, covariates, smooth=("iq",)).code == "covariates_differ"
    assert refused(values, SITE, covariates, reference_site="z").code == "site_unseen"
    assert refused(values, np.where(SITE == "a", None, SITE), covariates).code == "covariate_missing"
    assert refused(np.where(values > 14, np.inf, values), SITE, covariates).code == "infinite_in_map"
    assert refused(values[:, 0], SITE, covariates).code == "people_differ"


def test_another_coding_is_refused():
    values, covariates = people()
    model = ComBat().fit(values, SITE, covariates)
    for other in (
        {"sex": np.where(covariates["sex"] == "male", "M", "F")},
        {"sex": (covariates["sex"] == "male").astype(int)},
        {"patient": covariates["patient"] + 1},
    ):
        with pytest.raises(CannotFitError) as found:
            model.transform(values, SITE, covariates | other)
        assert found.value.code == "coding_differs"
        assert found.value.params["name"] in other
    with pytest.raises(CannotFitError, match="Missing: sex"):
        model.transform(values, SITE, {name: covariates[name] for name in ("age", "patient")})
    with pytest.raises(CannotFitError, match="12 were learnt"):
        model.transform(values[:, 1:], SITE, covariates)


def test_constant_features_are_refused_by_name_or_left_out():
    values, covariates = people()
    values[:, 3] = 0
    with pytest.raises(CannotFitError, match="medial"):
        ComBat().fit(values, SITE, covariates, names=["x", "y", "z", "medial", *"abcdefgh"])
    out = ComBat(untestable="leave_out").fit(values, SITE, covariates).transform(values, SITE, covariates)
    assert np.isnan(out[:, 3]).all()
    without = np.delete(values, 3, axis=1)
    expected = ComBat().fit(without, SITE, covariates).transform(without, SITE, covariates)
    np.testing.assert_allclose(np.delete(out, 3, axis=1), expected, atol=1e-12)


def test_one_feature_is_harmonised_without_the_others_help_and_says_so():
    values, covariates = people(1)
    model = ComBat().fit(values, SITE, covariates)
    assert model.notes == ("harmonise.combat_one_feature",)
    plain = ComBat(empirical_bayes=False).fit(values, SITE, covariates)
    assert plain.notes == ()
    np.testing.assert_array_equal(
        model.transform(values, SITE, covariates), plain.transform(values, SITE, covariates)
    )


def test_what_was_learnt_is_frozen_and_comes_back_from_json():
    values, covariates = people()
    model = ComBat(smooth=("age",)).fit(values, SITE, covariates)
    with pytest.raises(FrozenInstanceError):
        model.shrinks = False  # type: ignore[misc]
    again = read_combat(json.loads(json.dumps(model.to_dict())))
    np.testing.assert_array_equal(
        again.transform(values, SITE, covariates), model.transform(values, SITE, covariates)
    )


def test_a_curve_is_as_straight_as_the_data_are():
    values, covariates = people(40)
    bent = values + 0.05 * ((covariates["age"] - 39) ** 2 / 20)[:, None]
    straight, curved = (ComBat(smooth=("age",)).fit(y, SITE, covariates).penalty for y in (values, bent))
    assert np.median(curved) < 1e-3 * np.median(straight)
    line = ComBat().fit(values, SITE, covariates).transform(values, SITE, covariates)
    stiff = ComBat(smooth=("age",), penalty=1e12).fit(values, SITE, covariates)
    np.testing.assert_allclose(stiff.transform(values, SITE, covariates), line, atol=1e-5)


def test_single_precision_stays_single_and_blocks_do_not_matter(monkeypatch):
    values, covariates = people(50)
    whole = ComBat().fit(values, SITE, covariates).transform(values, SITE, covariates)
    monkeypatch.setattr("opentrs.stats.harmonise.moments.BLOCK_VALUES", 75 * 7)
    parts = ComBat().fit(values, SITE, covariates).transform(values, SITE, covariates)
    np.testing.assert_allclose(parts, whole, atol=1e-12)
    single = values.astype(np.float32)
    out = ComBat().fit(single, SITE, covariates).transform(single, SITE, covariates)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, whole, atol=1e-4)
