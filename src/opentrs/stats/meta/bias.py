"""Tests of small-study effects: Egger, Begg, Peters, Harbord, PET-PEESE."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.meta.least_squares import Array, MetaAnalysisError
from opentrs.stats.meta.pool import Model, pool

FEW_STUDIES = 10


@dataclass(frozen=True, slots=True)
class SmallStudyTest:
    """A test of small-study effects.

    Parameters
    ----------
    method : ``egger``, ``egger_random``, ``begg``, ``peters``, ``harbord``, ``pet`` or ``peese``
    statistic, df, p_value : of the test; df is infinite for normal statistics
    slope : of the regression; Kendall's tau for ``begg``
    limit, limit_se : effect expected of an infinitely large study; not a number where the method gives none
    n_studies : studies that tell something (the fewest, in a batch)
    few_studies : fewer than ten, where such tests have hardly any power
    """

    method: str
    statistic: Array
    df: Array
    p_value: Array
    slope: Array
    limit: Array
    limit_se: Array
    n_studies: int
    few_studies: bool

    def limit_interval(self, level: float = 0.95) -> tuple[Array, Array]:
        """Interval of the limit, at the test's degrees of freedom."""
        half = np.asarray(stats.t.ppf(1 - (1 - level) / 2, self.df)) * self.limit_se
        return self.limit - half, self.limit + half


def _regression(y: Array, predictor: Array, weight: Array, method: str) -> SmallStudyTest:
    """Weighted least squares of effects on one predictor with a residual scale, batched over leading axes.

    Studies of weight 0 tell nothing and do not count.
    """
    if not (np.isfinite(y).all() and np.isfinite(weight).all() and (weight >= 0).all()):
        raise MetaAnalysisError(
            "A test of small-study effects needs an effect and a variance of every study."
        )
    told = weight > 0
    k = told.sum(axis=-1)
    if (k < 3).any():
        raise MetaAnalysisError("A test of small-study effects needs three studies or more.")
    least = np.where(told, predictor, np.inf).min(axis=-1)
    if (np.where(told, predictor, -np.inf).max(axis=-1) <= least).any():
        raise MetaAnalysisError("All studies have the same precision: small and large cannot be compared.")
    x = np.stack([np.ones_like(predictor), predictor], axis=-1)
    bread = np.linalg.inv(np.einsum("...ki,...k,...kj->...ij", x, weight, x))
    b = np.einsum("...ij,...kj,...k,...k->...i", bread, x, weight, y)
    residual = y - np.einsum("...kj,...j->...k", x, b)
    df = np.asarray(k - 2.0)
    scale = (weight * residual**2).sum(axis=-1) / df
    error = np.sqrt(scale[..., None] * np.einsum("...ii->...i", bread))
    t = b[..., 1] / error[..., 1]
    n_studies = int(k.min())
    return SmallStudyTest(
        method, np.asarray(t), df, np.asarray(2 * stats.t.sf(np.abs(t), df)), np.asarray(b[..., 1]),
        np.asarray(b[..., 0]), np.asarray(error[..., 0]), n_studies, n_studies < FEW_STUDIES,
    )  # fmt: skip


def egger(effects: npt.ArrayLike, variances: npt.ArrayLike) -> SmallStudyTest:
    """Regression of effects on their standard errors, residual scale estimated (Egger et al. 1997).

    The slope on the standard error is the test; the intercept is the limit. On log odds and risk ratios
    effect and standard error are related without any bias: use :func:`peters` or :func:`harbord` there.
    doi:10.1136/bmj.315.7109.629
    """
    y, v = (np.asarray(x, dtype=float) for x in (effects, variances))
    return _regression(y, np.sqrt(v), 1 / v, "egger")


def egger_random(effects: npt.ArrayLike, variances: npt.ArrayLike, model: Model = "reml") -> SmallStudyTest:
    """Meta-regression of effects on their standard errors, with between-study variance."""
    y, v = (np.asarray(x, dtype=float) for x in (effects, variances))
    design = np.stack([np.ones_like(v), np.sqrt(v)], axis=-1)
    fitted = pool(y, v, model, design=design)
    k = y.shape[-1]
    return SmallStudyTest(
        "egger_random", fitted.statistics[..., 1], np.full(y.shape[:-1], np.inf), fitted.p_values[..., 1],
        fitted.coefficients[..., 1], fitted.coefficients[..., 0], fitted.standard_errors[..., 0],
        k, k < FEW_STUDIES,
    )  # fmt: skip


def pet(effects: npt.ArrayLike, variances: npt.ArrayLike) -> SmallStudyTest:
    """Precision-effect test: Egger's limit as corrected effect (Stanley & Doucouliagos 2014)."""
    y, v = (np.asarray(x, dtype=float) for x in (effects, variances))
    return _regression(y, np.sqrt(v), 1 / v, "pet")


def peese(effects: npt.ArrayLike, variances: npt.ArrayLike) -> SmallStudyTest:
    """Precision-effect estimate with standard error: regression on the variance (doi:10.1002/jrsm.1095)."""
    y, v = (np.asarray(x, dtype=float) for x in (effects, variances))
    return _regression(y, v, 1 / v, "peese")


def peters(
    effects: npt.ArrayLike,
    events1: npt.ArrayLike,
    n1: npt.ArrayLike,
    events2: npt.ArrayLike,
    n2: npt.ArrayLike,
) -> SmallStudyTest:
    """For log odds ratios: regression on the inverse of the study's size (doi:10.1001/jama.295.6.676).

    Studies in which nobody or everybody had the event tell nothing and are not counted.
    """
    y, a, m1, c, m2 = (np.asarray(x, dtype=float) for x in (effects, events1, n1, events2, n2))
    total, events = m1 + m2, a + c
    weight = events * (total - events) / total
    return _regression(np.where(weight > 0, y, 0.0), 1 / total, weight, "peters")


def harbord(
    events1: npt.ArrayLike, n1: npt.ArrayLike, events2: npt.ArrayLike, n2: npt.ArrayLike
) -> SmallStudyTest:
    """For log odds ratios: regression of the score on its standard error (doi:10.1002/sim.2380).

    Studies in which nobody or everybody had the event tell nothing and are not counted.
    """
    a, m1, c, m2 = (np.asarray(x, dtype=float) for x in (events1, n1, events2, n2))
    total, events = m1 + m2, a + c
    score = a - m1 * events / total
    information = m1 * m2 * events * (total - events) / (total**2 * (total - 1))
    known = np.where(information > 0, information, 1.0)
    return _regression(score / known, 1 / np.sqrt(known), information, "harbord")


def begg(effects: npt.ArrayLike, variances: npt.ArrayLike) -> SmallStudyTest:
    """Rank correlation of standardised effects and variances, Kendall's tau, exact where there are no ties.

    Begg & Mazumdar 1994, doi:10.2307/2533446.
    """
    y, v = (np.asarray(x, dtype=float) for x in (effects, variances))
    k = len(y)
    if k < 3:
        raise MetaAnalysisError("A test of small-study effects needs three studies or more.")
    fixed = pool(y, v, "fixed")
    left = v - 1 / (1 / v).sum()
    standard = (y - fixed.estimate) / np.sqrt(left)
    found = stats.kendalltau(standard, v)
    nan, tau = np.asarray(np.nan), np.asarray(found.statistic)
    return SmallStudyTest(
        "begg", tau, np.asarray(np.inf), np.asarray(found.pvalue), tau, nan, nan, k, k < FEW_STUDIES
    )
