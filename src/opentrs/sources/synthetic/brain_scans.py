"""Regions of a scan: age, sex, head size, site and chance around what illness does; one layer per table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from opentrs.cohort.days import DAYS_PER_YEAR
from opentrs.reference.load import facts
from opentrs.sources.synthetic.brain import MOST_SCANS, shifts, unexplained, with_brains
from opentrs.sources.synthetic.layers import Array, Block, Layered, labels, stream
from opentrs.sources.synthetic.parameters import Parameters

REFERENCE_AGE = 35.0
REFERENCE_ICV_MM3 = 1_500_000.0
DECIMALS: Mapping[str, int] = {"cortex": 3, "subcortex": 1, "tracts": 4, "perfusion": 2, "metabolism": 4}
ICV_COLUMN = "EstimatedTotalIntraCranialVol"
# A site's leaning is the same in every simulated cohort, as a scanner's is in every study that uses it.
SITE_SEED = 0
_SIDE = re.compile(r"^(lh|rh|Left|Right)[_-]|_[LR](?=_FA$)")


@dataclass(frozen=True, slots=True)
class Norms:
    """What a column is in healthy people of 35 years; slopes in standard deviations.

    Parameters
    ----------
    columns : names, in order
    mean, sd : in the unit of the table
    age : per ten years
    male : men against women
    icv_power : power of intracranial volume the column grows with, 0 for none
    pair : number of the pair each column belongs to: the two sides, or the metabolites of a voxel
    """

    columns: tuple[str, ...]
    mean: Array
    sd: Array
    age: Array
    male: Array
    icv_power: Array
    pair: Array


@cache
def norms(table: str) -> Norms:
    """Return the norms of a table's columns, in the order of the shipped file."""
    rows = [row for row in facts("simulator_brain_regions") if row["table"] == table]
    columns = tuple(str(row["column"]) for row in rows)
    both = [column.split(":")[0] if ":" in column else _SIDE.sub("", column) for column in columns]
    numbers = {name: np.array([row[name] for row in rows]) for name in ("mean", "sd", "male", "icv_power")}
    age = np.array([row["age_per_decade"] for row in rows])
    return Norms(columns, age=age, pair=np.unique(both, return_inverse=True)[1], **numbers)


@dataclass(frozen=True, slots=True)
class RegionScans:
    """One scan table with a column per region, such as ``cortex``."""

    name: str
    needs: tuple[str, ...] = ("people", "illness", "brain_sessions")

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return the table: scans that succeeded, with regions that failed left empty."""
        parameters, scans = with_brains(block.parameters), block.hidden["brain_scans"]
        values = region_values(block, parameters, self.name, rng)
        done = rng.random((block.size, MOST_SCANS)) < parameters["brain_scanned_share"]
        blank = rng.random((block.size, MOST_SCANS, values.shape[1])) < parameters["brain_region_blank_share"]
        at = (scans["person"].to_numpy(), scans["scan"].to_numpy())
        values = np.where(blank[at], np.nan, values).round(DECIMALS[self.name])
        frame = pd.DataFrame(values, columns=list(norms(self.name).columns))
        if self.name == "subcortex":
            frame[ICV_COLUMN] = _measured_icv(block, parameters, rng)[at].round(0)
        keys = pd.DataFrame({
            "person": at[0],
            "site": labels(block.latent["site"][at[0]], tuple(site.name for site in parameters.sites)),
            "date": scans["day"].to_numpy(),
            "age_years": ages(block).round(2),
        })  # fmt: skip
        whole = pd.concat([keys, frame], axis=1)
        return Layered(tables={self.name: whole[done[at]].reset_index(drop=True)})


def ages(block: Block) -> Array:
    """Age in years at each session."""
    scans = block.hidden["brain_scans"]
    born = block.latent["birth_day"][scans["person"].to_numpy()]
    return np.asarray((scans["day"].to_numpy() - born) / DAYS_PER_YEAR)


def region_values(block: Block, parameters: Parameters, table: str, rng: np.random.Generator) -> Array:
    """Values of every column in every session, failed ones counted in; shape (sessions, columns)."""
    norm, scans = norms(table), block.hidden["brain_scans"]
    person = scans["person"].to_numpy()
    chance = _chance(block.size, parameters, table, norm.pair, rng)[person, scans["scan"].to_numpy()]
    shift, scale = (leaning[block.latent["site"][person]] for leaning in site_leanings(parameters, table))
    expected = (
        shifts(block, parameters, table, norm.columns)
        + norm.age * (ages(block)[:, None] - REFERENCE_AGE) / 10
        + norm.male * (block.latent["is_male"][person][:, None] - 0.5)
    )
    z = expected + shift + scale * unexplained(block, parameters, table, norm.columns) * chance
    head = (block.latent["icv_mm3"][person][:, None] / REFERENCE_ICV_MM3) ** norm.icv_power
    return np.asarray(np.maximum(norm.mean + norm.sd * z, norm.mean / 10) * head)


def site_leanings(parameters: Parameters, table: str) -> tuple[Array, Array]:
    """Shift (standard deviations) and factor of the spread of each column at each site; (sites, columns)."""
    columns = len(norms(table).columns)
    drawn = [
        stream(SITE_SEED, f"brain_site.{table}.{site.name}", 0).standard_normal((2, columns))
        for site in parameters.sites
    ]
    shift, scale = np.stack(drawn, axis=1)
    return (
        parameters[f"{table}_site_shift_sd"] * shift,
        np.exp(parameters[f"{table}_site_log_scale_sd"] * scale),
    )


def _chance(size: int, parameters: Parameters, table: str, pair: Array, rng: np.random.Generator) -> Array:
    """Standard normal deviates (size, scans, columns), correlated over columns and between scans."""
    general, of_pair = parameters[f"{table}_correlation"], parameters[f"{table}_pair_correlation"]
    reliable = parameters["brain_retest_reliability"]
    lasting = (
        np.sqrt(general) * rng.standard_normal((size, 1))
        + np.sqrt(of_pair - general) * rng.standard_normal((size, pair.max() + 1))[:, pair]
        + np.sqrt(reliable - of_pair) * rng.standard_normal((size, pair.size))
    )
    passing = rng.standard_normal((size, MOST_SCANS, pair.size))
    return np.asarray(lasting[:, None, :] + np.sqrt(1 - reliable) * passing)


def _measured_icv(block: Block, parameters: Parameters, rng: np.random.Generator) -> Array:
    error = parameters["icv_measurement_cv"] * rng.standard_normal((block.size, MOST_SCANS))
    return np.asarray(block.latent["icv_mm3"][:, None] * (1 + error))
