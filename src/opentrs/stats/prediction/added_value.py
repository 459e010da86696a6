"""Do new predictors add to a model: by likelihood ratio and permutation, never by DeLong on nested models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.prediction.checks import binary
from opentrs.stats.prediction.discrimination import weighted_concordance
from opentrs.stats.prediction.estimate import LEVEL, Estimate, Floats, percentiles
from opentrs.stats.prediction.logistic import fit_logistic
from opentrs.stats.prediction.optimism import MOST_FAILED, Developer, logistic_developer
from opentrs.stats.refusal import CannotFitError

PERMUTATIONS, RESAMPLES = 999, 500


@dataclass(frozen=True, slots=True)
class AddedValue:
    """What new predictors add.

    Parameters
    ----------
    statistic, df, p : likelihood-ratio test of the larger against the smaller model
    permutation_p : of the score test, the new predictors' own part shuffled between people
    permutations : how many
    delta_c : gain in C in people not used to fit (out of each resample)
    delta_net_benefit : the same for net benefit at each threshold
    thresholds : those
    """

    statistic: float
    df: int
    p: float
    permutation_p: float
    permutations: int
    delta_c: Estimate
    delta_net_benefit: tuple[Estimate, ...]
    thresholds: tuple[float, ...]


def added_value(
    outcome: npt.ArrayLike,
    base: npt.ArrayLike,
    added: npt.ArrayLike,
    thresholds: Sequence[float] = (),
    seed: int = 1,
    permutations: int = PERMUTATIONS,
    resamples: int = RESAMPLES,
) -> AddedValue:
    """Test and measure what ``added`` predictors bring beside ``base`` ones, in logistic regressions.

    Parameters
    ----------
    outcome : (n,) 0 or 1
    base : (n, p) predictors of the smaller model; p may be 0
    added : (n, q)
    thresholds : risks at which the gain in net benefit is measured

    Raises
    ------
    CannotFitError : either model cannot be fitted, or not in a tenth of the resamples
    """
    y = binary(outcome)
    z, x = _columns(base, y.size), _columns(added, y.size)
    both = np.column_stack([z, x])
    statistic, df, p = likelihood_ratio(y, z, both)
    shuffled = permutation_p(y, z, x, seed, permutations)
    gains = _gains(y, z, both, tuple(thresholds), seed, resamples)
    return AddedValue(statistic, df, p, shuffled, permutations, gains[0], tuple(gains[1:]), tuple(thresholds))


def _columns(x: npt.ArrayLike, n: int) -> Floats:
    array = np.asarray(x, dtype=float)
    return array.reshape(n, -1) if array.size else np.empty((n, 0))


def likelihood_ratio(y: Floats, smaller: Floats, larger: Floats) -> tuple[float, int, float]:
    """Likelihood-ratio statistic, degrees of freedom and p of nested logistic regressions.

    Parameters
    ----------
    y : (n,) 0 or 1
    smaller, larger : (n, p) and (n, p + q), the columns of the smaller among those of the larger
    """
    gain = fit_logistic(larger, y).log_likelihood - fit_logistic(smaller, y).log_likelihood
    df = larger.shape[1] - smaller.shape[1]
    statistic = max(0.0, 2 * gain)
    return statistic, df, float(stats.chi2.sf(statistic, df))


def permutation_p(y: Floats, base: Floats, added: Floats, seed: int, permutations: int) -> float:
    """P of the score test of the added predictors under permutation.

    What base predictors do not explain of the added ones (by least squares) is shuffled between people, all
    added predictors together, so that their relation to the base and to each other stays (Potter 2005,
    doi:10.1002/sim.1931). The observed order counts as one of the permutations.
    """
    fit = fit_logistic(base, y)
    risk = fit.risk(base)
    left, weight = y - risk, risk * (1 - risk)
    design = np.column_stack([np.ones(y.size), base])
    solved, *_ = np.linalg.lstsq(design, added, rcond=None)
    own = added - design @ solved
    rng = np.random.default_rng(seed)
    observed = _score(own, design, left, weight)
    above = sum(
        _score(own[rng.permutation(y.size)], design, left, weight) >= observed * (1 - 1e-12)
        for _ in range(permutations)
    )
    return (1 + above) / (1 + permutations)


def _score(x: Floats, design: Floats, left: Floats, weight: Floats) -> float:
    """Rao's statistic for x beside the design."""
    weighted = weight[:, None] * x
    cross = design.T @ weighted
    inner = np.linalg.solve(design.T @ (weight[:, None] * design), cross)
    variance = x.T @ weighted - cross.T @ inner
    slope = x.T @ left
    return float(slope @ np.linalg.solve(variance, slope))


def _gains(
    y: Floats, smaller: Floats, larger: Floats, thresholds: tuple[float, ...], seed: int, resamples: int
) -> list[Estimate]:
    """Gain in C and in net benefit at each threshold, in the people that each resample left out."""
    develop = [_developer(x, y) for x in (smaller, larger)]
    rng = np.random.default_rng(seed)
    cuts = np.array(thresholds)
    drawn = []
    for _ in range(resamples):
        counts = np.bincount(rng.integers(0, y.size, y.size), minlength=y.size).astype(float)
        out = counts == 0
        if np.ptp(y[out]) == 0:
            continue
        try:
            one, two = (_worth(y[out], make(counts)[out], cuts) for make in develop)
        except CannotFitError:
            continue
        drawn.append(two - one)
    if resamples - len(drawn) > MOST_FAILED * resamples:
        raise CannotFitError("resamples_failed", failed=resamples - len(drawn), n=resamples)
    gains = np.array(drawn)
    low, high = percentiles(gains, LEVEL)
    n, events = y.size, int(y.sum())
    return [
        Estimate(float(mean), float(a), float(b), n, events, "out_of_bag")
        for mean, a, b in zip(gains.mean(axis=0), low, high, strict=True)
    ]


def _developer(x: Floats, y: Floats) -> Developer:
    if x.shape[1]:
        return logistic_developer(x, y)
    return lambda counts: np.full(y.size, float(counts @ y / counts.sum()))


def _worth(y: Floats, risk: Floats, cuts: Floats) -> Floats:
    (c,) = weighted_concordance(y, risk, [np.ones(y.size)])
    treated = risk[:, None] >= cuts
    benefit = (treated * (y[:, None] - (1 - y[:, None]) * cuts / (1 - cuts))).mean(axis=0)
    return np.array([c, *benefit])
