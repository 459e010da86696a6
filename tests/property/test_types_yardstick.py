"""The type rule against a second reading of the decision, and what must hold whoever is asked.

People of all variants are asked in one run under different names: with a norm from a file nobody's label
depends on anybody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.sources.synthetic import parameters_with, simulate
from opentrs.subtype.definition import shipped_types
from tests.property.answers import as_rows
from tests.property.filling import renamed, together
from tests.property.nasty import Tables
from tests.property.typed_people import NORM_FRACTIONS, typed_people
from tests.property.yardstick_types import PersonType, read_people
from tests.property.yardstick_types.form import is_blank, ranges
from tests.property.yardstick_types.label import COMPETING, INSTRUMENTS
from tests.property.yardstick_types.person import day_of
from tests.spec.types.answers import Answers, answers_of
from tests.support.engines import sqlite_engine

PEOPLE = 250
SIMULATED = 20
NORM = {key: tuple(float(value) for value in values) for key, values in NORM_FRACTIONS.items()}
VISIT_FIELDS = ("date", "type", "scale", "depression", "depression_basis", "review_type", "flips")
MARGIN_TOLERANCE = 1e-5
LANDMARK = date(2020, 4, 1)


def asked(cohort: Cohort) -> Answers:
    return answers_of(cohort, shipped_types(), NORM)  # type: ignore[arg-type]


def in_words(answers: Answers, prefix: str = "") -> dict[str, dict[str, Any]]:
    """Person -> visits and person as plain values, for the people of one prefix."""
    return {
        person.removeprefix(prefix): {
            "visits": [
                {**{field: visit[field] for field in VISIT_FIELDS}, "margin": rounded(visit["margin"])}
                for visit in answers.visits.get(person, [])
            ],
            "type": row["type"],
            "persistent": row["persistent"],
            "n_visits": row["n_visits"],
        }
        for person, row in answers.persons.items()
        if person.startswith(prefix)
    }


def yardstick_words(people: Mapping[str, PersonType]) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "visits": [
                {
                    "date": "" if day is None else date.fromordinal(day).isoformat(),
                    "type": read.label.type,
                    "scale": read.label.scale,
                    "depression": read.depression,
                    "depression_basis": read.basis,
                    "review_type": read.review_type,
                    "flips": read.flips,
                    "margin": None
                    if read.label.margin_squared is None
                    else rounded(float(read.label.margin_squared) ** 0.5),
                }
                for day, read in sorted(person.visits.items(), key=lambda visit: visit[0] or 0)
            ],
            "type": person.type,
            "persistent": person.persistent,
            "n_visits": len(person.visits),
        }
        for name, person in people.items()
    }


def rounded(value: Any) -> float | None:
    return None if is_blank(value) else round(float(value), 6)


def with_flips_as_sets(people: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    for person in people.values():
        for visit in person["visits"]:
            visit["flips"] = set(filter(None, visit["flips"].split("; ")))
            visit["depression_basis"] = visit["depression_basis"].split(" ")[0]
    return people


def unlike(answered: dict[str, dict[str, Any]], expected: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Each field in which the two differ, in words."""
    for name, person in expected.items():
        mine = answered[name]
        for field in ("type", "persistent", "n_visits"):
            if mine[field] != person[field]:
                yield f"{name}: {field} {mine[field]}, expected {person[field]}"
        for visit, other in zip(mine["visits"], person["visits"], strict=False):
            for field, cell in other.items():
                if not alike(visit[field], cell):
                    yield f"{name} on {other['date']}: {field} {visit[field]}, expected {cell}"


def alike(one: Any, other: Any) -> bool:
    """Equal, or numbers that differ by no more than rounding does."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < MARGIN_TOLERANCE
    return bool(one == other)


def raised(tables: Tables, people: Mapping[str, PersonType]) -> Tables:
    """Everybody's leading domain a point higher on every item that can rise, wherever one leads."""
    rows = []
    for row in tables["ratings"]:
        person = people.get(row["person_id"])
        read = person.visits.get(day_of(row["date"])) if person else None
        item = (row["scale"], row["item"])
        leads = read is not None and read.label.type in COMPETING
        if leads and item in INSTRUMENTS[read.label.scale][read.label.type] and not is_blank(row["value"]):
            row = {**row, "value": min(row["value"] + 1, max(float(ranges()[item][1]), row["value"]))}
        rows.append(row)
    return {**tables, "ratings": rows}


def blanked(tables: Tables, seed: int) -> tuple[Tables, set[str]]:
    """One known competing item blanked at each day of those rated by one rater on one instrument."""
    random = Random(seed)
    days: dict[tuple[str, Any], list[int]] = {}
    for place, row in enumerate(tables["ratings"]):
        days.setdefault((row["person_id"], row["date"]), []).append(place)
    rows = [dict(row) for row in tables["ratings"]]
    spared = set()
    for (person, _), places in days.items():
        competing = {
            name: [place for place in places if _competes(rows[place], name)] for name in INSTRUMENTS
        }
        used = [name for name, found in competing.items() if found]
        if len(used) != 1 or any(rows[place]["rater"] == "B" for place in places):
            spared.add(person)
            continue
        rows[random.choice(competing[used[0]])]["value"] = None
    return {**tables, "ratings": rows}, spared


def _competes(row: Mapping[str, Any], instrument: str) -> bool:
    item = (row["scale"], row["item"])
    return any(item in INSTRUMENTS[instrument][kind] for kind in COMPETING)


