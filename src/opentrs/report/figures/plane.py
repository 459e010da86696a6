"""Two axes: where a point lies, grid and captions, lines with their bands, and a legend that wraps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from opentrs.report.figures.axes import GRID, minus
from opentrs.report.svg import INK, QUIET, SMALL, line, path, polygon, text_width, words

SAMPLE = 30.0
LEGEND_ROW = 20.0
BAND_OPACITY = 0.22
THIN = 0.8


@dataclass(frozen=True, slots=True)
class Plane:
    """A rectangle of the page with a horizontal and a vertical scale, both linear.

    Parameters
    ----------
    left, top, width, height : the rectangle, in user units
    x, y : values at the left and right end, and at the lower and upper end
    """

    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]

    def across(self, value: float) -> float:
        """Horizontal place of a value."""
        return self.left + self.width * (value - self.x[0]) / (self.x[1] - self.x[0])

    def down(self, value: float) -> float:
        """Vertical place of a value."""
        return self.top + self.height * (self.y[1] - value) / (self.y[1] - self.y[0])

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point is drawn."""
        return self.across(x), self.down(y)

    @property
    def bottom(self) -> float:
        """Where the horizontal axis is drawn."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class BandPoint:
    """One point of a line and its interval; None where the interval cannot be told."""

    x: float
    y: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line is drawn; lines of one figure differ in their dashes too, for print in grey."""

    colour: str
    width: float = 2.0
    dashes: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: a line, with the shade or the edges of its band."""

    label: str
    stroke: Stroke
    shade: str = ""
    has_edges: bool = False


def axes(
    plane: Plane,
    steps: tuple[Sequence[float], Sequence[float]],
    captions: tuple[str, str],
    labels: tuple[Callable[[float], str], Callable[[float], str]],
) -> list[str]:
    """Grid lines with their numbers, both base lines, and what each axis shows.

    Parameters
    ----------
    steps, captions, labels : horizontal, then vertical; the vertical caption stands above its axis
    """
    marks = []
    right = plane.left + plane.width
    for step in steps[0]:
        x = plane.across(step)
        marks.append(line(x, plane.top, x, plane.bottom, GRID))
        marks.append(
            words(x, plane.bottom + 17, minus(labels[0](step)), anchor="middle", fill=QUIET, size=SMALL)
        )
    for step in steps[1]:
        y = plane.down(step)
        marks.append(line(plane.left, y, right, y, GRID))
        marks.append(
            words(plane.left - 7, y + 4, minus(labels[1](step)), anchor="end", fill=QUIET, size=SMALL)
        )
    marks.append(line(plane.left, plane.bottom, right, plane.bottom, INK))
    marks.append(line(plane.left, plane.top, plane.left, plane.bottom, INK))
    middle = plane.left + plane.width / 2
    marks.append(words(middle, plane.bottom + 37, captions[0], anchor="middle", size=SMALL))
    marks.append(words(4, plane.top - 12, captions[1], size=SMALL))
    return marks


def inside(name: str, plane: Plane, marks: Sequence[str]) -> str:
    """Marks of which nothing is seen outside the plane; ``name`` is unique within a page."""
    area = (
        f'<clipPath id="{name}-area"><rect x="{plane.left:g}" y="{plane.top:g}" '
        f'width="{plane.width:g}" height="{plane.height:g}"/></clipPath>'
    )
    return f'{area}<g clip-path="url(#{name}-area)">{"".join(marks)}</g>'


def band(plane: Plane, points: Sequence[BandPoint], shade: str, is_step: bool = False) -> str:
    """The intervals of a line as one shaded strip; nothing where none is known."""
    known = [point for point in points if point.low is not None and point.high is not None]
    if len(known) < 2:
        return ""
    upper = [(point.x, point.high or 0.0) for point in known]
    lower = [(point.x, point.low or 0.0) for point in known]
    outline = [*_stepped(upper, is_step), *_stepped(lower, is_step)[::-1]]
    return polygon([plane.at(x, y) for x, y in outline], shade, opacity=BAND_OPACITY)


def edges(plane: Plane, points: Sequence[BandPoint], stroke: Stroke) -> str:
    """The intervals of a line as two thin lines, where several shades would hide one another."""
    known = [point for point in points if point.low is not None and point.high is not None]
    ends = (
        [(point.x, point.low or 0.0) for point in known],
        [(point.x, point.high or 0.0) for point in known],
    )
    return "".join(
        path([plane.at(x, y) for x, y in end], stroke.colour, THIN, stroke.dashes) for end in ends if known
    )


def curve(plane: Plane, points: Sequence[BandPoint], stroke: Stroke, is_step: bool = False) -> str:
    """A line through points, or steps that each hold until the next point."""
    drawn = _stepped([(point.x, point.y) for point in points], is_step)
    return path([plane.at(x, y) for x, y in drawn], stroke.colour, stroke.width, stroke.dashes)


def _stepped(points: Sequence[tuple[float, float]], is_step: bool) -> list[tuple[float, float]]:
    if not is_step:
        return list(points)
    steps = list(points[:1])
    for before, after in pairwise(points):
        steps += [(after[0], before[1]), after]
    return steps


def legend(entries: Sequence[Key], width: float, top: float = 14.0) -> tuple[list[str], float]:
    """Entries from left to right in as many rows as they need; the marks, and where the last row ends."""
    marks, x, y = [], 4.0, top
    for entry in entries:
        needed = SAMPLE + 8 + text_width(entry.label, SMALL)
        if x > 4.0 and x + needed > width:
            x, y = 4.0, y + LEGEND_ROW
        if entry.shade:
            corners = [(x, y - 6), (x + SAMPLE, y - 6), (x + SAMPLE, y + 6), (x, y + 6)]
            marks.append(polygon(corners, entry.shade, opacity=BAND_OPACITY))
        look = entry.stroke
        for away in (-5, 5) if entry.has_edges else ():
            marks.append(line(x, y + away, x + SAMPLE, y + away, look.colour, THIN, look.dashes))
        marks.append(line(x, y, x + SAMPLE, y, look.colour, look.width, look.dashes))
        marks.append(words(x + SAMPLE + 8, y + 4, entry.label, size=SMALL))
        x += needed + 24
    return marks, y + 10


def percent(value: float) -> str:
    """A share as a tick label."""
    return f"{value * 100:.0f}%"
