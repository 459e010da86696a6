"""When symptoms and function count: from the second failed course on, before clozapine or during it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tests.property.yardstick.courses import Course
from tests.property.yardstick.logic import Answer, all_of


@dataclass
class Window:
    """``earliest`` and ``latest``: the second failure was on or after the one, on or before the other."""

    earliest: float
    latest: float
    clozapine: list[Course]

    def place(self, day: int | None) -> Answer:
        """Is the day in the window?"""
        if day is None:
            return None
        started = False if day < self.earliest else True if day >= self.latest else None
        return all_of([started, self.clozapine_allows(day)])

    def before_clozapine(self, day: int | None) -> Answer:
        if not self.clozapine:
            return True
        if day is None or any(course.start is None for course in self.clozapine):
            return None
        return day < min(course.start for course in self.clozapine)

    def clozapine_allows(self, day: int) -> Answer:
        """Before clozapine, or during it; after it was stopped no longer."""
        before = self.before_clozapine(day)
        if before is not False:
            return before
        reaches = [course for course in self.clozapine if course.start <= day <= course.latest_end]
        if any(course.end is not None for course in reaches):
            return True
        return None if reaches else False

    def surely(self, days: Iterable[int]) -> list[int]:
        return [day for day in days if self.place(day)]

    def possibly(self, days: Iterable[int]) -> list[int]:
        return [day for day in days if self.place(day) is not False]

    def surely_before_clozapine(self, days: Iterable[int]) -> list[int]:
        return [day for day in self.surely(days) if self.before_clozapine(day)]


def window_of(courses: list[Course], failed: dict[int, Answer], clozapine: list[Course]) -> Window:
    possible: dict[str, list[Course]] = {}
    certain: dict[str, list[Course]] = {}
    for course in courses:
        if failed[id(course)] is not False:
            possible.setdefault(course.drug, []).append(course)
        if failed[id(course)]:
            certain.setdefault(course.drug, []).append(course)
    if len(possible) < 2:
        ends = [(course.earliest_end, course.latest_end) for course in courses]
        everything = (
            max((e for e, _ in ends), default=-math.inf),
            max((e for _, e in ends), default=-math.inf),
        )
        return Window(*everything, clozapine)
    earliest = sorted(min(course.earliest_end for course in of_drug) for of_drug in possible.values())[1]
    return Window(earliest, latest_second_failure(certain, possible), clozapine)


def latest_second_failure(certain: dict[str, list[Course]], possible: dict[str, list[Course]]) -> float:
    """The second failure can be no later than this, whichever of the unsure courses failed."""
    sure_days = sorted(min(course.latest_end for course in of_drug) for of_drug in certain.values())
    if len(sure_days) >= 2:
        return sure_days[1]
    others = [
        course.latest_end for drug, of_drug in possible.items() if drug not in certain for course in of_drug
    ]
    return max([*sure_days, *others])
