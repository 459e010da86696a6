"""Make the figures of a page smaller: what is drawn often is said once.

A figure on its own carries all it needs. Forty on one page repeat the same colours and sizes thousands of
times, so there a mark names a class and the page's style sheet says what the class looks like. Nothing looks
different, and nothing that is read out changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from opentrs.report.svg import FONT, SIZE

_MARK = re.compile(r'<(text|line|rect|circle|polygon|polyline|path|g)((?: [\w-]+="[^"]*")+)(/?)>')
_TAG = re.compile(r"<(?:text|line|rect|circle|polygon|polyline|path|g) [^<>]*>")
_ATTRIBUTE = re.compile(r' ([\w-]+)="([^"]*)"')
_EMPTY = re.compile(r"<(rect|circle|polygon)([^<>]*[^<>/])></\1>")
_BARE = re.compile(r' ([\w-]+)="([\w.#-]+)"(?!/>)')  # before a slash the quotes tell where the value ends
_ROOT = re.compile(r'<svg xmlns="http://www.w3.org/2000/svg"')
_LOOKS = frozenset({
    "fill", "fill-opacity", "font-size", "font-style", "font-weight", "opacity", "stroke", "stroke-dasharray",
    "stroke-linecap", "stroke-linejoin", "stroke-opacity", "stroke-width", "text-anchor",
})  # fmt: skip
_ENDS = ("x1", "y1", "x2", "y2")
_PIECES = r'd="(?:M[-\d.]+ [-\d.]+[HVL][-\d. ]+)+"/>'
_NEIGHBOURS = re.compile(rf'<path class="(v\d+)" {_PIECES}(?:<path class="\1" {_PIECES})+')
_LENGTHS = frozenset({"font-size"})  # a style sheet asks for the unit


class Compact:
    """Figures of one page with their looks as classes.

    Parameters
    ----------
    drawings : figures as they stand on their own, see :func:`opentrs.report.svg.drawing`

    Attributes
    ----------
    style : rules for the page's style sheet
    """

    def __init__(self, drawings: Iterable[str]) -> None:
        self._classes: dict[str, str] = {}
        self._made = {drawing: self._compacted(drawing) for drawing in drawings}
        rules = [f".{name}{{{looks}}}" for looks, name in self._classes.items()]
        self.style = f"figure svg{{font-family:{FONT};font-size:{SIZE}px}}\n{''.join(rules)}\n"

    def __call__(self, drawing: str) -> str:
        """The compact form of one of the figures.

        Raises
        ------
        KeyError
            the figure was not among those of the page
        """
        return self._made[drawing]

    def _compacted(self, drawing: str) -> str:
        bare = _ROOT.sub("<svg", drawing, count=1)
        bare = bare.replace(f' font-family="{FONT}" font-size="{SIZE}"', "", 1)
        bare = _EMPTY.sub(r"<\1\2/>", bare)
        joined = _NEIGHBOURS.sub(_joined, _MARK.sub(self._mark, bare))
        return _TAG.sub(lambda tag: _BARE.sub(r" \1=\2", tag.group()), joined)

    def _mark(self, found: re.Match[str]) -> str:
        name, attributes, end = found.groups()
        kept, looks = [], []
        for key, value in _ATTRIBUTE.findall(attributes):
            if key in _LOOKS:
                looks.append(f"{key}:{value}px" if key in _LENGTHS else f"{key}:{value}")
            else:
                kept.append(f' {key}="{value}"')
        if not looks:
            return found.group()
        rule = ";".join(sorted(looks))
        said = self._classes.setdefault(rule, f"v{len(self._classes)}")
        ends = dict(_ATTRIBUTE.findall("".join(kept)))
        if name == "line" and end and tuple(ends) == _ENDS:
            return f'<path class="{said}" d="{_straight(*ends.values())}"/>'
        return f'<{name} class="{said}"{"".join(kept)}{end}>'


def _straight(x1: str, y1: str, x2: str, y2: str) -> str:
    """A straight line as a path."""
    if y1 == y2:
        return f"M{x1} {y1}H{x2}"
    return f"M{x1} {y1}V{y2}" if x1 == x2 else f"M{x1} {y1}L{x2} {y2}"


def _joined(found: re.Match[str]) -> str:
    """Neighbouring straight lines that look alike as one path."""
    pieces = "".join(re.findall(r' d="([^"]*)"', found.group()))
    return f'<path class="{found.group(1)}" d="{pieces}"/>'
