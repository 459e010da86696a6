"""How the cohort narrows, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentrs.report.svg import INK, QUIET, RULE, SMALL, box, drawing, fitted, line, words

WIDTH = 860
BOX_WIDTH = 430
ROW = 62
BOX_HEIGHT = 42
HEADING = 34
BAR_LEFT = 480
BAR_WIDTH = 250


@dataclass(frozen=True, slots=True)
class FlowStep:
    """People left after one step; ``n`` is None where the count is withheld."""

    label: str
    n: int | None
    note: str
    nested: bool = True


def cohort_flow(
    name: str, steps: Sequence[FlowStep], *, title: str, description: str, unit: str, parts_of: str
) -> str:
    """Draw one box per step with the number of people, and a bar that shows the share of the first step.

    Parameters
    ----------
    unit : what the bars show
    parts_of : words above the steps that are not nested: whom they divide
    """
    whole = next((step.n for step in steps if step.n), None) or 1
    marks = []
    down = 0
    for place, step in enumerate(steps):
        if place and steps[place - 1].nested and not step.nested:
            down = HEADING
            marks.append(words(8, 8 + place * ROW + HEADING - 12, parts_of, bold=True))
        top = 8 + place * ROW + down
        left = 8 if step.nested else 40
        if place and step.nested:
            marks.append(line(BOX_WIDTH / 2, top - ROW + BOX_HEIGHT, BOX_WIDTH / 2, top, RULE, 1.5))
            marks.append(_arrow(BOX_WIDTH / 2, top))
        marks.append(box(left, top, BOX_WIDTH - left + 8, BOX_HEIGHT, "#ffffff", INK))
        marks.append(words(left + 12, top + 26, fitted(step.label, BOX_WIDTH - left - 90)))
        marks.append(
            words(BOX_WIDTH - 4, top + 26, "—" if step.n is None else step.n, anchor="end", bold=True)
        )
        if step.n is not None:
            marks.append(box(BAR_LEFT, top + 12, BAR_WIDTH, 18, "#eeeeee"))
            marks.append(box(BAR_LEFT, top + 12, BAR_WIDTH * step.n / whole, 18, "#4d4d4d"))
        marks.append(words(BAR_LEFT + BAR_WIDTH + 10, top + 26, step.note, fill=QUIET, size=SMALL))
    bottom = 8 + len(steps) * ROW + down
    marks.append(words(BAR_LEFT, bottom, unit, fill=QUIET, size=SMALL))
    return drawing(name, WIDTH, bottom + 10, title, description, marks)


def _arrow(x: float, y: float) -> str:
    return (
        f'<polygon points="{x:.1f},{y:.1f} {x - 5:.1f},{y - 8:.1f} {x + 5:.1f},{y - 8:.1f}" fill="{RULE}"/>'
    )
