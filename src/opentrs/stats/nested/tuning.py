"""Fitting one training set: steps, settings chosen by deviance in inner folds, the chosen model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from opentrs.stats.nested.design import Floats, Rows
from opentrs.stats.nested.folds import grouped_folds
from opentrs.stats.nested.learners import FittedLearner, Learner, Setting, Stacking, TunedLearner
from opentrs.stats.nested.model import Branch, Model, PipelineModel, StackedModel
from opentrs.stats.nested.steps import FittedStep, Step, run_steps
from opentrs.stats.penalised.path import partial_likelihood_loss

# The weights of a stack are few; this ridge only settles learners that say the same.
STACK_PENALTY = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """A model fitted to one training set.

    Parameters
    ----------
    model : fitted to all training rows by the chosen setting
    setting : the chosen setting; for a stack the weight of each learner
    deviance : (settings,) mean over the inner held-out rows
    held_out : (training rows,) linear predictor of each row by a model that was not fitted to it
    """

    model: Model
    setting: Setting
    deviance: Floats
    held_out: Floats


def tuned(training: Rows, steps: Sequence[Step], learner: Learner, inner: int, seed: int) -> Tuned:
    """Fit a learner to training rows; nothing but these rows is looked at.

    Parameters
    ----------
    inner : folds in which the settings are compared; people and families stay together
    seed : of the folds and of whatever draws
    """
    if isinstance(learner, Stacking):
        return _stacked(training, steps, learner, inner, seed)
    assert isinstance(learner, TunedLearner)
    branches = run_steps(training, steps, seed)
    settings = learner.settings(branches[0][1])
    fold = grouped_folds(training.outcome, training.groups, inner, np.random.default_rng([seed, 1]))
    deviance = np.zeros(len(settings))
    held_out = np.zeros((len(settings), len(training.outcome)))
    for k in range(inner):
        train, test = training.take(fold != k), training.take(fold == k)
        lp_train, lp_test = _predictors(train, test, steps, learner, settings, seed)
        held_out[:, fold == k] = lp_test
        deviance += _deviance(train, test, lp_train, lp_test)
    best = int(np.argmin(deviance))
    parts = tuple(
        Branch(done, learner.fit_best(rows, settings, best, seed + place))
        for place, (done, rows) in enumerate(branches)
    )
    model = PipelineModel(training.names, parts, training.horizon)
    return Tuned(model, settings[best], deviance / len(training.outcome), held_out[best])


def _predictors(
    train: Rows,
    test: Rows,
    steps: Sequence[Step],
    learner: TunedLearner,
    settings: Sequence[Setting],
    seed: int,
) -> tuple[Floats, Floats]:
    """Return linear predictors of the training and the held-out rows, (settings, rows)."""
    on_train, on_test = [], []
    for place, (done, rows) in enumerate(run_steps(train, steps, seed)):
        held_out = _through(test, done)
        fitted = learner.fit(rows, settings, seed + place)
        on_test.append(_values(fitted, held_out))
        # Only a partial likelihood needs those who stay in the risk sets.
        on_train.append(_values(fitted, rows.features) if train.time is not None else np.zeros(0))
    return np.mean(on_train, axis=0), np.mean(on_test, axis=0)


def _through(rows: Rows, steps: Sequence[FittedStep]) -> Floats:
    features = rows.features
    for step in steps:
        features = step.apply(features, rows.sites)
    return features


def _values(fitted: Sequence[FittedLearner], features: Floats) -> Floats:
    return np.array([one.linear_predictor(features) for one in fitted])


def _deviance(train: Rows, test: Rows, on_train: Floats, on_test: Floats) -> Floats:
    """Return -2 log-likelihood of the held-out rows by setting.

    With follow-up, what they add to the partial likelihood of all (Verweij and van Houwelingen 1993,
    doi:10.1002/sim.4780122407), which few held-out events do not make unstable.
    """
    if train.time is None or test.time is None:
        signed = np.where(test.outcome == 1, -on_test, on_test)
        return np.asarray(2 * np.logaddexp(0, signed).sum(axis=1))
    time, event = np.r_[train.time, test.time], np.r_[train.outcome, test.outcome]
    return np.array(
        [
            2 * partial_likelihood_loss(np.r_[a, b], time, event, np.ones(time.size))
            - 2 * partial_likelihood_loss(a, train.time, train.outcome, np.ones(train.time.size))
            for a, b in zip(on_train, on_test, strict=True)
        ]
    )


def _weights(held_out: Floats, outcome: Floats) -> tuple[float, Floats]:
    """Return intercept and weights, none below 0, of a logistic regression on held-out log-odds."""
    from scipy.optimize import minimize

    x = np.column_stack([np.ones(len(outcome)), held_out])
    ridge = np.r_[0.0, np.full(held_out.shape[1], STACK_PENALTY)]

    def loss(b: Floats) -> tuple[float, Floats]:
        lp = x @ b
        value = (np.logaddexp(0, lp) - outcome * lp).mean() + 0.5 * ridge @ b**2
        return float(value), x.T @ (expit(lp) - outcome) / len(outcome) + ridge * b

    bounds = [(None, None)] + [(0.0, None)] * held_out.shape[1]
    start = np.r_[0.0, np.full(held_out.shape[1], 1 / held_out.shape[1])]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13})
    return float(found.x[0]), np.asarray(found.x[1:])


def _stacked(training: Rows, steps: Sequence[Step], learner: Stacking, inner: int, seed: int) -> Tuned:
    parts = [tuned(training, steps, one, inner, seed) for one in learner.learners]
    held_out = np.column_stack([part.held_out for part in parts])
    intercept, weights = _weights(held_out, training.outcome)
    models = tuple(part.model for part in parts if isinstance(part.model, PipelineModel))
    model = StackedModel(training.names, models, intercept, weights)
    names = [f"{number}_{type(one).__name__}" for number, one in enumerate(learner.learners)]
    signed = np.where(training.outcome == 1, -1, 1) * (held_out @ weights + intercept)
    setting = dict(zip(names, map(float, weights), strict=True))
    return Tuned(model, setting, np.array([2 * np.logaddexp(0, signed).mean()]), held_out @ weights)
