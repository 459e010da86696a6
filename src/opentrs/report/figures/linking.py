"""One scale against another: the link with its interval, and published anchors beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.svg import INK, QUIET, SMALL, diamond, drawing, line, path, text_width, ticks, words

WIDTH, HEIGHT = 640, 480
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 60
BLUE = "#08519c"
INTERVAL = "#6b8fb5"


@dataclass(frozen=True, slots=True)
class LinkPoint:
    """A score with what it is linked to, and the interval of the link."""

    score: float
    linked: float
    low: float
    high: float


def link_curve(
    name: str,
    points: Sequence[LinkPoint],
    anchors: Sequence[tuple[float, float]],
    *,
    title: str,
    description: str,
    axes: tuple[str, str],
    legend: tuple[str, str, str],
) -> str:
    """Draw a link as a curve between two thinner ones, and published anchors as diamonds.

    Parameters
    ----------
    points : in the order of their scores, at least two
    anchors : score and published linked score
    axes : below and beside the figure, with units
    legend : what the curve, the interval and the diamonds are; the last is left out where no anchor is drawn
    """
    xs = [*(point.score for point in points), *(x for x, _ in anchors)]
    ys = [*(end for point in points for end in (point.low, point.high)), *(y for _, y in anchors)]
    across, up = _axis(min(xs), max(xs)), _axis(min(ys), max(ys))

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + (WIDTH - LEFT - RIGHT) * (x - across[0]) / (across[-1] - across[0]),
            HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (y - up[0]) / (up[-1] - up[0]),
        )

    marks = [_legend(legend, bool(anchors))]
    for tick in across:
        x, y = place(tick, up[0])
        marks += [line(x, TOP, x, y, "#d0d0d0"),
                  words(x, y + 18, f"{tick:g}", anchor="middle", fill=QUIET, size=SMALL)]  # fmt: skip
    for tick in up:
        x, y = place(across[0], tick)
        marks += [line(x, y, WIDTH - RIGHT, y, "#d0d0d0"),
                  words(x - 8, y + 4, f"{tick:g}", anchor="end", fill=QUIET, size=SMALL)]  # fmt: skip
    marks += [path([place(point.score, end) for point, end in zip(points, ends, strict=True)], INTERVAL, 1)
              for ends in ([point.low for point in points], [point.high for point in points])]  # fmt: skip
    marks.append(path([place(point.score, point.linked) for point in points], BLUE, 2.5))
    marks += [diamond(*place(x, y)) for x, y in anchors]
    marks.append(words((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, axes[0], anchor="middle", size=SMALL))
    marks.append(words(LEFT - 40, TOP - 12, axes[1], size=SMALL))
    return drawing(name, WIDTH, HEIGHT, title, description, marks)


def _axis(low: float, high: float) -> list[float]:
    """Round numbers that hold both ends."""
    steps = ticks(high)
    below = [tick for tick in steps if tick <= low]
    return steps[max(len(below) - 1, 0) :]


def _legend(legend: tuple[str, str, str], with_anchors: bool) -> str:
    x, y = LEFT + 150.0, TOP - 16.0
    marks = []
    for label in legend if with_anchors else legend[:2]:
        if label == legend[2]:
            marks.append(diamond(x + 12, y))
        else:
            marks.append(line(x, y, x + 24, y, *((BLUE, 2.5) if label == legend[0] else (INTERVAL, 1))))
        marks.append(words(x + 30, y + 4, label, fill=INK, size=SMALL))
        x += 30 + text_width(label, SMALL) + 18
    return "".join(marks)