@pytest.fixture(scope="module")
def people() -> Tables:
    """250 people drawn near the boundaries and 20 simulated ones with the noise of a retest."""
    made = as_rows(simulate(SIMULATED, 4, parameters=parameters_with(["retest_noise"])).tables)
    kept = [row for row in made["ratings"] if row["scale"] in ("PANSS", "CDSS")]
    simulated = {
        "people": [
            {name: row[name] for name in ("person_id", "diagnosis", "group")} for row in made["people"]
        ],
        "ratings": [{**row, "date": date.fromisoformat(row["date"])} for row in kept],
    }
    return together([typed_people(PEOPLE, 11), simulated])


@pytest.fixture(scope="module")
def yardstick(people: Tables) -> dict[str, PersonType]:
    return read_people(people, NORM_FRACTIONS)


@pytest.fixture(scope="module")
def changed(people: Tables, yardstick: dict[str, PersonType]) -> tuple[Answers, set[str]]:
    """The same people as they are, raised, blanked, and among strangers, in one run."""
    holes, spared = blanked(people, 5)
    variants = [renamed(people, "plain "), renamed(raised(people, yardstick), "raised ")]
    strangers = renamed(typed_people(60, 12), "stranger ")
    tables = together([*variants, renamed(holes, "blanked "), strangers])
    return asked(from_frames(tables)), spared


@pytest.fixture(scope="module")
def alone(people: Tables) -> Answers:
    return asked(from_frames(people))


def test_the_engine_reads_every_visit_and_person_as_the_yardstick_does(
    alone: Answers, yardstick: dict[str, PersonType]
) -> None:
    answered, expected = with_flips_as_sets(in_words(alone)), yardstick_words(yardstick)
    assert answered.keys() == expected.keys()
    assert list(unlike(answered, expected)) == []


def test_the_people_drawn_reach_every_answer(yardstick: dict[str, PersonType]) -> None:
    visits = [read for person in yardstick.values() for read in person.visits.values()]
    seen = {read.label.type for read in visits}
    assert seen == {*COMPETING, "mixed", "none", "unknown"}
    assert {read.depression for read in visits} == {"severe", "moderate", "mild", "none", "unknown"}
    assert {person.persistent for person in yardstick.values()} == {"yes", "no", "unknown"}
    assert {read.label.scale for read in visits} == set(INSTRUMENTS)
    assert sum(read.label.margin_squared is not None for read in visits) > 200


def test_the_order_of_rows_changes_nothing(people: Tables, alone: Answers) -> None:
    random = Random(3)
    shuffled = {name: random.sample(rows, len(rows)) for name, rows in people.items()}

    assert in_words(asked(from_frames(shuffled))) == in_words(alone)


def test_another_database_labels_alike(people: Tables, alone: Answers) -> None:
    assert in_words(asked(from_frames(people, sqlite_engine()))) == in_words(alone)


def test_somebody_else_changes_nothing_where_the_norm_is_fixed(
    changed: tuple[Answers, set[str]], alone: Answers
) -> None:
    assert in_words(changed[0], "plain ") == in_words(alone)


def test_a_leading_domain_that_rises_still_leads(
    changed: tuple[Answers, set[str]], yardstick: dict[str, PersonType]
) -> None:
    compared = 0
    for name, person in in_words(changed[0], "raised ").items():
        reads = sorted(yardstick[name].visits.items(), key=lambda visit: visit[0] or 0)
        for (_, read), visit in zip(reads, person["visits"], strict=True):
            if read.label.type in COMPETING:
                assert visit["type"] == read.label.type
                compared += 1
    assert compared > 200


def test_a_blanked_item_never_adds_or_takes_a_candidate(
    changed: tuple[Answers, set[str]], yardstick: dict[str, PersonType]
) -> None:
    """With a hole a label is what it was, or unknown, or one of several candidates led where another did.

    A domain that was there stays there or becomes unknown, one that was not becomes unknown: a hole changes
    means, nothing else. So `none` becomes unknown, and a lone candidate stays or becomes unknown.
    """
    answers, spared = changed
    compared = {"none": 0, "alone": 0, "several": 0}
    for name, person in in_words(answers, "blanked ").items():
        if name in spared:
            continue
        reads = sorted(yardstick[name].visits.items(), key=lambda visit: visit[0] or 0)
        for (_, read), visit in zip(reads, person["visits"], strict=True):
            before, after = read.label, visit["type"]
            candidates = {kind for kind, domain in before.domains.items() if domain.floor}
            if before.type == "unknown":
                continue
            if not candidates:
                assert after == "unknown"
                compared["none"] += 1
            elif len(candidates) == 1:
                assert after in (before.type, "unknown")
                compared["alone"] += 1
            else:
                assert after in {*candidates, "mixed", "unknown"}
                compared["several"] += 1
    assert min(compared.values()) > 15, compared


def test_the_same_seed_gives_the_same_labels(alone: Answers, people: Tables) -> None:
    again = {name: [dict(row) for row in rows] for name, rows in people.items()}

    assert in_words(asked(from_frames(again))) == in_words(alone)


def test_the_cohort_as_of_a_day_is_labelled_as_if_nothing_had_come_after(people: Tables) -> None:
    dated = [row for row in people["ratings"] if row["date"] is not None]
    persons = [{**row, "observation_end": LANDMARK} for row in people["people"]]
    whole = from_frames({"people": persons, "ratings": dated})
    cut = from_frames({"people": persons, "ratings": [row for row in dated if row["date"] <= LANDMARK]})

    assert in_words(asked(whole.as_of("observation_end"))) == in_words(asked(cut))


def test_a_norm_in_exact_fractions_is_the_norm_of_the_engine() -> None:
    assert all(Fraction(NORM[key][place]) == NORM_FRACTIONS[key][place] for key in NORM for place in range(3))
