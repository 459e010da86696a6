"""The review's questions of the brain: each test as a row, a mark, and a voice beside review and source."""

from __future__ import annotations

import math
from collections.abc import Sequence

from opentrs.report.blocks import Block, Claim, Figure, Paragraph, Section, Table
from opentrs.report.figures.intervals import IntervalRow, interval_plot
from opentrs.report.sections.mechanism_words import number, people, place, with_interval
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import is_unknown

# Rows of the review in its order; a row of another name comes after them.
ROWS = ("C1", "C2", "C7", "C8", "C9", "C10", "C12", "E6")
# Half the width of the axis; intervals beyond it end in an arrow.
LARGEST_SPAN = 2.0
SMALLEST_SPAN = 0.5


def section(page: PageInput) -> Section:
    """The named tests as a figure and a table."""
    words = page.words
    rows = page.mechanism.rows("named_tests")
    heading = words("mechanism.named_heading")
    if not rows:
        return Section("mechanism-named", heading)
    told = [row for row in rows if not is_unknown(row["estimate"])]
    lead = words(
        "mechanism.named_lead",
        told=len(told),
        n=len(rows),
        same=sum(row["agrees_in_direction"] == "same" for row in told),
        opposite=sum(row["agrees_in_direction"] == "opposite" for row in told),
        unclear=sum(row["agrees_in_direction"] == "cannot_tell" for row in told),
        none=sum(row["agrees_in_direction"] == "none_expected" for row in told),
    )
    blocks: list[Block] = [Paragraph(lead, "lead"), Paragraph(words("mechanism.named_reads"))]
    if told:
        blocks.append(_figure(page, told))
    blocks.append(_table(page, rows))
    return Section("mechanism-named", heading, blocks)


def claims(page: PageInput) -> Section:
    """One box per row of the review that a named test asks about."""
    words = page.words
    by_row: dict[str, list[Row]] = {}
    for row in page.mechanism.rows("named_tests"):
        by_row.setdefault(str(row["review_row"]), []).append(row)
    ordered = sorted(by_row, key=lambda name: (ROWS.index(name) if name in ROWS else len(ROWS), name))
    boxes = [_claim(page, name, by_row[name]) for name in ordered]
    heading = words("mechanism.claims_heading")
    reads: list[Block] = [Paragraph(words("mechanism.claims_reads"))] if boxes else []
    return Section("mechanism-review", heading, [*reads, *boxes])


def _claim(page: PageInput, name: str, rows: Sequence[Row]) -> Claim:
    words = page.words
    voices = [
        (words("claims.review"), _once(rows, "review_says")),
        (words("claims.source"), _once(rows, "source_says")),
        (words("claims.cohort"), _cohort_says(page, rows)),
    ]
    listed = dict.fromkeys(source for row in rows for source in str(row["source"]).split(";"))
    checked = dict.fromkeys(words.name("claim_checked", row["checked"]) for row in rows)
    link = words("mechanism.link", sources=", ".join(listed), checked=words("mechanism.comma").join(checked))
    return Claim(words.name("brain_claim", name), voices, link)


def _once(rows: Sequence[Row], column: str) -> str:
    """Every sentence of a column once, in the order of the rows."""
    return " ".join(dict.fromkeys(str(row[column]) for row in rows if not is_unknown(row[column])))


def _cohort_says(page: PageInput, rows: Sequence[Row]) -> str:
    words = page.words
    said = [_said(page, row) for row in rows if not is_unknown(row["estimate"])]
    # A reason that several rows share is said once.
    silent: dict[str, list[str]] = {}
    for row in rows:
        if is_unknown(row["estimate"]):
            silent.setdefault(words.cell(row["note"]), []).append(name_of_test(page, row))
    comma = words("mechanism.comma")
    said += [words("mechanism.cannot_say", tests=comma.join(names), why=why) for why, names in silent.items()]
    return words("mechanism.list_separator").join(said)


