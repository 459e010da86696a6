"""Ratios with their intervals on a logarithmic axis around 1."""

from __future__ import annotations

from collections.abc import Sequence

from opentrs.report.figures.axes import Axis, grid, interval_line
from opentrs.report.figures.intervals import IntervalRow
from opentrs.report.svg import INK, QUIET, SMALL, box, diamond, drawing, fitted, line, text_width, words

WIDTH = 860
LABELS = 230
NOTES = 210
ROW = 28
TOP = 36
LOW, HIGH = 0.1, 10.0
STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
POINT = "#8c2d04"


def ratio_plot(
    name: str, rows: Sequence[IntervalRow], *, title: str, description: str, axis: str, legend: str
) -> str:
    """Draw ratios; an interval that leaves the axis ends in an arrow head, a row without a ratio in its note.

    Parameters
    ----------
    rows : estimate and interval are ratios, above 0; None where none can be estimated
    axis : what the axis shows
    legend : words for the point with its interval
    """
    room = WIDTH - LABELS - NOTES
    bottom = TOP + len(rows) * ROW
    axis_ = Axis(LABELS, room, LOW, HIGH, is_log=True)
    marks = [line(LABELS, 12, LABELS + 30, 12, INK, 2.5), diamond(LABELS + 15, 12, 5.5, POINT, "#ffffff")]
    marks.append(words(LABELS + 38, 16, legend, size=SMALL))
    marks += grid(axis_, TOP - 4, bottom, STEPS, axis, strong=1.0)
    for place, row in enumerate(rows):
        y = TOP + (place + 0.5) * ROW
        x, anchor = (4.0, "start") if row.heading else (LABELS - 12.0, "end")
        marks.append(
            words(
                x, y + 4, fitted(row.label, LABELS - 16, SMALL), anchor=anchor, size=SMALL, bold=row.heading
            )
        )
        if row.estimate is not None and row.low is not None and row.high is not None:
            marks.append(interval_line(axis_, y, row.low, row.high))
            marks.append(diamond(axis_.at(row.estimate), y, 5.5, POINT, "#ffffff"))
            marks.append(words(WIDTH - NOTES + 12, y + 4, row.note, fill=QUIET, size=SMALL))
        elif not row.heading:
            shown = fitted(row.note, room + NOTES - 20, SMALL)
            marks.append(box(LABELS + 4, y - 9, text_width(shown, SMALL) + 10, 18, "#ffffff"))
            marks.append(words(LABELS + 8, y + 4, shown, fill=QUIET, size=SMALL))
    return drawing(name, WIDTH, bottom + 46, title, description, marks)
