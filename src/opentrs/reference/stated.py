"""Scores that follow from others: which items a total, a subscale or a stated mean is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from opentrs.reference.load import facts

ALL_OF_A_KIND = {"total": "item", "global_total": "global"}


@dataclass(frozen=True, slots=True)
class StatedScore:
    """A score that a record may state although its items say it.

    Parameters
    ----------
    scale, item : as in ``scales/items.csv``
    statistic : ``sum`` or ``mean`` of the members
    members : items it is made of
    """

    scale: str
    item: str
    statistic: str
    members: tuple[str, ...]


@cache
def stated_scores() -> Mapping[tuple[str, str], StatedScore]:
    """Every score of the scales that is made of items, by scale and item id.

    Totals add up the items (or globals) of the scale or of their domain; subscales are factors of
    ``scales/factor_models.csv`` of the same name.
    """
    found = {}
    for row in facts("scale_items"):
        if row["kind"] in ("total", "subscale"):
            score = _total(row) if row["kind"] == "total" else _subscale(row)
            if score.members:
                found[row["scale"], row["item"]] = score
    return found


@cache
def global_groups() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """(Scale, global rating) -> the items it is a judgement of, for SAPS and SANS."""
    groups: dict[tuple[str, str], list[str]] = {}
    for row in facts("factor_models"):
        if row["model"] == "andreasen":
            groups.setdefault((row["scale"], f"global_{row['factor']}"), []).append(row["item"])
    return {key: tuple(items) for key, items in groups.items()}


def _total(row: Mapping[str, str]) -> StatedScore:
    kind = ALL_OF_A_KIND.get(row["item"], "item")
    members = tuple(
        other["item"]
        for other in facts("scale_items")
        if other["scale"] == row["scale"]
        and other["kind"] == kind
        and (row["item"] in ALL_OF_A_KIND or other["domain"] == row["domain"])
    )
    return StatedScore(row["scale"], row["item"], "sum", members)


def _subscale(row: Mapping[str, str]) -> StatedScore:
    statistics = {model["model"]: model["statistic"] for model in facts("models")}
    rows = [
        factor
        for factor in facts("factor_models")
        if factor["scale"] == row["scale"] and factor["factor"] == row["item"]
    ]
    members = tuple(factor["item"] for factor in rows)
    return StatedScore(row["scale"], row["item"], statistics[rows[0]["model"]], members)
