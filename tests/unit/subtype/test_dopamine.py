"""Dopamine among controls: no cut-off unless the user states one, and a reason where nothing can be said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.subtype import dopamine
from opentrs.subtype.parts import PartResult, PartSkipped

THRESHOLD = (
    '[[threshold]]\nregion = "striatum"\ntracer = "fdopa"\nscale = "{scale}"\n{lines}\nsource = "a paper"\n'
)


def study(
    controls: int = 30,
    patients: int = 20,
    *,
    lang: str = "en",
    thresholds: str = "",
    shift: float = 0.0,
    **scan: Any,
) -> PartResult:
    """Controls around 10, patients around ``10 + shift``: half of them resistant, half not."""
    rng = np.random.default_rng(5)
    size = controls + patients
    names = [f"C{i:02d}" if i < controls else f"P{i:02d}" for i in range(size)]
    people = pd.DataFrame({
        "person_id": names, "sex": np.where(np.arange(size) // 2 % 2, "F", "M"),
        "age_years": 20.0 + np.arange(size) % 30,
        "group": ["control" if i < controls else "patient" for i in range(size)],
    })  # fmt: skip
    value = 10 + rng.normal(0, 1, size) + np.where(np.arange(size) < controls, 0.0, shift)
    frame = pd.DataFrame({"person_id": names, "tracer": "fdopa", "site": "A", "date": "2024-01-01",
                          "striatum": value, "frontal": 1.0}).assign(**scan)  # fmt: skip
    cohort = from_frames({"people": people, "pet": frame})
    verdict = [
        "not_applicable" if i < controls else ("resistant", "not_resistant")[i % 2] for i in range(size)
    ]
    verdicts = pd.DataFrame(
        {"person_id": names, "definition": "trrip", "verdict": verdict, "clozapine": "unknown"}
    )
    results = {"ascertain": StageResult("ascertain", {"verdicts": verdicts})}
    settings = StudySettings(lang=lang, dopamine_thresholds=thresholds)
    return dopamine.run(cohort, results, settings, None)  # type: ignore[arg-type]


def test_everybody_is_placed_and_nobody_is_labelled_without_a_threshold() -> None:
    placed = study().tables["dopamine"]
    assert len(placed) == 50
    assert set(placed["region"]) == {"striatum"}
    assert set(placed["state"]) == {"not_determinable"}
    assert placed["reason"].str.contains("no threshold").all()
    assert placed[["z", "low", "high", "centile", "expected"]].notna().all(axis=None)
    assert (placed["low"] < placed["expected"]).all()
    assert placed["method"].str.contains("age, sex").all()
    assert set(placed["n"]) == {30}
    controls = placed[placed["group"] == "control"]
    assert abs(controls["z"].mean()) < 0.2
    assert 0.7 < controls["z"].std() < 1.4


def test_groups_are_compared_with_an_interval_that_finds_a_planted_shift() -> None:
    found = study(shift=3.0)
    groups = found.tables["dopamine_groups"].set_index("contrast")
    assert groups.loc["resistant - control", "ci_low"] > 1.5
    assert groups.loc["not_resistant - control", "ci_low"] > 1.5
    row = groups.loc["resistant - not_resistant"]
    assert row["ci_low"] < 0 < row["ci_high"]
    assert (row["n_first"], row["n_second"], row["n"]) == (10, 10, 20)
    assert found.tables["dopamine"].loc[30:, "z"].mean() > 2
    assert {one.name for one in found.findings} == {
        f"dopamine.fdopa.striatum.{pair}"
        for pair in ("resistant_vs_control", "not_resistant_vs_control", "resistant_vs_not_resistant")
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("controls", "placed"), [(0, False), (12, False), (13, True)])
def test_without_enough_controls_nothing_is_placed_and_the_reason_stands_beside(
    controls: int, placed: bool, lang: str
) -> None:
    """A constant, age and sex ask for three more controls than the ten that are to spare."""
    found = study(controls, lang=lang).tables["dopamine"]
    assert found["z"].notna().all() == placed
    assert set(found["state"]) == {"not_determinable"}
    assert (found["reason"] != "").all()
    if controls == 0:
        assert found["n"].eq(0).all()
        assert found["reason"].nunique() == 1


def test_a_site_without_controls_and_an_unknown_age_are_not_placed() -> None:
    sites = ["A"] * 40 + ["B"] * 10
    placed = study(site=sites).tables["dopamine"].set_index("person_id")
    assert placed.loc["P45", "reason"] == "not determinable: no control was scanned at this site"
    assert placed["z"].notna().sum() == 40


def test_two_sites_with_controls_are_adjusted_for() -> None:
    sites = ["A", "B"] * 25
    value = 10 + np.random.default_rng(1).normal(0, 1, 50) + 50.0 * (np.arange(50) % 2)
    placed = study(site=sites, striatum=value).tables["dopamine"]
    assert placed["z"].abs().max() < 5
    assert placed["method"].str.contains("site").all()


def test_tracers_are_never_mixed() -> None:
    tracers = ["fdopa"] * 40 + ["other"] * 10
    placed = study(tracer=tracers).tables["dopamine"].set_index("person_id")
    assert placed.loc["P45", "reason"] == "not determinable: no control was scanned with this tracer"
    assert np.isnan(placed.loc["P45", "z"])
    assert placed.loc["P35", "n"] == 30


@pytest.mark.parametrize(
    ("scale", "lines", "expected"),
    [
        ("value", "hypo_below = 8.0\nhyper_above = 12.0", ["normal", "hypo", "normal", "hyper"]),
        ("value", "hyper_above = 7.5", ["hyper", "normal", "hyper", "hyper"]),
        ("z", "hypo_below = -100\nhyper_above = 100", ["normal"] * 4),
    ],
)
def test_a_stated_threshold_labels_and_a_value_on_it_is_normal(
    tmp_path: Path, scale: str, lines: str, expected: list[str]
) -> None:
    file = tmp_path / "thresholds.toml"
    file.write_text(THRESHOLD.format(scale=scale, lines=lines), encoding="utf-8")
    value = 10 + np.random.default_rng(5).normal(0, 1, 50)
    value[46:] = [8.0, 7.5, 12.0, 12.5]
    placed = study(striatum=value, thresholds=str(file)).tables["dopamine"].set_index("person_id")
    assert placed.loc[["P46", "P47", "P48", "P49"], "state"].tolist() == expected
    assert set(placed["threshold_source"]) == {"a paper"}
    assert set(placed["reason"]) == {""}


def test_a_threshold_of_another_tracer_labels_nobody(tmp_path: Path) -> None:
    file = tmp_path / "thresholds.toml"
    file.write_text(
        THRESHOLD.format(scale="z", lines="hyper_above = 0").replace("fdopa", "fmt"), encoding="utf-8"
    )
    assert set(study(thresholds=str(file)).tables["dopamine"]["state"]) == {"not_determinable"}


def test_a_table_without_a_dopamine_region_is_left_with_the_reason() -> None:
    cohort = from_frames(
        {"people": [{"person_id": "P1"}], "pet": pd.DataFrame({"person_id": ["P1"], "frontal": 1.0})}
    )
    verdicts = pd.DataFrame(
        {"person_id": ["P1"], "definition": "trrip", "verdict": "unknown", "clozapine": ""}
    )
    results = {"ascertain": StageResult("ascertain", {"verdicts": verdicts})}
    with pytest.raises(PartSkipped, match="striatum"):
        dopamine.run(cohort, results, StudySettings(), None)  # type: ignore[arg-type]


def test_a_second_scan_of_a_control_sets_no_standard() -> None:
    """The same people, scanned once more: the standard is that of the first scans."""
    once = study().tables["dopamine"]
    people = [f"C{i:02d}" for i in range(30)]
    scans = pd.DataFrame({"person_id": people, "date": pd.Timestamp("2023-01-01"), "is_first": True})
    again = pd.concat(
        [scans, scans.assign(date=pd.Timestamp("2024-06-01"), is_first=False)], ignore_index=True
    )
    value = np.tile(once["value"].to_numpy()[:30], 2)
    rows = again.assign(site="A", tracer="", region="striatum", measure="presynaptic", group="control",
                        value=value,
                        age_years=np.tile(20.0 + np.arange(30), 2), sex=["M", "F"] * 30)  # fmt: skip
    placed = dopamine.place_scans(rows, (), StudySettings())
    assert set(placed["n"]) == {30}
    assert placed["z"].notna().all()
    # Placed among all thirty, of which its first scan is one, a second scan lies nearer the middle.
    assert (placed["z"][30:].abs().to_numpy() < placed["z"][:30].abs().to_numpy()).all()


@pytest.mark.parametrize(
    ("ages", "sexes", "used"),
    [
        ([30, 40, 50, None], ["F", "M", "F", None], (True, True)),
        ([30, 40, None, None], ["F", "M", None, None], (False, False)),
        ([30, 30, 30, 30], ["F", "F", "F", "F"], (False, False)),
        ([30, 40, 50, 60], ["F", "F", "F", "F"], (True, False)),
    ],
)
def test_age_and_sex_are_adjusted_for_where_most_controls_have_them_and_they_vary(
    ages: list[float | None], sexes: list[str | None], used: tuple[bool, bool]
) -> None:
    controls = pd.DataFrame({"site": ["b", "a", "a", "b"], "age_years": ages, "sex": sexes})
    found = dopamine.adjustment(controls.astype({"age_years": "float64"}))
    assert (found.age, found.sex) == used
    assert found.sites == ("a", "b")


def test_what_was_adjusted_for_is_said_in_words() -> None:
    everything = dopamine.Adjustment(sites=("a", "b"), age=True, sex=True)
    assert everything.words("en") == "age, sex, site"
    assert dopamine.Adjustment(sites=("a",), age=False, sex=True).words("en") == "sex"
    assert dopamine.Adjustment(sites=("a",), age=False, sex=False).words("en") == "nothing"


def test_covariates_are_age_around_forty_sex_and_a_column_for_each_site_but_the_first() -> None:
    rows = pd.DataFrame({"age_years": [40.0, 55.0], "sex": ["F", "M"], "site": ["a", "c"]})
    made = dopamine.Adjustment(sites=("a", "b", "c"), age=True, sex=True).covariates(rows)
    assert made.tolist() == [[0.0, 1.0, 0.0, 0.0], [1.5, 0.0, 0.0, 1.0]]


def test_a_difference_is_a_finding_with_its_interval_and_one_that_cannot_be_told_says_why() -> None:
    result = study(shift=3.0)
    row = result.tables["dopamine_groups"].set_index("contrast").loc["resistant - control"]
    told = next(one for one in result.findings if one.name.endswith("resistant_vs_control"))
    assert (told.estimate, told.low, told.high) == (row["difference"], row["ci_low"], row["ci_high"])
    assert (told.n, told.stage, told.note) == (row["n"], "subtype", "")
    assert row["difference"] == pytest.approx(3.0, abs=1.2)
    untold = next(one for one in study(0).findings if one.name.endswith("resistant_vs_control"))
    assert (untold.estimate, untold.low, untold.high) == (None, None, None)
    assert untold.note != ""
