"""Cumulative incidence over time: the event and what competes with it, with bands and people at risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.figures.axes import round_steps
from opentrs.report.figures.plane import (
    BandPoint,
    Key,
    Plane,
    Stroke,
    axes,
    band,
    curve,
    inside,
    legend,
    percent,
)
from opentrs.report.svg import QUIET, SMALL, drawing, words

WIDTH, HEIGHT = 680.0, 320.0
LEFT, RIGHT = 64.0, 24.0
LOOKS = (Stroke("#8c2d04", 2.4), Stroke("#1a1a1a", 1.8, "6 4"), Stroke("#1f5f8b", 1.8, "2 3"))
LEAST_SHOWN = 0.05


@dataclass(frozen=True, slots=True)
class IncidenceLine:
    """One outcome: time against the probability of having had it by then."""

    label: str
    points: Sequence[BandPoint]


@dataclass(frozen=True, slots=True)
class IncidenceWords:
    """What is written around the figure: both axes, and the row of people at risk."""

    time: str
    probability: str
    at_risk: str


def cumulative_incidence(
    name: str,
    lines: Sequence[IncidenceLine],
    at_risk: Sequence[tuple[float, int]],
    *,
    title: str,
    description: str,
    labels: IncidenceWords,
) -> str:
    """Draw probabilities as steps; the event first, then what competes with it.

    Parameters
    ----------
    lines : at most three
    at_risk : time and people still observed without any event then; empty where they may not be shown
    """
    keys = [Key(each.label, LOOKS[place], LOOKS[place].colour) for place, each in enumerate(lines)]
    marks, under = legend(keys, WIDTH)
    times = [point.x for each in lines for point in each.points] + [time for time, _ in at_risk]
    highest = [max(point.y, point.high or 0.0) for each in lines for point in each.points]
    x_steps = round_steps(0.0, max([*times, 1e-9]), 6)
    y_steps = [
        step for step in round_steps(0.0, min(max([*highest, LEAST_SHOWN]), 1.0), 5) if step <= 1.0 + 1e-9
    ]
    plane = Plane(LEFT, under + 34, WIDTH - LEFT - RIGHT, HEIGHT, (0.0, x_steps[-1]), (0.0, y_steps[-1]))
    marks += axes(plane, (x_steps, y_steps), (labels.time, labels.probability), ("{:g}".format, percent))
    marks.append(inside(name, plane, _lines(plane, lines)))
    bottom = plane.bottom + 50
    if at_risk:
        marks.append(words(4, bottom + 8, labels.at_risk, size=SMALL, fill=QUIET))
        marks += [
            words(plane.across(time), bottom + 26, f"{n:,}", anchor="middle", size=SMALL)
            for time, n in at_risk
        ]
        bottom += 36
    return drawing(name, WIDTH, bottom, title, description, marks)


def _lines(plane: Plane, lines: Sequence[IncidenceLine]) -> list[str]:
    marks = [
        band(plane, each.points, LOOKS[place].colour, is_step=True)
        for place, each in enumerate(lines)
        if each.points
    ]
    marks += [
        curve(plane, each.points, LOOKS[place], is_step=True)
        for place, each in enumerate(lines)
        if each.points
    ]
    return marks
