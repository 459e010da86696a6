"""Hospital stays at the start of episodes, and events: relapse, self-harm, attempts, violence, dyskinesia."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opentrs.cohort.days import DAYS_PER_YEAR
from opentrs.sources.synthetic.illness import FROM_FIRST, TYPES
from opentrs.sources.synthetic.layers import NO_DAY, Array, Block, Layered, labels

RELAPSE_SEVERITY = 0.8
RELAPSE_AFTER_DAYS = 30
KINDS = ("relapse", "violence", "self_harm", "suicide_attempt", "dyskinesia")
MAIN_DIAGNOSIS = ("F20", "F31")


def _episodes(block: Block) -> pd.DataFrame:
    """Starts of courses at which symptoms are full: the first, and each after time without a drug."""
    courses = block.hidden["courses"]
    before = courses.groupby("person")["end"].shift()
    away = courses["start"] - before > RELAPSE_AFTER_DAYS
    full = (courses["severity_start"] >= RELAPSE_SEVERITY) & (away | before.isna())
    return courses[full].assign(is_relapse=before[full].notna()).reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class HospitalStays:
    """``hospital_stays``: some episodes of full symptoms lead to hospital."""

    name: str = "stays"
    needs: tuple[str, ...] = ("treatment",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return ``hospital_stays``; a stay open at the end of the record has no discharge."""
        parameters, episodes = block.parameters, _episodes(block)
        admitted = rng.random(len(episodes)) < parameters["admission_share"]
        median, spread = parameters["stay_days_median"], parameters["stay_log_sd"]
        days = np.ceil(median * np.exp(spread * rng.standard_normal(len(episodes))))
        person, start = episodes["person"].to_numpy(), episodes["start"].to_numpy()
        opens, closes = block.latent["observation_start"][person], block.latent["observation_end"][person]
        kept = admitted & (opens <= start) & (start <= closes)
        leaves = start + days
        frame = pd.DataFrame({
            "person": person,
            "admission_date": start,
            "discharge_date": np.where(leaves <= closes, leaves, NO_DAY),
            "main_diagnosis": labels(block.latent["is_other"][person].astype(int), MAIN_DIAGNOSIS),
        })  # fmt: skip
        return Layered(tables={"hospital_stays": frame[kept].reset_index(drop=True)})


@dataclass(frozen=True, slots=True)
class Events:
    """``events``: dated, within the record."""

    name: str = "events"
    needs: tuple[str, ...] = ("treatment",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return ``events``."""
        parameters, size = block.parameters, block.size
        patient = ~block.latent["is_control"]
        first, last = block.latent["first_treatment_day"].astype(float), block.latent["last_true_day"]
        voices = block.latent["symptom_type"] == TYPES.index("hallucination")
        resistant = block.latent["status"] >= FROM_FIRST
        attempt_share = [parameters[f"suicide_attempt_share_{who}"] for who in ("other", "resistant")]
        attempt = np.array(attempt_share)[resistant.astype(int)]
        span_years = (last - first) / DAYS_PER_YEAR
        louder = np.where(voices & resistant, parameters["violence_ratio_hallucination"], 1.0)
        expected = (
            parameters["violence_rate"] * louder * span_years,
            parameters["self_harm_rate"] * span_years,
            -np.log1p(-attempt),
            parameters["dyskinesia_rate"] * span_years,
        )
        parts = [_episodes(block).query("is_relapse")[["person", "start"]].rename(columns={"start": "date"})]
        codes = [np.zeros(len(parts[0]), dtype=np.int64)]
        for code, mean in enumerate(expected, start=1):
            part = _dated(rng, np.where(patient, mean, 0.0), first, last)
            parts.append(part)
            codes.append(np.full(len(part), code))
        frame = pd.concat(parts, ignore_index=True).assign(code=np.concatenate(codes))
        person = frame["person"].to_numpy()
        kept = (frame["date"] >= block.latent["observation_start"][person]) & (
            frame["date"] <= block.latent["observation_end"][person]
        )
        # A record tells a day's events of one kind once.
        frame = frame[kept].sort_values(["person", "date", "code"], kind="stable").drop_duplicates()
        frame = frame.reset_index(drop=True)
        attempts = np.bincount(parts[3]["person"], minlength=size) > 0
        events = frame[["person", "date"]].assign(kind=labels(frame["code"].to_numpy(), KINDS))
        truth = {"ever_attempted_suicide": np.where(patient, np.where(attempts, "yes", "no"), "")}
        return Layered(tables={"events": events}, truth=truth)


def _dated(rng: np.random.Generator, expected: Array, first: Array, last: Array) -> pd.DataFrame:
    """Poisson numbers of events, each on a day drawn evenly from the person's time under treatment."""
    person = np.repeat(np.arange(expected.size), rng.poisson(expected))
    day = np.floor(first[person] + rng.random(person.size) * (last[person] - first[person]))
    return pd.DataFrame({"person": person, "date": day})
