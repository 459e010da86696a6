"""The index of resemblance by group: planted pictures are found, and what cannot be told says why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.mechanism import STAGE
from opentrs.mechanism.resemblance import INDEX_COLUMNS, checked_map, published_map
from opentrs.report import withheld_mechanism
from tests.support.brains import Truth, study

PICTURE = {
    region: {"resistant": shift}
    for region, shift in {
        "Left-Hippocampus": -1.5, "Right-Hippocampus": -1.5, "Left-Thalamus": -0.8, "Right-Thalamus": -0.8,
        "Left-Caudate": 0.4, "Right-Caudate": 0.4, "Left-Putamen": 0.6, "Right-Putamen": 0.6,
    }.items()
}  # fmt: skip


def ran(cohort: Any, results: Any, part: str, **settings: Any) -> StageResult:
    return STAGE.run(cohort, results, StudySettings(parts=frozenset({part}), **settings))


def row_of(found: StageResult, contrast: str, standard: str = "all_controls") -> dict[str, Any]:
    table = found.tables["vulnerability"]
    mine = table[(table["contrast"] == contrast) & (table["standard"] == standard)]
    assert len(mine) == 1
    return mine.iloc[0].to_dict()


@pytest.fixture(scope="module")
def planted() -> StageResult:
    return ran(*study(40, 5, Truth(PICTURE)), "subcortex")


def test_people_in_whom_the_published_picture_is_planted_resemble_it_more(planted):
    row = row_of(planted, "resistant-control")
    assert list(planted.tables["vulnerability"].columns) == INDEX_COLUMNS
    assert row["ci_low"] > 0
    # Within sites, so it is near the difference of the plain means and not the same.
    assert row["estimate"] == pytest.approx(row["mean_first"] - row["mean_second"], abs=0.02)
    assert (row["n_first"], row["n_second"], row["n_regions"], row["n_regions_of_map"]) == (40, 40, 10, 16)
    assert "site" in row["adjusted_for"]
    assert "icv" in row["adjusted_for"]


def test_without_a_picture_the_interval_holds_no_difference_and_other_controls_tell_the_same(planted):
    nothing = row_of(planted, "responsive-control")
    assert nothing["ci_low"] < 0 < nothing["ci_high"]
    usual, strict = (
        row_of(planted, "resistant-control", name) for name in ("all_controls", "other_controls")
    )
    assert usual["mean_first"] == strict["mean_first"]
    assert usual["mean_second"] != strict["mean_second"]
    assert usual["estimate"] == pytest.approx(strict["estimate"], abs=0.05)


def test_every_person_has_an_index_with_the_number_of_regions_it_rests_on(planted):
    people = planted.tables["vulnerability_people"]
    assert people["person_id"].is_unique
    assert len(people) == 120
    assert people["index"].between(-1, 1).all()
    assert (people["n_regions"] == 10).all()


def test_an_index_is_a_finding_with_interval_and_numbers(planted):
    found = {one.name: one for one in planted.findings}
    one = found["subcortex.vulnerability.volume.resistant-control.as_measured"]
    assert one.low < one.estimate < one.high
    assert one.n == 80
    assert one.source


def test_regions_of_another_atlas_are_not_translated_and_the_reason_is_told_in_both_languages():
    cohort, results = study(10, 6)
    scans = cohort.table("cortex").to_pyarrow().to_pandas()
    keys = scans[["person_id", "date", "site"]]
    names = ["G_front_inf-Opercular", "S_circular_insula_sup", "G_temp_sup-Lateral", "S_front_inf"]
    values = np.random.default_rng(1).normal(2.5, 0.2, (len(scans), 8))
    other = pd.DataFrame(
        values, columns=[f"{side}_{name}_thickness" for side in ("lh", "rh") for name in names]
    )
    people = cohort.people.to_pyarrow().to_pandas()
    again = from_frames({"people": people, "cortex": pd.concat([keys, other], axis=1)})
    for lang in ("en", "zh"):
        row = row_of(ran(again, results, "cortex", lang=lang), "resistant-control")
        assert "destrieux" in row["reason"]
        assert np.isnan(row["estimate"])
        assert row["n_regions_of_map"] == 68


def test_people_at_a_site_without_controls_are_counted_and_not_placed():
    cohort, results = study(40, 7)
    people = cohort.people.to_pyarrow().to_pandas()
    patients = people.loc[people["group"] == "patient", "person_id"].head(12)
    scans = cohort.table("subcortex").to_pyarrow().to_pandas()
    scans["site"] = scans["site"].where(~scans["person_id"].isin(patients), "elsewhere")
    found = ran(from_frames({"people": people, "subcortex": scans}), results, "subcortex")
    row = row_of(found, "patient-control")
    assert (row["n_first"], row["n_second"], row["n_without"]) == (68, 40, 12)
    assert not set(found.tables["vulnerability_people"]["person_id"]) & set(patients)


def test_four_rows_of_the_published_volumes_contradict_themselves_and_are_marked(planted):
    table = planted.tables["illness_map"].set_index("region")
    assert [*table.index[table["p_is_faulty"] == "yes"]] == [
        "L_pallidum", "L_putamen", "L_thalamus", "L_lateral_ventricle",
    ]  # fmt: skip
    assert table.loc["L_thalamus", "p"] == pytest.approx(1.82e-5, rel=0.01)
    assert table["source"].ne("").all()


@pytest.mark.parametrize(
    ("part", "measure", "regions"),
    [("cortex", "thickness", 68), ("cortex", "area", 68), ("tracts", "fa", 21)],
)
def test_the_other_published_maps_agree_with_themselves(part, measure, regions):
    assert len(published_map(part, measure)) == regions
    check = checked_map(part, measure)
    assert check.faulty.sum() == 0
    assert np.isfinite(check.p).all()


def test_both_sides_of_a_tract_are_one_value_and_tracts_have_an_index():
    shift = {"SLF-L": -2.0, "SLF-R": -2.0, "ACR-L": -3.0, "ACR-R": -3.0, "GCC": -3.0, "BCC": -3.0}
    planted = Truth({name: {"resistant": each} for name, each in shift.items()})
    row = row_of(ran(*study(20, 8, planted), "tracts"), "resistant-control")
    # Three parts of the callosum, seven tracts of two sides; the map has no cerebral peduncle.
    assert row["n_regions"] == 10
    assert row["ci_low"] > 0


def test_of_single_people_nothing_leaves_the_site(planted):
    shown = withheld_mechanism.tables(planted.tables, {})
    assert "vulnerability_people" not in shown
    assert shown["vulnerability"]["n_without"].isna().all()
    assert set(shown["vulnerability"]["withheld"]) == {"no"}
