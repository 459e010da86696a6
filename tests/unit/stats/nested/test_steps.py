"""Steps learn from training rows only, do to new rows what they learnt, and cannot be brought in fitted."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from opentrs.stats.nested import (
    Design,
    ElasticNetLogistic,
    MeanImputation,
    MultipleImputation,
    Residualising,
    Rows,
    Scaling,
    Selection,
    SiteCentring,
    Stacking,
    Step,
    TunedLearner,
    design,
    develop,
)
from opentrs.stats.nested.folds import KFold
from opentrs.stats.nested.steps import FittedScaling, require_recipe, run_steps
from opentrs.stats.refusal import CannotFitError
from tests.unit.stats.nested.people import people, survivors

CHEAP = {"net": ElasticNetLogistic(alphas=(1.0,), n_lambdas=5)}


def _complete(rows: Rows) -> Rows:
    return replace(rows, features=np.nan_to_num(rows.features))


def _training(data: Design | None = None) -> Rows:
    rows = people() if data is None else data
    return rows.take(np.arange(len(rows.outcome)) % 4 != 0)


def test_a_missing_value_gets_the_mean_of_the_training_rows_and_a_flag():
    training = _training()
    (fitted, after) = MeanImputation().fit(training, 1)[0]
    new = fitted.apply(np.full((1, 8), np.nan), None)[0]
    assert new[:8] == pytest.approx(np.nanmean(training.features, axis=0))
    assert (new[8:] == 1).all()
    assert after.names[8:] == tuple(f"item_{j}_missing" for j in range(8))
    assert len(after.blocks) == len(after.names)
    assert (MeanImputation(indicators=False).fit(training, 1)[0][1].names) == training.names


def test_only_predictors_with_gaps_get_a_flag():
    training = _training()
    whole = training.features.copy()
    whole[:, :5] = np.nan_to_num(whole[:, :5])
    after = MeanImputation().fit(replace(training, features=whole), 1)[0][1]
    assert after.names[8:] == ("item_5_missing", "item_6_missing", "item_7_missing")


@pytest.mark.parametrize("step", [MeanImputation(), MultipleImputation()])
def test_a_predictor_that_no_training_row_has_is_refused(step):
    training = _training()
    empty = training.features.copy()
    empty[:, 3] = np.nan
    with pytest.raises(CannotFitError, match="item_3"):
        step.fit(replace(training, features=empty), 1)


def test_multiple_imputation_draws_several_sets_that_keep_what_was_measured():
    training = _training()
    branches = MultipleImputation(draws=3, rounds=2).fit(training, 7)
    assert len(branches) == 3
    there = ~np.isnan(training.features)
    for _, after in branches:
        assert (after.features[there] == training.features[there]).all()
    first, second = branches[0][1].features, branches[1][1].features
    assert (first[~there] != second[~there]).all()
    again = MultipleImputation(draws=3, rounds=2).fit(training, 7)[0][1].features
    assert (again == first).all()


def test_draws_keep_the_spread_that_means_lose():
    rng = np.random.default_rng(3)
    x = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 400)
    x[:150, 1] = np.nan
    rows = people(n=400, p=2, features=x, sites=None)
    drawn = np.mean([a.features[:, 1].std() for _, a in MultipleImputation(5, 3).fit(rows, 1)])
    assert drawn == pytest.approx(1.0, abs=0.1)
    assert MeanImputation().fit(rows, 1)[0][1].features[:, 1].std() < 0.85


def test_somebody_new_is_filled_by_the_mean_given_what_was_measured():
    rng = np.random.default_rng(4)
    x = rng.multivariate_normal([1, 2], [[1, 0.6], [0.6, 1]], 2000)
    rows = people(n=2000, p=2, features=x, sites=None)
    ((fitted, _),) = MultipleImputation().fit(rows, 1)
    filled = fitted.apply(np.array([[3.0, np.nan], [np.nan, 2.0], [np.nan, np.nan], [0.0, 5.0]]), None)
    slope, intercept = np.polyfit(x[:, 0], x[:, 1], 1)
    assert filled[0] == pytest.approx([3.0, intercept + 3 * slope], abs=1e-4)
    assert filled[1, 0] == pytest.approx(1.0, abs=0.1)
    assert filled[2] == pytest.approx(x.mean(axis=0))
    assert filled[3].tolist() == [0.0, 5.0]


def test_scaling_uses_means_and_spread_of_the_training_rows():
    training = _complete(_training())
    ((fitted, after),) = Scaling().fit(training, 1)
    assert after.features.mean(axis=0) == pytest.approx(np.zeros(8), abs=1e-12)
    assert after.features.std(axis=0) == pytest.approx(np.ones(8))
    assert fitted.apply(training.features[:1] + training.features.std(axis=0), None) == pytest.approx(
        after.features[:1] + 1
    )


def test_selection_keeps_what_goes_with_the_outcome_in_the_training_rows():
    ((fitted, after),) = Selection(2).fit(_complete(_training()), 1)
    assert after.names == ("item_0", "item_1")
    assert fitted.apply(np.arange(8.0)[None], None).tolist() == [[0.0, 1.0]]


def test_selection_with_follow_up_keeps_what_goes_with_the_hazard():
    assert Selection(1).fit(survivors(), 1)[0][1].names == ("item_0",)


@pytest.mark.parametrize("step", [Selection(2), SiteCentring(), Residualising(("item_0",))])
def test_a_step_that_needs_whole_rows_says_so(step):
    with pytest.raises(CannotFitError) as refused:
        step.fit(_training(), 1)
    assert refused.value.code == "impute_first"


def test_centring_brings_known_sites_together_and_leaves_unknown_ones():
    training = _complete(_training())
    moved = training.features + np.where(training.sites == "north", 5.0, 0.0)[:, None]
    ((fitted, after),) = SiteCentring().fit(replace(training, features=moved), 1)
    means = [after.features[after.sites == site].mean(axis=0) for site in ("north", "east", "south")]
    assert means[0] == pytest.approx(means[1])
    assert means[0] == pytest.approx(means[2])
    new = np.ones((1, 8))
    assert (fitted.apply(new, np.array(["elsewhere"], dtype=object)) == new).all()
    assert (fitted.apply(new, None) == new).all()
    assert (fitted.apply(new, np.array(["north"], dtype=object)) < -1).all()


def test_centring_touches_only_the_modality_it_was_told():
    blocks = ["brain"] * 4 + ["clinic"] * 4
    training = _complete(_training(people(blocks=blocks)))
    after = SiteCentring(blocks=("brain",)).fit(training, 1)[0][1]
    assert (after.features[:, :4] != training.features[:, :4]).any()
    assert (after.features[:, 4:] == training.features[:, 4:]).all()
    with pytest.raises(CannotFitError) as refused:
        SiteCentring(blocks=("genes",)).fit(training, 1)
    assert refused.value.code == "no_such_block"


def test_residuals_have_nothing_left_of_the_covariate():
    training = _complete(_training())
    mixed = training.features + 2 * training.features[:, [2]]
    ((fitted, after),) = Residualising(("item_2",)).fit(replace(training, features=mixed), 1)
    others = [0, 1, 3, 4, 5, 6, 7]
    correlations = np.corrcoef(after.features, rowvar=False)[2, others]
    assert correlations == pytest.approx(np.zeros(7), abs=1e-10)
    assert (after.features[:, 2] == mixed[:, 2]).all()
    assert fitted.apply(mixed, None) == pytest.approx(after.features)
    with pytest.raises(CannotFitError, match="weight"):
        Residualising(("weight",)).fit(training, 1)


def test_steps_follow_each_other_in_every_branch():
    branches = run_steps(_training(), (MultipleImputation(2, 2), Scaling(), Selection(3)), 1)
    assert len(branches) == 2
    assert all(len(done) == 3 and rows.features.shape[1] == 3 for done, rows in branches)


@dataclass(frozen=True)
class Spy(Step):
    """Writes down how many rows it saw."""

    label: str = "spy"

    def fit(self, training: Rows, seed: int) -> Any:
        SEEN.append(training)
        return Scaling().fit(training, seed)


SEEN: list[Rows] = []


def test_a_step_never_sees_the_rows_that_are_held_out():
    """Every row carries its number; what a step saw of a fold and what was held out never overlap."""
    SEEN.clear()
    rng = np.random.default_rng(6)
    data = people(n=100, p=2, features=np.column_stack([np.arange(100.0), rng.normal(size=100)]), sites=None)
    develop(data, CHEAP, (Spy(),), KFold(5), inner=3, refit=False)
    sizes = [len(rows.outcome) for rows in SEEN]
    assert len(sizes) == 5 * (1 + 3)
    for split, start in zip(KFold(5).splits(data, 1), range(0, 20, 4), strict=True):
        held_out = set(np.flatnonzero(split.test))
        outer, *inner = (set(rows.features[:, 0].astype(int)) for rows in SEEN[start : start + 4])
        assert outer == set(range(100)) - held_out
        assert all(part < outer for part in inner)
        assert set.intersection(*inner) == set()
    assert not any(isinstance(rows, Design) for rows in SEEN)


@dataclass(frozen=True)
class Holder(Step):
    """A recipe of somebody's own with one setting."""

    setting: Any = None

    def fit(self, training: Rows, seed: int) -> Any:
        return Scaling().fit(training, seed)


