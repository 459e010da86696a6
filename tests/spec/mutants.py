"""TRRIP with one thing wrong: every threshold nudged, every operator flipped, every row left out."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.spec.answers import trrip

STRICTNESS = {">=": ">", ">": ">=", "<=": "<", "<": "<="}
DIRECTION = {">=": "<", ">": "<=", "<=": ">", "<": ">="}
# Scores, days and counts move by one; a share of a label midpoint by half a percent.
STEPS = {"share_of_label_midpoint": 0.005}
CHOICES = {
    "courses.different": "ingredient_metabolites_merged",
    "courses.dispensing_is_a_source": True,
    "window": "any_time",
}
# Nothing that TRRIP asks reads these.
UNUSED = {"relapse_window_days": "read by the Danish register definition alone"}
NAMES = {"id", "kind", "source", "name", "criterion", "note"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A definition that differs from TRRIP in one place, named by that place."""

    name: str
    definition: Mapping[str, Any]
    row_left_out: str = ""

    def __str__(self) -> str:
        return self.name


def mutants() -> Iterator[Mutant]:
    """Every definition that differs from the shipped one in one threshold, operator, choice or row."""
    for path in _thresholds(trrip(), ()):
        yield from _changed_at(path)
    for number, row in enumerate(trrip()["criterion"]):
        left_out = trrip()
        del left_out["criterion"][number]
        yield Mutant(f"without row {row['id']}", left_out, row["id"])
        if "needs" in row:
            yield from _changed_at(("criterion", number, "needs"), row["id"])


def _thresholds(section: Mapping[str, Any], path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for key, value in section.items():
        here = (*path, key)
        if (not path and key in NAMES) or key in UNUSED:
            continue
        if isinstance(value, Mapping) and "is" not in value:
            yield from _thresholds(value, here)
        else:
            yield here


def _changed_at(path: tuple[Any, ...], label: str = "") -> Iterator[Mutant]:
    value = _at(trrip(), path)
    name = f"{label}.needs" if label else ".".join(map(str, path))
    if name in CHOICES:
        yield _mutant(name, path, CHOICES[name])
        return
    step = STEPS.get(path[-1], 1)
    if isinstance(value, Mapping):
        for change in (step, -step):
            yield _mutant(name, path, {**value, "value": value["value"] + change})
        for flip in (STRICTNESS, DIRECTION):
            yield _mutant(name, path, {**value, "is": flip[value["is"]]})
        return
    for change in (step, -step):
        yield _mutant(name, path, value + change)


def _mutant(name: str, path: tuple[Any, ...], value: Any) -> Mutant:
    definition = copy.deepcopy(trrip())
    *above, last = path
    _at(definition, tuple(above))[last] = value
    words = f"{value['is']} {value['value']}" if isinstance(value, Mapping) else str(value)
    return Mutant(f"{name} {words}", definition)


def _at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data
