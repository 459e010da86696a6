"""Dopamine: striatal synthesis by PET, and what supersensitivity to dopamine leaves in a record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opentrs.cohort.days import DAYS_PER_YEAR
from opentrs.sources.synthetic.illness import FROM_FIRST, NOT_APPLICABLE
from opentrs.sources.synthetic.layers import Array, Block, Layered, labels
from opentrs.sources.synthetic.outcomes import KINDS
from opentrs.sources.synthetic.parameters import Parameters
from opentrs.sources.synthetic.treatment import CHOICE, OTHER

STRIATUM = "striatum"
TRACER = "fdopa_ki"
REBOUND_FROM_DAYS = 7
SCANNED_WITHIN_DAYS = 28


@dataclass(frozen=True, slots=True)
class DopaminePet:
    """``pet``: 18F-DOPA influx in the striatum, raised in people whom drugs help, not in the resistant."""

    name: str = "pet"
    needs: tuple[str, ...] = ("people", "illness")

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return ``pet``, a scan each for every control and some of the patients."""
        parameters, size = block.parameters, block.size
        status, is_control = block.latent["status"], block.latent["is_control"]
        shift = np.where(
            status >= FROM_FIRST,
            parameters["striatal_ki_nonresponder_shift"],
            np.where(status == NOT_APPLICABLE, 0.0, parameters["striatal_ki_responder_shift"]),
        )
        z = shift + rng.standard_normal(size)
        ki = parameters["striatal_ki_control_mean"] + parameters["striatal_ki_sd"] * z
        scanned = is_control | (rng.random(size) < parameters["pet_share"])
        day = block.latent["first_treatment_day"] + rng.integers(0, SCANNED_WITHIN_DAYS, size)
        seen = (block.latent["observation_start"] <= day) & (day <= block.latent["observation_end"])
        names = tuple(site.name for site in parameters.sites)
        frame = pd.DataFrame({
            "person": np.arange(size), "site": labels(block.latent["site"], names), "date": day,
            "tracer": TRACER, STRIATUM: ki.round(5),
        })  # fmt: skip
        truth = {"true_striatal_shift": np.where(status == NOT_APPLICABLE, np.nan, shift)}
        return Layered(tables={"pet": frame[scanned & seen].reset_index(drop=True)}, truth=truth)


@dataclass(frozen=True, slots=True)
class Supersensitivity:
    """Further ``events`` of the supersensitive: relapse soon after a drug is stopped, and dyskinesia."""

    name: str = "supersensitivity"
    needs: tuple[str, ...] = ("illness", "treatment")

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return ``events`` within the record, and who is supersensitive."""
        parameters, size, status = block.parameters, block.size, block.latent["status"]
        in_scope = status != NOT_APPLICABLE
        share = np.where(
            status >= FROM_FIRST, parameters["supersensitive_share_resistant"], _share_of_others(parameters)
        )
        is_so = (rng.random(size) < share) & in_scope
        rebounds = is_so & (rng.random(size) < parameters["rebound_share_supersensitive"])
        frame = pd.concat(
            [_rebounds(block, rng, rebounds), _dyskinesia(block, rng, is_so)], ignore_index=True
        )
        person = frame["person"].to_numpy()
        kept = (frame["date"] >= block.latent["observation_start"][person]) & (
            frame["date"] <= block.latent["observation_end"][person]
        )
        frame = frame[kept].sort_values(["person", "date", "code"], kind="stable", ignore_index=True)
        events = frame[["person", "date"]].assign(kind=labels(frame["code"].to_numpy(), KINDS))
        truth = {"true_supersensitive": np.where(in_scope, np.where(is_so, "yes", "no"), "")}
        return Layered(tables={"events": events}, truth=truth)


def _share_of_others(parameters: Parameters) -> float:
    """Share among the others at which everybody's is the published one."""
    resistant = parameters["resistant_share"]
    rest = parameters["supersensitive_share"] - resistant * parameters["supersensitive_share_resistant"]
    return max(0.0, rest / (1 - resistant))


def _rebounds(block: Block, rng: np.random.Generator, rebounds: Array) -> pd.DataFrame:
    """A relapse within weeks of each course that was stopped although it was not failing."""
    courses = block.hidden["courses"]
    wait = rng.integers(REBOUND_FROM_DAYS, int(block.parameters["rebound_days"]) + 1, len(courses))
    person = courses["person"].to_numpy()
    stopped = courses["reason"].isin((CHOICE, OTHER)).to_numpy() & rebounds[person]
    day = courses["end"].to_numpy() + wait
    stopped &= day <= block.latent["last_true_day"][person]
    return pd.DataFrame({"person": person[stopped], "date": day[stopped], "code": KINDS.index("relapse")})


def _dyskinesia(block: Block, rng: np.random.Generator, is_so: Array) -> pd.DataFrame:
    """Dyskinesia at a higher rate, evenly over the time since the first treatment."""
    first, last = block.latent["first_treatment_day"].astype(float), block.latent["last_true_day"]
    rate = block.parameters["dyskinesia_rate_supersensitive"]
    number = rng.poisson(np.where(is_so, rate * (last - first) / DAYS_PER_YEAR, 0.0))
    person = np.repeat(np.arange(block.size), number)
    day = np.floor(first[person] + rng.random(person.size) * (last[person] - first[person]))
    return pd.DataFrame({"person": person, "date": day, "code": KINDS.index("dyskinesia")})
