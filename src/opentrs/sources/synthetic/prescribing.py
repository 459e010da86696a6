"""What is prescribed and what it does: the drug, its dose, the doses taken, the level, the effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from opentrs.sources.synthetic.layers import Array, Block
from opentrs.sources.synthetic.parameters import Parameters

LOW, USUAL, HIGH = range(3)
FAILED_BELOW = 0.20
DEPOT_ADHERENCE = 1.0
CLOZAPINE = "clozapine"


@dataclass(frozen=True, slots=True)
class Plan:
    """One course for each person of a block; ``fall`` is the fall of severity it settles at (0 to 1)."""

    drug: Array
    is_depot: Array
    is_clozapine: Array
    adherence: Array
    dose_first: Array
    dose: Array
    dose_is_adequate: Array
    level_ratio: Array
    fall: Array


def prescribe(
    block: Block,
    rng: np.random.Generator,
    tried: Array,
    clozapine_is_due: Array,
    n_apparent: Array,
    can_help: Array,
    number: int,
) -> Plan:
    """Draw everybody's next prescription.

    Parameters
    ----------
    tried : of shape (people, drugs)
    clozapine_is_due : clozapine comes next, unless it was tried
    n_apparent : courses so far that were stopped as ineffective
    can_help : drugs other than clozapine would help this person now
    number : 0 for the first course
    """
    parameters = block.parameters
    drug, is_depot = _choose_drug(block, rng, tried, clozapine_is_due, n_apparent, number)
    adherence = _adherence(block, rng, is_depot)
    tier_first, factor_first = _dose(parameters, rng, drug, is_depot)
    works = _effect_at_full_level(block, rng, drug, can_help)
    reached = block.latent["level_ratio"] * adherence
    fails_at_first = _effect(parameters, works, reached * factor_first) < FAILED_BELOW
    is_raised = (
        fails_at_first & (tier_first < HIGH) & (rng.random(block.size) < parameters["dose_raise_share"])
    )
    tier = np.where(is_raised, HIGH, tier_first)
    dose_first, dose = _mg(parameters, rng, drug, is_depot, tier_first, tier)
    level_ratio = reached * _dose_factor(parameters, drug, is_depot, dose)
    return Plan(
        drug=drug,
        is_depot=is_depot,
        is_clozapine=drug == _clozapine(parameters),
        adherence=adherence,
        dose_first=dose_first,
        dose=dose,
        dose_is_adequate=dose >= _adequate_dose(parameters, drug, is_depot),
        level_ratio=level_ratio,
        fall=_effect(parameters, works, level_ratio),
    )


def _effect(parameters: Parameters, works: Array, level_ratio: Array) -> Array:
    """Fall of severity by level over the lower limit: half of what the drug can do at the limit itself."""
    share = 1 / (1 + np.maximum(level_ratio, 1e-6) ** -parameters["level_steepness"])
    return np.where(works > 0, works * share, works)


def _clozapine(parameters: Parameters) -> int:
    return [drug.name for drug in parameters.drugs].index(CLOZAPINE)


def _choose_drug(
    block: Block,
    rng: np.random.Generator,
    tried: Array,
    clozapine_is_due: Array,
    n_apparent: Array,
    number: int,
) -> tuple[Array, Array]:
    """Draw an antipsychotic not yet tried; clozapine when its day has come. Second: whether it is a depot."""
    parameters, size = block.parameters, block.size
    drugs = parameters.drugs
    wishes = parameters["depot_share"]
    refused = (block.latent["problem"] == 1) & (n_apparent >= 2)
    wants_depot = rng.random(size) < np.where(refused, parameters["depot_share_nonadherent"], wishes)
    weight = np.array([drug.weight_first if number == 0 else drug.weight_later for drug in drugs])
    has_depot = np.array([drug.depot_mg is not None for drug in drugs])
    with np.errstate(divide="ignore"):
        score = np.log(weight)[None, :] + rng.gumbel(size=(size, len(drugs)))
    score = np.where(tried, -1e6, score)
    score = np.where(wants_depot[:, None] & ~has_depot[None, :], score - 1e3, score)
    score[:, _clozapine(parameters)] = -np.inf
    drug = score.argmax(axis=1)
    drug = np.where(clozapine_is_due & ~tried[:, _clozapine(parameters)], _clozapine(parameters), drug)
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
    mg_first, mg_final = (table[drug, np.where(is_depot, tier + 2, tier), choice] for tier in (first, final))
    return mg_first, mg_final


def _dose_factor(parameters: Parameters, drug: Array, is_depot: Array, dose: Array) -> Array:
    """Dose over the dose of full effect; a depot counts by its own adequate dose."""
    full = np.array([item.full_effect_mg_per_day for item in parameters.drugs])[drug]
    depot = np.array([item.depot_adequate_mg_per_day or np.nan for item in parameters.drugs])[drug]
    return np.asarray(dose / np.where(is_depot, depot, full))


def _adequate_dose(parameters: Parameters, drug: Array, is_depot: Array) -> Array:
    oral = np.array([item.adequate_mg_per_day for item in parameters.drugs])[drug]
    depot = np.array([item.depot_adequate_mg_per_day for item in parameters.drugs])[drug]
    return np.where(is_depot, depot, oral)


def _effect_at_full_level(block: Block, rng: np.random.Generator, drug: Array, can_help: Array) -> Array:
    """Fall of severity this drug would bring in each person if its level were high."""
    parameters, latent = block.parameters, block.latent
    between_drugs = parameters["resistant_reduction_drug_sd"] * rng.standard_normal(block.size)
    most = parameters["resistant_reduction_max"]
    nothing = np.clip(latent["resistant_reduction"] + between_drugs, -most / 2, most)
    clozapine = np.where(latent["clozapine_responsive"], latent["clozapine_reduction"], nothing)
    other = np.where(can_help, latent["reduction"], nothing)
    return np.where(drug == _clozapine(parameters), clozapine, other)
