"""Schematic flat map of the cortex: one tile per region, where it lies and not how large it is.

Tiles stand by neighbourhood in lateral and medial view, front outward; they are no outlines of an atlas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.figures.axes import minus
from opentrs.report.svg import INK, PAPER, RULE, SMALL, box, drawing, text_width, words

COLUMNS = 7
TILE_WIDTH, TILE_HEIGHT = 56, 36
GAP = 3
BETWEEN = 34
TOP = 62
LABEL = 24
ROWS = {"lateral": 5, "medial": 4}
VIEWS = ("lateral", "medial")
# An atlas of more regions has narrower tiles, so that the map stays as wide.
NARROW_FROM, NARROW_WIDTH = 8, 43
# Blue below 0 and orange above, darker away from 0. The sign stands in each tile, so grey print keeps it.
BELOW = ("#e3eef9", "#a6cbe8", "#5b9bd0", "#1f5f9f")
ABOVE = ("#fbeadb", "#f4c08e", "#dd8a3e", "#a8530b")
# From which shade on letters are white.
DARK_FROM = 3
# Upper ends of the first three shades, in standard deviations: nil, small and medium in the usual words.
SHADE_ENDS = (0.1, 0.3, 0.5)


@dataclass(frozen=True, slots=True)
class _Board:
    """How many tiles stand beside and below each other, and how wide they are."""

    columns: int
    rows: dict[str, int]
    tile_width: float

    @property
    def width(self) -> float:
        """Width of the drawing."""
        return 2 * self.columns * (self.tile_width + GAP) + BETWEEN + 8

    def corner(self, side: str, view: str) -> tuple[float, float]:
        """Upper left corner of a panel."""
        above = 0 if view == "lateral" else self.rows["lateral"] * (TILE_HEIGHT + GAP) + LABEL
        left = 4.0 if side == "left" else 4 + self.columns * (self.tile_width + GAP) + BETWEEN
        return left, TOP + above


@dataclass(frozen=True, slots=True)
class Tile:
    """One region of one hemisphere.

    Parameters
    ----------
    side, view : left or right; lateral or medial
    column, row : place, from the front and from above
    short : abbreviation
    effect : standardised effect; None where it was not measured or is withheld
    is_significant : family-wise p below 0.05
    hint : region, effect, interval, p and n in words
    """

    side: str
    view: str
    column: int
    row: int
    short: str
    effect: float | None
    is_significant: bool
    hint: str


def tile_map(
    name: str,
    tiles: Sequence[Tile],
    *,
    title: str,
    description: str,
    heads: dict[tuple[str, str], str],
    legend: tuple[str, str, str, str],
) -> str:
    """Draw both hemispheres in both views.

    Parameters
    ----------
    heads : side and view -> what stands above the panel
    legend : words for lower, for higher, for a marked outline, and for a region not measured
    """
    board = _board(tiles)
    marks = _legend(name, legend)
    for (side, view), head in heads.items():
        x, y = board.corner(side, view)
        marks.append(words(x, y - 8, head, bold=True, size=SMALL))
    # Outlined tiles last, so that no neighbour covers an outline.
    for tile in sorted(tiles, key=lambda each: each.is_significant):
        marks.append(_tile(name, tile, board))
    bottom = board.corner("left", "medial")[1] + board.rows["medial"] * (TILE_HEIGHT + GAP) + 6
    return drawing(name, board.width, bottom, title, description, marks)


def _board(tiles: Sequence[Tile]) -> _Board:
    columns = max([COLUMNS, *(tile.column + 1 for tile in tiles)])
    rows = {
        view: max([least, *(tile.row + 1 for tile in tiles if tile.view == view)])
        for view, least in ROWS.items()
    }
    return _Board(columns, rows, TILE_WIDTH if columns < NARROW_FROM else NARROW_WIDTH)


def shade(effect: float) -> int:
    """Number of the shade of an effect: 0 hardly any, 3 the darkest."""
    return sum(abs(effect) >= end for end in SHADE_ENDS)


def _colour(effect: float) -> str:
    return (BELOW if effect < 0 else ABOVE)[shade(effect)]


def _tile(name: str, tile: Tile, board: _Board) -> str:
    left, top = board.corner(tile.side, tile.view)
    wide = board.tile_width
    # The right hemisphere is the mirror image: the front of both lies outward.
    column = tile.column if tile.side == "left" else board.columns - 1 - tile.column
    x, y = left + column * (wide + GAP), top + tile.row * (TILE_HEIGHT + GAP)
    fill = f"url(#{name}-hatch)" if tile.effect is None else _colour(tile.effect)
    ink = PAPER if tile.effect is not None and shade(tile.effect) >= DARK_FROM else INK
    middle = x + wide / 2
    marks = [box(x, y, wide, TILE_HEIGHT, fill, RULE, tile.hint)]
    if tile.is_significant:
        marks += [_outline(x - 1, y - 1, wide + 2, TILE_HEIGHT + 2)]
    if tile.effect is None:
        marks.append(box(middle - 18, y + 5, 36, 15, PAPER))
    else:
        shown = minus(f"{tile.effect:+z.2f}") + ("*" if tile.is_significant else "")
        size = SMALL if wide == TILE_WIDTH else SMALL - 1
        marks.append(words(middle, y + 31, shown, anchor="middle", fill=ink, size=size, bold=True))
    marks.append(words(middle, y + 16, tile.short, anchor="middle", fill=ink, size=SMALL))
    return "".join(marks)


def _outline(x: float, y: float, width: float, height: float) -> str:
    """Four sides of two units, dark: seen in grey and beside any fill."""
    thick = 2.5
    return "".join([
        box(x, y, width, thick, INK), box(x, y + height - thick, width, thick, INK),
        box(x, y, thick, height, INK), box(x + width - thick, y, thick, height, INK),
    ])  # fmt: skip


def _legend(name: str, legend: tuple[str, str, str, str]) -> list[str]:
    x, marks = 4.0, []
    lower, higher, marked, unknown = legend
    marks.append(words(x, 18, lower, size=SMALL))
    x += text_width(lower, SMALL) + 8
    ends = ["", *(f"{end:g}" for end in SHADE_ENDS)]
    for sign, colours in (("−", tuple(reversed(BELOW))), ("", ABOVE)):
        for place, colour in enumerate(colours):
            marks.append(box(x, 6, 34, 16, colour, RULE))
            end = ends[len(ends) - 1 - place] if sign else ends[place]
            if end:
                # A number stands at the side of its shade that is nearer to 0.
                marks.append(words(x + (34 if sign else 0), 36, sign + end, anchor="middle", size=11))
            x += 34
    marks.append(words(x - 4 * 34, 36, "0", anchor="middle", size=11))
    marks.append(words(x + 8, 18, higher, size=SMALL))
    x += 8 + text_width(higher, SMALL) + 24
    marks += [box(x, 6, 24, 16, PAPER, RULE), _outline(x, 6, 24, 16), words(x + 30, 18, marked, size=SMALL)]
    x += 30 + text_width(marked, SMALL) + 20
    marks += [box(x, 6, 24, 16, f"url(#{name}-hatch)", RULE), words(x + 30, 18, unknown, size=SMALL)]
    return marks
