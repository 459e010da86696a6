"""A verdict as of a landmark knows nothing of what came later, whatever it was."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest

from opentrs.cohort.build import from_frames
from tests.property.answers import Answers, answers_of, differences, engine_answers
from tests.property.nasty import Row, Tables, nasty_people

LANDMARK = "emigration_date"
KNOWN_AT_THE_END = (
    "duration_weeks", "adherence_percent", "adherence_sources", "symptom_reduction_percent", "stop_reason",
)  # fmt: skip
WORST = {"value": 7, "dose_mg_per_day": 5000, "level_ng_per_ml": 5000, "percent": 0, "days_supply": 365}


@pytest.fixture(scope="module")
def people() -> Tables:
    """People with a landmark somewhere in the middle of their record."""
    random = Random(21)
    tables = nasty_people(400, 8)
    marked = [
        {**row, LANDMARK: date(2011, 1, 1) + timedelta(days=random.randrange(2500))}
        for row in tables["people"]
    ]
    return {**tables, "people": marked}


@pytest.fixture(scope="module")
def as_of(people: Tables) -> Answers:
    return answers_of(from_frames(people).as_of(LANDMARK))


def test_the_answers_are_those_of_a_cohort_that_ends_at_the_landmark(people: Tables, as_of: Answers) -> None:
    landmarks = {row["person_id"]: row[LANDMARK] for row in people["people"]}
    cut = {
        name: [seen for row in rows if (seen := as_seen(row, landmarks[row["person_id"]], name)) is not None]
        for name, rows in people.items()
    }
    rows = {name: (len(people[name]), len(cut[name])) for name in people if name != "people"}
    assert all(kept < all_rows for all_rows, kept in rows.values()), rows

    assert differences(engine_answers(cut), as_of) == {}


def as_seen(row: Row, landmark: date, table: str) -> Row | None:
    """The row with what was known by the landmark; nothing where it had not happened or has no date."""
    if table == "people":
        later = [column for column, cell in row.items() if isinstance(cell, date) and cell > landmark]
        return {**row, **dict.fromkeys(later), "observation_end": landmark}
    day = row.get("start_date") if "start_date" in row else row.get("date")
    if day is None or day > landmark:
        return None
    hidden: list[str] = []
    if row.get("end_date") is not None and row["end_date"] > landmark:
        hidden.append("end_date")
    if table == "treatment_courses":
        weeks = row["duration_weeks"]
        if weeks is None or day + timedelta(days=math.ceil(weeks * 7) - 1) > landmark:
            hidden += KNOWN_AT_THE_END
    return {**row, **dict.fromkeys(hidden)}


def test_whatever_happens_after_the_landmark_changes_nothing(people: Tables, as_of: Answers) -> None:
    landmarks = {row["person_id"]: row[LANDMARK] for row in people["people"]}

    def spoilt(row: Row) -> Row:
        day = row.get("start_date") if "start_date" in row else row.get("date")
        if day is None or day <= landmarks[row["person_id"]]:
            return row
        return {**row, **{column: worst for column, worst in WORST.items() if row.get(column) is not None}}

    changed = {
        name: rows if name == "people" else [spoilt(row) for row in rows] for name, rows in people.items()
    }
    assert changed != people

    assert differences(answers_of(from_frames(changed).as_of(LANDMARK)), as_of) == {}


def test_the_landmarks_cut_through_records_of_every_verdict(as_of: Answers) -> None:
    verdicts = Counter(answers["verdict"] for answers in as_of.values())

    assert set(verdicts) == {"resistant", "not_resistant", "unknown", "not_applicable"}
