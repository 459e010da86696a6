"""Network plot: which treatments were compared with which, in how many trials and people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.svg import INK, PAPER, QUIET, SMALL, dot, drawing, line, polygon, text_width, words

SMALLEST_SIDE, LARGEST_SIDE = 420.0, 760.0
SIDE_ROOM = 180.0
TOP = 44.0
SMALLEST_DOT, LARGEST_DOT = 5.0, 20.0
THINNEST, THICKEST = 1.2, 10.0
NODE = "#08519c"
EDGE = "#7a7a7a"
SHADES = ("#e8e0d0", "#dde6ea")


@dataclass(frozen=True, slots=True)
class NetworkNode:
    """A treatment and how many people (or trials, where people are not stated) it was tried in."""

    label: str
    size: float


@dataclass(frozen=True, slots=True)
class NetworkEdge:
    """Two treatments and how many trials compared them directly."""

    first: str
    second: str
    studies: int


def network_plot(
    name: str,
    nodes: Sequence[NetworkNode],
    edges: Sequence[NetworkEdge],
    *,
    multi_arm: Sequence[tuple[str, ...]] = (),
    title: str,
    description: str,
    legend: tuple[str, str, str],
) -> str:
    """Draw treatments on a circle; dots by size, lines by number of trials, trials of several arms shaded.

    Pieces of a network that is not connected show as pieces: no line leads from one to the other.

    Parameters
    ----------
    nodes : in the order they stand on the circle, from the top, clockwise
    edges : each pair once; the number of trials stands on the line where it is above 1 and there is room
    multi_arm : treatments of each trial with more than two arms
    legend : what dots, lines and shaded areas are
    """
    side = min(LARGEST_SIDE, max(SMALLEST_SIDE, 18.0 * len(nodes)))
    width, height = side + 2 * SIDE_ROOM, side + TOP + 40
    centre = width / 2, TOP + side / 2 + 10
    radius = side / 2 - 30
    turn = {node.label: 2 * math.pi * place / max(len(nodes), 1) for place, node in enumerate(nodes)}

    def at(label: str, reach: float = radius) -> tuple[float, float]:
        angle = turn[label]
        return centre[0] + reach * math.sin(angle), centre[1] - reach * math.cos(angle)

    marks = [_legend(legend if multi_arm else legend[:2])]
    for place, arms in enumerate(
        dict.fromkeys(tuple(sorted(set(arms), key=turn.__getitem__)) for arms in multi_arm)
    ):
        shade = SHADES[place % len(SHADES)]
        marks.append(polygon([at(arm) for arm in arms], shade, "#c8c8c8", ", ".join(arms)))
    most = max((edge.studies for edge in edges), default=1)
    for edge in sorted(edges, key=lambda edge: edge.studies):
        thick = THINNEST + (THICKEST - THINNEST) * (edge.studies - 1) / max(most - 1, 1)
        marks.append(line(*at(edge.first), *at(edge.second), EDGE, thick))
    if len(edges) <= 2 * len(nodes):
        marks += [_count(edge, at(edge.first), at(edge.second)) for edge in edges if edge.studies > 1]
    largest = max((node.size for node in nodes), default=1.0) or 1.0
    for node in nodes:
        share = math.sqrt(max(node.size, 0.0) / largest)
        marks.append(dot(*at(node.label), SMALLEST_DOT + (LARGEST_DOT - SMALLEST_DOT) * share, NODE))
        marks.append(_label(node, at(node.label, radius + LARGEST_DOT + 8), turn[node.label]))
    return drawing(name, width, height, title, description, marks)


def _label(node: NetworkNode, place: tuple[float, float], angle: float) -> str:
    sideways = math.sin(angle)
    anchor = "middle" if abs(sideways) < 0.15 else ("start" if sideways > 0 else "end")
    shown = f"{node.label} ({node.size:g})" if node.size else node.label
    return words(place[0], place[1] + 4, shown, anchor=anchor, size=SMALL)


def _count(edge: NetworkEdge, first: tuple[float, float], second: tuple[float, float]) -> str:
    # A third of the way, so that the numbers of lines that cross in the middle stay apart.
    x, y = (one + (other - one) * 0.38 for one, other in zip(first, second, strict=True))
    return dot(x, y, 8, PAPER, EDGE) + words(x, y + 4, edge.studies, anchor="middle", size=11)


def _legend(legend: Sequence[str]) -> str:
    x, y = 4.0, 16.0
    marks = [dot(x + 9, y, 8, NODE), words(x + 24, y + 4, legend[0], size=SMALL)]
    x += 24 + text_width(legend[0], SMALL) + 22
    marks += [line(x, y, x + 28, y, EDGE, 5), words(x + 36, y + 4, legend[1], size=SMALL)]
    if len(legend) > 2:
        x += 36 + text_width(legend[1], SMALL) + 22
        triangle = [(x, y + 8), (x + 12, y - 8), (x + 24, y + 8)]
        marks += [polygon(triangle, SHADES[0], QUIET), words(x + 32, y + 4, legend[2], fill=INK, size=SMALL)]
    return "".join(marks)
