"""One horizontal axis of estimates: where a value lies, grid lines, and intervals that may leave it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opentrs.report.svg import INK, QUIET, SMALL, line, words

GRID = "#d0d0d0"
RATIO_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from ``low`` to ``high``, drawn from ``left`` over ``width``.

    Parameters
    ----------
    is_log : equal ratios take equal room; values are above 0
    """

    left: float
    width: float
    low: float
    high: float
    is_log: bool = False

    def at(self, value: float) -> float:
        """Where a value is drawn; what lies beyond an end is drawn at that end."""
        inside = min(max(value, self.low), self.high)
        if self.is_log:
            return self.left + self.width * math.log(inside / self.low) / math.log(self.high / self.low)
        return self.left + self.width * (inside - self.low) / (self.high - self.low)

    def holds(self, value: float) -> bool:
        """Whether a value lies on the axis."""
        return self.low <= value <= self.high


def round_steps(low: float, high: float, about: int = 6) -> list[float]:
    """Round numbers that hold both ends, in equal steps, 0 among them where it lies between."""
    raw = max(high - low, 1e-9) / about
    size = 10.0 ** math.floor(math.log10(raw))
    step = size * next(lead for lead in (1.0, 2.0, 2.5, 5.0, 10.0) if lead * size >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 9) + 0.0 for index in range(first, max(last, first + 1) + 1)]


def ratio_steps(low: float, high: float) -> list[float]:
    """Usual marks of a ratio axis that hold both ends and 1, as far as the marks reach."""
    ends = min(low, 1.0), max(high, 1.0)
    first = max((place for place, step in enumerate(RATIO_STEPS) if step <= ends[0]), default=0)
    last = min(
        (place for place, step in enumerate(RATIO_STEPS) if step >= ends[1]), default=len(RATIO_STEPS) - 1
    )
    return list(RATIO_STEPS[first : last + 1])


def grid(
    axis: Axis,
    top: float,
    bottom: float,
    steps: Sequence[float],
    caption: str,
    label: Callable[[float], str] = "{:g}".format,
    strong: float | None = None,
) -> list[str]:
    """Vertical lines with their numbers below, the base line, and what the axis shows.

    Parameters
    ----------
    strong : the value whose line is drawn dark, such as no effect
    """
    marks = []
    for step in steps:
        x, is_strong = axis.at(step), step == strong
        marks.append(line(x, top, x, bottom, INK if is_strong else GRID, 1.2 if is_strong else 1))
        marks.append(words(x, bottom + 16, minus(label(step)), anchor="middle", fill=QUIET, size=SMALL))
    marks.append(line(axis.left, bottom, axis.left + axis.width, bottom, INK))
    marks.append(words(axis.left + axis.width / 2, bottom + 36, caption, anchor="middle", size=SMALL))
    return marks


def minus(number: str) -> str:
    """A number with a minus sign in place of the hyphen."""
    return number.replace("-", "−")


def interval_line(axis: Axis, y: float, low: float, high: float, width: float = 2.5, tall: float = 4) -> str:
    """An interval; an end that lies beyond the axis is an arrow head."""
    ends = [interval_end(axis, y, end, INK, tall) for end in (low, high)]
    return "".join([line(axis.at(low), y, axis.at(high), y, INK, width), *ends])


def interval_end(axis: Axis, y: float, value: float, stroke: str, tall: float = 4) -> str:
    """One end of an interval: a bar, or an arrow head where the value lies beyond the axis."""
    x = axis.at(value)
    if axis.holds(value):
        return line(x, y - tall, x, y + tall, stroke, 2)
    back = x - 7 if value > axis.high else x + 7
    return line(x, y, back, y - 5, stroke, 2) + line(x, y, back, y + 5, stroke, 2)
