"""The total dose from day to day: every stretch with its dose, its drugs and what came before it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from ibis.backends import BaseBackend

from opentrs.ascertain import shipped_definition
from opentrs.cohort.build import from_frames
from opentrs.cohort.days import day_number
from opentrs.subtype.dose_timeline import dose_segments

START = date(2020, 1, 1)
COURSES = shipped_definition("trrip").courses
Row = dict[str, Any]


def taken(first: int, last: int | None, dose: float | None = 400, **columns: Any) -> Row:
    """Chlorpromazine, whose dose in equivalents is its own, from one day to another."""
    end = None if last is None else START + timedelta(last)
    return {
        "person_id": "P1", "drug": "chlorpromazine", "route": "oral", "dose_mg_per_day": dose,
        "start_date": START + timedelta(first), "end_date": end,
    } | columns  # fmt: skip


def segments(engine: BaseBackend, *exposures: Row) -> list[tuple[Any, ...]]:
    """first day, first day of the next stretch, drugs, dose, whether a depot ended, dose and drugs before."""
    people = [{"person_id": "P1", "diagnosis": "F20.0", "observation_start": START}]
    cohort = from_frames({"people": people, "drug_exposures": list(exposures)}, engine)
    origin = cohort.people.select(day=day_number(cohort.people.observation_start)).execute()["day"][0]
    found = dose_segments(cohort, COURSES, "leucht2016_ddd").order_by("start_day").execute()
    return [
        (
            int(row["start_day"] - origin),
            _plain(row["next_day"], -origin),
            int(row["n_drugs"]),
            _plain(row["dose_cpz_mg_per_day"]),
            bool(row["depot_ended"]),
            _plain(row["dose_before"]),
            int(row["n_before"]),
        )
        for row in found.to_dict("records")
    ]


def _plain(value: Any, plus: int = 0) -> float | None:
    return None if value is None or value != value else float(value) + plus


def test_a_course_is_a_stretch_at_its_dose_and_one_without_drugs_after_it(engine):
    assert segments(engine, taken(0, 99)) == [
        (0, 100, 1, 400, False, None, 0),
        (100, None, 0, 0, False, 400, 1),
    ]


def test_two_drugs_at_once_add_up_and_are_counted(engine):
    found = segments(engine, taken(0, 99, 300), taken(10, 50, drug="levomepromazine", dose_mg_per_day=None))
    assert [(row[0], row[2]) for row in found] == [(0, 1), (10, 2), (51, 1), (100, 0)]
    assert [row[3] for row in found] == [300, None, 300, 0]
    assert [row[5] for row in found] == [None, 300, None, 300]


def test_overlapping_rows_of_one_drug_at_known_doses_add_up(engine):
    haloperidol = {"drug": "haloperidol", "dose_mg_per_day": 8}
    found = segments(engine, taken(0, 99, 300), taken(10, 50, **haloperidol))
    assert [row[3] for row in found] == pytest.approx([300, 600, 300, 0])
    assert [row[6] for row in found] == [0, 1, 2, 1]


@pytest.mark.parametrize(("next_first", "stretches"), [(100, 3), (130, 3), (131, 4)])
def test_a_late_refill_is_bridged_up_to_thirty_days(engine, next_first, stretches):
    found = segments(engine, taken(0, 99), taken(next_first, 200))
    assert len(found) == stretches
    assert [row[0] for row in found][-2:] == ([next_first, 201])
    assert [row[3] for row in found][:2] == ([400, 400] if stretches == 3 else [400, 0])


def test_another_drug_bridges_nothing(engine):
    found = segments(engine, taken(0, 99), taken(110, 200, 8, drug="haloperidol"))
    assert [(row[0], row[2]) for row in found] == [(0, 1), (100, 0), (110, 1), (201, 0)]


def test_a_prescription_nobody_ended_goes_on_until_nobody_knows_when(engine):
    assert segments(engine, taken(0, None)) == [(0, None, 1, 400, False, None, 0)]


def test_a_prescription_nobody_ended_lasts_to_the_next_row_of_its_drug(engine):
    found = segments(engine, taken(0, None), taken(200, 299, 600))
    assert [(row[0], row[3], row[2]) for row in found] == [(0, 400, 1), (200, 600, 1), (300, 0, 0)]


def test_only_the_end_of_a_depot_is_one(engine):
    depot = {"drug": "haloperidol", "route": "lai", "interval_days": 28}
    found = segments(engine, taken(0, 99, 10, **depot), taken(0, 49))
    assert [(row[0], row[4]) for row in found if row[4]] == [(100, True)]
    assert [row[0] for row in found] == [0, 50, 100]


def test_a_depot_that_ends_on_the_day_before_another_drug_begins_has_ended(engine):
    depot = {"drug": "haloperidol", "route": "lai", "interval_days": 28}
    found = segments(engine, taken(0, 99, 10, **depot), taken(100, 149))
    assert [(row[0], row[4]) for row in found] == [(0, False), (100, True), (150, False)]


@pytest.mark.parametrize("drug", ["sertraline", "a powder nobody named"])
def test_a_drug_that_is_no_antipsychotic_or_not_known_counts_for_nothing(engine, drug):
    assert segments(engine, taken(0, 99), taken(20, 50, drug=drug)) == segments(engine, taken(0, 99))
