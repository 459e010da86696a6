"""Mean course of symptoms of each class, with its interval at every week shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from opentrs.report.svg import (
    INK,
    PAPER,
    QUIET,
    RULE,
    SMALL,
    box,
    diamond,
    dot,
    drawing,
    line,
    words,
)

WIDTH = 860
PANEL = 330
LEFT = 60
GAP = 90
HEIGHT = 210
TOP = 40
STEPS = (0, 25, 50, 75, 100)
COLOURS = ("#08519c", "#8c2d04", "#4d4d4d", "#1b6e53")
DASHES = ("", "7 3", "2 3", "9 3 2 3")


@dataclass(frozen=True, slots=True)
class ClassPoint:
    """Mean of a class at a week; the interval is None where the model gives none."""

    week: float
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ClassPanel:
    """One treatment: its heading, and name and course of each class."""

    heading: str
    classes: tuple[tuple[str, tuple[ClassPoint, ...]], ...]


def courses_of_classes(
    name: str, panels: Sequence[ClassPanel], *, title: str, description: str, axis: str, across: str
) -> str:
    """Draw up to two panels side by side; classes differ in dash and mark.

    Parameters
    ----------
    axis, across : what the upright and the level axis show, with units
    """
    most = max(len(panel.classes) for panel in panels)
    bottom = TOP + HEIGHT
    marks = []
    for place, panel in enumerate(panels):
        left = LEFT + place * (PANEL + GAP)
        last = max((point.week for _, points in panel.classes for point in points), default=1.0) or 1.0

        def at(week: float, left: float = left, last: float = last) -> float:
            return left + PANEL * week / last

        marks.append(words(left, TOP - 18, panel.heading, bold=True))
        marks.append(words(left, TOP - 4, axis, fill=QUIET, size=SMALL))
        for step in STEPS:
            marks.append(line(left, _height(step), left + PANEL, _height(step), "#e0e0e0"))
            marks.append(words(left - 8, _height(step) + 4, f"{step}", anchor="end", fill=QUIET, size=SMALL))
        for order, (word, points) in enumerate(panel.classes):
            marks.append(_course(order, points, at))
            y = bottom + 56 + order * 20
            marks.append(line(left, y - 4, left + 34, y - 4, COLOURS[order], 1.5, DASHES[order]))
            marks.append(_mark(order, left + 17, y - 4))
            marks.append(words(left + 42, y, word, size=SMALL))
        for week in _weeks(last):
            marks.append(line(at(week), bottom, at(week), bottom + 5, INK))
            marks.append(words(at(week), bottom + 19, f"{week:g}", anchor="middle", fill=QUIET, size=SMALL))
        marks.append(line(left, bottom, left + PANEL, bottom, RULE))
        marks.append(words(left + PANEL / 2, bottom + 36, across, anchor="middle", size=SMALL))
    return drawing(name, WIDTH, bottom + 56 + most * 20, title, description, marks)


def _weeks(last: float) -> list[float]:
    step = next(each for each in (1, 2, 4, 8, 13, 26, 52) if last / each <= 8 or each == 52)
    return [float(week) for week in range(0, int(last) + 1, step)]


def _height(value: float) -> float:
    return TOP + HEIGHT - HEIGHT * min(max(value, 0), 100) / 100


def _course(order: int, points: Sequence[ClassPoint], at: Callable[[float], float]) -> str:
    colour, marks = COLOURS[order], []
    for one, other in pairwise(points):
        ends = (at(one.week), _height(one.mean), at(other.week), _height(other.mean))
        marks.append(line(*ends, colour, 1.5, DASHES[order]))
    for point in points:
        if point.low is not None and point.high is not None:
            marks.append(
                line(at(point.week), _height(point.low), at(point.week), _height(point.high), colour, 2)
            )
        marks.append(_mark(order, at(point.week), _height(point.mean)))
    return "".join(marks)


def _mark(order: int, x: float, y: float) -> str:
    if order == 0:
        return dot(x, y, 4, COLOURS[0])
    if order == 1:
        return diamond(x, y, 5, COLOURS[1], PAPER)
    if order == 2:
        return box(x - 3.5, y - 3.5, 7, 7, PAPER, COLOURS[2])
    return diamond(x, y, 5, PAPER, COLOURS[3])
