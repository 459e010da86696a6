"""One person's risk as people out of a hundred, with its interval, and the base rate beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.svg import INK, PAPER, QUIET, RULE, SMALL, box, drawing, fitted, text_width, words

PEOPLE, IN_A_ROW = 100, 10
STEP, SIDE = 19.0, 14.0
PANEL = 300.0
TOP = 74.0
CERTAIN, LIKELY = "#8c2d04", "#d9a48f"


@dataclass(frozen=True, slots=True)
class IconPanel:
    """A hundred people, some of whom have the outcome.

    Parameters
    ----------
    heading : whose risk it is
    said : the number in words, such as ``23 of 100 (14 to 35)``
    share, low, high : the risk and its interval, 0 to 1
    note : one short line below
    """

    heading: str
    said: str
    share: float
    low: float
    high: float
    note: str = ""


def counts(panel: IconPanel) -> tuple[int, int, int]:
    """People out of a hundred at the lower end, at the estimate and at the upper end.

    The lower end is rounded down and the upper up: drawn, an interval is never narrower than it is.
    """
    at = round(panel.share * PEOPLE)
    low = min(math.floor(panel.low * PEOPLE + 1e-9), at)
    return low, at, max(math.ceil(panel.high * PEOPLE - 1e-9), at)


def risk_icons(
    name: str, panels: Sequence[IconPanel], *, title: str, description: str, legend: tuple[str, str, str]
) -> str:
    """Draw each panel as ten rows of ten people.

    Parameters
    ----------
    legend : words for those up to the lower end of the interval, for those from there to the estimate, and
        for those from the estimate to the upper end
    """
    marks = _legend(name, legend)
    for place, panel in enumerate(panels):
        marks += _panel(name, panel, 4 + place * PANEL)
    height = TOP + STEP * PEOPLE / IN_A_ROW + (34 if any(panel.note for panel in panels) else 12)
    width = max(PANEL * len(panels), _legend_width(legend))
    return drawing(name, width, height, title, description, marks)


def _panel(name: str, panel: IconPanel, left: float) -> list[str]:
    low, at, high = counts(panel)
    marks = [
        words(left, TOP - 28, fitted(panel.heading, PANEL - 20), bold=True),
        words(left, TOP - 10, fitted(panel.said, PANEL - 20, SMALL), size=SMALL),
    ]
    for number in range(PEOPLE):
        fill, stroke = PAPER, RULE
        if number < low:
            fill, stroke = CERTAIN, CERTAIN
        elif number < at:
            fill, stroke = LIKELY, CERTAIN
        elif number < high:
            fill, stroke = f"url(#{name}-hatch)", QUIET
        row, column = divmod(number, IN_A_ROW)
        marks.append(box(left + column * STEP, TOP + row * STEP, SIDE, SIDE, fill, stroke))
    if panel.note:
        below = TOP + STEP * PEOPLE / IN_A_ROW + 16
        marks.append(words(left, below, fitted(panel.note, PANEL - 20, SMALL), fill=QUIET, size=SMALL))
    return marks


def _legend(name: str, legend: tuple[str, str, str]) -> list[str]:
    marks, x, y = [], 4.0, 6.0
    looks = ((CERTAIN, CERTAIN), (LIKELY, CERTAIN), (f"url(#{name}-hatch)", QUIET))
    for (fill, stroke), label in zip(looks, legend, strict=True):
        marks.append(box(x, y, SIDE, SIDE, fill, stroke))
        marks.append(words(x + SIDE + 8, y + 12, label, size=SMALL, fill=INK))
        x += SIDE + 8 + text_width(label, SMALL) + 22
    return marks


def _legend_width(legend: tuple[str, str, str]) -> float:
    return 4 + sum(SIDE + 8 + text_width(label, SMALL) + 22 for label in legend)
