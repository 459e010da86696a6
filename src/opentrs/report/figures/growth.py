"""Growth curve: how a measure falls with the number of people, by simulation and formula, and the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.figures.axes import round_steps
from opentrs.report.figures.plane import BandPoint, Key, Plane, Stroke, axes, band, curve, inside, legend
from opentrs.report.svg import dot, drawing, line

WIDTH, HEIGHT = 680.0, 340.0
LEFT, RIGHT = 64.0, 24.0
SIMULATED = Stroke("#8c2d04", 2.4)
FORMULA = Stroke("#1f5f8b", 2.0, "8 4")
TARGET = Stroke("#1a1a1a", 1.2, "2 4")


@dataclass(frozen=True, slots=True)
class GrowthWords:
    """What is written around the figure: both axes and the legend."""

    people: str
    measure: str
    simulated: str
    formula: str
    target: str


def growth_curve(
    name: str,
    simulated: Sequence[BandPoint],
    formula: Sequence[tuple[float, float]],
    target: float,
    *,
    title: str,
    description: str,
    labels: GrowthWords,
) -> str:
    """Draw a measure against the number of people.

    Parameters
    ----------
    simulated : size against mean, with the interval the simulation leaves
    formula : size against what the formula gives; empty where there is none
    target : what is to be reached
    """
    keys = [Key(labels.simulated, SIMULATED, SIMULATED.colour)]
    keys += [Key(labels.formula, FORMULA)] if formula else []
    marks, under = legend([*keys, Key(labels.target, TARGET)], WIDTH)
    sizes = [point.x for point in simulated] + [n for n, _ in formula]
    values = [max(point.y, point.high or 0.0) for point in simulated] + [value for _, value in formula]
    x_steps, y_steps = round_steps(0.0, max([*sizes, 1.0])), round_steps(0.0, max([*values, target]), 5)
    plane = Plane(LEFT, under + 34, WIDTH - LEFT - RIGHT, HEIGHT, (0.0, x_steps[-1]), (0.0, y_steps[-1]))
    marks += axes(
        plane, (x_steps, y_steps), (labels.people, labels.measure), ("{:,.0f}".format, "{:g}".format)
    )
    at = plane.down(target)
    points = [BandPoint(n, value, None, None) for n, value in formula]
    drawn = [
        band(plane, simulated, SIMULATED.colour),
        line(plane.left, at, plane.left + plane.width, at, TARGET.colour, TARGET.width, TARGET.dashes),
        curve(plane, points, FORMULA) if points else "",
        curve(plane, simulated, SIMULATED) if simulated else "",
        *(dot(*plane.at(point.x, point.y), 4, SIMULATED.colour) for point in simulated),
    ]
    marks.append(inside(name, plane, drawn))
    return drawing(name, WIDTH, plane.bottom + 50, title, description, marks)
