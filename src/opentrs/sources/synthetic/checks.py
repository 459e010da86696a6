"""What is known of doses taken: reports of adherence, and levels in the blood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opentrs.sources.synthetic.layers import NO_DAY, Array, Block, Layered, labels, yes_no
from opentrs.sources.synthetic.record import drug_labels

SOURCES = ("patient", "carer", "pill_count", "notes", "dispensing")
SOURCE_SHARES = (0.9, 0.4, 0.6)
DEPOT_SOURCES = (SOURCES.index("notes"), SOURCES.index("dispensing"))
LEVEL_DAYS = (42, 91, 182)
REPORT_DAYS = (42, 182, 365)


def _chosen(block: Block, days: tuple[int, ...], share: Array, luck: Array) -> Array:
    """Which visits lie on one of these days of a course and were used for the check."""
    visits = block.hidden["visits"]
    used = luck < share[block.latent["site"][visits["person"].to_numpy()]]
    return np.asarray(visits["offset"].isin(days).to_numpy() & (used | block.complete_record))


def _with_course(block: Block, visits: pd.DataFrame) -> pd.DataFrame:
    courses = block.hidden["courses"][["person", "number", "adherence", "level_ratio", "is_depot"]]
    return visits.merge(courses, on=["person", "number"], how="left", validate="many_to_one")


@dataclass(frozen=True, slots=True)
class Adherence:
    """``adherence``: patients and carers leave some missed doses unsaid, pill counts hardly any."""

    name: str = "adherence"
    needs: tuple[str, ...] = ("visits",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return ``adherence``."""
        parameters, n = block.parameters, len(block.hidden["visits"])
        share = np.array([site.adherence_share for site in parameters.sites])
        luck, present = rng.random(n), rng.random((n, len(SOURCE_SHARES)))
        noise = parameters["adherence_report_sd"] * rng.standard_normal((n, len(SOURCE_SHARES)))
        chosen = _chosen(block, REPORT_DAYS, share, luck)
        visits = _with_course(block, block.hidden["visits"][chosen])
        unsaid = np.array([parameters["patient_report_bias"], parameters["carer_report_bias"], 0.0])
        missed = 100 * (1 - visits["adherence"].to_numpy())
        said = np.clip(np.rint(100 - missed[:, None] * (1 - unsaid) + noise[chosen]), 0, 100)
        asked = (present[chosen] < np.array(SOURCE_SHARES)) | block.complete_record
        depot = visits["is_depot"].to_numpy()
        row, source = np.nonzero(asked & ~depot[:, None])
        injected = np.nonzero(depot)[0]
        frame = pd.concat(
            [
                _reports(visits, row, source, said[row, source]),
                *(_reports(visits, injected, np.full(injected.size, code), 100.0) for code in DEPOT_SOURCES),
            ],
            ignore_index=True,
        )
        frame = frame.sort_values(["person", "date"], kind="stable", ignore_index=True)
        return Layered(tables={"adherence": frame})


def _reports(visits: pd.DataFrame, row: Array, source: Array, percent: Array | float) -> pd.DataFrame:
    chosen = visits.iloc[row]
    return pd.DataFrame({
        "person": chosen["person"].to_numpy(),
        "date": chosen["day"].to_numpy(),
        "source": labels(source, SOURCES),
        "percent": percent,
    })  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlasmaLevels:
    """``plasma_levels``: dose, clearance and doses taken; an announced draw makes people catch up."""

    name: str = "plasma"
    needs: tuple[str, ...] = ("visits",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return ``plasma_levels``."""
        parameters, n = block.parameters, len(block.hidden["visits"])
        share = np.array([site.plasma_share for site in parameters.sites])
        luck, warned, noise = rng.random(n), rng.random(n), rng.standard_normal((2, n))
        hours = rng.integers(10, 15, n)
        chosen = _chosen(block, LEVEL_DAYS, share, luck)
        visits = _with_course(block, block.hidden["visits"][chosen])
        announced = (warned[chosen] < parameters["announced_share"]) & (not block.complete_record)
        taken = visits["adherence"].to_numpy()
        shown = np.where(announced, taken + (1 - taken) * parameters["announced_catch_up"], taken)
        ratio = visits["level_ratio"].to_numpy() * shown / taken
        ratio = ratio * np.exp(parameters["assay_log_sd"] * noise[0][chosen])
        drug, person = visits["drug"].to_numpy(), visits["person"].to_numpy()
        level = ratio * np.array([item.lower_level_ng_per_ml for item in parameters.drugs])[drug]
        metabolite = np.array([item.metabolite_ratio or NO_DAY for item in parameters.drugs])[drug]
        frame = pd.DataFrame({
            "person": person,
            "drug": drug_labels(block, person, drug),
            "date": visits["day"],
            "level_ng_per_ml": _digits(level),
            "metabolite_ng_per_ml": _digits(level * metabolite * np.exp(0.1 * noise[1][chosen])),
            "hours_since_dose": np.where(visits["is_depot"], NO_DAY, hours[chosen]),
            "announced": yes_no(announced),
        })  # fmt: skip
        return Layered(tables={"plasma_levels": frame})


def _digits(level: Array) -> Array:
    """Levels as laboratories print them: two decimals below 10 ng/mL, one above."""
    return np.where(level < 10, np.round(level, 2), np.round(level, 1))
