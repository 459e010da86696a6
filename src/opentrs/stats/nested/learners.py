"""Learners as data: what may be fitted and over which settings it is tuned."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from opentrs.stats.nested.design import Floats, Rows
from opentrs.stats.nested.plain import Plain
from opentrs.stats.nested.steps import Recipe
from opentrs.stats.penalised import Path, cox_path, logistic_path

Setting = Mapping[str, float]

# How far below the largest penalty the grid goes. Many predictors need a strong penalty and small ones only
# cost time; ridge starts a thousand times higher than the same data's lasso.
RATIO_WIDE = 1e-2
RATIO = 1e-3
RIDGE_RATIO = 1e-6


class FittedLearner(Plain, ABC):
    """A fitted model; its linear predictor is a log-odds, or a log-hazard ratio with follow-up."""

    @abstractmethod
    def linear_predictor(self, features: Floats) -> Floats:
        """Return (rows,)."""


class Learner(Recipe):
    """A model that has not been fitted."""

    survival: ClassVar[bool] = False


class TunedLearner(Learner, ABC):
    """One model with the settings it is tuned over."""

    @abstractmethod
    def settings(self, training: Rows) -> tuple[Setting, ...]:
        """Return the settings to try, the most cautious first: of equally good ones the first is taken."""

    @abstractmethod
    def fit(self, training: Rows, settings: Sequence[Setting], seed: int) -> list[FittedLearner]:
        """Return a fitted model for each setting."""

    def fit_best(self, training: Rows, settings: Sequence[Setting], best: int, seed: int) -> FittedLearner:
        """Return the model of one setting."""
        return self.fit(training, [settings[best]], seed)[0]


@dataclass(frozen=True, slots=True, eq=False)
class FittedLinear(FittedLearner):
    """An intercept (0 with follow-up) and a coefficient for each feature of the last step.

    With follow-up, ``times`` and ``hazards`` are the cumulative baseline hazard by Breslow.
    """

    kind: ClassVar[str] = "linear"
    intercept: float
    coefficients: Floats
    times: Floats
    hazards: Floats

    def linear_predictor(self, features: Floats) -> Floats:
        """Return intercept plus the weighted features."""
        lp: Floats = features @ self.coefficients + self.intercept
        return lp

    def baseline(self, horizon: float) -> float:
        """Return the cumulative baseline hazard up to and with ``horizon``."""
        place = int(np.searchsorted(self.times, horizon, side="right"))
        return float(self.hazards[place - 1]) if place else 0.0


@dataclass(frozen=True, slots=True)
class _ElasticNet(TunedLearner, ABC):
    """An elastic net tuned over its mixing and the strength of its penalty.

    Parameters
    ----------
    alphas : mixings to try, 1 lasso to 0 ridge
    n_lambdas : penalties to try at each mixing, even on the log scale, from the one that leaves nothing down
    lambdas : penalties to try instead
    """

    alphas: tuple[float, ...] = (0.5, 1.0)
    n_lambdas: int = 50
    lambdas: tuple[float, ...] = ()

    @abstractmethod
    def path(self, training: Rows, alpha: float, lambdas: Floats | None) -> Path:
        """Return the path of one mixing, or only its first penalty."""

    def settings(self, training: Rows) -> tuple[Setting, ...]:
        """Return every mixing with every penalty, strong to weak."""
        n, p = training.features.shape
        found: list[Setting] = []
        for alpha in self.alphas:
            if self.lambdas:
                values = np.sort(np.array(self.lambdas))[::-1]
            else:
                ratio = RIDGE_RATIO if alpha == 0 else RATIO_WIDE if 2 * p > n else RATIO
                largest = self.path(training, alpha, None).lambdas[0]
                values = largest * ratio ** (np.arange(self.n_lambdas) / max(self.n_lambdas - 1, 1))
            found += [{"alpha": alpha, "lambda": float(value)} for value in values]
        return tuple(found)

    def fit(self, training: Rows, settings: Sequence[Setting], seed: int) -> list[FittedLearner]:
        """Fit one path for each mixing."""
        nothing = np.array([])
        fitted: list[FittedLearner] = []
        for alpha in dict.fromkeys(setting["alpha"] for setting in settings):
            lambdas = np.array([s["lambda"] for s in settings if s["alpha"] == alpha])
            path = self.path(training, alpha, lambdas)
            fitted += [
                FittedLinear(float(a), b, nothing, nothing)
                for a, b in zip(path.intercepts, path.coefficients, strict=True)
            ]
        return fitted

    def fit_best(self, training: Rows, settings: Sequence[Setting], best: int, seed: int) -> FittedLearner:
        """Come down the path to the chosen penalty."""
        chosen = settings[best]
        above = [s for s in settings[: best + 1] if s["alpha"] == chosen["alpha"]]
        return self.fit(training, above, seed)[-1]


@dataclass(frozen=True, slots=True)
class ElasticNetLogistic(_ElasticNet):
    """Elastic-net logistic regression (see :func:`opentrs.stats.penalised.logistic_path`)."""

    def path(self, training: Rows, alpha: float, lambdas: Floats | None) -> Path:
        """Return the path of one mixing."""
        return logistic_path(training.features, training.outcome, alpha, n_lambdas=1, lambdas=lambdas)


@dataclass(frozen=True, slots=True)
class RidgeLogistic(ElasticNetLogistic):
    """Ridge logistic regression: every predictor stays, all are shrunk."""

    alphas: tuple[float, ...] = (0.0,)


@dataclass(frozen=True, slots=True)
class ElasticNetCox(_ElasticNet):
    """Elastic-net Cox regression (see :func:`opentrs.stats.penalised.cox_path`)."""

    survival: ClassVar[bool] = True

    def path(self, training: Rows, alpha: float, lambdas: Floats | None) -> Path:
        """Return the path of one mixing."""
        assert training.time is not None
        return cox_path(
            training.features, training.time, training.outcome, alpha, n_lambdas=1, lambdas=lambdas
        )

    def fit_best(self, training: Rows, settings: Sequence[Setting], best: int, seed: int) -> FittedLearner:
        """Come down the path, then add the baseline hazard."""
        fitted = _ElasticNet.fit_best(self, training, settings, best, seed)
        assert isinstance(fitted, FittedLinear)
        assert training.time is not None
        moments, tie = np.unique(training.time, return_inverse=True)
        hazard = np.bincount(tie, np.exp(fitted.linear_predictor(training.features)))
        at_risk = hazard[::-1].cumsum()[::-1]
        died = np.bincount(tie, training.outcome)
        return replace(fitted, times=moments[died > 0], hazards=(died / at_risk).cumsum()[died > 0])


@dataclass(frozen=True, slots=True)
class Stacking(Learner):
    """Several learners, weighed by a logistic regression on their held-out predictions.

    Each is tuned by itself; the weights are fitted to predictions for people it was not fitted to, so a
    learner that only remembers gets none. No weight is below 0 (Breiman 1996, doi:10.1007/BF00117832): a
    learner that says the same of everybody differs between folds only by what those held out have not.
    """

    learners: tuple[TunedLearner, ...]
