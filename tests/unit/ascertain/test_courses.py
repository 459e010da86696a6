"""Prescriptions, dispensings and injections become courses with a dose and a duration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from ibis.backends import BaseBackend

from opentrs.ascertain import shipped_definition
from opentrs.ascertain.courses import all_courses
from opentrs.cohort.build import from_frames
from opentrs.cohort.days import iso_date

ONE = date(2020, 1, 1)
Row = dict[str, Any]


def day(number: int) -> date:
    return ONE + timedelta(days=number)


def supply(
    first: int, days: float | None = 30, mg: float | None = 20, drug: str | None = "olanzapine", **more: Any
) -> Row:
    return {
        "person_id": "a",
        "drug": drug,
        "start_date": day(first),
        "days_supply": days,
        "dose_mg_per_day": mg,
        **more,
    }


@pytest.fixture
def courses(engine: BaseBackend) -> Callable[..., list[Row]]:
    def built(*exposures: Row, given: tuple[Row, ...] = ()) -> list[Row]:
        frames: dict[str, list[Row]] = {"people": [{"person_id": "a"}], "drug_exposures": list(exposures)}
        if given:
            frames["treatment_courses"] = [{"person_id": "a", **row} for row in given]
        rules = shipped_definition("trrip").courses
        found = all_courses(from_frames(frames, engine), rules, "leucht2016_ddd").execute()
        found = found.sort_values("course_id").astype(object).where(found.notna(), None)
        rows: list[Row] = found.to_dict("records")
        for row in rows:
            row["days"] = (row["duration_days_low"], row["duration_days_high"])
            row["span"] = (iso_date(row["start_day"]), iso_date(row["end_day"]))
        return rows

    return built


def words(value: Any) -> str:
    return "unknown" if value is None or pd.isna(value) else ("yes" if value else "no")


def test_supplies_with_gaps_up_to_thirty_days_are_one_course(courses: Callable[..., list[Row]]) -> None:
    (one,) = courses(supply(0), supply(60))
    assert one["days"] == (90, 90)
    assert one["span"] == ("2020-01-01", "2020-03-30")
    assert one["days_covered_percent"] == pytest.approx(100 * 60 / 90)
    two = courses(supply(0), supply(61))
    assert [row["days"] for row in two] == [(30, 30), (30, 30)]
    assert [row["course_id"] for row in two] == [0, 1]


def test_a_part_of_a_day_is_a_day(courses: Callable[..., list[Row]]) -> None:
    (one,) = courses(supply(0, days=41.2))
    assert one["days"] == (42, 42)
    assert words(one["duration_adequate"]) == "yes"


def test_an_injection_lasts_until_the_next_is_due(courses: Callable[..., list[Row]]) -> None:
    depot = {
        "route": "lai",
        "strength_mg": 150,
        "interval_days": 28,
        "days_supply": None,
        "dose_mg_per_day": None,
    }
    (one,) = courses({**supply(0, drug="haloperidol"), **depot}, {**supply(28, drug="haloperidol"), **depot})
    assert one["days"] == (0, 0)  # 5.4 mg a day is 487 mg of chlorpromazine in this key
    assert one["dose_mg_per_day"] == pytest.approx(150 / 28)
    assert one["span"] == ("2020-01-01", "2020-02-25")
    assert words(one["is_lai"]) == "yes"
    (two,) = courses({**supply(0, drug="haloperidol"), **depot, "strength_mg": 200, "interval_days": 27.5})
    assert two["days"] == (28, 28)


def test_an_interval_says_nothing_of_tablets(courses: Callable[..., list[Row]]) -> None:
    (one,) = courses(supply(0, days=None, interval_days=60))
    assert one["days"] == (1, None)
    assert words(one["is_open_ended"]) == "yes"


def test_the_end_written_down_comes_before_the_supply(courses: Callable[..., list[Row]]) -> None:
    (one,) = courses(supply(0, days=90, end_date=day(40)))
    assert one["days"] == (41, 41)
    assert words(one["duration_adequate"]) == "no"
    assert words(one["is_open_ended"]) == "no"


def test_a_later_supply_takes_over_from_its_first_day(courses: Callable[..., list[Row]]) -> None:
    (one,) = courses(supply(0, days=60, mg=20), supply(30, days=10, mg=5))
    assert one["days"] == (30, 30)
    assert one["span"][1] == "2020-02-09"
    assert one["dose_mg_per_day"] == 20


def test_a_low_dose_between_breaks_the_run(courses: Callable[..., list[Row]]) -> None:
    (one,) = courses(supply(0), supply(30, mg=5), supply(60, days=40))
    assert one["days"] == (40, 40)
    assert words(one["dose_adequate"]) == "yes"


def test_an_unknown_dose_between_leaves_the_run_open(courses: Callable[..., list[Row]]) -> None:
    (one,) = courses(supply(0), supply(30, mg=None), supply(60))
    assert one["days"] == (30, 90)
    assert words(one["duration_adequate"]) == "unknown"


def test_an_unknown_end_breaks_what_is_proven_and_opens_what_is_possible(
    courses: Callable[..., list[Row]],
) -> None:
    first, second = courses(supply(0, days=None), supply(40))
    assert first["days"] == (1, None)
    assert second["days"] == (30, 30)
    (one,) = courses(supply(0, days=None), supply(20, days=45))
    assert one["days"] == (45, None)
    assert words(one["duration_adequate"]) == "yes"


def test_an_unknown_end_leaves_what_is_possible_open_also_before_a_low_dose(
    courses: Callable[..., list[Row]],
) -> None:
    (one,) = courses(supply(0, days=None), supply(20, mg=5), supply(50, days=30))
    assert one["days"] == (30, None)


def test_doses_that_start_the_same_day_add_up(courses: Callable[..., list[Row]]) -> None:
    (one,) = courses(supply(0, mg=15), supply(0, mg=5))
    assert one["dose_mg_per_day"] == 20
    assert one["days"] == (30, 30)
    (partly,) = courses(supply(0, mg=15), supply(0, mg=None))
    assert (partly["days"], words(partly["dose_adequate"])) == (
        (30, 30),
        "yes",
    )  # 15 mg is above the midpoint
    assert (partly["dose_mg_per_day"], partly["dose_cpz_mg_per_day"]) == (None, None)
    (low,) = courses(supply(0, mg=10), supply(0, mg=None))
    assert (low["days"], words(low["dose_adequate"])) == ((0, 30), "unknown")


def test_the_dose_of_a_course_is_that_of_its_longest_adequate_run(courses: Callable[..., list[Row]]) -> None:
    (one,) = courses(supply(0, days=10, mg=5), supply(10, days=10, mg=20), supply(20, days=20, mg=14))
    assert one["dose_mg_per_day"] == pytest.approx((10 * 20 + 20 * 14) / 30)
    (low,) = courses(supply(0, days=10, mg=5), supply(10, days=30, mg=9))
    assert low["dose_mg_per_day"] == pytest.approx((10 * 5 + 30 * 9) / 40)
    assert low["days"] == (0, 0)
    assert words(low["dose_adequate"]) == "no"


def test_a_supply_without_a_first_day_was_given_nobody_knows_when(courses: Callable[..., list[Row]]) -> None:
    (one,) = courses({**supply(0, days=50), "start_date": None})
    assert (one["span"], one["days"]) == (("", ""), (50, None))
    assert words(one["duration_adequate"]) == "yes"
    assert (words(one["is_lai"]), words(one["is_open_ended"])) == ("no", "yes")
    (nothing,) = courses({**supply(0, days=None), "start_date": None})
    assert nothing["days"] == (0, None)
    (low,) = courses({**supply(0, days=50, mg=5), "start_date": None})
    assert (low["days"], words(low["duration_adequate"])) == ((0, 0), "no")


def test_rows_without_a_drug_are_courses_of_their_own(courses: Callable[..., list[Row]]) -> None:
    rows = courses(supply(0, drug=None), supply(30, drug=None), given=({"drug": None, "duration_weeks": 6},))
    assert len({row["drug_key"] for row in rows}) == 3
    assert all(row["is_antipsychotic"] is None for row in rows)
    assert [row["duration_days_high"] for row in rows if row["origin"] == "exposures"] == [None, None]


def test_only_what_is_or_may_be_an_antipsychotic_is_a_course(courses: Callable[..., list[Row]]) -> None:
    rows = courses(
        supply(0), supply(0, drug="lithium"), supply(0, drug="citalopram"), supply(0, drug="mysterine")
    )
    assert {row["drug_key"] for row in rows} == {"olanzapine", "unknown:mysterine"}


def test_a_course_given_by_a_clinician_ends_on_its_last_day(courses: Callable[..., list[Row]]) -> None:
    given = {
        "drug": "Zyprexa",
        "start_date": ONE,
        "duration_weeks": 6,
        "dose_mg_per_day": 20,
        "route": "oral",
    }
    (one,) = courses(given=(given,))
    assert (one["span"], one["days"], one["drug_key"]) == (
        ("2020-01-01", "2020-02-11"),
        (42, 42),
        "olanzapine",
    )
    (half,) = courses(given=({**given, "duration_weeks": 0.5},))
    assert half["span"] == ("2020-01-01", "2020-01-04")
    (none,) = courses(given=({**given, "duration_weeks": 0},))
    assert none["span"] == ("2020-01-01", "2020-01-01")
    (open_ended,) = courses(given=({**given, "duration_weeks": None},))
    assert open_ended["span"] == ("2020-01-01", "")
    assert words(open_ended["is_open_ended"]) == "yes"


def test_weeks_that_are_a_number_of_days_come_back_as_those_days(courses: Callable[..., list[Row]]) -> None:
    (one,) = courses(given=({"drug": "olanzapine", "start_date": ONE, "duration_weeks": 122 / 7},))
    assert one["span_days"] == 122
    assert one["span"] == ("2020-01-01", "2020-05-01")
