"""Words for regions, measures and numbers of the brain, as the sections of the page set them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from opentrs.reference.load import facts
from opentrs.report.view import Row
from opentrs.report.wording import NONE, Words, is_unknown

SIDES = {"L_": "left", "R_": "right"}
ALPHA = 0.05


def structure(region: str) -> str:
    """A region's id without its side."""
    return region[2:] if region[:2] in SIDES else region


def region_name(words: Words, row: Row) -> str:
    """A region as a reader calls it, without its side; its id where no atlas has it."""
    known = _regions().get((str(row.get("atlas")), structure(str(row["region"]))))
    return str(known[f"name_{words.lang}"]) if known else structure(str(row["region"]))


def sided(words: Words, row: Row) -> str:
    """A region with its side."""
    name, side = region_name(words, row), str(row.get("hemisphere"))
    return (
        words("mechanism.sided", side=words.name("side", side), region=name)
        if side in SIDES.values()
        else name
    )


def place(words: Words, region: Any) -> str:
    """The region of a named test, such as a lobe, a circuit or a tract."""
    known = _circuits().get(str(region))
    return str(known[f"name_{words.lang}"]) if known else words.name("place", region)


def measure_name(words: Words, part: str, measure: Any) -> str:
    """A measure as a reader calls it."""
    known = _measures().get((part, str(measure)))
    return str(known[f"name_{words.lang}"]) if known else words.name("brain_measure", measure)


def number(value: Any, decimals: int = 2) -> str:
    """A number with a minus sign; a dash where there is none."""
    return NONE if is_unknown(value) else f"{float(value):z.{decimals}f}".replace("-", "−")


def with_interval(words: Words, value: Any, low: Any, high: Any, decimals: int = 2) -> str:
    """A number with its interval."""
    if any(is_unknown(each) for each in (value, low, high)):
        return number(value, decimals)
    shown = {"value": number(value, decimals), "low": number(low, decimals), "high": number(high, decimals)}
    return words("mechanism.with_interval", **shown)


def people(words: Words, row: Row) -> str:
    """How many people of each group, or in all, an estimate rests on."""
    if is_unknown(row["n"]):
        return words("withheld")
    if is_unknown(row.get("n_first")) or is_unknown(row.get("n_second")):
        return words.count(row["n"])
    return words(
        "mechanism.two_counts", first=words.count(row["n_first"]), second=words.count(row["n_second"])
    )


def is_below(value: Any, limit: float = ALPHA) -> bool:
    """Whether a p value is known and below a limit."""
    return not is_unknown(value) and float(value) < limit


@cache
def _regions() -> Mapping[tuple[str, str], Row]:
    return {(str(row["atlas"]), str(row["structure"])): row for row in facts("regions")}


@cache
def _circuits() -> Mapping[str, Row]:
    return {str(row["circuit"]): row for row in facts("circuit_names")}


@cache
def _measures() -> Mapping[tuple[str, str], Row]:
    return {(str(row["table"]), str(row["measure"])): row for row in facts("region_measures")}
