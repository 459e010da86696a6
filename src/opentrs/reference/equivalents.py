"""From drug, route and formulation to the dose that equals 600 mg of oral chlorpromazine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from opentrs.errors import UsageError
from opentrs.messages import text
from opentrs.reference.load import facts
from opentrs.reference.tables import dose_keys

if TYPE_CHECKING:
    import pandas as pd

# A drug moved between these two routes from one list to the next (asenapine); swallowed and dissolved
# under the tongue stand in for each other. An injection never stands in for either.
BY_MOUTH = {"oral": ("oral", "sublingual"), "sublingual": ("sublingual", "oral")}
Rows = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class DoseKey:
    """One table of dose equivalents.

    Parameters
    ----------
    name : as the report names it
    factors : (drug, route) -> formulation -> mg per day equal to 600 mg of oral chlorpromazine; the
        formulation is empty where the source does not say one
    """

    name: str
    factors: Mapping[tuple[str, str], Mapping[str, float]] = field(repr=False)

    @property
    def drugs(self) -> tuple[str, ...]:
        """Drugs the key has a factor for, by any route."""
        return tuple(sorted({drug for drug, _ in self.factors}))

    def mg_equal_to_600(self, drug: str, route: str, formulation: str | None = None) -> float | None:
        """Return mg per day equal to 600 mg of oral chlorpromazine, or None where the key does not say.

        A formulation the key lists is taken as listed, another one by the row without a formulation. A
        depot of unstated formulation has a factor only where all listed formulations share it.
        """
        for equivalent_route in BY_MOUTH.get(route, (route,)):
            listed = self.factors.get((drug, equivalent_route))
            if listed:
                return _of_formulation(listed, formulation or "")
        return None


def _of_formulation(listed: Mapping[str, float], formulation: str) -> float | None:
    if formulation in listed:
        return listed[formulation]
    if formulation:
        return listed.get("")
    return next(iter(listed.values())) if len(set(listed.values())) == 1 else None


def dose_key(name: str, own: pd.DataFrame | None = None) -> DoseKey:
    """Return a shipped table of dose equivalents, or one the user brought.

    Parameters
    ----------
    name : one of :func:`opentrs.reference.dose_keys`, or a key of ``own``
    own : further rows in the columns of :func:`opentrs.reference.dose_equivalents`

    Raises
    ------
    UsageError : there is no such key; the message lists those there are
    """
    if own is None:
        return _shipped(name)
    rows: list[dict[str, Any]] = own.astype(object).where(own.notna(), None).to_dict("records")  # type: ignore[assignment]
    mine = [row for row in rows if row["key"] == name]
    return _from_rows(name, mine) if mine else _shipped(name, tuple(own["key"].unique()))


@cache
def _shipped(name: str, own: tuple[str, ...] = ()) -> DoseKey:
    if name not in dose_keys():
        keys = ", ".join((*dose_keys(), *own))
        raise UsageError(text("reference.unknown_dose_key", dose_key=name, keys=keys))
    return _from_rows(name, (row for row in facts("dose_equivalents") if row["key"] == name))


def _from_rows(name: str, rows: Rows) -> DoseKey:
    factors: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows:
        equal = row["mg_per_day_equal_to_600_mg_chlorpromazine"]
        if row["used"] and equal is not None:
            factors.setdefault((row["drug"], row["route"]), {})[row["formulation"] or ""] = float(equal)
    return DoseKey(name, factors)


def label_midpoint(drug: str, route: str) -> float | None:
    """Return the midpoint of the labelled range, mg/day; None where none is listed for the route."""
    for equivalent_route in BY_MOUTH.get(route, (route,)):
        midpoint = _midpoints().get((drug, equivalent_route))
        if midpoint is not None:
            return midpoint
    return None


def label_midpoint_per_injection(drug: str, route: str) -> float | None:
    """Return the midpoint of the labelled range of a depot, mg per injection; None where none is listed."""
    return _midpoints("midpoint_mg_per_injection").get((drug, route))


@cache
def _midpoints(column: str = "midpoint_mg_per_day") -> dict[tuple[str, str], float]:
    return {
        (row["drug"], row["route"]): row[column]
        for row in facts("label_midpoints")
        if row[column] is not None
    }
