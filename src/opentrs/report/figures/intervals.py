"""Estimates with their intervals, and bounds where verdicts are unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.figures.axes import Axis, grid, interval_line
from opentrs.report.svg import INK, QUIET, RULE, SMALL, box, diamond, drawing, fitted, line, text_width, words

WIDTH = 860
LABELS = 230
NOTES = 190
ROW = 30
TOP = 40
POINT = "#8c2d04"


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """One estimate; None where the data cannot tell. ``worst`` and ``best`` are bounds over the unknown."""

    label: str
    estimate: float | None
    low: float | None
    high: float | None
    note: str
    bound_low: float | None = None
    bound_high: float | None = None
    heading: bool = False
    is_withheld: bool = False


def interval_plot(
    name: str,
    rows: Sequence[IntervalRow],
    *,
    title: str,
    description: str,
    axis: str,
    legend: tuple[str, ...],
    span: tuple[float, float] = (0.0, 1.0),
    percent: bool = True,
    none_word: str = "",
    strong: float | None = None,
    marks_at: Sequence[float] = (),
) -> str:
    """Draw estimates on one axis.

    Parameters
    ----------
    axis : what the axis shows, with its unit
    legend : words for the point with its interval and, where there are bounds, for these
    span : ends of the axis
    percent : label the axis in percent
    none_word : what stands where there is no estimate
    strong : the value whose line is drawn dark, such as no effect
    marks_at : where the axis is marked; by default in equal parts
    """
    scale = Axis(LABELS, WIDTH - LABELS - NOTES, *span)
    bottom = TOP + len(rows) * ROW
    parts = 5 if percent else 4
    steps = list(marks_at) or [span[0] + (span[1] - span[0]) * part / parts for part in range(parts + 1)]
    # Parts of the axis are rounded; marks somebody asked for are not.
    places = 1 if marks_at else 0
    shown = (lambda value: f"{round(value * 100, places):g}%") if percent else "{:.1f}".format
    marks = [_legend(name, legend), *grid(scale, TOP - 4, bottom, steps, axis, shown, strong)]
    for place, row in enumerate(rows):
        marks.append(_row(name, row, TOP + place * ROW + ROW / 2, scale, none_word))
    return drawing(name, WIDTH, bottom + 46, title, description, marks)


def _row(name: str, row: IntervalRow, y: float, scale: Axis, none_word: str) -> str:
    if row.heading:
        shown = fitted(row.label, WIDTH - NOTES - 8)
        over = text_width(shown) + 8 - LABELS
        back = [box(LABELS - 4, y - 9, over, 18, "#ffffff")] if over > 0 else []
        return "".join([*back, words(4, y + 4, shown, bold=True)])
    marks = [words(LABELS - 12, y + 4, fitted(row.label, LABELS - 16), anchor="end")]
    if row.bound_low is not None and row.bound_high is not None:
        left, right = scale.at(row.bound_low), scale.at(row.bound_high)
        marks.append(box(left, y - 7, max(right - left, 1), 14, f"url(#{name}-hatch)", RULE))
    if row.estimate is not None and row.low is not None and row.high is not None:
        marks.append(line(scale.at(row.low), y, scale.at(row.high), y, "#ffffff", 5))
        marks.append(interval_line(scale, y, row.low, row.high, tall=5))
        marks.append(diamond(scale.at(row.estimate), y, 6, POINT, "#ffffff"))
    elif none_word and not row.is_withheld:
        width = text_width(none_word, SMALL) + 10
        marks.append(box(scale.left + 6, y - 9, width, 18, "#ffffff"))
        marks.append(words(scale.left + 11, y + 4, none_word, fill=QUIET, size=SMALL))
    marks.append(
        words(WIDTH - NOTES + 14, y + 4, fitted(row.note, NOTES - 14, SMALL), fill=QUIET, size=SMALL)
    )
    return "".join(marks)


def _legend(name: str, legend: tuple[str, ...]) -> str:
    x = 4.0
    marks = [line(x, 14, x + 30, 14, INK, 2.5), diamond(x + 15, 14, 6, POINT, "#ffffff")]
    marks.append(words(x + 38, 18, legend[0], size=SMALL))
    if len(legend) > 1:
        x += 38 + text_width(legend[0], SMALL) + 26
        marks.append(box(x, 7, 30, 14, f"url(#{name}-hatch)", RULE))
        marks.append(words(x + 38, 18, legend[1], size=SMALL))
    return "".join(marks)
