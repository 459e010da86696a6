"""Among the resistant: since when, from the first episode or later, which symptoms, and clozapine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from opentrs.report.blocks import Block, Paragraph, Section, Table
from opentrs.report.shares import share_row
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import is_unknown

ONSETS = ("early", "medium", "late", "unknown")
ANSWERS = ("yes", "no", "unknown")
CLOZAPINE = ("responsive", "resistant", "not_tried", "unknown")
DOMAINS = ("positive", "negative")


def section(page: PageInput) -> Section:
    """Counts and shares with intervals; nothing where single people may not be counted."""
    words = page.words
    heading = words("specifiers.heading")
    people = verdict_rows(page)
    if page.aggregate_only or not people:
        return Section("specifiers", heading)
    resistant = [row for row in people if row["verdict"] == "resistant"]
    blocks: list[Block] = [Paragraph(words("specifiers.reads"))]
    if resistant:
        blocks.append(_table(page, "onset", [_value(row, "onset") for row in resistant], ONSETS))
        first = [_value(row, "from_first_episode") for row in resistant]
        blocks.append(_table(page, "from_first_episode", first, ANSWERS))
        blocks.append(_domains(page, resistant))
        blocks += _days_to(page, resistant)
    else:
        blocks.append(Paragraph(words("specifiers.nobody")))
    blocks.append(_table(page, "clozapine", [_value(row, "clozapine") for row in people], CLOZAPINE))
    blocks += _answers(page, "specifiers", "specifier")
    blocks += _answers(page, "remission", None)
    return Section("specifiers", heading, blocks)


def verdict_rows(page: PageInput) -> list[Row]:
    """Everybody's verdict under the main definition, those asked only."""
    return [
        row
        for row in page.rows("verdicts")
        if row["definition"] == page.main and row["verdict"] != "not_applicable"
    ]


def _value(row: Row, column: str) -> str:
    return "unknown" if is_unknown(row[column]) or row[column] == "" else str(row[column])


def _table(page: PageInput, name: str, values: Sequence[str], order: Sequence[str]) -> Table:
    words = page.words
    counts = Counter(values)
    known = sum(counts[value] for value in order if value not in ("unknown", "not_tried"))
    rows = []
    for value in order:
        label = words.name(name, value)
        if value in ("unknown", "not_tried"):
            rows.append([label, words.count(counts[value]), "", ""])
        else:
            rows.append([label, *share_row(words, counts[value], known)])
    headings = [words(f"specifiers.column_{each}") for each in (name, "count", "share", "interval")]
    caption = words(f"specifiers.caption_{name}", n=words.count(len(values)), known=words.count(known))
    return Table(headings, rows, caption, frozenset({1, 2, 3}))


def _domains(page: PageInput, resistant: Sequence[Row]) -> Table:
    words = page.words
    known = [
        set(str(row["domains"]).split(";"))
        for row in resistant
        if not is_unknown(row["domains"]) and row["domains"]
    ]
    rows = [
        [words.name("domain", domain), *share_row(words, sum(domain in found for found in known), len(known))]
        for domain in DOMAINS
    ]
    headings = [words(f"specifiers.column_{each}") for each in ("domain", "count", "share", "interval")]
    caption = words(
        "specifiers.caption_domains", n=words.count(len(resistant)), known=words.count(len(known))
    )
    return Table(headings, rows, caption, frozenset({1, 2, 3}))


def _days_to(page: PageInput, resistant: Sequence[Row]) -> list[Block]:
    words = page.words
    mine = {str(row["person_id"]) for row in resistant}
    days = sorted(
        float(row["days_to_trs"])
        for row in page.rows("onset")
        if str(row["person_id"]) in mine and not is_unknown(row["days_to_trs"])
    )
    if not days:
        return []
    quarters = [days[round((len(days) - 1) * part)] for part in (0.25, 0.5, 0.75)]
    numbers = {
        name: words.number(day, 0) for name, day in zip(("lower", "middle", "upper"), quarters, strict=True)
    }
    return [Paragraph(words("specifiers.days_to", n=words.count(len(days)), **numbers))]


def _answers(page: PageInput, table: str, column: str | None) -> list[Block]:
    """Counts of yes, no and unknown, per specifier where the table has several."""
    words = page.words
    counts: dict[str, Counter[str]] = {}
    for row in page.rows(table):
        name = str(row[column]) if column else table
        counts.setdefault(name, Counter())[_value(row, "answer")] += 1
    rows = []
    for name, counter in counts.items():
        known = counter["yes"] + counter["no"]
        rows.append(
            [
                words.name("specifier", name),
                *share_row(words, counter["yes"], known),
                words.count(counter["no"]),
                words.count(counter["unknown"]),
            ]
        )
    if not rows:
        return []
    headings = [
        words(f"specifiers.column_{each}")
        for each in ("specifier", "yes", "share", "interval", "no", "unknown")
    ]
    return [Table(headings, rows, words(f"specifiers.caption_{table}"), frozenset(range(1, 6)))]
