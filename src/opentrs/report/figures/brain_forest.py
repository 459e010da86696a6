"""Forest of brain regions: both sides of a region on one row, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from opentrs.report.figures.axes import Axis, grid, interval_line, minus, round_steps
from opentrs.report.svg import (
    INK,
    PAPER,
    QUIET,
    SMALL,
    box,
    diamond,
    dot,
    drawing,
    fitted,
    text_width,
    words,
)

WIDTH = 860
LABELS = 250
NUMBERS = 150
NUMBER_WIDTH = 56
ROW = 24
HEADING = 26
TOP = 44
# Half the distance between the marks of two sides of a row.
APART = 5.0
# Blue and dark orange: told apart by colour-blind eyes; square and circle tell them apart without colour.
LEFT, RIGHT, NEITHER = "#08519c", "#b35806", "#404040"
# Beyond this many standard deviations the axis does not go, however wide one interval is.
LARGEST_SPAN = 2.5
SMALLEST_SPAN = 0.25


@dataclass(frozen=True, slots=True)
class SideEffect:
    """The effect in one hemisphere, or in a structure without sides.

    Parameters
    ----------
    side : left, right, or anything else for neither
    effect, low, high : standardised effect with its interval
    is_significant : family-wise p below 0.05: the mark is filled
    hint : said of the mark by a pointing device, with n
    """

    side: str
    effect: float
    low: float
    high: float
    is_significant: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ForestRegion:
    """One row: a region with its sides, or the heading of a group of regions where it has none."""

    label: str
    effects: Sequence[SideEffect] = field(default_factory=tuple)


def region_forest(
    name: str,
    rows: Sequence[ForestRegion],
    *,
    title: str,
    description: str,
    axis: str,
    legend: Sequence[tuple[str, str]],
) -> str:
    """Draw regions one below the other.

    Parameters
    ----------
    axis : what the axis shows, with its unit
    legend : side -> its word, for the sides that are drawn; ``filled`` -> what a filled mark means
    """
    steps = _steps([effect for row in rows for effect in row.effects])
    scale = Axis(LABELS, WIDTH - LABELS - NUMBERS, steps[0], steps[-1])
    heights = [ROW if row.effects else HEADING for row in rows]
    bottom = TOP + sum(heights)
    marks = [*_legend(legend), *grid(scale, TOP - 4, bottom, steps, axis, strong=0.0)]
    y = float(TOP)
    for row, height in zip(rows, heights, strict=True):
        marks.append(_row(row, y + height / 2, scale))
        y += height
    return drawing(name, WIDTH, bottom + 46, title, description, marks)


def _steps(effects: Sequence[SideEffect]) -> list[float]:
    """Marks of an axis with 0 in its middle, wide enough for every effect and most of the intervals."""
    reach = max((abs(each.effect) for each in effects), default=0.0) * 1.1
    ends = sorted(max(abs(each.low), abs(each.high)) for each in effects)
    most = ends[int(0.9 * (len(ends) - 1))] if ends else 0.0
    span = max(SMALLEST_SPAN, reach, min(most, LARGEST_SPAN))
    return round_steps(-span, span, 8)


def _row(row: ForestRegion, y: float, scale: Axis) -> str:
    if not row.effects:
        back = box(0, y - 9, text_width(row.label) + 12, 18, PAPER)
        return back + words(4, y + 5, row.label, bold=True)
    marks = [words(LABELS - 14, y + 4, fitted(row.label, LABELS - 22, SMALL), anchor="end", size=SMALL)]
    shift = APART if len(row.effects) > 1 else 0.0
    for place, effect in enumerate(row.effects):
        level = y + (2 * place - (len(row.effects) - 1)) * shift
        marks.append(interval_line(scale, level, effect.low, effect.high, width=1.5, tall=2.5))
        marks.append(_mark(effect.side, scale.at(effect.effect), level, effect.is_significant, effect.hint))
    marks += [_number(row, place, effect, y) for place, effect in enumerate(row.effects)]
    return "".join(marks)


def _number(row: ForestRegion, place: int, effect: SideEffect, y: float) -> str:
    """The effect in the column of its side, so that sides can be read down."""
    column = 1 if effect.side == "right" else place if len(row.effects) > 1 else 0
    x = WIDTH - NUMBERS + NUMBER_WIDTH * (column + 1)
    shown = minus(f"{effect.effect:z.2f}")
    star = words(x + 1, y + 4, "*", size=SMALL) if effect.is_significant else ""
    return words(x, y + 4, shown, anchor="end", fill=QUIET, size=SMALL) + star


def _mark(side: str, x: float, y: float, is_filled: bool, hint: str = "") -> str:
    colour = {"left": LEFT, "right": RIGHT}.get(side, NEITHER)
    fill = colour if is_filled else PAPER
    if side == "left":
        return box(x - 4, y - 4, 8, 8, fill, colour, hint)
    if side == "right":
        return dot(x, y, 4.2, fill, colour, hint)
    return diamond(x, y, 5, fill, colour, hint)


def _legend(legend: Sequence[tuple[str, str]]) -> list[str]:
    x, marks = 10.0, []
    for side, said in legend:
        marks.append(_mark("" if side == "filled" else side, x, 14, side == "filled"))
        marks.append(words(x + 10, 18, said, size=SMALL, fill=INK))
        x += 10 + text_width(said, SMALL) + 24
    return marks
