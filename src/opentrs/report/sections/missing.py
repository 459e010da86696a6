"""What the record does not say, and whom it would settle."""

from __future__ import annotations

from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.bars import CountRow, count_bars
from opentrs.report.view import PageInput
from opentrs.report.wording import is_unknown

COUNTS = ("n_unknown", "n_first_missing", "n_would_settle")


def section(page: PageInput) -> Section:
    """Per criterion: for how many people it is unknown, for how many it alone is what is missing."""
    words = page.words
    rows = page.rows("missing")
    everybody = page.everybody(page.main)
    heading = words("missing.heading")
    if not rows or everybody is None or is_unknown(everybody["n"]):
        return Section("missing", heading)
    n = int(everybody["n"])
    blocks: list[Block] = [Paragraph(words("missing.reads"))]
    whole = [row for row in rows if not any(is_unknown(row[name]) for name in COUNTS)]
    if whole:
        caption = words("missing.figure", n=words.count(n), definition=page.named(page.main))
        drawn = [
            CountRow(_label(page, row["criterion"]), int(row["n_unknown"]), int(row["n_would_settle"]))
            for row in whole
        ]
        svg = count_bars(
            "missing",
            drawn,
            title=heading,
            description=caption,
            axis=words("people_unit"),
            n=n,
            legend=(words("missing.legend_unknown"), words("missing.legend_settle")),
        )
        blocks.append(Figure("ascertain/missing", svg, caption))
    headings = [words(f"missing.column_{name}") for name in ("criterion", "reads", *COUNTS)]
    cells = [
        [
            str(row["criterion"]),
            words.cell(row["reads"]),
            *(words("withheld") if is_unknown(row[name]) else words.count(row[name]) for name in COUNTS),
        ]
        for row in rows
    ]
    blocks.append(Table(headings, cells, words("missing.table", n=words.count(n)), frozenset({2, 3, 4})))
    return Section("missing", heading, blocks)


def _label(page: PageInput, criterion: object) -> str:
    return f"{criterion} {page.words.name('criterion', criterion)}"
