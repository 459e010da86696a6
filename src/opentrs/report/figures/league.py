"""League table as a picture: every treatment against every other, network below and direct trials above."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opentrs.report.figures.axes import minus
from opentrs.report.svg import INK, PAPER, QUIET, RULE, SMALL, box, drawing, fitted, text_width, words

CELL, ROW, TOP, EDGE = 104, 44, 40, 4
DIAGONAL, SURE = "#e8e8e8", "#f6d7b8"
Effect = tuple[float, float, float]
Pairs = Mapping[tuple[str, str], Effect]


@dataclass(frozen=True, slots=True)
class LeagueWords:
    """What is written around a league table, in the reader's language.

    Parameters
    ----------
    network, direct : what stands below and above the diagonal
    sure : what the shade means
    never : in a cell of two treatments no trial compares
    """

    network: str
    direct: str
    sure: str
    never: str


def league(
    name: str,
    treatments: Sequence[tuple[str, str]],
    network: Pairs,
    direct: Pairs,
    *,
    title: str,
    description: str,
    labels: LeagueWords,
    is_log: bool = False,
) -> str:
    """Draw the table; a cell is shaded where its interval does not hold no effect.

    Parameters
    ----------
    treatments : name and what stands under it, in the order of rows and columns
    network, direct : effect and the ends of its interval of the first against the second treatment; pairs
        without direct trials are absent from ``direct``
    is_log : effects are logarithms of ratios; the cells show ratios
    """
    n = len(treatments)
    marks = [_legend(labels)]
    for row, (one, under) in enumerate(treatments):
        for column, (other, _) in enumerate(treatments):
            x, y = EDGE + column * CELL, TOP + row * ROW
            if row == column:
                marks += _treatment(x, y, one, under)
            elif row > column:
                marks += _cell(x, y, network.get((other, one)), labels, is_log)
            else:
                marks += _cell(x, y, direct.get((one, other)), labels, is_log)
    width = max(2 * EDGE + n * CELL, _legend_width(labels))
    return drawing(name, width, TOP + n * ROW + EDGE, title, description, marks)


def _treatment(x: float, y: float, name: str, under: str) -> list[str]:
    middle = x + CELL / 2
    return [
        box(x, y, CELL, ROW, DIAGONAL, RULE, name),
        words(middle, y + 18, fitted(name, CELL - 18), anchor="middle", bold=True),
        words(middle, y + 35, under, anchor="middle", size=SMALL, fill=QUIET),
    ]


def _cell(x: float, y: float, effect: Effect | None, labels: LeagueWords, is_log: bool) -> list[str]:
    middle = x + CELL / 2
    if effect is None or not all(map(math.isfinite, effect)):
        said = words(
            middle, y + ROW / 2 + 4, fitted(labels.never, CELL - 6, 11), anchor="middle", fill=QUIET, size=11
        )
        return [box(x, y, CELL, ROW, PAPER, RULE), said]
    _, low, high = effect
    is_sure = low > 0 or high < 0
    shown, left, right = (_number(end, is_log) for end in effect)
    return [
        box(x, y, CELL, ROW, SURE if is_sure else PAPER, RULE),
        words(middle, y + 18, shown, anchor="middle", bold=is_sure),
        words(
            middle,
            y + 35,
            f"{left} \u2013 {right}" if is_log else f"[{left}, {right}]",
            anchor="middle",
            size=11,
        ),
    ]


def _number(value: float, is_log: bool) -> str:
    shown = math.exp(value) if is_log else value
    return minus(f"{shown:.2f}")


def _legend(labels: LeagueWords) -> str:
    marks, x = [], float(EDGE)
    for said in (labels.network, labels.direct):
        marks.append(words(x, 20, said, size=SMALL))
        x += text_width(said, SMALL) + 24
    marks += [box(x, 9, 18, 14, SURE, INK), words(x + 24, 20, labels.sure, size=SMALL)]
    return "".join(marks)


def _legend_width(labels: LeagueWords) -> float:
    told = (labels.network, labels.direct, labels.sure)
    return 2 * EDGE + sum(text_width(said, SMALL) + 24 for said in told) + 18
