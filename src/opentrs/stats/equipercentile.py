"""Equipercentile linking of two scales rated in the same people.

A score of one scale is linked to the score of the other that has the same percentile rank. Distributions
are smoothed by a log-linear model that keeps their first moments (Holland and Thayer, 2000,
doi:10.3102/10769986025002133) and made continuous by spreading each whole score over one point. Unlike
a regression, the link from x to y is the inverse of that from y to x.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Array = NDArray[np.float64]

# Moments kept. Fixed: to choose them by AIC makes links no better (validation/linking).
DEGREE = 5
FEWEST_DISTINCT = 4
MIN_PEOPLE = 50
REPLICATES = 1000
BLOCK = 100
MOST_FAILED = 0.01
ITERATIONS = 60
HALVINGS = 30
CONVERGED = 1e-10


class LinkingError(ValueError):
    """The pairs cannot be linked.

    Parameters
    ----------
    reason : what is wrong, a name such as ``too_few_people``
    params : numbers that belong to it
    """

    def __init__(self, reason: str, **params: int | str) -> None:
        self.reason, self.params = reason, params
        super().__init__(f"{reason} {params}" if params else reason)


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """Whole scores from ``low`` to ``high``, as a scale can give them."""

    low: int
    high: int

    @property
    def scores(self) -> Array:
        """Every score of the range."""
        return np.arange(self.low, self.high + 1, dtype=float)

    def counts(self, values: Array, weights: Array | None = None) -> Array:
        """How often each score occurs."""
        return np.bincount(
            (values - self.low).astype(int), weights=weights, minlength=self.high - self.low + 1
        ).astype(float)


@dataclass(frozen=True, slots=True)
class Linking:
    """What each score of one scale corresponds to on the other.

    Parameters
    ----------
    scores : every score of the first scale
    linked : score of the second with the same percentile rank; NaN beyond the scores that were rated
    se : bootstrap standard error of ``linked``, points of the second scale
    low, high : interval of ``linked``: Student's t of the people less one, times ``se``, to either side
    counts : how often each score was rated
    prediction_error : root mean square of rated minus linked score over the pairs, points: how far off the
        link is for one person, which no number of pairs makes small
    degrees : moments kept when smoothing the first and the second scale: the degree asked for, or two less
        than the distinct scores rated
    n_pairs, n_people : pairs of ratings, and people they come from
    replicates, failed : bootstrap samples used, and those that could not be smoothed
    """

    scores: Array
    linked: Array
    se: Array
    low: Array
    high: Array
    counts: Array
    prediction_error: float
    degrees: tuple[int, int]
    n_pairs: int
    n_people: int
    replicates: int
    failed: int


def equipercentile(
    x: Sequence[float] | Array,
    y: Sequence[float] | Array,
    x_range: ScoreRange,
    y_range: ScoreRange,
    *,
    people: Sequence[object] | None = None,
    degree: int = DEGREE,
    replicates: int = REPLICATES,
    seed: int = 1,
    level: float = 0.95,
) -> tuple[Linking, Linking]:
    """Link two scales from pairs of ratings, in both directions.

    Parameters
    ----------
    x, y : whole scores of the same visits
    x_range, y_range : what the scales can give
    people : who was rated, one per pair; people, not pairs, are drawn in the bootstrap
    degree : moments the smoothing keeps
    replicates, seed, level : of the bootstrap

    Returns
    -------
    the link from x to y, and that from y to x, from the same bootstrap samples

    Raises
    ------
    LinkingError : fewer than ``MIN_PEOPLE`` people, scores out of range or not whole, or too few distinct
        scores to smooth
    """
    pairs = _Pairs.of(x, y, x_range, y_range, people)
    fitted_x, degree_x = _fit(pairs.counts_x.sum(axis=0), degree)
    fitted_y, degree_y = _fit(pairs.counts_y.sum(axis=0), degree)
    forward, backward, failed = _bootstrap(pairs, (degree_x, degree_y), replicates, seed)
    forth = _link(pairs, (fitted_x, fitted_y), forward, failed, (degree_x, degree_y), level)
    back = _link(pairs.swapped(), (fitted_y, fitted_x), backward, failed, (degree_y, degree_x), level)
    return forth, back


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs of scores, with counts of each score by person."""

    x: Array
    y: Array
    x_range: ScoreRange
    y_range: ScoreRange
    counts_x: Array
    counts_y: Array

    @classmethod
    def of(
        cls,
        x: Sequence[float] | Array,
        y: Sequence[float] | Array,
        x_range: ScoreRange,
        y_range: ScoreRange,
        people: Sequence[object] | None,
    ) -> _Pairs:
        first, second = _whole(x, x_range), _whole(y, y_range)
        if len(first) != len(second):
            raise LinkingError("unequal_lengths")
        names = np.arange(len(first)) if people is None else _codes(people)
        if len(names) != len(first):
            raise LinkingError("unequal_lengths")
        n_people = len(np.unique(names))
        if n_people < MIN_PEOPLE:
            raise LinkingError("too_few_people", n=n_people, least=MIN_PEOPLE)
        return cls(
            first,
            second,
            x_range,
            y_range,
            _by_person(names, first, x_range),
            _by_person(names, second, y_range),
        )

    def swapped(self) -> _Pairs:
        return _Pairs(self.y, self.x, self.y_range, self.x_range, self.counts_y, self.counts_x)


