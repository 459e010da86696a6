"""When symptoms and function count: from the second failed course on, before clozapine or during it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tests.property.yardstick.courses import Course
from tests.property.yardstick.logic import Answer, all_of, any_of


@dataclass
class Window:
    """``earliest`` and ``latest``: the second failure was on or after the one, on or before the other."""

    earliest: float
    latest: float
    clozapine: list[Course]
    nobody_knows: list[Course]  # drugs no table knows: they may have been clozapine

    def place(self, day: int | None) -> Answer:
        """Is the day in the window?"""
        if day is None:
            return None
        started = False if day < self.earliest else True if day >= self.latest else None
        return all_of([started, self.clozapine_allows(day)])

    def before_clozapine(self, day: int | None) -> Answer:
        """Can this day show that symptoms are not there? Not if clozapine may be what helped."""
        answers = [before(day, course) for course in self.clozapine]
        return all_of([*answers, *(before(day, course) or None for course in self.nobody_knows)])

    def clozapine_allows(self, day: int) -> Answer:
        """Before clozapine, or during it; after it was stopped no longer."""
        is_before = all_of(before(day, course) for course in self.clozapine)
        return any_of([is_before, *(during(day, course) for course in self.clozapine)])

    def surely(self, days: Iterable[int]) -> list[int]:
        return [day for day in days if self.place(day)]

    def possibly(self, days: Iterable[int]) -> list[int]:
        return [day for day in days if self.place(day) is not False]

    def surely_before_clozapine(self, days: Iterable[int]) -> list[int]:
        return [day for day in self.surely(days) if self.before_clozapine(day)]


def before(day: int | None, course: Course) -> Answer:
    return None if day is None or course.start is None else day < course.start


def during(day: int, course: Course) -> Answer:
    if course.start is None:
        return None
    if course.end is None:
        return None if day >= course.start else False
    return course.start <= day <= course.end


def window_of(
    courses: list[Course], failed: dict[int, Answer], clozapine: list[Course], last_visit: float | None
) -> Window:
    possible = [course for course in courses if failed[id(course)] is not False]
    second = second_day([course for course in courses if failed[id(course)]])
    earliest = second_day(possible, -math.inf)
    recorded = possible if earliest is not None else courses
    latest = max((course.end for course in recorded if course.end is not None), default=-math.inf)
    if any(course.end is None for course in possible):
        # It was on record when the last visit took place, so it lies before that.
        latest = max(latest, math.inf if last_visit is None else last_visit)
    return Window(
        earliest=-math.inf if earliest is None else earliest,
        latest=latest if second is None else second,
        clozapine=clozapine,
        nobody_knows=[course for course in courses if course.counts is None],
    )


def second_day(courses: list[Course], where_unknown: float | None = None) -> float | None:
    """The day the second different drug had a course that ended; None where there were not two."""
    of_drug: dict[str, list[float]] = {}
    for course in courses:
        end = where_unknown if course.end is None else course.end
        if end is not None:
            of_drug.setdefault(course.drug, []).append(end)
    days = sorted(min(ends) for ends in of_drug.values())
    return days[1] if len(days) >= 2 else None
