"""One person: symptom scores over time, what missing items leave open, and visits at least moderate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opentrs.report.svg import INK, PAPER, QUIET, RULE, SMALL, dot, drawing, line, path, ticks, words

WIDTH = 1000
LEFT = 170
RIGHT = 30
HEIGHT = 130
GAP = 40
TOP = 34
LANE = 26
COLOUR = "#08519c"
YES = "#8c2d04"


@dataclass(frozen=True, slots=True)
class Score:
    """A score on a day, between ``low`` and ``high`` where items are missing."""

    day: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Panel:
    """One scale: its heading with the unit, its scores in order of time."""

    heading: str
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """A question that each visit answers: yes, no or unknown."""

    label: str
    answers: tuple[tuple[int, str], ...]


def scores_over_time(
    name: str,
    panels: Sequence[Panel],
    lanes: Sequence[Lane],
    *,
    title: str,
    description: str,
    lanes_heading: str,
    answer_words: tuple[str, str, str],
    year_ticks: Sequence[tuple[int, str]],
) -> str:
    """Draw one panel per scale over the same days, and one lane per question below.

    A vertical line is what missing items leave open. Full dot: yes; hollow: no; question mark: unknown.

    Parameters
    ----------
    answer_words : words for yes, no, unknown
    """
    days = [score.day for panel in panels for score in panel.scores] + [
        day for lane in lanes for day, _ in lane.answers
    ]
    first, last = (min(days), max(days)) if days else (0, 1)
    span = max(last - first, 1)

    def at(day: int) -> float:
        return LEFT + 20 + (WIDTH - LEFT - RIGHT - 60) * (day - first) / span

    marks = [_panel(panel, TOP + place * (HEIGHT + GAP), at) for place, panel in enumerate(panels)]
    top = TOP + len(panels) * (HEIGHT + GAP)
    marks.append(words(LEFT, top - 12, lanes_heading, size=SMALL, bold=True))
    marks.append(_legend(answer_words, top - 12))
    for place, lane in enumerate(lanes):
        marks.append(_lane(lane, top + place * LANE + 12, at))
    bottom = top + len(lanes) * LANE + 4
    marks.append(line(LEFT, bottom, WIDTH - RIGHT, bottom, INK))
    for day, label in year_ticks:
        if first <= day <= last:
            marks.append(line(at(day), bottom, at(day), bottom + 5, INK))
            marks.append(words(at(day), bottom + 19, label, anchor="middle", fill=QUIET, size=SMALL))
    return drawing(name, WIDTH, bottom + 30, title, description, marks)


def _panel(panel: Panel, top: float, at: Callable[[int], float]) -> str:
    steps = ticks(max(score.high for score in panel.scores), 4)
    bottom = top + HEIGHT

    def height(value: float) -> float:
        return bottom - HEIGHT * value / steps[-1]

    marks = [words(LEFT, top - 12, panel.heading, size=SMALL, bold=True)]
    for step in steps:
        marks.append(line(LEFT, height(step), WIDTH - RIGHT, height(step), "#e0e0e0"))
        marks.append(words(LEFT - 8, height(step) + 4, f"{step:g}", anchor="end", fill=QUIET, size=SMALL))
    middle = [(at(score.day), height((score.low + score.high) / 2)) for score in panel.scores]
    if len(middle) > 1:
        marks.append(path(middle, COLOUR))
    for score, (x, y) in zip(panel.scores, middle, strict=True):
        if score.high > score.low:
            marks.append(line(x, height(score.low), x, height(score.high), COLOUR, 3))
        marks.append(dot(x, y, 4.5, COLOUR))
    marks.append(line(LEFT, bottom, WIDTH - RIGHT, bottom, RULE))
    return "".join(marks)


def _lane(lane: Lane, y: float, at: Callable[[int], float]) -> str:
    marks = [words(LEFT - 8, y + 4, lane.label, anchor="end", size=SMALL)]
    return "".join(marks + [_answer(answer, at(day), y) for day, answer in lane.answers])


def _answer(answer: str, x: float, y: float) -> str:
    if answer == "yes":
        return dot(x, y, 5, YES, YES)
    if answer == "no":
        return dot(x, y, 5, PAPER, INK)
    return words(x, y + 4, "?", anchor="middle", fill=QUIET, bold=True)


def _legend(answer_words: tuple[str, str, str], y: float) -> str:
    marks = []
    for place, (answer, word) in enumerate(zip(("yes", "no", "unknown"), answer_words, strict=True)):
        x = LEFT + 250 + place * 110
        marks.append(_answer(answer, x, y - 4))
        marks.append(words(x + 12, y, word, size=SMALL))
    return "".join(marks)
