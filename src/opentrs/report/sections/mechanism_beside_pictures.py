"""Drawn beside the tables of resemblance and of centiles: differences of groups, and each group's share."""

from __future__ import annotations

import math
from collections.abc import Sequence

from opentrs.report.blocks import Figure
from opentrs.report.figures.intervals import IntervalRow, interval_plot
from opentrs.report.sections.mechanism_words import measure_name, number, people
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import is_unknown

# By chance 2.5% of the regions of a healthy person lie beyond each end of the middle 95%.
EXPECTED = 0.025
LEAST_SHARE, LEAST_REACH = 0.1, 0.2
# From this share on the axis is marked every fifth and not every tenth.
WIDE_FROM = 0.5
ENDS = ("estimate", "ci_low", "ci_high")


def index_figure(page: PageInput, rows: Sequence[Row]) -> Figure | None:
    """Difference of groups in the index, by kind of scan; None where no interval may be shown."""
    told = _with_interval(rows)
    if not told:
        return None
    words = page.words
    drawn: list[IntervalRow] = []
    for heading, mine in _grouped(page, told):
        drawn.append(IntervalRow(heading, None, None, None, "", heading=True))
        drawn += [_drawn(page, row, words.name("brain_contrast", row["contrast"])) for row in mine]
    reach = math.ceil(10 * max(LEAST_REACH, *(abs(float(row[end])) for row in told for end in ENDS))) / 10
    step = 0.1 if reach < WIDE_FROM else 0.2
    steps = math.ceil(reach / step - 1e-9)
    marks = [round(step * place, 1) for place in range(-steps, steps + 1)]
    caption = words("mechanism.index_figure", n=_range(page, told))
    svg = interval_plot(
        "mechanism-index", drawn, title=words("mechanism.index_heading"), description=caption,
        axis=words("mechanism.index_axis"), legend=(words("mechanism.legend_one"),),
        span=(marks[0], marks[-1]), percent=False, strong=0.0, marks_at=marks,
    )  # fmt: skip
    return Figure("mechanism/index", svg, caption)


def norms_figure(page: PageInput, rows: Sequence[Row]) -> Figure | None:
    """Share of regions below and above the usual in each group; None where there is none with an interval."""
    told = [row for row in _with_interval(rows) if is_unknown(row["n_first"])]
    if not told:
        return None
    words = page.words
    drawn: list[IntervalRow] = []
    for heading, mine in _grouped(page, told):
        drawn.append(IntervalRow(heading, None, None, None, "", heading=True))
        for row in mine:
            label = words("mechanism.norms_label", who=words.name("brain_group", row["contrast"]),
                          side=words.name("brain_side", row["quantity"]))  # fmt: skip
            value, low, high = (float(row[end]) / 100 for end in ENDS)
            note = words("mechanism.norms_share", value=number(100 * value, 1), n=words.count(row["n"]))
            drawn.append(IntervalRow(label, value, low, high, note))
    step = 0.1 if max(float(row["ci_high"]) for row in told) <= 100 * WIDE_FROM else 0.2
    places = math.ceil(max(LEAST_SHARE, *(float(row["ci_high"]) / 100 for row in told)) / step)
    marks = [0.0, EXPECTED, *(step * place for place in range(1, places + 1))]
    ns = sorted({int(row["n"]) for row in told})
    caption = words("mechanism.norms_figure", n="–".join(str(n) for n in dict.fromkeys([ns[0], ns[-1]])))
    svg = interval_plot(
        "mechanism-norms", drawn, title=words("mechanism.norms_heading"), description=caption,
        axis=words("mechanism.norms_axis"), legend=(words("mechanism.legend_one"),), span=(0.0, marks[-1]),
        strong=EXPECTED, marks_at=marks,
    )  # fmt: skip
    return Figure("mechanism/norms", svg, caption)


def _with_interval(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if not any(is_unknown(row[end]) for end in ENDS)]


def _grouped(page: PageInput, rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Rows by kind of scan and measure, in the order they come."""
    words = page.words
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        key = (str(row["part"]), str(row["measure"]), str(row.get("values", "")))
        groups.setdefault(key, []).append(row)
    named = []
    for (part, measure, values), mine in groups.items():
        said = [words.name("brain_part", part), measure_name(words, part, measure)]
        said += [words.name("brain_values", values)] if values else []
        named.append((words("mechanism.comma").join(dict.fromkeys(said)), mine))
    return named


def _drawn(page: PageInput, row: Row, label: str) -> IntervalRow:
    value, low, high = (float(row[end]) for end in ENDS)
    n = people(page.words, {**row, "n": row["n_first"]})
    note = page.words("mechanism.index_share", value=number(value), n=n)
    return IntervalRow(label, value, low, high, note)


def _range(page: PageInput, rows: Sequence[Row]) -> str:
    words, said = page.words, []
    for name in ("n_first", "n_second"):
        found = sorted({int(row[name]) for row in rows if not is_unknown(row[name])})
        said.append("–".join(words.count(n) for n in dict.fromkeys([*found[:1], *found[-1:]])))
    return words("mechanism.two_counts", first=said[0], second=said[1])
