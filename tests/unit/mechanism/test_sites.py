"""Sites on one scale beside the main model: what is planted stays, the scanner goes, the price is paid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.errors import UsageError
from opentrs.mechanism import STAGE
from opentrs.report import withheld_mechanism
from tests.support.brains import SCANNED, Truth, study

SITES = 4


def ran(cohort: Any, results: Any, **settings: Any) -> StageResult:
    chosen = {"parts": frozenset({"tracts"}), "harmonise": "combat", **settings}
    return STAGE.run(cohort, results, StudySettings(**chosen))


def moved(cohort: Any, keep: Any) -> Any:
    """The same people with scans only of those ``keep`` chooses, by site and group."""
    people = cohort.people.to_pyarrow().to_pandas()
    scans = cohort.table("tracts").to_pyarrow().to_pandas()
    group = scans["person_id"].map(people.set_index("person_id")["group"])
    return from_frames({"people": people, "tracts": scans[keep(scans["site"], group)]})


def rows_of(found: StageResult, model: str, contrast: str = "resistant-control") -> pd.DataFrame:
    table = found.tables["tracts"]
    return table[(table["model"] == model) & (table["contrast"] == contrast)].set_index("region")


@pytest.fixture(scope="module")
def harmonised() -> StageResult:
    truth = Truth({"GCC": {"resistant": -1.0}})
    return ran(*study(60, 3, truth, SITES))


def test_the_harmonised_model_stands_beside_the_main_one_and_keeps_what_is_planted(harmonised):
    main, on_one_scale = (rows_of(harmonised, model) for model in ("main", "harmonised"))
    assert len(main) == len(on_one_scale)
    for table in (main, on_one_scale):
        assert table.loc["gcc", "ci_high"] < 0
        assert table["estimate"].idxmin() == "gcc"
    difference = (main["estimate"] - on_one_scale["estimate"]).abs() / main["se"]
    assert difference.max() < 1
    assert (on_one_scale["n"] == 120).all()


def test_without_being_asked_nothing_is_harmonised():
    found = ran(*study(10, 4, None, SITES), harmonise="none")
    assert "harmonisation" not in found.tables
    assert "harmonised" not in set(found.tables["tracts"]["model"])


def test_every_site_says_from_how_many_it_was_learnt_and_who_was_left_out(harmonised):
    sites = harmonised.tables["harmonisation"].set_index("site")
    assert [*sites.index] == list("ABCD")
    assert sites["n_learnt_from"].sum() == 60
    assert sites["n_harmonised"].sum() == 180
    assert (sites["n_left_out"] == 0).all()
    # Half a standard deviation was planted at B.
    assert sites["median_shift_sd"].idxmax() == "B"


def test_a_site_without_enough_controls_is_left_out_with_everybody_in_it():
    cohort, results = study(40, 5, None, SITES)
    found = ran(moved(cohort, lambda site, group: (site != "D") | (group == "patient")), results)
    site = found.tables["harmonisation"].set_index("site").loc["D"]
    assert site["n_learnt_from"] == 0
    assert site["n_harmonised"] == 0
    assert site["n_left_out"] == site["n_people"] > 0
    assert "5" in site["why"]
    others = found.tables["harmonisation"].set_index("site").drop(index="D")["n_people"].sum()
    row = rows_of(found, "harmonised", "patient-control").iloc[0]
    assert row["n_first"] + row["n_second"] == others


@pytest.mark.parametrize("learn_from", ["controls", "all"])
def test_groups_with_sites_of_their_own_are_refused_by_name_and_the_reason_is_told(learn_from):
    cohort, results = study(30, 6, None, SITES)
    apart = moved(cohort, lambda site, group: site.isin(["A", "B"]) == (group == "control"))
    found = ran(apart, results, harmonise_from=learn_from)
    models = found.tables["models"].set_index(["contrast", "model"])
    assert models.loc[("patient-control", "main"), "ran"] == "no"
    if learn_from == "all":
        assert "group" in found.tables["harmonisation"]["why"].iloc[0]
        assert "harmonised" not in set(found.tables["models"]["model"])
    else:
        # Sites of patients alone cannot be learnt from controls, so nobody is left to compare.
        assert models.loc[("patient-control", "harmonised"), "ran"] == "no"


def test_where_patients_are_at_one_site_the_price_is_told_and_paid():
    cohort, results = study(120, 7, None, SITES)
    one_site = moved(cohort, lambda site, group: (site == "A") | (group == "control"))
    found = ran(one_site, results)
    cost = found.tables["harmonised_contrasts"].set_index("contrast").loc["patient-control"]
    assert cost["variance_ratio"] > 1.5
    assert cost["false_positives_uncorrected"] > 0.1
    assert cost["n_at_sites_of_one_group"] > 0
    main, on_one_scale = (rows_of(found, model, "patient-control") for model in ("main", "harmonised"))
    # The widened errors are those of the model that compares within sites, within what shrinkage adds.
    assert (on_one_scale["se"] / main["se"]).between(0.85, 1.2).all()
    note = (
        found.tables["models"].set_index(["contrast", "model"]).loc[("patient-control", "harmonised"), "note"]
    )
    assert f"{cost['variance_ratio']:.2f}" in note


def test_on_null_regions_of_an_unbalanced_design_no_more_than_five_percent_are_found():
    rng = np.random.default_rng(8)
    n, regions = 300, 400
    site = np.repeat(["A", "B", "C"], 100)
    is_patient = (site == "A") & (np.arange(n) % 2 == 0)
    names = [f"{side}_region{at}" for side in "LR" for at in range(regions // 2)]
    values = rng.normal(50, 5, (n, regions)) + np.where(site == "A", 2.0, 0.0)[:, None]
    scans = pd.DataFrame(values, columns=names).assign(
        person_id=[f"p{at:03d}" for at in range(n)], date=SCANNED, site=site
    )
    people = scans[["person_id", "site"]].assign(
        age_years=rng.normal(35, 8, n), sex=rng.choice(["F", "M"], n),
        group=np.where(is_patient, "patient", "control"),
    )  # fmt: skip
    cohort = from_frames({"people": people, "perfusion": scans})
    found = ran(cohort, {}, parts=frozenset({"perfusion"}))
    table = found.tables["perfusion"].query("contrast == 'patient-control'").set_index("model")
    false = {model: (table.loc[model, "p"] < 0.05).mean() for model in ("main", "harmonised")}
    assert false["main"] == pytest.approx(0.05, abs=0.03)
    # Shifts that all regions share are shrunken well, so the widened errors are a little too wide.
    assert false["harmonised"] <= 0.07
    cost = found.tables["harmonised_contrasts"].set_index("contrast").loc["patient-control"]
    assert cost["false_positives_uncorrected"] > 0.12


def test_repeated_scans_are_harmonised_with_a_level_for_each_person_and_need_repeats():
    cohort, results = study(20, 9, None, 2)
    assert "scan" in ran(cohort, results, harmonise="longitudinal").tables["harmonisation"]["why"].iloc[0]
    scans = cohort.table("tracts").to_pyarrow().to_pandas()
    later = scans.assign(date=SCANNED.replace(year=2021))
    regions = [name for name in scans if name not in ("person_id", "site", "date", "visit", "age_years")]
    later[regions] += np.random.default_rng(1).normal(0, 0.01, later[regions].shape)
    again = from_frames(
        {"people": cohort.people.to_pyarrow().to_pandas(), "tracts": pd.concat([scans, later])}
    )
    found = ran(again, results, harmonise="longitudinal")
    assert found.tables["harmonisation"]["n_harmonised"].sum() == 60
    assert len(rows_of(found, "harmonised"))


def test_a_way_nobody_knows_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="longitudinal"):
        ran(*study(5, 1), harmonise="magic")


def test_numbers_at_single_sites_do_not_leave_in_an_aggregate(harmonised):
    shown = withheld_mechanism.tables(harmonised.tables, {})
    assert "harmonisation" not in shown
    assert "harmonised_contrasts" not in shown
