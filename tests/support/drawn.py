"""Tables drawn in text: what the vignettes are written in.

A drawn table has a line of headings, a line of dashes, and a line per row. A double bar parts what is
told from what is expected::

    vignette                     | course 2 weeks || T2  | verdict
    -----------------------------+----------------++-----+--------------
    six weeks are long enough    | 6              || yes | resistant
    a day less is not            | 5.857          || no  | not_resistant

A blank cell is a blank datum, ``=`` is "as in the complete patient".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SAME = "="


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """One row: its first cell, the cells before the double bar and the cells behind it."""

    name: str
    told: Mapping[str, str]
    expected: Mapping[str, str]


def parse(text: str) -> tuple[DrawnRow, ...]:
    """Read a drawn table.

    Raises
    ------
    ValueError : a row has another number of cells than the headings, a heading or a first cell comes
        twice, or there is no double bar
    """
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    headings, _dashes, *body = lines
    name_and_told, expected = _halves(headings)
    for columns in (name_and_told, expected):
        if len(set(columns)) != len(columns):
            raise ValueError(f"A heading comes twice: {headings}")
    rows = []
    for line in body:
        left, right = _halves(line)
        if len(left) != len(name_and_told) or len(right) != len(expected):
            raise ValueError(f"This row does not fit its headings: {line}")
        rows.append(
            DrawnRow(left[0], dict(zip(name_and_told[1:], left[1:], strict=True)),
                     dict(zip(expected, right, strict=True)))
        )  # fmt: skip
    names = [row.name for row in rows]
    if len(set(names)) != len(names):
        raise ValueError(
            f"Two rows have the same name: {sorted(name for name in names if names.count(name) > 1)}"
        )
    return tuple(rows)


def _halves(line: str) -> tuple[list[str], list[str]]:
    told, bar, expected = line.partition("||")
    if not bar:
        raise ValueError(f"This line has no double bar: {line}")
    return _cells(told), _cells(expected)


def _cells(half: str) -> list[str]:
    return [cell.strip() for cell in half.split("|")]
