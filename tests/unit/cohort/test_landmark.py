"""What a landmark hides. Each test runs on every engine: leakage must be impossible on all of them."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.cohort.tables import TABLES
from opentrs.errors import UsageError

LANDMARK = date(2020, 6, 15)
BEFORE, AFTER = LANDMARK - timedelta(days=1), LANDMARK + timedelta(days=1)
COLUMN = "first_treatment_date"
DATED = sorted(name for name, spec in TABLES.items() if spec.date)
REQUIRED_TEXT = {"source": "patient", "kind": "relapse"}


@pytest.fixture
def seen(engine):
    """Frames -> the tables of the cohort as of the landmark of person ``cai``."""

    def seen(table: str | None = None, rows=(), **person) -> pd.DataFrame:
        frames = {"people": [{"person_id": "cai", COLUMN: LANDMARK, **person}]}
        if table:
            frames[table] = [{"person_id": "cai", **row} for row in rows]
        cohort = from_frames(frames, engine).as_of(COLUMN)
        return cohort.table(table or "people").execute()

    return seen


def _row(table: str, day: date | None) -> dict[str, object]:
    """A row of a table with every required column filled, on a day."""
    spec = TABLES[table]
    row: dict[str, object] = {
        name: REQUIRED_TEXT.get(name, "x") for name in spec.required if name != "person_id"
    }
    return {**row, spec.date: day}


@pytest.mark.parametrize("table", DATED)
def test_rows_up_to_the_landmark_are_seen_and_later_or_undated_ones_are_not(seen, table):
    rows = [_row(table, day) for day in (BEFORE, LANDMARK, AFTER, None)]
    days = pd.to_datetime(seen(table, rows)[TABLES[table].date]).dt.date
    assert sorted(days) == [BEFORE, LANDMARK]


def test_a_table_without_dates_is_seen_whole(seen):
    assert len(seen("polygenic_scores", [{"score": "scz", "value": 1.0}])) == 1


def test_each_person_has_a_landmark_of_their_own(engine):
    cohort = from_frames(
        {
            "people": [
                {"person_id": "early", COLUMN: BEFORE},
                {"person_id": "late", COLUMN: AFTER},
            ],
            "events": [
                {"person_id": person, "date": LANDMARK, "kind": "relapse"} for person in ("early", "late")
            ],
        },
        engine,
    )
    assert cohort.as_of(COLUMN).table("events").execute().person_id.tolist() == ["late"]


def test_people_without_a_landmark_are_left_out_with_all_their_rows(engine):
    cohort = from_frames(
        {
            "people": [{"person_id": "cai", COLUMN: LANDMARK}, {"person_id": "dan", COLUMN: None}],
            "events": [{"person_id": person, "date": BEFORE, "kind": "relapse"} for person in ("cai", "dan")],
            "polygenic_scores": [
                {"person_id": person, "score": "scz", "value": 1} for person in ("cai", "dan")
            ],
            "cortex": [{"person_id": person, "date": BEFORE} for person in ("cai", "dan")],
        },
        engine,
    )
    seen = cohort.as_of(COLUMN)
    for table in ("people", "events", "polygenic_scores", "cortex"):
        assert seen.table(table).execute().person_id.tolist() == ["cai"], table


def test_rows_of_somebody_who_is_not_among_the_people_are_not_seen(seen, engine):
    cohort = from_frames(
        {
            "people": [{"person_id": "cai", COLUMN: LANDMARK}],
            "events": [{"person_id": "stranger", "date": BEFORE, "kind": "relapse"}],
        },
        engine,
    )
    assert cohort.as_of(COLUMN).table("events").count().execute() == 0


@pytest.mark.parametrize("column", ["death_date", "emigration_date", "illness_onset_date", "birth_date"])
@pytest.mark.parametrize(("day", "visible"), [(BEFORE, True), (LANDMARK, True), (AFTER, False)])
def test_a_death_or_any_date_of_a_person_after_the_landmark_is_hidden(seen, column, day, visible):
    assert bool(seen(**{column: day})[column].notna()[0]) is visible


@pytest.mark.parametrize(
    ("recorded", "shown"), [(BEFORE, BEFORE), (LANDMARK, LANDMARK), (AFTER, LANDMARK), (None, LANDMARK)]
)
def test_the_record_ends_at_the_landmark_unless_it_ended_before(seen, recorded, shown):
    ends = pd.to_datetime(seen(observation_end=recorded).observation_end).dt.date
    assert ends.tolist() == [shown]


def test_the_landmark_itself_stays_visible(seen):
    assert pd.to_datetime(seen()[COLUMN]).dt.date.tolist() == [LANDMARK]


def test_facts_of_a_person_that_have_no_date_stay(seen):
    person = seen(sex="F", diagnosis="F20.0", education_years=12).iloc[0]
    assert (person.sex, person.diagnosis, person.education_years) == ("F", "F20.0", 12)


COURSE = {
    "drug": "olanzapine",
    "dose_mg_per_day": 20,
    "adherence_percent": 90,
    "adherence_sources": "patient;carer",
    "symptom_reduction_percent": 5,
    "stop_reason": "inefficacy",
}
KNOWN_AT_THE_END = [
    "duration_weeks", "adherence_percent", "adherence_sources", "symptom_reduction_percent", "stop_reason",
]  # fmt: skip


def _six_weeks_ending(day: date) -> dict[str, object]:
    return {**COURSE, "duration_weeks": 6, "start_date": day - timedelta(days=41)}


@pytest.mark.parametrize("column", KNOWN_AT_THE_END)
@pytest.mark.parametrize(("last_day", "visible"), [(BEFORE, True), (LANDMARK, True), (AFTER, False)])
def test_how_a_course_went_is_known_on_its_last_day_and_not_before(seen, column, last_day, visible):
    course = seen("treatment_courses", [_six_weeks_ending(last_day)])
    assert bool(course[column].notna()[0]) is visible


def test_a_course_that_runs_at_the_landmark_is_seen_with_its_drug_and_dose(seen):
    course = seen("treatment_courses", [_six_weeks_ending(AFTER)]).iloc[0]
    assert (course.drug, course.dose_mg_per_day) == ("olanzapine", 20)


@pytest.mark.parametrize("column", KNOWN_AT_THE_END)
def test_a_course_of_unknown_length_might_end_later_so_its_outcome_is_hidden(seen, column):
    course = seen("treatment_courses", [{**COURSE, "start_date": BEFORE - timedelta(days=400)}])
    assert course[column].isna()[0]


def test_every_length_in_whole_days_ends_on_its_own_day_whatever_the_weeks_come_to(engine):
    """29 days are 4.142857... weeks, which times seven is a hair more than 29."""
    rows = [
        {
            "person_id": "cai",
            "drug": "olanzapine",
            "start_date": LANDMARK - timedelta(days=days - 1),
            "duration_weeks": days / 7,
            "stop_reason": "choice",
        }
        for days in range(1, 400)
    ]
    cohort = from_frames(
        {"people": [{"person_id": "cai", COLUMN: LANDMARK}], "treatment_courses": rows}, engine
    )
    assert cohort.as_of(COLUMN).table("treatment_courses").execute().stop_reason.notna().all()


@pytest.mark.parametrize(("end", "visible"), [(BEFORE, True), (LANDMARK, True), (AFTER, False)])
def test_the_end_of_a_drug_exposure_is_hidden_until_it_has_come(seen, end, visible):
    exposure = {"drug": "olanzapine", "start_date": BEFORE, "end_date": end, "days_supply": 28}
    row = seen("drug_exposures", [exposure])
    assert bool(row.end_date.notna()[0]) is visible
    assert row.days_supply[0] == 28


@pytest.mark.parametrize(
    ("discharge", "visible"), [(BEFORE, True), (LANDMARK, True), (AFTER, False), (None, False)]
)
def test_discharge_and_its_diagnosis_are_hidden_during_the_stay(seen, discharge, visible):
    stay = {"admission_date": BEFORE, "discharge_date": discharge, "main_diagnosis": "F20.0"}
    row = seen("hospital_stays", [stay])
    assert bool(row.discharge_date.notna()[0]) is visible
    assert bool(row.main_diagnosis.notna()[0]) is visible


def test_scan_tables_keep_their_own_columns(seen):
    scans = seen("cortex", [{"date": BEFORE, "lh_insula_mm": 2.9}, {"date": AFTER, "lh_insula_mm": 2.7}])
    assert scans.lh_insula_mm.tolist() == [2.9]


def test_nothing_dated_after_the_landmark_is_left_in_any_table(engine):
    """The whole rule at once: no date anywhere, in any table, lies after the landmark."""
    frames: dict[str, list[dict[str, object]]] = {"people": [{"person_id": "cai", COLUMN: LANDMARK}]}
    frames["people"][0] |= {
        c.name: AFTER for c in TABLES["people"].columns if c.kind == "date" and c.name != COLUMN
    }
    for name in DATED:
        later = {c.name: AFTER for c in TABLES[name].columns if c.kind == "date"}
        frames[name] = [{"person_id": "cai", **_row(name, None), **later, TABLES[name].date: day}
                        for day in (BEFORE, AFTER)]  # fmt: skip
    cohort = from_frames(frames, engine).as_of(COLUMN)
    for name in cohort.holds:
        table = cohort.table(name).execute()
        for column in TABLES[name].columns:
            if column.kind == "date":
                latest = pd.to_datetime(table[column.name]).max()
                assert not latest > pd.Timestamp(LANDMARK), f"{name}.{column.name}"


def test_looking_again_from_the_same_landmark_hides_nothing_more(engine):
    frames = {
        "people": [{"person_id": "cai", COLUMN: LANDMARK}],
        "events": [{"person_id": "cai", "date": LANDMARK, "kind": "relapse"}],
    }
    once = from_frames(frames, engine).as_of(COLUMN)
    twice = once.as_of(COLUMN)
    for name in once.holds:
        pd.testing.assert_frame_equal(twice.table(name).execute(), once.table(name).execute())


def test_the_cohort_itself_is_not_changed(engine):
    frames = {
        "people": [{"person_id": "cai", COLUMN: LANDMARK}],
        "events": [{"person_id": "cai", "date": AFTER, "kind": "relapse"}],
    }
    cohort = from_frames(frames, engine)
    cohort.as_of(COLUMN)
    assert cohort.table("events").count().execute() == 1


@pytest.mark.parametrize("column", ["no_such_column", "sex", "age_years"])
def test_a_landmark_that_is_no_date_of_people_is_refused(engine, column):
    cohort = from_frames({"people": [{"person_id": "cai"}]}, engine)
    with pytest.raises(UsageError, match=column):
        cohort.as_of(column)


def test_an_own_date_column_can_be_the_landmark(engine):
    cohort = from_frames(
        {"people": [{"person_id": "cai", COLUMN: LANDMARK, "observation_end": AFTER}]}, engine
    )
    own = Cohort(people=cohort.people.mutate(second_failed_date=cohort.people.observation_end))
    seen = own.as_of("second_failed_date").people.execute()
    assert pd.to_datetime(seen[COLUMN]).dt.date.tolist() == [LANDMARK]
