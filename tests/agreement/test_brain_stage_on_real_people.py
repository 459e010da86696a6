"""The mechanism stage on public scans: the published index and map come out of the command's own stages."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from opentrs import sources
from opentrs.ascertain.people import eligible_people
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.mechanism import STAGE, engine
from opentrs.report.export import json_bytes

pytestmark = pytest.mark.real_data


@pytest.fixture(autouse=True, scope="module")
def few_permutations():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "PERMUTATIONS", 199)
        yield


@pytest.fixture(scope="module")
def czech(early_psychosis: Cohort) -> StageResult:
    return STAGE.run(early_psychosis, {}, StudySettings(parts=frozenset({"cortex", "subcortex"})))


def test_early_psychosis_resembles_the_published_volumes_as_the_reference_says(czech):
    table = czech.tables["vulnerability"]
    mine = table[(table["part"] == "subcortex") & (table["contrast"] == "patient-control")]
    row = mine.set_index("standard").loc["all_controls"]
    assert row["mean_first"] == pytest.approx(0.112729, abs=1e-6)
    assert row["mean_second"] == pytest.approx(-0.012365, abs=1e-6)
    assert row["standardised_effect"] == pytest.approx(0.310198, abs=1e-6)
    assert row["standardised_low"] < 0.01 < row["standardised_high"]
    assert (row["n_first"], row["n_second"], row["n_regions"]) == (98, 67, 16)


def test_the_cortical_index_of_a_destrieux_table_is_refused_and_not_guessed(czech):
    table = czech.tables["vulnerability"]
    mine = table[table["part"] == "cortex"]
    assert mine["estimate"].isna().all()
    assert mine["reason"].str.contains("destrieux").all()


def test_the_faulty_rows_of_the_published_volumes_are_marked(czech):
    table = czech.tables["illness_map"]
    faulty = table[table["p_is_faulty"] == "yes"]
    assert {*faulty["region"]} == {"L_pallidum", "L_putamen", "L_thalamus", "L_lateral_ventricle"}


def effects(found: StageResult, part: str, column: str = "standardised_effect", model: str = "main"):
    table = found.tables[part]
    mine = table[(table["contrast"] == "patient-control") & (table["model"] == model)]
    return mine.set_index("region")[column]


def pooled(found: StageResult, part: str):
    return found.tables[f"{part}_for_meta_analysis"].set_index("Structure")["d_icv"]


def test_the_map_of_early_psychosis_is_that_of_the_reference(czech):
    d = pooled(czech, "cortex")
    # The reference adjusts for age, sex and head size; here thickness is not adjusted for the head.
    assert d.idxmin() == "L_s_circular_insula_sup"
    assert d["L_s_circular_insula_sup"] == pytest.approx(-0.74, abs=0.06)
    assert d["L_g_front_inf_opercular"] == pytest.approx(-0.68, abs=0.06)
    volumes = pooled(czech, "subcortex")
    assert volumes.idxmin() == "L_thalamus"
    assert volumes["L_thalamus"] == pytest.approx(-0.46, abs=0.06)
    named = czech.tables["named_tests"].set_index(["test", "region"])
    whole = named.loc[("thinning_patients", "whole")]
    # Unadjusted the mean differs by -0.18; patients are younger and more often men.
    assert -0.8 < whole["ci_low"] < whole["estimate"] < -0.182
    assert whole["agrees_in_direction"] == "same"


@pytest.fixture(scope="module")
def among_healthy(psychosis_among_healthy: Cohort) -> StageResult:
    settings = StudySettings(parts=frozenset({"cortex", "subcortex"}), harmonise="combat")
    return STAGE.run(psychosis_among_healthy, {}, settings)


def test_three_folders_are_one_cohort_of_29_sites(among_healthy):
    scanned = among_healthy.tables["scanned"].set_index(["part", "group"])
    assert scanned.loc[("cortex", "unknown"), "n_people"] == 98
    assert scanned.loc[("cortex", "control"), "n_people"] == 67 + 1078 + 419
    sites = among_healthy.tables["harmonisation"]
    thickness = sites[sites["part"] == "cortex"].set_index("site")
    assert len(thickness) == 29
    assert thickness.loc["fcon1000:Pittsburgh", ["n_people", "n_harmonised"]].tolist() == [3, 0]
    assert thickness.loc["openneuro:ds003416", "n_left_out"] == 28
    assert thickness["n_harmonised"].sum() == 98 + 67 + 1075 + 391


@pytest.mark.parametrize("model", ["main", "harmonised"])
def test_among_healthy_people_of_28_other_sites_the_direction_stays(among_healthy, model):
    cortex, volumes = (effects(among_healthy, part, model=model) for part in ("cortex", "subcortex"))
    for region in ("L_s_circular_insula_sup", "L_g_front_inf_opercular"):
        assert cortex[region] < -0.4
    assert volumes.idxmin() == "L_thalamus"
    assert volumes["L_thalamus"] < -0.35
    errors = [effects(among_healthy, "cortex", "se", model).median() for model in ("main", "harmonised")]
    # The controls of the one site with patients set the error, harmonised or not.
    assert errors[1] == pytest.approx(errors[0], rel=0.1)
    index = among_healthy.tables["vulnerability"]
    mine = index[
        (index["part"] == "subcortex") & (index["contrast"] == "patient-control")
        & (index["values"] == ("harmonised" if model == "harmonised" else "as_measured"))
        & (index["standard"] == "all_controls")
    ].iloc[0]  # fmt: skip
    assert mine["standardised_effect"] == pytest.approx(0.31, abs=0.08)
    assert mine["ci_low"] > 0


def test_what_one_site_with_patients_costs_is_told(among_healthy):
    cost = among_healthy.tables["harmonised_contrasts"].set_index(["part", "contrast"])
    row = cost.loc[("cortex", "patient-control")]
    assert row["variance_ratio"] == pytest.approx(2.3, abs=0.1)
    assert row["false_positives_uncorrected"] == pytest.approx(0.2, abs=0.02)
    assert (row["n_people"], row["n_at_sites_of_one_group"]) == (1631, 1466)
    pool = among_healthy.tables["cortex_for_meta_analysis"]
    assert set(pool["n_controls"]) == {67}


def test_epilepsy_is_read_as_epilepsy_and_compared_with_nobody(repository: Path, real_data_dir: Path):
    example = repository / "examples" / "enigma_example" / "cohort.toml"
    cohort = sources.read(real_data_dir / "enigma_example", config=example)
    asked = eligible_people(cohort).to_pandas()
    assert not asked["applies"].any()
    verdicts = asked[["person_id"]].assign(definition="trrip", verdict="not_applicable", clozapine="")
    of_patients = verdicts[verdicts["person_id"].isin(cohort.people.filter(
        cohort.people.group == "epilepsy").person_id.execute())]  # fmt: skip
    courses = pd.DataFrame({"is_antipsychotic": [], "person_id": [], "start_date": [], "end_date": [],
                            "dose_cpz_mg_per_day": []}, dtype="object")  # fmt: skip
    before = StageResult("ascertain", {"verdicts": of_patients, "courses": courses})
    found = STAGE.run(cohort, {"ascertain": before}, StudySettings(parts=frozenset({"cortex", "subcortex"})))
    scanned = found.tables["scanned"].set_index(["measure", "group"])["n_people"]
    for measure in ("thickness", "area", "volume"):
        assert (scanned[(measure, "control")], scanned[(measure, "other")]) == (10, 10)
    assert (found.tables["models"]["ran"] == "no").all()
    assert found.tables["notes"].set_index("note").loc["not_in_a_group", "n"] == 10


def test_norms_of_fcon1000_travel_to_the_early_psychosis_site(
    psychosis_among_healthy: Cohort, early_psychosis: Cohort, tmp_path: Path
):
    ids = psychosis_among_healthy.people.person_id.execute()
    parts = frozenset({"cortex"})
    of_fcon1000 = psychosis_among_healthy.only(ids[ids.str.startswith("fcon1000:")])
    healthy = STAGE.run(of_fcon1000, {}, StudySettings(parts=parts))
    file = tmp_path / "brain_norms.json"
    file.write_bytes(json_bytes(healthy.details["brain_norms"]))
    found = STAGE.run(early_psychosis, {}, StudySettings(parts=parts, brain_norms=str(file)))
    shares = [
        one.tables["normative"].set_index(["contrast", "quantity"])["estimate"] for one in (healthy, found)
    ]
    # Of healthy people 5% of regions lie beyond 1.96, at the sites learnt and at the one that was not.
    assert shares[0][("control", "beyond")] == pytest.approx(5, abs=0.8)
    assert shares[1][("control", "beyond")] == pytest.approx(5, abs=1)
    row = found.tables["normative"].set_index(["contrast", "quantity"]).loc[("patient-control", "below")]
    assert row["ci_low"] > 0
    assert (row["n_first"], row["n_second"], row["n_regions"]) == (98, 67, 148)
