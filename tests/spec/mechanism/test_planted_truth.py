"""What the simulator plants in six kinds of scans the stage finds again: sizes in maps, sides in tests."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.results import Results, StageResult, StudySettings
from opentrs.mechanism import STAGE, engine
from opentrs.reference.region_names import resolve_regions
from opentrs.sources.synthetic import CLINICAL, Simulated, as_cohort, parameters_with, simulate
from opentrs.sources.synthetic.brain import TABLES, BrainSessions, with_brains
from opentrs.sources.synthetic.brain_scans import norms
from opentrs.sources.synthetic.kinds import BRAIN

SEED, PEOPLE, CONTROLS = 11, 1000, 0.4
# Contrasts of groups by resistance, and the planted effects they are made of.
GROUPS = ("resistant-responsive", "resistant-control", "responsive-control")
CLOZAPINE = "clozapine_resistant-clozapine_responsive"


@pytest.fixture(scope="module", autouse=True)
def one_permutation() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "PERMUTATIONS", 19)
        yield


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    """Everybody's scan complete, sites that shift but do not stretch, spectra that are all good."""
    plain = {f"{table}_site_log_scale_sd": 0.0 for table in TABLES}
    planted = parameters_with(TABLES, CONTROLS).with_values(
        **plain, brain_region_blank_share=0.0, spectrum_poor_share=0.0
    )
    layers = (*CLINICAL[:3], BrainSessions(), *(BRAIN[table] for table in TABLES))
    return simulate(PEOPLE, SEED, layers=layers, parameters=planted)


@pytest.fixture(scope="module")
def found(simulated: Simulated) -> StageResult:
    result = STAGE.run(as_cohort(simulated), who_is_who(simulated), StudySettings(seed=1))
    assert isinstance(result, StageResult)
    return result


def who_is_who(simulated: Simulated) -> Results:
    """Verdicts that are right, and symptoms as they were on the day of the scan."""
    truth = simulated.truth.astype({"person_id": str}).set_index("person_id")
    latent = simulated.latent.astype({"person_id": str}).set_index("person_id")
    patients = truth.index[~latent["is_control"].to_numpy(dtype=bool)]
    verdict = (
        truth["true_resistant"].map({"yes": "resistant", "no": "not_resistant"}).fillna("not_applicable")
    )
    works = np.where(latent["clozapine_responsive"].to_numpy(dtype=bool), "responsive", "resistant")
    clozapine = pd.Series(np.where(verdict == "resistant", works, ""), truth.index)
    verdicts = pd.DataFrame({
        "person_id": patients, "definition": "trrip", "verdict": verdict[patients].to_numpy(),
        "clozapine": clozapine[patients].to_numpy(),
    })  # fmt: skip
    days = (
        simulated.tables["perfusion"].astype({"person_id": str, "date": str}).set_index("person_id")["date"]
    )
    scanned = patients.intersection(days.index)
    items = {"hallucination": ("P3",), "delusion": ("P1",), "negative": ("N1", "N2", "N3", "N4", "N6")}
    rows = [
        pd.DataFrame({
            "person_id": scanned, "date": days[scanned].to_numpy(), "domain": domain,
            "pomp": latent.loc[scanned, [f"panss_{name}" for name in names]].mean(axis=1).to_numpy(),
            "floor": np.where(latent.loc[scanned, "panss_P3"].to_numpy() >= 4, "yes", "no"),
        })
        for domain, names in items.items()
    ]  # fmt: skip
    courses = pd.DataFrame(
        columns=["person_id", "start_date", "end_date", "dose_cpz_mg_per_day", "is_antipsychotic"]
    )
    return {
        "ascertain": StageResult("ascertain", {"verdicts": verdicts, "courses": courses}),
        "subtype": StageResult("subtype", {"domains": pd.concat(rows, ignore_index=True)}),
    }


def planted(simulated: Simulated, table: str, column: str, contrast: str) -> float:
    """The difference of two groups of a contrast, from the planted effects alone."""
    parameters = with_brains(simulated.parameters)

    def effect(kind: str) -> float:
        names = (f"{table}.{column}.{kind}", f"{table}.*.{kind}")
        return next((parameters[name] for name in names if name in parameters.planted), 0.0)

    share = parameters["resistant_share"]
    if contrast == CLOZAPINE:
        return -effect("clozapine_response")
    return {
        "resistant-responsive": effect("resistant"),
        "resistant-control": effect("patient") + (1 - share) * effect("resistant"),
        "responsive-control": effect("patient") - share * effect("resistant"),
    }[contrast]


