"""Funnel plot: effect against its standard error, plain or over the regions in which it is significant."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from opentrs.report.figures.axes import Axis, grid, round_steps
from opentrs.report.svg import INK, QUIET, SMALL, box, dot, drawing, line, polygon, text_width, ticks, words

WIDTH, HEIGHT = 640, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 62, 60
# Two-sided p below which a region begins, and its shade; told apart in grey too.
REGIONS = ((0.10, "#ededed"), (0.05, "#d6d6d6"), (0.01, "#bdbdbd"))
NOT_SIGNIFICANT = "#ffffff"
POOLED = "#8c2d04"
Placed = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class FunnelWords:
    """What is written around a funnel plot: both axes, the pooled effect, and the regions of p."""

    effect: str
    standard_error: str
    pooled: str
    significance: str


def funnel(
    name: str,
    effects: Sequence[float],
    standard_errors: Sequence[float],
    pooled: float,
    *,
    title: str,
    description: str,
    labels: FunnelWords,
    is_log: bool = False,
    contours: bool = True,
) -> str:
    """Draw trials with the pooled effect and its 95% funnel, over contours of significance around no effect.

    Trials missing where they would not have been significant point to what was not published; trials missing
    elsewhere to other causes (Peters et al. 2008, doi:10.1016/j.jclinepi.2007.11.010).

    Parameters
    ----------
    effects, standard_errors : on the scale they were pooled on
    pooled : the pooled effect
    is_log : effects are logarithms of ratios; the axis shows ratios
    contours : shade the regions of significance
    """
    deepest = max(standard_errors) * 1.08
    down = ticks(deepest)
    bottom_error = down[-1]
    far = NormalDist().inv_cdf(1 - REGIONS[-1][0] / 2) * deepest
    steps = round_steps(min([*effects, -far]), max([*effects, far]))
    axis = Axis(LEFT, WIDTH - LEFT - RIGHT, steps[0], steps[-1])

    def at(effect: float, error: float) -> tuple[float, float]:
        return axis.at(effect), TOP + (HEIGHT - TOP - BOTTOM) * error / bottom_error

    floor = HEIGHT - BOTTOM
    marks = [box(LEFT, TOP, axis.width, floor - TOP, REGIONS[-1][1] if contours else NOT_SIGNIFICANT)]
    marks += [_region(axis, at, bottom_error, place) for place in (2, 1, 0) if contours]
    shown = (lambda value: f"{math.exp(value):.2g}") if is_log else "{:g}".format
    marks += grid(axis, floor, floor, steps, labels.effect, shown)
    for tick in down:
        y = at(0.0, tick)[1]
        marks.append(line(LEFT - 5, y, LEFT, y, INK))
        marks.append(words(LEFT - 9, y + 4, f"{tick:g}", anchor="end", fill=QUIET, size=SMALL))
    marks.append(line(axis.at(0.0), TOP, axis.at(0.0), floor, INK, 1.2))
    marks += _pooled_funnel(axis, at, pooled, bottom_error)
    marks += [dot(*at(y, s), 4.5) for y, s in zip(effects, standard_errors, strict=True)]
    marks.append(words(4, TOP - 10, labels.standard_error, size=SMALL))
    marks.append(_legend(labels, contours))
    return drawing(name, WIDTH, HEIGHT, title, description, marks)


def _region(axis: Axis, at: Placed, bottom: float, place: int) -> str:
    """The wedge in which p is above a limit, in the shade of the region inside that limit."""
    limit = NormalDist().inv_cdf(1 - REGIONS[place][0] / 2)
    shade = REGIONS[place - 1][1] if place else NOT_SIGNIFICANT
    # Beyond the axis the wedge follows its edge, so the corner lies where its side leaves it.
    outline = [at(0.0, 0.0)]
    for end, way in ((axis.high, 1), (axis.low, -1)):
        leaves = min(abs(end) / limit, bottom)
        side = [
            at(way * limit * leaves, leaves),
            at(end if leaves < bottom else way * limit * bottom, bottom),
        ]
        outline += side if way == 1 else side[::-1]
    return polygon(outline, shade)


def _pooled_funnel(axis: Axis, at: Placed, pooled: float, bottom: float) -> list[str]:
    reach = NormalDist().inv_cdf(0.975)
    marks = [line(*at(pooled, 0.0), *at(pooled, bottom), POOLED, 1.6)]
    for way, end in ((-1, axis.low), (1, axis.high)):
        error = min(bottom, abs(end - pooled) / reach)
        marks.append(line(*at(pooled, 0.0), *at(pooled + way * reach * error, error), POOLED, 1.3, "5 4"))
    return marks


def _legend(labels: FunnelWords, contours: bool) -> str:
    x, y = 4.0, 14.0
    marks = [line(x, y, x + 26, y, POOLED, 1.6), words(x + 34, y + 4, labels.pooled, size=SMALL)]
    if not contours:
        return "".join(marks)
    x += 34 + text_width(labels.pooled, SMALL) + 22
    marks.append(words(x, y + 4, labels.significance, size=SMALL))
    x += text_width(labels.significance, SMALL) + 10
    shades = [(f"> {REGIONS[0][0]:.2f}", NOT_SIGNIFICANT)]
    shades += [(f"< {limit:.2f}", shade) for limit, shade in REGIONS]
    for label, shade in shades:
        marks.append(box(x, y - 7, 18, 14, shade, QUIET))
        marks.append(words(x + 23, y + 4, label, size=SMALL))
        x += 23 + text_width(label, SMALL) + 10
    return "".join(marks)
