"""Third layer: the courses people truly had, one after another, and what each did to their symptoms.

Nothing is recorded here; :mod:`.record` decides how much of it a site writes down.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from opentrs.cohort.days import DAYS_PER_YEAR
from opentrs.sources.synthetic.illness import FROM_FIRST, LATER, NOT_APPLICABLE, RESPONSIVE
from opentrs.sources.synthetic.layers import NO_DAY, Array, Block, Layered
from opentrs.sources.synthetic.prescribing import FAILED_BELOW, Plan, prescribe

REASONS = ("", "inefficacy", "intolerance", "choice", "other")
ONGOING, INEFFICACY, INTOLERANCE, CHOICE, OTHER = range(5)
MOST_COURSES = 10
DAYS_AT_FIRST_DOSE = 14
ADEQUATE_DAYS = 42
ADEQUATE_ADHERENCE = 0.80


@dataclass(slots=True)
class _State:
    """Where each person of a block stands between two courses."""

    start: Array
    severity: Array
    active: Array
    tried: Array
    n_apparent: Array
    last_failed: Array
    converted: Array
    clozapine_day: Array
    resistance_day: Array
    courses: list[pd.DataFrame] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Treatment:
    """The true sequence of courses: drug, dose, adherence, level, effect, and why each ended."""

    name: str = "treatment"
    needs: tuple[str, ...] = ("people", "illness")

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return hidden ``courses`` and what is true of each person's treatment."""
        state = _start(block, rng)
        for number in range(MOST_COURSES):
            _one_course(block, rng, state, number)
        courses = pd.concat(state.courses, ignore_index=True)
        courses = courses.sort_values(["person", "start"], kind="stable", ignore_index=True)
        truth = _truth(block, courses, state)
        return Layered(truth=truth, hidden={"courses": courses}, latent={"n_apparent": state.n_apparent})


def _start(block: Block, rng: np.random.Generator) -> _State:
    size, n_drugs = block.size, len(block.parameters.drugs)
    later = block.parameters["later_resistance_min_years"] + rng.exponential(
        block.parameters["later_resistance_extra_years"], size
    )
    later = np.minimum(later, block.parameters["later_resistance_max_years"]) * DAYS_PER_YEAR
    first = block.latent["first_treatment_day"].astype(float)
    return _State(
        start=first,
        severity=np.ones(size),
        active=~block.latent["is_control"],
        tried=np.zeros((size, n_drugs), dtype=bool),
        n_apparent=np.zeros(size, dtype=np.int64),
        last_failed=np.zeros(size, dtype=bool),
        converted=block.latent["status"] == FROM_FIRST,
        clozapine_day=np.full(size, np.inf),
        resistance_day=np.where(block.latent["status"] == LATER, np.floor(first + later), np.inf),
    )


def _one_course(block: Block, rng: np.random.Generator, state: _State, number: int) -> None:
    """Draw everybody's next course, keep those of active people and move each to its end."""
    state.converted |= state.start >= state.resistance_day
    can_help = ~state.converted & ~(block.latent["first_drug_fails"] & (number == 0))
    clozapine_is_due = (state.clozapine_day <= state.start) & state.last_failed
    plan = prescribe(block, rng, state.tried, clozapine_is_due, state.n_apparent, can_help, number)
    is_effective = plan.fall >= FAILED_BELOW
    days, reason = _length(block, rng, state, is_effective, number)
    course = _course(block, state, plan, days, reason).assign(number=number)
    state.courses.append(course[state.active])
    _move_on(block, rng, state, course, is_effective)


def _course(block: Block, state: _State, plan: Plan, days: Array, reason: Array) -> pd.DataFrame:
    """The course of each person as it truly went."""
    last_day = block.latent["last_true_day"]
    end = np.minimum(state.start + days - 1, last_day)
    target = 1 - plan.fall
    decay = np.exp(-(end - state.start) / block.parameters["onset_of_effect"])
    severity_end = target + (state.severity - target) * decay
    reduction = 1 - severity_end / state.severity
    days_at_dose = end - state.start + 1 - np.where(plan.dose_first != plan.dose, DAYS_AT_FIRST_DOSE, 0)
    is_adequate = (
        plan.dose_is_adequate
        & (days_at_dose >= ADEQUATE_DAYS)
        & (plan.adherence >= ADEQUATE_ADHERENCE)
        & (plan.level_ratio >= 1)
    )
    return pd.DataFrame({
        "person": np.arange(block.size), "drug": plan.drug, "is_depot": plan.is_depot, "start": state.start,
        "end": end, "dose_first": plan.dose_first, "dose": plan.dose, "adherence": plan.adherence,
        "level_ratio": plan.level_ratio, "severity_start": state.severity, "severity_target": target,
        "severity_end": severity_end, "reduction": reduction,
        "reason": np.where(state.start + days - 1 > last_day, ONGOING, reason),
        "is_clozapine": plan.is_clozapine, "is_adequate": is_adequate,
        "is_failed": is_adequate & (reduction < FAILED_BELOW) & ~plan.is_clozapine,
    })  # fmt: skip


