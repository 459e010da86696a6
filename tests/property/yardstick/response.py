"""How a course went: did symptoms fall by less than 20%, or stay at least moderate, or was it given up?"""

from __future__ import annotations

from tests.property.yardstick import facts
from tests.property.yardstick.courses import Course
from tests.property.yardstick.logic import Answer, any_of
from tests.property.yardstick.scores import Ratings, Span, total

BEFORE_DAYS, AFTER_START_DAYS = 90, 7
FIRST_DAY_OF_RESPONSE = 28
BEFORE_THE_END_DAYS = 30
PAST_THE_END_DAYS = 30
REDUCTION_PERCENT = 20


def not_responding(course: Course, ratings: Ratings) -> Answer:
    given = course.given.get("symptom_reduction_percent")
    if given is not None:
        return given < REDUCTION_PERCENT
    start, end = window(course)
    for scale in facts.TOTALS_IN_ORDER:
        pair = before_and_after(start, end, ratings, scale)
        if pair is not None:
            return reduction_below(REDUCTION_PERCENT, *pair, facts.floor_of(scale))
    if ratings.some_undated:
        return None
    return any_of([still_moderate(start, end, ratings), stopped_for_inefficacy(course)])


def window(course: Course) -> tuple[int | None, int | None]:
    """A course whose end is unknown places no window."""
    return (course.start, course.end) if course.end_is_known else (None, None)


def before_and_after(
    start: int | None, end: int | None, ratings: Ratings, scale: str
) -> tuple[Span, Span] | None:
    if start is None or end is None:
        return None
    days = ratings.rated_days[scale]
    before = [day for day in days if start - BEFORE_DAYS <= day <= start][-1:]
    before = before or [day for day in days if start < day <= start + AFTER_START_DAYS][:1]
    first = start + FIRST_DAY_OF_RESPONSE - 1
    after = [day for day in days if first <= day <= end][-1:]
    after = after or [day for day in days if end < day <= end + PAST_THE_END_DAYS][:1]
    if not before or not after or after[0] <= before[0]:
        return None
    return total(scale, ratings.visits[before[0]]), total(scale, ratings.visits[after[0]])


def reduction_below(percent: float, before: Span, after: Span, floor: float) -> Answer:
    """100 (before - after) / (before - floor) < percent; undefined where before = floor."""
    if before[0] <= floor:
        return None
    least = falls_enough(before[0], after[1], floor, percent)
    most = falls_enough(before[1], after[0], floor, percent)
    return None if least != most else not least


def falls_enough(before: float, after: float, floor: float, percent: float) -> bool:
    return 100 * (before - after) >= percent * (before - floor)


def still_moderate(start: int | None, end: int | None, ratings: Ratings) -> Answer:
    """S2's rule at the last visit around the end of the course; unknown where there is none."""
    if start is None or end is None:
        return None
    late = [day for day in ratings.days if start < day and end - BEFORE_THE_END_DAYS <= day <= end][-1:]
    late = late or [day for day in ratings.days if end < day <= end + PAST_THE_END_DAYS][:1]
    return ratings.severe[late[0]] if late else None


def stopped_for_inefficacy(course: Course) -> Answer:
    reason = course.given.get("stop_reason")
    return None if reason is None else reason == "inefficacy"


def is_documented(course: Course, ratings: Ratings) -> Answer:
    """T4: a reduction, scores before and after, symptoms at the end, or a stop reason. Never no."""
    start, end = window(course)
    scores = [before_and_after(start, end, ratings, scale) for scale in facts.TOTALS_IN_ORDER]
    on_record = [
        course.given.get("symptom_reduction_percent") is not None,
        course.given.get("stop_reason") is not None,
        any(scores),
        still_moderate(start, end, ratings) is not None,
    ]
    return True if any(on_record) else None
