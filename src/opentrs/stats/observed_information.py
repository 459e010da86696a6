"""How sure a fitted mixture is: of its parameters (from first derivatives), and of who is in which class."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
STEP = 1e-4
FLAT = 1e-10


def covariance_at(gradient: Callable[[Floats], Floats], maximum: Floats) -> Floats | None:
    """Inverse of the observed information, whose columns are differences of the gradient.

    Parameters
    ----------
    gradient : first derivatives of the log-likelihood by the parameters
    maximum : the estimates

    Returns
    -------
    covariance of all parameters; None where the likelihood is flat in some direction
    """
    columns = []
    for j in range(len(maximum)):
        shift = np.zeros_like(maximum)
        shift[j] = STEP * max(1.0, abs(float(maximum[j])))
        columns.append((gradient(maximum + shift) - gradient(maximum - shift)) / (2 * shift[j]))
    information = -np.array(columns)
    information = (information + information.T) / 2
    if not np.isfinite(information).all():
        return None
    values = np.linalg.eigvalsh(information)
    if values[0] <= FLAT * values[-1]:
        return None
    inverse: Floats = np.linalg.inv(information)
    return inverse


def share_errors(shares: Floats, odds_covariance: Floats) -> Floats:
    """Standard error of each share's log-odds, from the covariance of log-odds against the last class."""
    last = len(shares) - 1
    slope = np.diag(shares)[:, :last] - np.outer(shares, shares[:last])
    variance = np.einsum("kj,jl,kl->k", slope, odds_covariance, slope)
    errors: Floats = np.sqrt(np.maximum(variance, 0.0)) / (shares * (1 - shares))
    return errors


def around_share(share: float, error: float, quantile: float) -> tuple[float, float]:
    """Ends of a share's interval, made on the log-odds scale so that they stay within 0 and 1."""
    odds = np.log(share / (1 - share))
    return float(1 / (1 + np.exp(quantile * error - odds))), float(1 / (1 + np.exp(-quantile * error - odds)))


def relative_entropy(posterior: Floats) -> float:
    """1 minus the mean uncertainty of class membership as a share of the largest possible."""
    people, classes = posterior.shape
    if classes == 1:
        return 1.0
    logs = np.log(np.maximum(posterior, np.finfo(np.float64).tiny))
    return 1 + float((posterior * logs).sum()) / (int(people) * float(np.log(classes)))
