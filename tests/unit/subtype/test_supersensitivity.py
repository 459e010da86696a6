"""Features of dopamine supersensitivity, to either side of each threshold, on both engines.

Nobody's answers depend on anybody else, but for one thing: a cohort without a single relapse does not record
relapses. So everybody below is asked in one of two cohorts, once per engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

import pandas as pd
import pytest
from ibis.backends import BaseBackend

from opentrs.ascertain import shipped_definition
from opentrs.ascertain.frames import answer_word
from opentrs.cohort.build import from_frames
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.stats.compare import Comparison
from opentrs.subtype import supersensitivity
from opentrs.subtype.supersensitivity import (
    EPISODE,
    FEATURES,
    features_frame,
    shipped_rules,
    supersensitivity_features,
)
from tests.support.engines import ENGINES

START = date(2020, 1, 1)
COURSES = shipped_definition("trrip").courses
Row = dict[str, Any]


def person(**columns: Any) -> Row:
    known = {"diagnosis": "F20.0", "history_complete": "yes",
             "observation_start": "2019-01-01", "observation_end": "2025-01-01"}  # fmt: skip
    return known | columns


def taken(first: int, last: int, dose: float | None = 400, **columns: Any) -> Row:
    """Chlorpromazine, whose dose in equivalents is its own, from one day to another."""
    return {
        "drug": "chlorpromazine", "route": "oral", "dose_mg_per_day": dose,
        "start_date": START + timedelta(first), "end_date": START + timedelta(last),
    } | columns  # fmt: skip


def event(day: int, kind: str, value: float | None = None) -> Row:
    return {"date": START + timedelta(day), "kind": kind, "value": value}


def stay(day: int, diagnosis: str) -> Row:
    return {"admission_date": START + timedelta(day), "main_diagnosis": diagnosis}


@dataclass(frozen=True)
class Case:
    """One person, and the answers expected of some features: feature -> yes, no or unknown."""

    expected: dict[str, str]
    drug_exposures: list[Row]
    events: list[Row] = field(default_factory=list)
    hospital_stays: list[Row] = field(default_factory=list)
    treatment_courses: list[Row] = field(default_factory=list)
    person: Row = field(default_factory=person)


def tables(cases: dict[str, Case]) -> dict[str, list[Row]]:
    """The people of these cases in one cohort."""
    frames: dict[str, list[Row]] = {
        "people": [{"person_id": name, **case.person} for name, case in cases.items()]
    }
    for table in ("drug_exposures", "events", "hospital_stays", "treatment_courses"):
        rows = [{"person_id": name, **row} for name, case in cases.items() for row in getattr(case, table)]
        if rows:
            frames[table] = rows
    return frames


def long_exposure(answer: str, *exposures: Row) -> Case:
    return Case({"long_exposure": answer}, list(exposures))


def high_dose(answer: str, *exposures: Row) -> Case:
    return Case({"high_dose": answer}, list(exposures))


def tolerance(answer: str, *exposures: Row) -> Case:
    return Case({"tolerance": answer}, list(exposures))


def rebound(answer: str, exposures: list[Row], events: list[Row], **more: Any) -> Case:
    return Case({"relapse_after_reduction": answer}, exposures, events, **more)


def dyskinesia(answer: str, *events: Row) -> Case:
    return Case({"dyskinesia": answer}, [taken(0, 99)], list(events))


def episode(answer: str, days: int, *events: Row) -> Case:
    return Case({EPISODE: answer}, [taken(0, days - 1)], list(events))


def in_doubt(exposures: list[Row], **more: Any) -> Case:
    return Case({"long_exposure": "unknown", "high_dose": "unknown"}, exposures, **more)


DEPOT = taken(0, 99, 10, drug="haloperidol", route="lai", interval_days=28)
LATE = [event(900, "relapse")]

# In a cohort in which relapses are recorded: somebody's always is.
RECORDED = {
    "89 days of treatment are not long": long_exposure("no", taken(0, 88)),
    "90 days of treatment are long": long_exposure("yes", taken(0, 89)),
    "91 days of treatment are long": long_exposure("yes", taken(0, 90)),
    "999 mg are not high": high_dose("no", taken(0, 99, 999)),
    "1000 mg are high": high_dose("yes", taken(0, 99, 1000)),
    "an unknown dose is unknown": high_dose("unknown", taken(0, 99, None)),
    "one drug of two alone is not high": high_dose("no", taken(0, 99, 300)),
    "doses of two drugs add up": high_dose(
        "yes", taken(0, 99, 300), taken(10, 50, 300, drug="haloperidol")
    ),
    "an incomplete history is never a no": in_doubt([taken(0, 29)], person=person(history_complete="no")),
    "nor is a course summed up elsewhere": in_doubt(
        [taken(0, 29)], treatment_courses=[{"drug": "olanzapine"}]
    ),
    "nor a drug nobody knows": in_doubt([taken(0, 29), taken(40, 60, drug="a drug nobody knows")]),
    "with everything on record it is a no": long_exposure("no", taken(0, 29)),
    "a rise by less than a fifth is no tolerance": tolerance("no", taken(0, 89), taken(90, 150, 479)),
    "a rise by a fifth after three months is": tolerance("yes", taken(0, 89), taken(90, 150, 480)),
    "a rise in the first months is finding the dose": tolerance("no", taken(0, 88), taken(89, 200, 800)),
    "a rise when they are over is not": tolerance("yes", taken(0, 89), taken(90, 200, 800)),
    "a raised dose held for 27 days does not count": tolerance(
        "no", taken(0, 99), taken(100, 126, 800), taken(127, 250)
    ),
    "a raised dose held for four weeks counts": tolerance(
        "yes", taken(0, 99), taken(100, 127, 800), taken(128, 250)
    ),
    "a refill at the same dose is no step: twenty days and twenty more are forty": tolerance(
        "yes", taken(0, 99), taken(100, 119, 800), taken(120, 139, 800), taken(140, 200, 800)
    ),
    "overlapping two drugs for a week is no tolerance": tolerance(
        "no", taken(0, 106), taken(100, 200, 5.333333, drug="haloperidol")
    ),
    # The first day without the drug is the day of the stop; a relapse on it came before.
    "a relapse on the day an oral drug was stopped came before": rebound(
        "no", [taken(0, 99)], [event(100, "relapse")]
    ),
    "a relapse the day after counts": rebound("yes", [taken(0, 99)], [event(101, "relapse")]),
    "a relapse six weeks after counts": rebound("yes", [taken(0, 99)], [event(142, "relapse")]),
    "a relapse a day later does not": rebound("no", [taken(0, 99)], [event(143, "relapse")]),
    "a relapse twelve weeks after a depot ended counts": rebound("yes", [DEPOT], [event(184, "Relapse ")]),
    "a relapse a day later than that does not": rebound("no", [DEPOT], [event(185, "Relapse ")]),
    # With nothing lowered there was no moment at which a rebound could show.
    "less by less than a fifth is no reduction": rebound(
        "unknown", [taken(0, 99), taken(100, 2000, 321)], [event(120, "relapse")]
    ),
    "a fifth less is a reduction": rebound(
        "yes", [taken(0, 99), taken(100, 2000, 320)], [event(120, "relapse")]
    ),
    "a stop after 89 days of treatment does not count": rebound(
        "unknown", [taken(0, 88)], [event(94, "relapse")]
    ),
    "a stop after 90 days counts": rebound("yes", [taken(0, 89)], [event(95, "relapse")]),
    "a stop watched to the last day of its six weeks is a no": rebound(
        "no", [taken(0, 99)], LATE, person=person(observation_end=START + timedelta(142))
    ),
    "a stop watched for a day less is unknown": rebound(
        "unknown", [taken(0, 99)], LATE, person=person(observation_end=START + timedelta(141))
    ),
    "an admission for psychosis is a relapse": rebound(
        "yes", [taken(0, 99)], LATE, hospital_stays=[stay(110, "F20.0")]
    ),
    "another admission is not": rebound("no", [taken(0, 99)], LATE, hospital_stays=[stay(110, "K35.8")]),
    "a refill 30 days late is no stop": rebound(
        "unknown", [taken(0, 99), taken(130, 2000)], [event(105, "relapse")]
    ),
    "a refill 31 days late is one": rebound(
        "yes", [taken(0, 99), taken(131, 2000)], [event(105, "relapse")]
    ),
    "the end of a prescription nobody dated is no stop": Case(
        {"relapse_after_reduction": "unknown", "long_exposure": "unknown"},
        [taken(0, 99, end_date=None)],
        [event(105, "relapse")],
    ),
    "dyskinesia nobody looked for is unknown": dyskinesia("unknown"),
    "dyskinesia without a score is there": dyskinesia("yes", event(5, "dyskinesia")),
    "dyskinesia under a longer name is there": dyskinesia("yes", event(5, "tardive dyskinesia", 2)),
    "dyskinesia scored 0 is absent": dyskinesia("no", event(5, "dyskinesia", 0)),
    "dyskinesia once of two times is there": dyskinesia(
        "yes", event(5, "dyskinesia", 0), event(9, "dyskinesia", 1)
    ),
    "a relapse says nothing of dyskinesia": dyskinesia("unknown", event(5, "relapse")),
    "a sign after too short a treatment is no episode": episode("no", 89, event(5, "dyskinesia")),
    "a sign after long treatment is one": episode("yes", 90, event(5, "dyskinesia")),
    "no sign of any kind is none": episode("no", 90, event(5, "dyskinesia", 0), *LATE),
    "a sign nobody looked for leaves it unknown": episode("unknown", 90, *LATE),
    "a sign after a treatment of unknown length leaves it unknown": Case(
        {EPISODE: "unknown", "long_exposure": "unknown", "dyskinesia": "yes"},
        [taken(0, 29)],
        [event(5, "dyskinesia")],
        person=person(history_complete="no"),
    ),
}  # fmt: skip

# In a cohort in which nobody ever relapsed, a stop without a relapse says nothing.
UNRECORDED = {
    "a record without relapses says nothing of rebounds": rebound("unknown", [taken(0, 99)], []),
    "nor does one with other events": rebound("unknown", [taken(0, 99)], [event(105, "dyskinesia")]),
    "what needs no relapse is told all the same": Case(
        {"long_exposure": "yes", "high_dose": "no", "tolerance": "no", EPISODE: "yes"},
        [taken(0, 89)],
        [event(5, "dyskinesia")],
    ),
}
COHORTS = {"recorded": RECORDED, "unrecorded": UNRECORDED}
CASES = [(cohort, name) for cohort, cases in COHORTS.items() for name in cases]


@cache
def answered(cohort: str, engine_name: str) -> dict[str, dict[str, str]]:
    """Person -> feature -> answer, of one cohort, asked once."""
    engine = ENGINES[engine_name]()
    found = supersensitivity_features(
        from_frames(tables(COHORTS[cohort]), engine), COURSES, "leucht2016_ddd"
    ).execute()
    engine.disconnect()
    answers: dict[str, dict[str, str]] = {}
    for row in found.to_dict("records"):
        assert row["feature"] not in answers.setdefault(row["person_id"], {})
        answers[row["person_id"]][row["feature"]] = answer_word(row["answer"])
    return answers


@pytest.mark.parametrize("engine_name", sorted(ENGINES))
@pytest.mark.parametrize(("cohort", "name"), CASES, ids=[name for _, name in CASES])
def test_what_the_record_shows(cohort: str, name: str, engine_name: str) -> None:
    answers = answered(cohort, engine_name)[name]
    assert sorted(answers) == sorted((*FEATURES, EPISODE))
    expected = COHORTS[cohort][name].expected
    assert {feature: answers[feature] for feature in expected} == expected


def test_people_outside_the_spectrum_are_not_asked(engine: BaseBackend) -> None:
    frames = tables({"P1": Case({}, [taken(0, 99)])})
    frames["people"].append({"person_id": "C1", **person(diagnosis=None, group="control")})
    found = supersensitivity_features(from_frames(frames, engine), COURSES, "leucht2016_ddd").execute()
    assert set(found["person_id"]) == {"P1"}


def test_other_thresholds_can_be_given(engine: BaseBackend) -> None:
    cohort = from_frames(tables({"P1": Case({}, [taken(0, 49)])}), engine)
    rules = shipped_rules() | {"days_treated": Comparison(">=", 50)}
    found = supersensitivity_features(cohort, COURSES, "leucht2016_ddd", rules).execute()
    row = found[found["feature"] == "long_exposure"].iloc[0]
    assert answer_word(row["answer"]) == "yes"
    assert row["value"] == 50


# feature -> what was compared with the threshold, times found and possible, first day (counted from START)
Told = dict[str, tuple[float | None, int | None, int | None, int | None]]
TOLD: dict[str, tuple[Case, Told]] = {
    "two courses with a break, a higher dose on top, a stop and what followed": (
        Case(
            {},
            [taken(10, 109), taken(200, 299, 1200), taken(300, 399, 1400), taken(450, 549, 1400)],
            [
                event(105, "relapse"), event(405, "relapse"), event(420, "relapse"),
                event(50, "dyskinesia", 0), event(60, "dyskinesia", 2), event(70, "Dyskinesia", 3),
            ],
            hospital_stays=[stay(403, "F20.0"), stay(402, "S82")],
        ),
        {
            "long_exposure": (400, None, None, 10),
            "high_dose": (1400, None, None, None),
            # Off every drug for 90 days, 1200 is no rise over anything; to 1400 it is 16.7 percent, no fifth.
            # Changes from a dose: 400 to none, 1200 to 1400, 1400 to none.
            "tolerance": (16.666667, 0, 3, None),
            # Stops after days 109, 399 and 549; relapses on days 105 (before), 403 and later.
            "relapse_after_reduction": (3, 1, 3, 403),
            "dyskinesia": (3, 2, 3, 60),
            EPISODE: (2, 2, 3, 60),
        },
    ),
    "one course and a record that ends without a word": (
        Case({}, [taken(0, 99)]),
        {
            "long_exposure": (100, None, None, 0),
            "high_dose": (400, None, None, None),
            "tolerance": (None, 0, 0, None),
            "relapse_after_reduction": (None, 0, 1, None),
            "dyskinesia": (None, 0, 0, None),
            EPISODE: (0, 0, 3, None),
        },
    ),
    "three raised doses that were held": (
        Case({}, [taken(0, 99, 100), taken(100, 199, 200), taken(200, 227, 300), taken(228, 300, 360)]),
        {"tolerance": (100, 3, 3, 100), "relapse_after_reduction": (None, 0, 1, None)},
    ),
    "a refill at the same dose between a dose and its rise": (
        Case({}, [taken(0, 99), taken(100, 199), taken(200, 299, 800), taken(300, 399, 800)]),
        {"tolerance": (100, 1, 1, 200)},
    ),
    "a reduction with two relapses in time, and one later reduction with one": (
        Case(
            {},
            [taken(0, 99, 1000), taken(100, 199, 500), taken(200, 299, 250)],
            [event(110, "relapse"), event(120, "relapse"), event(240, "relapse")],
        ),
        {"relapse_after_reduction": (10, 2, 3, 110)},
    ),
}  # fmt: skip


@cache
def told(engine_name: str) -> dict[str, dict[str, Row]]:
    """Person -> feature -> its row, of all people of ``TOLD`` in one cohort."""
    engine = ENGINES[engine_name]()
    cases = {name: case for name, (case, _) in TOLD.items()}
    found = supersensitivity_features(from_frames(tables(cases), engine), COURSES, "leucht2016_ddd").execute()
    engine.disconnect()
    rows: dict[str, dict[str, Row]] = {}
    for row in found.to_dict("records"):
        rows.setdefault(row["person_id"], {})[row["feature"]] = row
    return rows


def _whole(value: Any) -> float | None:
    return None if value is None or value != value else float(value)


@pytest.mark.parametrize("engine_name", sorted(ENGINES))
@pytest.mark.parametrize("name", TOLD)
def test_what_was_counted_and_when_stands_beside_the_answer(name: str, engine_name: str) -> None:
    epoch = (START - date(1970, 1, 1)).days
    for feature, (value, n, possible, day) in TOLD[name][1].items():
        row = told(engine_name)[name][feature]
        shown = tuple(_whole(row[column]) for column in ("value", "n", "possible"))
        assert shown == (value, n, possible), feature
        assert _whole(row["day"]) == (None if day is None else day + epoch), feature


def test_the_table_shows_each_answer_with_its_threshold_and_where_that_is_from() -> None:
    engine = ENGINES["duckdb"]()
    cases = {"P2": TOLD["one course and a record that ends without a word"][0], "P1": RECORDED["91 days of "
             "treatment are long"]}  # fmt: skip
    found = supersensitivity_features(from_frames(tables(cases), engine), COURSES, "leucht2016_ddd").execute()
    engine.disconnect()
    table = features_frame(found, "en")
    assert list(table["person_id"]) == ["P1"] * 6 + ["P2"] * 6
    assert list(table["feature"][:6]) == [*FEATURES, EPISODE]
    first = table.iloc[0]
    assert (first["answer"], first["value"], first["unit"], first["date"]) == (
        "yes",
        91,
        "days",
        "2020-01-01",
    )
    assert first["threshold"] == ">= 90"
    assert first["evidence"].startswith("days on an antipsychotic on record: 91, from 2020-01-01")
    assert list(table["threshold"][:6]) == [">= 90", ">= 1000", ">= 20", "<= 42", "> 0", ">= 1"]
    assert (table["source"] != "").all()
    dyskinesia_row = table[table["feature"] == "dyskinesia"].iloc[0]
    assert dyskinesia_row["evidence"].startswith("records of dyskinesia: 0 of 0 times")
    assert dyskinesia_row["answer"] == "unknown"
    assert dyskinesia_row["checked"] == "yes"


def test_shares_are_given_by_feature_and_verdict() -> None:
    cases = {
        "P1": RECORDED["91 days of treatment are long"],
        "P2": RECORDED["89 days of treatment are not long"],
    }
    verdicts = pd.DataFrame({
        "person_id": ["P1", "P2"], "definition": "trrip", "verdict": ["resistant", "not_resistant"],
        "clozapine": "not_tried",
    })  # fmt: skip
    results = {"ascertain": StageResult("ascertain", {"verdicts": verdicts})}
    found = supersensitivity.run(from_frames(tables(cases)), results, StudySettings(), None)  # type: ignore[arg-type]
    groups = found.tables["supersensitivity_groups"]
    assert groups.columns.tolist()[:4] == ["feature", "group", "n", "count"]
    assert groups["feature"].drop_duplicates().tolist() == [*FEATURES, EPISODE]
    assert groups.index.tolist() == list(range(18))
    long = groups[groups["feature"] == "long_exposure"].set_index("group")
    assert long[["n", "count"]].values.tolist() == [[2, 1], [1, 1], [1, 0]]
    told = {one.name: one for one in found.findings}
    one = told["supersensitivity.long_exposure.all"]
    assert (one.estimate, one.n, one.note) == (0.5, 2, "0 unknown")
    assert one.low < 0.5 < one.high
    nobody = told["supersensitivity.dyskinesia.all"]
    assert (nobody.estimate, nobody.low, nobody.high, nobody.n, nobody.note) == (
        None,
        None,
        None,
        0,
        "2 unknown",
    )
