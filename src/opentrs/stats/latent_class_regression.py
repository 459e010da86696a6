"""Latent class regression: hidden classes of people, in each of which the response depends on other things.

The outcome is a number (normal, one residual variance for all classes) or successes out of trials (binomial,
logit link). Classes come in order of their outcome at the mean of the predictors, highest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.intervals import Interval
from opentrs.stats.observed_information import (
    around_share,
    covariance_at,
    relative_entropy,
    share_errors,
)
from opentrs.stats.refusal import CannotFitError
from opentrs.stats.regression_em import Floats, Outcome, Regressions, densities, expectation, run

SHORT_RUN, LONG_RUN = 60, 3000
FINALISTS = 4
TOLERANCE = 1e-6
LARGEST_BATCH = 400_000
SAME_LIKELIHOOD = 1e-2
Slopes = Literal["own", "shared", "none"]


@dataclass(frozen=True, slots=True)
class RegressionData:
    """Predictors and outcome of people without a missing value.

    Parameters
    ----------
    predictors : (people, predictors), as given
    outcome : number, or number of successes
    trials : number of trials of a binomial outcome; None for a number
    """

    predictors: Floats
    outcome: Floats
    trials: Floats | None = None

    @property
    def n_people(self) -> int:
        """Number of people."""
        return len(self.outcome)


@dataclass(frozen=True, slots=True)
class LatentClassRegression:
    """A fitted model.

    Parameters
    ----------
    n_classes, slopes : number of classes; ``own`` slopes by class, ``shared``, or ``none``
    at : parameters on the scaled data
    intercepts, coefficients : (classes,) and (classes, predictors), in units of the data, or log-odds
    coefficient_errors : standard errors of the coefficients; None where the likelihood is flat
    residual_sd : None for a binomial outcome
    log_likelihood, n_parameters, bic, entropy, n_people : as usual
    n_starts, n_agreeing : starts followed to the end, and those that reached this likelihood
    share_intervals : share of each class with its interval
    """

    n_classes: int
    slopes: Slopes
    at: Regressions
    middle: Floats
    spread: Floats
    outcome_scale: tuple[float, float]
    intercepts: Floats
    coefficients: Floats
    coefficient_errors: Floats | None
    residual_sd: float | None
    log_likelihood: float
    n_parameters: int
    bic: float
    entropy: float
    n_people: int
    n_starts: int
    n_agreeing: int
    share_intervals: tuple[Interval, ...]

    @property
    def shares(self) -> Floats:
        """Share of each class."""
        shares: Floats = self.at.share[0]
        return shares

    def posterior(self, data: RegressionData) -> Floats:
        """Probability of each class for each person whose outcome is known: (people, classes)."""
        outcome = _scaled_outcome(data, self.outcome_scale)
        design = _design(data, self.middle, self.spread)[None]
        posterior, _ = expectation(densities(design, outcome, self.at), self.at)
        people: Floats = posterior[0].T
        return people


def check_regression(data: RegressionData, n_classes: int, slopes: Slopes) -> None:
    """Refuse data that cannot tell the parameters of the model apart.

    Raises
    ------
    CannotFitError : a predictor or the outcome does not vary, predictors repeat each other, a value is
        missing,
        too few people, or a yes/no outcome with too few different genotypes for so many parameters
    """
    x, y = data.predictors, data.outcome
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise CannotFitError("missing_value")
    if data.n_people == 0 or np.ptp(y if data.trials is None else y / data.trials) == 0:
        raise CannotFitError("one_outcome", n=data.n_people)
    if x.shape[1] == 0 or (np.ptp(x, axis=0) == 0).any():
        raise CannotFitError("constant_predictor")
    if np.linalg.matrix_rank(x - x.mean(axis=0)) < x.shape[1]:
        raise CannotFitError("repeated_predictor")
    parameters = count_parameters(x.shape[1], n_classes, slopes, data.trials is not None)
    if data.n_people < 2 * parameters:
        raise CannotFitError("few_people", n=data.n_people, needed=2 * parameters, classes=n_classes)
    if data.trials is not None and n_classes > 1:
        told = _told_apart(x, data.trials)
        if told < parameters:
            raise CannotFitError("not_identified", n=told, needed=parameters, classes=n_classes)


def _told_apart(x: Floats, trials: Floats) -> int:
    """Free proportions in the data: for each different genotype, the largest number of trials anybody had."""
    _, group = np.unique(x, axis=0, return_inverse=True)
    most = np.zeros(int(group.max()) + 1)
    np.maximum.at(most, group.ravel(), trials)
    return int(most.sum())


def count_parameters(predictors: int, n_classes: int, slopes: Slopes, binomial: bool) -> int:
    """Shares, intercepts, slopes, and the residual variance of a number."""
    sloped = {"own": n_classes * predictors, "shared": predictors, "none": 0}[slopes]
    return (n_classes - 1) + n_classes + sloped + (0 if binomial else 1)


def fit_latent_class_regression(
    data: RegressionData,
    n_classes: int = 2,
    *,
    slopes: Slopes = "own",
    n_starts: int = 30,
    seed: int = 1,
) -> LatentClassRegression:
    """Fit by maximum likelihood from many starts.

    Parameters
    ----------
    data : people without missing values
    n_classes : number of classes
    slopes : ``own`` by class, ``shared`` by all classes, or ``none``
    n_starts : random starts; the best few are followed to convergence
    seed : of the starts

    Raises
    ------
    CannotFitError : see :func:`check_regression`, or no start converged
    """
    check_regression(data, n_classes, slopes)
    middle, spread = data.predictors.mean(axis=0), data.predictors.std(axis=0)
    design, scale = _design(data, middle, spread), _outcome_scale(data)
    outcome = _scaled_outcome(data, scale)
    mapping = slope_mapping(design.shape[1], n_classes, slopes)
    begin = random_memberships(data.n_people, n_classes, n_starts, seed)
    at, likelihood, _ = run(design[None], outcome, begin, mapping, SHORT_RUN, TOLERANCE)
    best = np.argsort(-np.nan_to_num(likelihood, nan=-np.inf))[:FINALISTS]
    membership = expectation(densities(design[None], outcome, at), at)[0][best]
    at, likelihood, converged = run(
        design[None], outcome, membership, mapping, LONG_RUN, TOLERANCE, at.take(best)
    )
    usable = converged & np.isfinite(likelihood)
    if not usable.any():
        raise CannotFitError("no_convergence", classes=n_classes)
    top = int(np.where(usable, likelihood, -np.inf).argmax())
    found = _ordered(at.take(np.array([top])))
    posterior, _ = expectation(densities(design[None], outcome, found), found)
    if not np.isfinite(posterior).all():
        raise CannotFitError("not_finite", classes=n_classes)
    log_likelihood = float(likelihood[top])
    if data.trials is None:
        log_likelihood -= data.n_people * float(np.log(scale[1]))
    n_parameters = count_parameters(data.predictors.shape[1], n_classes, slopes, data.trials is not None)
    errors, intervals = _uncertainty(design, outcome, found, slopes)
    coefficients = found.beta[0][:, 1:] * scale[1] / spread
    return LatentClassRegression(
        n_classes=n_classes,
        slopes=slopes,
        at=found,
        middle=middle,
        spread=spread,
        outcome_scale=scale,
        intercepts=scale[0] + scale[1] * found.beta[0][:, 0] - coefficients @ middle,
        coefficients=coefficients,
        coefficient_errors=None if errors is None else errors * scale[1] / spread,
        residual_sd=None if data.trials is not None else float(np.sqrt(found.s2[0])) * scale[1],
        log_likelihood=log_likelihood,
        n_parameters=n_parameters,
        bic=-2 * log_likelihood + n_parameters * float(np.log(data.n_people)),
        entropy=relative_entropy(posterior[0].T),
        n_people=data.n_people,
        n_starts=len(likelihood),
        n_agreeing=int((usable & (likelihood >= likelihood[top] - SAME_LIKELIHOOD)).sum()),
        share_intervals=intervals,
    )


def slope_mapping(terms: int, n_classes: int, slopes: Slopes) -> Floats:
    """Which free parameters make up each class's coefficients: (classes, terms, free)."""
    predictors = terms - 1
    free = {"own": n_classes * terms, "shared": n_classes + predictors, "none": n_classes}[slopes]
    mapping = np.zeros((n_classes, terms, free))
    for k in range(n_classes):
        mapping[k, 0, k] = 1.0
        for j in range(predictors):
            if slopes == "own":
                mapping[k, j + 1, n_classes + k * predictors + j] = 1.0
            elif slopes == "shared":
                mapping[k, j + 1, n_classes + j] = 1.0
    return mapping


