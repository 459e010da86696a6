"""Where single values lie against a reference: one dot a person, and the band that holds 95% of controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.svg import INK, QUIET, RULE, SMALL, box, dot, drawing, fitted, line, words

WIDTH = 860
LABELS = 230
NOTES = 150
ROW = 34
TOP = 40
SPAN = 4
BAND = 1.96
SPREAD = (0, 6, -6, 3, -3, 8, -8)  # so that dots on one place stay apart
DOT = "#6b6b6b"


@dataclass(frozen=True, slots=True)
class PositionRow:
    """The people of one group: z of each."""

    label: str
    values: tuple[float, ...]
    note: str
    heading: bool = False


def positions(
    name: str,
    rows: Sequence[PositionRow],
    *,
    title: str,
    description: str,
    axis: str,
    legend: tuple[str, str],
) -> str:
    """Draw every value on one axis of standard deviations; one beyond 4 stands at the edge.

    Parameters
    ----------
    legend : words for the band and for a dot
    """
    room = WIDTH - LABELS - NOTES
    bottom = TOP + len(rows) * ROW

    def at(value: float) -> float:
        return LABELS + room * (min(max(value, -SPAN), SPAN) + SPAN) / (2 * SPAN)

    marks = [box(at(-BAND), TOP - 4, at(BAND) - at(-BAND), bottom - TOP + 4, "#ececec")]
    for step in range(-SPAN, SPAN + 1):
        marks.append(line(at(step), TOP - 4, at(step), bottom, INK if step == 0 else "#d0d0d0"))
        marks.append(words(at(step), bottom + 16, f"{step}", anchor="middle", fill=QUIET, size=SMALL))
    for place, row in enumerate(rows):
        y = TOP + (place + 0.5) * ROW
        if row.heading:
            marks.append(words(4, y + 4, fitted(row.label, LABELS + 60), bold=True))
            continue
        marks.append(words(LABELS - 12, y + 4, fitted(row.label, LABELS - 16), anchor="end"))
        for number, value in enumerate(sorted(row.values)):
            marks.append(dot(at(value), y + SPREAD[number % len(SPREAD)], 3, DOT, "#ffffff"))
        marks.append(
            words(WIDTH - NOTES + 12, y + 4, fitted(row.note, NOTES - 14, SMALL), fill=QUIET, size=SMALL)
        )
    marks.append(line(LABELS, bottom, LABELS + room, bottom, RULE))
    marks.append(words(LABELS + room / 2, bottom + 36, axis, anchor="middle", size=SMALL))
    marks.append(_legend(legend))
    return drawing(name, WIDTH, bottom + 46, title, description, marks)


def _legend(legend: tuple[str, str]) -> str:
    marks = [box(4, 6, 28, 14, "#ececec", RULE), words(40, 18, legend[0], size=SMALL)]
    return "".join([*marks, dot(306, 13, 3, DOT, "#ffffff"), words(318, 18, legend[1], size=SMALL)])
