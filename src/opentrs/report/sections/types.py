"""Which type: how many people show which, whether it lasts, and depression beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.intervals import IntervalRow, interval_plot
from opentrs.report.shares import share_row
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import NONE, is_unknown

TYPES = ("delusion", "hallucination", "negative", "mixed", "none")
TYPES_AND_UNKNOWN = (*TYPES, "unknown")
DEPRESSION = ("severe", "moderate", "mild", "none", "unknown")
REVIEW_TYPES = (
    "delusion", "hallucination", "negative", "severe_depression", "none_of_the_four", "unknown",
)  # fmt: skip
VALUES = {"type": TYPES_AND_UNKNOWN, "review_type": REVIEW_TYPES, "depression": DEPRESSION}
GROUPS = ("resistant", "all")


def section(page: PageInput) -> Section:
    """The types in one sentence, one figure and two tables."""
    words = page.words
    heading = words("types.heading")
    if not page.types.rows("type_prevalence"):
        return Section("types", heading)
    blocks: list[Block] = [
        *_lead(page),
        Paragraph(words("types.reads_own" if page.settings.types else "types.reads")),
        _figure(page),
        _table(page),
        *_persistence(page),
        *_depression(page),
    ]
    return Section("types", heading, blocks)


def shares(page: PageInput, group: str, label: str = "type") -> dict[str, Row]:
    """Value -> its row of ``type_prevalence``."""
    return {
        str(row["value"]): row
        for row in page.types.rows("type_prevalence")
        if row["group"] == group and row["label"] == label
    }


def _groups(page: PageInput) -> list[str]:
    """The groups that hold anybody; a withheld count is somebody."""
    return [
        group
        for group in GROUPS
        if any(is_unknown(row["count"]) or int(row["count"]) for row in shares(page, group).values())
    ]


def _lead(page: PageInput) -> list[Block]:
    """The resistant where there are any, else everybody asked."""
    words = page.words
    for group in GROUPS:
        rows = shares(page, group)
        listed = [rows[value]["count"] for value in TYPES_AND_UNKNOWN if value in rows]
        counts = [int(count) for count in listed if not is_unknown(count)]
        if len(counts) < len(TYPES_AND_UNKNOWN):
            if group == "all":
                return [Paragraph(words("types.withheld"), "lead")]
            continue
        n = sum(counts)
        if not n:
            continue
        numbers = {value: words.count(count) for value, count in zip(TYPES_AND_UNKNOWN, counts, strict=True)}
        lead = words(f"types.lead_{group}", n=words.count(n), **numbers)
        unknown = counts[-1]
        said: list[Block] = [Paragraph(lead, "lead")]
        if unknown * 2 > n:
            said.append(Paragraph(words("types.mostly_unknown", share=words.percent(unknown / n)), "warning"))
        return said
    return [Paragraph(words("types.nobody"), "lead")]


def _figure(page: PageInput) -> Figure:
    words, drawn = page.words, []
    for group in _groups(page):
        rows = shares(page, group)
        known = next((row["n"] for row in rows.values() if not is_unknown(row["n"])), None)
        title = words(f"types.group_{group}", n=words("withheld") if known is None else words.count(known))
        drawn.append(IntervalRow(title, None, None, None, "", heading=True))
        drawn += [_drawn(page, value, rows[value]) for value in TYPES if value in rows]
    caption = words("types.figure")
    svg = interval_plot(
        "types",
        drawn,
        title=words("types.heading"),
        description=caption,
        axis=words("types.axis"),
        legend=(words("types.legend_point"), words("types.legend_bounds")),
        none_word=words("types.none_known"),
    )
    return Figure("subtype/types", svg, caption)


def _drawn(page: PageInput, value: str, row: Row) -> IntervalRow:
    words, label = page.words, page.words.name("type", value)
    if is_unknown(row["count"]):
        return IntervalRow(label, None, None, None, words("withheld"), is_withheld=True)
    if is_unknown(row["n"]):  # the count may be told, the number of known people not
        note = words("types.count_alone", count=words.count(row["count"]))
        return IntervalRow(label, None, None, None, note, is_withheld=True)
    numbers = [None if is_unknown(row[name]) else float(row[name]) for name in ("share", "ci_low", "ci_high")]
    bounds = sorted(float(row[name]) for name in ("worst", "best") if not is_unknown(row[name]))
    low, high = (bounds[0], bounds[-1]) if len(bounds) == 2 and bounds[0] < bounds[1] else (None, None)
    note = words("types.count_of", count=words.count(row["count"]), n=words.count(row["n"]))
    return IntervalRow(label, numbers[0], numbers[1], numbers[2], note, low, high)


def _table(page: PageInput) -> Table:
    words = page.words
    cells = []
    for group in _groups(page):
        for label in ("type", "review_type"):
            rows = shares(page, group, label)
            cells += [
                _cells(page, group, label, value, rows[value]) for value in VALUES[label] if value in rows
            ]
    headings = [
        words(f"types.column_{name}")
        for name in ("group", "label", "value", "count", "share", "interval", "bounds")
    ]
    return Table(headings, cells, words("types.table"), frozenset(range(3, 7)), folded=True)


def _cells(page: PageInput, group: str, label: str, value: str, row: Row) -> list[str]:
    words = page.words
    bounds = sorted(float(row[name]) for name in ("worst", "best") if not is_unknown(row[name]))
    return [
        words(f"types.in_{group}"),
        words(f"types.by_{label}"),
        words.name(label, value),
        words("withheld") if is_unknown(row["count"]) else words.count(row["count"]),
        words.percent(row["share"]),
        words.interval(row["ci_low"], row["ci_high"]),
        words.interval(bounds[0], bounds[-1]) if bounds else NONE,
    ]


def _persistence(page: PageInput) -> list[Block]:
    """How many of the types are known to have lasted."""
    words, people = page.words, page.types.frame("person_types")
    if people.empty:
        return []
    settled = people[people["type"] != "unknown"]
    if not settled["persistent"].isin(["yes", "no"]).any():
        return [Paragraph(words("types.persistence_unknown", n=words.count(len(settled))))]
    rows = []
    for value in TYPES:
        answers = Counter(str(answer) for answer in settled.loc[settled["type"] == value, "persistent"])
        known = answers["yes"] + answers["no"]
        shown = share_row(words, answers["yes"], known)
        rows.append(
            [words.name("type", value), *shown, words.count(answers["no"]), words.count(answers["unknown"])]
        )
    headings = [
        words(f"types.column_{name}")
        for name in ("type", "lasts", "share", "interval", "lasts_not", "unknown")
    ]
    caption = words("types.persistence", n=words.count(len(settled)))
    return [Table(headings, rows, caption, frozenset(range(1, 6)))]


def _depression(page: PageInput) -> list[Block]:
    """Depression crossed with type: an overlay, never a competitor."""
    words, people = page.words, page.types.frame("person_types")
    if people.empty:
        return []
    cells = Counter(
        zip(people["type"].astype(str), people["depression"].fillna("unknown").astype(str), strict=True)
    )
    used = [value for value in TYPES_AND_UNKNOWN if any(cells[value, level] for level in DEPRESSION)]
    rows = [_depression_cells(page, value, [cells[value, level] for level in DEPRESSION]) for value in used]
    headings = [words("types.column_type"), *(words.name("depression", level) for level in DEPRESSION)]
    headings += [words("types.column_depressed"), words("types.column_interval")]
    caption = words("types.depression", n=words.count(len(people)))
    return [Table(headings, rows, caption, frozenset(range(1, 8)), below=words("types.depression_note"))]


def _depression_cells(page: PageInput, value: str, counts: Sequence[int]) -> list[str]:
    words, episode = page.words, counts[0] + counts[1]
    return [
        words.name("type", value),
        *(words.count(count) for count in counts),
        *share_row(words, episode, sum(counts[:4]))[1:],
    ]
