"""Scales beyond PANSS and CDSS: of voices and beliefs and how far they distress, and of depression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from opentrs.reference.load import facts
from opentrs.sources.synthetic.layers import Array, Block, Layered, labels
from opentrs.sources.synthetic.visits import depressed_level, item_level, rater_names, raters

VOICES_SCALES = ("PSYRATS", "AHRS")
HAMD = "HAMD-17"
HAMD_OFFSETS = (14, 91, 273)
DISTRESS = "distress"
BELIEFS = "delusions"


@dataclass(frozen=True, slots=True)
class Distress:
    """PSYRATS and AHRS of people who hear voices, PSYRATS of those with delusions: severity and distress."""

    name: str = "distress"
    needs: tuple[str, ...] = ("visits",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return further rows of ``ratings``; distress differs between people whose voices are alike."""
        parameters, visits = block.parameters, block.hidden["visits"]
        trait = parameters["distress_trait_sd"] * rng.standard_normal(block.size)
        level, person = item_level(block, visits), visits["person"].to_numpy()
        place = {item.name: number for number, item in enumerate(parameters.items)}
        voices, beliefs = level[:, place["P3"]], level[:, place["P1"]]
        parts = []
        for scale in VOICES_SCALES:
            for row in _items(scale):
                about = beliefs if row["domain"] == BELIEFS else voices
                top = float(row["high"])
                felt = (about - 1) / 6 * top + trait[person] * (DISTRESS in row["name"]) * top / 4
                noise = parameters["voices_item_noise_sd"] * rng.standard_normal(len(visits))
                value = np.clip(np.rint(felt + noise), float(row["low"]), top)
                rated = about >= parameters["voices_rated_from"]
                parts.append(_rows(block, visits, scale, str(row["item"]), value, rated))
        truth = {"true_distress_trait": np.where(block.latent["is_control"], np.nan, trait.round(3))}
        return Layered(tables={"ratings": _joined(parts)}, truth=truth)


@dataclass(frozen=True, slots=True)
class HamiltonDepression:
    """HAMD-17 at visits without CDSS: unlike CDSS it can tell a severe depression."""

    name: str = "hamd"
    needs: tuple[str, ...] = ("visits",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return further rows of ``ratings``."""
        parameters, visits = block.parameters, block.hidden["visits"]
        beyond = depressed_level(block, visits) - parameters["hamd_starts_above"]
        share = np.clip(beyond / parameters["hamd_points_to_top"], 0, 1)
        rated = visits["offset"].isin(HAMD_OFFSETS).to_numpy()
        parts = []
        for row in _items(HAMD):
            noise = parameters["hamd_item_noise_sd"] * rng.standard_normal(len(visits))
            top = float(row["high"])
            value = np.clip(np.rint(top * (share + noise)), 0, top)
            parts.append(_rows(block, visits, HAMD, str(row["item"]), value, rated))
        return Layered(tables={"ratings": _joined(parts)})


def _items(scale: str) -> list[Mapping[str, Any]]:
    return [row for row in facts("scale_items") if row["scale"] == scale and row["kind"] == "item"]


def _rows(
    block: Block, visits: pd.DataFrame, scale: str, item: str, value: Array, rated: Array
) -> pd.DataFrame:
    return pd.DataFrame({
        "person": visits["person"].to_numpy()[rated],
        "date": visits["day"].to_numpy()[rated],
        "scale": scale,
        "item": item,
        "value": value[rated],
        "rater": labels(raters(block, visits)[rated], rater_names(block)).astype(object),
    })  # fmt: skip


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True).sort_values(
        ["person", "date"], kind="stable", ignore_index=True
    )
