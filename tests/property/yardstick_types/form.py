"""What is rated on a day: the mean of each item's scores, and each item's range."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from opentrs import reference

Item = tuple[str, str]
Form = Mapping[Item, Fraction]


def form_of(rows: Iterable[Mapping[str, Any]]) -> dict[Item, Fraction]:
    """Scale and item -> mean of the day's scores; items nobody scored within their range are not in it."""
    scores: dict[Item, list[Fraction]] = {}
    for row in rows:
        item = (row["scale"], row["item"])
        if item not in ranges() or is_blank(row["value"]):
            continue
        value = Fraction(row["value"])
        low, high = ranges()[item]
        if low <= value <= high:
            scores.setdefault(item, []).append(value)
    return {item: sum(values, Fraction(0)) / len(values) for item, values in scores.items()}


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


@cache
def ranges() -> dict[Item, tuple[Fraction, Fraction]]:
    """Lowest and highest score of every item, global and total."""
    frame = reference.scale_items()
    return {
        (str(row["scale"]), str(row["item"])): (Fraction(row["low"]), Fraction(row["high"]))
        for row in frame.to_dict("records")
    }


@cache
def items_of(scale: str) -> tuple[Item, ...]:
    """The items that make a scale's total."""
    frame = reference.scale_items()
    rows = frame[(frame["scale"] == scale) & (frame["kind"] == "item")]
    return tuple((scale, str(item)) for item in rows["item"])
