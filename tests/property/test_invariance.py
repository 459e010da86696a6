"""What must not matter does not: order of rows, a dispensing split in two, somebody else, the database."""

from __future__ import annotations

import math
from datetime import timedelta
from random import Random

import pytest

from opentrs.sources.synthetic import simulate
from tests.property.answers import Answers, differences, engine_answers
from tests.property.nasty import Row, Tables, nasty_people
from tests.support.engines import duckdb_engine, sqlite_engine

PEOPLE = 400


@pytest.fixture(scope="module")
def people() -> Tables:
    return nasty_people(PEOPLE, 2)


@pytest.fixture(scope="module")
def answers(people: Tables) -> Answers:
    return engine_answers(people)


def test_the_order_of_rows_changes_nothing(people: Tables, answers: Answers) -> None:
    random = Random(3)
    shuffled = {name: random.sample(rows, len(rows)) for name, rows in people.items()}

    assert differences(engine_answers(shuffled), answers) == {}


def test_somebody_else_changes_nothing(people: Tables, answers: Answers) -> None:
    others = nasty_people(25, 4)
    joined = {
        name: [*rows, *({**row, "person_id": "x" + row["person_id"]} for row in others[name])]
        for name, rows in people.items()
    }

    found = engine_answers(joined)

    assert differences({person: found[person] for person in answers}, answers) == {}


def test_a_dispensing_split_in_two_changes_nothing() -> None:
    people = nasty_people(PEOPLE, 5)
    split = {
        **people,
        "drug_exposures": [part for row in people["drug_exposures"] for part in halves(row, people)],
    }
    assert len(split["drug_exposures"]) > len(people["drug_exposures"]) + PEOPLE / 4

    assert differences(engine_answers(split), engine_answers(people)) == {}


def halves(row: Row, people: Tables) -> list[Row]:
    """A supply of known drug, length and dose as two: the second starts the day after the first ends.

    Two supplies of which nobody knows the drug may be of two drugs, which one supply cannot.
    """
    days = days_supplied(row)
    if (
        row["drug"] is None
        or row["dose_mg_per_day"] is None
        or days is None
        or days < 2
        or meets_another(row, days, people)
    ):
        return [row]
    first_days = math.ceil(days / 2)
    empty = {"end_date": None, "quantity": None}
    first = {**row, **empty, "days_supply": first_days}
    second_start = row["start_date"] + timedelta(days=first_days)
    return [first, {**row, **empty, "start_date": second_start, "days_supply": days - first_days}]


def days_supplied(row: Row) -> float | None:
    if row["start_date"] is not None and row["end_date"] is not None:
        return (row["end_date"] - row["start_date"]).days + 1
    return row["days_supply"] if row["start_date"] is not None and row["route"] != "lai" else None


def meets_another(row: Row, days: float, people: Tables) -> bool:
    """Does another supply start while this one lasts? Then what replaces what would change."""
    last = row["start_date"] + timedelta(days=days - 1)
    return any(
        other is not row
        and other["person_id"] == row["person_id"]
        and (other["start_date"] is None or row["start_date"] <= other["start_date"] <= last)
        for other in people["drug_exposures"]
    )


def test_two_databases_answer_alike() -> None:
    tables = simulate(300, 7).tables

    on_sqlite = engine_answers(tables, sqlite_engine())

    assert differences(engine_answers(tables, duckdb_engine()), on_sqlite) == {}


def test_two_databases_answer_alike_of_messy_people(people: Tables, answers: Answers) -> None:
    assert differences(engine_answers(people, sqlite_engine()), answers) == {}


def test_the_same_cohort_is_answered_the_same_twice(people: Tables, answers: Answers) -> None:
    assert engine_answers(people) == answers
