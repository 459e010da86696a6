"""Tables of atlas labels with names and voxel counts: do the names belong to the labels?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.errors import Problem
from opentrs.reference.load import facts
from opentrs.reference.region_names import resolve_regions

# Left and right twins of an atlas hold nearly the same number of voxels.
TWIN_RATIO = 1.25
FEWEST_LABELS = 8


@dataclass(frozen=True, slots=True)
class Label:
    """One row of a label table: the label's number, the name beside it, and how many voxels it has."""

    number: int
    name: str
    voxels: int | None = None


def label_problems(labels: Sequence[Label], file: str) -> list[Problem]:
    """Say whether the names of a JHU label table have slipped by one.

    Two things are looked at: whether names stand at the atlas's own numbers (or one beside them), and whether
    twins by name have nearly equal voxel counts.
    """
    places = slipped_by(labels)
    problems = []
    if places:
        problems.append(
            Problem("labels_off_by_one", "error", file, params={"places": places, "n": len(labels)})
        )
    unequal = unequal_twins(labels)
    if unequal:
        pairs = ", ".join(f"{one}/{other}" for one, other in unequal)
        problems.append(
            Problem("labels_twins_differ", "warning", file, params={"pairs": pairs, "n": len(unequal)})
        )
    return problems


def slipped_by(labels: Sequence[Label]) -> int:
    """By how many numbers most names stand beside their own label: -1, 1, or 0."""
    own = {}
    for row in facts("regions"):
        if row["atlas"] == "jhu":
            own[row["structure"], "left"] = row["label_left"]
            own[row["structure"], "right"] = row["label_right"]
            own[row["structure"], "midline"] = row["label_left"]
    named = resolve_regions([label.name for label in labels], "tracts")
    gaps = []
    for label in labels:
        region = named[label.name]
        number = None if region is None else own.get((region.structure, region.hemisphere))
        if number is not None:
            gaps.append(label.number - number)
    for places in (1, -1):
        if len(gaps) >= FEWEST_LABELS and gaps.count(places) > len(gaps) / 2:
            return places
    return 0


def unequal_twins(labels: Sequence[Label]) -> list[tuple[int, int]]:
    """Label numbers of left and right twins by name whose voxel counts are far apart."""
    named = resolve_regions([label.name for label in labels], "tracts")
    by_place = {
        (region.structure, region.hemisphere): label
        for label in labels
        if (region := named[label.name]) is not None and label.voxels
    }
    found = []
    for (structure, side), left in by_place.items():
        right = by_place.get((structure, "right"))
        if side == "left" and right is not None and left.voxels and right.voxels:
            ratio = left.voxels / right.voxels
            if not 1 / TWIN_RATIO <= ratio <= TWIN_RATIO:
                found.append((left.number, right.number))
    return found
