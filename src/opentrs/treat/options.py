"""What a row of evidence compares: components, options, and the symptom it speaks to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

JOINED_BY = "+"
INACTIVE_PREFIX = "sham_"
INACTIVE = frozenset({"placebo", "usual_care"})
# From a symptom to broader ones, nearest first; each step is an indirectness.
BROADER: dict[str, tuple[str, ...]] = {
    "hallucination": ("hallucination", "positive", "total"),
    "delusion": ("delusion", "positive", "total"),
    "positive": ("positive", "total"),
    "negative": ("negative", "total"),
    "depression": ("depression", "total"),
    "total": ("total",),
}
SYMPTOMS = ("hallucination", "delusion", "negative", "depression")


def components(arm: str) -> tuple[str, ...]:
    """Components of an arm such as ``clozapine + ect``."""
    return tuple(part.strip() for part in arm.split(JOINED_BY) if part.strip())


def is_inactive(component: str) -> bool:
    """Whether a component is placebo, sham or usual care."""
    return component in INACTIVE or component.startswith(INACTIVE_PREFIX)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What arm 1 has and arm 2 has not.

    Parameters
    ----------
    option : components added, joined by ``+``; for arms that differ on both sides, ``a vs b``
    base : components both arms share
    is_addition : arm 2 has nothing active that arm 1 lacks
    """

    option: str
    base: tuple[str, ...]
    is_addition: bool


def compare_arms(arm1: str, arm2: str) -> Comparison:
    """Tell the option of a comparison."""
    first, second = components(arm1), components(arm2)
    base = tuple(part for part in first if part in second and not is_inactive(part))
    added = [part for part in first if part not in second and not is_inactive(part)]
    lacking = [part for part in second if part not in first and not is_inactive(part)]
    if not lacking:
        return Comparison(f" {JOINED_BY} ".join(added), base, True)
    return Comparison(f"{f' {JOINED_BY} '.join(added)} vs {f' {JOINED_BY} '.join(lacking)}", base, False)


def steps_to(symptom: str, target: str) -> int | None:
    """How many steps broader ``target`` is than the symptom asked; None where it does not speak to it."""
    path: Sequence[str] = BROADER.get(symptom, (symptom,))
    return path.index(target) if target in path else None
