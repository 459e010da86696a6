"""One person: courses of treatment in time, each beside the bars of dose and duration it has to reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opentrs.report.svg import INK, PAPER, QUIET, RULE, SMALL, box, diamond, drawing, fitted, line, words

WIDTH = 1040
LABELS = 170
TIME = 360
GAP = 40
GAUGE = 160
AFTER_GAUGE = 80
ROW = 40
TOP = 46
YES = "#1b6e53"
NO = "#c7c7c7"
TOO_LONG = 2.0  # a gauge ends at twice its bar


@dataclass(frozen=True, slots=True)
class CourseBar:
    """A course as drawn: days are day numbers; None is unknown."""

    drug: str
    start: int | None
    end: int | None
    dose: float | None
    weeks: float | None
    adequate: str
    words: str
    time_note: str = ""


def course_timeline(
    name: str,
    courses: Sequence[CourseBar],
    *,
    title: str,
    description: str,
    dose_bar: float | None,
    week_bar: float,
    headings: tuple[str, str, str],
    year_ticks: Sequence[tuple[int, str]],
    marks_in_time: Sequence[tuple[int, str]] = (),
    legend: tuple[str, str, str],
) -> str:
    """Draw courses in time, and how far each comes towards the dose and the duration of the definition.

    Parameters
    ----------
    dose_bar, week_bar : what a course has to reach: mg/day chlorpromazine equivalents (None where
        the definition asks for no dose), weeks
    headings : words above time, dose and duration, with their units
    year_ticks : day number and label of each tick of the time axis
    marks_in_time : other days worth showing, such as the day the last criterion was met
    legend : words for adequate, not adequate, unknown
    """
    days = [day for course in courses for day in (course.start, course.end) if day is not None]
    days += [day for day, _ in marks_in_time]
    first, last = (min(days), max(days)) if days else (0, 1)
    span = max(last - first, 1)
    bottom = TOP + len(courses) * ROW

    def at(day: int) -> float:
        return LABELS + TIME * (day - first) / span

    left_of_gauges = (LABELS + TIME + GAP, LABELS + TIME + GAP + GAUGE + AFTER_GAUGE)
    marks = [words(LABELS, 20, headings[0], size=SMALL, bold=True)]
    for x, heading in zip(left_of_gauges, headings[1:], strict=True):
        marks.append(words(x, 20, heading, size=SMALL, bold=True))
    for day, label in year_ticks:
        if first <= day <= last:
            marks.append(line(at(day), TOP, at(day), bottom, "#d0d0d0"))
            marks.append(words(at(day), bottom + 16, label, anchor="middle", fill=QUIET, size=SMALL))
    for place, course in enumerate(courses):
        y = TOP + place * ROW
        marks.append(words(LABELS - 10, y + 16, fitted(course.drug, LABELS - 14), anchor="end", bold=True))
        marks.append(
            words(
                LABELS - 10,
                y + 31,
                fitted(course.words, LABELS - 14, SMALL),
                anchor="end",
                fill=QUIET,
                size=SMALL,
            )
        )
        marks.append(_bar(name, course, y + 8, at))
        marks.append(_gauge(name, left_of_gauges[0], y + 8, course.dose, dose_bar, course.adequate, "{:.0f}"))
        marks.append(
            _gauge(name, left_of_gauges[1], y + 8, course.weeks, week_bar, course.adequate, "{:.1f}")
        )
    for x, bar in zip(left_of_gauges, (dose_bar, week_bar), strict=True):
        if bar is None:
            continue
        middle = x + GAUGE / TOO_LONG
        marks.append(line(middle, TOP, middle, bottom, INK, 2, "5 3"))
        marks.append(words(middle, bottom + 16, f"{bar:g}", anchor="middle", size=SMALL, bold=True))
    for day, label in marks_in_time:
        marks.append(line(at(day), TOP - 6, at(day), bottom, "#8c2d04", 1.5, "2 3"))
        marks.append(diamond(at(day), TOP - 6, 5, "#8c2d04", PAPER))
        is_late = at(day) > LABELS + TIME / 2
        beside = at(day) - 9 if is_late else at(day) + 9
        anchor = "end" if is_late else "start"
        marks.append(words(beside, TOP - 2, label, anchor=anchor, fill="#8c2d04", size=SMALL))
    marks.append(line(LABELS, bottom, LABELS + TIME, bottom, INK))
    marks.append(_legend(name, legend, bottom + 40))
    return drawing(name, WIDTH, bottom + 54, title, description, marks)


def _fill(name: str, adequate: str) -> str:
    return {"yes": YES, "no": NO}.get(adequate, f"url(#{name}-hatch)")


def _bar(name: str, course: CourseBar, y: float, at: Callable[[int], float]) -> str:
    if course.start is None:
        return words(LABELS + 6, y + 15, course.time_note, fill=QUIET, size=SMALL)
    x = at(course.start)
    if course.end is None:
        return diamond(x, y + 10, 6, PAPER, INK) + words(
            x + 12, y + 15, course.time_note, fill=QUIET, size=SMALL
        )
    return box(x, y, max(at(course.end) - x, 3), 20, _fill(name, course.adequate), INK)


def _gauge(
    name: str, x: float, y: float, value: float | None, bar: float | None, adequate: str, form: str
) -> str:
    marks = [box(x, y, GAUGE, 20, "#f5f5f5", RULE)]
    if value is None:
        return marks[0] + words(x + 8, y + 15, "?", fill=QUIET, bold=True)
    if bar is None:
        return words(x, y + 15, form.format(value), size=SMALL)
    width = GAUGE * min(value / bar, TOO_LONG) / TOO_LONG
    marks.append(box(x, y + 4, width, 12, YES if value >= bar else "#8a8a8a", INK))
    marks.append(words(x + GAUGE + 5, y + 15, form.format(value), fill=INK, size=SMALL))
    return "".join(marks)


def _legend(name: str, legend: tuple[str, str, str], y: float) -> str:
    marks, x = [], float(LABELS)
    for fill, word in zip((YES, NO, f"url(#{name}-hatch)"), legend, strict=True):
        marks.append(box(x, y, 22, 12, fill, INK))
        marks.append(words(x + 28, y + 11, word, size=SMALL))
        x += 150
    return "".join(marks)
