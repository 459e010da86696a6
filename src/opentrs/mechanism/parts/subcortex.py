"""Striatum, hippocampus and thalamus: volumes for the size of the head, and their sides."""

from __future__ import annotations

from typing import Any

import numpy as np

from opentrs.mechanism.contrasts import BY_NAME
from opentrs.mechanism.engine import Array
from opentrs.mechanism.frame import Context, Part, PartOutcome, mapped_part, measured_tables
from opentrs.mechanism.named import Asked, Measured, answered, group_test

STRUCTURES = ("striatum", "hippocampus", "thalamus")
CONTRAST = "resistant-control"


def run(context: Context) -> PartOutcome:
    """Map volumes, and ask about the three structures the review names."""
    tables = measured_tables(context, "subcortex", ("volume",))
    return mapped_part(context, "subcortex", tables, {"volume": volume_tests})


def volume_tests(measured: Measured) -> list[dict[str, Any]]:
    """Both sides together, and (left - right) / (left + right), which the size of the head leaves alone."""
    sums = {name: measured.composite(name, None, _sum) for name in STRUCTURES}
    member = BY_NAME[CONTRAST].membership(measured.people)
    sides = {name: lateralisation(measured, name) for name in STRUCTURES}
    return [
        *group_test(measured, "subcortical_volume", sums, CONTRAST),
        *answered(measured, Asked("subcortical_side", sides, member, CONTRAST, ("age", "is_male"))),
    ]


def lateralisation(measured: Measured, structure: str) -> Array | None:
    """(left - right) / (left + right) of a structure; None where a side is not in the table."""
    left = measured.composite(structure, "left", _sum)
    right = measured.composite(structure, "right", _sum)
    if left is None or right is None:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        index = (left - right) / (left + right)
    return np.where(np.isfinite(index), index, np.nan)


def _sum(values: Array) -> Array:
    return np.asarray(values.sum(axis=1), dtype=float)


PART = Part("subcortex", frozenset({"subcortex"}), run)
