"""Growth mixture by expectation-maximisation, all starts at once.

Person i of class k: ``y_it = x_it' beta_k + b_i + e_it`` with ``b ~ N(0, ratio * s2)`` and ``e ~ N(0, s2)``,
both the same in all classes, so that no class can shrink onto one person and send the likelihood to infinity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from opentrs.stats.growth_data import Floats, Sums

LOG_2_PI = float(np.log(2 * np.pi))
GOLDEN = (5**0.5 - 1) / 2
LOWEST, HIGHEST = -14.0, 9.0  # log of intercept variance over residual variance
RIDGE = 1e-9
SMALLEST_SHARE = 1e-12


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of several starts, on the scaled data.

    Parameters
    ----------
    share : (starts, classes)
    beta : (starts, classes, terms)
    s2 : residual variance (starts,)
    ratio : variance of the random intercept over ``s2`` (starts,)
    """

    share: Floats
    beta: Floats
    s2: Floats
    ratio: Floats

    def take(self, which: Floats | list[int] | slice) -> Parameters:
        """Some of the starts."""
        index = np.asarray(which) if not isinstance(which, slice) else which
        return Parameters(self.share[index], self.beta[index], self.s2[index], self.ratio[index])


def residual_sums(data: Sums, beta: Floats) -> tuple[Floats, Floats]:
    """Sum of squared residuals, and sum of residuals, of each person under each class."""
    starts, classes, terms = beta.shape
    flat = beta.reshape(starts * classes, terms)
    squares = (flat[:, :, None] * flat[:, None, :]).reshape(starts * classes, -1)
    squared = data.yy - 2 * flat @ data.xy.T + squares @ data.xx.T
    total = data.y - flat @ data.x.T
    shape = (starts, classes, len(data.n))
    # Rounding may leave a tiny negative sum of squares where a class passes through every point.
    return np.maximum(squared, 0.0).reshape(shape), total.reshape(shape)


def log_joint(data: Sums, at: Parameters) -> Floats:
    """Log of class share times density of each person's values: (starts, classes, people)."""
    squared, total = residual_sums(data, at.beta)
    grown = 1 + np.outer(at.ratio, data.n)
    shrink = at.ratio[:, None] / grown
    form = np.maximum(squared - shrink[:, None, :] * total**2, 0.0)
    constant = data.n * (LOG_2_PI + np.log(at.s2)[:, None]) + np.log(grown)
    density = -0.5 * (constant[:, None, :] + form / at.s2[:, None, None])
    shares: Floats = np.log(np.maximum(at.share, SMALLEST_SHARE))
    return shares[:, :, None] + density


def expectation(data: Sums, at: Parameters) -> tuple[Floats, Floats]:
    """Class probabilities of each person, and the log-likelihood of each start."""
    joint = log_joint(data, at)
    whole = logsumexp(joint, axis=1)
    return np.exp(joint - whole[:, None, :]), whole.sum(axis=1)


def maximisation(data: Sums, posterior: Floats, at: Parameters, intercept: bool, wide: bool) -> Parameters:
    """Shares, then curves given the ratio of variances, then the variances: no step lowers the likelihood."""
    beta = _curves(data, posterior, at.ratio)
    squared, total = residual_sums(data, beta)
    within = (posterior * squared).sum(axis=(1, 2))
    between = (posterior * total**2).sum(axis=1) @ data.same_length
    ratio = _best_ratio(data, within, between, at.ratio, wide) if intercept else np.zeros_like(at.ratio)
    s2 = np.exp(_log_s2(data, within, between, ratio))
    return Parameters(posterior.mean(axis=2), beta, s2, ratio)


def _curves(data: Sums, posterior: Floats, ratio: Floats) -> Floats:
    starts, classes, people = posterior.shape
    shrink = ratio[:, None] / (1 + np.outer(ratio, data.n))
    flat = posterior.reshape(starts * classes, people)
    shrunk = (posterior * shrink[:, None, :]).reshape(starts * classes, people)
    terms = data.terms
    matrix = (flat @ data.xx - shrunk @ data.outer).reshape(-1, terms, terms)
    vector = flat @ data.xy - shrunk @ (data.x * data.y[:, None])
    # A class that has lost all its people would divide zero by zero.
    matrix = matrix + RIDGE * np.eye(terms)
    curves = np.linalg.solve(matrix, vector[:, :, None])[:, :, 0].astype(np.float64)
    return curves.reshape(starts, classes, terms)


def _log_s2(data: Sums, within: Floats, between: Floats, ratio: Floats) -> Floats:
    shrink = ratio[:, None] / (1 + np.outer(ratio, data.lengths))
    left = within - (shrink * between).sum(axis=1)
    floor = np.finfo(np.float64).tiny
    logs: Floats = np.log(np.maximum(left, floor) / data.n.sum())
    return logs


def _best_ratio(data: Sums, within: Floats, between: Floats, now: Floats, wide: bool) -> Floats:
    """Golden-section search of the profile likelihood; zero and the present value stay in the race."""
    counts = data.same_length.sum(axis=0)

    def badness(ratio: Floats) -> Floats:
        grown = np.log1p(np.outer(ratio, data.lengths)) @ counts
        score: Floats = data.n.sum() * _log_s2(data, within, between, ratio) + grown
        return score

    centre = np.log(np.maximum(now, np.exp(LOWEST)))
    low = np.full_like(centre, LOWEST) if wide else np.maximum(centre - 1.0, LOWEST)
    high = np.full_like(centre, HIGHEST) if wide else np.minimum(centre + 1.0, HIGHEST)
    for _ in range(40 if wide else 14):
        step = GOLDEN * (high - low)
        left, right = high - step, low + step
        better_left = badness(np.exp(left)) < badness(np.exp(right))
        high, low = np.where(better_left, right, high), np.where(better_left, low, left)
    candidates = np.stack([np.exp((low + high) / 2), now, np.zeros_like(now)])
    scores = np.stack([badness(candidate) for candidate in candidates])
    chosen: Floats = candidates[scores.argmin(axis=0), np.arange(len(now))]
    return chosen


def run(
    data: Sums, start: Parameters, intercept: bool, iterations: int, tolerance: float
) -> tuple[Parameters, Floats, np.ndarray]:
    """Alternate both steps until no start gains more than ``tolerance`` in log-likelihood.

    Returns
    -------
    parameters, log-likelihood, and whether each start converged
    """
    at = start
    posterior, likelihood = expectation(data, at)
    converged = np.zeros(len(likelihood), dtype=bool)
    for step in range(iterations):
        at = maximisation(data, posterior, at, intercept, wide=step % 25 == 0)
        posterior, now = expectation(data, at)
        converged = np.abs(now - likelihood) <= tolerance
        likelihood = now
        if converged.all() and step > 1:
            break
    return at, likelihood, converged
