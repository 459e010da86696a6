"""How many people a study needs: simulated cohorts of growing size, beside the formulas where there are any.

Validation asks for an interval: its half-width at each size. Development asks how far the fitted model falls
short of the true one: 1 minus the calibration slope, the C that is lost, the net benefit that is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.special import expit

from opentrs.predict.power_people import (
    Drawn,
    Floats,
    Generator,
    SimulatedPeople,
    normal_people,
    true_c,
    true_net_benefit,
    true_slope,
)
from opentrs.stats.prediction.calibration import calibration_slope
from opentrs.stats.prediction.discrimination import concordance
from opentrs.stats.prediction.logistic import fit_logistic
from opentrs.stats.prediction.sample_size import AtThreshold, development, r2_of_c, validation
from opentrs.stats.refusal import CannotFitError

Purpose = Literal["validation", "development"]
Metric = Literal["c_statistic", "calibration_slope", "net_benefit"]
METRICS: tuple[Metric, ...] = ("c_statistic", "calibration_slope", "net_benefit")
BLOCK = 50
# People in whom a fitted model is judged by their true risk: enough that their number adds no error worth it.
JUDGES = 20_000
NORMAL_95 = 1.959963984540054
# A size at which fewer than this share of the cohorts gave a result is not used to find the size needed.
LEAST_SHARE = 0.5
RESAMPLES = 400
WIDEST = 4.0
# Means of equal numbers differ from them in the last digits; a size must not jump for that.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked.

    Parameters
    ----------
    target : validation: half-width of the 95% interval; development: shortfall that is tolerated
    prevalence : share with the outcome; None takes the cohort simulator's own
    c : C statistic at the true risk; None with simulated people, whose C is planted
    predictors : parameters of the model to develop
    threshold : risk from which one would act
    sizes : people of the simulated cohorts
    runs : cohorts at each size
    generator : ``normal`` or ``cohort``
    """

    purpose: Purpose
    metric: Metric
    target: float
    prevalence: float | None
    c: float | None
    predictors: int
    threshold: float
    sizes: tuple[int, ...]
    runs: int
    seed: int
    generator: Literal["normal", "cohort"] = "normal"


@dataclass(frozen=True, slots=True)
class AtSize:
    """What cohorts of one size gave.

    Parameters
    ----------
    mean, low, high : mean of the measure, and the 95% interval its simulation leaves; None where too few
        cohorts gave a result
    analytic : by the formula; None where there is none
    refused : cohorts that gave none, such as with separated data
    """

    n: int
    mean: float | None
    low: float | None
    high: float | None
    analytic: float | None
    runs: int
    refused: int


@dataclass(frozen=True, slots=True)
class NeededPeople:
    """The size at which the target is met; None where no size reached it or there is no formula."""

    method: str
    n: int | None
    low: int | None
    high: int | None


def people_of(plan: Plan) -> Generator:
    """The generator of a plan."""
    if plan.generator == "cohort":
        return SimulatedPeople(plan.prevalence)
    assert plan.prevalence is not None
    assert plan.c is not None
    return normal_people(plan.prevalence, plan.c, plan.predictors)


def judges(plan: Plan) -> Drawn:
    """The people in whom models are judged, and from whom the formulas take their distribution."""
    return people_of(plan).draw(JUDGES, np.random.SeedSequence([plan.seed, 0]))


