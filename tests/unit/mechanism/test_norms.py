"""Placing scans among healthy people: the usual is 5%, the planted is more, and norms travel as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.errors import InputProblemsError
from opentrs.mechanism import STAGE
from opentrs.mechanism.norm_document import norm_document, read_norms
from opentrs.mechanism.norms import FOLDS, folds_within
from opentrs.report import withheld_mechanism
from opentrs.report.export import json_bytes
from tests.support.brains import Truth, study

LOW = Truth({"*": {"resistant": -1.0}})


def ran(cohort: Any, results: Any, **settings: Any) -> StageResult:
    chosen = {"parts": frozenset({"tracts"}), **settings}
    return STAGE.run(cohort, results, StudySettings(**chosen))


def share(found: StageResult, contrast: str, quantity: str = "below") -> dict[str, Any]:
    table = found.tables["normative"]
    mine = table[(table["contrast"] == contrast) & (table["quantity"] == quantity)]
    assert len(mine) == 1
    return mine.iloc[0].to_dict()


def only(cohort: Any, keep: Any, site: str = "") -> Any:
    """Some of the people, perhaps all at one new site."""
    people = cohort.people.to_pyarrow().to_pandas()
    people = people[keep(people)]
    scans = cohort.table("tracts").to_pyarrow().to_pandas()
    scans = scans[scans["person_id"].isin(people["person_id"])]
    return from_frames({"people": people, "tracts": scans.assign(site=site or scans["site"])})


@pytest.fixture(scope="module")
def planted() -> StageResult:
    return ran(*study(120, 3, LOW))


def test_of_controls_five_percent_lie_beyond_and_of_those_with_lower_values_many_more(planted):
    controls, resistant = share(planted, "control", "beyond"), share(planted, "resistant")
    # Twenty tracts of 120 people; each control is placed by the others.
    assert controls["estimate"] == pytest.approx(5, abs=1.5)
    assert controls["ci_low"] < 5.5
    assert resistant["ci_low"] > 10
    difference = share(planted, "resistant-control")
    assert difference["ci_low"] > 8
    assert (difference["n_first"], difference["n_second"]) == (120, 120)
    none = share(planted, "responsive-control", "beyond")
    assert none["ci_low"] < 0 < none["ci_high"]


def test_every_person_has_a_z_for_every_region_and_the_shares_follow_from_them(planted):
    z = planted.tables["normative_z_tracts_fa"].set_index("person_id")
    people = planted.tables["normative_people"].set_index("person_id")
    assert len(z) == 360
    numbers = z.drop(columns="group")
    assert numbers.loc[z["group"] == "control"].stack().std() == pytest.approx(1.0, abs=0.1)
    assert numbers.loc[z["group"] == "resistant"].stack().mean() == pytest.approx(-1.0, abs=0.15)
    below = 100 * (numbers < -1.96).mean(axis=1)
    pd.testing.assert_series_equal(people["percent_below"], below, check_names=False)


def test_no_control_is_in_the_fold_that_places_it_and_every_site_is_in_every_fold():
    site = np.repeat(["A", "B"], [7, 31])
    fold = folds_within(site, 1)
    for number in range(FOLDS):
        assert {*site[fold != number]} == {"A", "B"}
        assert (site[fold != number] == "A").sum() >= 5
    assert (fold == folds_within(site, 1)).all()
    assert (fold != folds_within(site, 2)).any()


def test_norms_travel_to_a_new_site_through_its_controls(tmp_path: Path):
    cohort, _ = study(120, 4, LOW, sites=3)
    healthy = ran(only(cohort, lambda people: people["group"] == "control"), {})
    file = tmp_path / "norms.json"
    file.write_bytes(json_bytes(healthy.details["brain_norms"]))
    elsewhere, verdicts = study(30, 5, LOW)
    found = ran(only(elsewhere, lambda people: people["sex"].notna(), "Z"), verdicts, brain_norms=str(file))
    sites = found.tables["normative_sites"].set_index("site")
    assert (sites.loc["Z", "how"], sites.loc["Z", "n_controls"]) == ("transferred", 30)
    assert share(found, "control", "beyond")["estimate"] == pytest.approx(5, abs=2.5)
    assert share(found, "resistant")["ci_low"] > 8
    assert share(found, "resistant")["norms"] == "norms.json"
    assert "brain_norms" not in found.details


def test_a_control_of_a_new_site_does_not_hide_itself_in_the_shift_of_its_site(planted, tmp_path: Path):
    file = tmp_path / "norms.json"
    file.write_bytes(json_bytes(planted.details["brain_norms"]))
    cohort, _ = study(8, 12)
    few = only(cohort, lambda people: people["group"] == "control", "Z")
    scans = few.table("tracts").to_pyarrow().to_pandas()
    odd = scans["person_id"].iloc[0]
    scans.loc[scans["person_id"] == odd, "GCC"] += 10 * 0.03
    people = few.people.to_pyarrow().to_pandas()
    found = ran(from_frames({"people": people, "tracts": scans}), {}, brain_norms=str(file))
    z = found.tables["normative_z_tracts_fa"].set_index("person_id")["gcc"]
    # Ten standard deviations; had it helped to learn its own site, it would look like two or three.
    assert z[odd] > 5


def test_a_site_whose_controls_are_too_few_is_left_out_by_name_and_its_people_are_counted():
    cohort, results = study(110, 6, LOW, sites=3)
    people = cohort.people.to_pyarrow().to_pandas()
    at_c = people["site"] == "C"
    lost = people.loc[at_c & (people["group"] == "control"), "person_id"].iloc[4:]
    found = ran(only(cohort, lambda people: ~people["person_id"].isin(lost)), results)
    row = found.tables["normative_sites"].set_index("site").loc["C"]
    assert (row["how"], row["n_controls"], row["n_placed"]) == ("left out", 4, 0)
    assert row["why"]
    assert share(found, "resistant-control")["n_without"] == row["n_people"]


def test_too_few_controls_are_told_in_both_languages_and_without_asking_nothing_is_placed():
    cohort, results = study(10, 7)
    said = {
        lang: ran(cohort, results, lang=lang).tables["normative"]["reason"].iloc[0] for lang in ("en", "zh")
    }
    assert said["en"] != said["zh"]
    assert all(said.values())
    assert "normative" not in ran(cohort, results, brain_norms="none").tables


def test_a_document_reads_back_to_the_same_curves(planted, tmp_path: Path):
    file = tmp_path / "norms.json"
    file.write_bytes(json_bytes(planted.details["brain_norms"]))
    (norm,) = read_norms(file).values()
    assert norm_document([norm]) == planted.details["brain_norms"]
    assert norm.regions == tuple(planted.tables["normative_z_tracts_fa"].columns[2:])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda document: "no json {", "norms_not_json"),
        (lambda document: json.dumps({"kind": "other"}), "norms_no_document"),
        (lambda document: json.dumps({**document, "version": 2}), "norms_version"),
        (lambda document: json.dumps({**document, "norms": []}), "norms_no_document"),
        (
            lambda document: json.dumps(
                {**document, "norms": [{**document["norms"][0], "regions": ["L_x"]}]}
            ),
            "norms_entry",
        ),
        (lambda document: json.dumps({**document, "norms": [{"part": "cortex"}]}), "norms_entry"),
    ],
)
def test_a_file_that_is_no_document_of_norms_is_refused_with_its_name(planted, tmp_path, change, code):
    file = tmp_path / "mine.json"
    file.write_text(change(planted.details["brain_norms"]), encoding="utf-8")
    with pytest.raises(InputProblemsError) as refused:
        read_norms(file)
    assert [(problem.file, problem.code) for problem in refused.value.problems] == [("mine.json", code)]


def test_ventricles_are_placed_by_their_logarithm():
    rng = np.random.default_rng(9)
    n = 300
    people = pd.DataFrame({
        "person_id": [f"p{at:03d}" for at in range(n)], "age_years": rng.uniform(18, 60, n),
        "sex": rng.choice(["F", "M"], n), "site": "A", "group": "control",
    })  # fmt: skip
    scans = people[["person_id", "site"]].assign(**{
        "Left-Lateral-Ventricle": np.exp(rng.normal(9, 0.5, n)), "Left-Hippocampus": rng.normal(4000, 300, n),
    })  # fmt: skip
    found = ran(from_frames({"people": people, "subcortex": scans}), {}, parts=frozenset({"subcortex"}))
    z = found.tables["normative_z_subcortex_volume"]["L_lateral_ventricle"]
    assert abs(z.skew()) < 0.4
    assert found.details["brain_norms"]["norms"][0]["logged"] == ["L_lateral_ventricle"]


def test_single_people_do_not_leave_in_an_aggregate(planted):
    shown = withheld_mechanism.tables(planted.tables, {})
    assert not [name for name in shown if name.startswith("normative")]
