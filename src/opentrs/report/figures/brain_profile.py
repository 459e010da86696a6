"""Profile of tracts: each named tract's difference with its interval, beside what was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.figures.axes import Axis, grid, interval_line, round_steps
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
    text_width,
    words,
)

WIDTH = 860
LABELS = 250
NOTES = 190
ROW = 32
TOP = 44
LEAST_SPAN, MOST_SPAN = 0.6, 2.0
POINT = "#1f5f8b"


@dataclass(frozen=True, slots=True)
class TractRow:
    """One tract; None where it was not measured.

    Parameters
    ----------
    published : the effect in the literature; None where none is known
    is_significant : family-wise p below 0.05
    note : effect and n in words
    """

    label: str
    effect: float | None
    low: float | None
    high: float | None
    published: float | None
    is_significant: bool
    note: str


def tract_profile(
    name: str, rows: Sequence[TractRow], *, title: str, description: str, axis: str, legend: tuple[str, ...]
) -> str:
    """Draw the tracts from above to below.

    Parameters
    ----------
    axis : what the axis shows, with its unit
    legend : words for the point with its interval, a filled point, what was published, and not measured
    """
    ends = [abs(end) for row in rows for end in (row.low, row.high, row.published) if end is not None]
    span = min(max([*ends, LEAST_SPAN]), MOST_SPAN)
    steps = round_steps(-span, span)
    scale = Axis(LABELS, WIDTH - LABELS - NOTES, steps[0], steps[-1])
    bottom = TOP + len(rows) * ROW
    marks = [*_legend(name, legend), *grid(scale, TOP - 4, bottom, steps, axis, strong=0.0)]
    heights = [TOP + place * ROW + ROW / 2 for place in range(len(rows))]
    placed = list(zip(rows, heights, strict=True))
    marks += [_row(name, row, y, scale) for row, y in placed]
    return drawing(name, WIDTH, bottom + 46, title, description, marks)


def _row(name: str, row: TractRow, y: float, scale: Axis) -> str:
    marks = [words(LABELS - 12, y + 4, fitted(row.label, LABELS - 16), anchor="end")]
    if row.published is not None:
        marks.append(diamond(scale.at(row.published), y, 7, PAPER, INK))
    if row.effect is None:
        marks.append(box(scale.left, y - 6, scale.width, 12, f"url(#{name}-hatch)", RULE, row.note))
    elif row.low is not None and row.high is not None:
        marks.append(interval_line(scale, y, row.low, row.high))
        fill = POINT if row.is_significant else PAPER
        marks.append(dot(scale.at(row.effect), y, 6, fill, POINT, row.note))
    note = fitted(row.note, NOTES - 14, SMALL)
    marks.append(words(WIDTH - NOTES + 14, y + 4, note, fill=QUIET, size=SMALL))
    return "".join(marks)


def _legend(name: str, legend: tuple[str, ...]) -> list[str]:
    estimate, filled, published, unknown = legend
    x = 4.0
    marks = [line(x, 14, x + 30, 14, INK, 2.5), dot(x + 15, 14, 6, PAPER, POINT)]
    x = _said(marks, x, estimate)
    marks.append(dot(x + 22, 14, 6, POINT, POINT))
    x = _said(marks, x, filled)
    marks.append(diamond(x + 22, 14, 7, PAPER, INK))
    x = _said(marks, x, published)
    marks.append(box(x + 6, 8, 26, 12, f"url(#{name}-hatch)", RULE))
    _said(marks, x, unknown)
    return marks


def _said(marks: list[str], x: float, label: str) -> float:
    """Put the words beside a mark; returns where the next mark may stand."""
    marks.append(words(x + 38, 18, label, size=SMALL))
    return x + 38 + text_width(label, SMALL) + 16
