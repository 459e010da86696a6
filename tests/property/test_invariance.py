"""What must not matter does not: order of rows, a dispensing split in two, somebody else, the database.

People are answered in as few runs as can be: variants of the same people run side by side under other names.
"""

from __future__ import annotations

import math
from datetime import timedelta
from random import Random

import pytest

from opentrs.sources.synthetic import simulate
from tests.property.answers import Answers, as_rows, differences, engine_answers
from tests.property.filling import renamed, together
from tests.property.nasty import Row, Tables, nasty_people
from tests.support.engines import sqlite_engine

PEOPLE = 300
SPLIT = "split "


@pytest.fixture(scope="module")
def people() -> Tables:
    """300 simulated people and 300 messy ones."""
    return together([as_rows(simulate(PEOPLE, 7).tables), nasty_people(PEOPLE, 2)])


@pytest.fixture(scope="module")
def answers(people: Tables) -> Answers:
    return engine_answers(people)


@pytest.fixture(scope="module")
def in_company(people: Tables) -> Answers:
    """The same people among others, and once more with their dispensings split in two."""
    others = renamed(nasty_people(25, 4), "x ")
    split = {
        **people,
        "drug_exposures": [half for row in people["drug_exposures"] for half in halves(row, people)],
    }
    assert len(split["drug_exposures"]) > len(people["drug_exposures"]) + PEOPLE / 4
    return engine_answers(together([people, others, renamed(split, SPLIT)]))


def test_the_order_of_rows_changes_nothing(people: Tables, answers: Answers) -> None:
    random = Random(3)
    shuffled = {name: random.sample(rows, len(rows)) for name, rows in people.items()}

    assert differences(engine_answers(shuffled), answers) == {}


def test_somebody_else_changes_nothing(in_company: Answers, answers: Answers) -> None:
    assert differences({person: in_company[person] for person in answers}, answers) == {}


def test_a_dispensing_split_in_two_changes_nothing(in_company: Answers, answers: Answers) -> None:
    assert differences({person: in_company[SPLIT + person] for person in answers}, answers) == {}


def test_another_database_answers_alike(people: Tables, answers: Answers) -> None:
    assert differences(engine_answers(people, sqlite_engine()), answers) == {}


def test_the_same_seed_gives_the_same_answers(answers: Answers) -> None:
    again = together([as_rows(simulate(PEOPLE, 7).tables), nasty_people(PEOPLE, 2)])

    assert engine_answers(again) == answers


def halves(row: Row, people: Tables) -> list[Row]:
    """A supply of known drug, length and dose as two: the second starts the day after the first ends.

    Two supplies of which nobody knows the drug may be of two drugs, which one supply cannot.
    """
    days = days_supplied(row)
    if days is None or days < 2 or row["drug"] is None or row["dose_mg_per_day"] is None:
        return [row]
    if meets_another(row, days, people):
        return [row]
    first_days = math.ceil(days / 2)
    empty = {"end_date": None, "quantity": None}
    second_start = row["start_date"] + timedelta(days=first_days)
    return [
        {**row, **empty, "days_supply": first_days},
        {**row, **empty, "start_date": second_start, "days_supply": days - first_days},
    ]


def days_supplied(row: Row) -> float | None:
    """How long a messy person's supply lasts; the others write their dates as text and are left alone."""
    if row["start_date"] is None or isinstance(row["start_date"], str) or row["route"] == "lai":
        return None
    if row["end_date"] is not None:
        return (row["end_date"] - row["start_date"]).days + 1
    return row["days_supply"]


def meets_another(row: Row, days: float, people: Tables) -> bool:
    """Does another supply start while this one lasts? Then what replaces what would change."""
    last = row["start_date"] + timedelta(days=days - 1)
    return any(
        other is not row
        and other["person_id"] == row["person_id"]
        and (other["start_date"] is None or row["start_date"] <= other["start_date"] <= last)
        for other in people["drug_exposures"]
    )
