"""Perfusion and metabolism: values relative to a reference, and the review's questions of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from opentrs.measures.regions import RegionTable
from opentrs.mechanism.engine import Array
from opentrs.mechanism.frame import Context, Part, PartOutcome, mapped_part, measured_tables
from opentrs.mechanism.named import Measured, association_test, group_test
from opentrs.messages import text

CLOZAPINE = "clozapine_resistant-clozapine_responsive"
# Measures that are relative already, or quantified in absolute units.
NOT_SCALED = ("rcbf", "suvr", "cmrglc", "cbf")
REFERENCE = "occipital"
RATIOS = ("ratio_to_occipital", "ratio_to_all")


def perfusion(context: Context) -> PartOutcome:
    """Map blood flow, and ask of the right DLPFC and of frontal flow by clozapine response."""
    tables = _scaled(measured_tables(context, "perfusion", ("cbf", "rcbf")))
    return mapped_part(context, "perfusion", tables, {next(iter(tables)): perfusion_tests})


def metabolism(context: Context) -> PartOutcome:
    """Map glucose metabolism, and ask of frontal cortex, basal ganglia and thalamus."""
    tables = _scaled(measured_tables(context, "metabolism", ("uptake", "suvr", "suv", "cmrglc")))
    return mapped_part(context, "metabolism", tables, {next(iter(tables)): metabolism_tests})


def perfusion_tests(measured: Measured) -> list[dict[str, Any]]:
    """Right DLPFC with negative symptoms among the resistant, other symptoms partialled out; frontal flow."""
    among = (measured.people["group"] == "resistant").to_numpy()
    right = {"right_dlpfc": measured.composite("dlpfc", "right")}
    return [
        *association_test(
            measured, "perfusion_negative", right, "negative", ("hallucination", "delusion"), among,
            "resistant", _note(measured),
        ),
        *_frontal(measured),
    ]  # fmt: skip


def metabolism_tests(measured: Measured) -> list[dict[str, Any]]:
    """Prefrontal against basal ganglia in resistance, and both with thalamus by clozapine response."""
    names = ("prefrontal", "basal_ganglia", "thalamus")
    values = {name: measured.composite(name) for name in names}
    by_resistance = {name: values[name] for name in names[:2]}
    by_response = {name: values[name] for name in names[1:]}
    return [
        *group_test(measured, "metabolism", by_resistance, "resistant-control", _note(measured)),
        *group_test(measured, "metabolism_clozapine", by_response, CLOZAPINE, _note(measured)),
        *_frontal(measured),
    ]


def _frontal(measured: Measured) -> list[dict[str, Any]]:
    """Frontal function by response to clozapine."""
    frontal = {"frontal": measured.composite("frontal")}
    return group_test(measured, f"{measured.part}_frontal_clozapine", frontal, CLOZAPINE, _note(measured))


def _note(measured: Measured) -> str:
    unit = measured.scans.unit
    return text(f"mechanism.{unit}", measured.lang) if unit in RATIOS else ""


def _scaled(tables: Mapping[str, RegionTable]) -> dict[str, RegionTable]:
    return {name: scans if name in NOT_SCALED else relative(scans) for name, scans in tables.items()}


def relative(scans: RegionTable) -> RegionTable:
    """Uptake over that of the occipital cortex, or of all regions where the table has no occipital one.

    Uptake in arbitrary units says as much of the dose injected as of the brain. A person whose reference
    is not known, or not above 0, is unknown.
    """
    members = scans.members(REFERENCE)
    unit = "ratio_to_occipital" if len(members) else "ratio_to_all"
    reference: Array = scans.matrix[:, members].mean(axis=1) if len(members) else scans.matrix.mean(axis=1)
    usable = np.where(reference > 0, reference, np.nan)[:, None]
    regions = tuple(replace(region, unit=unit) for region in scans.regions)
    return replace(scans, matrix=scans.matrix / usable, unit=unit, regions=regions)


PERFUSION = Part("perfusion", frozenset({"perfusion"}), perfusion)
METABOLISM = Part("metabolism", frozenset({"metabolism"}), metabolism)
