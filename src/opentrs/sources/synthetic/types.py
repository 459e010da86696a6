"""The symptom that truly leads on each day, without noise: what a reading of types is to recover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opentrs.sources.synthetic.illness import LEAST, MOST, NOT_APPLICABLE, RESPONSIVE, TYPES
from opentrs.sources.synthetic.layers import NO_DAY, Array, Block, Layered
from opentrs.sources.synthetic.visits import item_level, planned_visits

DOMAIN_ITEMS = (("P1", "P5", "P6", "G9"), ("P3",), ("N1", "N2", "N3", "N4", "N6"))
STATES = (*TYPES, "mixed", "none")
MIXED, NONE = STATES.index("mixed"), STATES.index("none")
RATED_MODERATE, RATED_SEVERE = 3.5, 5.5
DEPRESSION = ("none", "moderate", "severe")
PERSISTENT_DAYS = 84
TRAJECTORIES = ("", "antipsychotic_responsive", "clozapine_responsive", "clozapine_resistant")


@dataclass(frozen=True, slots=True)
class Types:
    """True type on each day of a visit, in the end, and whether it had persisted by then."""

    name: str = "types"
    needs: tuple[str, ...] = ("illness", "visits")

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return truth and hidden ``states``; nothing is drawn or recorded."""
        seen = _states(block, block.hidden["visits"])
        planned, _ = planned_visits(block)
        whole = _states(block, planned.sort_values(["person", "day"], kind="stable"))
        truth = {**_at_the_end(block.size, whole), "true_trajectory": _trajectory(block)}
        return Layered(truth=truth, hidden={"states": seen})


def _state(is_there: Array, planted: Array) -> Array:
    """The planted symptom where it is at least moderate, else whatever else is."""
    n_there = is_there.sum(axis=0)
    others = np.where(n_there == 0, NONE, np.where(n_there > 1, MIXED, is_there.argmax(axis=0)))
    return np.where(is_there[planted, np.arange(planted.size)], planted, others)


def _states(block: Block, visits: pd.DataFrame) -> pd.DataFrame:
    """The true type, depression and domain severity at each of these visits of patients of the spectrum."""
    level, person = item_level(block, visits), visits["person"].to_numpy()
    place = {item.name: number for number, item in enumerate(block.parameters.items)}
    items = [level[:, [place[name] for name in names]] for names in DOMAIN_ITEMS]
    worst = np.stack([scores.max(axis=1) for scores in items])
    state = _state(worst >= RATED_MODERATE, block.latent["symptom_type"][person])
    depression = np.searchsorted((RATED_MODERATE, RATED_SEVERE), level[:, place["G6"]], side="right")
    percent = {
        f"{kind}_pomp": (100 * (scores.mean(axis=1) - LEAST) / (MOST - LEAST)).round(2)
        for kind, scores in zip(TYPES, items, strict=True)
    }
    frame = pd.DataFrame({
        "person": person, "date": visits["day"].to_numpy(),
        "true_type": np.asarray(STATES, dtype=object)[state],
        "true_depression": np.asarray(DEPRESSION, dtype=object)[depression], **percent,
    })  # fmt: skip
    in_scope = pd.Series((block.latent["status"] != NOT_APPLICABLE)[person])
    return frame.loc[in_scope].reset_index(drop=True)


def _at_the_end(size: int, states: pd.DataFrame) -> dict[str, Array]:
    """Each person's type, depression and four-way label at the end of their last course, seen or not."""
    words = {
        name: np.full(size, "", dtype=object)
        for name in ("true_type", "true_depression", "true_review_type", "true_type_persistent")
    }
    last = states.groupby("person").tail(1)
    person = last["person"].to_numpy()
    for name in ("true_type", "true_depression"):
        words[name][person] = last[name].to_numpy()
    four = last["true_type"].where(last["true_type"].isin(TYPES), "none_of_the_four")
    four = four.mask(last["true_depression"] == "severe", "severe_depression")
    words["true_review_type"][person] = four.to_numpy()
    words["true_type_persistent"][person] = _persistent(states, last).to_numpy()
    return {name: np.asarray(value) for name, value in words.items()}


def _persistent(states: pd.DataFrame, last: pd.DataFrame) -> pd.Series:
    """Whether the last type held for twelve weeks up to the last day; empty where the record is too short."""
    rows = states.merge(
        last[["person", "date", "true_type"]], on="person", suffixes=("", "_last"), validate="many_to_one"
    )
    ago = rows["date_last"] - rows["date"]
    differs = rows["true_type"] != rows["true_type_last"]
    by_person = pd.DataFrame({
        "person": rows["person"],
        "broken": ago.where(differs, np.inf),
        "seen": ago,
        "held": ago.where(~differs, NO_DAY),
    })  # fmt: skip
    broken_ago = by_person.groupby("person")["broken"].min()
    held = by_person["held"].where(by_person["held"] < by_person["person"].map(broken_ago))
    held_for = held.groupby(by_person["person"]).max()
    seen_for = by_person.groupby("person")["seen"].max()
    answer = np.where(
        held_for >= PERSISTENT_DAYS,
        "yes",
        np.where((broken_ago < PERSISTENT_DAYS) & (seen_for >= PERSISTENT_DAYS), "no", ""),
    )
    return pd.Series(answer, index=held_for.index).reindex(last["person"])


def _trajectory(block: Block) -> Array:
    """What treatment would do in the end: respond to any drug, to clozapine alone, or to none."""
    status, helped = block.latent["status"], block.latent["clozapine_responsive"]
    code = np.where(status == RESPONSIVE, 1, np.where(helped, 2, 3))
    return np.asarray(TRAJECTORIES, dtype=object)[np.where(status == NOT_APPLICABLE, 0, code)]
