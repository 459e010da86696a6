"""Brain scans: when people were scanned, how large their head is, and what is planted in each kind of scan.

Each planted effect is a parameter named ``table.column.contrast``, such as
``cortex.lh_superiorfrontal_thickness.resistant``; ``*`` in place of the column stands for all columns that
have no row of their own. So ``with_values(**{"cortex.*.duration": -0.2})`` plants thinning with duration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

import numpy as np
import pandas as pd

from opentrs.cohort.days import DAYS_PER_YEAR
from opentrs.reference.load import facts
from opentrs.sources.synthetic.illness import FROM_FIRST, NOT_APPLICABLE
from opentrs.sources.synthetic.layers import Array, Block, Layered
from opentrs.sources.synthetic.parameters import Parameters, Planted

TABLES = ("cortex", "subcortex", "tracts", "perfusion", "metabolism", "spectroscopy")
EVERY_COLUMN = "*"
NEGATIVE_ITEMS = ("N1", "N2", "N3", "N4", "N6")
MOST_SCANS = 2


@cache
def planted_in_brains() -> Mapping[str, Planted]:
    """Return the shipped figures of scans and every planted effect, by name."""
    figures = {
        row["name"]: Planted(
            row["name"], row["value"], row["unit"], row["source"], row["checked"], row["note"] or ""
        )
        for row in facts("simulator_brain")
    }
    for row in facts("simulator_brain_effects"):
        name = f"{row['table']}.{row['column']}.{row['contrast']}"
        unit = "standard deviations within a group"
        figures[name] = Planted(name, row["effect"], unit, row["source"], row["checked"], row["note"] or "")
    return MappingProxyType(figures)


def with_brains(parameters: Parameters) -> Parameters:
    """Return parameters to which the figures of scans are added; those already there stay."""
    return replace(parameters, planted=MappingProxyType({**planted_in_brains(), **parameters.planted}))


@dataclass(frozen=True, slots=True)
class BrainSessions:
    """When each person is scanned, and the size of the head; all scans of a day share them."""

    name: str = "brain_sessions"
    needs: tuple[str, ...] = ("people",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return intracranial volume and hidden ``brain_scans``: a row per session within the record."""
        parameters, size, latent = with_brains(block.parameters), block.size, block.latent
        sex = np.where(latent["is_male"], parameters["icv_mean_men"], parameters["icv_mean_women"])
        icv = sex * (1 + parameters["icv_cv"] * rng.standard_normal(size))
        place, repeats = rng.random(size), rng.random(size) < parameters["brain_repeat_share"]
        opens = np.maximum(latent["first_treatment_day"], latent["observation_start"])
        closes = latent["observation_end"]
        first = np.floor(opens + place * np.maximum(closes - opens, 0))
        day = np.concatenate([first, first + parameters["brain_repeat_days"]])
        person, scan = np.tile(np.arange(size), MOST_SCANS), np.repeat(np.arange(MOST_SCANS), size)
        kept = (day <= closes[person]) & ((scan == 0) | repeats[person])
        scans = pd.DataFrame({"person": person, "scan": scan, "day": day})[kept]
        scans = scans.sort_values(["person", "day"], kind="stable", ignore_index=True)
        return Layered(latent={"icv_mm3": icv}, hidden={"brain_scans": scans})


def shifts(block: Block, parameters: Parameters, table: str, columns: tuple[str, ...]) -> Array:
    """What illness does to each column (standard deviations within a group), a row per session.

    Effects of resistance and of the response to clozapine are centred at their planted shares, so that the
    mean over patients is the published difference of patients and controls.
    """
    scores = contrast_scores(block, parameters)
    return np.asarray(
        sum(
            score[:, None] * _effects(parameters, table, columns, contrast)
            for contrast, score in scores.items()
        )
    )


def unexplained(block: Block, parameters: Parameters, table: str, columns: tuple[str, ...]) -> Array:
    """Standard deviation left to chance, a row per session; symptoms explain a part of that of patients."""
    explained = sum(
        _effects(parameters, table, columns, contrast) ** 2 for contrast in ("hallucination", "negative")
    )
    in_scope = (block.latent["status"] != NOT_APPLICABLE)[block.hidden["brain_scans"]["person"].to_numpy()]
    return np.asarray(np.sqrt(np.maximum(1 - in_scope[:, None] * np.asarray(explained), 0)))


def contrast_scores(block: Block, parameters: Parameters) -> dict[str, Array]:
    """What each planted effect is multiplied by, one value per session; 0 in controls and other diagnoses."""
    latent, scans = block.latent, block.hidden["brain_scans"]
    person, day = scans["person"].to_numpy(), scans["day"].to_numpy()
    in_scope = latent["status"] != NOT_APPLICABLE
    resistant = latent["status"] >= FROM_FIRST
    negative = np.mean([latent[f"panss_{item}"] for item in NEGATIVE_ITEMS], axis=0)
    by_person = {
        "patient": in_scope * 1.0,
        "resistant": in_scope * (resistant - parameters["resistant_share"]),
        "clozapine_response": resistant
        * (latent["clozapine_responsive"] - parameters["clozapine_response_share"]),
        "hallucination": _standardised(latent["panss_P3"], in_scope),
        "negative": _standardised(negative, in_scope),
    }
    years = (day - latent["onset_day"][person]) / DAYS_PER_YEAR
    return {
        **{contrast: score[person] for contrast, score in by_person.items()},
        "duration": in_scope[person] * years / 10,
        "dose": in_scope[person] * doses_on_day(block, person, day),
    }


def doses_on_day(block: Block, person: Array, day: Array) -> Array:
    """Dose prescribed on these days, in adequate daily doses; 0 where nothing is."""
    if "courses" not in block.hidden:
        return np.zeros(len(person))
    courses = block.hidden["courses"]
    drugs = block.parameters.drugs
    adequate = np.array([[drug.adequate_mg_per_day, drug.depot_adequate_mg_per_day] for drug in drugs])
    unit = adequate[courses["drug"].to_numpy(), courses["is_depot"].to_numpy().astype(int)]
    taken = courses[["person", "start", "end"]].assign(dose=courses["dose"].to_numpy() / unit)
    asked = pd.DataFrame({"person": person, "day": day, "row": np.arange(len(person))})
    both = asked.merge(taken, on="person")
    on_day = both[(both["start"] <= both["day"]) & (both["day"] <= both["end"])]
    return on_day.groupby("row")["dose"].sum().reindex(range(len(person)), fill_value=0.0).to_numpy()


def _standardised(severity: Array, in_scope: Array) -> Array:
    """Severity in standard deviations of the patients of the block; 0 in everybody else."""
    known = severity[in_scope]
    if known.size < 2:
        return np.zeros(severity.size)
    return np.where(in_scope, (severity - known.mean()) / known.std(), 0.0)


def _effects(parameters: Parameters, table: str, columns: tuple[str, ...], contrast: str) -> Array:
    """The effect on each column: its own row, else that of every column, else none."""
    planted = parameters.planted
    for_all = planted.get(f"{table}.{EVERY_COLUMN}.{contrast}")
    found = [planted.get(f"{table}.{column}.{contrast}", for_all) for column in columns]
    return np.array([effect.value if effect else 0.0 for effect in found])
