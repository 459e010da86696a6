"""Depression on a day, and the review's four-way label."""

from __future__ import annotations

from fractions import Fraction

from tests.property.yardstick_types.form import Form, items_of, ranges
from tests.property.yardstick_types.label import COMPETING

BANDS = {"HAMD-17": (8, 17, 24), "MADRS": (7, 20, 35)}
WORDS = ("none", "mild", "moderate", "severe")
CDSS_MORE_THAN = 6
MOOD_AT_LEAST = 4
MOODS = (("PANSS", "G6"), ("BPRS-18", "depressive_mood"), ("BPRS-24", "depressive_mood"))


def read_depression(form: Form) -> tuple[str, str]:
    """Depression and the scale that said so."""
    for scale in ("CDSS", "HAMD-17", "MADRS"):
        bounds = _total(form, scale)
        if bounds is not None:
            low, high = (_band(scale, total) for total in bounds)
            if low == high:
                return low, scale
    for scale, item in MOODS:
        if (scale, item) in form:
            return ("moderate" if form[scale, item] >= MOOD_AT_LEAST else "none"), scale
    return "unknown", ""


def review_type(kind: str, depression: str, scale: str) -> str:
    """The four-way label beside a type."""
    if depression == "severe":
        return "severe_depression"
    if kind in COMPETING:
        return kind
    if kind == "unknown" or (scale not in BANDS and depression != "none"):
        return "unknown"
    return "none_of_the_four"


def _band(scale: str, total: Fraction) -> str:
    if scale == "CDSS":
        return "moderate" if total > CDSS_MORE_THAN else "none"
    return WORDS[sum(total >= bound for bound in BANDS[scale])]


def _total(form: Form, scale: str) -> tuple[Fraction, Fraction] | None:
    items = items_of(scale)
    rated = [item for item in items if item in form]
    if len(rated) < len(items) and (scale, "total") in form:
        return form[scale, "total"], form[scale, "total"]
    if not rated:
        return None
    known = sum((form[item] for item in rated), Fraction(0))
    blank = [ranges()[item] for item in items if item not in form]
    return known + sum(low for low, _ in blank), known + sum(high for _, high in blank)
