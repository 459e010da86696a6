"""Units a model document may use, and by which factor one is mistaken for another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from opentrs.reference.load import facts


@cache
def known_units() -> frozenset[str]:
    """Every unit of ``reference/models/units.csv``."""
    return frozenset(row["unit"] for row in facts("model_units"))


def mistaken(unit: str, substance: str | None) -> Mapping[str, float]:
    """Other units of the same quantity -> how many of ``unit`` one of them is.

    A column in weeks where days are meant has 7 for ``weeks``: times 7, it is in days. Concentrations
    convert by the molar mass, so there the substance has to be known.
    """
    rows = [row for row in facts("model_units") if row["substance"] in (None, substance)]
    own = next((row for row in rows if row["unit"] == unit), None)
    if own is None:
        return {}
    alike = [row for row in rows if row["quantity"] == own["quantity"] and row["unit"] != unit]
    return {row["unit"]: row["in_base_units"] / own["in_base_units"] for row in alike}