@dataclass
class Soft(Step):
    """Can be changed after it was made."""

    def fit(self, training: Rows, seed: int) -> Any:
        return Scaling().fit(training, seed)


class Bare(Step):
    """Declares no settings at all."""

    def fit(self, training: Rows, seed: int) -> Any:
        return Scaling().fit(training, seed)


def _fitted_scaler() -> Any:
    return StandardScaler().fit(np.random.default_rng(1).normal(size=(20, 8)))


def _with_something_hidden() -> Holder:
    step = Holder()
    object.__setattr__(step, "scaler_", _fitted_scaler())
    return step


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (_fitted_scaler(), "not_a_recipe"),
        (StandardScaler(), "not_a_recipe"),
        (SelectKBest(k=2), "not_a_recipe"),
        (LogisticRegression(), "not_a_recipe"),
        (FittedScaling(np.zeros(8), np.ones(8)), "not_a_recipe"),
        (Scaling, "not_a_recipe"),
        (lambda x: x, "not_a_recipe"),
        (np.array([0, 1]), "not_a_recipe"),
        (ElasticNetLogistic(), "not_a_recipe"),
        (Bare(), "not_a_recipe"),
        (Soft(), "recipe_not_frozen"),
        (Holder(_fitted_scaler()), "recipe_holds_more"),
        (Holder(np.array([0, 1])), "recipe_holds_more"),
        (Holder((1, (2, np.zeros(2)))), "recipe_holds_more"),
        (Holder(lambda x: x), "recipe_holds_more"),
        (Holder(Scaling), "recipe_holds_more"),
        (Holder({"a": 1}), "recipe_holds_more"),
        (Holder(Holder(np.zeros(2))), "recipe_holds_more"),
        (_with_something_hidden(), "recipe_holds_more"),
    ],
)
def test_what_may_have_seen_the_held_out_people_cannot_be_a_step(step, code):
    with pytest.raises(CannotFitError) as refused:
        develop(people(), CHEAP, (MeanImputation(), step))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "learner", [LogisticRegression(), ElasticNetLogistic, Scaling(), "elastic net", Stacking((Scaling(),))]
)
def test_what_may_have_seen_the_held_out_people_cannot_be_a_learner(learner):
    with pytest.raises(CannotFitError):
        develop(people(), {"mine": learner})


