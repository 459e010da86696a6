"""Repeated scans: what persons keep from scan to scan is not taken for the site's doing."""

from __future__ import annotations

import json

import numpy as np
import pytest
import statsmodels.api as sm

from opentrs.stats.harmonise import ComBat, read_combat
from opentrs.stats.refusal import CannotFitError

PERSONS, VISITS = 40, 3
PERSON = np.repeat(np.arange(PERSONS), VISITS)


def scans(features: int = 6) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Values, site, covariates and the persons' own levels; most persons stay at their site, some move."""
    rng = np.random.default_rng(3)
    home = np.arange(PERSONS) % 3
    number = np.where(rng.random(PERSON.size) < 0.15, rng.integers(0, 3, PERSON.size), home[PERSON])
    age = np.repeat(rng.uniform(20, 50, PERSONS), VISITS) + np.tile(np.arange(VISITS), PERSONS)
    own = rng.normal(0, 2, (PERSONS, features))[PERSON]
    noise = rng.standard_normal((PERSON.size, features)) * np.array([0.7, 1.0, 1.4])[number][:, None]
    shift = rng.normal(0, 1, (3, features))[number]
    return 10 - 0.05 * age[:, None] + own + shift + noise, np.array([*"abc"])[number], {"age": age}, own


def test_slopes_and_variances_are_those_of_a_mixed_model():
    values, site, covariates, _ = scans()
    model = ComBat().fit(values, site, covariates, people=PERSON)
    design = np.column_stack([*(site == s for s in "abc"), covariates["age"]]).astype(float)
    for feature in (0, 3):
        peer = sm.MixedLM(values[:, feature], design, PERSON).fit(reml=True)
        assert model.slopes[0, feature] == pytest.approx(peer.fe_params[3], abs=1e-4)
        assert model.sd[feature] == pytest.approx(np.sqrt(peer.scale), rel=1e-3)
        between = float(np.asarray(peer.cov_re).item())
        assert model.ratio[feature] == pytest.approx(between / peer.scale, rel=2e-3)
        shift = peer.fe_params[:3] - peer.fe_params[:3] @ model.n[:, feature] / PERSON.size
        np.testing.assert_allclose(model.shift[:, feature] * model.sd[feature], shift, atol=1e-3)


def test_persons_keep_their_level_and_sites_come_to_one_spread():
    values, site, covariates, own = scans(30)
    out = (
        ComBat()
        .fit(values, site, covariates, people=PERSON)
        .transform(values, site, covariates, people=PERSON)
    )
    rest = out - own + 0.05 * covariates["age"][:, None]
    means = np.array([rest[site == s].mean(axis=0) for s in "abc"])
    before = values - own + 0.05 * covariates["age"][:, None]
    first = np.array([before[site == s].mean(axis=0) for s in "abc"])
    assert np.ptp(means, axis=0).mean() < 0.4 * np.ptp(first, axis=0).mean()
    spreads = np.array([rest[site == s].std(axis=0).mean() for s in "abc"])
    assert spreads.max() / spreads.min() < 1.3
    alike = [np.mean([np.corrcoef(y[:, j], own[:, j])[0, 1] for j in range(30)]) for y in (values, out)]
    assert alike[1] > alike[0] > 0.7


def test_what_was_learnt_is_written_read_and_needs_persons():
    values, site, covariates, _ = scans()
    values[5, 2] = np.nan
    model = ComBat().fit(values, site, covariates, people=PERSON)
    out = model.transform(values, site, covariates, people=PERSON)
    assert (np.isnan(out) == np.isnan(values)).all()
    again = read_combat(json.loads(json.dumps(model.to_dict())))
    np.testing.assert_array_equal(again.transform(values, site, covariates, people=PERSON), out)
    new = model.transform(
        values, np.where(site == "c", "new", site), covariates, people=PERSON, unseen="estimate"
    )
    assert np.nanmax(np.abs(new - out)) < 1.5
    for code, call in (
        ("people_needed", lambda: model.transform(values, site, covariates)),
        ("one_scan_each", lambda: ComBat().fit(values, site, covariates, people=np.arange(PERSON.size))),
        ("smooth_repeated", lambda: ComBat(smooth=("age",)).fit(values, site, covariates, people=PERSON)),
        ("blocks_length", lambda: ComBat().fit(values, site, covariates, people=PERSON[1:])),
    ):
        with pytest.raises(CannotFitError) as refused:
            call()
        assert refused.value.code == code
