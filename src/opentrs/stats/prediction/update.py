"""Updating a published model by as little as the new people ask for: the ladder and its closed test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.prediction.checks import binary
from opentrs.stats.prediction.estimate import Floats
from opentrs.stats.prediction.logistic import LogisticFit, fit_logistic, log_likelihood
from opentrs.stats.refusal import CannotFitError

StepName = Literal["none", "intercept", "intercept_slope", "reestimate", "extend"]
STEPS: tuple[StepName, ...] = ("none", "intercept", "intercept_slope", "reestimate", "extend")
ALPHA = 0.05
# Share of the spread of the linear predictor that predictors must leave unexplained to be no part of it.
OWN_PART = 1e-8


@dataclass(frozen=True, slots=True)
class Step:
    """One way to update.

    Parameters
    ----------
    name : step of the ladder
    log_likelihood : at its maximum
    df : coefficients estimated
    statistic, test_df : likelihood-ratio statistic against the largest step; None for the largest itself
    p_recalibrating, p_beyond : of the two parts of that statistic, what intercept and slope gain and what
        the largest step gains beyond them; None where there is no such part
    p : of the step, from the smaller of the two (see :func:`update_ladder`); None for the largest itself
    intercept, slope, coefficients : updated log-odds = intercept + slope * lp + predictors @ coefficients;
        those of ``reestimate`` and ``extend`` are drawn towards ``intercept_slope`` by ``shrinkage``
    shrinkage : 1 where nothing is shrunk
    """

    name: StepName
    log_likelihood: float
    df: int
    statistic: float | None
    test_df: int | None
    p: float | None
    intercept: float
    slope: float
    coefficients: Floats
    shrinkage: float = 1.0
    p_recalibrating: float | None = None
    p_beyond: float | None = None

    def linear_predictor(self, lp: npt.ArrayLike, predictors: npt.ArrayLike | None = None) -> Floats:
        """Updated log-odds of people.

        Parameters
        ----------
        lp : (n,) log-odds by the published model
        predictors : (n, p) as given to :func:`update_ladder`, with the added ones behind; needed where the
            step has coefficients
        """
        updated = self.intercept + self.slope * np.asarray(lp, dtype=float)
        if self.coefficients.size:
            updated = updated + np.asarray(predictors, dtype=float) @ self.coefficients
        return np.asarray(updated, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Ladder:
    """Every step, and the one that the closed test chooses.

    Parameters
    ----------
    steps : from ``none`` to the largest that could be fitted
    chosen : the smallest step the largest is not significantly better than
    refused : step -> why it could not be fitted (key of the refusal)
    names : of the coefficients of ``reestimate`` and ``extend``
    """

    steps: tuple[Step, ...]
    chosen: StepName
    refused: Mapping[StepName, str]
    names: tuple[str, ...]
    n: int
    events: int

    def step(self, name: StepName | None = None) -> Step:
        """Return a step, by default the chosen one."""
        return next(step for step in self.steps if step.name == (name or self.chosen))


def update_ladder(
    outcome: npt.ArrayLike,
    lp: npt.ArrayLike,
    predictors: npt.ArrayLike | None = None,
    names: Sequence[str] = (),
    added: npt.ArrayLike | None = None,
    added_names: Sequence[str] = (),
    alpha: float = ALPHA,
) -> Ladder:
    """Leave a model, move its intercept, its slope too, re-estimate it, or extend it.

    Parameters
    ----------
    outcome : (n,) 0 or 1
    lp : (n,) log-odds by the published model
    predictors : (n, p) its predictors, to re-estimate it; without them the ladder ends at ``intercept_slope``
    added : (n, q) new predictors, to extend it
    names, added_names : of the columns
    alpha : level of the whole closed test: a model that is right is changed in at most this share of samples

    Raises
    ------
    CannotFitError : outcomes or log-odds missing, one outcome only, everybody has the same log-odds, or a
        slope cannot be fitted

    Notes
    -----
    Closed test: the largest step is tested against each smaller one in turn, from the smallest, and the first
    that is not rejected is taken (Vergouwe et al. 2017, doi:10.1002/sim.7179). A step below
    ``intercept_slope`` is judged by the two parts of its statistic, which are independent where the step is
    right: p = 1 - (1 - smaller p)^2. So a slope that is wrong is not drowned by as many coefficients as
    the model has, and the level stays ``alpha``. Re-estimated coefficients
    are shrunk towards the recalibrated model by (chi2 - df) / chi2 of their own test (Steyerberg et al. 2004,
    doi:10.1002/sim.1844).
    """
    y, line = binary(outcome), np.asarray(lp, dtype=float)
    if line.shape != y.shape:
        raise CannotFitError("outcome_and_risk_differ", n=y.size, m=line.size)
    if not np.isfinite(line).all():
        raise CannotFitError("missing_value")
    if np.ptp(line) == 0:
        raise CannotFitError("constant_risk")
    steps, refused = _simple(y, line), {}
    for name, columns in columns_of_steps(predictors, added).items():
        try:
            steps.append(_revised(name, y, line, columns, steps[2]))
        except CannotFitError as refusal:
            refused[name] = refusal.code
    tested = [_tested(step, steps[2], steps[-1]) for step in steps]
    chosen = next(step.name for step in tested if step.p is None or step.p >= alpha)
    return Ladder(tuple(tested), chosen, refused, (*names, *added_names), y.size, int(y.sum()))


def columns_of_steps(predictors: npt.ArrayLike | None, added: npt.ArrayLike | None) -> dict[StepName, Floats]:
    """What each step with coefficients of its own is fitted to: the predictors, and new ones beside them."""
    wide: dict[StepName, Floats] = {}
    if predictors is not None:
        wide["reestimate"] = _columns(predictors)
    if added is not None:
        wide["extend"] = np.column_stack([*([wide["reestimate"]] if wide else []), _columns(added)])
    return wide


def _columns(part: npt.ArrayLike) -> Floats:
    columns = np.asarray(part, dtype=float)
    return columns[:, None] if columns.ndim == 1 else columns


def kept_share(gain: float, df: int) -> float:
    """Share of re-estimated coefficients that is kept: (chi2 - df) / chi2 of their own test, 0 at least.

    The heuristic shrinkage of Steyerberg et al. 2004, doi:10.1002/sim.1844.
    """
    return max(0.0, 1 - df / gain) if gain > 0 else 0.0


def _simple(y: Floats, line: Floats) -> list[Step]:
    """The steps that need nothing but the published log-odds."""
    nothing = np.empty(0)
    large = fit_logistic(np.empty((y.size, 0)), y, offset=line)
    both = fit_logistic(line, y)
    return [
        Step("none", log_likelihood(line, y), 0, None, None, None, 0.0, 1.0, nothing),
        Step("intercept", large.log_likelihood, 1, None, None, None, large.intercept, 1.0, nothing),
        Step(
            "intercept_slope", both.log_likelihood, 2, None, None, None,
            both.intercept, float(both.coefficients[0]), nothing,
        ),
    ]  # fmt: skip


def _revised(name: StepName, y: Floats, line: Floats, x: Floats, recalibrated: Step) -> Step:
    """Coefficients of its own for every predictor, shrunk towards the recalibrated model."""
    fit, slope, coefficients = _fit_beside(y, line, x)
    df = fit.coefficients.size + 1
    gain = 2 * (fit.log_likelihood - recalibrated.log_likelihood)
    kept = kept_share(gain, df - recalibrated.df)
    return Step(
        name, fit.log_likelihood, df, None, None, None,
        kept * fit.intercept + (1 - kept) * recalibrated.intercept,
        kept * slope + (1 - kept) * recalibrated.slope,
        kept * coefficients, kept,
    )  # fmt: skip


def _fit_beside(y: Floats, line: Floats, x: Floats) -> tuple[LogisticFit, float, Floats]:
    """Fit all predictors, and the published log-odds beside them unless it is a sum of them."""
    design = np.column_stack([np.ones(y.size), x])
    solved, *_ = np.linalg.lstsq(design, line, rcond=None)
    if float(np.mean((line - design @ solved) ** 2)) <= OWN_PART * float(np.var(line)):
        fit = fit_logistic(x, y)
        return fit, 0.0, fit.coefficients
    fit = fit_logistic(np.column_stack([line, x]), y)
    return fit, float(fit.coefficients[0]), fit.coefficients[1:]


def smaller_of_two(first: float | None, second: float | None) -> float:
    """p of a step from those of its two independent parts; 1 where nothing is left to test."""
    told = [p for p in (first, second) if p is not None]
    # One predictor re-estimated is the slope again: nothing is left to test.
    return float(1 - (1 - min(told)) ** len(told)) if told else 1.0


def _tested(step: Step, recalibrated: Step, largest: Step) -> Step:
    if step is largest:
        return step
    recalibrating, beyond = _p(step, recalibrated), _p(recalibrated, largest)
    if step.df > recalibrated.df:
        beyond = _p(step, largest)
    return replace(
        step, statistic=max(0.0, 2 * (largest.log_likelihood - step.log_likelihood)),
        test_df=largest.df - step.df, p=smaller_of_two(recalibrating, beyond),
        p_recalibrating=recalibrating, p_beyond=beyond if step.df <= recalibrated.df else None,
    )  # fmt: skip


def _p(smaller: Step, larger: Step) -> float | None:
    """Of the likelihood-ratio test of one step against another; None where nothing more is estimated."""
    df = larger.df - smaller.df
    gain = max(0.0, 2 * (larger.log_likelihood - smaller.log_likelihood))
    return float(stats.chi2.sf(gain, df)) if df > 0 else None
