"""Horizontal bars of counts, one drawn inside the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.svg import INK, QUIET, SMALL, box, drawing, fitted, line, text_width, ticks, words

WIDTH = 860
LABELS = 300
ROW = 30
TOP = 34
OUTER = "#bdbdbd"
INNER = "#08519c"


@dataclass(frozen=True, slots=True)
class CountRow:
    """A count and a part of it; ``n`` is what both are counted among."""

    label: str
    count: int
    part: int | None = None


def count_bars(
    name: str,
    rows: Sequence[CountRow],
    *,
    title: str,
    description: str,
    axis: str,
    legend: tuple[str, str],
    n: int,
) -> str:
    """Draw counts of people, with a part of each count darker, on an axis that ends at n."""
    steps = [tick for tick in ticks(n) if tick <= n] if n else [0.0]
    room = WIDTH - LABELS - 90
    high = max(n, 1)
    bottom = TOP + len(rows) * ROW
    marks = [_legend(legend)]
    for tick in steps:
        x = LABELS + room * tick / high
        marks.append(line(x, TOP - 4, x, bottom, "#d0d0d0"))
        marks.append(words(x, bottom + 16, f"{tick:g}", anchor="middle", fill=QUIET, size=SMALL))
    for place, row in enumerate(rows):
        y = TOP + place * ROW
        marks.append(
            words(LABELS - 10, y + 18, fitted(row.label, LABELS - 14, SMALL), anchor="end", size=SMALL)
        )
        marks.append(
            box(LABELS, y + 5, room * row.count / high, 18, OUTER, "#6b6b6b", f"{legend[0]}: {row.count}")
        )
        shown = str(row.count)
        if row.part is not None:
            marks.append(
                box(LABELS, y + 9, room * row.part / high, 10, INNER, "none", f"{legend[1]}: {row.part}")
            )
            shown = f"{row.count} / {row.part}"
        marks.append(words(LABELS + room * row.count / high + 6, y + 18, shown, size=SMALL))
    marks.append(line(LABELS, bottom, LABELS + room, bottom, INK))
    marks.append(words(LABELS + room / 2, bottom + 36, axis, anchor="middle", size=SMALL))
    return drawing(name, WIDTH, bottom + 46, title, description, marks)


def _legend(legend: tuple[str, str]) -> str:
    x = LABELS
    marks = [box(x, 6, 26, 14, OUTER, "#6b6b6b"), words(x + 32, 18, legend[0], size=SMALL)]
    if legend[1]:
        x += int(32 + text_width(legend[0], SMALL) + 26)
        marks += [box(x, 9, 26, 8, INNER), words(x + 32, 18, legend[1], size=SMALL)]
    return "".join(marks)