def random_memberships(people: int, n_classes: int, n_starts: int, seed: int) -> Floats:
    """Random soft classes to begin with: (starts, classes, people)."""
    if n_classes == 1:
        return np.ones((1, 1, people))
    rng = np.random.default_rng(seed)
    drawn = rng.dirichlet(np.full(n_classes, 0.4), size=(n_starts, people))
    memberships: Floats = np.ascontiguousarray(drawn.transpose(0, 2, 1))
    return memberships


def _design(data: RegressionData, middle: Floats, spread: Floats) -> Floats:
    scaled = (data.predictors - middle) / spread
    return np.column_stack([np.ones(data.n_people), scaled])


def _outcome_scale(data: RegressionData) -> tuple[float, float]:
    if data.trials is not None:
        return 0.0, 1.0
    return float(data.outcome.mean()), float(data.outcome.std())


def _scaled_outcome(data: RegressionData, scale: tuple[float, float]) -> Outcome:
    return Outcome((data.outcome - scale[0]) / scale[1], data.trials)


def _ordered(at: Regressions) -> Regressions:
    order = np.argsort(-at.beta[0][:, 0], kind="stable")
    return Regressions(at.share[:, order], at.beta[:, order], at.s2)


def _uncertainty(
    design: Floats, outcome: Outcome, at: Regressions, slopes: Slopes
) -> tuple[Floats | None, tuple[Interval, ...]]:
    """Standard errors of the coefficients (scaled) and intervals of the shares."""
    classes, terms = at.beta.shape[1:]
    mapping = slope_mapping(terms, classes, slopes)
    shares = at.share[0]
    free = np.linalg.pinv(mapping.reshape(classes * terms, -1)) @ at.beta[0].ravel()
    odds = np.log(np.maximum(shares[:-1], 1e-12)) - np.log(max(float(shares[-1]), 1e-12))
    tail = [] if outcome.trials is not None else [float(np.log(at.s2[0]))]
    first = classes - 1

    def gradient(vector: Floats) -> Floats:
        share = np.exp(np.append(vector[:first], 0.0))
        beta = (mapping @ vector[first : first + len(free)])[None]
        s2 = np.exp(vector[-1:]) if tail else np.ones(1)
        here = Regressions((share / share.sum())[None], beta, s2)
        posterior = expectation(densities(design[None], outcome, here), here)[0][0]
        fitted = beta[0] @ design.T
        by_share = (posterior - here.share[0][:, None]).sum(axis=1)[:first]
        if outcome.trials is None:
            left = outcome.value - fitted
            pull, by_s2 = posterior * left / s2, [float((posterior * (left**2 / (2 * s2) - 0.5)).sum())]
        else:
            pull, by_s2 = posterior * (outcome.value - outcome.trials / (1 + np.exp(-fitted))), []
        by_free = np.einsum("ktf,kt->f", mapping, pull @ design)
        return np.concatenate([by_share, by_free, by_s2])

    whole = covariance_at(gradient, np.concatenate([odds, free, tail]))
    if whole is None:
        return None, tuple(Interval(float(share), None, None) for share in shares)
    of_free = whole[first : first + len(free), first : first + len(free)]
    errors = np.sqrt(np.maximum(np.einsum("ktf,fg,ktg->kt", mapping, of_free, mapping), 0.0))[:, 1:]
    if classes == 1:
        return errors, (Interval(1.0, 1.0, 1.0),)
    quantile = float(stats.norm.ppf(0.975))
    spread = share_errors(shares, whole[:first, :first])
    pairs = zip(shares.tolist(), spread.tolist(), strict=True)
    return errors, tuple(Interval(share, *around_share(share, error, quantile)) for share, error in pairs)


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """Is the response related to the predictors in any class?

    Parameters
    ----------
    statistic : log-likelihood of the model with the predictors as they are
    p_value : share of orders of the predictors that fit at least as well, this one counted in
    permutations : orders drawn
    """

    statistic: float
    p_value: float
    permutations: int


