"""The shipped facts as pandas tables; every call returns a new table that may be changed freely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentrs.errors import UsageError
from opentrs.messages import text
from opentrs.reference.load import facts, frame

if TYPE_CHECKING:
    import pandas as pd


def drugs() -> pd.DataFrame:
    """Drugs known by name, one per row, antipsychotic or not.

    ``metabolite_family`` is shared by a drug and its marketed metabolite (risperidone, paliperidone).
    A daily dose above ``max_plausible_mg_per_day`` deserves a second look: it is the larger of the highest
    labelled dose and three defined daily doses (1800 mg chlorpromazine equivalents, Leucht 2016), or half
    as much again as the highest labelled dose where that list lacks the drug. The rule is ours.
    ``checked`` speaks of the codes, ``max_plausible_checked`` of the two dose columns.
    """
    return frame("drugs")


def dose_keys() -> tuple[str, ...]:
    """Names of the shipped tables of dose equivalents, in order of publication."""
    return tuple(dict.fromkeys(str(row["key"]) for row in facts("dose_equivalents")))


def dose_equivalents(key: str | None = None) -> pd.DataFrame:
    """Daily doses equal to 600 mg of oral chlorpromazine, by key, drug, route and formulation.

    Parameters
    ----------
    key : one of :func:`dose_keys`; all of them by default

    Raises
    ------
    UsageError : there is no such key
    """
    table = frame("dose_equivalents")
    if key is None:
        return table
    if key not in dose_keys():
        raise UsageError(text("reference.unknown_dose_key", dose_key=key, keys=", ".join(dose_keys())))
    return table[table["key"] == key].reset_index(drop=True)


def label_midpoints() -> pd.DataFrame:
    """Midpoints of the labelled dose range, mg/day; a midpoint per injection is no daily dose."""
    return frame("label_midpoints")


def plasma_limits() -> pd.DataFrame:
    """Lower ends of therapeutic plasma ranges, ng/mL, and whether the active metabolite is added."""
    return frame("plasma_limits")


def scales() -> pd.DataFrame:
    """Rating scales: number of items, item and total range, and what a zero means."""
    return frame("scales")


def scale_items() -> pd.DataFrame:
    """Items, globals and totals of the rating scales, by name only, with range, domain and cut-offs.

    ``kind`` is ``item``, ``global``, ``total``, ``extra`` for an item some sites add to the scale (it
    counts towards no total and no domain rule), or ``subscale`` for a score some sites state, which is
    held against its items (:func:`factor_models`) and used for nothing else.
    """
    return frame("scale_items")


def function_scales() -> pd.DataFrame:
    """Below which value each functioning scale shows at least moderate impairment; zero is not assessed."""
    return frame("function_scales")


def depression_cutoffs() -> pd.DataFrame:
    """Cut-offs of depression by scale and band; the Calgary scale has no accepted severe band.

    Rows that are not ``used`` are other published cut-offs, for the record and for sensitivity tables.
    """
    return frame("depression_cutoffs")


def scale_totals() -> pd.DataFrame:
    """Totals that correspond to steps of the Clinical Global Impression."""
    return frame("scale_totals")


def scale_models() -> pd.DataFrame:
    """Ways to group the items of scales: each model's name, and whether a factor is a sum or a mean.

    Models that are not ``used`` are known in part only. The model of van der Gaag 2006 is not here: its
    list of items, some with negative weights, has not been read in the source.
    """
    return frame("models")


def factor_models() -> pd.DataFrame:
    """Which items make up each factor of each model, with their weights."""
    return frame("factor_models")


def domain_items() -> pd.DataFrame:
    """Items of each symptom domain, by item set and instrument; SAPS and SANS together are ``SAPS+SANS``."""
    return frame("scale_domains")


def domain_norms() -> pd.DataFrame:
    """Mean and standard deviation of domain scores (percent of the maximum possible) in public cohorts."""
    return frame("scale_norms")


def domain_reliability() -> pd.DataFrame:
    """Reliability of domain scores by instrument; ``kind`` is ``retest``, ``interrater`` or ``assumed``."""
    return frame("scale_reliability")
