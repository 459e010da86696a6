"""The review's questions of the brain, asked of people in whom one answer at a time is planted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import pytest

from opentrs.cohort.results import StudySettings
from opentrs.mechanism import PARTS, STAGE
from opentrs.mechanism.literature import published
from opentrs.mechanism.named import NAMED_COLUMNS
from tests.support.brains import THICKNESS, VOLUMES, Truth, study

BOTH = ("lh", "rh")
LOW, HIGH = -1.2, 1.2


def sided(names: Iterable[str], sides: Iterable[str] = BOTH, ending: str = "", joint: str = "_") -> list[str]:
    return [f"{side}{joint}{name}{ending}" for side in sides for name in names]


def shifted(regions: Iterable[str], shift: float, group: str = "resistant") -> Truth:
    return Truth({region: {group: shift} for region in regions})


def named(truth: Truth, part: str, test: str, n: int = 60, seed: int = 1) -> pd.DataFrame:
    cohort, results = study(n, seed, truth)
    found = STAGE.run(cohort, results, StudySettings(seed=1, parts=frozenset({part})))
    table = found.tables["named_tests"]
    return table[table["test"] == test].set_index("region")


DLPFC_LEFT = ["lh_caudalmiddlefrontal_thickness", "lh_rostralmiddlefrontal_thickness"]
TEMPORAL_LEFT = ["lh_middletemporal_thickness", "lh_superiortemporal_thickness"]
PREFRONTAL = sided(("caudalmiddlefrontal", "rostralmiddlefrontal", "superiorfrontal"))
GANGLIA = sided(("Caudate", "Putamen", "Accumbens-area"), ("Left", "Right"), joint="-")

# Part, test, region, what is planted, and on which side of 0 the answer then lies.
QUESTIONS: list[tuple[str, str, str, Truth, int]] = [
    ("cortex", "thinning", "whole", shifted(sided(THICKNESS, ending="_thickness"), -0.8), -1),
    ("cortex", "thinning", "occipital", shifted(sided(["lateraloccipital"], ending="_thickness"), LOW), -1),
    ("cortex", "thinning_dlpfc", "left", shifted(DLPFC_LEFT, LOW), -1),
    ("cortex", "hallucination_severity", "left_temporal",
     Truth(slopes=dict.fromkeys(TEMPORAL_LEFT, ("hallucination", LOW))), -1),
    ("subcortex", "subcortical_volume", "hippocampus",
     shifted(["Left-Hippocampus", "Right-Hippocampus"], LOW), -1),
    ("subcortex", "subcortical_side", "thalamus", shifted(["Left-Thalamus"], LOW), -1),
    ("tracts", "tract", "uncinate_fasciculus", shifted(["UNC-L", "UNC-R"], LOW), -1),
    ("perfusion", "perfusion_negative", "right_dlpfc",
     Truth(slopes=dict.fromkeys(sided(THICKNESS[:2], ["rh"]), ("negative", LOW))), -1),
    ("metabolism", "metabolism", "prefrontal", shifted(PREFRONTAL, LOW), -1),
    ("metabolism", "metabolism", "basal_ganglia", shifted(GANGLIA, HIGH), 1),
    ("spectroscopy", "glutamate_unfiltered", "anterior_cingulate", shifted(["dACC"], HIGH), 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "test", "region", "truth", "side"), QUESTIONS, ids=[f"{row[1]}-{row[2]}" for row in QUESTIONS]
)
def test_what_is_planted_is_found_on_its_side(
    part: str, test: str, region: str, truth: Truth, side: int
) -> None:
    row = named(truth, part, test).loc[region]

    assert row["ci_low"] * side > 0
    assert row["ci_high"] * side > 0
    assert row["p_fwer"] < 0.05
    agreed = {0: "none_expected", side: "same"}
    assert row["agrees_in_direction"] == agreed.get(row["expected_direction"], "opposite")


def test_everything_the_review_says_of_these_parts_has_its_row(everything: dict[str, pd.DataFrame]) -> None:
    table = everything["named_tests"]
    said = set(table["test"] + "." + table["region"])
    said |= {
        f"thinning_duration.{kind}" for kind in table.loc[table["test"] == "thinning_duration", "quantity"]
    }
    assert said >= set(published())
    assert list(table.columns) == NAMED_COLUMNS
    assert set(table["part"]) == {part.name for part in PARTS} - {"vertices"}


@pytest.fixture(scope="module")
def everything() -> Any:
    return STAGE.run(*study(30, 2), StudySettings(seed=1)).tables


def test_a_side_difference_needs_a_side_that_differs() -> None:
    row = named(shifted(["Left-Thalamus", "Right-Thalamus"], LOW), "subcortex", "subcortical_side").loc[
        "thalamus"
    ]
    assert row["ci_low"] < 0 < row["ci_high"]


def test_duration_alone_is_not_called_resistance_and_resistance_survives() -> None:
    pure = Truth(slopes=dict.fromkeys(DLPFC_LEFT, ("duration", -1.0)), longer_illness=10)
    rows = named(pure, "cortex", "thinning_duration", n=150).set_index("quantity")
    assert rows.loc["adjusted", "ci_low"] < 0 < rows.loc["adjusted", "ci_high"]
    assert rows.loc["slope", "ci_high"] < -0.2

    real = Truth({name: {"resistant": LOW} for name in DLPFC_LEFT}, longer_illness=5)
    rows = named(real, "cortex", "thinning_duration", n=150).set_index("quantity")
    assert rows.loc["adjusted", "ci_high"] < 0
    assert rows.loc["adjusted", "agrees_in_direction"] == "same"


def test_a_filter_on_the_relative_bound_says_how_many_it_left_out_and_both_rows_stand() -> None:
    cohort, results = study(40, 3)
    table = STAGE.run(cohort, results, StudySettings(parts=frozenset({"spectroscopy"}))).tables["named_tests"]
    rows = table[table["region"] == "anterior_cingulate"].set_index("test")
    assert rows.loc["glutamate_filtered", "n"] < rows.loc["glutamate_unfiltered", "n"] == 80
    assert "20%" in rows.loc["glutamate_filtered", "note"]
    assert rows.loc["glutamate_unfiltered", "note"] == ""


def test_the_volumes_asked_about_are_those_of_the_table() -> None:
    assert {"Caudate", "Putamen", "Accumbens-area", "Hippocampus", "Thalamus"} == set(VOLUMES)
