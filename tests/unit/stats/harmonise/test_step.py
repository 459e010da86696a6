"""Harmonisation inside nested folds learns from training rows only."""

from __future__ import annotations

import json

import numpy as np
import pytest

from opentrs.stats.harmonise import STEP_KINDS, ComBat, SiteComBat
from opentrs.stats.nested.design import Design, design
from opentrs.stats.nested.develop import develop
from opentrs.stats.nested.learners import ElasticNetLogistic
from opentrs.stats.nested.model import read_model
from opentrs.stats.nested.plain import from_dict
from opentrs.stats.refusal import CannotFitError

N, REGIONS = 120, 8


@pytest.fixture(scope="module")
def data() -> Design:
    rng = np.random.default_rng(6)
    site, age = rng.choice([*"abc"], N).astype(object), rng.uniform(18, 60, N)
    site[0] = "alone"
    outcome = (rng.random(N) < 0.4).astype(float)
    shift = {name: rng.normal(0, 2, REGIONS) for name in ("a", "b", "c", "alone")}
    brain = rng.standard_normal((N, REGIONS)) + np.array([shift[s] for s in site])
    brain[:, 0] += 0.9 * outcome
    return design(
        np.column_stack([age, brain]), outcome, np.arange(N),
        names=["age", *(f"r{j}" for j in range(REGIONS))], sites=site, blocks=["", *["brain"] * REGIONS],
    )  # fmt: skip


def test_held_out_rows_are_harmonised_by_the_training_rows(data):
    training = data.take(np.arange(N) < 80)
    ((fitted, after),) = SiteComBat(blocks=("brain",), kept=("age",)).fit(training, 1)
    more_than_one = training.sites != "alone"
    model = ComBat().fit(
        training.features[more_than_one, 1:], training.sites[more_than_one],
        {"age": training.features[more_than_one, 0]},
    )  # fmt: skip
    held = data.take(np.arange(N) >= 80)
    out = fitted.apply(held.features, held.sites)
    expected = model.transform(held.features[:, 1:], held.sites, {"age": held.features[:, 0]})
    np.testing.assert_allclose(out[:, 1:], expected, atol=1e-12)
    np.testing.assert_array_equal(out[:, 0], held.features[:, 0])
    np.testing.assert_allclose(after.features[0], training.features[0], atol=1e-12)
    np.testing.assert_array_equal(fitted.apply(held.features, None), held.features)
    again = from_dict(json.loads(json.dumps(fitted.to_dict())), {kind.kind: kind for kind in STEP_KINDS})
    np.testing.assert_array_equal(again.apply(held.features, held.sites), out)
    with pytest.raises(CannotFitError):
        SiteComBat(blocks=("genes",)).fit(training, 1)


def test_a_model_developed_with_it_finds_more_and_comes_back_from_json(data):
    learners = {"ridge": ElasticNetLogistic()}
    found = develop(data, learners, (SiteComBat(blocks=("brain",), kept=("age",)),), seed=2)["ridge"]
    document = json.loads(json.dumps(found.model.to_dict()))
    again = read_model(document, own=STEP_KINDS)
    np.testing.assert_array_equal(
        again.risk(data.features, data.sites), found.model.risk(data.features, data.sites)
    )
