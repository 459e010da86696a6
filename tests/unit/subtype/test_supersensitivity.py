"""Features of dopamine supersensitivity, to either side of each threshold, on both engines.

Nobody's answers depend on anybody else, but for one thing: a cohort without a single relapse does not record
relapses. So everybody below is asked in one of two cohorts, once per engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from ibis.backends import BaseBackend

from opentrs.ascertain import shipped_definition
from opentrs.ascertain.frames import answer_word
from opentrs.cohort.build import from_frames
from opentrs.stats.compare import Comparison
from opentrs.subtype.supersensitivity import EPISODE, FEATURES, shipped_rules, supersensitivity_features
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
