"""First layer: who the people are, when they fell ill, and for how long the record sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opentrs.cohort.days import DAYS_PER_YEAR
from opentrs.sources.synthetic.layers import NO_DAY, Array, Block, Layered, labels, years
from opentrs.sources.synthetic.parameters import Parameters

SPECTRUM_CODES = ("F20.0", "F20.9", "F20.3", "F25.0", "F29")
SPECTRUM_SHARES = (0.50, 0.18, 0.12, 0.12, 0.08)
OTHER_CODES = ("F31.2", "F33.3")
LEAVING = ("", "dropout", "emigration", "death")
DAYS_SEEN_AT_LEAST = 60
ASKED_SHARE = 0.95
LEAST_EDUCATION_YEARS, MOST_EDUCATION_YEARS = 4, 22


@dataclass(frozen=True, slots=True)
class People:
    """Sex, birth, onset, first treatment, site, diagnosis, the window of observation."""

    name: str = "people"
    needs: tuple[str, ...] = ()

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return ``people`` with the follow-up of each person."""
        persons = _persons(block.parameters, rng, block.size)
        window = _window(block, rng, persons)
        codes = rng.choice(len(SPECTRUM_CODES), block.size, p=SPECTRUM_SHARES)
        other = rng.choice(len(OTHER_CODES), block.size) + len(SPECTRUM_CODES)
        kind = np.where(persons["is_other"], other, codes)
        asked = rng.random(block.size) < ASKED_SHARE
        names = (*SPECTRUM_CODES, *OTHER_CODES)
        is_control, first = persons["is_control"], persons["first_treatment_day"]
        opens, ends = window["observation_start"], window["observation_end"]
        patient = ~is_control
        people = pd.DataFrame({
            "person": np.arange(block.size),
            "sex": labels(persons["is_male"].astype(int), ("F", "M")),
            "birth_date": persons["birth_day"],
            "illness_onset_date": np.where(patient, persons["onset_day"], NO_DAY),
            "onset_age_years": np.where(patient, np.round(persons["onset_age_years"], 1), NO_DAY),
            "first_treatment_date": np.where(patient, first, NO_DAY),
            "diagnosis": labels(np.where(is_control, -1, kind), names),
            "group": labels(is_control.astype(int), ("patient", "control")),
            "site": labels(persons["site"], tuple(site.name for site in block.parameters.sites)),
            "education_years": np.where(asked | block.complete_record, persons["education_years"], NO_DAY),
            "family_history": yes_no_text(persons["family_history"], rng, block),
            "history_complete": window["history_complete"],
            "observation_start": opens,
            "observation_end": ends,
            "death_date": np.where(window["left"] == LEAVING.index("death"), ends, NO_DAY),
            "emigration_date": np.where(window["left"] == LEAVING.index("emigration"), ends, NO_DAY),
        })  # fmt: skip
        left = np.asarray(LEAVING, dtype=object)[window["left"]]
        truth = {
            "in_spectrum": np.where(patient & ~persons["is_other"], "yes", "no"),
            "left_because": left,
            "dropout_date": np.where(window["left"] > 0, ends, NO_DAY),
            "observed_from_first_treatment": np.where(is_control, "", np.where(opens <= first, "yes", "no")),
        }
        seen = {"observation_start": opens, "observation_end": ends}
        latent = {**persons, **seen, "last_true_day": window["last_true_day"]}
        return Layered(tables={"people": people}, truth=truth, latent=latent)


def yes_no_text(claim: Array, rng: np.random.Generator, block: Block) -> pd.Categorical:
    """A fact asked at interview, left blank now and then."""
    asked = rng.random(block.size) < ASKED_SHARE
    return labels(np.where(asked | block.complete_record, np.where(claim, 0, 1), -1), ("yes", "no"))


def onset_ages(parameters: Parameters, is_male: Array, standard: Array) -> Array:
    """Age at onset in years: a gamma distribution above the least age, its mean by sex.

    Parameters
    ----------
    is_male : of shape (n,)
    standard : gamma variates of shape (2, n), for men and for women, of unit scale
    """
    least = parameters["onset_age_min"]
    above = np.where(is_male, parameters["onset_age_mean_men"], parameters["onset_age_mean_women"]) - least
    scale = parameters["onset_age_sd"] ** 2 / above
    drawn = least + scale * np.where(is_male, standard[0], standard[1])
    return np.asarray(np.minimum(drawn, parameters["onset_age_max"]))


