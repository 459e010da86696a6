"""The simulated meta-analyses of the calibration, each drawn from a generator that is stated in full.

Every function draws all sets at once and returns arrays of (sets, studies).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
SEED = 20261123
SIZES = (5, 10, 20)
# With 2,000 sets a share of 95 percent has a Monte Carlo standard error of .5; with 20,000, of .15.
N_SETS = 20_000
# Sets are drawn in blocks of this many, so that the first ones are the same however many are drawn.
BLOCK = 2000
# A true mean difference of .3 standard deviations; arms of 20 to 200 people, the small ones common.
MEAN = 0.3
ARM = (20, 200)
TAU2 = (0.0, 0.02, 0.1)
BASE_RISK = (0.1, 0.5)
LOG_ODDS_RATIO = -0.8
# Harder: one trial with arms of 400 beside trials with arms of 20.
SMALL_ARM, LARGE_ARM = 20, 400
# Harder for tests of small-study effects: small trials of a large standardised effect.
LARGE_EFFECT, SMALL_ARMS = 0.8, (8, 40)


class Means(NamedTuple):
    """Mean differences and the variances estimated from the simulated people."""

    effects: Array
    variances: Array


class Standardised(NamedTuple):
    """Means and standard deviations of two arms of the same size."""

    n: Array
    mean1: Array
    sd1: Array
    mean2: Array
    sd2: Array


class Counts(NamedTuple):
    """Events and people of two arms."""

    events1: Array
    n1: Array
    events2: Array
    n2: Array


Drawn = TypeVar("Drawn", Means, Standardised, Counts)


def _rng(*key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([SEED, *key]))


def _blocks(n_sets: int, draw: Callable[[int, int], Drawn]) -> Drawn:
    """Sets drawn block by block; ``draw`` takes the size and the number of a block."""
    sizes = [min(BLOCK, n_sets - start) for start in range(0, n_sets, BLOCK)]
    found = [draw(size, number) for number, size in enumerate(sizes)]
    return type(found[0])(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _arms(rng: np.random.Generator, shape: tuple[int, int], ends: tuple[int, int] = ARM) -> Array:
    """People an arm: log-uniform between the ends, both arms of a study alike."""
    return np.asarray(np.floor(np.exp(rng.uniform(np.log(ends[0]), np.log(ends[1] + 1), shape))))


def _differences(rng: np.random.Generator, n: Array, tau2: float) -> Means:
    truth = MEAN + np.sqrt(tau2) * rng.standard_normal(n.shape)
    effects = truth + np.sqrt(2 / n) * rng.standard_normal(n.shape)
    squares = [rng.chisquare(n - 1) / (n - 1) for _ in range(2)]
    return Means(effects, (squares[0] + squares[1]) / n)


def mean_differences(n_sets: int, k: int, tau2: float) -> Means:
    """Mean differences of trials with people of standard deviation 1.

    True effects are normal about ``MEAN`` with variance ``tau2``. The observed difference and the two
    standard deviations have the distributions they have in samples of normal people.
    """

    def draw(size: int, block: int) -> Means:
        rng = _rng(1, k, round(1e6 * tau2), block)
        return _differences(rng, _arms(rng, (size, k)), tau2)

    return _blocks(n_sets, draw)


def one_large_trial(n_sets: int, k: int, tau2: float) -> Means:
    """As :func:`mean_differences`, but one trial is twenty times as large as all others, which are equal."""
    n = np.full((n_sets, k), float(SMALL_ARM))
    n[:, 0] = LARGE_ARM
    return _differences(_rng(4, k, round(1e6 * tau2)), n, tau2)


def large_standardised_effects(n_sets: int, k: int, tau2: float) -> Standardised:
    """Two arms of small trials whose true difference is large, for standardised differences."""

    def draw(size: int, block: int) -> Standardised:
        rng = _rng(5, k, round(1e6 * tau2), block)
        n = _arms(rng, (size, k), SMALL_ARMS)
        truth = LARGE_EFFECT + np.sqrt(tau2) * rng.standard_normal(n.shape)
        mean1, mean2 = (
            truth + rng.standard_normal(n.shape) / np.sqrt(n),
            rng.standard_normal(n.shape) / np.sqrt(n),
        )
        sd1, sd2 = (np.sqrt(rng.chisquare(n - 1) / (n - 1)) for _ in range(2))
        return Standardised(n, mean1, sd1, mean2, sd2)

    return _blocks(n_sets, draw)


def odds(n_sets: int, k: int, tau2: float) -> Counts:
    """Counts of two arms: risk without treatment uniform in ``BASE_RISK``, log odds ratios normal.

    A trial without any event is given one in its second arm, so that every test sees the same trials.
    """

    def draw(size: int, block: int) -> Counts:
        rng = _rng(2, k, round(1e6 * tau2), block)
        n = _arms(rng, (size, k))
        risk = rng.uniform(*BASE_RISK, (size, k))
        change = LOG_ODDS_RATIO + np.sqrt(tau2) * rng.standard_normal((size, k))
        treated = 1 / (1 + np.exp(-(np.log(risk / (1 - risk)) + change)))
        events1 = rng.binomial(n.astype(int), treated)
        events2 = np.maximum(rng.binomial(n.astype(int), risk), events1 == 0)
        return Counts(events1.astype(float), n, events2.astype(float), n)

    return _blocks(n_sets, draw)


# Comparisons of the networks, first against second, and the true effects.
COMPARISONS = (("a", "b"), ("a", "c"), ("b", "c"))
WORTH = {"a": 0.0, "b": MEAN, "c": MEAN / 2}


def networks(n_sets: int, k: int, tau2: float) -> tuple[Means, list[str], list[str]]:
    """Consistent networks of three treatments, ``k`` two-arm studies of each of the three comparisons.

    The true mean differences are 0, ``MEAN`` and ``MEAN`` / 2 against the first treatment.

    Returns
    -------
    effects of first against second and their variances, (sets, 3 k); names of the first and second treatments
    """
    first, second = ([pair[side] for pair in COMPARISONS for _ in range(k)] for side in (0, 1))
    true = np.array([WORTH[one] - WORTH[other] for one, other in zip(first, second, strict=True)])
    effects, variances = mean_differences(n_sets, 3 * k, tau2)
    return Means(effects - MEAN + true, variances), first, second
