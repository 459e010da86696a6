"""Studies as arrays, and weighted least squares on them: one meta-analysis or thousands at once.

Every function takes arrays whose last axis is the study and whose other axes are separate analyses, so a
thousand bootstrap samples cost little more than one. A study that an analysis does not hold has
``present`` False there. No weight matrix of study by study is ever formed: with p coefficients, traces
and quadratic forms of the residual projection need sums over studies of p by p products only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class MetaAnalysisError(ValueError):
    """The studies allow no such estimate; the message says why."""


@dataclass(frozen=True, slots=True)
class Studies:
    """Effects, their sampling variances and the design, as aligned arrays.

    Parameters
    ----------
    effects : (..., k) estimates, on the scale on which they are pooled (log for ratios)
    variances : (..., k) sampling variances, above 0
    design : (..., k, p) design matrix; a column of ones for a plain mean
    present : (..., k) False where an analysis lacks that study
    """

    effects: Array
    variances: Array
    design: Array
    present: Mask

    @property
    def n_studies(self) -> npt.NDArray[np.int64]:
        """Studies in each analysis, shape (...)."""
        return np.asarray(self.present.sum(axis=-1), dtype=np.int64)

    @property
    def n_coefficients(self) -> int:
        """Columns of the design."""
        return int(self.design.shape[-1])

    @property
    def residual_df(self) -> npt.NDArray[np.int64]:
        """Studies minus coefficients, shape (...)."""
        return np.asarray(self.n_studies - self.n_coefficients, dtype=np.int64)


def studies(
    effects: npt.ArrayLike,
    variances: npt.ArrayLike,
    design: npt.ArrayLike | None = None,
    present: npt.ArrayLike | None = None,
) -> Studies:
    """Check and align effects and variances.

    Parameters
    ----------
    effects : (..., k) estimates
    variances : (..., k) sampling variances
    design : (k, p) or (..., k, p); a plain mean without it
    present : (..., k) False where an analysis lacks a study; all present without it

    Raises
    ------
    MetaAnalysisError : shapes do not fit, an effect is not a number, a variance is not above 0, or an
        analysis holds fewer studies than coefficients
    """
    y, v = np.broadcast_arrays(np.asarray(effects, dtype=float), np.asarray(variances, dtype=float))
    if y.ndim == 0:
        raise MetaAnalysisError("A meta-analysis needs a list of studies.")
    shown = (
        np.ones(y.shape, dtype=bool)
        if present is None
        else np.broadcast_to(np.asarray(present, bool), y.shape)
    )
    x = np.ones((*y.shape, 1)) if design is None else np.asarray(design, dtype=float)
    if x.shape[-2] != y.shape[-1]:
        raise MetaAnalysisError(f"{y.shape[-1]} effects, but {x.shape[-2]} rows of covariates.")
    x = np.broadcast_to(x, (*y.shape, x.shape[-1]))
    if not np.isfinite(y[shown]).all() or not np.isfinite(x[shown]).all():
        raise MetaAnalysisError("An effect or a covariate is missing or not finite.")
    if not (np.isfinite(v[shown]) & (v[shown] > 0)).all():
        raise MetaAnalysisError("A sampling variance is missing or not above 0.")
    if (shown.sum(axis=-1) < x.shape[-1]).any():
        raise MetaAnalysisError("Fewer studies than coefficients.")
    filled_y = np.where(shown, y, 0.0)
    filled_v = np.where(shown, v, 1.0)
    filled_x = np.where(shown[..., None], x, 0.0)
    return Studies(filled_y, filled_v, filled_x, np.asarray(shown))


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weighted least squares at given weights.

    Parameters
    ----------
    weights : (..., k)
    bread : (..., p, p) inverse of X'WX: covariance of the coefficients where weights are inverse variances
    coefficients : (..., p)
    residuals : (..., k), 0 for absent studies
    q : (...) weighted sum of squared residuals
    """

    weights: Array
    bread: Array
    coefficients: Array
    residuals: Array
    q: Array


def weighted_fit(data: Studies, weights: Array) -> Fitted:
    """Fit the coefficients by weighted least squares in every analysis."""
    w = np.where(data.present, weights, 0.0)
    if data.n_coefficients == 1:
        return _fitted_single(data, w)
    weighted_design = data.design * w[..., None]
    cross = np.einsum("...ki,...kj->...ij", weighted_design, data.design)
    try:
        bread = np.linalg.inv(cross)
    except np.linalg.LinAlgError as fault:
        raise MetaAnalysisError("A covariate is a combination of the others, or is constant.") from fault
    coefficients = np.einsum("...ij,...kj,...k->...i", bread, weighted_design, data.effects)
    fitted = np.einsum("...kj,...j->...k", data.design, coefficients)
    residuals = np.where(data.present, data.effects - fitted, 0.0)
    return Fitted(w, bread, coefficients, residuals, np.asarray((w * residuals**2).sum(axis=-1)))


def _fitted_single(data: Studies, w: Array) -> Fitted:
    """The same for one column, which is most analyses: sums in place of matrices."""
    x = data.design[..., 0]
    wx = w * x
    cross = (wx * x).sum(axis=-1)
    if (cross <= 0).any():
        raise MetaAnalysisError("The only covariate is 0 for every study.")
    coefficient = (wx * data.effects).sum(axis=-1) / cross
    # Effects and covariates of absent studies are 0, and so are their residuals.
    residuals = data.effects - x * coefficient[..., None]
    q = np.asarray((w * residuals**2).sum(axis=-1))
    return Fitted(w, (1 / cross)[..., None, None], coefficient[..., None], residuals, q)


def inverse_variance_fit(data: Studies, tau2: npt.ArrayLike) -> Fitted:
    """Fit at weights ``1 / (variance + tau2)``."""
    return weighted_fit(data, 1.0 / (data.variances + np.asarray(tau2, dtype=float)[..., None]))


def moments(data: Studies, fit: Fitted, power: int) -> Array:
    """X' W^power X, (..., p, p)."""
    weights = fit.weights
    for _ in range(power - 1):
        weights = weights * fit.weights
    if data.n_coefficients == 1:
        x = data.design[..., 0]
        return np.asarray(np.einsum("...k,...k,...k->...", x, x, weights)[..., None, None])
    return np.asarray(np.einsum("...ki,...k,...kj->...ij", data.design, weights, data.design))


def trace_p(data: Studies, fit: Fitted) -> Array:
    """Trace of P = W - WX(X'WX)^-1X'W."""
    return np.asarray(fit.weights.sum(-1) - np.einsum("...ij,...ji->...", fit.bread, moments(data, fit, 2)))


def trace_pp(data: Studies, fit: Fitted) -> Array:
    """Trace of P times P."""
    second = fit.bread @ moments(data, fit, 2)
    third = np.einsum("...ij,...ji->...", fit.bread, moments(data, fit, 3))
    return np.asarray((fit.weights**2).sum(-1) - 2 * third + np.einsum("...ij,...ji->...", second, second))
