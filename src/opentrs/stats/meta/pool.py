"""Pooled effect, meta-regression, their intervals and tests; many analyses at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.meta.heterogeneity import (
    Tau2Method,
    estimate_tau2,
    q_profile,
    share_of_variation,
    tau2_standard_error,
    typical_variance,
)
from opentrs.stats.meta.least_squares import Array, MetaAnalysisError, Studies, inverse_variance_fit, studies

Test = Literal["z", "hk", "hk_modified"]
Model = Literal["fixed"] | Tau2Method
PredictionForm = Literal["normal", "t_k_minus_1", "t_k_minus_2"]


@dataclass(frozen=True, slots=True)
class Pooled:
    """A fitted meta-analysis or meta-regression; every field has the shape of the batch (...).

    Parameters
    ----------
    n_studies : k
    coefficients, standard_errors, ci_low, ci_high, statistics, p_values : (..., p)
    covariance : (..., p, p) of the coefficients
    df : (...) degrees of freedom of the tests; infinity for normal quantiles
    tau2, tau2_se, tau2_low, tau2_high : between-study variance, its standard error and Q-profile interval;
        tau2_se is not a number for the fixed model
    i2_percent, h2 : share of variation between studies (percent), total over sampling variation
    q, q_df, q_p : Cochran's Q about the model, at tau2 = 0
    weights_percent : (..., k) share of each study in the pooled mean
    model, test : how tau2 was estimated, and which reference distribution
    level : level of all intervals
    """

    n_studies: npt.NDArray[np.int64]
    coefficients: Array
    standard_errors: Array
    ci_low: Array
    ci_high: Array
    statistics: Array
    p_values: Array
    covariance: Array
    df: Array
    tau2: Array
    tau2_se: Array
    i2_percent: Array
    h2: Array
    q: Array
    q_df: npt.NDArray[np.int64]
    q_p: Array
    weights_percent: Array
    data: Studies
    model: Model
    test: Test
    level: float

    @property
    def estimate(self) -> Array:
        """The pooled effect (first coefficient), shape (...)."""
        return self.coefficients[..., 0]

    @property
    def standard_error(self) -> Array:
        """Standard error of the pooled effect, shape (...)."""
        return self.standard_errors[..., 0]

    def tau2_interval(self) -> tuple[Array, Array]:
        """Q-profile interval of tau2."""
        return q_profile(self.data, self.level)

    def i2_interval(self) -> tuple[Array, Array]:
        """Interval of I2 (percent) that belongs to the interval of tau2."""
        low, high = self.tau2_interval()
        return share_of_variation(self.data, low), share_of_variation(self.data, high)

    def prediction_interval(self, form: PredictionForm | None = None) -> tuple[Array, Array]:
        """Where the effect of a new study is expected to lie.

        Parameters
        ----------
        form : ``normal`` (mean and tau2 taken as known), ``t_k_minus_2`` (Higgins et al. 2009,
            doi:10.1111/j.1467-985X.2008.00552.x) or ``t_k_minus_1``; by default ``normal`` for z tests and
            ``t_k_minus_1`` for Hartung-Knapp, as metafor does

        Raises
        ------
        MetaAnalysisError : too few studies for the form
        """
        chosen = form or ("normal" if self.test == "z" else "t_k_minus_1")
        tail = 1 - (1 - self.level) / 2
        if chosen == "normal":
            quantile: Array = np.full(self.estimate.shape, stats.norm.ppf(tail))
        else:
            df = self.n_studies - (1 if chosen == "t_k_minus_1" else 2)
            if (df < 1).any():
                raise MetaAnalysisError("Too few studies for a prediction interval of this form.")
            quantile = np.asarray(stats.t.ppf(tail, df))
        half = quantile * np.sqrt(self.standard_error**2 + self.tau2)
        return self.estimate - half, self.estimate + half


def pool(
    effects: npt.ArrayLike,
    variances: npt.ArrayLike,
    model: Model = "reml",
    test: Test = "z",
    design: npt.ArrayLike | None = None,
    present: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Pooled:
    """Pool effects, or regress them on study covariates.

    Parameters
    ----------
    effects, variances : (..., k) estimates and sampling variances
    model : ``fixed``, or the estimator of the between-study variance
    test : ``z`` (normal quantiles), ``hk`` (Hartung-Knapp, Knapp-Hartung in regression), ``hk_modified`` (the
        same, but never narrower than ``z`` would be at t quantiles)
    design : (k, p) covariates with their intercept; a plain mean without it
    present : (..., k) which studies belong to which analysis
    level : level of intervals

    Raises
    ------
    MetaAnalysisError : see :func:`opentrs.stats.meta.least_squares.studies`
    """
    return fit(studies(effects, variances, design, present), model, test, level)


def fit(data: Studies, model: Model = "reml", test: Test = "z", level: float = 0.95) -> Pooled:
    """Fit checked studies; see :func:`pool`."""
    batch = data.effects.shape[:-1]
    df = data.residual_df
    tau2 = np.zeros(batch) if model == "fixed" else estimate_tau2(data, model)
    fitted = inverse_variance_fit(data, tau2)
    at_zero = inverse_variance_fit(data, np.zeros(batch))
    covariance = fitted.bread
    test_df: Array = np.full(batch, np.inf)
    if test != "z":
        if (df < 1).any():
            raise MetaAnalysisError("Hartung-Knapp needs more studies than coefficients.")
        scale = fitted.q / df
        covariance = (
            covariance * (np.maximum(scale, 1.0) if test == "hk_modified" else scale)[..., None, None]
        )
        test_df = df.astype(float)
    errors = np.sqrt(np.einsum("...ii->...i", covariance))
    statistic = fitted.coefficients / errors
    spread = test_df[..., None]
    quantile = stats.t.ppf(1 - (1 - level) / 2, spread)
    has_df = df > 0
    typical = typical_variance(data) if has_df.all() else np.full(batch, np.nan)
    if model == "fixed":
        h2 = np.where(has_df, at_zero.q / np.where(has_df, df, 1), np.nan)
        i2 = 100 * np.maximum(0.0, (h2 - 1) / np.where(h2 > 0, h2, 1.0))
        error = np.full(batch, np.nan)
    else:
        h2, i2 = tau2 / typical + 1, 100 * tau2 / (tau2 + typical)
        error = tau2_standard_error(data, tau2, model)
    share = fitted.weights / fitted.weights.sum(axis=-1, keepdims=True)
    return Pooled(
        n_studies=data.n_studies,
        coefficients=fitted.coefficients,
        standard_errors=errors,
        ci_low=fitted.coefficients - quantile * errors,
        ci_high=fitted.coefficients + quantile * errors,
        statistics=statistic,
        p_values=np.asarray(2 * stats.t.sf(np.abs(statistic), spread)),
        covariance=covariance,
        df=test_df,
        tau2=tau2,
        tau2_se=np.asarray(error),
        i2_percent=np.asarray(i2),
        h2=np.asarray(h2),
        q=at_zero.q,
        q_df=df,
        q_p=np.asarray(np.where(has_df, stats.chi2.sf(at_zero.q, np.where(has_df, df, 1)), np.nan)),
        weights_percent=100 * share,
        data=data,
        model=model,
        test=test,
        level=level,
    )


@dataclass(frozen=True, slots=True)
class JointTest:
    """Test that several coefficients are all 0.

    Parameters
    ----------
    statistic : chi-square, or F where the fit used Hartung-Knapp
    df, df_residual : degrees of freedom; the residual ones are infinite for a chi-square
    p_value : its tail
    """

    statistic: Array
    df: int
    df_residual: Array
    p_value: Array


def joint_test(fitted: Pooled, columns: list[int]) -> JointTest:
    """Test that the named coefficients of a meta-regression are all 0 (chi-square or F)."""
    chosen = np.asarray(columns)
    b = fitted.coefficients[..., chosen]
    v = fitted.covariance[..., chosen[:, None], chosen[None, :]]
    chi = np.einsum("...i,...ij,...j->...", b, np.linalg.inv(v), b)
    m = len(columns)
    if fitted.test == "z":
        return JointTest(np.asarray(chi), m, fitted.df, np.asarray(stats.chi2.sf(chi, m)))
    return JointTest(np.asarray(chi / m), m, fitted.df, np.asarray(stats.f.sf(chi / m, m, fitted.df)))


def explained_percent(with_covariates: Pooled, without: Pooled) -> Array:
    """R2, percent: fall of tau2 by the covariates, not below 0 (Raudenbush 2009)."""
    base = without.tau2
    fall = 100 * (base - with_covariates.tau2) / np.where(base > 0, base, np.nan)
    return np.asarray(np.maximum(0.0, fall))