def permutation_test(
    data: RegressionData,
    n_classes: int = 2,
    *,
    permutations: int = 199,
    n_starts: int = 6,
    iterations: int = 60,
    seed: int = 1,
) -> PermutationTest:
    """Deal the genotypes to other people and fit again; every order is fitted from the same starts.

    The starts belong to people and their outcomes, not to predictors, so all orders are treated alike and the
    p-value is exact whatever the starts reach.

    Parameters
    ----------
    data, n_classes : as in :func:`fit_latent_class_regression`
    permutations : orders drawn
    n_starts, iterations : effort spent on each order
    seed : of the orders and the starts
    """
    check_regression(data, n_classes, "own")
    rng = np.random.default_rng(seed)
    design = _design(data, data.predictors.mean(axis=0), data.predictors.std(axis=0))
    outcome = _scaled_outcome(data, _outcome_scale(data))
    orders = [np.arange(data.n_people), *(rng.permutation(data.n_people) for _ in range(permutations))]
    mapping = slope_mapping(design.shape[1], n_classes, "own")
    begin = random_memberships(data.n_people, n_classes, n_starts, seed)
    best = np.empty(len(orders))
    # In groups that keep the memory small.
    size = max(1, LARGEST_BATCH // (len(begin) * n_classes * data.n_people))
    for first in range(0, len(orders), size):
        group = np.stack([design[order] for order in orders[first : first + size]])
        starts = np.tile(begin, (len(group), 1, 1))
        _, likelihood, _ = run(
            np.repeat(group, len(begin), axis=0), outcome, starts, mapping, iterations, TOLERANCE
        )
        best[first : first + size] = likelihood.reshape(len(group), -1).max(axis=1)
    if not np.isfinite(best).all():
        raise CannotFitError("not_finite", classes=n_classes)
    as_good = int((best[1:] >= best[0] - 1e-9).sum())
    return PermutationTest(float(best[0]), (1 + as_good) / (permutations + 1), permutations)


def as_regression_data(
    predictors: npt.ArrayLike, outcome: npt.ArrayLike, trials: npt.ArrayLike | None = None
) -> tuple[RegressionData, npt.NDArray[np.bool_]]:
    """Leave out people with a missing value; returns the rest and who they are."""
    x = np.asarray(predictors, dtype=np.float64).reshape(len(np.asarray(outcome)), -1)
    y = np.asarray(outcome, dtype=np.float64)
    m = None if trials is None else np.asarray(trials, dtype=np.float64)
    kept = np.isfinite(x).all(axis=1) & np.isfinite(y)
    if m is not None:
        kept &= np.isfinite(m) & (m > 0)
    return RegressionData(x[kept], y[kept], None if m is None else m[kept]), kept
