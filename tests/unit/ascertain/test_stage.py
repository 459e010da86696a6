"""The stage as a whole, on a handful of people whose answers are known beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd
import pytest

from opentrs.ascertain import STAGE, stage
from opentrs.cohort.build import from_frames
from opentrs.cohort.results import StageResult, StudySettings
from tests.spec.complete_patient import complete_patient
from tests.spec.phrases import apply

PEOPLE: Mapping[str, Mapping[str, str]] = {
    "ada": {},
    "ben": {"SOFAS": "60"},
    "cho": {"level": "none"},
    # 80 to 70 is 20% of what can fall above 30, and 12.5% of the whole score.
    "dov": {"PANSS total at visit 2": "70", "PANSS total at visit 3": "70"},
    "eve": {"course 1 mg/day": "12"},
}
CLOZAPINE = {
    "drug": "clozapine", "start_date": "2020-07-01", "duration_weeks": 13, "dose_mg_per_day": 500,
    "route": "oral", "stop_reason": "inefficacy",
}  # fmt: skip


# Two definitions and three keys are enough to see how answers are put together; the commands run them all.
DEFINITIONS = ("trrip", "nice_cg178")
KEYS = ("davis1974", "gardner2010", "leucht2016_ddd")


@pytest.fixture(scope="module")
def result() -> Iterator[StageResult]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "SHIPPED", DEFINITIONS)
        patch.setattr(stage.reference, "dose_keys", lambda: KEYS)
        yield run_on(PEOPLE)


def run_on(people: Mapping[str, Mapping[str, str]]) -> StageResult:
    tables: dict[str, list[dict[str, object]]] = {}
    for person_id, told in people.items():
        patient = complete_patient()
        for heading, cell in told.items():
            apply(patient, heading, cell)
        for name, rows in patient.frames(person_id).items():
            tables.setdefault(name, []).extend(rows)
    for row in tables["people"]:
        row["sex"] = "F" if row["person_id"] in ("ada", "ben") else "M"
        row["site"] = "north"
    tables["people"].append({"person_id": "zoe", "group": "control"})
    tables["treatment_courses"].append({"person_id": "ada", **CLOZAPINE})
    tables["treatment_courses"].append({"person_id": "ben", **CLOZAPINE})
    tables["plasma_levels"].append(
        {"person_id": "ben", "drug": "clozapine", "date": "2020-08-01", "level_ng_per_ml": 349}
    )
    tables["plasma_levels"].append(
        {"person_id": "ada", "drug": "clozapine", "date": "2020-08-01", "level_ng_per_ml": 360}
    )
    return STAGE.run(from_frames({name: rows for name, rows in tables.items() if rows}), {}, StudySettings())


def rows(table: pd.DataFrame, **where: str) -> list[dict[str, object]]:
    for column, value in where.items():
        table = table[table[column] == value]
    return table.to_dict("records")  # type: ignore[return-value]


def test_the_verdicts_are_those_of_the_vignettes(result: StageResult) -> None:
    found = result.tables["verdicts"]
    trrip = found[found["definition"] == "trrip"].set_index("person_id")
    assert dict(trrip["verdict"]) == {
        "ada": "resistant", "ben": "not_resistant", "cho": "unknown", "dov": "not_resistant",
        "eve": "not_resistant", "zoe": "not_applicable",
    }  # fmt: skip
    columns = ["tier", "date_met", "onset", "current", "from_first_episode", "domains"]
    assert trrip.loc["ada", columns].tolist() == [
        "minimum", "2020-06-16", "early", "yes", "yes", "positive",
    ]  # fmt: skip
    assert trrip.loc["cho", ["tier", "first_missing"]].tolist() == ["partial", "A2"]
    assert trrip.loc["zoe", ["current", "clozapine", "domains"]].tolist() == ["", "", ""]
    assert trrip.loc["eve", "n_adequate_courses"] == 1


def test_prevalence_counts_the_settled_and_bounds_the_unknown(result: StageResult) -> None:
    (everybody,) = rows(result.tables["prevalence"], definition="trrip", group="all")
    assert [everybody[name] for name in ("n", "resistant", "not_resistant", "unknown")] == [5, 1, 3, 1]
    assert everybody["estimate"] == pytest.approx(1 / 4)
    assert everybody["ci_low"] == pytest.approx(0.006309, abs=1e-6)
    assert everybody["ci_high"] == pytest.approx(0.805880, abs=1e-6)
    assert (everybody["worst"], everybody["best"]) == (pytest.approx(1 / 5), pytest.approx(2 / 5))
    groups = {row["group"] for row in rows(result.tables["prevalence"], definition="trrip")}
    assert groups == {"all", "sex:F", "sex:M", "site:north", "period:2020-2029"}
    (women,) = rows(result.tables["prevalence"], definition="trrip", group="sex:F")
    assert (women["n"], women["estimate"]) == (2, 0.5)


def test_what_is_missing_says_what_it_would_settle(result: StageResult) -> None:
    by_row = result.tables["missing"].set_index("criterion")
    assert by_row.index.tolist() == ["S1", "S2", "S3", "S4", "F1", "T1", "T2", "T3", "T4", "A1", "A2"]
    columns = ["n", "n_yes", "n_no", "n_unknown", "n_first_missing", "n_would_settle"]
    assert by_row.loc["A2", columns].tolist() == [5, 4, 0, 1, 1, 1]
    assert by_row.loc["F1", columns].tolist() == [5, 4, 1, 0, 0, 0]


def test_definitions_are_compared_on_the_people_both_settled(result: StageResult) -> None:
    pairs = result.tables["agreement"]
    assert len(pairs) == 1
    (pair,) = rows(pairs, definition_a="trrip", definition_b="nice_cg178")
    # ada both; ben only by the guideline; dov and eve by neither; cho is unknown by the consensus
    assert [pair[name] for name in ("n", "both", "only_a", "only_b", "neither")] == [4, 1, 0, 1, 2]


def test_the_flow_loses_people_step_by_step(result: StageResult) -> None:
    flow = result.tables["flow"].set_index("step")["n"].to_dict()
    assert flow == {
        "people": 6, "applies": 5, "one_antipsychotic": 5, "two_antipsychotics": 5, "two_adequate_courses": 4,
        "resistant": 1, "not_resistant": 3, "unknown": 1,
    }  # fmt: skip
    assert result.tables["flow"]["share"].tolist()[1] == pytest.approx(5 / 6)


def test_another_dose_key_changes_who_is_told_what(result: StageResult) -> None:
    keys = result.tables["dose_keys"]
    assert set(keys["key"]) == set(KEYS)
    assert rows(keys, person_id="eve", key="leucht2016_ddd")[0]["changes"] == "no"
    # haloperidol 12 mg is 450 mg by the first list, 600 by the second; amisulpride 800 mg is enough in both
    (gardner,) = rows(keys, person_id="eve", key="gardner2010")
    assert (gardner["verdict"], gardner["n_adequate_courses"], gardner["changes"]) == ("resistant", 2, "yes")
    (davis,) = rows(keys, person_id="ada", key="davis1974")
    assert (davis["verdict"], davis["changes"]) == ("unknown", "yes")
    courses = result.tables["dose_key_courses"]
    (haloperidol,) = rows(courses, person_id="eve", key="gardner2010", drug="haloperidol")
    assert haloperidol["dose_cpz_mg_per_day"] == pytest.approx(720)
    assert (haloperidol["dose_adequate"], haloperidol["changes"]) == ("yes", "yes")


def test_taking_off_the_floor_of_the_scale_changes_a_response(result: StageResult) -> None:
    forms = result.tables["change_forms"]
    (first, _) = rows(forms, person_id="dov")
    assert first["scale"] == "PANSS"
    assert first["reduction_percent"] == pytest.approx(20)
    assert first["reduction_uncorrected_percent"] == pytest.approx(12.5)
    assert (first["not_responding"], first["flips"]) == ("no", "yes")
    assert {row["flips"] for row in rows(forms, person_id="ada")} == {"no"}


def test_clozapine_courses_are_written_with_their_levels(result: StageResult) -> None:
    (one, low) = result.tables["clozapine_courses"].to_dict("records")
    assert (low["person_id"], low["n_levels_in_range"], low["adequate"]) == ("ben", 0, "no")
    assert (one["person_id"], one["course_id"], one["start_date"], one["end_date"]) == (
        "ada", 3, "2020-07-01", "2020-09-29",
    )  # fmt: skip
    assert (one["duration_weeks"], one["dose_mg_per_day"]) == (13, 500)
    # one level in range of the two asked for leaves it open; a sufficient dose counts only without levels
    assert (one["n_levels"], one["n_levels_in_range"], one["adequate"]) == (1, 1, "unknown")
    assert one["not_responding"] == "yes"


def test_courses_are_written_in_the_words_of_the_contract(result: StageResult) -> None:
    (first, second, _) = rows(result.tables["courses"], person_id="ada")
    assert (first["course_id"], first["drug"], first["start_date"], first["end_date"]) == (
        1, "haloperidol", "2020-01-01", "2020-02-11",
    )  # fmt: skip
    assert (second["dose_mg_per_day"], second["dose_cpz_mg_per_day"]) == (800, pytest.approx(600))
    assert (first["duration_weeks"], first["adherence_percent"]) == (6, 80)
    assert first["symptom_reduction_percent"] == 0
    assert [first[name] for name in ("adequate", "responding", "failed", "is_clozapine")] == [
        "yes",
        "no",
        "yes",
        "no",
    ]


def test_every_number_to_quote_has_n_unit_and_method(result: StageResult) -> None:
    findings = {finding.name: finding for finding in result.findings}
    assert all(finding.unit and finding.method for finding in result.findings)
    everybody = findings["prevalence.trrip.all"]
    assert (everybody.estimate, everybody.n, everybody.source) == (0.25, 4, "10.1176/appi.ajp.2016.16050503")
    assert everybody.note == "1 of 5 unknown; from 0.200 to 0.400 of all"
    assert (findings["from_first_episode"].estimate, findings["from_first_episode"].n) == (1.0, 1)
    assert (findings["clozapine_resistant"].estimate, findings["clozapine_resistant"].n) == (None, 0)
    keys = findings["verdict_depends_on_dose_key"]
    changed = result.tables["dose_keys"].query("changes == 'yes'")["person_id"].nunique()
    assert (keys.estimate, keys.n, keys.unit) == (changed, 6, "people")
    floor = findings["response_depends_on_scale_floor"]
    assert (floor.estimate, floor.unit) == (1, "courses")


def test_visits_dates_and_remission_are_written_down(result: StageResult) -> None:
    visits = rows(result.tables["visits"], person_id="ada")
    assert [row["date"] for row in visits] == ["2020-01-01", "2020-02-11", "2020-03-24", "2020-06-16"]
    assert {row["total"] for row in visits} == {80}
    assert [row["in_window"] for row in visits] == ["no", "no", "yes", "yes"]
    assert {(row["at_least_moderate"], row["positive"], row["negative"]) for row in visits} == {
        ("yes", "yes", "no")
    }
    (onset,) = result.tables["onset"].to_dict("records")
    assert (onset["person_id"], onset["days_to_trs"]) == ("ada", 167)
    (remission,) = rows(result.tables["remission"], person_id="ada")
    assert (remission["answer"], remission["date"]) == ("no", "2020-06-16")
    specifiers = {
        row["specifier"]: row["answer"] for row in rows(result.tables["specifiers"], person_id="ada")
    }
    assert specifiers == {"positive": "yes", "negative": "no", "cognitive": "no", "depression": "no"}


def test_rows_of_every_table_are_numbered_from_nought(result: StageResult) -> None:
    assert all(table.index.tolist() == list(range(len(table))) for table in result.tables.values())


def test_evidence_quotes_the_record(result: StageResult) -> None:
    criteria = result.tables["criteria"]
    (taken,) = rows(criteria, person_id="ada", definition="trrip", criterion="A1")
    assert (
        taken["evidence"]
        == "drugs with good adherence by enough sources: 2, counting possible ones 2 (asked for: ≥ 2)"
    )
    assert taken["date"] == "2020-03-20"
    (level,) = rows(criteria, person_id="cho", definition="trrip", criterion="A2")
    assert level["answer"] == "unknown"
    assert "highest, ng/mL: not known" in str(level["evidence"])
    assert {row["definition"] for row in rows(criteria, criterion="T1-optimum")} == {"trrip_optimum"}
