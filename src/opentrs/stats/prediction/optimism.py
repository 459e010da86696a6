"""How much of a model's apparent performance is flattery: the whole development repeated in resamples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from opentrs.stats.prediction.checks import binary
from opentrs.stats.prediction.discrimination import weighted_concordance
from opentrs.stats.prediction.estimate import LEVEL, Estimate, Floats, percentiles
from opentrs.stats.prediction.logistic import fit_logistic, log_likelihood, newton
from opentrs.stats.refusal import CannotFitError

RESAMPLES = 1000
MEASURES = ("c_statistic", "calibration_slope", "calibration_intercept", "r2", "brier")
# What a maximum-likelihood development has by construction in its own people.
FIXED = ("calibration_slope", "calibration_intercept")
# More failed resamples than this share, and the average of the others no longer speaks for the development.
MOST_FAILED = 0.1
# Keeps the log-odds of a risk of exactly 0 or 1 finite.
EDGE = 1e-12

# From how often each person counts (n,) to the risk of everybody (n,) by a model developed in those people.
Developer = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Optimism:
    """Performance before and after correction.

    Parameters
    ----------
    apparent, optimism : measure -> value in the people of the development, and what of it is optimism
    corrected : measure -> apparent minus optimism. Its interval is that of the apparent value over resamples,
        shifted by the optimism (Noma et al. 2021, doi:10.1002/sim.9148); the slope and intercept of
        calibration, which are 1 and 0 in development by construction, have none
    resamples, failed : resamples drawn, and those in which no model could be fitted
    """

    apparent: dict[str, float]
    optimism: dict[str, float]
    corrected: dict[str, Estimate]
    resamples: int
    failed: int


def bootstrap_optimism(
    outcome: npt.ArrayLike,
    develop: Developer,
    resamples: int = RESAMPLES,
    seed: int = 1,
    level: float = LEVEL,
) -> Optimism:
    """Harrell's bootstrap: develop in each resample, and judge the model there and in all people.

    Parameters
    ----------
    outcome : (n,) 0 or 1
    develop : from the number of times each person counts, (n,), to everybody's risk, (n,). It must repeat
        every step of the development that looked at the outcome; it may raise ``CannotFitError``
    resamples, seed : of the bootstrap

    Raises
    ------
    CannotFitError : as ``develop``, in all people; or more than a tenth of the resamples allowed no model

    Notes
    -----
    Harrell et al. 1996, doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.
    """
    y = binary(outcome)
    everybody = np.ones(y.size)
    (apparent,) = judged(y, develop(everybody), [everybody])
    rng = np.random.default_rng(seed)
    there, here = [], []
    for _ in range(resamples):
        counts = np.bincount(rng.integers(0, y.size, y.size), minlength=y.size).astype(float)
        try:
            pair = judged(y, develop(counts), [counts, everybody])
        except CannotFitError:
            continue
        there.append(pair[0])
        here.append(pair[1])
    failed = resamples - len(there)
    if failed > MOST_FAILED * resamples:
        raise CannotFitError("resamples_failed", failed=failed, n=resamples)
    drawn = np.array(there)
    optimism = (drawn - np.array(here)).mean(axis=0)
    low, high = percentiles(drawn - optimism, level)
    n, events = y.size, int(y.sum())
    corrected = {
        name: Estimate(
            float(apparent[i] - optimism[i]),
            None if name in FIXED else float(low[i]), None if name in FIXED else float(high[i]),
            n, events, "optimism_bootstrap",
        )
        for i, name in enumerate(MEASURES)
    }  # fmt: skip
    return Optimism(_named(apparent), _named(optimism), corrected, resamples, failed)


def _named(values: Floats) -> dict[str, float]:
    return {name: float(value) for name, value in zip(MEASURES, values, strict=True)}


def judged(y: Floats, risk: Floats, weightings: list[Floats]) -> list[Floats]:
    """The measures of one set of risks, under each weighting of the people."""
    p = np.clip(risk, EDGE, 1 - EDGE)
    lp = np.log(p) - np.log1p(-p)
    square = (y - p) ** 2
    found = []
    for c, w in zip(weighted_concordance(y, lp, weightings), weightings, strict=True):
        n, share = w.sum(), float(w @ y / w.sum())
        if not 0 < share < 1 or np.ptp(lp) == 0:
            raise CannotFitError("one_outcome", n=int(n))
        line, _, rests = newton(np.column_stack([np.ones(y.size), lp]), y, w, 0.0, np.array([0.0, 1.0]))
        if not rests:
            raise CannotFitError("separated")
        empty = share * np.log(share) + (1 - share) * np.log1p(-share)
        gain = log_likelihood(lp, y, w) / n - empty
        r2 = (1 - np.exp(-2 * gain)) / (1 - np.exp(2 * empty))
        found.append(np.array([c, line[1], line[0], r2, w @ square / n]))
    return found


def logistic_developer(predictors: npt.ArrayLike, outcome: npt.ArrayLike) -> Developer:
    """Development by logistic regression with all predictors; each refit starts from the fit in all people.

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.prediction.logistic.fit_logistic`
    """
    y, x = binary(outcome), np.asarray(predictors, dtype=float)
    full = fit_logistic(x, y)
    x = x[:, None] if x.ndim == 1 else x
    middle, spread = x.mean(axis=0), x.std(axis=0)
    design = np.column_stack([np.ones(y.size), (x - middle) / spread])
    start = np.array([full.intercept + middle @ full.coefficients, *(full.coefficients * spread)])

    def develop(counts: Floats) -> Floats:
        beta, _, rests = newton(design, y, counts, 0.0, start)
        if not rests:
            raise CannotFitError("separated")
        return np.asarray(expit(design @ beta), dtype=np.float64)

    return develop


def bootstrap_validation(
    predictors: npt.ArrayLike, outcome: npt.ArrayLike, resamples: int = RESAMPLES, seed: int = 1
) -> Optimism:
    """Optimism of a logistic regression with all predictors; see :func:`bootstrap_optimism`."""
    return bootstrap_optimism(outcome, logistic_developer(predictors, outcome), resamples, seed)
