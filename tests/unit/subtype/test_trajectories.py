"""Response subtypes: verdict, clozapine and response on both engines; the model beside them."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from opentrs.cohort.build import from_frames
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.subtype import trajectories
from opentrs.subtype.trajectories import model_trajectories, response_subtypes, scores_under


def course(person: str, start: str, clozapine: str = "no", responding: str = "unknown") -> dict[str, str]:
    return {"person_id": person, "is_antipsychotic": "yes", "is_clozapine": clozapine,
            "responding": responding, "start_date": start}  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "clozapine", "responding", "expected"),
    [
        ("resistant", "responsive", "no", "clozapine_responsive"),
        ("resistant", "resistant", "no", "clozapine_resistant"),
        ("resistant", "not_tried", "no", "resistant_without_clozapine"),
        ("resistant", "unknown", "yes", "unknown"),
        ("resistant", "resistant", "yes", "clozapine_resistant"),
        ("not_resistant", "not_tried", "yes", "antipsychotic_responsive"),
        ("not_resistant", "responsive", "yes", "antipsychotic_responsive"),
        ("not_resistant", "not_tried", "no", "unknown"),
        ("not_resistant", "not_tried", "unknown", "unknown"),
        ("unknown", "resistant", "yes", "unknown"),
        ("not_applicable", "", "yes", "not_applicable"),
    ],
)
def test_what_verdict_clozapine_and_courses_say_together(
    engine: BaseBackend, verdict: str, clozapine: str, responding: str, expected: str
) -> None:
    known = engine.create_table(
        "known", pd.DataFrame({"person_id": ["P1"], "verdict": [verdict], "clozapine": [clozapine]})
    )
    rows = [course("P1", "2020-01-01", responding=responding), course("P1", "2021-01-01", "yes", "yes")]
    found = response_subtypes(known, engine.create_table("courses", pd.DataFrame(rows))).execute()
    assert found["response_subtype"].tolist() == [expected]


def visit(person: str, date: str, total: float, scale: str = "PANSS") -> dict[str, object]:
    return {"person_id": person, "date": date, "scale": scale, "total": total}


def weeks(visits: list[dict[str, object]], treatment: str = "first_antipsychotic") -> list[float]:
    rows = [course("P1", "2020-01-15"), course("P1", "2020-06-01"), course("P1", "2020-03-01", "yes")]
    return scores_under(treatment, pd.DataFrame(rows), pd.DataFrame(visits))["weeks"].round(6).tolist()


@pytest.mark.parametrize(
    ("date", "expected"),
    [("2019-12-31", []), ("2020-01-01", [0]), ("2020-01-15", [0]), ("2020-01-22", [1]),
     ("2020-03-01", [6.571429]),
     ("2020-03-02", [])],
)  # fmt: skip
def test_visits_count_from_two_weeks_before_the_first_drug_to_the_day_clozapine_begins(
    date: str, expected: list[float]
) -> None:
    assert weeks([visit("P1", date, 80)]) == expected


@pytest.mark.parametrize(("date", "expected"), [("2021-02-28", [52]), ("2021-03-01", [])])
def test_a_year_of_clozapine_is_followed(date: str, expected: list[float]) -> None:
    assert weeks([visit("P1", date, 80)], "clozapine") == expected


def test_scores_are_percent_of_the_scale_and_of_one_scale_only() -> None:
    courses = pd.DataFrame([course(person, "2020-01-01") for person in ("P1", "P2", "P3")])
    visits = [visit("P1", "2020-01-01", 30), visit("P2", "2020-01-08", 210),
              visit("P2", "2020-02-08", np.nan),
              visit("P3", "2020-01-01", 40, "BPRS-18"), visit("P3", "2020-01-01", 5, "CDSS")]  # fmt: skip
    found = scores_under("first_antipsychotic", courses, pd.DataFrame(visits))
    assert found["pomp"].tolist() == [0, 100]
    assert set(found["scale"]) == {"PANSS"}
    nobody = scores_under("clozapine", courses, pd.DataFrame(visits))
    assert nobody.empty


def planted(people: int = 80, visits: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    rows = []
    for number in range(people):
        fall = 8.0 if number % 2 else 1.0
        shift = rng.normal(0, 4)
        for week in (0, 4, 9, 16)[:visits]:
            score = 50 - fall * np.sqrt(week) + shift + rng.normal(0, 3)
            rows.append((f"P{number:03d}", float(week), score, "PANSS"))
    return pd.DataFrame(rows, columns=["person_id", "weeks", "pomp", "scale"])


def test_planted_trajectories_are_found_shown_and_given_to_people() -> None:
    models, curves, members = model_trajectories(planted(), "clozapine", StudySettings())
    assert models.loc[models["chosen"] == "yes", "n_classes"].tolist() == [2]
    assert models["n_classes"].tolist() == [1, 2, 3, 4]
    assert models.loc[1, "bootstrap_p"] == pytest.approx(1 / 50)
    assert curves["week"].unique().tolist() == [0, 2, 4, 6, 8, 12, 16]
    last = curves[curves["week"] == 16].set_index("class")
    assert last["mean"].tolist() == pytest.approx([18, 46], abs=3)
    assert last["reduction_percent"].tolist() == pytest.approx([64, 8], abs=5)
    assert (curves["ci_low"] < curves["mean"]).all()
    assert (curves["share_low"] < curves["share"]).all()
    placed = members.set_index("person_id")["class_clozapine"]
    odd = [name for name in placed.index if int(name[1:]) % 2]
    assert (placed.loc[odd] == "1").mean() > 0.9


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("scores", "words"),
    [
        (planted(39), "40"),
        (planted(80, visits=1), "80"),
        (planted(80).iloc[:0], ""),
        (planted().assign(pomp=5.0), ""),
    ],
)
def test_what_cannot_be_modelled_is_a_row_with_the_reason(
    scores: pd.DataFrame, words: str, lang: str
) -> None:
    models, curves, members = model_trajectories(scores, "clozapine", StudySettings(lang=lang))
    assert len(models) == 1
    assert words in models["reason"].iloc[0]
    assert models["reason"].iloc[0]
    assert curves.empty
    assert members.empty


def test_forty_people_are_enough_and_two_visits_give_a_straight_line() -> None:
    models, _, _ = model_trajectories(planted(40, visits=2), "clozapine", StudySettings())
    assert "degree 1" in models["method"].iloc[0]
    assert models["n"].iloc[0] == 40


def test_the_part_gives_everybody_a_subtype_and_says_which_model_did_not_run() -> None:
    people = [f"P{number:03d}" for number in range(6)]
    verdicts = pd.DataFrame({
        "person_id": people, "definition": "trrip",
        "verdict": ["resistant", "resistant", "not_resistant", "unknown", "not_applicable", "resistant"],
        "clozapine": ["responsive", "resistant", "not_tried", "unknown", "", "not_tried"],
    })  # fmt: skip
    courses = pd.DataFrame([course(person, "2020-01-01", responding="yes") for person in people])
    visits = pd.DataFrame([visit(person, "2020-01-01", 80) for person in people])
    tables = {"verdicts": verdicts, "courses": courses, "visits": visits}
    cohort = from_frames({"people": [{"person_id": person} for person in people]})
    results = {"ascertain": StageResult("ascertain", tables)}
    found = trajectories.run(cohort, results, StudySettings(), None)  # type: ignore[arg-type]
    table = found.tables["trajectories"].set_index("person_id")["response_subtype"]
    assert table.to_dict() == {
        "P000": "clozapine_responsive", "P001": "clozapine_resistant", "P002": "antipsychotic_responsive",
        "P003": "unknown", "P005": "resistant_without_clozapine",
    }  # fmt: skip
    assert found.tables["trajectories"].columns.tolist() == [
        "person_id", "response_subtype", "evidence", "class_first_antipsychotic", "p_first_antipsychotic",
        "n_visits_first_antipsychotic", "class_clozapine", "p_clozapine", "n_visits_clozapine",
    ]  # fmt: skip
    assert found.tables["trajectories"]["class_clozapine"].tolist() == [""] * 5
    assert found.tables["trajectories"]["p_clozapine"].isna().all()
    shares = found.tables["trajectory_shares"].set_index("response_subtype")
    assert shares.loc["clozapine_resistant", ["n", "count", "unknown"]].tolist() == [4, 1, 1]
    assert found.tables["trajectory_models"]["treatment"].to_dict() == {
        0: "first_antipsychotic",
        1: "clozapine",
    }
    assert (found.tables["trajectory_models"]["reason"] != "").all()
    assert len(found.tables["trajectory_classes"]) == 0


def test_a_curve_is_told_at_the_weeks_that_were_seen_and_no_further() -> None:
    scores = planted().replace({"weeks": {16.0: 11.9}})
    _, curves, _ = model_trajectories(scores, "clozapine", StudySettings())
    assert curves["week"].unique().tolist() == [0, 2, 4, 6, 8]
    assert set(curves["unit"]) == {"percent of maximum possible"}
    assert set(curves["n"]) == {80}
    assert set(curves["scale"]) == {"PANSS"}
    first = curves[curves["class"] == 1]
    fall = 100 * (first["mean"].iloc[0] - first["mean"].iloc[-1]) / first["mean"].iloc[0]
    assert first["reduction_percent"].tolist() == pytest.approx([fall] * 5)


def test_a_year_of_curve_is_told_where_a_year_was_seen() -> None:
    scores = planted().replace({"weeks": {4.0: 12.0, 9.0: 30.0, 16.0: 52.0}})
    _, curves, _ = model_trajectories(scores, "clozapine", StudySettings())
    assert curves["week"].unique().tolist() == [0, 2, 4, 6, 8, 12, 16, 24, 36, 52]


def test_a_model_that_was_tried_stands_with_what_it_came_to() -> None:
    models, _, members = model_trajectories(planted(), "clozapine", StudySettings())
    assert set(models["treatment"]) == {"clozapine"}
    assert set(models["n"]) == {80}
    assert set(models["n_visits"]) == {320}
    assert set(models["bootstrap_draws"]) == {49}
    assert models["chosen"].tolist() == ["no", "yes", "no", "no"]
    assert models["bic"].idxmin() == 1
    # BIC is -2 log L + parameters times the logarithm of the people.
    assert models["bic"].tolist() == pytest.approx(
        (-2 * models["log_likelihood"] + models["n_parameters"] * np.log(80)).tolist()
    )
    assert (models["starts_agreeing"] <= models["starts"]).all()
    assert members.columns.tolist() == ["person_id", "class_clozapine", "p_clozapine", "n_visits_clozapine"]
    assert set(members["n_visits_clozapine"]) == {4}
    sure = members["p_clozapine"] >= 0.7
    assert (members.loc[~sure, "class_clozapine"] == "unassigned").all()
    assert members.loc[sure, "class_clozapine"].isin(["1", "2"]).all()


@pytest.mark.parametrize(("seen_often", "degree"), [(40, 2), (39, 1)])
def test_a_curve_bends_where_half_the_people_were_seen_three_times(seen_often: int, degree: int) -> None:
    scores = planted()
    rarely = scores["person_id"] >= f"P{seen_often:03d}"
    kept = scores[~rarely | (scores["weeks"] < 5)]
    assert trajectories._degree(trajectories._data(kept)) == degree


def test_how_the_reading_and_the_classes_meet_is_counted() -> None:
    people = pd.DataFrame({
        "person_id": ["a", "b", "c", "d"], "response_subtype": ["x", "x", "y", "y"],
        "class_clozapine": ["1", "1", "2", None],
    })  # fmt: skip
    found = trajectories._agreement(people, "clozapine")
    assert found.to_dict("records") == [
        {"treatment": "clozapine", "response_subtype": "x", "class": "1", "n": 2},
        {"treatment": "clozapine", "response_subtype": "y", "class": "2", "n": 1},
    ]


def test_the_evidence_names_verdict_clozapine_and_courses_in_the_order_of_the_people() -> None:
    read = pd.DataFrame({
        "person_id": ["b", "a", "c"], "verdict": ["resistant", "not_resistant", "not_applicable"],
        "clozapine": ["resistant", "", ""], "n_responded": [0, 3, 0],
        "response_subtype": ["clozapine_resistant", "antipsychotic_responsive", "not_applicable"],
    })  # fmt: skip
    found = trajectories.subtypes_frame(read, "en")
    assert found["person_id"].tolist() == ["a", "b"]
    assert found.index.tolist() == [0, 1]
    first, second = found["evidence"]
    assert "unknown" in first
    assert "3" in first
    assert "resistant" in second


def test_a_person_whom_no_course_helped_has_none_counted() -> None:
    known = pd.DataFrame({"person_id": ["a"], "verdict": ["not_resistant"], "clozapine": ["not_tried"]})
    courses = pd.DataFrame([course("a", "2020-01-01", responding="no")])
    read = response_subtypes(ibis.memtable(known), ibis.memtable(courses)).execute()
    assert read["n_responded"].tolist() == [0]
    assert trajectories.subtypes_frame(read, "en")["response_subtype"].tolist() == ["unknown"]


def test_findings_count_the_subtypes_and_the_classes() -> None:
    shares = pd.DataFrame([{
        "response_subtype": "clozapine_resistant", "n": 4, "count": 1, "share": 0.25, "ci_low": 0.01,
        "ci_high": 0.8, "unit": "proportion", "method": "exact", "unknown": 2,
    }, {
        "response_subtype": "clozapine_responsive", "n": 0, "count": 0, "share": np.nan, "ci_low": np.nan,
        "ci_high": np.nan, "unit": "proportion", "method": "exact", "unknown": 0,
    }])  # fmt: skip
    models, _, _ = model_trajectories(planted(), "clozapine", StudySettings())
    share, none, classes = trajectories._findings(shares, models)
    assert (share.name, share.estimate, share.low, share.high, share.n, share.note) == (
        "trajectory.clozapine_resistant", 0.25, 0.01, 0.8, 4, "2 unknown",
    )  # fmt: skip
    assert (none.estimate, none.low, none.high) == (None, None, None)
    assert (classes.name, classes.estimate, classes.n) == ("trajectory.classes.clozapine", 2.0, 80)
    assert classes.note == "PANSS, 320 visits"


def test_the_scale_most_people_were_rated_with_is_taken() -> None:
    courses = pd.DataFrame([course(person, "2020-01-01") for person in ("P1", "P2", "P3")])
    visits = [visit("P1", "2020-01-01", 30), visit("P2", "2020-01-08", 18, "BPRS-18"),
              visit("P3", "2020-01-01", 126, "BPRS-18"), visit("P1", "2020-02-01", 31),
              visit("P1", "2020-03-01", 32)]  # fmt: skip
    found = scores_under("first_antipsychotic", courses, pd.DataFrame(visits))
    assert set(found["scale"]) == {"BPRS-18"}
    assert found["pomp"].tolist() == [0, 100]
    assert found.index.tolist() == [0, 1]


def test_visits_without_a_day_and_people_without_a_drug_are_left_out() -> None:
    courses = pd.DataFrame([course("P1", "2020-01-01"), course("P2", "")])
    visits = [visit("P1", "", 80), visit("P2", "2020-01-01", 80), visit("P1", "2020-01-08", 120)]
    found = scores_under("first_antipsychotic", courses, pd.DataFrame(visits))
    assert found[["person_id", "weeks", "pomp"]].values.tolist() == [["P1", 1.0, 50.0]]
