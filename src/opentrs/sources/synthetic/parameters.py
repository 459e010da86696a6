"""What the simulator plants, read from ``reference/simulator*.csv``: every figure with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from opentrs.errors import UsageError
from opentrs.messages import text
from opentrs.reference.equivalents import dose_key, label_midpoint
from opentrs.reference.load import facts

DOSE_KEY = "leucht2016_ddd"
WITH_METABOLITE = "parent_plus_metabolite"
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
    """An antipsychotic as the simulator prescribes it; doses in mg/day, depots in mg per injection.

    ``lower_level_ng_per_ml`` is the lower therapeutic limit of the drug itself; where the published limit is
    one of the drug with its active metabolite, it is the drug's part of it.
    """

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
            raise UsageError(text("simulator.no_parameter", names=", ".join(unknown)))
        changed = {
            name: replace(self.planted[name], value=float(value), source=SET_BY_CALLER, checked="unverified")
            for name, value in values.items()
        }
        return replace(self, planted=MappingProxyType({**self.planted, **changed}))


@cache
def published() -> Parameters:
    """Return the parameters shipped with the package."""
    return Parameters(
        planted=MappingProxyType({str(row["name"]): _planted(row) for row in facts("simulator")}),
        drugs=tuple(_drug(row) for row in facts("simulator_drugs")),
        sites=tuple(_site(row) for row in facts("simulator_sites")),
        items=tuple(
            Item(row["item"], row["domain"], row["mean_before_treatment"], row["loading"], row["specific_sd"])
            for row in facts("simulator_panss")
        ),
    )


def _planted(row: Mapping[str, Any]) -> Planted:
    return Planted(row["name"], row["value"], row["unit"], row["source"], row["checked"], row["note"] or "")


def _numbers(cell: str) -> tuple[float, ...]:
    return tuple(float(part) for part in cell.split(";"))


def _drug(row: Mapping[str, Any]) -> Drug:
    name, depot = row["drug"], row["depot_mg_usual"]
    return Drug(
        name=name,
        atc=next(known["atc"] for known in facts("drugs") if known["drug"] == name),
        weight_first=row["weight_first"],
        weight_later=row["weight_later"],
        doses=(_numbers(row["doses_low"]), _numbers(row["doses_usual"]), _numbers(row["doses_high"])),
        full_effect_mg_per_day=row["full_effect_mg_per_day"],
        adequate_mg_per_day=_adequate_dose(name, "oral"),
        lower_level_ng_per_ml=_lower_level(name, row["metabolite_ratio"]),
        metabolite_ratio=row["metabolite_ratio"],
        depot_mg=(depot, row["depot_mg_high"]) if depot else None,
        depot_interval_days=row["depot_interval_days"] or 0.0,
        depot_adequate_mg_per_day=_adequate_dose(name, "lai") if depot else 0.0,
    )


def _adequate_dose(drug: str, route: str) -> float:
    """Daily dose that is adequate by equivalents or by the midpoint of the label, whichever is lower."""
    listed = (dose_key(DOSE_KEY).mg_equal_to_600(drug, route), label_midpoint(drug, route))
    return min(dose for dose in listed if dose is not None)


def _lower_level(drug: str, metabolite_ratio: float | None) -> float:
    limit = next(row for row in facts("plasma_limits") if row["drug"] == drug)
    share = 1 / (1 + (metabolite_ratio or 0.0)) if limit["analyte"] == WITH_METABOLITE else 1.0
    return float(limit["lower_limit_ng_per_ml"]) * share


def _site(row: Mapping[str, Any]) -> Site:
    return Site(
        row["site"],
        row["share"],
        row["record"],
        row["drug_names"],
        row["attendance"],
        row["adherence_share"],
        row["plasma_share"],
        row["rater_shift"],
    )
