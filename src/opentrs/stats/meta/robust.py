"""Several effects of one study: cluster-robust tests, and a multilevel model with known covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from opentrs.stats.meta.least_squares import Array, MetaAnalysisError
from opentrs.stats.meta.pool import Pooled


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Coefficients with their tests, arrays of one value each.

    Parameters
    ----------
    estimates, standard_errors, statistics, p_values, ci_low, ci_high : per coefficient
    df : degrees of freedom of the t statistics
    n_clusters : clusters the tests rest on
    """

    estimates: Array
    standard_errors: Array
    statistics: Array
    p_values: Array
    ci_low: Array
    ci_high: Array
    df: float
    n_clusters: int


def _tested(estimates: Array, covariance: Array, df: float, n_clusters: int, level: float) -> Coefficients:
    errors = np.sqrt(np.diag(covariance))
    t = estimates / errors
    half = stats.t.ppf(1 - (1 - level) / 2, df) * errors
    p = 2 * stats.t.sf(np.abs(t), df)
    return Coefficients(
        estimates, errors, t, np.asarray(p), estimates - half, estimates + half, df, n_clusters
    )


def cluster_robust(fitted: Pooled, cluster: Sequence[str], level: float = 0.95) -> Coefficients:
    """Sandwich tests that hold when effects of one cluster (study) are correlated in an unknown way.

    The small-sample form multiplies by clusters / (clusters - coefficients) and refers to t with that many
    degrees of freedom (Hedges, Tipton & Johnson 2010, doi:10.1002/jrsm.5).

    Raises
    ------
    MetaAnalysisError : no more clusters than coefficients, or a batch of analyses
    """
    data = fitted.data
    if data.effects.ndim != 1:
        raise MetaAnalysisError("Cluster-robust tests take one analysis at a time.")
    labels = np.unique(np.asarray(cluster), return_inverse=True)[1]
    n, p = int(labels.max()) + 1, data.n_coefficients
    if n <= p:
        raise MetaAnalysisError(f"{n} clusters and {p} coefficients: too few clusters for robust tests.")
    w = 1 / (data.variances + fitted.tau2)
    bread = np.linalg.inv(np.einsum("ki,k,kj->ij", data.design, w, data.design))
    residual = data.effects - data.design @ fitted.coefficients
    scores = np.zeros((n, p))
    np.add.at(scores, labels, data.design * (w * residual)[:, None])
    covariance = n / (n - p) * bread @ (scores.T @ scores) @ bread
    return _tested(fitted.coefficients, covariance, float(n - p), n, level)


@dataclass(frozen=True, slots=True)
class Multilevel:
    """A model of effects within studies.

    Parameters
    ----------
    coefficients : of the design, with normal tests
    between_studies, within_studies : variance components
    log_likelihood : restricted, at the optimum
    """

    coefficients: Coefficients
    between_studies: float
    within_studies: float
    log_likelihood: float


def multilevel(
    effects: npt.ArrayLike,
    covariance: npt.ArrayLike,
    study: Sequence[str],
    design: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Multilevel:
    """Pool several effects a study, whose sampling errors may be correlated, by restricted likelihood.

    Parameters
    ----------
    effects : (m,)
    covariance : (m, m) sampling covariance; or (m,) variances of independent errors
    study : (m,) the study of each effect
    design : (m, p); a plain mean without it

    Raises
    ------
    MetaAnalysisError : fewer effects than coefficients, or a covariance that is none
    """
    y = np.asarray(effects, dtype=float)
    v = np.asarray(covariance, dtype=float)
    v = np.diag(v) if v.ndim == 1 else v
    x = np.ones((len(y), 1)) if design is None else np.asarray(design, dtype=float)
    if len(y) <= x.shape[1] or v.shape != (len(y), len(y)):
        raise MetaAnalysisError("More effects than coefficients are needed, with a covariance of their size.")
    if np.linalg.eigvalsh(v)[0] <= 0:
        raise MetaAnalysisError("The sampling covariance is none: it is not positive.")
    same = np.asarray(study)[:, None] == np.asarray(study)[None, :]
    unit = float(np.diag(v).mean())

    def minus_log_likelihood(logs: Array) -> float:
        return -_restricted(y, v, x, same, unit * np.exp(logs))[0]

    starts = ([0.0, 0.0], [0.0, -12.0], [-12.0, 0.0], [-12.0, -12.0])
    fits = [
        optimize.minimize(minus_log_likelihood, start, method="L-BFGS-B", bounds=[(-25, 12)] * 2)
        for start in starts
    ]
    best = min(fits, key=lambda found: float(found.fun))
    between, within = unit * np.exp(best.x) * (best.x > -20)
    value, b, bread = _restricted(y, v, x, same, np.array([between, within]))
    coefficients = _tested(b, bread, float("inf"), len(set(study)), level)
    return Multilevel(coefficients, float(between), float(within), value)


def _restricted(
    y: Array, v: Array, x: Array, same: npt.NDArray[np.bool_], parts: Array
) -> tuple[float, Array, Array]:
    total = v + parts[0] * same + parts[1] * np.eye(len(y))
    root = np.linalg.cholesky(total)
    xs, ys = np.linalg.solve(root, x), np.linalg.solve(root, y)
    cross = xs.T @ xs
    bread = np.linalg.inv(cross)
    b = bread @ (xs.T @ ys)
    rss = float(((ys - xs @ b) ** 2).sum())
    log_det = 2 * float(np.log(np.diag(root)).sum())
    df = len(y) - x.shape[1]
    value = -0.5 * (
        df * np.log(2 * np.pi) + log_det + np.linalg.slogdet(cross)[1] - np.linalg.slogdet(x.T @ x)[1] + rss
    )
    return float(value), b, bread
