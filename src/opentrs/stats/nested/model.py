"""A developed model: fitted steps and fitted learner together, on raw predictors; plain data, JSON."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from opentrs.stats.nested.adjusting import FittedResiduals, FittedSites
from opentrs.stats.nested.boosting import FittedTrees, Tree
from opentrs.stats.nested.design import Floats, Labels
from opentrs.stats.nested.imputation import FittedConditional
from opentrs.stats.nested.learners import FittedLearner, FittedLinear
from opentrs.stats.nested.plain import Plain, from_dict
from opentrs.stats.nested.steps import (
    FittedMeans,
    FittedScaling,
    FittedSelection,
    FittedStep,
    as_sites,
)
from opentrs.stats.refusal import CannotFitError


class Model(Plain, ABC):
    """Risk from raw predictors in the order of ``names``."""

    names: tuple[str, ...]

    @abstractmethod
    def linear_predictor(self, features: npt.ArrayLike, sites: npt.ArrayLike | None = None) -> Floats:
        """Return the log-odds, or with follow-up the log-hazard ratio, of each row."""

    @abstractmethod
    def risk(self, features: npt.ArrayLike, sites: npt.ArrayLike | None = None) -> Floats:
        """Return the probability of the outcome of each row, with follow-up that by the horizon."""

    def checked(self, features: npt.ArrayLike) -> Floats:
        """Return features as numbers, or refuse them.

        Raises
        ------
        CannotFitError : not as many columns as the model has predictors, or an infinite value
        """
        x = np.asarray(features, dtype=np.float64)
        if x.ndim != 2 or x.shape[1] != len(self.names):
            raise CannotFitError("other_predictors", needed=len(self.names))
        if np.isinf(x).any():
            raise CannotFitError("infinite")
        return x


@dataclass(frozen=True, slots=True, eq=False)
class Branch(Plain):
    """Fitted steps and the learner fitted after them; one for each imputation."""

    kind: ClassVar[str] = "branch"
    steps: tuple[FittedStep, ...]
    learner: FittedLearner

    def linear_predictor(self, features: Floats, sites: Labels | None) -> Floats:
        """Go through the steps, then the learner."""
        for step in self.steps:
            features = step.apply(features, sites)
        return self.learner.linear_predictor(features)


@dataclass(frozen=True, slots=True, eq=False)
class PipelineModel(Model):
    """The average over the branches on the scale of the linear predictor.

    Parameters
    ----------
    horizon : with follow-up, when the risk is asked for; None for an outcome without time
    """

    kind: ClassVar[str] = "pipeline"
    names: tuple[str, ...]
    branches: tuple[Branch, ...]
    horizon: float | None

    def linear_predictor(self, features: npt.ArrayLike, sites: npt.ArrayLike | None = None) -> Floats:
        """Return the average linear predictor of each row."""
        x, where = self.checked(features), as_sites(sites)
        average: Floats = np.mean([branch.linear_predictor(x, where) for branch in self.branches], axis=0)
        return average

    def risk(self, features: npt.ArrayLike, sites: npt.ArrayLike | None = None) -> Floats:
        """Return the probability of the outcome of each row, with follow-up that by the horizon."""
        lp = self.linear_predictor(features, sites)
        risk: Floats = expit(lp) if self.horizon is None else -np.expm1(-self._baseline() * np.exp(lp))
        return risk

    def _baseline(self) -> float:
        assert self.horizon is not None
        learners = [b.learner for b in self.branches if isinstance(b.learner, FittedLinear)]
        return float(np.mean([learner.baseline(self.horizon) for learner in learners]))

    def equation(self) -> tuple[float, Floats]:
        """Return intercept and coefficients per raw unit, for somebody with nothing missing at a new site.

        Raises
        ------
        CannotFitError : the model is not a linear one
        """
        if not all(isinstance(branch.learner, FittedLinear) for branch in self.branches):
            raise CannotFitError("not_linear")
        size = len(self.names)
        at = self.linear_predictor(np.vstack([np.zeros(size), np.eye(size)]))
        return float(at[0]), at[1:] - at[0]


@dataclass(frozen=True, slots=True, eq=False)
class StackedModel(Model):
    """Several models weighed on the scale of the log-odds."""

    kind: ClassVar[str] = "stack"
    names: tuple[str, ...]
    models: tuple[PipelineModel, ...]
    intercept: float
    weights: Floats

    def linear_predictor(self, features: npt.ArrayLike, sites: npt.ArrayLike | None = None) -> Floats:
        """Return the weighted log-odds of each row."""
        parts = np.column_stack([model.linear_predictor(features, sites) for model in self.models])
        lp: Floats = parts @ self.weights + self.intercept
        return lp

    def risk(self, features: npt.ArrayLike, sites: npt.ArrayLike | None = None) -> Floats:
        """Return the probability of the outcome of each row."""
        risk: Floats = expit(self.linear_predictor(features, sites))
        return risk


KINDS: dict[str, type[Plain]] = {
    part.kind: part
    for part in (
        FittedMeans,
        FittedConditional,
        FittedScaling,
        FittedSelection,
        FittedSites,
        FittedResiduals,
        FittedLinear,
        FittedTrees,
        Tree,
        Branch,
        PipelineModel,
        StackedModel,
    )
}


def read_model(document: dict[str, Any], own: tuple[type[Plain], ...] = ()) -> Model:
    """Return the model of a document that :meth:`Model.to_dict` made.

    Parameters
    ----------
    own : fitted forms of steps that are not in this package

    Raises
    ------
    CannotFitError : the document does not describe a model, or has an unknown kind or field
    """
    model = from_dict(document, KINDS | {part.kind: part for part in own})
    if not isinstance(model, Model):
        raise CannotFitError("model_document", kind=model.kind)
    return model
