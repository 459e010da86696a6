"""How much of the true courses a site writes down: courses by a clinician, or dispensings and injections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opentrs.sources.synthetic.layers import NO_DAY, Array, Block, Layered, labels, yes_no
from opentrs.sources.synthetic.parameters import Parameters
from opentrs.sources.synthetic.treatment import DAYS_AT_FIRST_DOSE, ONGOING, REASONS

SUPPLY_DAYS = 30
DAYS_PER_WEEK = 7
RECALL_SHARE = 0.6
COURSE_COLUMNS = (
    "person", "drug", "dose_mg_per_day", "duration_weeks", "start_date", "adherence_percent",
    "adherence_sources", "symptom_reduction_percent", "stop_reason", "route", "prospective",
)  # fmt: skip


def drug_labels(block: Block, person: Array, drug: Array) -> pd.Categorical:
    """Write drugs as the person's site does: generic names or ATC codes."""
    drugs, sites = block.parameters.drugs, block.parameters.sites
    names = (*(item.name for item in drugs), *(item.atc for item in drugs))
    in_atc = np.array([site.drug_names == "atc" for site in sites])[block.latent["site"][person]]
    return labels(drug + np.where(in_atc, len(drugs), 0), names)


def in_record_of(block: Block, person: Array, kind: str) -> Array:
    """Whether a person's site keeps this kind of record."""
    return np.array([site.record == kind for site in block.parameters.sites])[block.latent["site"][person]]


