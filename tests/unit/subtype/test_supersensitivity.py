"""Features of dopamine supersensitivity, to either side of each threshold, on both engines."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from ibis.backends import BaseBackend

from opentrs.ascertain import shipped_definition
from opentrs.ascertain.frames import answer_word
from opentrs.cohort.build import from_frames
from opentrs.stats.compare import Comparison
from opentrs.subtype.supersensitivity import EPISODE, FEATURES, shipped_rules, supersensitivity_features

START = date(2020, 1, 1)
COURSES = shipped_definition("trrip").courses


def person(**columns: Any) -> dict[str, Any]:
    known = {"person_id": "P1", "diagnosis": "F20.0", "history_complete": "yes",
             "observation_start": "2019-01-01", "observation_end": "2025-01-01"}  # fmt: skip
    return known | columns


def taken(first: int, last: int, dose: float | None = 400, **columns: Any) -> dict[str, Any]:
    """Chlorpromazine, whose dose in equivalents is its own, from one day to another."""
    return {
        "person_id": "P1", "drug": "chlorpromazine", "route": "oral", "dose_mg_per_day": dose,
        "start_date": START + timedelta(first), "end_date": START + timedelta(last),
    } | columns  # fmt: skip


def event(day: int, kind: str, value: float | None = None) -> dict[str, Any]:
    return {"person_id": "P1", "date": START + timedelta(day), "kind": kind, "value": value}


def answers(engine: BaseBackend, exposures: list[dict[str, Any]], **tables: Any) -> dict[str, str]:
    frames = {"people": [person()], "drug_exposures": exposures} | tables
    found = supersensitivity_features(from_frames(frames, engine), COURSES, "leucht2016_ddd").execute()
    found = found[found["person_id"] == "P1"]
    assert sorted(found["feature"]) == sorted((*FEATURES, EPISODE))
    return {row["feature"]: answer_word(row["answer"]) for row in found.to_dict("records")}


@pytest.mark.parametrize(("days", "expected"), [(89, "no"), (90, "yes"), (91, "yes")])
def test_ninety_days_of_treatment_are_long(engine: BaseBackend, days: int, expected: str) -> None:
    assert answers(engine, [taken(0, days - 1)])["long_exposure"] == expected


@pytest.mark.parametrize(("dose", "expected"), [(999, "no"), (1000, "yes"), (None, "unknown")])
def test_a_thousand_milligrams_are_high_and_an_unknown_dose_is_unknown(
    engine: BaseBackend, dose: float | None, expected: str
) -> None:
    assert answers(engine, [taken(0, 99, dose)])["high_dose"] == expected


def test_doses_of_two_drugs_add_up(engine: BaseBackend) -> None:
    other = taken(10, 50, 300, drug="haloperidol")
    assert answers(engine, [taken(0, 99, 300)])["high_dose"] == "no"
    assert answers(engine, [taken(0, 99, 300), other])["high_dose"] == "yes"


@pytest.mark.parametrize("table", ["people", "treatment_courses", "unknown drug"])
def test_what_is_not_all_on_record_is_unknown_and_never_no(engine: BaseBackend, table: str) -> None:
    """An incomplete history, a course summed up elsewhere, a drug nobody knows."""
    exposures, more = [taken(0, 29)], {}
    if table == "people":
        more = {"people": [person(history_complete="no")]}
    elif table == "treatment_courses":
        more = {"treatment_courses": [{"person_id": "P1", "drug": "olanzapine"}]}
    else:
        exposures.append(taken(40, 60, drug="a drug nobody knows"))
    found = answers(engine, exposures, **more)
    assert found["long_exposure"] == found["high_dose"] == "unknown"
    assert answers(engine, [taken(0, 29)])["long_exposure"] == "no"


@pytest.mark.parametrize(("dose", "expected"), [(479, "no"), (480, "yes")])
def test_a_rise_by_a_fifth_after_three_months_is_a_sign_of_tolerance(
    engine: BaseBackend, dose: float, expected: str
) -> None:
    assert answers(engine, [taken(0, 89), taken(90, 150, dose)])["tolerance"] == expected


@pytest.mark.parametrize(("first", "expected"), [(89, "no"), (90, "yes")])
def test_a_rise_in_the_first_months_is_finding_the_dose(
    engine: BaseBackend, first: int, expected: str
) -> None:
    assert answers(engine, [taken(0, first - 1), taken(first, 200, 800)])["tolerance"] == expected


@pytest.mark.parametrize(("days", "expected"), [(27, "no"), (28, "yes")])
def test_a_raised_dose_counts_when_it_was_held_four_weeks(
    engine: BaseBackend, days: int, expected: str
) -> None:
    exposures = [taken(0, 99), taken(100, 99 + days, 800), taken(100 + days, 250)]
    assert answers(engine, exposures)["tolerance"] == expected


def test_a_refill_at_the_same_dose_is_no_step(engine: BaseBackend) -> None:
    """Held for twenty days and twenty more is held for forty."""
    exposures = [taken(0, 99), taken(100, 119, 800), taken(120, 139, 800), taken(140, 200, 800)]
    assert answers(engine, exposures)["tolerance"] == "yes"


def test_overlapping_two_drugs_for_a_week_is_no_tolerance(engine: BaseBackend) -> None:
    other = taken(100, 200, 5.333333, drug="haloperidol")
    assert answers(engine, [taken(0, 106), other])["tolerance"] == "no"


@pytest.mark.parametrize(("wait", "expected"), [(0, "no"), (1, "yes"), (42, "yes"), (43, "no")])
def test_six_weeks_after_an_oral_drug_was_stopped_a_relapse_counts(
    engine: BaseBackend, wait: int, expected: str
) -> None:
    """The first day without the drug is the day of the stop; a relapse on it came before."""
    found = answers(engine, [taken(0, 99)], events=[event(100 + wait, "relapse")])
    assert found["relapse_after_reduction"] == expected


@pytest.mark.parametrize(("wait", "expected"), [(84, "yes"), (85, "no")])
def test_twelve_weeks_after_a_depot_ended_a_relapse_counts(
    engine: BaseBackend, wait: int, expected: str
) -> None:
    depot = taken(0, 99, 10, drug="haloperidol", route="lai", interval_days=28)
    found = answers(engine, [depot], events=[event(100 + wait, "Relapse ")])
    assert found["relapse_after_reduction"] == expected


@pytest.mark.parametrize(("dose", "expected"), [(321, "unknown"), (320, "yes")])
def test_a_fifth_less_is_a_reduction(engine: BaseBackend, dose: float, expected: str) -> None:
    """With nothing lowered there was no moment at which a rebound could show."""
    exposures = [taken(0, 99), taken(100, 2000, dose)]
    assert answers(engine, exposures, events=[event(120, "relapse")])["relapse_after_reduction"] == expected


@pytest.mark.parametrize(("days", "expected"), [(89, "unknown"), (90, "yes")])
def test_a_stop_counts_after_three_months_of_treatment(engine: BaseBackend, days: int, expected: str) -> None:
    found = answers(engine, [taken(0, days - 1)], events=[event(days + 5, "relapse")])
    assert found["relapse_after_reduction"] == expected


def test_an_unwatched_stop_is_unknown_and_a_record_without_relapses_says_nothing(engine: BaseBackend) -> None:
    late = [event(900, "relapse")]
    to_the_day, short = (START + timedelta(142), START + timedelta(141))
    watched = answers(engine, [taken(0, 99)], events=late, people=[person(observation_end=to_the_day)])
    assert watched["relapse_after_reduction"] == "no"
    unwatched = answers(engine, [taken(0, 99)], events=late, people=[person(observation_end=short)])
    assert unwatched["relapse_after_reduction"] == "unknown"
    assert answers(engine, [taken(0, 99)])["relapse_after_reduction"] == "unknown"


def test_an_admission_for_psychosis_is_a_relapse_and_another_is_not(engine: BaseBackend) -> None:
    def stay(diagnosis: str) -> dict[str, Any]:
        row = {"person_id": "P1", "admission_date": START + timedelta(110), "main_diagnosis": diagnosis}
        return {"hospital_stays": [row], "events": [event(900, "relapse")]}

    assert answers(engine, [taken(0, 99)], **stay("F20.0"))["relapse_after_reduction"] == "yes"
    assert answers(engine, [taken(0, 99)], **stay("K35.8"))["relapse_after_reduction"] == "no"


@pytest.mark.parametrize(("gap", "expected"), [(30, "unknown"), (31, "yes")])
def test_a_late_refill_is_no_stop(engine: BaseBackend, gap: int, expected: str) -> None:
    exposures = [taken(0, 99), taken(100 + gap, 2000)]
    found = answers(engine, exposures, events=[event(105, "relapse")])
    assert found["relapse_after_reduction"] == expected


def test_the_end_of_a_prescription_nobody_dated_is_no_stop(engine: BaseBackend) -> None:
    found = answers(engine, [taken(0, 99, end_date=None)], events=[event(105, "relapse")])
    assert found["relapse_after_reduction"] == "unknown"
    assert found["long_exposure"] == "unknown"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], "unknown"),
        ([event(5, "dyskinesia")], "yes"),
        ([event(5, "tardive dyskinesia", 2)], "yes"),
        ([event(5, "dyskinesia", 0)], "no"),
        ([event(5, "dyskinesia", 0), event(9, "dyskinesia", 1)], "yes"),
        ([event(5, "relapse")], "unknown"),
    ],
)
def test_dyskinesia_is_absent_only_where_it_was_looked_for(
    engine: BaseBackend, events: list[dict[str, Any]], expected: str
) -> None:
    assert answers(engine, [taken(0, 99)], events=events)["dyskinesia"] == expected


@pytest.mark.parametrize(
    ("days", "events", "expected"),
    [
        (89, [event(5, "dyskinesia")], "no"),
        (90, [event(5, "dyskinesia")], "yes"),
        (90, [event(5, "dyskinesia", 0), event(900, "relapse")], "no"),
        (90, [event(900, "relapse")], "unknown"),
    ],
)
def test_an_episode_is_any_sign_after_long_treatment_in_three_valued_logic(
    engine: BaseBackend, days: int, events: list[dict[str, Any]], expected: str
) -> None:
    assert answers(engine, [taken(0, days - 1)], events=events)[EPISODE] == expected


def test_people_outside_the_spectrum_are_not_asked(engine: BaseBackend) -> None:
    frames = {"people": [person(), person(person_id="C1", diagnosis=None, group="control")],
              "drug_exposures": [taken(0, 99)]}  # fmt: skip
    found = supersensitivity_features(from_frames(frames, engine), COURSES, "leucht2016_ddd").execute()
    assert set(found["person_id"]) == {"P1"}


def test_other_thresholds_can_be_given(engine: BaseBackend) -> None:
    cohort = from_frames({"people": [person()], "drug_exposures": [taken(0, 49)]}, engine)
    rules = shipped_rules() | {"days_treated": Comparison(">=", 50)}
    found = supersensitivity_features(cohort, COURSES, "leucht2016_ddd", rules).execute()
    row = found[found["feature"] == "long_exposure"].iloc[0]
    assert answer_word(row["answer"]) == "yes"
    assert row["value"] == 50
