"""Steps before the model: recipes that are fitted on training rows, and the fitted forms they leave.

A recipe is a frozen dataclass of plain settings. It cannot hold an estimator, an array or a function, so
nothing that has seen the held-out people can come in through it; :func:`require_recipe` refuses the rest.
A recipe of one's own (a harmonisation, say) subclasses :class:`Step` and leaves a :class:`FittedStep`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from opentrs.stats.nested.design import Floats, Labels, Rows
from opentrs.stats.nested.plain import Plain
from opentrs.stats.refusal import CannotFitError


class FittedStep(Plain, ABC):
    """What a step learnt; turns the features of anybody into those of the next step."""

    @abstractmethod
    def apply(self, features: Floats, sites: Labels | None) -> Floats:
        """Return (rows, features of the next step); ``sites`` may be None or sites never seen."""


Fitted = tuple[FittedStep, Rows]


class Recipe:
    """A frozen dataclass of plain settings that has seen nobody."""


class Step(Recipe, ABC):
    """A step that has not been fitted."""

    @abstractmethod
    def fit(self, training: Rows, seed: int) -> tuple[Fitted, ...]:
        """Fit on training rows; returns the fitted step and those rows as the next step sees them.

        More than one where a step draws (multiple imputation): the model is fitted to each and the linear
        predictors are averaged.
        """


def require_recipe(given: Any, kind: type[Recipe]) -> None:
    """Refuse what is not an unfitted recipe.

    Raises
    ------
    CannotFitError : an estimator, a fitted step, a class instead of its instance, or a recipe that holds
        anything but plain settings
    """
    if not isinstance(given, kind) or not is_dataclass(given):
        raise CannotFitError("not_a_recipe", given=_name(given), wanted=kind.__name__)
    if not given.__dataclass_params__.frozen:
        raise CannotFitError("recipe_not_frozen", given=_name(given))
    # A slot or an attribute beside the declared settings could carry what was fitted elsewhere.
    stray = set(getattr(given, "__dict__", {})) - {f.name for f in fields(given)}
    for value in [getattr(given, f.name) for f in fields(given)]:
        if stray or not _is_setting(value):
            raise CannotFitError("recipe_holds_more", given=_name(given))


def _name(given: Any) -> str:
    return given.__name__ if isinstance(given, type) else type(given).__name__


def _is_setting(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_setting, value))
    if isinstance(value, Recipe):
        require_recipe(value, Recipe)
        return True
    return value is None or type(value) in (bool, int, float, str) or isinstance(value, np.number)


def run_steps(
    training: Rows, steps: Sequence[Step], seed: int
) -> tuple[tuple[tuple[FittedStep, ...], Rows], ...]:
    """Fit the steps one after the other on training rows; one branch for each imputation."""
    branches: tuple[tuple[tuple[FittedStep, ...], Rows], ...] = (((), training),)
    for number, step in enumerate(steps):
        branches = tuple(
            ((*done, fitted), after)
            for place, (done, rows) in enumerate(branches)
            for fitted, after in step.fit(rows, _seed(seed, number, place))
        )
    return branches


def _seed(*parts: int) -> int:
    return int(np.random.SeedSequence(parts).generate_state(1)[0])


@dataclass(frozen=True, slots=True)
class MeanImputation(Step):
    """Fill a missing value by the mean of the training rows, and say so in a column of its own.

    Parameters
    ----------
    indicators : add, for each predictor with missing values among the training rows, a column that is 1 where
        it was missing
    """

    indicators: bool = True

    def fit(self, training: Rows, seed: int) -> tuple[Fitted, ...]:
        """Take the means of the training rows."""
        require_measured(training)
        missing = np.isnan(training.features)
        flagged = np.flatnonzero(missing.any(axis=0)) if self.indicators else np.array([], dtype=np.int64)
        fitted = FittedMeans(np.nanmean(training.features, axis=0), flagged.astype(np.float64))
        after = replace(
            training,
            features=fitted.apply(training.features, None),
            names=(*training.names, *(f"{training.names[j]}_missing" for j in flagged)),
            blocks=(*training.blocks, *(training.blocks[j] for j in flagged)),
        )
        return ((fitted, after),)


def require_measured(training: Rows) -> None:
    """Refuse training rows in which a predictor was never measured."""
    empty = np.isnan(training.features).all(axis=0)
    if empty.any():
        names = ", ".join(np.array(training.names, dtype=object)[empty])
        raise CannotFitError("never_measured_in_training", predictors=names)


@dataclass(frozen=True, slots=True, eq=False)
class FittedMeans(FittedStep):
    """Means of the training rows; ``flagged`` are the columns that get an indicator."""

    kind: ClassVar[str] = "means"
    means: Floats
    flagged: Floats

    def apply(self, features: Floats, sites: Labels | None) -> Floats:
        """Fill and flag."""
        missing = np.isnan(features)
        filled = np.where(missing, self.means, features)
        return np.column_stack([filled, missing[:, self.flagged.astype(int)]]).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Scaling(Step):
    """Bring each predictor to mean 0 and variance 1 in the training rows.

    Penalised models do so themselves; a step after this one may need it.
    """

    def fit(self, training: Rows, seed: int) -> tuple[Fitted, ...]:
        """Take means and standard deviations, with n, of what is not missing."""
        spread = np.nanstd(training.features, axis=0)
        fitted = FittedScaling(np.nanmean(training.features, axis=0), np.where(spread > 0, spread, 1.0))
        return ((fitted, replace(training, features=fitted.apply(training.features, None))),)


@dataclass(frozen=True, slots=True, eq=False)
class FittedScaling(FittedStep):
    """Means and standard deviations of the training rows."""

    kind: ClassVar[str] = "scaling"
    means: Floats
    sds: Floats

    def apply(self, features: Floats, sites: Labels | None) -> Floats:
        """Subtract and divide."""
        scaled: Floats = (features - self.means) / self.sds
        return scaled


@dataclass(frozen=True, slots=True)
class Selection(Step):
    """Keep the predictors that go together most with the outcome in the training rows.

    Ranked by absolute rank correlation with the outcome; with follow-up, with the martingale residual of the
    model without predictors.

    Parameters
    ----------
    n_features : how many stay
    """

    n_features: int

    def fit(self, training: Rows, seed: int) -> tuple[Fitted, ...]:
        """Rank the predictors in the training rows."""
        require_complete(training)
        if self.n_features < 1:
            raise CannotFitError("select_none")
        strength = np.abs(_correlation(rankdata(training.features, axis=0), _response(training)))
        kept = np.sort(np.argsort(-strength, kind="stable")[: self.n_features])
        fitted = FittedSelection(kept.astype(np.float64))
        after = replace(
            training,
            features=fitted.apply(training.features, None),
            names=tuple(training.names[j] for j in kept),
            blocks=tuple(training.blocks[j] for j in kept),
        )
        return ((fitted, after),)


def require_complete(training: Rows) -> None:
    """Refuse rows with missing values where a step cannot use them."""
    if np.isnan(training.features).any():
        raise CannotFitError("impute_first")


def _correlation(features: Floats, response: Floats) -> Floats:
    centred = features - features.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    pull: Floats = centred.T @ (response - response.mean()) / np.where(spread > 0, spread, 1.0)
    return pull


def _response(rows: Rows) -> Floats:
    if rows.time is None:
        return rows.outcome
    moments, tie = np.unique(rows.time, return_inverse=True)
    at_risk = np.bincount(tie, minlength=moments.size)[::-1].cumsum()[::-1]
    hazard: Floats = (np.bincount(tie, rows.outcome) / at_risk).cumsum()
    return rows.outcome - hazard[tie]


@dataclass(frozen=True, slots=True, eq=False)
class FittedSelection(FittedStep):
    """Columns that stay."""

    kind: ClassVar[str] = "selection"
    kept: Floats

    def apply(self, features: Floats, sites: Labels | None) -> Floats:
        """Keep them."""
        return features[:, self.kept.astype(int)]


def as_sites(sites: npt.ArrayLike | None) -> Labels | None:
    """Return sites as texts."""
    return None if sites is None else np.array([str(s) for s in np.asarray(sites)], dtype=object)
