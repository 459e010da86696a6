"""An association of the brain with a symptom: a point a person, the fitted line and its band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.figures.axes import round_steps
from opentrs.report.figures.plane import BandPoint, Key, Plane, Stroke, axes, band, curve, inside, legend
from opentrs.report.svg import PAPER, dot, drawing

WIDTH, HEIGHT = 560.0, 280.0
LEFT, RIGHT = 74.0, 24.0
LINE = Stroke("#8c2d04", 2.4)
POINT = "#1f5f8b"


@dataclass(frozen=True, slots=True)
class ScatterWords:
    """Both axes with their units, and what the line is."""

    severity: str
    value: str
    line: str


def symptom_scatter(
    name: str,
    points: Sequence[tuple[float, float]],
    fitted: Sequence[BandPoint],
    *,
    title: str,
    description: str,
    labels: ScatterWords,
) -> str:
    """Draw the partial residuals of each person with the line through them.

    Parameters
    ----------
    points : severity and value of each person, covariates taken out
    fitted : the line over severity, with its band
    """
    marks, under = legend([Key(labels.line, LINE, LINE.colour)], WIDTH)
    across = [x for x, _ in points] + [each.x for each in fitted]
    up = [y for _, y in points] + [end for each in fitted for end in (each.low, each.high) if end is not None]
    x_steps, y_steps = round_steps(min(across), max(across)), round_steps(min(up), max(up), 5)
    plane = Plane(
        LEFT, under + 34, WIDTH - LEFT - RIGHT, HEIGHT, (x_steps[0], x_steps[-1]), (y_steps[0], y_steps[-1])
    )
    marks += axes(plane, (x_steps, y_steps), (labels.severity, labels.value), ("{:g}".format, "{:g}".format))
    drawn = [
        band(plane, fitted, LINE.colour),
        *(dot(*plane.at(x, y), 4, POINT, PAPER) for x, y in points),
        curve(plane, fitted, LINE),
    ]
    marks.append(inside(name, plane, drawn))
    return drawing(name, WIDTH, plane.bottom + 50, title, description, marks)
