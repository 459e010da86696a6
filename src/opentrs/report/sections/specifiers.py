"""Among the resistant: since when, from the first episode or later, which symptoms, and clozapine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from opentrs.report.blocks import Block, Paragraph, Section, Table
from opentrs.report.shares import share_row
from opentrs.report.view import PageInput
from opentrs.report.wording import is_unknown

ONSETS = ("early", "medium", "late", "unknown")
ANSWERS = ("yes", "no", "unknown")
CLOZAPINE = ("responsive", "resistant", "not_tried", "unknown")
DOMAINS = ("positive", "negative")


def section(page: PageInput) -> Section:
    """Counts and shares with intervals; nothing where single people may not be counted."""
    words = page.words
    heading = words("specifiers.heading")
    if page.asked.empty:
        return Section("specifiers", heading)
    blocks: list[Block] = [Paragraph(words("specifiers.reads"))]
    if page.resistant.empty:
        blocks.append(Paragraph(words("specifiers.nobody")))
    else:
        blocks.append(_table(page, "onset", page.resistant["onset"], ONSETS))
        blocks.append(_table(page, "from_first_episode", page.resistant["from_first_episode"], ANSWERS))
        blocks.append(_domains(page))
        blocks += _days_to(page)
    blocks.append(_table(page, "clozapine", page.asked["clozapine"], CLOZAPINE))
    blocks += _answers(page, "specifiers", "specifier")
    blocks += _answers(page, "remission", None)
    return Section("specifiers", heading, blocks)


def counted(column: pd.Series[Any]) -> Counter[str]:
    """How often each answer stands in a column; blank is unknown."""
    counts: Counter[str] = Counter()
    for value, count in column.value_counts(dropna=False).items():
        counts["unknown" if is_unknown(value) or value == "" else str(value)] += int(count)
    return counts


def _table(page: PageInput, name: str, column: pd.Series[Any], order: Sequence[str]) -> Table:
    words = page.words
    counts = counted(column)
    known = sum(counts[value] for value in order if value not in ("unknown", "not_tried"))
    rows = []
    for value in order:
        label = words.name(name, value)
        if value in ("unknown", "not_tried"):
            rows.append([label, words.count(counts[value]), "", ""])
        else:
            rows.append([label, *share_row(words, counts[value], known)])
    headings = [words(f"specifiers.column_{each}") for each in (name, "count", "share", "interval")]
    caption = words(f"specifiers.caption_{name}", n=words.count(len(column)), known=words.count(known))
    return Table(headings, rows, caption, frozenset({1, 2, 3}))


def known_domains(resistant: pd.DataFrame) -> list[set[str]]:
    """The domains that met the severity rule, of each person of whom any is known."""
    joined = resistant["domains"].fillna("")
    return [set(str(domains).split(";")) for domains in joined[joined != ""]]


def _domains(page: PageInput) -> Table:
    words, known = page.words, known_domains(page.resistant)
    rows = [
        [words.name("domain", domain), *share_row(words, sum(domain in found for found in known), len(known))]
        for domain in DOMAINS
    ]
    headings = [words(f"specifiers.column_{each}") for each in ("domain", "count", "share", "interval")]
    caption = words(
        "specifiers.caption_domains", n=words.count(len(page.resistant)), known=words.count(len(known))
    )
    return Table(headings, rows, caption, frozenset({1, 2, 3}))


def _days_to(page: PageInput) -> list[Block]:
    words, onset = page.words, page.frame("onset")
    if onset.empty:
        return []
    days = onset["days_to_trs"].dropna()
    if days.empty:
        return []
    quarters = days.quantile([0.25, 0.5, 0.75]).tolist()
    numbers = {
        name: words.number(day, 0) for name, day in zip(("lower", "middle", "upper"), quarters, strict=True)
    }
    return [Paragraph(words("specifiers.days_to", n=words.count(len(days)), **numbers))]


def _answers(page: PageInput, table: str, column: str | None) -> list[Block]:
    """Counts of yes, no and unknown, per specifier where the table has several."""
    words, frame = page.words, page.frame(table)
    if frame.empty:
        return []
    groups = frame.groupby(column)["answer"] if column else [(table, frame["answer"])]
    rows = []
    for name, answers in groups:
        counts = counted(answers)
        rows.append(
            [
                words.name("specifier", name),
                *share_row(words, counts["yes"], counts["yes"] + counts["no"]),
                words.count(counts["no"]),
                words.count(counts["unknown"]),
            ]
        )
    headings = [
        words(f"specifiers.column_{each}")
        for each in ("specifier", "yes", "share", "interval", "no", "unknown")
    ]
    return [Table(headings, rows, words(f"specifiers.caption_{table}"), frozenset(range(1, 6)))]
