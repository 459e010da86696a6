"""Calibration plot: observed against predicted risk with bands, and below how many people have which risk."""

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
from opentrs.report.svg import INK, QUIET, SMALL, box, drawing, line, text_width, words

WIDTH = 560.0
LEFT, RIGHT = 64.0, 24.0
SQUARE = 350.0
HISTOGRAM = 74.0
IDEAL = Stroke("#595959", 1.2, "2 4")
# One look a curve, told apart by dashes where colour is lost.
LOOKS = (Stroke("#8c2d04", 2.4), Stroke("#1f5f8b", 2.2, "8 4"), Stroke("#1a1a1a", 2.0, "3 3"))
EVENTS, OTHERS = "#8c2d04", "#b5b5b5"
LEAST_SHOWN = 0.2


@dataclass(frozen=True, slots=True)
class CalibrationLine:
    """One smoothed curve with its name, such as ``loess, 95% band``."""

    label: str
    points: Sequence[BandPoint]


@dataclass(frozen=True, slots=True)
class RiskBar:
    """How many people have a predicted risk from ``low`` to ``high``.

    Parameters
    ----------
    events : those in whom the outcome came; None where the bar counts everybody together
    others : the rest, or everybody
    """

    low: float
    high: float
    others: int
    events: int | None = None


@dataclass(frozen=True, slots=True)
class CalibrationWords:
    """What is written around a calibration plot.

    Parameters
    ----------
    predicted, observed : the axes
    ideal : legend of the line on which predicted and observed are the same
    people : above the bars
    counts : n and events, in one short line
    with_event, without_event : what the two shades of the bars are; empty where bars count everybody
    """

    predicted: str
    observed: str
    ideal: str
    people: str
    counts: str
    with_event: str = ""
    without_event: str = ""


def calibration_plot(
    name: str,
    curves: Sequence[CalibrationLine],
    bars: Sequence[RiskBar],
    *,
    title: str,
    description: str,
    labels: CalibrationWords,
) -> str:
    """Draw observed against predicted risk.

    Parameters
    ----------
    curves : at most three; the band of the first is shaded, those of the others have thin edges
    bars : people by predicted risk, below the plot; none where they may not be shown
    """
    reach = _reach(curves, bars)
    keys = [
        Key(each.label, LOOKS[place], LOOKS[0].colour if place == 0 else "", has_edges=place > 0)
        for place, each in enumerate(curves)
    ]
    marks, under = legend([*keys, Key(labels.ideal, IDEAL)], WIDTH)
    plane = Plane(LEFT, under + 34, WIDTH - LEFT - RIGHT, SQUARE, (0.0, reach[-1]), (0.0, reach[-1]))
    marks += axes(plane, (reach, reach), (labels.predicted, labels.observed), (percent, percent))
    marks.append(inside(name, plane, _lines(plane, curves)))
    marks.append(words(WIDTH - RIGHT - 8, plane.bottom - 10, labels.counts, anchor="end", size=SMALL))
    bottom = plane.bottom + 50
    if bars:
        marks += _histogram(plane, bars, labels, bottom + 22)
        bottom += 22 + HISTOGRAM + 12
    return drawing(name, WIDTH, bottom, title, description, marks)


def _reach(curves: Sequence[CalibrationLine], bars: Sequence[RiskBar]) -> list[float]:
    """Marks from 0 to a round number above every predicted risk and every point of a curve, at most 1."""
    ends = [bar.high for bar in bars if bar.others or bar.events]
    ends += [max(point.x, point.y) for each in curves for point in each.points]
    steps = round_steps(0.0, min(max([*ends, LEAST_SHOWN]), 1.0), 5)
    return [step for step in steps if step <= 1.0 + 1e-9]


def _lines(plane: Plane, curves: Sequence[CalibrationLine]) -> list[str]:
    end = plane.x[1]
    marks = [band(plane, each.points, LOOKS[0].colour) for each in curves[:1]]
    marks += [edges(plane, each.points, look) for each, look in zip(curves[1:], LOOKS[1:], strict=False)]
    marks.append(line(*plane.at(0, 0), *plane.at(end, end), IDEAL.colour, IDEAL.width, IDEAL.dashes))
    marks += [curve(plane, each.points, LOOKS[place]) for place, each in enumerate(curves) if each.points]
    return marks


def _histogram(plane: Plane, bars: Sequence[RiskBar], labels: CalibrationWords, top: float) -> list[str]:
    """Bars on the scale of the plot above; people with the outcome stand at the foot of each bar."""
    most = max((bar.others + (bar.events or 0) for bar in bars), default=0) or 1
    floor = top + HISTOGRAM
    marks = [words(4, top - 8, labels.people, size=SMALL)]
    if labels.with_event:
        marks += _bar_keys(labels, top - 8)
    for bar in bars:
        left, right = plane.across(bar.low), plane.across(bar.high)
        events, whole = bar.events or 0, bar.others + (bar.events or 0)
        tall, foot = HISTOGRAM * whole / most, HISTOGRAM * events / most
        hint = f"{percent(bar.low)}–{percent(bar.high)}: n = {whole}"
        marks.append(box(left + 0.5, floor - tall, right - left - 1, tall - foot, OTHERS, hint=hint))
        marks.append(box(left + 0.5, floor - foot, right - left - 1, foot, EVENTS, hint=hint))
    marks.append(line(plane.left, floor, plane.left + plane.width, floor, INK))
    marks.append(words(plane.left - 7, top + 6, str(most), anchor="end", fill=QUIET, size=SMALL))
    marks.append(words(plane.left - 7, floor + 1, "0", anchor="end", fill=QUIET, size=SMALL))
    return marks


def _bar_keys(labels: CalibrationWords, y: float) -> list[str]:
    marks, x = [], WIDTH - RIGHT
    for shade, label in ((OTHERS, labels.without_event), (EVENTS, labels.with_event)):
        marks.append(words(x, y, label, anchor="end", size=SMALL))
        x -= text_width(label, SMALL) + 16
        marks.append(box(x, y - 9, 10, 10, shade))
        x -= 18
    return marks
