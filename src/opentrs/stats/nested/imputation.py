"""Multiple imputation inside the folds, and what fills the gaps of somebody new."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from opentrs.stats.nested.design import Floats, Labels, Rows
from opentrs.stats.nested.steps import Fitted, FittedStep, Step, require_measured

# A ridge on the covariance, as a share of each variance, keeps near-copies of a predictor invertible.
RIDGE = 1e-6


@dataclass(frozen=True, slots=True)
class MultipleImputation(Step):
    """Draw the missing values of the training rows several times by chained Bayesian regressions.

    The outcome takes no part, in training as in use: nobody knows it when the model is applied. Somebody new
    is filled by the mean given what was measured, under the normal distribution of each completed training
    set; for a linear model that is the average over endless draws.

    Parameters
    ----------
    draws : completed training sets; a model is fitted to each and the linear predictors are averaged
    rounds : rounds of the chained regressions
    n_nearest : predictors that help to fill each, the most correlated; None takes all
    """

    draws: int = 5
    rounds: int = 5
    n_nearest: int | None = None

    def fit(self, training: Rows, seed: int) -> tuple[Fitted, ...]:
        """Complete the training rows; one set is enough where nothing is missing."""
        require_measured(training)
        draws = self.draws if np.isnan(training.features).any() else 1
        completed = [self._completed(training.features, seed + draw) for draw in range(draws)]
        return tuple((_conditional(x), replace(training, features=x)) for x in completed)

    def _completed(self, features: Floats, seed: int) -> Floats:
        from sklearn.experimental import enable_iterative_imputer  # noqa: F401
        from sklearn.impute import IterativeImputer

        imputer = IterativeImputer(
            sample_posterior=True,
            max_iter=self.rounds,
            n_nearest_features=self.n_nearest,
            random_state=seed % 2**32,
        )
        return np.asarray(imputer.fit_transform(features), dtype=np.float64)


def _conditional(completed: Floats) -> FittedConditional:
    covariance = np.atleast_2d(np.cov(completed, rowvar=False, bias=True))
    # A predictor that is constant here has no variance; it is then filled by its mean.
    variance = np.where(np.diag(covariance) > 0, np.diag(covariance), 1.0)
    return FittedConditional(completed.mean(axis=0), covariance + np.diag(RIDGE * variance))


@dataclass(frozen=True, slots=True, eq=False)
class FittedConditional(FittedStep):
    """Mean and covariance of a completed training set."""

    kind: ClassVar[str] = "conditional_mean"
    means: Floats
    covariance: Floats

    def apply(self, features: Floats, sites: Labels | None) -> Floats:
        """Fill each pattern of missing values by its mean given the rest."""
        filled = features.copy()
        patterns, which = np.unique(np.isnan(features), axis=0, return_inverse=True)
        for number, gone in enumerate(patterns):
            rows = np.flatnonzero(which.ravel() == number)
            if gone.any() and rows.size:
                filled[np.ix_(rows, gone)] = self._filled(features[np.ix_(rows, ~gone)], gone)
        return filled

    def _filled(self, known: Floats, gone: npt.NDArray[np.bool_]) -> Floats:
        there = ~gone
        slopes = np.linalg.solve(self.covariance[np.ix_(there, there)], self.covariance[np.ix_(there, gone)])
        filled: Floats = self.means[gone] + (known - self.means[there]) @ slopes
        return filled
