"""What the review and its sources say of each named test, and whether a result agrees."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from opentrs.messages import Lang
from opentrs.reference.load import cited, facts

Row = Mapping[str, Any]


@cache
def published() -> Mapping[str, Row]:
    """Rows of ``imaging_effects.csv`` by test."""
    return {str(row["test"]): row for row in facts("imaging_effects")}


def setting(name: str) -> float:
    """A stated choice or published limit of ``mechanism_settings.csv``."""
    return next(float(row["value"]) for row in facts("mechanism_settings") if row["setting"] == name)


def beside(test: str, estimate: float, low: float, high: float, lang: Lang) -> dict[str, Any]:
    """What is said of a test, and how an estimate with its interval compares.

    Returns
    -------
    review_row, review_says, source_says, source (DOI), checked, published_effect, expected_direction,
    agrees_in_direction (same, opposite, cannot_tell, none_expected), agrees_in_size (compatible, smaller,
    larger, cannot_tell, none_published)
    """
    row = published()[test]
    effect = math.nan if row["effect"] is None else float(row["effect"])
    return {
        "review_row": row["row"],
        "review_says": row[f"review_says_{lang}"],
        "source_says": row[f"source_says_{lang}"],
        "source": cited(str(row["source"])),
        "checked": row["checked"],
        "published_effect": effect,
        "expected_direction": int(row["expected"]),
        "agrees_in_direction": direction(int(row["expected"]), low, high),
        "agrees_in_size": size(effect, estimate, low, high),
    }


def direction(expected: int, low: float, high: float) -> str:
    """Whether an interval lies on the expected side of 0; one that holds 0 cannot tell."""
    if expected == 0:
        return "none_expected"
    if not (np.isfinite(low) and np.isfinite(high)) or low <= 0 <= high:
        return "cannot_tell"
    return "same" if np.sign(low) == expected else "opposite"


def size(effect: float, estimate: float, low: float, high: float) -> str:
    """Whether the published effect lies in the interval, and if not on which side."""
    if math.isnan(effect):
        return "none_published"
    if not (np.isfinite(low) and np.isfinite(high)):
        return "cannot_tell"
    if low <= effect <= high:
        return "compatible"
    return "larger" if (estimate - effect) * np.sign(effect) > 0 else "smaller"
