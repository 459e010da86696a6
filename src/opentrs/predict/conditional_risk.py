"""A person's risk with an interval that is meant to hold the person's true risk given the predictors.

Estimand: the true conditional risk, that is, the share with the outcome among all people with the same values
of the predictors. It is not an interval for whether this one person will have the outcome, and it takes the
form of the model (additive on the log-odds) as right.

Penalised coefficients are pulled towards none, and intervals around them miss the truth at the ends of the
range. So the interval is made around bias-reduced coefficients (Firth 1993, doi:10.1093/biomet/80.1.27).
Their first-order bias is taken out, and they are finite also where people are separated. Its width is the
bootstrap standard error of the person's log-odds, people of one family drawn together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtri

from opentrs.stats.refusal import CannotFitError

Floats = npt.NDArray[np.float64]
RESAMPLES = 200
MOST_STEPS, FULL_STEPS = 100, 15
TOLERANCE = 1e-6
# A step of a scaled coefficient is never longer: the modified likelihood is flat far from its top.
LONGEST_STEP = 2.0
# Resamples with too few events may not come to rest; with more of them than this there is no interval.
MOST_FAILED_SHARE = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class BiasReduced:
    """Bias-reduced logistic regression and its resamples.

    Parameters
    ----------
    beta : (p + 1,) intercept first, per unit of the predictors
    draws : (resamples, p + 1) the same for each resample
    n, events : people and events
    """

    beta: Floats
    draws: Floats
    n: int
    events: int

    def log_odds(self, predictors: npt.ArrayLike) -> Floats:
        """Log-odds of people: (n,)."""
        return np.asarray(_design(predictors) @ self.beta, dtype=np.float64)

    def standard_error(self, predictors: npt.ArrayLike) -> Floats:
        """Bootstrap standard error of people's log-odds: (n,)."""
        return np.asarray((_design(predictors) @ self.draws.T).std(axis=1, ddof=1), dtype=np.float64)

    def interval(self, predictors: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats, Floats]:
        """Risk, and the ends of the interval of the true conditional risk: each (n,)."""
        centre, spread = self.log_odds(predictors), self.standard_error(predictors)
        half = float(ndtri((1 + level) / 2)) * spread
        return expit(centre), expit(centre - half), expit(centre + half)


def fit_bias_reduced(
    predictors: npt.ArrayLike,
    outcome: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> BiasReduced:
    """Fit, and fit again to resamples of people (of families, where ``groups`` says who belongs together).

    Parameters
    ----------
    predictors : (n, p) nothing missing
    outcome : (n,) 0 or 1
    groups : (n,) numbers of families; everybody for themselves by default

    Raises
    ------
    CannotFitError : a value is missing, one outcome only, a predictor that does not vary or follows from the
        others, or resamples that do not carry the model
    """
    x, y = np.atleast_2d(np.asarray(predictors, dtype=float)), np.asarray(outcome, dtype=float)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise CannotFitError("missing_value")
    if np.ptp(y) == 0:
        raise CannotFitError("one_outcome", n=y.size)
    middle, spread = x.mean(axis=0), x.std(axis=0)
    if (spread <= 1e-12 * np.maximum(np.abs(middle), 1e-300)).any():
        raise CannotFitError("constant_predictor")
    scaled = _design((x - middle) / spread)
    if np.linalg.eigvalsh(scaled.T @ scaled / y.size)[0] < 1e-10:
        raise CannotFitError("repeated_predictor")
    together = np.arange(y.size) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    rng = np.random.default_rng(seed)
    n_groups = int(together.max()) + 1
    drawn = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), resamples)[:, together]
    weights = np.vstack([np.ones(y.size), drawn.astype(float)])
    beta, rests = firth(scaled, y, weights)
    if not rests[0] or (~rests).mean() > MOST_FAILED_SHARE:
        raise CannotFitError("resamples_do_not_fit", n=int((~rests).sum()), of=resamples)
    back = np.diag(np.concatenate([[1.0], 1 / spread]))
    back[0, 1:] = -middle / spread
    found = beta[rests] @ back.T
    return BiasReduced(found[0], found[1:], int(y.size), int(y.sum()))


def firth(design: Floats, y: Floats, weights: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Bias-reduced logistic regression for many weightings of the same people at once.

    Parameters
    ----------
    design : (n, q) first column ones, columns of like scale
    y : (n,) 0 or 1
    weights : (fits, n) how often each person counts

    Returns
    -------
    (fits, q) coefficients, and (fits,) whether the steps came to rest
    """
    n, q = design.shape
    squares = (design[:, :, None] * design[:, None, :]).reshape(n, q * q)
    beta = np.zeros((len(weights), q))
    rests = np.zeros(len(weights), dtype=bool)
    for turn in range(MOST_STEPS):
        moving = np.flatnonzero(~rests)
        if not moving.size:
            break
        # Few events and many predictors make full steps swing to and fro about the top.
        step = _step(design, squares, y, weights[moving], beta[moving]) * (1.0 if turn < FULL_STEPS else 0.5)
        beta[moving] += step
        rests[moving] = np.abs(step).max(axis=1) < TOLERANCE
    return beta, rests


def _step(design: Floats, squares: Floats, y: Floats, weights: Floats, beta: Floats) -> Floats:
    """One scoring step of the modified score: w (y - p) + h (1/2 - p), h the leverage."""
    q = design.shape[1]
    risk = expit(beta @ design.T)
    curve = weights * risk * (1 - risk)
    information = (curve @ squares).reshape(-1, q, q)
    # A resample may lack a rare level; the ridge keeps its fit finite and is far below rounding elsewhere.
    inverse = np.linalg.inv(information + 1e-9 * np.eye(q))
    leverage = curve * (inverse.reshape(-1, q * q) @ squares.T)
    score = (weights * (y - risk) + leverage * (0.5 - risk)) @ design
    step = np.einsum("bij,bj->bi", inverse, score)
    longest = np.abs(step).max(axis=1, keepdims=True)
    return np.asarray(step * np.minimum(1.0, LONGEST_STEP / np.maximum(longest, 1e-12)))


def _design(predictors: npt.ArrayLike) -> Floats:
    x = np.atleast_2d(np.asarray(predictors, dtype=float))
    return np.column_stack([np.ones(len(x)), x])
