"""Mixtures of regressions by expectation-maximisation: many starts, and many designs, at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, logsumexp

Floats = npt.NDArray[np.float64]
LOG_2_PI = float(np.log(2 * np.pi))
RIDGE = 1e-8
# A weak normal prior (mean 0, standard deviation 5 on standardised predictors) keeps log-odds finite where a
# class has only successes; the likelihood that is reported is without it.
LOGIT_PRECISION = 1 / 25
LONGEST_STEP = 3.0
SMALLEST_S2 = 1e-8
SMALLEST_SHARE = 1e-12


@dataclass(frozen=True, slots=True)
class Outcome:
    """A number per person, or successes out of ``trials``."""

    value: Floats
    trials: Floats | None


@dataclass(frozen=True, slots=True)
class Regressions:
    """Parameters of several starts: share (starts, classes), beta (starts, classes, terms), s2 (starts,)."""

    share: Floats
    beta: Floats
    s2: Floats

    def take(self, which: npt.NDArray[np.int64]) -> Regressions:
        """Some of the starts."""
        return Regressions(self.share[which], self.beta[which], self.s2[which])


def densities(design: Floats, outcome: Outcome, at: Regressions) -> Floats:
    """Log density of each outcome under each class: (starts, classes, people)."""
    fitted = at.beta @ design.transpose(0, 2, 1)
    if outcome.trials is None:
        s2 = at.s2[:, None, None]
        normal: Floats = -0.5 * (LOG_2_PI + np.log(s2) + (outcome.value - fitted) ** 2 / s2)
        return normal
    y, m = outcome.value, outcome.trials
    constant = gammaln(m + 1) - gammaln(y + 1) - gammaln(m - y + 1)
    binomial: Floats = constant + y * fitted - m * np.logaddexp(0.0, fitted)
    return binomial


def expectation(density: Floats, at: Regressions) -> tuple[Floats, Floats]:
    """Class probabilities of each person, and the log-likelihood of each start."""
    joint = np.log(np.maximum(at.share, SMALLEST_SHARE))[:, :, None] + density
    whole = logsumexp(joint, axis=1)
    return np.exp(joint - whole[:, None, :]), whole.sum(axis=1)


def _maximisation(
    design: Floats, products: Floats, outcome: Outcome, membership: Floats, mapping: Floats, at: Regressions
) -> Regressions:
    classes, terms, _ = mapping.shape
    beta = at.beta
    if outcome.trials is None:
        matrix = (membership @ products).reshape(-1, classes, terms, terms)
        vector = (membership * outcome.value) @ design
        beta = _solve(matrix, vector, mapping, RIDGE)
        left = outcome.value - beta @ design.transpose(0, 2, 1)
        s2 = np.maximum((membership * left**2).sum(axis=(1, 2)) / len(outcome.value), SMALLEST_S2)
    else:
        fitted = beta @ design.transpose(0, 2, 1)
        chance = 1 / (1 + np.exp(-fitted))
        weight = membership * outcome.trials * chance * (1 - chance)
        matrix = (weight @ products).reshape(-1, classes, terms, terms)
        vector = (membership * (outcome.value - outcome.trials * chance)) @ design - LOGIT_PRECISION * beta
        step = _solve(matrix, vector, mapping, LOGIT_PRECISION)
        beta = beta + np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        s2 = at.s2
    return Regressions(membership.mean(axis=2), beta, s2)


def _solve(matrix: Floats, vector: Floats, mapping: Floats, ridge: float) -> Floats:
    """Solve for the free parameters and give each class its coefficients."""
    free_matrix = np.einsum("ktf,bktu,kug->bfg", mapping, matrix, mapping, optimize=True)
    free_vector = np.einsum("ktf,bkt->bf", mapping, vector)
    free_matrix = free_matrix + ridge * np.eye(mapping.shape[2])
    free = np.linalg.solve(free_matrix, free_vector[:, :, None])[:, :, 0]
    coefficients: Floats = np.einsum("ktf,bf->bkt", mapping, free)
    return coefficients


def run(
    design: Floats,
    outcome: Outcome,
    membership: Floats,
    mapping: Floats,
    iterations: int,
    tolerance: float,
    begin: Regressions | None = None,
) -> tuple[Regressions, Floats, npt.NDArray[np.bool_]]:
    """Alternate both steps from given class memberships until no start gains more than ``tolerance``.

    Parameters
    ----------
    design : (starts, people, terms), or (1, people, terms) where all starts share it
    outcome : of each person
    membership : (starts, classes, people)
    mapping : which free parameters make up each class's coefficients
    begin : coefficients the logit link starts from; zero by default

    Returns
    -------
    parameters, log-likelihood, and whether each start converged
    """
    starts, classes, _ = membership.shape
    terms = design.shape[2]
    products = (design[:, :, :, None] * design[:, :, None, :]).reshape(*design.shape[:2], terms * terms)
    at = begin or Regressions(
        np.full((starts, classes), 1 / classes), np.zeros((starts, classes, terms)), np.ones(starts)
    )
    likelihood = np.full(starts, -np.inf)
    converged = np.zeros(starts, dtype=bool)
    for step in range(iterations):
        at = _maximisation(design, products, outcome, membership, mapping, at)
        membership, now = expectation(densities(design, outcome, at), at)
        converged = np.abs(now - likelihood) <= tolerance
        likelihood = now
        if converged.all() and step > 1:
            break
    return at, likelihood, converged
