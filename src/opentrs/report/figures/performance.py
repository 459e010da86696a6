"""Performance by group or site: the same rows on several measures, each on its own axis, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opentrs.report.figures.axes import Axis, grid, interval_end, interval_line
from opentrs.report.svg import QUIET, SMALL, diamond, dot, drawing, fitted, line, words

WIDTH = 860.0
LABELS, COUNTS = 176.0, 84.0
GAP = 26.0
ROW = 27.0
TOP = 58.0
POINT, POOLED = "#1a1a1a", "#8c2d04"


@dataclass(frozen=True, slots=True)
class Measured:
    """One estimate with its interval.

    Parameters
    ----------
    new_low, new_high : interval in which that of a new site is expected; None where it is not asked
    """

    estimate: float
    low: float
    high: float
    new_low: float | None = None
    new_high: float | None = None


@dataclass(frozen=True, slots=True)
class PerformanceRow:
    """A group or site: its name, n and events, and what was measured there.

    Parameters
    ----------
    measured : key of a panel -> estimate; a panel without one shows ``why``, once where there is none at all
    why : why something could not be measured, in a few words
    is_pooled : drawn as a diamond, and last
    """

    label: str
    counts: str
    measured: Mapping[str, Measured]
    why: str = ""
    is_pooled: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One measure: its key, heading, marks of its axis, and the value drawn dark (perfect, or chance)."""

    key: str
    heading: str
    steps: Sequence[float]
    strong: float
    is_log: bool = False


def performance_forest(
    name: str,
    rows: Sequence[PerformanceRow],
    panels: Sequence[Panel],
    *,
    title: str,
    description: str,
    headings: tuple[str, str],
) -> str:
    """Draw each measure in a panel of its own.

    Parameters
    ----------
    headings : above the names and above n (events)
    """
    room = (WIDTH - LABELS - COUNTS - GAP * len(panels)) / len(panels)
    bottom = TOP + len(rows) * ROW + 6
    marks = [
        words(LABELS - 10, TOP - 14, headings[0], anchor="end", size=SMALL, bold=True),
        words(LABELS + COUNTS - 8, TOP - 14, headings[1], anchor="end", size=SMALL, bold=True),
    ]
    for place, row in enumerate(rows):
        y = TOP + (place + 0.5) * ROW
        marks.append(
            words(LABELS - 10, y + 4, fitted(row.label, LABELS - 14), anchor="end", bold=row.is_pooled)
        )
        marks.append(words(LABELS + COUNTS - 8, y + 4, row.counts, anchor="end", size=SMALL, fill=QUIET))
    for place, panel in enumerate(panels):
        axis = Axis(
            LABELS + COUNTS + GAP / 2 + place * (room + GAP),
            room,
            panel.steps[0],
            panel.steps[-1],
            panel.is_log,
        )
        marks.append(
            words(axis.left + room / 2, TOP - 14, panel.heading, anchor="middle", size=SMALL, bold=True)
        )
        marks += grid(axis, TOP - 6, bottom, panel.steps, "", strong=panel.strong)
        for number, row in enumerate(rows):
            if row.measured or place == 0:
                marks += _measured(row, panel.key, axis, TOP + (number + 0.5) * ROW)
    if any(row.is_pooled for row in rows):
        first = next(place for place, row in enumerate(rows) if row.is_pooled)
        marks.append(line(4, TOP + first * ROW, WIDTH - 4, TOP + first * ROW, QUIET))
    return drawing(name, WIDTH, bottom + 26, title, description, marks)


def _measured(row: PerformanceRow, key: str, axis: Axis, y: float) -> list[str]:
    found = row.measured.get(key)
    if found is None:
        return [words(axis.left + 4, y + 4, fitted(row.why, axis.width - 8, SMALL), fill=QUIET, size=SMALL)]
    marks = []
    if found.new_low is not None and found.new_high is not None:
        marks.append(line(axis.at(found.new_low), y, axis.at(found.new_high), y, POOLED, 1.4, "4 3"))
        marks += [interval_end(axis, y, end, POOLED) for end in (found.new_low, found.new_high)]
    marks.append(interval_line(axis, y, found.low, found.high, width=2))
    x = axis.at(found.estimate)
    marks.append(diamond(x, y, 6, POOLED, "#ffffff") if row.is_pooled else dot(x, y, 4.5, POINT))
    return marks