@pytest.mark.parametrize("setting", [None, True, 2, 0.5, np.float64(2), "age", (1, ("a", 2.0)), Scaling()])
def test_plain_settings_are_let_through(setting):
    require_recipe(Holder(setting), Step)


def test_a_matrix_is_not_a_design():
    with pytest.raises(CannotFitError) as refused:
        develop(np.zeros((40, 2)), CHEAP)
    assert refused.value.code == "not_a_design"


def test_selecting_outside_the_folds_cannot_be_expressed():
    """No function takes folds, a choice of columns, or a function to call on all rows."""
    taken = set(inspect.signature(develop).parameters)
    assert taken == {"data", "learners", "steps", "outer", "inner", "seed", "n_jobs", "refit"}
    assert set(inspect.signature(design).parameters) == {
        "features", "outcome", "persons", "names", "families", "sites", "time", "horizon", "blocks",
    }  # fmt: skip
    assert set(inspect.signature(Step.fit).parameters) == {"self", "training", "seed"}
    assert set(inspect.signature(TunedLearner.fit).parameters) == {"self", "training", "settings", "seed"}
    with pytest.raises(TypeError):
        Selection(columns=("item_0",))  # type: ignore[call-arg]
    with pytest.raises(CannotFitError):
        require_recipe(Selection(np.array([0, 1])), Step)  # type: ignore[arg-type]
