"""One person: symptom scores over time, with what missing items leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.svg import INK, PAPER, QUIET, SMALL, dot, drawing, line, path, ticks, words

WIDTH = 1000
LEFT = 170
RIGHT = 30
HEIGHT = 130
TOP = 34
LINES = ("#08519c", "#8c2d04", "#1b6e53")


@dataclass(frozen=True, slots=True)
class Score:
    """A score on a day, between ``low`` and ``high`` where items are missing."""

    day: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Panel:
    """One score axis: its series by name, and a horizontal line with its label."""

    heading: str
    series: tuple[tuple[str, tuple[Score, ...]], ...]
    bar: float | None = None
    bar_label: str = ""


def scores_over_time(
    name: str, panels: Sequence[Panel], *, title: str, description: str, year_ticks: Sequence[tuple[int, str]]
) -> str:
    """Draw one panel under the other over the same days; a vertical line is what missing items leave open."""
    days = [score.day for panel in panels for _, scores in panel.series for score in scores]
    first, last = (min(days), max(days)) if days else (0, 1)
    span = max(last - first, 1)

    def at(day: int) -> float:
        return LEFT + 20 + (WIDTH - LEFT - RIGHT - 60) * (day - first) / span

    marks = []
    for place, panel in enumerate(panels):
        marks.append(_panel(panel, TOP + place * (HEIGHT + 56), at))
    bottom = TOP + len(panels) * (HEIGHT + 56) - 56
    for day, label in year_ticks:
        if first <= day <= last:
            marks.append(line(at(day), bottom, at(day), bottom + 5, INK))
            marks.append(words(at(day), bottom + 19, label, anchor="middle", fill=QUIET, size=SMALL))
    return drawing(name, WIDTH, bottom + 30, title, description, marks)


def _panel(panel: Panel, top: float, at: object) -> str:
    place = at
    assert callable(place)
    tops = [score.high for _, scores in panel.series for score in scores] + [panel.bar or 0]
    steps = ticks(max(tops), 4)
    bottom = top + HEIGHT

    def height(value: float) -> float:
        return bottom - HEIGHT * value / steps[-1]

    marks = [words(LEFT, top - 12, panel.heading, size=SMALL, bold=True)]
    for step in steps:
        marks.append(line(LEFT, height(step), WIDTH - RIGHT, height(step), "#e0e0e0"))
        marks.append(words(LEFT - 8, height(step) + 4, f"{step:g}", anchor="end", fill=QUIET, size=SMALL))
    if panel.bar is not None:
        marks.append(line(LEFT, height(panel.bar), WIDTH - RIGHT, height(panel.bar), INK, 1.5, "5 3"))
        marks.append(words(LEFT - 8, height(panel.bar) - 8, panel.bar_label, anchor="end", size=SMALL))
    for index, (label, scores) in enumerate(panel.series):
        colour = LINES[index % len(LINES)]
        middle = [(place(score.day), height((score.low + score.high) / 2)) for score in scores]
        if len(middle) > 1:
            marks.append(path(middle, colour))
        for score, (x, y) in zip(scores, middle, strict=True):
            if score.high > score.low:
                marks.append(line(x, height(score.low), x, height(score.high), colour, 3))
            marks.append(dot(x, y, 4.5 if index == 0 else 3.5, colour if index != 1 else PAPER, colour))
        if middle:
            marks.append(
                words(
                    LEFT + 190 + index * 190, top - 12, f"{'●○■'[index % 3]} {label}", fill=colour, size=SMALL
                )
            )
    marks.append(line(LEFT, bottom, WIDTH - RIGHT, bottom, INK))
    return "".join(marks)
