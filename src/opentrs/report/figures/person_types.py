"""One person: scores of the three competing domains over time, and the type each visit got."""

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
    fitted,
    line,
    path,
    text_width,
    words,
)

WIDTH = 1000
LEFT = 110
RIGHT = 40
TOP = 44
HEIGHT = 190
LANE = 24
STEPS = (0, 25, 50, 75, 100)
COLOURS = ("#08519c", "#8c2d04", "#4d4d4d")
DASHES = ("", "7 3", "2 3")


@dataclass(frozen=True, slots=True)
class DomainScore:
    """A domain's score on a day, % of the maximum possible; ``error`` is one standard error, if known."""

    day: int
    pomp: float
    error: float | None = None


@dataclass(frozen=True, slots=True)
class TypedVisit:
    """What one visit was labelled: the word of its type and, below it, its margin."""

    day: int
    type: str
    note: str


def types_over_time(
    name: str,
    domains: Sequence[tuple[str, tuple[DomainScore, ...]]],
    visits: Sequence[TypedVisit],
    *,
    title: str,
    description: str,
    axis: str,
    lane_words: tuple[str, str],
    year_ticks: Sequence[tuple[int, str]],
) -> str:
    """Draw up to three domains as lines that differ in dash and mark, and the labels below.

    Parameters
    ----------
    axis : what the upright axis shows, with the unit
    lane_words : words before the lane of types and the lane of margins
    """
    days = [score.day for _, scores in domains for score in scores] + [visit.day for visit in visits]
    first, last = (min(days), max(days)) if days else (0, 1)
    span = max(last - first, 1)
    bottom = TOP + HEIGHT

    def at(day: int) -> float:
        return LEFT + 30 + (WIDTH - LEFT - RIGHT - 70) * (day - first) / span

    def height(value: float) -> float:
        return bottom - HEIGHT * value / 100

    marks = [words(LEFT, TOP - 10, axis, size=SMALL, bold=True), _legend([word for word, _ in domains])]
    for step in STEPS:
        marks.append(line(LEFT, height(step), WIDTH - RIGHT, height(step), "#e0e0e0"))
        marks.append(words(LEFT - 8, height(step) + 4, f"{step}", anchor="end", fill=QUIET, size=SMALL))
    for place, (_, scores) in enumerate(domains):
        marks.append(_line_of(place, scores, at, height))
    marks.append(line(LEFT, bottom, WIDTH - RIGHT, bottom, RULE))
    marks.append(_lanes(visits, at, bottom, lane_words))
    end = bottom + 2 * LANE + 18
    marks.append(line(LEFT, end, WIDTH - RIGHT, end, INK))
    for day, label in year_ticks:
        if first <= day <= last:
            marks.append(line(at(day), end, at(day), end + 5, INK))
            marks.append(words(at(day), end + 19, label, anchor="middle", fill=QUIET, size=SMALL))
    return drawing(name, WIDTH, end + 30, title, description, marks)


def _line_of(
    place: int,
    scores: Sequence[DomainScore],
    at: Callable[[int], float],
    height: Callable[[float], float],
) -> str:
    colour, shift = COLOURS[place], (place - 1) * 5  # side by side, so that bars do not hide one another
    points = [(at(score.day) + shift, height(score.pomp)) for score in scores]
    marks = [_dashed(points, colour, DASHES[place])] if len(points) > 1 else []
    for score, (x, y) in zip(scores, points, strict=True):
        if score.error is not None:
            high, low = height(min(score.pomp + score.error, 100)), height(max(score.pomp - score.error, 0))
            marks.append(line(x, high, x, low, colour, 2))
        marks.append(_mark(place, x, y))
    return "".join(marks)


def _dashed(points: Sequence[tuple[float, float]], colour: str, dashes: str) -> str:
    if not dashes:
        return path(points, colour)
    return "".join(line(*one, *other, colour, 1.5, dashes) for one, other in pairwise(points))


def _mark(place: int, x: float, y: float) -> str:
    if place == 0:
        return dot(x, y, 4.5, COLOURS[0])
    if place == 1:
        return diamond(x, y, 6, COLOURS[1], PAPER)
    return box(x - 4, y - 4, 8, 8, PAPER, COLOURS[2])


def _lanes(
    visits: Sequence[TypedVisit], at: Callable[[int], float], bottom: float, lane_words: tuple[str, str]
) -> str:
    """Labels under their visits; where visits are close, a label stands only where there is room."""
    marks = [
        words(LEFT - 8, bottom + 12 + (lane + 0.5) * LANE, fitted(word, LEFT - 12, SMALL), anchor="end",
              size=SMALL)
        for lane, word in enumerate(lane_words)
    ]  # fmt: skip
    for lane in (0, 1):
        free = float(LEFT)
        for visit in visits:
            shown = visit.type if lane == 0 else visit.note
            half = text_width(shown, SMALL) / 2
            x, y = at(visit.day), bottom + 12 + (lane + 0.5) * LANE
            if lane == 0:
                marks.append(line(x, bottom, x, bottom + 6, INK))
            x = min(max(x, LEFT + half), WIDTH - half - 4)
            if shown and x - half >= free:
                fill = INK if lane == 0 else QUIET
                marks.append(words(x, y, shown, anchor="middle", fill=fill, size=SMALL, bold=lane == 0))
                free = x + half + 6
    return "".join(marks)


def _legend(names: Sequence[str]) -> str:
    marks, x = [], float(LEFT)
    for place, word in enumerate(names):
        marks.append(_dashed([(x, 12), (x + 34, 12)], COLOURS[place], DASHES[place]))
        marks.append(_mark(place, x + 17, 12))
        marks.append(words(x + 42, 16, word, size=SMALL))
        x += 42 + text_width(word, SMALL) + 26
    return "".join(marks)
