"""Second layer: who is truly resistant, how severe each symptom is before treatment, what drugs would do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from opentrs.sources.synthetic.layers import Array, Block, Layered
from opentrs.sources.synthetic.parameters import Parameters
from opentrs.sources.synthetic.people import education, onset_ages, onset_shapes

STATUS = ("not_applicable", "responsive", "resistant_from_first_episode", "resistant_later")
NOT_APPLICABLE, RESPONSIVE, FROM_FIRST, LATER = range(4)
DOMAINS = ("positive", "negative", "disorganised", "excited", "depressed")
TYPES = ("delusion", "hallucination", "negative")
TYPE_ITEMS = (("P1", "P6", "G9"), ("P3",), ("N1", "N2", "N4", "N6"))
PROBLEMS = ("none", "non_adherence", "fast_metabolism")
POSITIVE_ITEMS = ("P1", "P2", "P3", "P5", "P6")
LEAST, MOST = 1.0, 7.0
GRID = 100


@dataclass(frozen=True, slots=True)
class Illness:
    """True resistance, symptom severity, and the reasons why a drug may fail in somebody it could help."""

    name: str = "illness"
    needs: tuple[str, ...] = ("people",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return latent traits and truth; this layer records nothing."""
        status, liability = _status(block, rng)
        exposure = _exposure(block, rng)
        response = _response(block, rng, status)
        symptoms = _symptoms(block, rng, status)
        resistant = status >= FROM_FIRST
        in_scope = status != NOT_APPLICABLE
        clozapine = np.where(response["clozapine_responsive"], "yes", "no")
        truth = {
            "true_status": _words(STATUS, status),
            "true_resistant": np.where(in_scope, np.where(resistant, "yes", "no"), ""),
            "true_from_first_episode": np.where(resistant, np.where(status == FROM_FIRST, "yes", "no"), ""),
            "true_clozapine_response": np.where(resistant, clozapine, ""),
            "true_subtherapeutic": np.where(in_scope, np.where(exposure["problem"] > 0, "yes", "no"), ""),
            "exposure_problem": np.where(in_scope, _words(PROBLEMS, exposure["problem"]), ""),
            "true_symptom_type": np.where(in_scope, _words(TYPES, symptoms["symptom_type"]), ""),
            "true_depressed": np.where(in_scope, np.where(symptoms["is_depressed"], "yes", "no"), ""),
        }
        latent = {"status": status, "resistance_liability": liability, **exposure, **response, **symptoms}
        return Layered(truth=truth, latent=latent)


def _words(names: tuple[str, ...], codes: Array) -> Array:
    return np.asarray(np.asarray(names, dtype=object)[codes])


def resistance_log_odds(
    parameters: Parameters, onset_age_years: Array, family_history: Array, education_years: Array
) -> Array:
    """Log odds of resistance; over the planted people the mean risk is ``resistant_share``."""
    shape = _log_odds_shape(parameters, onset_age_years, family_history, education_years)
    return shape + _intercept(parameters)


def _log_odds_shape(
    parameters: Parameters, onset_age_years: Array, family_history: Array, education_years: Array
) -> Array:
    by_onset = np.log(parameters["onset_age_odds_ratio_per_year"])
    by_history = np.log(parameters["family_history_odds_ratio"])
    by_education = np.log(parameters["education_odds_ratio_per_year"])
    return np.asarray(
        by_onset * onset_age_years + by_history * family_history + by_education * education_years
    )


def _intercept(parameters: Parameters) -> float:
    """The intercept at which the share of resistant people is the planted one, by bisection."""
    quantiles = (np.arange(GRID) + 0.5) / GRID
    standard = np.stack([stats.gamma.ppf(quantiles, shape) for shape in onset_shapes(parameters)])
    schooling = education(parameters, stats.norm.ppf(quantiles))
    shapes, weights = [], []
    male, history = parameters["male_share"], parameters["family_history_share"]
    for is_male, by_sex in ((True, male), (False, 1 - male)):
        ages = onset_ages(parameters, np.full(GRID, is_male), standard)
        for has_history, by_history in ((1.0, history), (0.0, 1 - history)):
            shape = _log_odds_shape(parameters, ages[:, None], np.asarray(has_history), schooling[None, :])
            shapes.append(shape.ravel())
            weights.append(np.full(GRID * GRID, by_sex * by_history / GRID**2))
    shape, weight = np.concatenate(shapes), np.concatenate(weights)
    low, high = -50.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        risk = float(np.sum(weight / (1 + np.exp(-(shape + middle)))))
        low, high = (middle, high) if risk < parameters["resistant_share"] else (low, middle)
    return (low + high) / 2


def _status(block: Block, rng: np.random.Generator) -> tuple[Array, Array]:
    latent = block.latent
    log_odds = resistance_log_odds(
        block.parameters, latent["onset_age_years"], latent["family_history"], latent["education_years"]
    )
    liability = log_odds + rng.logistic(0.0, 1.0, block.size)
    from_first = rng.random(block.size) < block.parameters["resistant_from_onset_share"]
    status = np.where(liability > 0, np.where(from_first, FROM_FIRST, LATER), RESPONSIVE)
    status = np.where(latent["is_other"], NOT_APPLICABLE, status)
    return np.where(latent["is_control"], NOT_APPLICABLE, status), liability


