"""How far competing definitions call the same people resistant."""

from __future__ import annotations

from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.intervals import IntervalRow, interval_plot
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import NONE, is_unknown

CELLS = ("n", "both", "only_a", "only_b", "neither")
MOST_PAIRS = 30


def section(page: PageInput) -> Section:
    """Kappa with its interval for every pair, drawn for pairs with the main definition."""
    words = page.words
    rows = page.rows("agreement")
    heading = words("agreement.heading")
    if not rows:
        return Section("agreement", heading)
    blocks: list[Block] = [Paragraph(words("agreement.reads"))]
    with_main = [row for row in rows if page.main in (row["definition_a"], row["definition_b"])]
    drawn = [_drawn(page, row) for row in with_main if not is_unknown(row["n"])]
    if any(row.estimate is not None for row in drawn):
        caption = words("agreement.figure", definition=page.named(page.main))
        svg = interval_plot(
            "agreement",
            drawn,
            title=heading,
            description=caption,
            axis=words("agreement.axis"),
            legend=(words("agreement.legend"),),
            span=(-1.0, 1.0),
            percent=False,
            none_word=words("agreement.none"),
        )
        blocks.append(Figure("ascertain/agreement", svg, caption))
    headings = [
        words(f"agreement.column_{name}")
        for name in ("a", "b", *CELLS, "kappa", "interval", "positive", "negative")
    ]
    others = [row for row in rows if row not in with_main]
    for pairs, caption, folded in (
        (with_main, words("agreement.table", definition=page.named(page.main)), False),
        (others, words("agreement.others", n=len(others)), True),
    ):
        if pairs:
            cells = [_cells(page, row) for row in pairs[:MOST_PAIRS]]
            below = ""
            if len(pairs) > MOST_PAIRS:
                below = words("more_rows", n=len(pairs) - MOST_PAIRS, file="tables/ascertain/agreement.csv")
            blocks.append(Table(headings, cells, caption, frozenset(range(2, 11)), folded, below))
    return Section("agreement", heading, blocks)


def _drawn(page: PageInput, row: Row) -> IntervalRow:
    words = page.words
    other = row["definition_b"] if row["definition_a"] == page.main else row["definition_a"]
    numbers = [None if is_unknown(row[name]) else float(row[name]) for name in ("kappa", "ci_low", "ci_high")]
    note = words("n_settled_in_both", n=words.count(row["n"]))
    return IntervalRow(page.named(other), numbers[0], numbers[1], numbers[2], note)


def _cells(page: PageInput, row: Row) -> list[str]:
    words, interval = page.words, NONE
    if not is_unknown(row["ci_low"]) and not is_unknown(row["ci_high"]):
        interval = words("interval", low=f"{row['ci_low']:.2f}", high=f"{row['ci_high']:.2f}")
    return [
        page.named(row["definition_a"]),
        page.named(row["definition_b"]),
        *(words("withheld") if is_unknown(row[name]) else words.count(row[name]) for name in CELLS),
        words.number(row["kappa"], 2),
        interval,
        words.percent(row["positive_agreement"]),
        words.percent(row["negative_agreement"]),
    ]
