"""Several outcomes of each study pooled together, with an unstructured covariance between studies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from opentrs.stats.meta.least_squares import Array, MetaAnalysisError

# Logarithms of diagonal elements this low stand for a variance of 0.
LOWEST_LOG = -14.0


@dataclass(frozen=True, slots=True)
class Multivariate:
    """Pooled effects of p outcomes.

    Parameters
    ----------
    estimates, standard_errors, ci_low, ci_high, z, p_values : (p,) one effect an outcome
    covariance : (p, p) of the estimates
    between_studies : (p, p) covariance of true effects between studies
    log_likelihood : restricted, at the optimum
    n_studies : (p,) studies that report each outcome
    """

    estimates: Array
    standard_errors: Array
    ci_low: Array
    ci_high: Array
    z: Array
    p_values: Array
    covariance: Array
    between_studies: Array
    log_likelihood: float
    n_studies: npt.NDArray[np.int64]


def multivariate(effects: npt.ArrayLike, covariances: npt.ArrayLike, level: float = 0.95) -> Multivariate:
    """Pool outcomes by restricted likelihood; a study without an outcome still informs the others.

    Parameters
    ----------
    effects : (k, p), not a number where a study lacks the outcome
    covariances : (k, p, p) sampling covariances; what belongs to absent outcomes is not read

    Raises
    ------
    MetaAnalysisError : shapes do not fit, a covariance is none, or an outcome has fewer than two studies

    Notes
    -----
    Jackson, Riley & White 2011, doi:10.1002/sim.4172.
    """
    y, v = np.asarray(effects, dtype=float), np.array(covariances, dtype=float)
    if y.ndim != 2 or v.shape != (*y.shape, y.shape[1]):
        raise MetaAnalysisError("Every study needs its effects and the covariance of all of them.")
    shown = np.isfinite(y)
    n_studies = shown.sum(axis=0)
    if (n_studies < 2).any():
        raise MetaAnalysisError("An outcome of one study only: how it varies between studies is unknown.")
    p = y.shape[1]
    both = shown[:, :, None] & shown[:, None, :]
    # An absent outcome becomes one of variance 1 that is tied to nothing and counts nowhere.
    v = np.where(both, v, np.eye(p))
    if not np.isfinite(v).all() or (np.linalg.eigvalsh(v)[:, 0] <= 0).any():
        raise MetaAnalysisError("The sampling covariance is none: it is not positive.")
    y = np.where(shown, y, 0.0)
    design = shown[:, :, None] * np.eye(p)
    unit = np.sqrt(np.array([v[shown[:, place], place, place].mean() for place in range(p)]))

    def between(parameters: Array) -> Array:
        root = np.zeros((p, p))
        root[np.tril_indices(p, -1)] = parameters[p:]
        root[np.diag_indices(p)] = np.exp(parameters[:p]) * (parameters[:p] > LOWEST_LOG)
        root *= unit[:, None]
        return np.asarray(root @ root.T)

    def minus_log_likelihood(parameters: Array) -> float:
        return -_restricted(y, v + both * between(parameters), design, shown)[0]

    below = p * (p - 1) // 2
    bounds = [(LOWEST_LOG, 12.0)] * p + [(None, None)] * below
    fits = [
        optimize.minimize(
            minus_log_likelihood, [start] * p + [tie] * below, method="L-BFGS-B", bounds=bounds,
            options={"ftol": 1e-15, "gtol": 1e-8, "maxiter": 5000},
        )
        for start, tie in ((0.0, 0.0), (0.0, 0.5), (0.0, -0.5), (-5.0, 0.0), (1.0, 0.0))
    ]  # fmt: skip
    found = between(min(fits, key=lambda fit: float(fit.fun)).x)
    value, estimates, covariance = _restricted(y, v + both * found, design, shown)
    errors = np.sqrt(np.diag(covariance))
    half, z = stats.norm.ppf(1 - (1 - level) / 2) * errors, estimates / errors
    p_values = np.asarray(2 * stats.norm.sf(np.abs(z)))
    return Multivariate(
        estimates,
        errors,
        estimates - half,
        estimates + half,
        z,
        p_values,
        covariance,
        found,
        value,
        n_studies,
    )


def _restricted(
    y: Array, total: Array, design: Array, shown: npt.NDArray[np.bool_]
) -> tuple[float, Array, Array]:
    """Restricted log-likelihood, estimates and their covariance at a total covariance of each study."""
    weight = np.linalg.inv(total)
    cross = np.einsum("kip,kij,kjq->pq", design, weight, design)
    bread = np.linalg.inv(cross)
    estimates = bread @ np.einsum("kip,kij,kj->p", design, weight, y)
    residual = y - design @ estimates
    quadratic = np.einsum("ki,kij,kj->", residual, weight, residual)
    # log |X'X| makes the value that of other programs, and does not depend on the variances.
    constant = np.log(shown.sum(axis=0)).sum()
    df = int(shown.sum()) - y.shape[1]
    log_det = np.linalg.slogdet(total)[1].sum() + np.linalg.slogdet(cross)[1] - constant
    return float(-0.5 * (df * np.log(2 * np.pi) + log_det + quadratic)), estimates, bread
