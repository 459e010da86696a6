"""The cohort is one frozen object: nothing can be written into it, and it answers for every table."""

from __future__ import annotations

import dataclasses

import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort, SourceFile
from opentrs.cohort.tables import TABLES
from opentrs.errors import UsageError

PEOPLE = [{"person_id": person, "sex": sex} for person, sex in (("a", "F"), ("b", "M"), ("c", "F"))]
EVENTS = [{"person_id": person, "date": "2020-01-01", "kind": "relapse"} for person in ("a", "b", "b", "c")]
SCANS = [{"person_id": person, "lh_insula_mm": 2.5} for person in ("b", "c")]


@pytest.fixture
def cohort(engine) -> Cohort:
    return from_frames({"people": PEOPLE, "events": EVENTS, "cortex": SCANS}, engine, name="north")


def _people_of(cohort: Cohort, table: str) -> list[str]:
    return sorted(cohort.table(table).execute().person_id)


def test_no_field_can_be_written(cohort):
    with pytest.raises(dataclasses.FrozenInstanceError):
        cohort.name = "south"


@pytest.mark.parametrize("group", ["events", "modalities"])
def test_no_table_can_be_put_in_or_taken_out(cohort, group):
    with pytest.raises(TypeError):
        getattr(cohort, group)["ratings"] = cohort.people


def test_the_tables_given_can_change_later_without_changing_the_cohort(engine):
    events = {}
    made = Cohort(people=from_frames({"people": PEOPLE}, engine).people, events=events)
    events["events"] = made.people
    assert made.holds == {"people"}


def test_it_holds_people_events_and_scans(cohort):
    assert cohort.holds == {"people", "events", "cortex"}


@pytest.mark.parametrize(("table", "rows"), [("people", 3), ("events", 4), ("cortex", 2)])
def test_a_table_is_found_wherever_it_is_kept(cohort, table, rows):
    assert cohort.table(table).count().execute() == rows


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_table_it_lacks_comes_back_empty_with_its_columns_and_types(engine, table):
    cohort = from_frames({"people": PEOPLE}, engine)
    if table == "people":
        return
    empty = cohort.table(table)
    assert {name: str(kind) for name, kind in empty.schema().items()} == dict(TABLES[table].ibis_schema)
    assert empty.count().execute() == 0


def test_an_empty_table_joins_with_the_people(cohort):
    joined = cohort.people.left_join(cohort.table("ratings"), "person_id")
    assert joined.count().execute() == 3


def test_a_table_of_no_contract_is_refused_with_the_names_that_are(cohort):
    with pytest.raises(UsageError, match=r"horoscopes.*ratings"):
        cohort.table("horoscopes")


@pytest.mark.parametrize(("wanted", "people", "events"), [
    (["b"], ["b"], ["b", "b"]),
    (["a", "c", "a"], ["a", "c"], ["a", "c"]),
    (["nobody"], [], []),
    ([], [], []),
])  # fmt: skip
def test_only_keeps_these_people_in_every_table(cohort, wanted, people, events):
    part = cohort.only(wanted)
    assert _people_of(part, "people") == people
    assert _people_of(part, "events") == events
    assert _people_of(part, "cortex") == [person for person in people if person != "a"]


def test_only_keeps_the_name_and_leaves_the_cohort_whole(cohort):
    assert cohort.only(["a"]).name == "north"
    assert _people_of(cohort, "people") == ["a", "b", "c"]


def test_a_change_goes_through_every_table(cohort):
    changed = cohort.mapped(lambda table: table.mutate(person_id=table.person_id.upper()))
    for table in ("people", "events", "cortex"):
        assert set(_people_of(changed, table)) <= {"A", "B", "C"}


def test_a_file_that_only_describes_others_has_no_rows():
    described = SourceFile("cohort.toml", "", "0" * 64)
    assert (described.read, described.kept, described.rejected) == (0, 0, 0)