def block_count(plan: Plan) -> int:
    """Blocks of cohorts at each size."""
    return -(-plan.runs // BLOCK)


def run_block(plan: Plan, n: int, block: int, judging: Drawn) -> list[float | None]:
    """The measure in each cohort of one block; None where it could not be taken.

    The same plan, size and block give the same numbers, whatever was run before.
    """
    people, measure = people_of(plan), _measure(plan, judging)
    first, last = block * BLOCK, min((block + 1) * BLOCK, plan.runs)
    found: list[float | None] = []
    for number in range(first, last):
        drawn = people.draw(n, np.random.SeedSequence([plan.seed, n, number + 1]))
        try:
            found.append(measure(drawn))
        except CannotFitError:
            found.append(None)
    return found


def _measure(plan: Plan, judging: Drawn) -> Callable[[Drawn], float | None]:
    if plan.purpose == "validation":
        return partial(_half_width, plan)
    return partial(_shortfall, plan, judging, np.asarray(expit(judging.log_odds)))


def _half_width(plan: Plan, drawn: Drawn) -> float | None:
    risk = expit(drawn.log_odds)
    if plan.metric == "net_benefit":
        return _net_benefit_half_width(drawn.outcome, risk, plan.threshold)
    take = concordance if plan.metric == "c_statistic" else calibration_slope
    found = take(drawn.outcome, risk)
    if found.low is None or found.high is None:
        return None
    return (found.high - found.low) / 2


def _net_benefit_half_width(outcome: Floats, risk: Floats, threshold: float) -> float | None:
    """Half of the 95% interval of the standardised net benefit: a ratio of two means, by the delta method."""
    share = outcome.mean()
    if share == 0 or share == 1:
        return None
    gain = (risk >= threshold) * (outcome - threshold / (1 - threshold) * (1 - outcome))
    value = gain.mean() / share
    return float(NORMAL_95 * np.std((gain - value * outcome) / share, ddof=1) / outcome.size**0.5)


def _shortfall(plan: Plan, judging: Drawn, risk: Floats, drawn: Drawn) -> float:
    """How far a model fitted to one cohort falls short in the people who judge it."""
    fitted = fit_logistic(drawn.predictors, drawn.outcome)
    log_odds = fitted.linear_predictor(judging.predictors)
    if plan.metric == "calibration_slope":
        return 1 - true_slope(log_odds, risk)
    if plan.metric == "c_statistic":
        return true_c(risk, risk) - true_c(log_odds, risk)
    best = true_net_benefit(risk, risk, plan.threshold)
    return best - true_net_benefit(np.asarray(expit(log_odds)), risk, plan.threshold)


def summary(plan: Plan, values: Mapping[int, list[float | None]], judging: Drawn) -> list[AtSize]:
    """Mean, its simulation interval and the formula at each size."""
    rows = []
    for n in plan.sizes:
        known = _known(values[n])
        enough = len(known) >= max(2, LEAST_SHARE * len(values[n]))
        mean = float(known.mean()) if enough else None
        half = NORMAL_95 * float(known.std(ddof=1)) / len(known) ** 0.5 if enough else 0.0
        low, high = (None, None) if mean is None else (mean - half, mean + half)
        rows.append(
            AtSize(
                n, mean, low, high, formula_at(plan, judging, n), len(values[n]), len(values[n]) - len(known)
            )
        )
    return rows


def _known(values: list[float | None]) -> Floats:
    return np.array([value for value in values if value is not None])


def needed(plan: Plan, values: Mapping[int, list[float | None]], judging: Drawn) -> list[NeededPeople]:
    """The size needed by simulation, with the interval the simulation leaves, and by formula."""
    usable = {
        n: known
        for n in plan.sizes
        if len(known := _known(values[n])) >= max(2, LEAST_SHARE * len(values[n]))
    }
    rng = np.random.default_rng(np.random.SeedSequence([plan.seed, 1]))
    found = _crossing(plan, {n: float(known.mean()) for n, known in usable.items()})
    redrawn = [
        _crossing(plan, {n: float(rng.choice(known, known.size).mean()) for n, known in usable.items()})
        for _ in range(RESAMPLES)
    ]
    told = [size for size in redrawn if size is not None]
    ends = np.quantile(told, [0.025, 0.975]) if found is not None and len(told) >= RESAMPLES / 2 else None
    simulated = NeededPeople(
        "simulation",
        None if found is None else int(np.ceil(found * (1 - ROUNDING))),
        None if ends is None else int(np.floor(ends[0])),
        None if ends is None else int(np.ceil(ends[1])),
    )
    return [simulated, NeededPeople("analytic", _formula(plan, judging, plan.target), None, None)]


def _crossing(plan: Plan, means: Mapping[int, float]) -> float | None:
    """Size at which the measure falls to the target, along a straight line of logarithms; None outside.

    Half-widths fall with the root of n and shortfalls with n, so both are straight there.
    """
    sizes = sorted(means)
    for before, after in pairwise(sizes):
        high, low = means[before], means[after]
        if high * (1 + ROUNDING) >= plan.target >= low * (1 - ROUNDING) and low > 0:
            if high == low:
                return float(before)
            share = np.log(high / plan.target) / np.log(high / low)
            return float(np.exp(np.log(before) + share * np.log(after / before)))
    return None


def formula_at(plan: Plan, judging: Drawn, n: int) -> float | None:
    """What the formula gives at a size: the target for which it asks for just so many people."""
    if _formula(plan, judging, plan.target) is None:
        return None
    low, high = 1e-4, WIDEST if plan.purpose == "validation" else 0.999
    for _ in range(60):
        middle = (low * high) ** 0.5
        asked = _formula(plan, judging, middle)
        low, high = (middle, high) if asked is None or asked > n else (low, middle)
    return high


def _formula(plan: Plan, judging: Drawn, target: float) -> int | None:
    """People the published criteria ask for; None where there is no such criterion."""
    prevalence, c = planted(plan, judging)
    if plan.purpose == "development":
        if plan.metric != "calibration_slope":
            return None
        listed = development(r2_of_c(c, prevalence), plan.predictors, prevalence, shrinkage=1 - target)
        return next(row.n for row in listed if row.criterion == "shrinkage")
    risk = np.asarray(expit(judging.log_odds))
    acted = risk >= plan.threshold
    at = AtThreshold(
        plan.threshold,
        float(risk[acted].sum() / risk.sum()),
        float((1 - risk)[~acted].sum() / (1 - risk).sum()),
    )
    width = 2 * target
    listed = validation(prevalence, c, judging.log_odds, at, (width, width, width, width))
    return next(row.n for row in listed if row.criterion == plan.metric)


def planted(plan: Plan, judging: Drawn) -> tuple[float, float]:
    """Share with the outcome and C at the true risk, of the generator."""
    risk = np.asarray(expit(judging.log_odds))
    return float(risk.mean()), true_c(risk, risk)