def _said(page: PageInput, row: Row) -> str:
    words = page.words
    return words(
        "mechanism.cohort_says",
        test=name_of_test(page, row),
        contrast=words.name("brain_contrast", row["contrast"]),
        quantity=words.name("quantity", row["quantity"]),
        effect=_effect(page, row),
        n=people(words, row),
        direction=words.name("agrees_in_direction", row["agrees_in_direction"]),
        size=words.name("agrees_in_size", row["agrees_in_size"]),
    )


def name_of_test(page: PageInput, row: Row) -> str:
    """A named test with the region it looks at."""
    words = page.words
    return words(
        "mechanism.test_of", test=words.name("named_test", row["test"]), region=place(words, row["region"])
    )


def _effect(page: PageInput, row: Row) -> str:
    return with_interval(page.words, row["estimate"], row["ci_low"], row["ci_high"])


def _figure(page: PageInput, told: Sequence[Row]) -> Figure:
    words, drawn = page.words, []
    for test in dict.fromkeys((str(row["test"]), str(row["contrast"])) for row in told):
        name = words(
            "mechanism.test_heading",
            test=words.name("named_test", test[0]),
            contrast=words.name("brain_contrast", test[1]),
        )
        drawn.append(IntervalRow(name, None, None, None, "", heading=True))
        drawn += [_drawn(page, row) for row in told if (row["test"], row["contrast"]) == test]
    caption = words("mechanism.named_figure")
    reach = _reach(told)
    svg = interval_plot(
        "mechanism-named",
        drawn,
        title=words("mechanism.named_heading"),
        description=caption,
        axis=words("mechanism.named_axis"),
        legend=(words("mechanism.legend_one"),),
        span=(-reach, reach),
        percent=False,
        strong=0.0,
    )
    return Figure("mechanism/named_tests", svg, caption)


def _reach(told: Sequence[Row]) -> float:
    ends = [
        abs(float(row[name])) for row in told for name in ("ci_low", "ci_high") if not is_unknown(row[name])
    ]
    largest = max(abs(float(row["estimate"])) for row in told)
    # Every estimate lies on the axis; an interval may leave it.
    span = max(SMALLEST_SPAN, largest, min(max(ends, default=0.0), LARGEST_SPAN))
    return math.ceil(span * 2) / 2


def _drawn(page: PageInput, row: Row) -> IntervalRow:
    words = page.words
    note = words(
        "mechanism.named_note",
        quantity=words.name("quantity_short", row["quantity"]),
        value=number(row["estimate"]),
        n=people(words, row),
    )
    low, high = (None if is_unknown(row[name]) else float(row[name]) for name in ("ci_low", "ci_high"))
    return IntervalRow(place(words, row["region"]), float(row["estimate"]), low, high, note)


def _table(page: PageInput, rows: Sequence[Row]) -> Table:
    words = page.words
    cells = [
        [
            words.cell(row["review_row"]),
            name_of_test(page, row),
            words.name("brain_contrast", row["contrast"]),
            words(
                "mechanism.with_quantity",
                quantity=words.name("quantity_short", row["quantity"]),
                effect=_effect(page, row),
            ),
            words.p_value(row["p"]),
            words.p_value(row["p_fwer"]),
            people(words, row),
            number(row["published_effect"]),
            words(
                "mechanism.agrees",
                direction=words.name("agrees_in_direction", row["agrees_in_direction"]),
                size=words.name("agrees_in_size", row["agrees_in_size"]),
            ),
            words.cell(row["note"]),
        ]
        for row in rows
    ]
    headings = [
        words(f"mechanism.column_{name}")
        for name in (
            "row",
            "test",
            "contrast",
            "named_effect",
            "p",
            "p_fwer",
            "n",
            "published",
            "agrees",
            "note",
        )
    ]
    return Table(
        headings,
        cells,
        words("mechanism.named_table", n=len(rows)),
        frozenset(range(4, 8)),
        folded=True,
        below=words("mechanism.named_below"),
    )
