"""The simulated meta-analyses of the calibration, each drawn from a generator that is stated in full.

Every function draws all sets at once and returns arrays of (sets, studies).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
SEED = 20261123
SIZES = (5, 10, 20)
N_SETS = 2000
# A true mean difference of .3 standard deviations; arms of 20 to 200 people, the small ones common.
MEAN = 0.3
ARM = (20, 200)
TAU2 = (0.0, 0.02, 0.1)
BASE_RISK = (0.1, 0.5)
LOG_ODDS_RATIO = -0.8


class Means(NamedTuple):
    """Mean differences and the variances estimated from the simulated people."""

    effects: Array
    variances: Array


class Counts(NamedTuple):
    """Events and people of two arms."""

    events1: Array
    n1: Array
    events2: Array
    n2: Array


def _rng(*key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([SEED, *key]))


def _arms(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """People an arm: log-uniform between the ends, both arms of a study alike."""
    return np.asarray(np.floor(np.exp(rng.uniform(np.log(ARM[0]), np.log(ARM[1] + 1), shape))))


def mean_differences(n_sets: int, k: int, tau2: float, key: int = 0) -> Means:
    """Mean differences of trials with people of standard deviation 1.

    True effects are normal about ``MEAN`` with variance ``tau2``. The observed difference and the two
    standard deviations have the distributions they have in samples of normal people.
    """
    rng = _rng(1, k, round(1e6 * tau2), key)
    n = _arms(rng, (n_sets, k))
    truth = MEAN + np.sqrt(tau2) * rng.standard_normal((n_sets, k))
    effects = truth + np.sqrt(2 / n) * rng.standard_normal((n_sets, k))
    squares = [rng.chisquare(n - 1) / (n - 1) for _ in range(2)]
    return Means(effects, (squares[0] + squares[1]) / n)


def odds(n_sets: int, k: int, tau2: float) -> Counts:
    """Counts of two arms: risk without treatment uniform in ``BASE_RISK``, log odds ratios normal.

    A trial without any event is given one in its second arm, so that every test sees the same trials.
    """
    rng = _rng(2, k, round(1e6 * tau2))
    n = _arms(rng, (n_sets, k))
    risk = rng.uniform(*BASE_RISK, (n_sets, k))
    change = LOG_ODDS_RATIO + np.sqrt(tau2) * rng.standard_normal((n_sets, k))
    treated = 1 / (1 + np.exp(-(np.log(risk / (1 - risk)) + change)))
    events1 = rng.binomial(n.astype(int), treated)
    events2 = np.maximum(rng.binomial(n.astype(int), risk), events1 == 0)
    return Counts(events1.astype(float), n, events2.astype(float), n)


def networks(n_sets: int, k: int, tau2: float) -> Iterator[tuple[Array, Array, list[str], list[str]]]:
    """Consistent networks of three treatments, ``k`` two-arm studies of each of the three comparisons.

    The true mean differences are 0, ``MEAN`` and ``MEAN`` / 2 against the first treatment.
    """
    worth = {"a": 0.0, "b": MEAN, "c": MEAN / 2}
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    first, second = ([pair[side] for pair in pairs for _ in range(k)] for side in (0, 1))
    true = np.array([worth[one] - worth[other] for one, other in zip(first, second, strict=True)])
    drawn = mean_differences(n_sets, 3 * k, tau2, key=3)
    for effects, variances in zip(*drawn, strict=True):
        yield effects - MEAN + true, np.sqrt(variances), first, second
