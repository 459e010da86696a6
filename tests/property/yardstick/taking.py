"""Was the medicine taken? A1: two sources at 80% or more. A2: a level at or above the lower limit."""

from __future__ import annotations

import math

from tests.property.yardstick import facts
from tests.property.yardstick.courses import Course
from tests.property.yardstick.logic import Answer
from tests.property.yardstick.people import Folder, Row

ENOUGH_PERCENT = 80
PAST_THE_END_DAYS = 30


def lies_within(day: int | None, course: Course) -> Answer:
    """Was it during the course, to 30 days past its end?"""
    if course.start is None:
        return None
    if day is None:
        return None
    if day < course.start or (course.end is not None and day > course.end + PAST_THE_END_DAYS):
        return False
    return None if course.end is None else True


# ------------------------------------------------------------------ A1


def is_adherent(course: Course, folder: Folder) -> Answer:
    return adherence(course, folder)[0]


def adherence(course: Course, folder: Folder) -> tuple[Answer, float | None]:
    """(two sources, each at 80% or more?, the day the second one was on record)."""
    percent = course.given.get("adherence_percent")
    named, number = sources_given(course.given.get("adherence_sources"))
    values: list[float | None] = [percent] if percent is not None or named or number else []
    given_on = math.inf if course.end is None else course.end
    first_day = dict.fromkeys(named, given_on) if percent is not None else {}
    might_be_below = False
    for row in folder.get("adherence", []):
        within = lies_within(row.get("date"), course)
        if within is None:
            might_be_below |= row.get("percent") is None or row["percent"] < ENOUGH_PERCENT
        if not within:
            continue
        values.append(row.get("percent"))
        if row.get("source") is not None and row.get("percent") is not None:
            name = str(row["source"])
            first_day[name] = min(first_day.get(name, math.inf), row["date"])
    if any(value is not None and value < ENOUGH_PERCENT for value in values):
        return False, None
    second = sorted(first_day.values())[1:2]
    if number >= 2 and percent is not None:
        second.append(given_on)
    if not second or None in values or might_be_below:
        return None, None
    return True, min(second)


def sources_given(cell: object) -> tuple[list[str], int]:
    """``patient;carer`` -> two names; ``2`` -> a number of sources without names."""
    if cell is None:
        return [], 0
    words = [part.strip() for part in str(cell).split(";") if part.strip()]
    if len(words) == 1 and words[0].replace(".", "", 1).isdigit():
        return [], int(float(words[0]))
    return sorted(set(words)), 0


# ------------------------------------------------------------------ A2


def level_answer(courses: list[Course], folder: Folder) -> tuple[Answer, float | None]:
    """(one level at or above the lower limit?, the first day there was one)."""
    draws = [
        (row, drawn_during(row, courses), level_is_enough(row)) for row in folder.get("plasma_levels", [])
    ]
    on_days = [
        row["date"] for row, during, enough in draws if during and enough and row.get("date") is not None
    ]
    if any(during and enough for _, during, enough in draws):
        return True, min(on_days, default=math.inf)
    named = [course for course in courses if not course.drug.startswith("?blank")]
    known_low = any(drawn_during(row, named) is not False and enough is False for row, _, enough in draws)
    might_be_enough = any(during is not False and enough is not False for _, during, enough in draws)
    return (False if known_low and not might_be_enough else None), None


def drawn_during(row: Row, courses: list[Course]) -> Answer:
    """Was it drawn during a course of that drug (any date if the course has none)?"""
    drug = None if row.get("drug") is None else facts.resolve(str(row["drug"]))
    if drug is None:
        return None
    if drug == "clozapine" or not facts.is_antipsychotic(drug):
        return False
    answers: list[Answer] = []
    for course in courses:
        if course.drug.startswith("?blank"):
            answers.append(None)  # it may be of this drug
        if course.drug != drug or course.counts is not True:
            continue
        anywhere = course.start is None and row.get("date") is not None
        answers.append(True if anywhere else lies_within(row.get("date"), course))
    if True in answers:
        return True
    return None if None in answers else False


def level_is_enough(row: Row) -> Answer:
    """Unknown for a drug nobody knows: it may be one that counts."""
    drug = None if row.get("drug") is None else facts.resolve(str(row["drug"]))
    if drug is None:
        return None
    return facts.level_is_enough(drug, row.get("level_ng_per_ml"), row.get("metabolite_ng_per_ml"))
