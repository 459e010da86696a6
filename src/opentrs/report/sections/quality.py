"""What was wrong with the input, and what became of every row that was read."""

from __future__ import annotations

from collections import Counter, defaultdict

from opentrs.errors import Problem
from opentrs.report.blocks import Block, Paragraph, Section, Table
from opentrs.report.view import PageInput
from opentrs.report.withheld import is_small

MOST_PER_KIND = 25
MOST_KINDS = 60
SEVERITIES = ("error", "warning", "note")


def problems(page: PageInput) -> Section:
    """Every problem by file, line and column, those of one kind together."""
    words = page.words
    found = page.cohort.problems
    heading = words("quality.heading")
    if not found:
        return Section("data-quality", heading, [Paragraph(words("quality.none"))])
    counts = Counter[str](problem.severity for problem in found)
    numbers = {severity: _shown(page, counts[severity]) for severity in SEVERITIES}
    blocks: list[Block] = [Paragraph(words("quality.counts", **numbers))]
    kinds = _by_kind(found)
    overview = [
        [
            words.name("severity", severity),
            code,
            _shown(page, len(each)),
            ", ".join(sorted({p.file or "" for p in each})),
        ]
        for (severity, code), each in kinds.items()
    ]
    headings = [words(f"quality.column_{name}") for name in ("severity", "kind", "count", "files")]
    blocks.append(Table(headings, overview, words("quality.overview"), frozenset({2})))
    if not page.aggregate_only:
        blocks += [_listed(page, code, each) for (_, code), each in list(kinds.items())[:MOST_KINDS]]
        blocks.append(Paragraph(words("quality.all_listed", file="tables/quality/problems.csv"), "note"))
    return Section("data-quality", heading, blocks)


def _shown(page: PageInput, count: int) -> str:
    """A number of places; small ones are withheld where the output leaves the site."""
    return page.words("withheld") if page.aggregate_only and is_small(count) else page.words.count(count)


def _by_kind(found: tuple[Problem, ...]) -> dict[tuple[str, str], list[Problem]]:
    kinds: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    for severity in SEVERITIES:
        for problem in found:
            if problem.severity == severity:
                kinds[severity, problem.code].append(problem)
    return dict(kinds)


def _listed(page: PageInput, code: str, each: list[Problem]) -> Table:
    words = page.words
    rows = [
        [problem.place, problem.sentence(words.lang, with_values=True)] for problem in each[:MOST_PER_KIND]
    ]
    below = ""
    if len(each) > MOST_PER_KIND:
        below = words("more_rows", n=len(each) - MOST_PER_KIND, file="tables/quality/problems.csv")
    caption = words(
        "quality.kind", severity=words.name("severity", each[0].severity), code=code, n=words.count(len(each))
    )
    headings = [words("quality.column_place"), words("quality.column_sentence")]
    return Table(headings, rows, caption, folded=len(each) > 8, below=below)


def files_read(page: PageInput) -> Section:
    """Per file: rows read = kept + rejected."""
    words = page.words
    read = [entry for entry in page.cohort.files if entry.table]
    heading = words("files.heading")
    if not read or page.aggregate_only:
        return Section("files", heading)
    rows = [
        [
            entry.name,
            entry.table,
            *(words.count(number) for number in (entry.read, entry.kept, entry.rejected)),
        ]
        for entry in read
    ]
    headings = [words(f"files.column_{name}") for name in ("file", "table", "read", "kept", "rejected")]
    return Section("files", heading, [Table(headings, rows, words("files.table"), frozenset({2, 3, 4}))])
