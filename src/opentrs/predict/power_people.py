"""People for power studies: predictors, the true log odds of resistance, and the outcome drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats
from scipy.special import expit

from opentrs.sources.synthetic.illness import FROM_FIRST, Illness, resistance_log_odds
from opentrs.sources.synthetic.parameters import published
from opentrs.sources.synthetic.people import People
from opentrs.sources.synthetic.simulate import simulate

Floats = npt.NDArray[np.float64]
# Points of the normal distribution over which expectations are taken.
POINTS = 801
COHORT_PREDICTORS = ("onset_age_years", "family_history", "education_years", "is_male")


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """People of one simulated cohort.

    Parameters
    ----------
    predictors : (n, p)
    log_odds : (n,) true log odds of the outcome
    outcome : (n,) 0 or 1
    """

    predictors: Floats
    log_odds: Floats
    outcome: Floats


class Generator(Protocol):
    """Draws people whose true risk is known."""

    def draw(self, people: int, seed: np.random.SeedSequence) -> Drawn:
        """People of one cohort."""
        ...


@dataclass(frozen=True, slots=True)
class NormalPeople:
    """Independent standard normal predictors of equal effect, so that the log odds are normal.

    Parameters
    ----------
    mean, spread : of the log odds in everybody
    predictors : how many
    """

    mean: float
    spread: float
    predictors: int

    def draw(self, people: int, seed: np.random.SeedSequence) -> Drawn:
        """People of one cohort."""
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((people, self.predictors))
        log_odds = self.mean + x.sum(axis=1) * self.spread / np.sqrt(self.predictors)
        outcome = (rng.random(people) < expit(log_odds)).astype(float)
        return Drawn(x, log_odds, outcome)


@dataclass(frozen=True, slots=True)
class SimulatedPeople:
    """Patients of the cohort simulator: onset age, family history, education and sex, and true resistance.

    Parameters
    ----------
    prevalence : share resistant; None takes the simulator's own
    """

    prevalence: float | None = None

    def draw(self, people: int, seed: np.random.SeedSequence) -> Drawn:
        """People of one cohort; controls and other diagnoses are left out."""
        parameters = published().with_values(control_share=0.0, other_diagnosis_share=0.0)
        if self.prevalence is not None:
            parameters = parameters.with_values(resistant_share=self.prevalence)
        number = int(seed.generate_state(1)[0])
        latent = simulate(people, number, layers=(People(), Illness()), parameters=parameters).latent
        columns = [latent[name].to_numpy(dtype=float) for name in COHORT_PREDICTORS]
        log_odds = resistance_log_odds(parameters, columns[0], columns[1], columns[2])
        outcome = (latent["status"].to_numpy() >= FROM_FIRST).astype(float)
        return Drawn(np.column_stack(columns), np.asarray(log_odds, dtype=float), outcome)


def normal_people(prevalence: float, c: float, predictors: int) -> NormalPeople:
    """People with this share of events and this C at the true risk.

    Raises
    ------
    ValueError : C is not above 0.5 and below 1, or the share not between 0 and 1
    """
    if not 0 < prevalence < 1 or not 0.5 < c < 1:
        raise ValueError("prevalence or C out of range")
    spread = optimize.brentq(lambda s: _c_of(_mean_for(prevalence, s), s) - c, 1e-3, 20.0, xtol=1e-8)
    return NormalPeople(_mean_for(prevalence, spread), float(spread), predictors)


def _grid(mean: float, spread: float) -> tuple[Floats, Floats]:
    """Risks in ascending order, and the share of people at each."""
    z = np.linspace(-8, 8, POINTS)
    weight = stats.norm.pdf(z)
    return np.asarray(expit(mean + spread * z)), np.asarray(weight / weight.sum())


def _mean_for(prevalence: float, spread: float) -> float:
    """Mean log odds at which the mean risk is the prevalence."""

    def over(mean: float) -> float:
        risk, weight = _grid(mean, spread)
        return float(risk @ weight) - prevalence

    return float(optimize.brentq(over, -200.0, 200.0, xtol=1e-10))


def _c_of(mean: float, spread: float) -> float:
    risk, weight = _grid(mean, spread)
    return true_c(risk, risk, weight)


def true_c(predicted: Floats, risk: Floats, weight: Floats | None = None) -> float:
    """C of predictions in people whose true risk is known: no outcome is drawn.

    Parameters
    ----------
    predicted, risk : (n,) what ranks people, and their true risk
    weight : (n,) how many people each stands for
    """
    weight = np.full(risk.size, 1.0) if weight is None else weight
    order = np.argsort(predicted, kind="stable")
    value, first = np.unique(predicted[order], return_index=True)
    events = np.add.reduceat((risk * weight)[order], first)
    others = np.add.reduceat(((1 - risk) * weight)[order], first)
    below = np.cumsum(others) - others
    return float((events @ (below + others / 2)) / (events.sum() * others.sum())) if value.size else 0.5


def true_slope(log_odds: Floats, risk: Floats) -> float:
    """Calibration slope of predicted log odds in people whose true risk is known.

    The slope a logistic regression of the outcome on ``log_odds`` would have in endlessly many such people.
    """
    design = np.column_stack([np.ones(log_odds.size), log_odds])
    coefficients = np.array([0.0, 1.0])
    for _ in range(50):
        fitted = expit(design @ coefficients)
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        step = np.linalg.solve(information, design.T @ (risk - fitted))
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-10:
            break
    return float(coefficients[1])


def true_net_benefit(predicted: Floats, risk: Floats, threshold: float) -> float:
    """Standardised net benefit (share of the largest possible) in people whose true risk is known."""
    acted = predicted >= threshold
    odds = threshold / (1 - threshold)
    return float((risk[acted].sum() - odds * (1 - risk[acted]).sum()) / risk.sum())
