"""Third layer: the courses people truly had, one after another, and what each did to their symptoms.

Nothing is recorded here; :mod:`.record` decides how much of it a site writes down.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from opentrs.sources.synthetic.illness import FROM_FIRST, LATER, NOT_APPLICABLE, RESPONSIVE
from opentrs.sources.synthetic.layers import DAYS_PER_YEAR, NO_DAY, Array, Block, Layered
from opentrs.sources.synthetic.parameters import Parameters

REASONS = ("", "inefficacy", "intolerance", "choice", "other")
ONGOING, INEFFICACY, INTOLERANCE, CHOICE, OTHER = range(5)
LOW, USUAL, HIGH = range(3)
MOST_COURSES = 10
DAYS_AT_FIRST_DOSE = 14
ADEQUATE_DAYS = 42
ADEQUATE_ADHERENCE = 0.80
FAILED_BELOW = 0.20
DEPOT_ADHERENCE = 1.0
CLOZAPINE = "clozapine"


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
    parameters, size = block.parameters, block.size
    state.converted |= state.start >= state.resistance_day
    drug, is_depot = _choose_drug(block, rng, state, number)
    adherence = _adherence(block, rng, is_depot)
    tier_first, factor_first = _dose(parameters, rng, drug, is_depot)
    works = _effect_at_full_level(block, rng, state, drug, number)
    clearance = block.latent["level_ratio"]

    def effect(factor: Array) -> Array:
        level = np.maximum(clearance * adherence * factor, 1e-6)
        return np.where(works > 0, works / (1 + level ** -parameters["level_steepness"]), works)

    fails_at_first = effect(factor_first) < FAILED_BELOW
    is_raised = fails_at_first & (tier_first < HIGH) & (rng.random(size) < parameters["dose_raise_share"])
    tier = np.where(is_raised, HIGH, tier_first)
    dose_first, dose = _mg(parameters, rng, drug, is_depot, tier_first, tier)
    factor = _dose_factor(parameters, drug, is_depot, dose)
    fall = effect(factor)
    is_effective = fall >= FAILED_BELOW
    days, reason = _length(block, rng, state, is_effective, number)
    end = np.minimum(state.start + days - 1, block.latent["last_true_day"])
    reason = np.where(state.start + days - 1 > block.latent["last_true_day"], ONGOING, reason)
    target = 1 - fall
    decay = np.exp(-(end - state.start) / parameters["onset_of_effect"])
    severity_end = target + (state.severity - target) * decay
    is_clozapine = drug == _clozapine(parameters)
    days_at_dose = end - state.start + 1 - np.where(dose_first != dose, DAYS_AT_FIRST_DOSE, 0)
    level = clearance * adherence * factor
    is_adequate = (
        (dose >= _adequate_dose(parameters, drug, is_depot))
        & (days_at_dose >= ADEQUATE_DAYS)
        & (adherence >= ADEQUATE_ADHERENCE)
        & (level >= 1)
    )
    reduction = 1 - severity_end / state.severity
    course = pd.DataFrame({
        "person": np.arange(size), "number": number, "drug": drug, "is_depot": is_depot,
        "start": state.start, "end": end, "dose_first": dose_first, "dose": dose, "adherence": adherence,
        "level_ratio": level, "severity_start": state.severity, "severity_target": target,
        "severity_end": severity_end, "reduction": reduction, "reason": reason,
        "is_clozapine": is_clozapine, "is_adequate": is_adequate,
        "is_failed": is_adequate & (reduction < FAILED_BELOW) & ~is_clozapine,
    })  # fmt: skip
    state.courses.append(course[state.active])
    _move_on(block, rng, state, course, is_effective)


def _clozapine(parameters: Parameters) -> int:
    return [drug.name for drug in parameters.drugs].index(CLOZAPINE)


def _choose_drug(block: Block, rng: np.random.Generator, state: _State, number: int) -> tuple[Array, Array]:
    """Draw an antipsychotic not yet tried; clozapine when its day has come. Second: whether it is a depot."""
    parameters, size = block.parameters, block.size
    drugs = parameters.drugs
    wishes = parameters["depot_share"]
    refused = (block.latent["problem"] == 1) & (state.n_apparent >= 2)
    wants_depot = rng.random(size) < np.where(refused, parameters["depot_share_nonadherent"], wishes)
    weight = np.array([drug.weight_first if number == 0 else drug.weight_later for drug in drugs])
    has_depot = np.array([drug.depot_mg is not None for drug in drugs])
    with np.errstate(divide="ignore"):
        score = np.log(weight)[None, :] + rng.gumbel(size=(size, len(drugs)))
    score = np.where(state.tried, -1e6, score)
    score = np.where(wants_depot[:, None] & ~has_depot[None, :], score - 1e3, score)
    score[:, _clozapine(parameters)] = -np.inf
    drug = score.argmax(axis=1)
    due = (state.clozapine_day <= state.start) & state.last_failed & ~state.tried[:, _clozapine(parameters)]
    drug = np.where(due, _clozapine(parameters), drug)
    return drug, wants_depot & has_depot[drug]


def _adherence(block: Block, rng: np.random.Generator, is_depot: Array) -> Array:
    """Share of prescribed doses truly taken during the course."""
    spread = block.parameters["adherence_course_log_sd"] * rng.standard_normal(block.size)
    taken = np.clip(block.latent["adherence"] * np.exp(spread), 0.03, 1.0)
    return np.where(is_depot, DEPOT_ADHERENCE, taken)


def _dose(
    parameters: Parameters, rng: np.random.Generator, drug: Array, is_depot: Array
) -> tuple[Array, Array]:
    """Tier of the first dose, and roughly that dose over the dose of full effect."""
    drawn = rng.random(drug.size)
    low, high = parameters["low_dose_share"], parameters["high_dose_share"]
    tier = np.where(drawn < low, LOW, np.where(drawn < 1 - high, USUAL, HIGH))
    tier = np.where(is_depot, np.maximum(tier, USUAL), tier)
    lowest = _dose_table(parameters)[drug, np.where(is_depot, tier + 2, tier), 0]
    return tier, _dose_factor(parameters, drug, is_depot, lowest)


def _dose_table(parameters: Parameters) -> Array:
    """Doses in mg/day by drug, tier (low, usual, high; depot usual, depot high) and choice."""
    rows = []
    for drug in parameters.drugs:
        oral = [(doses[0], doses[-1]) for doses in drug.doses]
        depot = drug.depot_mg or (np.nan, np.nan)
        daily = [mg / (drug.depot_interval_days or np.nan) for mg in depot]
        rows.append([*oral, *((mg, mg) for mg in daily)])
    return np.array(rows)


def _mg(
    parameters: Parameters, rng: np.random.Generator, drug: Array, is_depot: Array, first: Array, final: Array
) -> tuple[Array, Array]:
    """Daily doses in mg of the first two weeks and of the rest of the course."""
    choice = rng.integers(0, 2, drug.size)
    table = _dose_table(parameters)
    doses = [table[drug, np.where(is_depot, tier + 2, tier), choice] for tier in (first, final)]
    return np.where(first == LOW, table[drug, np.where(is_depot, 3, LOW), choice], doses[0]), doses[1]


def _dose_factor(parameters: Parameters, drug: Array, is_depot: Array, dose: Array) -> Array:
    """Dose over the dose of full effect; a depot counts by its own adequate dose."""
    full = np.array([item.full_effect_mg_per_day for item in parameters.drugs])[drug]
    depot = np.array([item.depot_adequate_mg_per_day or np.nan for item in parameters.drugs])[drug]
    return np.asarray(dose / np.where(is_depot, depot, full))


def _adequate_dose(parameters: Parameters, drug: Array, is_depot: Array) -> Array:
    oral = np.array([item.adequate_mg_per_day for item in parameters.drugs])[drug]
    depot = np.array([item.depot_adequate_mg_per_day for item in parameters.drugs])[drug]
    return np.where(is_depot, depot, oral)


def _effect_at_full_level(
    block: Block, rng: np.random.Generator, state: _State, drug: Array, number: int
) -> Array:
    """Fall of severity this drug would bring in each person if its level were high."""
    parameters, latent = block.parameters, block.latent
    between_drugs = parameters["resistant_reduction_drug_sd"] * rng.standard_normal(block.size)
    most = parameters["resistant_reduction_max"]
    nothing = np.clip(latent["resistant_reduction"] + between_drugs, -most / 2, most)
    helps = ~state.converted & ~(latent["first_drug_fails"] & (number == 0))
    clozapine = np.where(latent["clozapine_responsive"], latent["clozapine_reduction"], nothing)
    return np.where(drug == _clozapine(parameters), clozapine, np.where(helps, latent["reduction"], nothing))


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
