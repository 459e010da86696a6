"""Clozapine: tried or not, adequate or not, answered by the illness or not."""

from __future__ import annotations

from tests.property.yardstick import facts
from tests.property.yardstick.courses import Course, courses_of
from tests.property.yardstick.logic import Answer, all_of
from tests.property.yardstick.people import Folder, Row
from tests.property.yardstick.response import not_responding
from tests.property.yardstick.scores import Ratings
from tests.property.yardstick.taking import lies_within

THREE_MONTHS = 84
ENOUGH_NG_PER_ML = 350
ENOUGH_MG_PER_DAY = 500


def status(folder: Folder, ratings: Ratings, history_is_complete: bool) -> str:
    courses = [course for course in courses_of(folder) if course.is_clozapine]
    if not courses:
        if any(course.counts is None for course in courses_of(folder)):
            return "unknown"
        return "not_tried" if history_is_complete else "unknown"
    responses = [(course, not_responding(course, ratings)) for course in courses]
    if any(answer is False for _, answer in responses):
        return "responsive"
    if any(all_of([answer, is_adequate(course, folder)]) for course, answer in responses):
        return "resistant"
    return "unknown"


def is_adequate(course: Course, folder: Folder) -> Answer:
    long_enough = None if course.whole_days is None else course.whole_days >= THREE_MONTHS
    return all_of([long_enough, strong_enough(course, folder)])


def strong_enough(course: Course, folder: Folder) -> Answer:
    """Two levels of 350 ng/mL or more; without any level, 500 mg/day or more."""
    draws = [
        (drawn_during(row, course), row.get("level_ng_per_ml")) for row in folder.get("plasma_levels", [])
    ]
    draws = [(during, level) for during, level in draws if during is not False]
    if not draws:
        return None if course.dose_mg is None else course.dose_mg >= ENOUGH_MG_PER_DAY
    if (
        sum(during is True and level is not None and level >= ENOUGH_NG_PER_ML for during, level in draws)
        >= 2
    ):
        return True
    all_low = all(level is not None and level < ENOUGH_NG_PER_ML for _, level in draws)
    return False if all_low and any(during for during, _ in draws) else None


def drawn_during(row: Row, course: Course) -> Answer:
    if row.get("drug") is None or facts.resolve(str(row["drug"])) != "clozapine":
        return False
    if course.start is None and row.get("date") is not None:
        return True
    return lies_within(row.get("date"), course)
