"""Ratios with their intervals on a logarithmic axis around 1."""

from __future__ import annotations

import math
from collections.abc import Sequence

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

    def at(value: float) -> float:
        inside = min(max(value, LOW), HIGH)
        return LABELS + room * math.log(inside / LOW) / math.log(HIGH / LOW)

    marks = [line(LABELS, 12, LABELS + 30, 12, INK, 2.5), diamond(LABELS + 15, 12, 5.5, POINT, "#ffffff")]
    marks.append(words(LABELS + 38, 16, legend, size=SMALL))
    for step in STEPS:
        x = at(step)
        is_one = step == 1.0
        marks.append(line(x, TOP - 4, x, bottom, INK if is_one else "#d8d8d8", 1.2 if is_one else 1))
        marks.append(words(x, bottom + 16, f"{step:g}", anchor="middle", fill=QUIET, size=SMALL))
    for place, row in enumerate(rows):
        y = TOP + (place + 0.5) * ROW
        x, anchor = (4.0, "start") if row.heading else (LABELS - 12.0, "end")
        marks.append(
            words(
                x, y + 4, fitted(row.label, LABELS - 16, SMALL), anchor=anchor, size=SMALL, bold=row.heading
            )
        )
        if row.estimate is not None and row.low is not None and row.high is not None:
            low, high = at(row.low), at(row.high)
            marks.append(line(low, y, high, y, INK, 2.5))
            marks.append(_end(low, y, row.low < LOW, -1))
            marks.append(_end(high, y, row.high > HIGH, 1))
            marks.append(diamond(at(row.estimate), y, 5.5, POINT, "#ffffff"))
            marks.append(words(WIDTH - NOTES + 12, y + 4, row.note, fill=QUIET, size=SMALL))
        elif not row.heading:
            shown = fitted(row.note, room + NOTES - 20, SMALL)
            marks.append(box(LABELS + 4, y - 9, text_width(shown, SMALL) + 10, 18, "#ffffff"))
            marks.append(words(LABELS + 8, y + 4, shown, fill=QUIET, size=SMALL))
    marks.append(line(LABELS, bottom, LABELS + room, bottom, INK))
    marks.append(words(LABELS + room / 2, bottom + 36, axis, anchor="middle", size=SMALL))
    return drawing(name, WIDTH, bottom + 46, title, description, marks)


def _end(x: float, y: float, is_beyond: bool, way: int) -> str:
    if not is_beyond:
        return line(x, y - 4, x, y + 4, INK, 2)
    return line(x, y, x - way * 7, y - 5, INK, 2) + line(x, y, x - way * 7, y + 5, INK, 2)
