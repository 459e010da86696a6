"""Stacked bars of people by verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.svg import INK, PAPER, QUIET, SMALL, box, drawing, fitted, text_width, words

RESISTANT = "#8c2d04"
NOT_RESISTANT = "#9ecae1"
WIDTH = 860
LABELS = 250
BAR = 26
ROW = 40
NARROWEST_LABEL = 6


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """How many people got which verdict; ``note`` stands right of the bar."""

    label: str
    resistant: int
    not_resistant: int
    unknown: int
    note: str = ""

    @property
    def n(self) -> int:
        """All people of the row."""
        return self.resistant + self.not_resistant + self.unknown


def stacked_verdicts(
    name: str,
    rows: Sequence[VerdictRow],
    *,
    title: str,
    description: str,
    names: tuple[str, str, str],
    unit: str,
) -> str:
    """Draw one bar per row, each as long as the row has people.

    Parameters
    ----------
    names : words for resistant, not resistant, unknown
    unit : what is counted, for the axis
    """
    longest = max((row.n for row in rows), default=0) or 1
    notes = max((text_width(row.note, SMALL) for row in rows), default=0)
    room = WIDTH - LABELS - notes - 16
    marks = [_legend(name, names)]
    for place, row in enumerate(rows):
        top = 34 + place * ROW
        marks.append(words(LABELS - 10, top + 18, fitted(row.label, LABELS - 14), anchor="end"))
        marks.append(_bar(name, row, top, room / longest, names))
        marks.append(words(LABELS + room * row.n / longest + 8, top + 18, row.note, fill=QUIET, size=SMALL))
    bottom = 34 + len(rows) * ROW + 8
    marks.append(words(LABELS, bottom + 4, unit, fill=QUIET, size=SMALL))
    return drawing(name, WIDTH, bottom + 14, title, description, marks)


def _bar(name: str, row: VerdictRow, top: float, scale: float, names: tuple[str, str, str]) -> str:
    marks, x = [], float(LABELS)
    fills = ((RESISTANT, PAPER), (NOT_RESISTANT, INK), (f"url(#{name}-hatch)", INK))
    for count, (fill, ink), word in zip(
        (row.resistant, row.not_resistant, row.unknown), fills, names, strict=True
    ):
        width = count * scale
        marks.append(box(x, top, width, BAR, fill, INK if count else "none", f"{word}: {count}"))
        label = str(count)
        if count and width > text_width(label) + NARROWEST_LABEL:
            if fill.startswith("url"):
                back = text_width(label) + 8
                marks.append(box(x + width / 2 - back / 2, top + 4, back, BAR - 8, PAPER))
            marks.append(words(x + width / 2, top + 18, label, anchor="middle", fill=ink, bold=True))
        x += width
    return "".join(marks)


def _legend(name: str, names: tuple[str, str, str]) -> str:
    marks, x = [], float(LABELS)
    for fill, word in zip((RESISTANT, NOT_RESISTANT, f"url(#{name}-hatch)"), names, strict=True):
        marks.append(box(x, 4, 14, 14, fill, INK))
        marks.append(words(x + 20, 15.5, word, size=SMALL))
        x += 20 + text_width(word, SMALL) + 24
    return "".join(marks)
