"""Everything that says how well risks fit what happened, by the names of the tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy.typing as npt

from opentrs.stats.prediction.calibration import (
    RESAMPLES,
    calibration_errors,
    calibration_in_the_large,
    calibration_slope,
    observed_expected,
)
from opentrs.stats.prediction.checks import outcome_and_risk
from opentrs.stats.prediction.discrimination import concordance
from opentrs.stats.prediction.estimate import Estimate, Floats
from opentrs.stats.prediction.scores import brier
from opentrs.stats.refusal import CannotFitError

# With fewer of either outcome an interval of C or of the slope spans nearly all that is possible.
FEWEST = 10
METRICS = (
    "n", "events", "c_statistic", "calibration_in_the_large", "calibration_slope", "observed_expected",
    "brier", "scaled_brier", "brier_miscalibration", "brier_discrimination", "brier_uncertainty",
    "ici", "e50", "e90", "emax",
)  # fmt: skip


def performance(
    outcome: npt.ArrayLike, risk: npt.ArrayLike, seed: int = 1, resamples: int = RESAMPLES
) -> dict[str, Estimate]:
    """Discrimination, calibration and overall fit.

    Parameters
    ----------
    outcome : (n,) 0 or 1
    risk : (n,) in 0 to 1
    seed, resamples : of the bootstrap of the calibration errors

    Returns
    -------
    dict : every name of ``METRICS``. A figure that these risks do not allow (a slope of a constant risk, or
        of a risk of exactly 0 or 1) has the value None and its reason

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.prediction.checks.outcome_and_risk`; or fewer than 10 people
        with the event, or fewer than 10 without
    """
    y, p = outcome_and_risk(outcome, risk)
    n, events = y.size, int(y.sum())
    if min(events, n - events) < FEWEST:
        raise CannotFitError("few_events", events=events, others=n - events, needed=FEWEST)
    found = {
        "n": _plain(float(n), n, events, "count"),
        "events": _plain(float(events), n, events, "count"),
        "c_statistic": concordance(y, p),
        "observed_expected": _or_reason(observed_expected, y, p, "delta_log_ratio"),
        "calibration_in_the_large": _or_reason(calibration_in_the_large, y, p, "wald"),
        "calibration_slope": _or_reason(calibration_slope, y, p, "wald"),
    }
    score = brier(y, p)
    found |= {"brier": score.brier, "scaled_brier": score.scaled}
    for part in ("miscalibration", "discrimination", "uncertainty"):
        found[f"brier_{part}"] = _plain(getattr(score, part), n, events, "isotonic_decomposition")
    found |= _curve_errors(y, p, seed, resamples)
    return {name: found[name] for name in METRICS}


def _plain(value: float, n: int, events: int, method: str) -> Estimate:
    return Estimate(value, None, None, n, events, method)


def _or_reason(measure: Callable[[Floats, Floats], Estimate], y: Floats, p: Floats, method: str) -> Estimate:
    try:
        return measure(y, p)
    except CannotFitError as refusal:
        return Estimate(None, None, None, y.size, int(y.sum()), method, refusal.code)


def _curve_errors(y: Floats, p: Floats, seed: int, resamples: int) -> dict[str, Estimate]:
    try:
        return {
            name.lower(): value
            for name, value in calibration_errors(y, p, seed=seed, resamples=resamples).items()
        }
    except CannotFitError as refusal:
        none = Estimate(None, None, None, y.size, int(y.sum()), "bootstrap_percentile", refusal.code)
        return dict.fromkeys(("ici", "e50", "e90", "emax"), none)
