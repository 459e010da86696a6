"""Which diagnoses, drugs and items a definition means by its words."""

from __future__ import annotations

import re
from functools import cache

from opentrs.reference.load import facts

# An ICD or DSM code of any chapter: recognised as a code even where it is not of the spectrum.
ANY_CODE = re.compile(r"^([A-TV-Z]\d{2}(\.[0-9A-Z]+)?|[0-9][A-Z][0-9A-Z]{2}(\.[0-9A-Z]+)?|\d{3}(\.\d+)?)$")


def is_schizophrenia_spectrum(diagnosis: str) -> bool | None:
    """Tell whether a recorded diagnosis lies within the schizophrenia spectrum.

    Codes (ICD-10, ICD-11, DSM-IV, OMOP concept ids) are matched by their beginning, words anywhere in
    the text. A cell may hold several, joined by ``;``: one within the spectrum is enough.

    Returns
    -------
    None where the text is neither a code nor a word OpenTRS knows
    """
    answers = [_one(part.strip()) for part in re.split(r"[;,|]", diagnosis) if part.strip()]
    if True in answers:
        return True
    return False if False in answers else None


@cache
def _one(text: str) -> bool | None:
    code, lower = text.upper(), text.lower()
    rows = facts("diagnoses")
    for row in rows:
        pattern = str(row["pattern"])
        matches = {
            "code": bool(re.match(rf"^{re.escape(pattern)}(\.|$|\D|\d$|\d\d$)", code)) and _is_code(code),
            "word": pattern in lower,
            "exact": pattern == lower,
        }[str(row["kind"])]
        if matches:
            return bool(row["in_spectrum"])
    return False if _is_code(code) else None


def _is_code(code: str) -> bool:
    return bool(ANY_CODE.match(code)) or code.isdigit() or bool(re.match(r"^F2\d{1,3}$", code))


@cache
def second_generation_drugs() -> tuple[str, ...]:
    """Second-generation antipsychotics other than clozapine."""
    return tuple(str(row["drug"]) for row in facts("second_generation"))


@cache
def item_set(name: str) -> tuple[str, ...]:
    """Items that belong together: ``remission`` and ``cognitive`` (PANSS), ``psychotic`` (BPRS)."""
    return tuple(str(row["item"]) for row in facts("item_sets") if row["set"] == name)


@cache
def remission_rule() -> tuple[float, int]:
    """Symptomatic remission: the highest score an item may have, and for how many days."""
    row = next(row for row in facts("item_sets") if row["set"] == "remission")
    return float(row["at_most"]), int(row["lasting_days"])


@cache
def items_needed() -> tuple[int, int]:
    """How many items of how many must be rated for a score of several items: (2, 3) is two thirds."""
    row = next(row for row in facts("scoring") if row["rule"] == "score_of_several_items")
    return int(row["rated"]), int(row["of"])


# CDSS was made for schizophrenia; the others follow in the order in which they agree with it.
DEPRESSION_ORDER = ("CDSS", "HAMD-17", "MADRS", "PANSS", "BPRS-18", "BPRS-24")
DEPRESSIVE_BANDS = ("depressed", "moderate")


def depression_rules() -> list[dict[str, str]]:
    """Cut-offs for a depressive episode: scale, item, operator, threshold; best scale first."""
    rows = [
        dict(row) for row in facts("depression_cutoffs") if row["used"] and row["band"] in DEPRESSIVE_BANDS
    ]
    return sorted(rows, key=lambda row: DEPRESSION_ORDER.index(str(row["scale"])))