def maps(found: StageResult, simulated: Simulated) -> pd.DataFrame:
    """Rows of the main model of every part, with the planted difference beside each."""
    tables = []
    for table in TABLES:
        rows = found.tables[table]
        rows = rows[(rows["model"] == "main") & rows["contrast"].isin([*GROUPS, CLOZAPINE])]
        if table == "spectroscopy":
            rows = rows[rows["measure"] == "all_voxels"]
            column_of = {name: name for name in norms(table).columns}
        else:
            known = resolve_regions(norms(table).columns, table)
            column_of = {region.id: name for name, region in known.items() if region is not None}
        columns = [column_of[str(region)] for region in rows["region"]]
        truth = [
            planted(simulated, table, str(column), str(contrast))
            for column, contrast in zip(columns, rows["contrast"], strict=True)
        ]
        tables.append(rows.assign(part=table, truth=truth))
    return pd.concat(tables, ignore_index=True)


def test_intervals_of_every_map_hold_what_was_planted(found: StageResult, simulated: Simulated) -> None:
    rows = maps(found, simulated)
    holds = (rows["standardised_low"] <= rows["truth"]) & (rows["truth"] <= rows["standardised_high"])
    by_part = holds.groupby(rows["part"]).mean()

    assert set(by_part.index) == set(TABLES)
    assert (by_part > 0.85).all(), by_part
    assert 0.93 < holds.mean() < 0.98
    # None is far off: half the width of an interval is about two standard errors.
    half = (rows["standardised_high"] - rows["standardised_low"]) / 2
    assert ((rows["standardised_effect"] - rows["truth"]).abs() / half).max() < 2


def test_where_nothing_was_planted_nothing_is_found_oftener_than_by_chance(
    found: StageResult, simulated: Simulated
) -> None:
    rows = maps(found, simulated)
    nothing = rows[rows["truth"] == 0]
    assert len(nothing) > 100
    assert (nothing["p"] < 0.05).mean() < 0.10


# Test, region, and the side of 0 the planted effects put it on.
SIDES = [
    ("thinning", "whole", -1), ("thinning", "frontal", -1), ("thinning", "temporal", -1),
    ("thinning_dlpfc", "left", -1), ("subcortical_volume", "hippocampus", -1),
    ("subcortical_volume", "thalamus", -1), ("tract", "corpus_callosum", -1),
    ("tract", "uncinate_fasciculus", -1), ("perfusion_negative", "right_dlpfc", -1),
    ("metabolism", "prefrontal", -1), ("metabolism", "basal_ganglia", 1),
    ("metabolism_clozapine", "basal_ganglia", 1), ("metabolism_clozapine", "thalamus", 1),
    ("glutamate_unfiltered", "anterior_cingulate", 1),
]  # fmt: skip


@pytest.mark.parametrize(("test", "region", "side"), SIDES, ids=[f"{row[0]}-{row[1]}" for row in SIDES])
def test_named_tests_lie_on_the_planted_side(found: StageResult, test: str, region: str, side: int) -> None:
    rows = found.tables["named_tests"]
    row = rows[(rows["test"] == test) & (rows["region"] == region)].iloc[0]
    assert row["ci_low"] * side > 0
    assert row["ci_high"] * side > 0
    assert row["agrees_in_direction"] in ("same", "none_expected")


def test_lower_metabolism_where_clozapine_works_is_told_apart_by_review_source_and_cohort(
    found: StageResult,
) -> None:
    rows = found.tables["named_tests"]
    row = rows[(rows["test"] == "metabolism_clozapine") & (rows["region"] == "thalamus")].iloc[0]
    # The review says no direction, its source does, and the cohort is counted as resistant minus responsive.
    assert "related to the efficacy of clozapine" in row["review_says"]
    assert "lower" not in row["review_says"]
    assert "lower metabolism of basal ganglia and thalamus" in row["source_says"]
    assert row["contrast"] == CLOZAPINE
    assert row["expected_direction"] == 1
    assert row["estimate"] > 0


NO_EFFECT = [
    ("glutamate_thickness_unfiltered", "anterior_cingulate", "partial_r"),
    ("thinning_duration", "left_dlpfc", "slope"), ("thinning_duration", "left_dlpfc", "change"),
    ("thinning_duration", "left_dlpfc", "interaction"),
]  # fmt: skip


@pytest.mark.parametrize(("test", "region", "quantity"), NO_EFFECT)
def test_named_tests_of_what_was_not_planted_hold_none(
    found: StageResult, test: str, region: str, quantity: str
) -> None:
    rows = found.tables["named_tests"].set_index(["test", "region", "quantity"]).sort_index()
    row = rows.loc[(test, region, quantity)]
    row = row.iloc[0] if isinstance(row, pd.DataFrame) else row
    # One in twenty intervals misses 0 by chance; none may miss it by half its width.
    reach = (row["ci_high"] - row["ci_low"]) / 4
    assert row["ci_low"] - reach < 0 < row["ci_high"] + reach
    assert row["expected_direction"] == 0
