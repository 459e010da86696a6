"""What a layer of the simulator is: it adds tables, truth and latent traits to people who are there already.

People come in blocks of fixed size. Each layer draws from its own stream, seeded by the cohort's seed, the
layer's name and the number of the block, and always for the whole block. So neither more people nor
more layers change what is drawn for anybody else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from opentrs.cohort.days import DAYS_PER_YEAR
from opentrs.sources.synthetic.parameters import Parameters

BLOCK_PEOPLE = 500
Array = npt.NDArray[Any]
NO_DAY = np.nan


@dataclass(frozen=True, slots=True)
class Block:
    """A block of people as the layers so far have made them.

    Parameters
    ----------
    first : number of the first person of the block, counted over the cohort from 0
    parameters : what is planted
    complete_record : the record misses nothing: no dropout, every course, rating and level documented
    latent : trait -> one value per person of the block, never recorded as such
    hidden : table of what truly happened, such as ``courses``; ``person`` is the place in the block
    """

    first: int
    parameters: Parameters
    complete_record: bool = False
    latent: Mapping[str, Array] = field(default_factory=dict)
    hidden: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    size: int = BLOCK_PEOPLE

    def after(self, layered: Layered) -> Block:
        """Return the block with what a layer added."""
        return replace(
            self,
            latent={**self.latent, **layered.latent},
            hidden={**self.hidden, **layered.hidden},
        )


@dataclass(frozen=True, slots=True)
class Layered:
    """What one layer adds to a block.

    Parameters
    ----------
    tables : table of the contract -> rows, with ``person`` (place in the block) in place of ``person_id``
        and every date as a day number (days since 1970-01-01, empty where unknown)
    truth : column of ``truth.csv`` -> one value per person; names ending in ``_date`` hold day numbers
    latent : trait -> one value per person, for later layers
    hidden : table of what truly happened -> rows, for later layers
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    truth: Mapping[str, Array] = field(default_factory=dict)
    latent: Mapping[str, Array] = field(default_factory=dict)
    hidden: Mapping[str, pd.DataFrame] = field(default_factory=dict)


class Layer(Protocol):
    """One layer: brain, genes and networks are added to the same people by writing another of these."""

    @property
    def name(self) -> str:
        """Name of the layer; it seeds the layer's stream, so renaming a layer redraws it."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Layers that must come before."""

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return what this layer adds to the people of a block."""


def stream(seed: int, layer: str, block: int) -> np.random.Generator:
    """Return the random stream of one layer in one block of people."""
    key = int.from_bytes(hashlib.sha256(layer.encode()).digest()[:4], "big")
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(key, block)))


def labels(codes: Array, names: tuple[str, ...]) -> pd.Categorical:
    """Turn numbers of labels into labels; -1 is unknown."""
    return pd.Categorical.from_codes(
        np.asarray(codes, dtype=np.int64), categories=pd.Index(names, dtype=object)
    )


def yes_no(claim: Array, known: Array | None = None) -> pd.Categorical:
    """Turn a claim into yes and no; empty where it is not known."""
    codes = np.where(claim, 0, 1)
    return labels(codes if known is None else np.where(known, codes, -1), ("yes", "no"))


def years(rng: np.random.Generator, rate_per_year: float, size: int) -> Array:
    """Draw days until an event that happens at a constant rate; never, where the rate is 0."""
    waiting = rng.exponential(1.0, size)
    return waiting / rate_per_year * DAYS_PER_YEAR if rate_per_year > 0 else np.full(size, np.inf)
