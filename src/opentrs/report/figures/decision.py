"""Decision curve: net benefit of acting on a model, on everybody, on nobody, or on a rule, by threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.figures.axes import round_steps
from opentrs.report.figures.plane import (
    BandPoint,
    Key,
    Plane,
    Stroke,
    axes,
    band,
    curve,
    edges,
    inside,
    legend,
    percent,
)
from opentrs.report.svg import QUIET, SMALL, drawing, line, words

WIDTH, HEIGHT = 680.0, 380.0
LEFT, RIGHT = 64.0, 20.0
# Shown below 0, as a share of the highest net benefit: harm is seen, but does not squeeze the rest.
BELOW = 0.35
LOOKS = {
    "model": Stroke("#8c2d04", 2.6),
    "treat_all": Stroke("#1a1a1a", 1.4, "7 4"),
    "treat_none": Stroke("#1a1a1a", 1.4),
}
RULES = (Stroke("#1f5f8b", 2.0, "9 3 2 3"), Stroke("#4b7f3b", 2.0, "3 3"), Stroke("#6a3d9a", 2.0, "1 4"))


@dataclass(frozen=True, slots=True)
class Strategy:
    """One line of the figure.

    Parameters
    ----------
    kind : ``model``, ``treat_all``, ``treat_none`` or anything else for a rule
    label : its name in the reader's language
    points : threshold against net benefit, with the band
    """

    kind: str
    label: str
    points: Sequence[BandPoint]


@dataclass(frozen=True, slots=True)
class DecisionWords:
    """What is written around a decision curve: both axes, n and events, and what the bands are."""

    threshold: str
    net_benefit: str
    counts: str
    bands: str


def decision_curve(
    name: str, strategies: Sequence[Strategy], *, title: str, description: str, labels: DecisionWords
) -> str:
    """Draw net benefit (Vickers and Elkin 2006, doi:10.1177/0272989X06295361) against the threshold.

    Parameters
    ----------
    strategies : in the order of the legend; a band is drawn for each that has intervals, except for those
        that need no model
    """
    looks = _looks(strategies)
    keys = [
        Key(each.label, look, *_band_of(each, look)) for each, look in zip(strategies, looks, strict=True)
    ]
    marks, under = legend(keys, WIDTH)
    thresholds = [point.x for each in strategies for point in each.points] or [0.0, 1.0]
    best = max([point.y for each in strategies for point in each.points] or [0.01])
    best = max(best, 0.005)
    x_steps = round_steps(min(thresholds), max(thresholds), 6)
    y_steps = round_steps(-BELOW * best, best, 6)
    plane = Plane(
        LEFT, under + 34, WIDTH - LEFT - RIGHT, HEIGHT, (x_steps[0], x_steps[-1]), (y_steps[0], y_steps[-1])
    )
    marks += axes(plane, (x_steps, y_steps), (labels.threshold, labels.net_benefit), (percent, "{:g}".format))
    marks.append(inside(name, plane, _lines(plane, strategies, looks)))
    marks.append(words(WIDTH - RIGHT - 8, plane.top + 18, labels.counts, anchor="end", size=SMALL))
    marks.append(words(4, plane.bottom + 58, labels.bands, fill=QUIET, size=SMALL))
    return drawing(name, WIDTH, plane.bottom + 68, title, description, marks)


def _looks(strategies: Sequence[Strategy]) -> list[Stroke]:
    """The look of each line; rules take theirs in turn."""
    found, rules = [], 0
    for each in strategies:
        if each.kind in LOOKS:
            found.append(LOOKS[each.kind])
        else:
            found.append(RULES[rules % len(RULES)])
            rules += 1
    return found


def _has_band(each: Strategy) -> bool:
    return each.kind not in ("treat_all", "treat_none") and any(
        point.low is not None for point in each.points
    )


def _band_of(each: Strategy, look: Stroke) -> tuple[str, bool]:
    """The shade of the model's band, and whether a rule's band is drawn by its edges."""
    return (look.colour, False) if each.kind == "model" else ("", _has_band(each))


def _lines(plane: Plane, strategies: Sequence[Strategy], looks: Sequence[Stroke]) -> list[str]:
    both = list(zip(strategies, looks, strict=True))
    marks = [band(plane, each.points, look.colour) for each, look in both if each.kind == "model"]
    marks += [edges(plane, each.points, look) for each, look in both if _band_of(each, look)[1]]
    marks.append(line(*plane.at(plane.x[0], 0.0), *plane.at(plane.x[1], 0.0), "#8a8a8a", 1))
    marks += [curve(plane, each.points, look) for each, look in both if each.points]
    return marks