def _whole(values: Sequence[float] | Array, within: ScoreRange) -> Array:
    scores = np.asarray(values, dtype=float)
    if not np.all(np.isfinite(scores)) or np.any(scores != np.round(scores)):
        raise LinkingError("not_whole")
    if np.any(scores < within.low) or np.any(scores > within.high):
        raise LinkingError("beyond_range", low=within.low, high=within.high)
    return scores


def _codes(people: Sequence[object]) -> NDArray[np.int64]:
    order = {name: place for place, name in enumerate(dict.fromkeys(people))}
    return np.array([order[name] for name in people], dtype=np.int64)


def _by_person(names: NDArray[np.int64], values: Array, within: ScoreRange) -> Array:
    counts = np.zeros((int(names.max()) + 1, within.high - within.low + 1))
    np.add.at(counts, (names, (values - within.low).astype(int)), 1.0)
    return counts


def _bootstrap(
    pairs: _Pairs, degrees: tuple[int, int], replicates: int, seed: int
) -> tuple[Array, Array, int]:
    """Links in both directions from samples of people drawn with replacement, one row per sample."""
    counts_x, counts_y = _drawn_counts(pairs, replicates, seed)
    p, good_x = loglinear(counts_x, degrees[0])
    q, good_y = loglinear(counts_y, degrees[1])
    good = good_x & good_y
    failed = int((~good).sum())
    if failed > MOST_FAILED * replicates:
        raise LinkingError("unstable", failed=failed, of=replicates)
    p, q = p[good], q[good]
    forward = np.array([equivalents(a, b, pairs.y_range) for a, b in zip(p, q, strict=True)])
    backward = np.array([equivalents(b, a, pairs.x_range) for a, b in zip(p, q, strict=True)])
    return forward, backward, failed


def _drawn_counts(pairs: _Pairs, replicates: int, seed: int) -> tuple[Array, Array]:
    """Frequencies of both scales in each sample; drawn in blocks, so that many people fit in memory."""
    generator = np.random.default_rng(seed)
    n = len(pairs.counts_x)
    found_x, found_y = [], []
    for start in range(0, replicates, BLOCK):
        size = min(BLOCK, replicates - start)
        drawn = generator.multinomial(n, np.full(n, 1 / n), size=size).astype(float)
        found_x.append(drawn @ pairs.counts_x)
        found_y.append(drawn @ pairs.counts_y)
    return np.concatenate(found_x), np.concatenate(found_y)


def _link(
    pairs: _Pairs,
    fitted: tuple[Array, Array],
    samples: Array,
    failed: int,
    degrees: tuple[int, int],
    level: float,
) -> Linking:
    scores = pairs.x_range.scores
    rated = (scores >= pairs.x.min()) & (scores <= pairs.x.max())

    def shown(values: Array) -> Array:
        return np.where(rated, np.clip(values, pairs.y_range.low, pairs.y_range.high), np.nan)

    exact = equivalents(*fitted, pairs.y_range)
    se = samples.std(axis=0, ddof=1)
    reach = float(student.ppf((1 + level) / 2, len(pairs.counts_x) - 1)) * se
    linked = shown(exact)
    at_pairs = linked[(pairs.x - pairs.x_range.low).astype(int)]
    return Linking(
        scores=scores,
        linked=linked,
        se=np.where(rated, se, np.nan),
        low=shown(exact - reach),
        high=shown(exact + reach),
        counts=pairs.counts_x.sum(axis=0),
        prediction_error=float(np.sqrt(np.mean((pairs.y - at_pairs) ** 2))),
        degrees=degrees,
        n_pairs=len(pairs.x),
        n_people=len(pairs.counts_x),
        replicates=len(samples),
        failed=failed,
    )


def percentile_ranks(p: Array) -> Array:
    """Share below each score plus half the share at it, from the probabilities of the scores."""
    return np.asarray(np.cumsum(p) - p / 2, dtype=float)


