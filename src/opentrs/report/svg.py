"""SVG as text: a few marks, all text escaped, no style sheet and no script; fit for a page or alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

FONT = "system-ui, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"
INK = "#1a1a1a"
QUIET = "#595959"  # 7:1 on white
RULE = "#8a8a8a"  # 3.5:1 on white
PAPER = "#ffffff"
SIZE = 13
SMALL = 12


def clean(value: object) -> str:
    """Return text without characters XML forbids and without marks that turn the writing direction."""
    kept = (
        character
        for character in str(value)
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Cn")
    )
    return "".join(kept)


def drawing(
    name: str, width: float, height: float, title: str, description: str, marks: Iterable[str]
) -> str:
    """Put marks into one figure with a title and a description that screen readers read out.

    Parameters
    ----------
    name : unique within a page; letters, digits and hyphens
    width, height : size in user units, one being a pixel on a plain screen
    """
    drawn = "".join(marks)
    pattern = hatch(name) if f"#{name}-hatch" in drawn else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" '
        f'role="img" aria-labelledby="{name}-title {name}-desc" font-family="{FONT}" font-size="{SIZE}">'
        f'<title id="{name}-title">{escape(clean(title))}</title>'
        f'<desc id="{name}-desc">{escape(clean(description))}</desc>'
        f"{pattern}{drawn}</svg>\n"
    )


def hatch(name: str) -> str:
    """The pattern for what is unknown: readable without colour."""
    return (
        f'<defs><pattern id="{name}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="6" height="6" fill="#f2f2f2"/>'
        f'<line x1="0" y1="0" x2="0" y2="6" stroke="#6b6b6b" stroke-width="3"/></pattern></defs>'
    )


def words(
    x: float,
    y: float,
    content: object,
    *,
    anchor: str = "start",
    fill: str = INK,
    size: int = SIZE,
    bold: bool = False,
) -> str:
    """One line of text; ``y`` is its base line."""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" fill="{fill}" font-size="{size}"{weight}>'
        f"{escape(clean(content))}</text>"
    )


def box(
    x: float, y: float, width: float, height: float, fill: str, stroke: str = "none", hint: str = ""
) -> str:
    """A filled rectangle; ``hint`` is shown by a pointing device and read out."""
    inner = f"<title>{escape(clean(hint))}</title>" if hint else ""
    size = f'width="{_n(max(width, 0))}" height="{_n(height)}"'
    return f'<rect x="{_n(x)}" y="{_n(y)}" {size} fill={quoteattr(fill)} stroke="{stroke}">{inner}</rect>'


def line(
    x1: float, y1: float, x2: float, y2: float, stroke: str = INK, width: float = 1, dashes: str = ""
) -> str:
    """A straight line."""
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    ends = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
    return f'<line {ends} stroke="{stroke}" stroke-width="{_n(width)}"{dashed}/>'


def path(
    points: Sequence[tuple[float, float]], stroke: str = INK, width: float = 1.5, dashes: str = ""
) -> str:
    """A line through points."""
    joined = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{joined}" fill="none" stroke="{stroke}" stroke-width="{_n(width)}"{dashed}/>'


def dot(x: float, y: float, radius: float = 4, fill: str = INK, stroke: str = PAPER, hint: str = "") -> str:
    """A filled circle; ``hint`` is shown by a pointing device and read out."""
    mark = f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}" stroke="{stroke}"'
    return f"{mark}><title>{escape(clean(hint))}</title></circle>" if hint else f"{mark}/>"


def diamond(
    x: float, y: float, radius: float = 5, fill: str = PAPER, stroke: str = INK, hint: str = ""
) -> str:
    """A square standing on its corner; ``hint`` is shown by a pointing device and read out."""
    inner = f"<title>{escape(clean(hint))}</title>" if hint else ""
    corners = (
        f"{_n(x)},{_n(y - radius)} {_n(x + radius)},{_n(y)} {_n(x)},{_n(y + radius)} {_n(x - radius)},{_n(y)}"
    )
    mark = f'<polygon points="{corners}" fill="{fill}" stroke="{stroke}" stroke-width="1.5"'
    return f"{mark}>{inner}</polygon>" if hint else f"{mark}/>"


def polygon(
    points: Sequence[tuple[float, float]],
    fill: str,
    stroke: str = "none",
    hint: str = "",
    opacity: float = 1.0,
) -> str:
    """A filled outline; ``hint`` is shown by a pointing device and read out."""
    inner = f"<title>{escape(clean(hint))}</title>" if hint else ""
    joined = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    see_through = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
    return (
        f'<polygon points="{joined}" fill={quoteattr(fill)} stroke="{stroke}"{see_through}>{inner}</polygon>'
    )


def text_width(content: object, size: int = SIZE) -> float:
    """Width of a line of text, about: full-width characters are one em, others a little over half."""
    ems = sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.56 for letter in clean(content))
    return ems * size


def fitted(content: object, width: float, size: int = SIZE) -> str:
    """Return the text, shortened with an ellipsis where it is wider than ``width``."""
    shown = clean(content)
    if text_width(shown, size) <= width:
        return shown
    while shown and text_width(shown + "…", size) > width:
        shown = shown[:-1]
    return shown + "…"


def ticks(high: float, about: int = 5) -> list[float]:
    """Round numbers from 0 up to at least ``high``."""
    if high <= 0:
        return [0.0, 1.0]
    step = 10.0 ** len(str(int(high)))
    while high / step < about:
        step = _finer(step)
    count = int(-(-high // step))
    return [round(index * step, 6) for index in range(count + 1)]


def _finer(step: float) -> float:
    lead = float(f"{step:.0e}"[0])
    return step / 2 if lead in (1.0, 2.0) else step * 2 / 5


def _n(value: float) -> str:
    """Coordinates to a tenth of a unit: shorter files, the same bytes everywhere."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
