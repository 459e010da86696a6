"""Figures on a page: smaller, and the same to the eye and to the ear."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from opentrs.report import svg
from opentrs.report.compact import Compact

MARKS = [
    svg.line(1, 2, 30, 2),
    svg.line(1, 0, 1, 4),
    svg.line(5, 6, 7.5, 8, "#ff0000", 2, "4 2"),
    svg.words(3, 4, "fill=\"red\" <b> & 'more'", bold=True),
    svg.box(1, 2, 3, 4, "url(#one-hatch)", hint="a region"),
    svg.dot(1, 2, hint="effect −0.3"),
]
DRAWING = svg.drawing("one", 100, 50, "A title", "What is seen", MARKS)


class Marks(HTMLParser):
    """Tags with their attributes, and every word."""

    def __init__(self, drawing: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.said: list[str] = []
        self.feed(drawing)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def looks(drawing: str, style: str) -> list[tuple[str, dict[str, str]]]:
    """Tag and attributes of every mark but straight lines, a class being what the style sheet says of it."""
    rules = dict(re.findall(r"\.(v\d+)\{([^}]*)\}", style))
    found = []
    for tag, attributes in Marks(drawing).tags:
        rule = rules.get(attributes.pop("class", ""), "")
        for name, value in (each.split(":", 1) for each in filter(None, rule.split(";"))):
            attributes[name] = value.removesuffix("px") if name == "font-size" else value
        if tag not in ("svg", "line", "path"):
            found.append((tag, attributes))
    return found


def test_every_mark_looks_as_it_did_and_says_what_it_said() -> None:
    compact = Compact([DRAWING])
    small = compact(DRAWING)
    assert looks(small, compact.style) == looks(DRAWING, "")
    assert Marks(small).said == Marks(DRAWING).said
    assert len(small) < len(DRAWING)


def test_neighbouring_lines_of_one_look_are_one_path_and_others_stay_apart() -> None:
    small = Compact([DRAWING])(DRAWING)
    # The first is the stroke of the pattern.
    straight = [attributes["d"] for tag, attributes in Marks(small).tags if tag == "path"]
    assert straight[1:] == ["M1 2H30M1 0V4", "M5 6L7.5 8"]


def test_one_look_has_one_class_on_all_figures_of_a_page() -> None:
    other = svg.drawing("two", 10, 10, "Another", "Words", [svg.words(1, 1, "a", bold=True)])
    compact = Compact([DRAWING, other])
    (first,) = re.findall(r"<text class=(v\d+)", compact(DRAWING))
    (second,) = re.findall(r"<text class=(v\d+)", compact(other))
    assert first == second
    with pytest.raises(KeyError):
        compact("another figure")


def test_the_pattern_of_the_unknown_is_there_only_where_it_is_drawn() -> None:
    assert "one-hatch" in DRAWING
    assert "hatch" not in svg.drawing("two", 10, 10, "Another", "Words", [svg.words(1, 1, "a")])