@dataclass(frozen=True, slots=True)
class Courses:
    """``treatment_courses``: followed as they happen at some sites, recalled from the chart at others."""

    name: str = "courses"
    needs: tuple[str, ...] = ("treatment",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return ``treatment_courses``."""
        true = block.hidden["courses"]
        person = true["person"].to_numpy()
        opens, closes = block.latent["observation_start"][person], block.latent["observation_end"][person]
        prospective = in_record_of(block, person, "prospective") & (true["start"].to_numpy() >= opens)
        luck = rng.random((6, len(true)))
        noise = rng.standard_normal((3, len(true)))
        if block.complete_record:
            prospective = ~in_record_of(block, person, "dispensing")
        kept = ~in_record_of(block, person, "dispensing") & (true["start"].to_numpy() <= closes)
        kept &= prospective | (true["start"].to_numpy() >= opens) | (luck[0] < RECALL_SHARE)
        seen_end = np.minimum(true["end"].to_numpy(), closes)
        stop = np.where(true["end"].to_numpy() <= closes, true["reason"].to_numpy(), ONGOING)
        frame = _as_followed(block, true, seen_end, stop, noise)
        frame = frame.assign(prospective=yes_no(prospective))
        _blur(frame, true, ~prospective, luck, noise)
        return Layered(tables={"treatment_courses": frame[kept][list(COURSE_COLUMNS)].reset_index(drop=True)})


def _as_followed(
    block: Block, true: pd.DataFrame, seen_end: Array, stop: Array, noise: Array
) -> pd.DataFrame:
    """Courses as a clinician writes them who saw them happen."""
    person = true["person"].to_numpy()
    raised = np.where(true["dose"] != true["dose_first"], DAYS_AT_FIRST_DOSE, 0)
    days = seen_end - true["start"].to_numpy() + 1
    at_dose = np.where(days > raised, days - raised, days)
    taken = 100 * true["adherence"].to_numpy()
    error = 0.0 if block.complete_record else block.parameters["adherence_report_sd"]
    return pd.DataFrame({
        "person": person,
        "drug": drug_labels(block, person, true["drug"].to_numpy()),
        "dose_mg_per_day": np.round(np.where(days > raised, true["dose"], true["dose_first"]), 2),
        "duration_weeks": np.round(at_dose / DAYS_PER_WEEK, 2),
        "start_date": true["start"].to_numpy(),
        "adherence_percent": np.clip(np.rint(taken + error * noise[0]), 0, 100),
        "adherence_sources": labels(np.zeros(len(true)), ("patient;notes", "notes")),
        "symptom_reduction_percent": np.full(len(true), NO_DAY),
        "stop_reason": labels(np.where(stop == ONGOING, -1, stop - 1), REASONS[1:]),
        "route": labels(true["is_depot"].to_numpy().astype(int), ("oral", "lai")),
    })  # fmt: skip


def _blur(frame: pd.DataFrame, true: pd.DataFrame, recalled: Array, luck: Array, noise: Array) -> None:
    """Make recalled courses vague: rounded lengths, forgotten dates and doses, one source of adherence."""
    weeks = np.maximum(1, np.rint(frame["duration_weeks"] * np.exp(0.15 * noise[1])))
    weeks = np.where(luck[1] < 0.10, NO_DAY, weeks)
    frame["duration_weeks"] = np.where(recalled, weeks, frame["duration_weeks"])
    frame["start_date"] = np.where(recalled & (luck[2] < 0.30), NO_DAY, frame["start_date"])
    frame["dose_mg_per_day"] = np.where(recalled & (luck[3] < 0.10), NO_DAY, frame["dose_mg_per_day"])
    vague = 5 * np.rint((100 * true["reduction"].to_numpy() + 5 * noise[2]) / 5)
    frame["symptom_reduction_percent"] = np.where(recalled & (luck[4] < 0.35), np.minimum(vague, 100), NO_DAY)
    asked = luck[5] < 0.5
    flattered = 10 * np.rint((frame["adherence_percent"] + (100 - frame["adherence_percent"]) / 2) / 10)
    frame["adherence_percent"] = np.where(
        recalled, np.where(asked, flattered, NO_DAY), frame["adherence_percent"]
    )
    one = np.where(recalled, np.where(asked, 1, -1), 0)
    frame["adherence_sources"] = labels(one, ("patient;notes", "notes"))
    forgotten = recalled & (luck[1] > 0.85)
    codes = np.where(forgotten, -1, frame["stop_reason"].cat.codes.to_numpy())
    frame["stop_reason"] = labels(codes, REASONS[1:])


@dataclass(frozen=True, slots=True)
class Exposures:
    """``drug_exposures``: a dispensing about every 30 days, or one row per depot injection."""

    name: str = "exposures"
    needs: tuple[str, ...] = ("treatment",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return ``drug_exposures``."""
        courses = block.hidden["courses"]
        stretches = _stretches(block.parameters, courses)
        supplies = _supplies(block, rng, stretches)
        person = supplies["person"].to_numpy()
        opens, closes = block.latent["observation_start"][person], block.latent["observation_end"][person]
        kept = in_record_of(block, person, "dispensing")
        kept &= (supplies["day"].to_numpy() >= opens) & (supplies["day"].to_numpy() <= closes)
        supplies = supplies[kept].sort_values(["person", "day"], kind="stable", ignore_index=True)
        person, depot = supplies["person"].to_numpy(), supplies["is_depot"].to_numpy()
        frame = pd.DataFrame({
            "person": person,
            "drug": drug_labels(block, person, supplies["drug"].to_numpy()),
            "start_date": supplies["day"],
            "days_supply": np.where(depot, NO_DAY, supplies["days"]),
            "dose_mg_per_day": np.round(supplies["dose"], 3),
            "quantity": np.where(depot, 1, supplies["days"]),
            "strength_mg": np.where(depot, np.round(supplies["dose"] * supplies["days"]), supplies["dose"]),
            "route": labels(depot.astype(int), ("oral", "lai")),
            "interval_days": np.where(depot, supplies["days"], NO_DAY),
            "source": labels(depot.astype(int), ("dispensing", "injection")),
        })  # fmt: skip
        return Layered(tables={"drug_exposures": frame})


def _stretches(parameters: Parameters, courses: pd.DataFrame) -> pd.DataFrame:
    """Cut a course at the day its dose was raised."""
    interval = np.array([drug.depot_interval_days for drug in parameters.drugs])[courses["drug"].to_numpy()]
    step = np.where(courses["is_depot"], interval, DAYS_AT_FIRST_DOSE)
    raised = (courses["dose"] != courses["dose_first"]).to_numpy()
    change = np.minimum(courses["start"] + np.where(raised, step, 0), courses["end"] + 1)
    kept = ["person", "drug", "is_depot", "adherence"]
    first = courses[kept].assign(start=courses["start"], end=change - 1, dose=courses["dose_first"])
    second = courses[kept].assign(start=change, end=courses["end"], dose=courses["dose"])
    both = pd.concat([first, second], ignore_index=True)
    every: Array = np.where(both["is_depot"], np.concatenate([interval, interval]), SUPPLY_DAYS)
    both["every"] = every
    return both[both["end"] >= both["start"]].reset_index(drop=True)


def _supplies(block: Block, rng: np.random.Generator, stretches: pd.DataFrame) -> pd.DataFrame:
    """Split stretches into supplies: people who skip doses come late, and some come a little early."""
    collects = np.where(stretches["is_depot"], 1.0, 0.5 + 0.5 * stretches["adherence"])
    if block.complete_record:
        collects = np.ones(len(stretches))
    every: Array = (stretches["every"] / collects).to_numpy()
    length = (stretches["end"] - stretches["start"] + 1).to_numpy()
    n = np.maximum(1, np.ceil(length / every)).astype(np.int64)
    row = np.repeat(np.arange(len(stretches)), n)
    place = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    jitter = np.clip(np.rint(2 * rng.standard_normal(row.size)), -4, 5) * (place > 0)
    if block.complete_record:
        jitter = np.zeros(row.size)
    supplies = stretches.iloc[row].reset_index(drop=True)
    depot = supplies["is_depot"].to_numpy()
    supplies["day"] = supplies["start"] + np.floor(place * every[row]) + np.where(depot, 0, jitter)
    left = (supplies["end"] - supplies["day"] + 1).to_numpy()
    is_first_stretch = (length < SUPPLY_DAYS)[row]
    whole = supplies["every"].to_numpy()
    cut = ~depot & (is_first_stretch | block.complete_record)
    supplies["days"] = np.where(cut, np.clip(left, 1, whole), whole)
    return supplies[left >= 1].reset_index(drop=True)