def _length(
    block: Block, rng: np.random.Generator, state: _State, is_effective: Array, number: int
) -> tuple[Array, Array]:
    """Days a course would last, and why it would end."""
    parameters, size = block.parameters, block.size
    extra = parameters["ineffective_extra_days" if number < 2 else "ineffective_extra_days_later"]
    long = 70 + rng.gamma(1.5, extra / 1.5, size)
    waits = np.where(state.clozapine_day - state.start > 70, state.clozapine_day - state.start, np.inf)
    long = np.minimum(long, waits)
    short = rng.uniform(14, ADEQUATE_DAYS, size)
    failing = np.where(rng.random(size) < parameters["short_course_share"], short, long)
    maintained = 84 + rng.exponential(parameters["maintenance_years"] * DAYS_PER_YEAR, size)
    until_resistance = np.where(state.converted, np.inf, state.resistance_day - state.start)
    maintained = np.minimum(maintained, np.maximum(until_resistance, 84))
    days = np.where(is_effective, maintained, failing)
    why = np.where(rng.random(size) < 0.75, CHOICE, OTHER)
    reason = np.where(is_effective, why, INEFFICACY)
    cut = rng.random(size)
    early = rng.uniform(7, 70, size)
    intolerant = cut < parameters["intolerance_share"]
    chose = ~intolerant & (cut < parameters["intolerance_share"] + parameters["early_choice_share"])
    days = np.where(intolerant | chose, np.minimum(days, early), days)
    reason = np.where(intolerant, INTOLERANCE, np.where(chose, CHOICE, reason))
    return np.floor(days), reason


def _move_on(
    block: Block, rng: np.random.Generator, state: _State, course: pd.DataFrame, is_effective: Array
) -> None:
    """Bring everybody to the start of the next course; symptoms return while there is no drug."""
    parameters, size = block.parameters, block.size
    reason = course["reason"].to_numpy()
    is_clozapine = course["is_clozapine"].to_numpy()
    switch = rng.integers(0, 8, size)
    away = 30 + rng.exponential(parameters["off_drug_days"], size)
    stayed_away = (reason == CHOICE) | (reason == OTHER)
    gap = np.floor(np.where(stayed_away, away, switch))
    looks_failed = (reason == INEFFICACY) & ~is_clozapine & state.active
    state.n_apparent = state.n_apparent + looks_failed
    given = rng.random(size) < parameters["clozapine_given_share"]
    delay = rng.gamma(1.5, parameters["clozapine_delay_years"] / 1.5, size) * DAYS_PER_YEAR
    end = course["end"].to_numpy()
    second = looks_failed & (state.n_apparent == 2)
    state.clozapine_day = np.where(
        second, np.where(given, np.floor(end + delay), np.inf), state.clozapine_day
    )
    state.last_failed = np.where(reason == INEFFICACY, True, np.where(is_effective, False, state.last_failed))
    state.tried[np.arange(size), course["drug"].to_numpy()] = True
    state.severity = 1 - (1 - course["severity_end"].to_numpy()) * np.exp(
        -gap / parameters["relapse_time_constant"]
    )
    state.start = end + 1 + gap
    state.active &= (reason != ONGOING) & (state.start + 30 <= block.latent["last_true_day"])


def _truth(block: Block, courses: pd.DataFrame, state: _State) -> dict[str, Array]:
    """What is true of each person's treatment, whether or not anybody wrote it down."""
    size, status = block.size, block.latent["status"]

    def count(which: pd.Series) -> Array:
        return np.bincount(courses["person"].to_numpy()[which.to_numpy()], minlength=size)

    looks_failed = (courses["reason"] == INEFFICACY) & ~courses["is_clozapine"]
    n_apparent = count(looks_failed)
    failed = courses[courses["is_failed"]]
    second = failed[failed.groupby("person").cumcount() == 1]
    second_day = np.full(size, NO_DAY)
    second_day[second["person"].to_numpy()] = second["end"].to_numpy()
    clozapine = courses[courses["is_clozapine"]]
    clozapine_day = np.full(size, NO_DAY)
    clozapine_day[clozapine["person"].to_numpy()] = clozapine["start"].to_numpy()
    in_scope = status != NOT_APPLICABLE
    pseudo = (status == RESPONSIVE) & (n_apparent >= 2)
    problem = block.latent["problem"]
    other = np.where(count(looks_failed & (courses["level_ratio"] < 1)) > 0, "dose", "duration_or_drug")
    why = np.where(problem == 1, "non_adherence", np.where(problem == 2, "fast_metabolism", other))
    resistant_from = np.where(status == FROM_FIRST, block.latent["first_treatment_day"], state.resistance_day)
    return {
        "true_resistance_date": np.where(status >= FROM_FIRST, resistant_from, NO_DAY),
        "pseudo_resistant": np.where(in_scope, np.where(pseudo, "yes", "no"), ""),
        "pseudo_resistant_why": np.where(pseudo, why, ""),
        "n_true_courses": count(courses["person"] >= 0),
        "n_true_adequate_failed_courses": count(courses["is_failed"]),
        "n_apparent_failed_courses": n_apparent,
        "second_true_failure_date": second_day,
        "clozapine_start_date": clozapine_day,
    }
