"""Small multiples: one panel per symptom domain, one row per type, a mean with its interval in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.svg import INK, PAPER, QUIET, RULE, SMALL, diamond, drawing, fitted, line, words

WIDTH = 1000
LABELS = 190
COLUMNS = 3
GAP = 26
ROW = 24
HEAD = 34
FOOT = 44
POINT = "#8c2d04"
STEPS = (0, 25, 50, 75, 100)


@dataclass(frozen=True, slots=True)
class Profile:
    """Mean score of one type in one domain, percent of the maximum possible; None where nobody has one."""

    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class DomainPanel:
    """One domain: a profile per type, in the order of the rows; ``norm`` is the mean of the norm."""

    heading: str
    profiles: tuple[Profile, ...]
    norm: float | None = None


def domain_profiles(
    name: str,
    rows: Sequence[str],
    panels: Sequence[DomainPanel],
    *,
    title: str,
    description: str,
    axis: str,
    legend: tuple[str, str],
) -> str:
    """Draw one panel per domain, all on the axis from 0 to 100.

    Parameters
    ----------
    rows : label of each row, such as a type with its number of people
    axis : what the axes show, with the unit
    legend : words for the mean with its interval, and for the mean of the norm
    """
    room = (WIDTH - LABELS - GAP * (COLUMNS - 1)) / COLUMNS
    height = HEAD + len(rows) * ROW + FOOT
    marks = [_legend(legend, any(panel.norm is not None for panel in panels))]
    lines = -(-len(panels) // COLUMNS)
    for place, panel in enumerate(panels):
        across, down = place % COLUMNS, place // COLUMNS
        top = 30 + down * height
        if across == 0:
            marks += [
                words(LABELS - 12, top + HEAD + (row + 0.5) * ROW + 4, fitted(label, LABELS - 16, SMALL),
                      anchor="end", size=SMALL)
                for row, label in enumerate(rows)
            ]  # fmt: skip
        marks.append(_panel(panel, LABELS + across * (room + GAP), top, room))
    bottom = 30 + lines * height
    marks.append(words(LABELS + (WIDTH - LABELS) / 2, bottom - 4, axis, anchor="middle", size=SMALL))
    return drawing(name, WIDTH, bottom + 8, title, description, marks)


def _panel(panel: DomainPanel, left: float, top: float, room: float) -> str:
    first, bottom = top + HEAD, top + HEAD + len(panel.profiles) * ROW

    def at(value: float) -> float:
        return left + (room - 14) * min(max(value, 0), 100) / 100

    marks = [words(left, top + 20, panel.heading, bold=True)]
    for step in STEPS:
        marks.append(line(at(step), first - 4, at(step), bottom, "#d8d8d8"))
        marks.append(words(at(step), bottom + 15, f"{step}", anchor="middle", fill=QUIET, size=SMALL))
    if panel.norm is not None:
        marks.append(line(at(panel.norm), first - 4, at(panel.norm), bottom, RULE, 2, "5 3"))
    for row, profile in enumerate(panel.profiles):
        y = first + (row + 0.5) * ROW
        if profile.mean is None:
            marks.append(words(at(0) + 4, y + 4, "—", fill=QUIET, size=SMALL))
            continue
        if profile.low is not None and profile.high is not None:
            marks.append(line(at(profile.low), y, at(profile.high), y, INK, 2.5))
            marks += [line(at(end), y - 4, at(end), y + 4, INK, 2) for end in (profile.low, profile.high)]
        marks.append(diamond(at(profile.mean), y, 5.5, POINT, PAPER))
    marks.append(line(left, bottom, at(100), bottom, INK))
    return "".join(marks)


def _legend(legend: tuple[str, str], with_norm: bool) -> str:
    marks = [line(LABELS, 12, LABELS + 30, 12, INK, 2.5), diamond(LABELS + 15, 12, 5.5, POINT, PAPER)]
    marks.append(words(LABELS + 38, 16, legend[0], size=SMALL))
    if with_norm:
        x = LABELS + 420
        marks.append(line(x, 4, x, 20, RULE, 2, "5 3"))
        marks.append(words(x + 10, 16, legend[1], size=SMALL))
    return "".join(marks)
