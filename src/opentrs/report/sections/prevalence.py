"""How common resistance is, by definition and by group, with what the unknown leave open."""

from __future__ import annotations

from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.intervals import IntervalRow, interval_plot
from opentrs.report.view import EVERYBODY, PageInput, Row
from opentrs.report.wording import NONE, Words, is_unknown

MOST_GROUPS = 30
COUNTS = ("n", "resistant", "not_resistant", "unknown")


def section(page: PageInput) -> Section:
    """Shares with exact intervals, drawn and as a table."""
    words = page.words
    rows = page.rows("prevalence")
    heading = words("prevalence.heading")
    if not rows:
        return Section("prevalence", heading)
    everybody = [row for name in page.definitions for row in rows if _is(row, name, EVERYBODY)]
    groups = [row for row in rows if row["definition"] == page.main and row["group"] != EVERYBODY]
    blocks: list[Block] = [
        Paragraph(words("prevalence.reads")),
        _figure(page, everybody, groups[:MOST_GROUPS]),
    ]
    if page.aggregate_only:
        blocks.append(Paragraph(words("prevalence.withheld"), "note"))
    blocks.append(_table(page, [*everybody, *groups[:MOST_GROUPS]], str(rows[0]["method"])))
    if len(groups) > MOST_GROUPS:
        more = words("more_rows", n=len(groups) - MOST_GROUPS, file="tables/ascertain/prevalence.csv")
        blocks.append(Paragraph(more, "note"))
    return Section("prevalence", heading, blocks)


def group_label(words: Words, group: str) -> str:
    """The name of a group such as ``sex:F``."""
    kind, _, value = group.partition(":")
    if not value:
        return words.name("group", group)
    known = words.name(f"group_{kind}", value)
    return words("group_of_kind", kind=words.name("group_kind", kind), value=known)


def _is(row: Row, definition: str, group: str) -> bool:
    return bool(row["definition"] == definition and row["group"] == group)


def _figure(page: PageInput, everybody: list[Row], groups: list[Row]) -> Figure:
    words = page.words
    drawn = [IntervalRow(words("prevalence.by_definition"), None, None, None, "", heading=True)]
    drawn += [_drawn(words, row, page.named(row["definition"])) for row in everybody]
    if groups:
        main = page.named(page.main)
        drawn.append(
            IntervalRow(words("prevalence.by_group", definition=main), None, None, None, "", heading=True)
        )
        drawn += [_drawn(words, row, group_label(words, str(row["group"]))) for row in groups]
    caption = words("prevalence.figure")
    svg = interval_plot(
        "prevalence",
        drawn,
        title=words("prevalence.heading"),
        description=caption,
        axis=words("prevalence.axis"),
        legend=(words("prevalence.legend_point"), words("prevalence.legend_bounds")),
        none_word=words("prevalence.none_settled"),
    )
    return Figure("ascertain/prevalence", svg, caption)


def _drawn(words: Words, row: Row, label: str) -> IntervalRow:
    if any(is_unknown(row[name]) for name in COUNTS):
        return IntervalRow(label, None, None, None, words("withheld"), is_withheld=True)
    settled = int(row["n"]) - int(row["unknown"])
    note = words("prevalence.settled_of", settled=words.count(settled), n=words.count(row["n"]))
    numbers = [
        None if is_unknown(row[name]) else float(row[name]) for name in ("estimate", "ci_low", "ci_high")
    ]
    bounds = sorted(float(row[name]) for name in ("worst", "best") if not is_unknown(row[name]))
    low, high = (bounds[0], bounds[-1]) if bounds and int(row["unknown"]) else (None, None)
    return IntervalRow(label, numbers[0], numbers[1], numbers[2], note, low, high)


def _table(page: PageInput, rows: list[Row], method: str) -> Table:
    words = page.words
    headings = [
        words(f"prevalence.column_{name}")
        for name in ("definition", "group", *COUNTS, "estimate", "interval", "bounds")
    ]
    cells = [
        [
            page.named(row["definition"]),
            group_label(words, str(row["group"])),
            *(words("withheld") if is_unknown(row[name]) else words.count(row[name]) for name in COUNTS),
            words.percent(row["estimate"]),
            words.interval(row["ci_low"], row["ci_high"]),
            _bounds(words, row),
        ]
        for row in rows
    ]
    caption = words("prevalence.table", method=words.name("method", method))
    return Table(headings, cells, caption, frozenset(range(2, 9)))


def _bounds(words: Words, row: Row) -> str:
    if is_unknown(row["worst"]) or is_unknown(row["best"]):
        return NONE
    low, high = sorted((float(row["worst"]), float(row["best"])))
    return words.interval(low, high)
