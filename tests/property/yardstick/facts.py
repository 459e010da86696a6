"""The published figures, read straight from the reference tables with the csv module."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

from tests.property.yardstick.logic import Answer

REFERENCE = Path(__file__).resolve().parents[3] / "src" / "opentrs" / "reference"
DOSE_KEY = "leucht2016_ddd"
SEVERITY_SCALES = ("PANSS", "BPRS-18", "BPRS-24", "SAPS", "SANS")
TOTALS_IN_ORDER = ("PANSS", "BPRS-18", "BPRS-24", "SAPS+SANS")
SPECTRUM_CODE = re.compile(r"f2\d|6a2|29[578](\.|$)")
SPECTRUM_WORD = re.compile(r"schizo|psychosis|psychotic|schz|精神分裂|精神病")


@cache
def table(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ------------------------------------------------------------------ drugs


@cache
def names() -> dict[str, tuple[str, str]]:
    """Any name or code in lower case -> (drug, the route the name implies)."""
    found = {row["name"].lower(): (row["drug"], row["route"]) for row in table("drug_names.csv")}
    for row in table("drugs.csv"):
        for code in (row["atc"], row["omop_concept_id"], row["drug"]):
            if code:
                found[code.lower()] = (row["drug"], "")
    return found


def resolve(name: str) -> str | None:
    """The drug a name stands for; None where no table knows it."""
    return names().get(name.strip().lower(), (None, ""))[0]


def route_of(name: str | None, route: str | None) -> str:
    """As recorded, as a brand name implies, else oral."""
    if route is not None or name is None:
        return route or "oral"
    return names().get(name.strip().lower(), ("", ""))[1] or "oral"


@cache
def is_antipsychotic(drug: str) -> bool:
    return any(row["drug"] == drug and row["is_antipsychotic"] == "yes" for row in table("drugs.csv"))


@cache
def equal_to_600(drug: str) -> dict[str, float]:
    """Route -> mg per day equal to 600 mg of oral chlorpromazine."""
    return {
        row["route"]: float(row["mg_per_day_equal_to_600_mg_chlorpromazine"])
        for row in table("dose_equivalents.csv")
        if row["key"] == DOSE_KEY and row["drug"] == drug and row["used"] == "yes" and not row["formulation"]
    }


@cache
def midpoints(drug: str) -> dict[str, float]:
    """Route -> middle of the label's dose range in mg per day."""
    return {
        row["route"]: float(row["midpoint_mg_per_day"])
        for row in table("label_midpoints.csv")
        if row["drug"] == drug and row["midpoint_mg_per_day"]
    }


def equivalents_mg(drug: str, route: str, dose: float) -> float | None:
    equal = equal_to_600(drug).get(route)
    return None if equal is None else dose * 600 / equal


def share_of_midpoint(drug: str, route: str, dose: float) -> float | None:
    midpoint = midpoints(drug).get(route)
    return None if midpoint is None else dose / midpoint


@cache
def plasma_limit(drug: str) -> tuple[float, str] | None:
    for row in table("plasma_limits.csv"):
        if row["drug"] == drug and row["lower_limit_ng_per_ml"]:
            return float(row["lower_limit_ng_per_ml"]), row["analyte"]
    return None


def level_is_enough(drug: str, level: float | None, metabolite: float | None) -> Answer:
    """At or above the lower limit; where none is listed, having been measured is enough."""
    limit = plasma_limit(drug)
    if limit is None:
        return None if level is None else True
    if limit[1] == "parent_plus_metabolite":
        surely = (level or 0) + (metabolite or 0) >= limit[0]
        return True if surely else None if None in (level, metabolite) else False
    return None if level is None else level >= limit[0]


# ------------------------------------------------------------------ scales


@cache
def scale_name(scale: str) -> str:
    name = scale.strip().upper().replace("_", "-")
    return {"BPRS": "BPRS-18", "BPRS18": "BPRS-18", "BPRS24": "BPRS-24"}.get(name, name)


@cache
def item_rows(scale: str) -> dict[str, dict[str, str]]:
    return {row["item"]: row for row in table("scales/items.csv") if row["scale"] == scale}


def item_name(scale: str, item: str | None) -> str | None:
    return item if item in item_rows(scale) else None


@cache
def item_range(scale: str, item: str) -> tuple[float, float]:
    row = item_rows(scale)[item]
    return float(row["low"]), float(row["high"])


@cache
def domain_items(scale: str, domain: str, kind: str = "item") -> tuple[str, ...]:
    return tuple(i for i, row in item_rows(scale).items() if row["domain"] == domain and row["kind"] == kind)


def global_items(scale: str, domain: str) -> tuple[str, ...]:
    return domain_items(scale, domain, "global")


@cache
def moderate_and_severe(scale: str) -> tuple[float, float]:
    return (3, 5) if scale in ("SAPS", "SANS") else (4, 6)


@cache
def total_items(scale: str) -> tuple[str, ...]:
    return tuple(item for item, row in item_rows(scale).items() if row["kind"] == "item")


def floor_of(scale: str) -> float:
    return {"PANSS": 30, "BPRS-18": 18, "BPRS-24": 24, "SAPS+SANS": 0}[scale]


# ------------------------------------------------------------------ function and diagnosis


def measures_function(scale: str | None) -> bool:
    """A blank name may be any scale."""
    return scale is None or scale.upper() in ("SOFAS", "GAF", "PSP")


def is_impaired(scale: str | None, value: float | None) -> Answer:
    """SOFAS and GAF below 60, PSP 60 or below; 0 means not assessed."""
    if scale is None or value is None or value == 0:
        return None
    return value <= 60 if scale.upper() == "PSP" else value < 60


def in_spectrum(diagnosis: str) -> bool:
    text = diagnosis.strip().lower()
    return bool(SPECTRUM_CODE.match(text) or SPECTRUM_WORD.search(text))
