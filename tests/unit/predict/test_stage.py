"""The stage on a simulated cohort: the tables others read, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from opentrs import predict
from opentrs.cohort.build import from_frames
from opentrs.cohort.days import iso_date
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Results, StageResult, StudySettings
from opentrs.predict import stage
from opentrs.predict.outcomes import Course
from opentrs.predict.time_to_resistance import follow_up_of
from opentrs.sources.synthetic import as_cohort, simulate


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return as_cohort(simulate(200, 4))


@pytest.fixture(scope="module")
def course(cohort: Cohort) -> Course:
    """What outcomes are told from; the two definitions needed are asked here, not all of the first stage."""
    return Course(cohort)


@pytest.fixture(scope="module")
def ascertained(course: Course) -> Results:
    rows = [course.verdicts(name).assign(definition=name) for name in stage.DEFINITIONS_IN_TIME]
    verdicts = pd.concat(rows, ignore_index=True)
    verdicts["date_met"] = [iso_date(day) for day in verdicts.pop("met")]
    return {"ascertain": StageResult("ascertain", {"verdicts": verdicts})}


def run_with(outcomes: tuple[str, ...], cohort: Cohort, results: Results) -> StageResult:
    """The stage with some of its outcomes, which halves the time."""
    chosen = {name: one for name, one in predict.shipped_outcomes().items() if name in outcomes}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "shipped_outcomes", lambda: chosen)
        return predict.STAGE.run(cohort, results, StudySettings())


@pytest.fixture(scope="module")
def result(cohort: Cohort, ascertained: Results) -> StageResult:
    return run_with(("trrip_3y", "nonresponse_week6", "response_clozapine"), cohort, ascertained)


def test_every_table_has_its_columns(result: StageResult) -> None:
    for name, columns in stage.COLUMNS.items():
        assert tuple(result.tables[name].columns) == columns
    for name in ("landmarks", "performance", "calibration", "decision", "coefficients", "flags", "risks"):
        assert len(result.tables[name])


def test_counts_of_a_landmark_add_up(result: StageResult) -> None:
    rows = result.tables["landmarks"]
    everybody = rows[["n", "unknown", "excluded"]].sum(axis=1)

    assert everybody[rows["landmark"] == "baseline"].nunique() == 1
    assert (rows["share_if_no_unknown_had_it"] <= rows["share"]).all()
    assert (rows["share"] <= rows["share_if_every_unknown_had_it"]).all()


def test_held_out_performance_is_not_the_apparent_one(result: StageResult) -> None:
    rows = result.tables["performance"].query("metric == 'c_statistic' and group == 'all'")
    by_kind = rows.pivot_table(index=["model", "landmark", "outcome"], columns="kind", values="estimate")

    assert (by_kind["apparent"] - by_kind["internal"]).mean() > 0


def test_risks_lie_within_their_intervals_and_are_empty_where_the_model_does_not_speak(
    result: StageResult,
) -> None:
    rows = result.tables["risks"]
    valid = rows["valid"] == "yes"

    assert (rows.loc[valid, "low"] <= rows.loc[valid, "risk"]).all()
    assert (rows.loc[valid, "risk"] <= rows.loc[valid, "high"]).all()
    assert rows.loc[~valid, ["risk", "low", "high"]].isna().all(axis=None)
    missing = rows["n_missing"] > 0
    assert (rows.loc[valid & missing, "narrows_most"] != "").all()


def test_people_with_an_unknown_outcome_have_a_risk_too(result: StageResult) -> None:
    rows = result.tables["landmarks"].query("outcome == 'trrip_3y' and landmark == 'baseline'").iloc[0]
    risks = result.tables["risks"].query("outcome == 'trrip_3y' and landmark == 'baseline'")

    assert len(risks) == rows["n"] + rows["unknown"] > rows["n"]


def test_response_to_clozapine_is_warned_and_ten_events_give_no_risk_of_a_person(result: StageResult) -> None:
    """Ten of 33 responded: enough to fit, too few for an interval, and a risk without one is not shown."""
    flags = result.tables["flags"].query("outcome == 'response_clozapine'")
    rows = result.tables["risks"].query("outcome == 'response_clozapine'")

    assert "no_comparator" in set(flags["check"])
    assert len(rows) == 39
    assert rows["risk"].isna().all()
    assert rows["valid"].str.startswith("no interval").all()


def test_shipped_models_say_what_they_lack(result: StageResult) -> None:
    rows = result.tables["published"].set_index("model")

    assert rows.loc["leighton_2021_nonremission", "valid_for"] == 0
    assert rows.loc["leighton_2021_nonremission", "lacking"]
    assert rows.loc["early_nonimprovement_week_2", "valid_for"] > 50


def test_time_to_resistance_leaves_the_unknown_out(course: Course, result: StageResult) -> None:
    followed = follow_up_of(course, "trrip")
    verdicts = course.verdicts("trrip").set_index("person_id")["verdict"]

    assert set(followed.people["person_id"].map(verdicts)) == {"resistant", "not_resistant"}
    assert followed.excluded >= (verdicts == "unknown").sum()
    rows = result.tables["time_to_trs"].query("definition == 'trrip'")
    assert rows.groupby("day")["probability"].sum().to_numpy() == pytest.approx(1.0)
    assert (rows.query("state == 'resistant'")["probability"].diff().dropna() >= -1e-12).all()


def test_the_same_seed_gives_the_same_tables(
    cohort: Cohort, ascertained: Results, result: StageResult
) -> None:
    again = run_with(("nonresponse_week6",), cohort, ascertained)

    for name in ("performance", "risks", "coefficients"):
        before = result.tables[name]
        kept = before[before["outcome"] == "nonresponse_week6"].reset_index(drop=True)
        after = again.tables[name]
        after = after[after["outcome"] == "nonresponse_week6"].reset_index(drop=True)
        pd.testing.assert_frame_equal(kept, after, check_dtype=False)


def test_a_cohort_without_dates_says_nothing_and_does_not_fail() -> None:
    rows = [{"person_id": name, "sex": "F"} for name in "ab"]
    ratings = [{"person_id": name, "scale": "PANSS", "item": "P1", "value": 3} for name in "ab"]
    alone = from_frames({"people": rows, "ratings": ratings})

    found = predict.STAGE.run(alone, {}, StudySettings())

    assert all(table.empty for table in found.tables.values())
    assert found.findings == ()


def test_findings_are_shares_and_c_with_their_people(result: StageResult) -> None:
    kinds = {one.unit for one in result.findings}

    assert kinds == {"proportion", "C statistic"}
    assert all(one.n > 0 for one in result.findings)
    assert len({one.name for one in result.findings}) == len(result.findings)
    assert np.isfinite([one.estimate for one in result.findings if one.estimate is not None]).all()


def test_time_to_resistance_is_modelled_or_refused_with_its_reason(result: StageResult) -> None:
    rows = result.tables["performance"].query("model == 'fine_gray'")
    flags = result.tables["flags"].query("model == 'fine_gray'")

    assert len(rows) or len(flags)
    assert set(rows["metric"]) <= {
        "harrell_c", "uno_c", "time_dependent_auc", "observed_expected", "calibration_slope", "brier",
        "scaled_brier",
    }  # fmt: skip
    assert (flags["why"] != "").all()