def equivalents(p: Array, q: Array, y_range: ScoreRange) -> Array:
    """Score of the second scale with the percentile rank of each score of the first.

    Each whole score is spread evenly over half a point to either side, so results run from ``low - 0.5`` to
    ``high + 0.5``.

    Parameters
    ----------
    p, q : probabilities of every score of the first and of the second scale
    """
    edges = np.arange(y_range.low, y_range.high + 2) - 0.5
    below = np.concatenate([[0.0], np.cumsum(q)])
    return np.asarray(np.interp(percentile_ranks(p), below / below[-1], edges), dtype=float)


def _fit(counts: Array, degree: int) -> tuple[Array, int]:
    distinct = int((counts > 0).sum())
    if distinct < FEWEST_DISTINCT:
        raise LinkingError("too_few_scores", n=distinct, least=FEWEST_DISTINCT)
    kept = min(degree, distinct - 2)
    p, good = loglinear(counts[None, :], kept)
    if not good[0]:
        raise LinkingError("not_smoothed")
    return np.asarray(p[0]), kept


def loglinear(counts: Array, degree: int) -> tuple[Array, NDArray[np.bool_]]:
    """Smooth frequency distributions, keeping their first ``degree`` moments.

    The log probability is a polynomial of the score, whose best fit keeps mean, variance and so on.

    Parameters
    ----------
    counts : one distribution per row, one score per column
    degree : degree of the polynomial

    Returns
    -------
    probabilities in the shape of ``counts``, and for each row whether its fit converged
    """
    basis = _polynomials(counts.shape[1], degree)
    shares = counts / counts.sum(axis=1, keepdims=True)
    target = shares @ basis
    beta = _start(counts, basis)
    for _ in range(ITERATIONS):
        p = _probabilities(beta, basis)
        mean = p @ basis
        gradient = target - mean
        there = np.abs(gradient).max(axis=1) < CONVERGED
        if there.all():
            break
        gradient[there] = 0.0
        step = _newton(p, mean, gradient, basis)
        beta = beta + _damped(beta, step, basis, target)
    p = _probabilities(beta, basis)
    good = np.abs(target - p @ basis).max(axis=1) < np.sqrt(CONVERGED)
    return p, np.asarray(good & np.isfinite(beta).all(axis=1))


def _polynomials(n: int, degree: int) -> Array:
    """Orthonormal polynomials of the scores without the constant, one per column."""
    powers = np.vander(np.linspace(-1, 1, n), degree + 1, increasing=True)
    return np.asarray(np.linalg.qr(powers)[0][:, 1:] * np.sqrt(n), dtype=float)


def _start(counts: Array, basis: Array) -> Array:
    """The normal curve of each row's mean and variance, which every polynomial of degree 2 or more holds."""
    grid = np.linspace(-1, 1, counts.shape[1])
    shares = counts / counts.sum(axis=1, keepdims=True)
    mean = shares @ grid
    variance = np.maximum(shares @ grid**2 - mean**2, (grid[1] - grid[0]) ** 2 / 4)
    curve = -((grid - mean[:, None]) ** 2) / (2 * variance[:, None])
    return np.asarray(curve @ basis / len(grid), dtype=float)


def _probabilities(beta: Array, basis: Array) -> Array:
    logit = beta @ basis.T
    raised = np.exp(logit - logit.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=float)


def _newton(p: Array, mean: Array, gradient: Array, basis: Array) -> Array:
    products = (basis[:, :, None] * basis[:, None, :]).reshape(len(basis), -1)
    size = basis.shape[1]
    information = (p @ products).reshape(-1, size, size) - mean[:, :, None] * mean[:, None, :]
    # A row whose people all have nearly the same score has almost no information left.
    ridge = (1e-12 * np.trace(information, axis1=1, axis2=2) + 1e-14)[:, None, None] * np.eye(size)
    return np.asarray(np.linalg.solve(information + ridge, gradient[:, :, None])[:, :, 0], dtype=float)


def _damped(beta: Array, step: Array, basis: Array, target: Array) -> Array:
    """Halve each row's step until its likelihood does not fall."""
    before = _log_likelihood(beta, basis, target)
    for _ in range(HALVINGS):
        worse = _log_likelihood(beta + step, basis, target) < before - 1e-12
        if not worse.any():
            break
        step = np.where(worse[:, None], step / 2, step)
    return step


def _log_likelihood(beta: Array, basis: Array, target: Array) -> Array:
    logit = beta @ basis.T
    top = logit.max(axis=1)
    total = top + np.log(np.exp(logit - top[:, None]).sum(axis=1))
    return np.asarray((beta * target).sum(axis=1) - total, dtype=float)
