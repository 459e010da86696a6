"""Dates as day numbers, alike on every engine."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.days import day_number, iso_date, settle

DAYS = [date(1899, 12, 31), date(1969, 12, 31), date(1970, 1, 1), date(2000, 2, 29), date(2024, 12, 31)]


def _births(engine, days):
    people = [{"person_id": str(index), "birth_date": day} for index, day in enumerate(days)]
    return from_frames({"people": people}, engine).people


def test_a_day_number_counts_days_since_1970(engine):
    people = _births(engine, DAYS)
    numbers = people.select("person_id", day=day_number(people.birth_date)).order_by("person_id").execute()
    assert numbers.day.tolist() == [(day - date(1970, 1, 1)).days for day in DAYS]


def test_an_unknown_date_has_no_day_number(engine):
    people = _births(engine, [None])
    assert people.select(day=day_number(people.birth_date)).execute().day.isna().all()


def test_neighbouring_days_differ_by_one_across_leap_days_and_centuries(engine):
    days = [
        start + timedelta(days=step) for start in (date(1900, 2, 27), date(2024, 2, 27)) for step in range(4)
    ]
    people = _births(engine, days)
    numbers = people.select("person_id", day=day_number(people.birth_date)).order_by("person_id").execute()
    assert numbers.day.diff().dropna().tolist()[:3] == [1, 1, 1]
    assert numbers.day.diff().dropna().tolist()[4:] == [1, 1, 1]


@pytest.mark.parametrize("day", DAYS)
def test_a_day_number_reads_back_as_its_date(day):
    assert iso_date((day - date(1970, 1, 1)).days) == day.isoformat()


@pytest.mark.parametrize("unknown", [None, float("nan")])
def test_an_unknown_day_reads_as_an_empty_text(unknown):
    assert iso_date(unknown) == ""


def test_a_settled_table_no_longer_follows_the_table_it_came_from(engine):
    source = engine.create_table("numbers", ibis.memtable({"n": [1, 2]}), temp=True)
    settled = settle(source.filter(source.n > 1))
    engine.drop_table("numbers")
    assert settled.execute().n.tolist() == [2]


def test_tables_settled_one_after_the_other_do_not_overwrite_each_other(engine):
    source = engine.create_table("numbers", ibis.memtable({"n": [1, 2]}), temp=True)
    first, second = settle(source.filter(source.n == 1)), settle(source.filter(source.n == 2))
    assert (first.execute().n.tolist(), second.execute().n.tolist()) == ([1], [2])
