"""One person's risk: its interval, what is missing, and whether the model speaks of this person at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, ndtri

from opentrs.messages import Lang, text
from opentrs.predict.conditional_risk import fit_bias_reduced
from opentrs.predict.imputation import completed_with
from opentrs.predict.known import Predictor

Floats = npt.NDArray[np.float64]
# More than this share of a model's predictors missing, and the risk is that of an average person.
MOST_MISSING_SHARE = 0.5
LEVEL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class RiskInterval:
    """What is needed to put an interval around anybody's risk; see :mod:`.conditional_risk` for the estimand.

    Parameters
    ----------
    names : of the predictors
    draws : (fits, p + 1) coefficients of the resamples of every completed data set, intercept first
    betas : (completed data sets, p + 1) coefficients
    means, covariance : of the predictors, for what a person lacks
    lows, highs : (p,) range of each predictor among the people the model was made from
    """

    names: tuple[str, ...]
    betas: Floats
    draws: tuple[Floats, ...]
    means: Floats
    covariance: Floats
    lows: Floats
    highs: Floats

    def filled(self, features: Floats) -> tuple[Floats, list[Floats]]:
        """People with their gaps filled by the mean given the rest, and the covariance of each one's gaps."""
        whole, left = features.copy(), []
        for row in range(len(features)):
            gone = np.isnan(features[row])
            if gone.any():
                whole[row, gone] = self.means[gone] + self._slopes(gone).T @ (
                    features[row, ~gone] - self.means[~gone]
                )
            left.append(self._left(gone))
        return whole, left

    def _slopes(self, gone: npt.NDArray[np.bool_]) -> Floats:
        known = self.covariance[np.ix_(~gone, ~gone)]
        return np.asarray(np.linalg.solve(known, self.covariance[np.ix_(~gone, gone)]), dtype=np.float64)

    def _left(self, gone: npt.NDArray[np.bool_]) -> Floats:
        """Covariance of what is missing given what is known; zero for what is known."""
        left = np.zeros_like(self.covariance)
        if gone.any():
            own = self.covariance[np.ix_(gone, gone)]
            told = self._slopes(gone).T @ self.covariance[np.ix_(~gone, gone)]
            left[np.ix_(gone, gone)] = own - told
        return left

    def log_odds(self, features: Floats) -> tuple[Floats, Floats]:
        """Log-odds and their variance, with what a person's gaps leave open: each (n,)."""
        whole, left = self.filled(features)
        columns = np.column_stack([np.ones(len(whole)), whole])
        centres = columns @ self.betas.T
        within = np.mean([(columns @ draws.T).var(axis=1, ddof=1) for draws in self.draws], axis=0)
        m = len(self.betas)
        between = centres.var(axis=1, ddof=1) * (1 + 1 / m) if m > 1 else np.zeros(len(whole))
        slopes = self.betas.mean(axis=0)[1:]
        gaps = np.array([slopes @ one @ slopes for one in left])
        return centres.mean(axis=1), within + between + gaps

    def ends(self, features: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
        """Ends of the interval of the true conditional risk: each (n,)."""
        centre, variance = self.log_odds(features)
        half = float(ndtri((1 + level) / 2)) * np.sqrt(variance)
        return expit(centre - half), expit(centre + half)

    def narrows_most(self, row: Floats) -> str:
        """The missing predictor that, once known, would take most from the variance; empty if nothing is.

        Told from how predictors vary together, before it is measured: whatever its value will be.
        """
        gone = np.isnan(row)
        if not gone.any():
            return ""
        slopes = self.betas.mean(axis=0)[1:]
        gains = {}
        for place in np.flatnonzero(gone):
            less = gone.copy()
            less[place] = False
            gains[self.names[place]] = float(slopes @ (self._left(gone) - self._left(less)) @ slopes)
        return max(gains, key=lambda name: gains[name])


def risk_interval(
    table: pd.DataFrame,
    outcome: npt.ArrayLike,
    groups: npt.ArrayLike,
    draws: int = 5,
    resamples: int = 200,
    seed: int = 1,
) -> RiskInterval:
    """Prepare intervals from the people of a development.

    Parameters
    ----------
    table : a column for each predictor, NaN where unknown
    outcome : (n,) 0 or 1
    groups : (n,) families
    draws : completed data sets, where something is missing
    resamples : in all, over the completed data sets

    Raises
    ------
    CannotFitError : the people do not carry an unpenalised model of these predictors
    """
    values = table.to_numpy(dtype=float)
    n_sets = draws if np.isnan(values).any() else 1
    completed = [completed_with(values, np.asarray(outcome, dtype=float), seed + k) for k in range(n_sets)]
    each = -(-resamples // len(completed))
    fits = [fit_bias_reduced(x, outcome, groups, each, seed + place) for place, x in enumerate(completed)]
    pooled = np.concatenate(completed)
    covariance = np.atleast_2d(np.cov(pooled, rowvar=False))
    return RiskInterval(
        tuple(table.columns),
        np.array([fit.beta for fit in fits]),
        tuple(fit.draws for fit in fits),
        pooled.mean(axis=0),
        covariance,
        np.nanmin(values, axis=0),
        np.nanmax(values, axis=0),
    )


def validity(
    table: pd.DataFrame, predictors: Sequence[Predictor], interval: RiskInterval, lang: Lang
) -> list[str]:
    """``yes`` for each person the model speaks of, else why not."""
    values = table.to_numpy(dtype=float)
    lows = np.array([one.low for one in predictors])
    highs = np.array([one.high for one in predictors])
    impossible = (values < lows) | (values > highs)
    beyond = ((values < interval.lows) | (values > interval.highs)) & ~impossible
    missing = np.isnan(values)
    labels = [one.label(lang) for one in predictors]
    return [_reason(impossible[row], beyond[row], missing[row], labels, lang) for row in range(len(values))]


def _reason(
    impossible: npt.NDArray[np.bool_],
    beyond: npt.NDArray[np.bool_],
    missing: npt.NDArray[np.bool_],
    labels: Sequence[str],
    lang: Lang,
) -> str:
    def names(which: npt.NDArray[np.bool_]) -> str:
        return text("predict_flag.list_separator", lang).join(np.array(labels, dtype=object)[which])

    if impossible.any():
        return text("predict_person.impossible", lang, names=names(impossible))
    if missing.mean() > MOST_MISSING_SHARE:
        return text("predict_person.too_little", lang, n=int(missing.sum()), of=len(labels))
    if beyond.any():
        return text("predict_person.beyond", lang, names=names(beyond))
    return "yes"
