"""Forest plot: every trial with its interval and weight, and what they come to together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.figures.axes import (
    Axis,
    grid,
    interval_end,
    interval_line,
    minus,
    ratio_steps,
    round_steps,
)
from opentrs.report.svg import INK, QUIET, SMALL, box, drawing, fitted, line, polygon, text_width, words

WIDTH = 860
LABELS = 210
NUMBERS = 216
ROW = 26
TOP = 64
POOLED = "#8c2d04"
OTHER_VIEW = "#ffffff"
PREDICTED = "#6b6b6b"
LARGEST_SQUARE = 16.0
# How far beyond the pooled intervals and the trials' own effects the axis goes, as share of their spread.
MARGIN = 0.06


@dataclass(frozen=True, slots=True)
class ForestStudy:
    """One trial; effects on the scale they were pooled on (logarithms for ratios).

    Parameters
    ----------
    weight : percent of the pooled effect; None where the trial does not enter it
    note : beside the name, such as a mark of doubt
    """

    label: str
    effect: float
    low: float
    high: float
    weight: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ForestPool:
    """A pooled effect; the first of a figure is the one the trials above it give.

    Parameters
    ----------
    prediction : interval in which a new trial is expected; None where there are too few
    """

    label: str
    effect: float
    low: float
    high: float
    prediction: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class ForestWords:
    """What is written around a forest plot, in the reader's language.

    Parameters
    ----------
    trial, effect, weight : column headings
    axis : what is drawn, with its unit
    better, worse : which side favours the option; empty where that is not known
    pooled, predicted : legend of the diamond and of the dashed line
    """

    trial: str
    effect: str
    weight: str
    axis: str
    pooled: str
    predicted: str
    better: str = ""
    worse: str = ""


def forest(
    name: str,
    studies: Sequence[ForestStudy],
    pools: Sequence[ForestPool],
    *,
    title: str,
    description: str,
    labels: ForestWords,
    is_log: bool = False,
    low_is_better: bool = True,
) -> str:
    """Draw trials as squares as large as their weight, pooled effects as diamonds as wide as their interval.

    Parameters
    ----------
    studies, pools : in the order they are drawn; an interval that leaves the axis ends in an arrow head
    is_log : effects are logarithms of ratios; the axis and the numbers show ratios
    low_is_better : ``labels.better`` stands on the left
    """
    axis, steps = _axis(studies, pools, is_log)
    none = 1.0 if is_log else 0.0
    bottom = TOP + (len(studies) + len(pools)) * ROW + 14
    marks = [_legend(labels, pools), *_headings(labels, axis, low_is_better)]
    marks += grid(axis, TOP - 4, bottom, steps, labels.axis, strong=none)
    if pools:
        at = axis.at(_shown(pools[0].effect, is_log))
        marks.append(line(at, TOP - 4, at, bottom, POOLED, 1, "3 4"))
    for place, study in enumerate(studies):
        marks += _study(study, TOP + (place + 0.5) * ROW, axis, is_log)
    under = TOP + len(studies) * ROW + 8
    if studies and pools:
        marks.append(line(4, under - 2, WIDTH - 4, under - 2, PREDICTED))
    for place, each in enumerate(pools):
        marks += _pool(each, under + (place + 0.5) * ROW, axis, is_log, is_first=place == 0)
    return drawing(name, WIDTH, bottom + 46, title, description, marks)


def _shown(value: float, is_log: bool) -> float:
    return math.exp(value) if is_log else value


def _axis(
    studies: Sequence[ForestStudy], pools: Sequence[ForestPool], is_log: bool
) -> tuple[Axis, list[float]]:
    """Room for every effect, every pooled interval and the first prediction; other lines may leave it."""
    ends = [study.effect for study in studies]
    ends += [end for study in studies for end in _within(study, studies)]
    ends += [end for each in pools for end in (each.low, each.high)]
    ends += [end for each in pools[:1] for end in each.prediction or ()]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    room = (high - low or 1.0) * MARGIN
    low, high = _shown(low - room, is_log), _shown(high + room, is_log)
    steps = ratio_steps(low, high) if is_log else round_steps(low, high)
    return Axis(LABELS, WIDTH - LABELS - NUMBERS - 10, steps[0], steps[-1], is_log), steps


def _within(study: ForestStudy, studies: Sequence[ForestStudy]) -> tuple[float, ...]:
    """Ends of an interval that is at most three times as wide as the middle one: a wider one is cut."""
    widths = sorted(each.high - each.low for each in studies)
    usual = widths[len(widths) // 2]
    return (study.low, study.high) if study.high - study.low <= 3 * usual else ()


def _study(study: ForestStudy, y: float, axis: Axis, is_log: bool) -> list[str]:
    label = f"{study.label} {study.note}".strip()
    low, effect, high = (_shown(value, is_log) for value in (study.low, study.effect, study.high))
    side = 5.0 if study.weight is None else max(4.0, LARGEST_SQUARE * math.sqrt(study.weight / 100 * 2))
    side = min(side, LARGEST_SQUARE)
    x = axis.at(effect)
    fill = "#ffffff" if study.weight is None else "#4d4d4d"
    marks = [
        words(LABELS - 12, y + 4, fitted(label, LABELS - 16), anchor="end"),
        interval_line(axis, y, low, high, width=1.8),
        box(x - side / 2, y - side / 2, side, side, fill, INK),
        *_numbers(y, (effect, low, high)),
    ]
    if study.weight is not None:
        marks.append(words(WIDTH - 4, y + 4, f"{study.weight:.1f}%", anchor="end", size=SMALL, fill=QUIET))
    return marks


def _pool(each: ForestPool, y: float, axis: Axis, is_log: bool, is_first: bool) -> list[str]:
    low, effect, high = (_shown(value, is_log) for value in (each.low, each.effect, each.high))
    marks = [words(LABELS - 12, y + 4, fitted(each.label, LABELS - 16), anchor="end", bold=is_first)]
    if each.prediction is not None:
        ends = tuple(_shown(end, is_log) for end in each.prediction)
        left, right = (axis.at(end) for end in ends)
        marks.append(line(left, y, right, y, PREDICTED, 2, "5 3"))
        marks += [interval_end(axis, y, end, PREDICTED) for end in ends]
    left, middle, right = axis.at(low), axis.at(effect), axis.at(high)
    corners = [(left, y), (middle, y - 8), (max(right, left + 1), y), (middle, y + 8)]
    marks.append(polygon(corners, POOLED if is_first else OTHER_VIEW, POOLED))
    marks += _numbers(y, (effect, low, high), bold=is_first)
    return marks


def _numbers(y: float, values: tuple[float, float, float], bold: bool = False) -> list[str]:
    effect, low, high = (minus(f"{value:.2f}") for value in values)
    shown = f"{effect} [{low}, {high}]"
    return [words(WIDTH - NUMBERS + 4, y + 4, shown, size=SMALL, bold=bold)]


def _headings(labels: ForestWords, axis: Axis, low_is_better: bool) -> list[str]:
    left, right = (labels.better, labels.worse) if low_is_better else (labels.worse, labels.better)
    none = axis.at(1.0 if axis.is_log else 0.0)
    y = TOP - 14
    marks = [
        words(LABELS - 12, y, labels.trial, anchor="end", size=SMALL, bold=True),
        words(WIDTH - NUMBERS + 4, y, labels.effect, size=SMALL, bold=True),
        words(WIDTH - 4, y, labels.weight, anchor="end", size=SMALL, bold=True),
    ]
    if left:
        room = none - axis.left - 8
        marks.append(words(none - 8, y, "← " + fitted(left, room - 16, SMALL), anchor="end", size=SMALL))
    if right:
        room = axis.left + axis.width - none
        marks.append(words(none + 8, y, fitted(right, max(room, 40), SMALL) + " →", size=SMALL))
    return marks


def _legend(labels: ForestWords, pools: Sequence[ForestPool]) -> str:
    if not pools:
        return ""
    x, y = 4.0, 16.0
    marks = [polygon([(x, y), (x + 14, y - 7), (x + 28, y), (x + 14, y + 7)], POOLED, POOLED)]
    marks.append(words(x + 36, y + 4, labels.pooled, size=SMALL))
    if any(each.prediction for each in pools):
        x += 36 + text_width(labels.pooled, SMALL) + 26
        marks.append(line(x, y, x + 30, y, PREDICTED, 2, "5 3"))
        marks.append(words(x + 38, y + 4, labels.predicted, size=SMALL))
    return "".join(marks)
