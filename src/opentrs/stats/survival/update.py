"""Updating a published model of time to an event: its baseline hazard, its slope, its coefficients.

The risk at the horizon is 1 - S0^exp(lp). Where another event competes it is the incidence of the event, and
coefficients are those of the subdistribution (Fine and Gray); without one they are those of a Cox model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.prediction.estimate import quantile
from opentrs.stats.prediction.update import (
    ALPHA,
    OWN_PART,
    Ladder,
    Step,
    StepName,
    columns_of_steps,
    kept_share,
    smaller_of_two,
)
from opentrs.stats.refusal import CannotFitError
from opentrs.stats.survival.calibration import calibration_in_the_large
from opentrs.stats.survival.follow_up import COMPETING, EVENT, Floats, Ints, checked_score, follow_up
from opentrs.stats.survival.hazard_models import fit_fine_gray
from opentrs.stats.survival.partial_likelihood import RiskSets, one_pass, risk_sets
from opentrs.stats.survival.weighting import censoring

LEVEL = 0.95
EDGE = 1e-9


@dataclass(frozen=True, slots=True)
class _People:
    """Follow-up cut at the horizon, and the risk sets of the event."""

    time: Floats
    cause: Ints
    sets: RiskSets
    has_competing: bool

    def baseline(self, linear: Floats) -> tuple[float, float]:
        """Log cumulative hazard at linear predictor 0 (Breslow), and the partial log-likelihood."""
        centre = float(linear.mean())
        found = one_pass((linear - centre)[self.sets.order][:, None], self.sets, np.ones(1))
        return float(np.log(np.sum(1.0 / found.at_risk))) - centre, found.log_likelihood

    def fit(self, design: Floats) -> tuple[Floats, Floats, float]:
        """Coefficients, their covariance and the partial log-likelihood."""
        found = fit_fine_gray(design, self.time, self.cause).fit
        return found.coefficients, found.covariance, found.log_likelihood


def survival_ladder(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    lp: npt.ArrayLike,
    horizon: float,
    baseline_survival: float | None = None,
    predictors: npt.ArrayLike | None = None,
    names: Sequence[str] = (),
    added: npt.ArrayLike | None = None,
    added_names: Sequence[str] = (),
    alpha: float = ALPHA,
) -> Ladder:
    """Leave a model of time, move its baseline hazard, its slope too, re-estimate it, or extend it.

    Parameters
    ----------
    time, cause : (n,) end of follow-up, and 0 censored, 1 event, 2 competing event
    lp : (n,) published linear predictor, a log hazard ratio
    horizon : when the risk is asked, in the unit of ``time``; follow-up counts up to it
    baseline_survival : share without the event at the horizon where ``lp`` is 0; None where it is not
        public: then the ladder begins at ``intercept_slope``
    predictors, names, added, added_names, alpha : as in :func:`opentrs.stats.prediction.update.update_ladder`

    Returns
    -------
    steps whose :meth:`Step.linear_predictor` is a log hazard ratio plus ``intercept``, by which the log of
    the cumulative baseline hazard at the horizon moves (from 0 where none is public);
    ``log_likelihood`` is the partial one, which knows no baseline

    Raises
    ------
    CannotFitError : follow-up that cannot be read, fewer than 10 people with the event or known to be
        without it, ``lp`` missing or the same in everybody, or no convergence

    Notes
    -----
    Closed test as in the ladder of a yes-or-no outcome. The baseline is tested by the calibration in the
    large of pseudo-values; slope and coefficients by the likelihood ratio, or by a robust Wald test where an
    event competes, as the weighted likelihood is none. The baseline is Breslow's. Steps after van Houwelingen
    2000, doi:10.1002/1097-0258(20001230)19:24<3401::AID-SIM554>3.0.CO;2-2; shrinkage as Steyerberg et al.
    2004, doi:10.1002/sim.1844.
    """
    people, line, n, events = _read(time, cause, lp, horizon)
    before = 0.0 if baseline_survival is None else float(np.log(-np.log(baseline_survival)))
    steps, slope_gain = _simple(people, line, before)
    in_the_large = 0.0
    if baseline_survival is not None:
        in_the_large = _in_the_large(time, cause, 1 - baseline_survival ** np.exp(line), horizon)
    refused: dict[StepName, str] = {}
    gains: list[tuple[float, int]] = []
    for name, columns in columns_of_steps(predictors, added).items():
        try:
            step, gain = _revised(name, people, line, columns, steps[2], before)
        except CannotFitError as refusal:
            refused[name] = refusal.code
            continue
        steps.append(step)
        gains.append((gain, step.df - 2))
    tested = _judged(steps, in_the_large, slope_gain, gains)
    tested = tested if baseline_survival is not None else tested[2:]
    chosen = next(step.name for step in tested if step.p is None or step.p >= alpha)
    return Ladder(tuple(tested), chosen, refused, (*names, *added_names), n, events)


def recalibrated(
    time: npt.ArrayLike, cause: npt.ArrayLike, lp: npt.ArrayLike, horizon: float, step: StepName
) -> tuple[float, ...]:
    """Log cumulative baseline hazard at the horizon, and where ``step`` is ``intercept_slope`` the slope.

    Parameters and refusals are those of :func:`survival_ladder`.
    """
    people, line, *_ = _read(time, cause, lp, horizon)
    if step != "intercept_slope":
        return (people.baseline(line)[0],)
    (slope,), _, _ = people.fit(line[:, None])
    return people.baseline(slope * line)[0], float(slope)


def _read(
    time: npt.ArrayLike, cause: npt.ArrayLike, lp: npt.ArrayLike, horizon: float
) -> tuple[_People, Floats, int, int]:
    people = follow_up(time, cause, horizon).needs()
    line = checked_score(np.asarray(lp, dtype=float), people.n)
    inside = people.time <= horizon
    cut = np.minimum(people.time, horizon)
    causes = np.where(inside, people.cause, 0).astype(np.int64)
    competed = causes == COMPETING
    curve = censoring(cut, causes)
    kept = curve.before(cut)
    stay = np.where(competed, 1.0 / np.where(competed, kept, 1.0), 0.0)
    sets = risk_sets(cut, causes == EVENT, "breslow", stay, kept)
    return _People(cut, causes, sets, bool(competed.any())), line, people.n, people.events


def _simple(people: _People, line: Floats, before: float) -> tuple[list[Step], float]:
    """The steps that need nothing but the linear predictor, and the statistic of the slope."""
    nothing = np.empty(0)
    moved, fixed = people.baseline(line)
    (slope,), covariance, fitted = people.fit(line[:, None])
    sloped, _ = people.baseline(slope * line)
    gain = (slope - 1) ** 2 / covariance[0, 0] if people.has_competing else max(0.0, 2 * (fitted - fixed))
    return [
        Step("none", fixed, 0, None, None, None, 0.0, 1.0, nothing),
        Step("intercept", fixed, 1, None, None, None, moved - before, 1.0, nothing),
        Step("intercept_slope", fitted, 2, None, None, None, sloped - before, float(slope), nothing),
    ], float(gain)


def _in_the_large(time: npt.ArrayLike, cause: npt.ArrayLike, risk: Floats, horizon: float) -> float:
    """Squared z of the calibration in the large; 0 where it cannot be told."""
    # A risk of 1 to every digit has no complementary log-log, and tells nothing of the baseline.
    found = calibration_in_the_large(time, cause, np.clip(risk, EDGE, 1 - EDGE), horizon)
    if found.value is None or found.low is None or found.high is None:
        return 0.0
    return (found.value / ((found.high - found.low) / 2 / quantile(LEVEL))) ** 2


def _revised(
    name: StepName, people: _People, line: Floats, x: Floats, recalibrated: Step, before: float
) -> tuple[Step, float]:
    """Coefficients of its own for every predictor, shrunk towards the recalibrated model."""
    left = _beside(line, x)
    beta, covariance, likelihood = people.fit(np.column_stack([line, x[:, left]]))
    if people.has_competing:
        own = beta[1:]
        gain = float(own @ np.linalg.solve(covariance[1:, 1:], own)) if own.size else 0.0
    else:
        gain = max(0.0, 2 * (likelihood - recalibrated.log_likelihood))
    df = 1 + beta.size
    kept = kept_share(gain, df - recalibrated.df)
    slope = float(kept * beta[0] + (1 - kept) * recalibrated.slope)
    coefficients = np.zeros(x.shape[1])
    coefficients[left] = kept * beta[1:]
    moved, _ = people.baseline(slope * line + x @ coefficients)
    step = Step(
        name, likelihood, df, None, None, None, moved - before, slope, coefficients, kept
    )  # fmt: skip
    return step, gain


def _beside(line: Floats, x: Floats) -> list[int]:
    """Columns that can stand beside the linear predictor: all but one of those it is a sum of."""
    everything = list(range(x.shape[1]))
    design = np.column_stack([np.ones(line.size), x])
    solved, *_ = np.linalg.lstsq(design, line, rcond=None)
    if float(np.mean((line - design @ solved) ** 2)) > OWN_PART * float(np.var(line)):
        return everything
    weight = np.abs(solved[1:] * x.std(axis=0))
    return [column for column in everything if column != int(np.argmax(weight))]


def _judged(
    steps: list[Step], in_the_large: float, slope_gain: float, gains: list[tuple[float, int]]
) -> list[Step]:
    """Each step against the largest, from the parts of the way between them."""
    beyond = gains[-1] if gains else (0.0, 0)
    below = {
        "none": (in_the_large + slope_gain, 2),
        "intercept": (slope_gain, 1),
        "intercept_slope": (0.0, 0),
    }
    judged = []
    for place, step in enumerate(steps):
        if place == len(steps) - 1:
            judged.append(step)
            continue
        first, rest = below.get(step.name, (0.0, 0)), beyond
        if step.name not in below:
            # Re-estimated against extended.
            rest = (max(0.0, beyond[0] - gains[0][0]), beyond[1] - gains[0][1])
        parts = [_p(*first), _p(*rest)]
        judged.append(
            replace(
                step, statistic=first[0] + rest[0], test_df=first[1] + rest[1], p=smaller_of_two(*parts),
                p_recalibrating=parts[0], p_beyond=parts[1] if step.name in below else None,
            )
        )  # fmt: skip
    return judged


def _p(statistic: float, df: int) -> float | None:
    return float(stats.chi2.sf(statistic, df)) if df > 0 else None
