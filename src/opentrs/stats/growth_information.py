"""What first derivatives of a growth mixture are for: the last steps to the maximum, and its uncertainty."""

from __future__ import annotations

import numpy as np
from scipy import optimize

from opentrs.stats.growth_data import Floats, Sums
from opentrs.stats.growth_em import SMALLEST_SHARE, Parameters, expectation, residual_sums
from opentrs.stats.observed_information import covariance_at

# Below this the random intercept sits on its boundary, and its variance has no derivative to speak of.
BOUNDARY = 1e-4


def climb(data: Sums, start: Parameters) -> Parameters:
    """Go from a start of which expectation-maximisation has taken the first steps to the top, by BFGS.

    Near the top expectation-maximisation takes hundreds of steps where this takes tens.
    """

    def down(vector: Floats) -> tuple[float, Floats]:
        at = _unpack(vector, start)
        return -float(expectation(data, at)[1][0]), -_gradient(data, at, vector)

    with np.errstate(over="ignore", invalid="ignore"):
        found = optimize.minimize(down, _pack(start), jac=True, method="BFGS", options={"gtol": 1e-4})
    if not np.isfinite(found.x).all() or not found.fun <= down(_pack(start))[0]:
        return start
    return _unpack(found.x, start)


def covariance(data: Sums, at: Parameters) -> Floats | None:
    """Covariance of the shares' log-odds (against the last class) and the curves.

    Parameters
    ----------
    data : each person's sums
    at : the maximum, a single start

    Returns
    -------
    (classes - 1 + classes * terms) squared; None where the likelihood is flat in some direction
    """
    found = covariance_at(lambda vector: _gradient(data, _unpack(vector, at), vector), _pack(at))
    classes, terms = at.beta.shape[1:]
    wanted = classes - 1 + classes * terms
    return None if found is None else found[:wanted, :wanted]


def _pack(at: Parameters) -> Floats:
    share, beta, s2, ratio = at.share[0], at.beta[0], at.s2[0], at.ratio[0]
    share = np.maximum(share, SMALLEST_SHARE)
    odds = np.log(share[:-1]) - np.log(share[-1])
    tail = [np.log(s2)] + ([np.log(ratio)] if ratio > BOUNDARY else [])
    return np.concatenate([odds, beta.ravel(), tail])


def _unpack(vector: Floats, like: Parameters) -> Parameters:
    classes, terms = like.beta.shape[1:]
    odds = np.append(vector[: classes - 1], 0.0)
    share = np.exp(odds - odds.max())
    last = classes - 1 + classes * terms
    ratio = np.exp(vector[last + 1 :]) if len(vector) > last + 1 else like.ratio
    return Parameters(
        (share / share.sum())[None],
        vector[classes - 1 : last].reshape(1, classes, terms),
        np.exp(vector[last : last + 1]),
        np.asarray(ratio),
    )


def _gradient(data: Sums, at: Parameters, vector: Floats) -> Floats:
    """First derivatives of the log-likelihood by everything in the vector."""
    posterior = expectation(data, at)[0][0]
    squared, total = (part[0] for part in residual_sums(data, at.beta))
    classes, terms = at.beta.shape[1:]
    s2, ratio = at.s2[0], at.ratio[0]
    grown = 1 + ratio * data.n
    shrink = ratio / grown
    by_odds = (posterior - at.share[0][:, None]).sum(axis=1)[:-1]
    by_beta = np.empty((classes, terms))
    for k in range(classes):
        products = data.xy - data.xx.reshape(-1, terms, terms) @ at.beta[0, k]
        by_beta[k] = posterior[k] @ (products - (shrink * total[k])[:, None] * data.x) / s2
    form = squared - shrink * total**2
    by_s2 = (posterior * (form / (2 * s2) - data.n / 2)).sum()
    parts = [by_odds, by_beta.ravel(), [by_s2]]
    if len(vector) > len(by_odds) + by_beta.size + 1:
        slope = total**2 / (s2 * grown**2) - data.n / grown
        parts.append([ratio / 2 * (posterior * slope).sum()])
    return np.concatenate(parts)
