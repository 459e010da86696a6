"""What the simulator plants, read from ``reference/simulator*.csv``: every figure with its source."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from types import MappingProxyType

from opentrs.errors import UsageError

CHECKED = frozenset({"yes", "second_hand", "unverified"})
SET_BY_CALLER = "set by the caller"


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted figure: its value and unit, where it was published, whether the source was opened."""

    name: str
    value: float
    unit: str
    source: str
    checked: str
    note: str


@dataclass(frozen=True, slots=True)
class Drug:
    """An antipsychotic as the simulator prescribes it; doses in mg/day, depots in mg per injection."""

    name: str
    atc: str
    weight_first: float
    weight_later: float
    doses: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]
    full_effect_mg_per_day: float
    adequate_mg_per_day: float
    lower_level_ng_per_ml: float
    metabolite_ratio: float | None
    depot_mg: tuple[float, float] | None
    depot_interval_days: float
    depot_adequate_mg_per_day: float


@dataclass(frozen=True, slots=True)
class Site:
    """A site and what its record keeps: ``record`` is prospective, retrospective or dispensing."""

    name: str
    share: float
    record: str
    drug_names: str
    attendance: float
    adherence_share: float
    plasma_share: float
    rater_shift: float


@dataclass(frozen=True, slots=True)
class Item:
    """A PANSS item: its domain and its severity (points, 1 to 7) before the first treatment."""

    name: str
    domain: str
    mean: float
    loading: float
    specific_sd: float


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything the simulator plants. ``parameters["resistant_share"]`` is the value.

    Parameters
    ----------
    planted : name -> figure with unit and source
    drugs, sites, items : the tables of antipsychotics, sites and PANSS items
    """

    planted: Mapping[str, Planted]
    drugs: tuple[Drug, ...]
    sites: tuple[Site, ...]
    items: tuple[Item, ...]

    def __getitem__(self, name: str) -> float:
        return self.planted[name].value

    def with_values(self, **values: float) -> Parameters:
        """Return parameters with other values; their source then says that the caller set them.

        Raises
        ------
        UsageError : there is no parameter of that name
        """
        unknown = sorted(set(values) - set(self.planted))
        if unknown:
            raise UsageError(f"The simulator has no parameter {', '.join(unknown)}.")
        changed = {
            name: replace(self.planted[name], value=float(value), source=SET_BY_CALLER, checked="unverified")
            for name, value in values.items()
        }
        return replace(self, planted=MappingProxyType({**self.planted, **changed}))


@cache
def published() -> Parameters:
    """Return the parameters shipped with the package."""
    return Parameters(
        planted=MappingProxyType({row["name"]: _planted(row) for row in _rows("simulator.csv")}),
        drugs=tuple(_drug(row) for row in _rows("simulator_drugs.csv")),
        sites=tuple(_site(row) for row in _rows("simulator_sites.csv")),
        items=tuple(
            Item(row["item"], row["domain"], float(row["mean_before_treatment"]), float(row["loading"]),
                 float(row["specific_sd"]))
            for row in _rows("simulator_panss.csv")
        ),
    )  # fmt: skip


def _rows(name: str) -> list[dict[str, str]]:
    """Rows of a reference file; each must say where it comes from and whether that was checked."""
    text = resources.files("opentrs.reference").joinpath(name).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    for row in rows:
        if not row["source"] or row["checked"] not in CHECKED:
            raise ValueError(f"{name}: a row without source or checked: {row}")
    return rows


def _planted(row: Mapping[str, str]) -> Planted:
    return Planted(row["name"], float(row["value"]), row["unit"], row["source"], row["checked"], row["note"])


def _numbers(cell: str) -> tuple[float, ...]:
    return tuple(float(part) for part in cell.split(";"))


def _drug(row: Mapping[str, str]) -> Drug:
    depot = row["depot_mg_usual"]
    return Drug(
        name=row["drug"],
        atc=row["atc"],
        weight_first=float(row["weight_first"]),
        weight_later=float(row["weight_later"]),
        doses=(_numbers(row["doses_low"]), _numbers(row["doses_usual"]), _numbers(row["doses_high"])),
        full_effect_mg_per_day=float(row["full_effect_mg_per_day"]),
        adequate_mg_per_day=float(row["adequate_mg_per_day"]),
        lower_level_ng_per_ml=float(row["lower_level_ng_per_ml"]),
        metabolite_ratio=float(row["metabolite_ratio"]) if row["metabolite_ratio"] else None,
        depot_mg=(float(depot), float(row["depot_mg_high"])) if depot else None,
        depot_interval_days=float(row["depot_interval_days"]) if depot else 0.0,
        depot_adequate_mg_per_day=float(row["depot_adequate_mg_per_day"]) if depot else 0.0,
    )


def _site(row: Mapping[str, str]) -> Site:
    return Site(
        row["site"],
        float(row["share"]),
        row["record"],
        row["drug_names"],
        float(row["attendance"]),
        float(row["adherence_share"]),
        float(row["plasma_share"]),
        float(row["rater_shift"]),
    )