def level_problem_share(parameters: Parameters) -> float:
    """Share of all patients with too low a level.

    It is such that of those who look resistant the published ``subtherapeutic_share`` has too low a level.
    People look resistant who are, or whom no drug reaches: with share r resistant and q of everybody
    unreached, that share is q / (r + (1 - r) q).
    """
    share, resistant = parameters["subtherapeutic_share"], parameters["resistant_share"]
    return share * resistant / (1 - share * (1 - resistant))


def _exposure(block: Block, rng: np.random.Generator) -> dict[str, Array]:
    """Level over the lower limit at the full dose, if every dose is taken, and the share of doses taken."""
    parameters, size = block.parameters, block.size
    has_problem = rng.random(size) < level_problem_share(parameters)
    nonadherent = rng.random(size) < parameters["nonadherent_of_subtherapeutic"]
    problem = np.where(has_problem, np.where(nonadherent, 1, 2), 0)
    spread = parameters["level_ratio_log_sd"] * rng.standard_normal(size)
    usual = parameters["level_ratio_median"] * np.exp(spread)
    usual = np.clip(usual, parameters["level_ratio_min"], parameters["level_ratio_max"])
    low = rng.uniform(parameters["low_level_ratio_min"], parameters["low_level_ratio_max"], size)
    adherent = rng.uniform(parameters["adherence_min_adherent"], 1.0, size)
    return {
        "problem": problem,
        "level_ratio": np.where(problem == 2, low / adherent, usual),
        "adherence": np.where(problem == 1, low / usual, adherent),
    }


def _response(block: Block, rng: np.random.Generator, status: Array) -> dict[str, Array]:
    """What a drug would do at a full level: the fall of severity above the floor of the scale."""
    parameters, size = block.parameters, block.size
    spread, least = parameters["reduction_sd"], parameters["reduction_min"]
    works = parameters["reduction_mean"] + spread * rng.standard_normal(size)
    on_clozapine = parameters["clozapine_reduction_mean"] + spread * rng.standard_normal(size)
    responds = rng.random(size) < parameters["clozapine_response_share"]
    fails = rng.random(size) < parameters["single_drug_failure_share"]
    unhelped = rng.standard_normal(size)
    return {
        "resistant_reduction": (
            parameters["resistant_reduction_mean"] + parameters["resistant_reduction_sd"] * unhelped
        ),
        "reduction": np.clip(works, least, 0.9),
        "clozapine_reduction": np.clip(on_clozapine, least, 0.9),
        "clozapine_responsive": responds | (status < FROM_FIRST),
        "first_drug_fails": fails & (status == RESPONSIVE),
    }


def _symptoms(block: Block, rng: np.random.Generator, status: Array) -> dict[str, Array]:
    """Continuous severity of each domain and each PANSS item before the first treatment (1 to 7)."""
    parameters, size = block.parameters, block.size
    shared = np.sqrt(parameters["domain_correlation"])
    general = rng.standard_normal(size)
    domain = {name: shared * general + np.sqrt(1 - shared**2) * rng.standard_normal(size) for name in DOMAINS}
    resistant = status >= FROM_FIRST
    kinds = rng.random(size)
    delusion = parameters["delusion_type_share"]
    hallucination = delusion + parameters["hallucination_type_share"]
    symptom_type = np.where(kinds < delusion, 0, np.where(kinds < hallucination, 1, 2))
    chance = np.where(resistant, parameters["depressed_share_resistant"], parameters["depressed_share_other"])
    is_depressed = rng.random(size) < chance
    levels = {}
    for item in parameters.items:
        level = item.mean + item.loading * domain[item.domain] + item.specific_sd * rng.standard_normal(size)
        for number, names in enumerate(TYPE_ITEMS):
            if item.name in names:
                level = level + parameters["type_shift"] * (symptom_type == number)
        if item.domain == "depressed":
            level = level + parameters["depressed_shift"] * is_depressed
        if item.domain == "disorganised":
            level = level + parameters["disorganised_shift_resistant"] * resistant
        levels[f"panss_{item.name}"] = np.clip(level, LEAST, MOST)
    _raise_to_psychotic(levels, parameters["psychotic_floor"])
    return {
        "symptom_type": symptom_type,
        "is_depressed": is_depressed,
        **{f"severity_{name}": value for name, value in domain.items()},
        **levels,
    }


def _raise_to_psychotic(levels: dict[str, Array], floor: float) -> None:
    """Nobody is treated for psychosis without it: the two worst positive items reach the floor."""
    names = [f"panss_{item}" for item in POSITIVE_ITEMS]
    stacked = np.stack([levels[name] for name in names])
    order = np.argsort(-stacked, axis=0, kind="stable")
    for rank in (0, 1):
        row = order[rank]
        for number, name in enumerate(names):
            levels[name] = np.where(row == number, np.maximum(levels[name], floor), levels[name])
