"""What a page is made of: sections of paragraphs, figures and tables. The template only prints them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; ``kind`` says how much weight it carries."""

    words: str
    kind: Literal["plain", "lead", "note", "warning"] = "plain"
    what: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Figure:
    """An SVG drawing, also written as ``figures/<name>.svg``."""

    name: str
    svg: str
    caption: str
    what: str = "figure"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text cells.

    Parameters
    ----------
    headings, rows : cells as they are shown
    numbers : positions of columns set flush right
    whole : positions of columns of a few words, whose lines are not broken
    caption : what a row is, with n
    folded : shown only on request, where a table is long; its summary line is the caption
    below : said under the table, such as how many rows were left out
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str
    numbers: frozenset[int] = frozenset()
    folded: bool = False
    below: str = ""
    whole: frozenset[int] = frozenset()
    what: str = "table"


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of the review in three voices."""

    row: str
    voices: Sequence[tuple[str, str]]
    link: str
    what: str = "claim"


Block = Paragraph | Figure | Table | Claim


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with its heading; ``name`` is its anchor."""

    name: str
    heading: str
    blocks: Sequence[Block] = field(default_factory=tuple)