def education(parameters: Parameters, standard: Array) -> Array:
    """Years of education from standard normal variates, in whole years."""
    drawn = parameters["education_mean"] + parameters["education_sd"] * standard
    return np.asarray(np.clip(np.rint(drawn), LEAST_EDUCATION_YEARS, MOST_EDUCATION_YEARS))


def onset_shapes(parameters: Parameters) -> tuple[float, float]:
    """Shapes of the gamma distributions of onset age, for men and for women."""
    least, spread = parameters["onset_age_min"], parameters["onset_age_sd"]
    men, women = parameters["onset_age_mean_men"] - least, parameters["onset_age_mean_women"] - least
    return (men / spread) ** 2, (women / spread) ** 2


def _persons(parameters: Parameters, rng: np.random.Generator, size: int) -> dict[str, Array]:
    group = rng.random(size)
    is_control = group < parameters["control_share"]
    other_below = parameters["control_share"] + parameters["other_diagnosis_share"]
    is_male = rng.random(size) < parameters["male_share"]
    shapes = onset_shapes(parameters)
    standard = np.stack([rng.gamma(shape, 1.0, size) for shape in shapes])
    onset_age_years = onset_ages(parameters, is_male, standard)
    ratio = parameters["untreated_psychosis_sd"] / parameters["untreated_psychosis_mean"]
    log_variance = np.log1p(ratio**2)
    untreated = rng.lognormal(
        np.log(parameters["untreated_psychosis_mean"]) - log_variance / 2, np.sqrt(log_variance), size
    )
    first = rng.integers(int(parameters["first_entry_day"]), int(parameters["last_entry_day"]) + 1, size)
    onset = first - np.ceil(np.minimum(untreated, 10 * DAYS_PER_YEAR)).astype(np.int64)
    birth = onset - np.round(onset_age_years * DAYS_PER_YEAR).astype(np.int64)
    shares = np.array([site.share for site in parameters.sites])
    return {
        "is_control": is_control,
        "is_other": ~is_control & (group < other_below),
        "is_male": is_male,
        "onset_age_years": onset_age_years,
        "onset_day": onset,
        "birth_day": birth,
        "first_treatment_day": first,
        "family_history": rng.random(size) < parameters["family_history_share"],
        "education_years": education(parameters, rng.standard_normal(size)),
        "site": rng.choice(len(shares), size, p=shares / shares.sum()),
    }


def _window(block: Block, rng: np.random.Generator, persons: dict[str, Array]) -> dict[str, Array]:
    """When the record starts and ends, and why it ended. Somebody dead has no later truth either."""
    parameters, size, first = block.parameters, block.size, persons["first_treatment_day"]
    follow_up_years = rng.uniform(parameters["follow_up_min"], parameters["follow_up_max"], size)
    planned = first + follow_up_years * DAYS_PER_YEAR
    rates = (parameters["dropout_rate"], parameters["emigration_rate"], parameters["death_rate"])
    waits = [first + DAYS_SEEN_AT_LEAST + years(rng, rate, size) for rate in rates]
    if block.complete_record:
        waits[0], waits[1] = np.full(size, np.inf), np.full(size, np.inf)
    ends = np.floor(np.stack([planned, *waits]))
    observation_end = ends.min(axis=0)
    before, after = rng.uniform(0, 365, size), rng.uniform(90, 1095, size)
    late = rng.random(size) < parameters["late_observation_share"]
    late &= (first + after + DAYS_SEEN_AT_LEAST < observation_end) & ~persons["is_control"]
    if block.complete_record:
        late[:] = False
    says = rng.random(size)
    said = np.where(late, np.where(says < 0.6, 1, -1), np.where(says < 0.6, 0, -1))
    said = np.where(persons["is_control"], -1, np.zeros(size) if block.complete_record else said)
    return {
        "observation_start": np.floor(np.where(late, first + after, first - before)),
        "observation_end": observation_end,
        "left": ends.argmin(axis=0),
        "last_true_day": np.minimum(ends[0], ends[3]),
        "history_complete": labels(said, ("yes", "no")),
    }
