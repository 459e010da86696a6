"""The stage: parts that cannot run say why, the unknown are counted, tables are the contract's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.errors import UsageError
from opentrs.mechanism import STAGE
from opentrs.mechanism.contrasts import CONTRASTS, MAP_COLUMNS
from tests.support.brains import SCANNED, Truth, study

CONTRACT = [
    "region", "contrast", "estimate", "standardised_effect", "se", "ci_low", "ci_high", "p", "p_fwer", "q",
    "n",
]  # fmt: skip


def ran(cohort: Any, results: Any, part: str = "tracts", **settings: Any) -> StageResult:
    return STAGE.run(cohort, results, StudySettings(parts=frozenset({part}), **settings))


@pytest.fixture(scope="module")
def tracts() -> dict[str, pd.DataFrame]:
    return dict(ran(*study(30, 1, Truth({"*": {"resistant": -1.0}}))).tables)


def table_of(tables: Any, contrast: str) -> pd.DataFrame:
    table = tables["tracts"]
    return table[(table["contrast"] == contrast) & (table["model"] == "main")]


def with_people(cohort: Any, **columns: Any) -> Any:
    frame = cohort.people.to_pyarrow().to_pandas()
    tables = {name: cohort.table(name).to_pyarrow().to_pandas() for name in cohort.holds - {"people"}}
    return from_frames({"people": frame.assign(**columns), **tables})


def test_the_table_of_a_part_has_the_columns_of_the_contract_and_a_row_for_each_contrast(tracts):
    table = tracts["tracts"]
    assert list(table.columns) == MAP_COLUMNS
    assert MAP_COLUMNS[: len(CONTRACT)] == CONTRACT
    assert set(table["contrast"]) == {contrast.name for contrast in CONTRASTS}
    main = table[table["model"] == "main"]
    assert not main.duplicated(["region", "contrast"]).any()
    assert (table.loc[table["contrast"].str.endswith("control"), "model"] == "main").all()


def test_the_dose_model_stands_beside_the_main_one_with_its_warning(tracts):
    models = tracts["models"].set_index(["contrast", "model"])
    row = models.loc[("resistant-responsive", "with_dose")]
    assert "dose" in row["adjusted_for"]
    assert row["note"]
    assert models.loc[("resistant-responsive", "main"), "note"] == ""


def test_what_a_meta_analysis_takes_is_an_effect_with_error_and_numbers_for_each_region(tracts):
    table = tracts["tracts_for_meta_analysis"]
    assert set(table["contrast"]) == {contrast.name for contrast in CONTRASTS}
    one = table[table["contrast"] == "resistant-control"]
    assert (one["n_patients"] == 30).all()
    assert one["d_icv"].between(-3, 0).all()
    effective = table_of(tracts, "resistant-control")["n_effective"].to_numpy()
    # Two sites with about as many of each group: a little less than the 15 of one site.
    assert (effective > 14).all()
    assert (effective < 15).all()
    t = table_of(tracts, "resistant-control")["t"].to_numpy()
    assert one["d_icv"].to_numpy() == pytest.approx(t / np.sqrt(effective))
    expected = np.sqrt(1 / effective + one["d_icv"] ** 2 / 120)
    assert one["se_icv"].to_numpy() == pytest.approx(expected.to_numpy())


def test_controls_of_sites_without_patients_add_nothing_to_what_is_pooled():
    cohort, results = study(60, 12, None, 3)
    scans = cohort.table("tracts").to_pyarrow().to_pandas()
    people = cohort.people.to_pyarrow().to_pandas().set_index("person_id")
    patient = scans["person_id"].map(people["group"]) == "patient"
    one_site = scans[~patient | (scans["site"] == "A")]
    found = ran(from_frames({"people": people.reset_index(), "tracts": one_site}), results).tables
    exported = found["tracts_for_meta_analysis"].query("contrast == 'resistant-control'").iloc[0]
    row = table_of(found, "resistant-control").iloc[0]
    here = one_site[one_site["site"] == "A"]
    controls = int((here["person_id"].map(people["group"]) == "control").sum())
    assert exported["n_controls"] == controls < row["n_second"]
    assert row["n_effective"] == pytest.approx(row["n_first"] * controls / (row["n_first"] + controls))
    # The effect of one scanner in standard deviations, whoever was scanned elsewhere.
    assert exported["d_icv"] == pytest.approx(row["standardised_effect"], rel=0.1)


def test_a_part_whose_table_is_absent_says_which_in_the_readers_language():
    cohort = from_frames({"people": [{"person_id": "cai"}]})
    for lang, needle in (("en", "tracts"), ("zh", "tracts")):
        table = STAGE.run(cohort, {}, StudySettings(lang=lang)).tables["parts"].set_index("part")
        assert table.loc["tracts", "ran"] == "no"
        assert needle in table.loc["tracts", "reason"]


def test_a_part_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(UsageError, match="spectroscopy"):
        ran(*study(2, 1), part="brains")


def test_people_whose_verdict_is_unknown_are_counted_and_in_no_contrast_of_verdicts():
    cohort, results = study(30, 4)
    verdicts = results["ascertain"].tables["verdicts"].copy()
    lost = verdicts.index[verdicts["verdict"] == "resistant"][:8]
    verdicts.loc[lost, "verdict"] = "unknown"
    tables = {**results["ascertain"].tables, "verdicts": verdicts}
    found = ran(cohort, {**results, "ascertain": replace(results["ascertain"], tables=tables)}).tables
    numbers = found["models"].set_index(["contrast", "model"])["n_first"]
    assert numbers[("resistant-control", "main")] == 22
    assert numbers[("patient-control", "main")] == 60
    scanned = found["scanned"].set_index("group")["n_people"]
    assert scanned["unknown"] == 8
    assert found["notes"].set_index("note").loc["verdict_unknown", "n"] == 8


def test_without_verdicts_patients_are_compared_with_controls_alone():
    cohort, _ = study(20, 5)
    models = ran(cohort, {}).tables["models"]
    assert set(models.loc[models["ran"] == "yes", "contrast"]) == {"patient-control"}
    refused = models[models["ran"] == "no"]
    assert refused["reason"].ne("").all()


def test_sites_with_one_group_each_are_refused_by_name_and_the_rest_runs():
    cohort, results = study(20, 6)
    scans = cohort.table("tracts").to_pyarrow().to_pandas()
    is_control = scans["person_id"].isin(
        cohort.people.filter(cohort.people.group == "control").person_id.execute()
    )
    tables = {"people": cohort.people.to_pyarrow().to_pandas(),
              "tracts": scans.assign(site=np.where(is_control, "X", "Y"))}  # fmt: skip
    models = ran(from_frames(tables), results).tables["models"].set_index(["contrast", "model"])
    assert "site" in models.loc[("resistant-control", "main"), "reason"]
    assert models.loc[("resistant-responsive", "main"), "ran"] == "yes"


def test_controls_with_an_onset_are_counted_by_name():
    cohort, results = study(20, 7)
    found = ran(with_people(cohort, onset_age_years=30.0), results).tables["notes"].set_index("note")
    assert found.loc["controls_with_onset", "n"] == 20
    assert "0" in found.loc["controls_with_onset", "what"]


def test_a_control_with_a_verdict_is_in_no_group():
    cohort, results = study(10, 8)
    who = cohort.people.to_pyarrow().to_pandas()
    verdicts = results["ascertain"].tables["verdicts"]
    wrong = verdicts["person_id"].iloc[0]
    groups = np.where(who["person_id"] == wrong, "control", who["group"])
    found = ran(with_people(cohort, group=groups), results).tables["notes"].set_index("note")
    assert found.loc["not_in_a_group", "n"] == 1


def test_later_scans_of_a_person_enter_the_repeated_model_alone():
    cohort, results = study(20, 9)
    scans = cohort.table("tracts").to_pyarrow().to_pandas()
    regions = [
        column for column in scans if column not in ("person_id", "site", "date", "visit", "age_years")
    ]
    later = scans.assign(date=SCANNED.replace(year=2021))
    later[regions] = later[regions] + np.random.default_rng(1).normal(0, 0.01, later[regions].shape)
    again = from_frames({
        "people": cohort.people.to_pyarrow().to_pandas(), "tracts": pd.concat([scans, later]),
    })  # fmt: skip
    once, twice = (ran(one, results).tables["tracts"] for one in (cohort, again))
    main = twice[twice["model"] == "main"].reset_index(drop=True)
    pd.testing.assert_frame_equal(main, once[once["model"] == "main"].reset_index(drop=True))
    repeated = twice[(twice["model"] == "repeated") & (twice["contrast"] == "resistant-control")]
    assert (repeated["n"] == 40).all()
    assert repeated["p_fwer"].isna().all()
    assert "repeated" not in set(once["model"])


def test_the_same_seed_gives_the_same_tables_and_another_language_the_same_numbers():
    cohort, results = study(15, 10)
    first, again = (ran(cohort, results, seed=3).tables for _ in range(2))
    for name in first:
        pd.testing.assert_frame_equal(first[name], again[name])
    chinese = ran(cohort, results, seed=3, lang="zh").tables
    pd.testing.assert_frame_equal(first["tracts"], chinese["tracts"])
    assert (first["named_tests"]["review_says"] != chinese["named_tests"]["review_says"]).all()


def test_every_named_test_with_a_number_is_a_finding_with_interval_and_n():
    found = ran(*study(20, 11))
    told = found.tables["named_tests"]["estimate"].notna().sum()
    index = found.tables["vulnerability"]
    compared = (index["estimate"].notna() & (index["standard"] == "all_controls")).sum()
    assert len(found.findings) == told + compared > told > 0
    assert len({one.name for one in found.findings}) == len(found.findings)
    assert all(one.n > 0 and one.low <= one.estimate <= one.high for one in found.findings)


def test_controls_with_symptom_scores_are_counted_and_the_scores_never_used():
    cohort, results = study(10, 9)
    people, tracts = (cohort.table(name).to_pyarrow().to_pandas() for name in ("people", "tracts"))
    controls = people.loc[people["group"] == "control", "person_id"].iloc[:3]
    ratings = pd.DataFrame({"person_id": controls, "scale": "PANSS-30", "item": "P1", "value": 4.0})
    rated = from_frames({"people": people, "tracts": tracts, "ratings": ratings.assign(date=SCANNED)})

    found = ran(rated, results).tables

    assert found["notes"].set_index("note").loc["controls_with_scores", "n"] == 3
    plain = ran(from_frames({"people": people, "tracts": tracts}), results).tables
    pd.testing.assert_frame_equal(found["named_tests"], plain["named_tests"])
