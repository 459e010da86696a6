"""From the type of the first visit to that of the last: how many people stay and how many move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opentrs.report.svg import INK, PAPER, QUIET, SMALL, box, drawing, fitted, polygon, words

WIDTH = 860
LABELS = 190
BAR = 20
TOP = 44
HEIGHT = 330
GAP = 10
STAYS = "#4d4d4d"
MOVES = "#c9c9c9"
NARROWEST = 13


def type_flow(
    name: str,
    types: Sequence[tuple[str, str]],
    counts: Mapping[tuple[str, str], int],
    *,
    title: str,
    description: str,
    headings: tuple[str, str],
    legend: tuple[str, str],
) -> str:
    """Draw the types of the first visit left, those of the last right, and a ribbon for every move.

    Parameters
    ----------
    types : id and word of each type, in order from top to bottom
    counts : (first type, last type) -> people
    headings : words above the two sides
    legend : words for the ribbons of those who stay and of those who move
    """
    total = sum(counts.values()) or 1
    scale = (HEIGHT - GAP * (len(types) - 1)) / total
    left = _sides(types, {key: sum(n for (a, _), n in counts.items() if a == key) for key, _ in types}, scale)
    right = _sides(
        types, {key: sum(n for (_, b), n in counts.items() if b == key) for key, _ in types}, scale
    )
    leaves, arrives = {key: y for key, (y, _) in left.items()}, {key: y for key, (y, _) in right.items()}
    ribbons: list[tuple[bool, str]] = []
    names = dict(types)
    for first, _ in types:
        for last, _ in types:
            n = counts.get((first, last), 0)
            if not n:
                continue
            corners = (leaves[first], arrives[last], n * scale)
            hint = f"{names[first]} → {names[last]}: {n}"
            ribbons.append((first == last, _ribbon(*corners, STAYS if first == last else MOVES, hint)))
            leaves[first] += n * scale
            arrives[last] += n * scale
    marks = [drawn for _, drawn in sorted(ribbons, key=lambda each: each[0])]
    for side, x, anchor in ((left, LABELS, "end"), (right, WIDTH - LABELS - BAR, "start")):
        beside = x - 10 if anchor == "end" else x + BAR + 10
        bottom = 0.0
        for key, word in types:
            y, n = side[key]
            marks.append(box(x, y, BAR, n * scale, INK, "none", f"{word}: {n}"))
            base = max(y + n * scale / 2 + 4, bottom + NARROWEST)
            shown = fitted(f"{word}  {n}", LABELS - 14, SMALL)
            marks.append(words(beside, base, shown, anchor=anchor, fill=INK if n else QUIET, size=SMALL))
            bottom = base
    marks.append(words(LABELS + BAR, 36, headings[0], anchor="end", size=SMALL, bold=True))
    marks.append(words(WIDTH - LABELS - BAR, 36, headings[1], size=SMALL, bold=True))
    marks.append(_legend(legend))
    return drawing(name, WIDTH, TOP + HEIGHT + 30, title, description, marks)


def _sides(
    types: Sequence[tuple[str, str]], totals: Mapping[str, int], scale: float
) -> dict[str, tuple[float, int]]:
    """Type -> where its bar begins, and its people."""
    y, placed = float(TOP), {}
    for key, _ in types:
        placed[key] = (y, totals[key])
        y += totals[key] * scale + GAP
    return placed


def _ribbon(top_left: float, top_right: float, thick: float, fill: str, hint: str) -> str:
    """A band from left to right, bent as a curve in a few straight steps."""
    x0, x1, steps = LABELS + BAR, WIDTH - LABELS - BAR, 12
    upper = []
    for step in range(steps + 1):
        t = step / steps
        upper.append((x0 + (x1 - x0) * t, top_left + (top_right - top_left) * t * t * (3 - 2 * t)))
    corners = [*upper, *((x, y + thick) for x, y in reversed(upper))]
    return polygon(corners, fill, PAPER, hint)


def _legend(legend: tuple[str, str]) -> str:
    marks, x = [], float(LABELS)
    for fill, word in zip((STAYS, MOVES), legend, strict=True):
        marks.append(box(x, 2, 22, 12, fill, INK))
        marks.append(words(x + 28, 12.5, word, size=SMALL))
        x += 200
    return "".join(marks)
