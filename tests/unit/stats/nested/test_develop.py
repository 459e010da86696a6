"""Nested development finds a planted signal, tells what it did, and gives the same answer however it runs."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from opentrs.stats.nested import (
    ElasticNetCox,
    ElasticNetLogistic,
    GradientBoosting,
    KFold,
    LeaveSiteOut,
    MeanImputation,
    MultipleImputation,
    PipelineModel,
    Residualising,
    RidgeLogistic,
    Scaling,
    Selection,
    SiteCentring,
    StackedModel,
    Stacking,
    develop,
    read_model,
)
from opentrs.stats.nested.develop import _interval, within_fold_auc
from opentrs.stats.refusal import CannotFitError
from tests.unit.stats.nested.people import people, survivors

NET = ElasticNetLogistic(n_lambdas=12)
SMALL_TREES = GradientBoosting(n_trees=(5, 10), n_leaves=(3,))


def _same(one: Any, other: Any) -> bool:
    return (
        np.array_equal(one.linear_predictor, other.linear_predictor)
        and np.array_equal(one.risk, other.risk)
        and one.folds == other.folds
        and json.dumps(one.model.to_dict()) == json.dumps(other.model.to_dict())
    )


def test_a_planted_signal_is_found_and_noise_left_out():
    done = develop(people(n=1000), {"net": NET}, outer=KFold(5, 2))["net"]
    assert 0.75 < done.auc < 0.9
    assert done.auc_low < done.auc < done.auc_high
    intercept, coefficients = done.model.equation()
    assert coefficients[0] == pytest.approx(1.2, abs=0.4)
    assert coefficients[1] == pytest.approx(-0.84, abs=0.4)
    assert np.abs(coefficients[2:]).max() < 0.25
    assert intercept == pytest.approx(-0.8, abs=0.4)


def test_every_row_has_its_risk_from_folds_it_was_held_out_of():
    data = people()
    done = develop(data, {"net": NET}, outer=KFold(4, 2))["net"]
    assert done.risk.shape == done.linear_predictor.shape == (2, 240)
    assert ((done.risk > 0) & (done.risk < 1)).all()
    assert done.risk == pytest.approx(expit(done.linear_predictor))
    assert [(f.repeat, f.fold, f.n, f.n_training) for f in done.folds] == [
        (r, k, 60, 180) for r in range(2) for k in range(4)
    ]
    assert sum(f.events for f in done.folds) == 2 * data.outcome.sum()
    assert done.auc == pytest.approx(np.mean([f.auc for f in done.folds]))
    for fold, split in zip(done.folds, KFold(4, 2).splits(data, 1), strict=True):
        lp = done.linear_predictor[split.repeat, split.test]
        assert fold.auc == pytest.approx(roc_auc_score(data.outcome[split.test], lp))
        assert set(fold.setting) == {"alpha", "lambda"}


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_the_answer_does_not_depend_on_how_many_run_at_once(backend):
    import joblib

    learners = {"net": NET, "stack": Stacking((NET, SMALL_TREES))}
    arguments = {"steps": (MultipleImputation(2, 1), Scaling()), "outer": KFold(2), "inner": 2, "seed": 4}
    data = people(n=120, p=3)
    alone = develop(data, learners, **arguments)
    with joblib.parallel_config(backend=backend):
        together = develop(data, learners, n_jobs=2, **arguments)
    assert all(_same(alone[name], together[name]) for name in learners)


def test_another_seed_draws_other_folds():
    one, other = (develop(people(), {"net": NET}, seed=seed)["net"] for seed in (1, 2))
    assert not np.array_equal(one.risk, other.risk)


def test_a_refusal_in_another_process_comes_back_as_itself():
    with pytest.raises(CannotFitError) as refused:
        develop(people(), {"net": NET}, steps=(), n_jobs=2)
    assert refused.value.code == "missing_value"


def test_leaving_sites_out_shows_the_site_where_effects_differ():
    rng = np.random.default_rng(8)
    sites = np.repeat(["north", "east", "south", "west", "centre"], 120)
    sign = np.where(sites == "south", -1.0, 1.0)
    x = np.nan_to_num(people(n=600).features)
    outcome = (rng.random(600) < expit(1.3 * sign * x[:, 0] - 0.5)).astype(float)
    mixed = people(n=600, features=x, outcome=outcome, sites=sites)
    done = develop(mixed, {"net": NET}, outer=LeaveSiteOut())["net"]
    auc = {fold.site: fold.auc for fold in done.folds}
    assert auc["south"] < 0.4
    assert min(auc[site] for site in set(sites) - {"south"}) > 0.6
    assert done.auc == pytest.approx(np.mean(list(auc.values())))


def test_with_two_rows_a_person_nobody_is_in_two_folds():
    persons = np.repeat(np.arange(120), 2)
    data = people(persons=persons)
    done = develop(data, {"net": NET}, outer=KFold(5))["net"]
    for split in KFold(5).splits(data, 1):
        assert not set(persons[split.test]) & set(persons[split.train])
    assert not np.isnan(done.risk).any()


def test_a_model_is_the_same_after_a_trip_through_json():
    data = people(blocks=["brain"] * 4 + ["clinic"] * 4)
    steps = (
        MultipleImputation(2, 1, n_nearest=3),
        SiteCentring(blocks=("brain",)),
        Residualising(("item_7",)),
        Scaling(),
        Selection(5),
    )
    learners = {
        "net": NET,
        "stack": Stacking((RidgeLogistic(n_lambdas=8), SMALL_TREES)),
    }
    for done in develop(data, learners, steps, KFold(2), inner=2).values():
        document = json.dumps(done.model.to_dict(), allow_nan=False)
        again = read_model(json.loads(document))
        for sites in (data.sites, None):
            risks = done.model.risk(data.features, sites)
            assert (again.risk(data.features, sites) == risks).all()
        assert again.names == done.model.names
        assert json.dumps(again.to_dict()) == document


def test_a_document_with_an_unknown_field_or_kind_is_no_model():
    document = develop(people(), {"net": NET}, outer=KFold(2))["net"].model.to_dict()
    for wrong in (
        document | {"code": "1+1"},
        document | {"kind": "pickle"},
        {k: v for k, v in document.items() if k != "names"},
        document["branches"][0],
        {},
    ):
        with pytest.raises(CannotFitError) as refused:
            read_model(wrong)
        assert refused.value.code == "model_document"


def test_a_model_refuses_rows_of_another_shape():
    model = develop(people(), {"net": NET}, outer=KFold(2))["net"].model
    with pytest.raises(CannotFitError, match="8"):
        model.risk(np.zeros((2, 7)))
    with pytest.raises(CannotFitError):
        model.risk(np.full((2, 8), np.inf))


def test_the_equation_of_a_linear_model_gives_its_log_odds():
    data = people()
    model = develop(data, {"net": NET}, (MeanImputation(), Scaling()), KFold(2))["net"].model
    intercept, coefficients = model.equation()
    x = np.nan_to_num(data.features)
    assert model.linear_predictor(x) == pytest.approx(x @ coefficients + intercept)


def test_trees_have_no_equation_and_keep_the_missing():
    done = develop(people(), {"trees": SMALL_TREES}, steps=(), outer=KFold(3))["trees"]
    assert done.auc > 0.6
    assert isinstance(done.model, PipelineModel)
    with pytest.raises(CannotFitError) as refused:
        done.model.equation()
    assert refused.value.code == "not_linear"


def test_our_tables_of_trees_predict_what_scikit_learn_does():
    data = people(n=300)
    settings = SMALL_TREES.settings(data)
    ours = SMALL_TREES.fit(data, settings, 3)
    for setting, fitted in zip(settings, ours, strict=True):
        theirs = HistGradientBoostingClassifier(
            max_iter=setting["trees"],
            max_leaf_nodes=3,
            learning_rate=0.05,
            min_samples_leaf=20,
            early_stopping=False,
            random_state=3,
        ).fit(data.features, data.outcome.astype(int))
        new = people(seed=9, n=300).features
        assert fitted.linear_predictor(new) == pytest.approx(logit(theirs.predict_proba(new)[:, 1]), abs=1e-9)


def test_a_stack_gives_its_weight_to_the_learner_that_predicts():
    data = people(n=400)
    nothing = ElasticNetLogistic(alphas=(1.0,), lambdas=(10.0,))
    done = develop(data, {"stack": Stacking((nothing, NET))}, outer=KFold(3), inner=3)["stack"]
    assert isinstance(done.model, StackedModel)
    assert done.auc > 0.7
    assert done.setting["0_ElasticNetLogistic"] >= 0
    assert done.setting["1_ElasticNetLogistic"] == pytest.approx(1.0, abs=0.25)
    with pytest.raises(CannotFitError) as refused:
        develop(data, {"deep": Stacking((Stacking((NET,)),))})
    assert refused.value.code == "not_a_recipe"


def test_cox_ranks_by_hazard_and_gives_the_risk_at_the_horizon():
    data = survivors()
    done = develop(data, {"cox": ElasticNetCox(n_lambdas=12)}, (), KFold(4), inner=4)["cox"]
    assert 0.6 < done.auc < 0.8
    model = read_model(json.loads(json.dumps(done.model.to_dict())))
    lp, risk = model.linear_predictor(data.features), model.risk(data.features)
    assert (np.argsort(lp) == np.argsort(risk)).all()
    # Exponential times: the planted risk by 10 for the average person is 1 - exp(-1).
    assert model.risk(np.zeros((1, 6)))[0] == pytest.approx(1 - np.exp(-1), abs=0.12)


def test_the_learner_must_fit_the_kind_of_outcome():
    for data, learner in ((survivors(), NET), (people(), ElasticNetCox()), (survivors(), Stacking((NET,)))):
        with pytest.raises(CannotFitError) as refused:
            develop(data, {"mine": learner})
        assert refused.value.code == "other_outcome"
    for none in ({}, NET):
        with pytest.raises(CannotFitError) as refused:
            develop(people(), none)
        assert refused.value.code == "no_learner"


def test_separation_is_held_by_the_penalty():
    data = people()
    outcome = (np.nan_to_num(data.features[:, 0]) > 0).astype(float)
    done = develop(people(outcome=outcome), {"net": NET}, outer=KFold(3))["net"]
    assert done.auc > 0.95
    assert np.isfinite(done.model.equation()[1]).all()


def test_an_auc_needs_both_outcomes_and_counts_a_tie_as_half():
    rows = people().take(np.arange(4))
    rows.outcome[:] = [1, 1, 0, 0]
    assert within_fold_auc(rows, np.array([3.0, 1.0, 1.0, 0.0])) == pytest.approx(3.5 / 4)
    rows.outcome[:] = 0
    assert within_fold_auc(rows, np.zeros(4)) is None


def test_the_interval_of_folds_allows_for_the_training_rows_they_share():
    """With five folds the variance is added once more by a quarter; 2.0227 is t of 39 degrees of freedom."""
    known = [(0.6, 0.25), (0.8, 0.25)]
    assert _interval(known, sites=False) == (0.0, 1.0)
    many = known * 20
    sd2 = np.var([0.6, 0.8] * 20, ddof=1)
    half = 2.0227 * np.sqrt(sd2 * (1 / 40 + 0.25))
    assert _interval(many, sites=False) == pytest.approx((0.7 - half, 0.7 + half), abs=1e-5)
    half = 2.0227 * np.sqrt(sd2 / 40)
    assert _interval(many, sites=True) == pytest.approx((0.7 - half, 0.7 + half), abs=1e-5)
    assert _interval(known[:1], sites=False) == (None, None)
