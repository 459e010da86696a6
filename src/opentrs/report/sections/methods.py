"""How it was done and where each rule was published."""

from __future__ import annotations

from opentrs.report.blocks import Block, Paragraph, Section, Table
from opentrs.report.view import PageInput

NOTES = ("unknown", "prevalence", "bounds", "missing", "agreement", "change")


def section(page: PageInput) -> Section:
    """The rows of the main definition with their sources, and the methods in words."""
    words = page.words
    blocks: list[Block] = []
    for result in page.results.values():
        if hasattr(result, "reason"):
            blocks.append(
                Paragraph(words("methods.skipped", stage=result.stage, reason=result.reason), "warning")
            )
    definition = page.main_definition
    if definition is not None:
        rows = [
            [
                row.id,
                words.name("tier", row.tier),
                row.reads.get(words.lang, ""),
                _source(row.source),
                words.name("checked", row.checked),
            ]
            for row in definition.criteria
        ]
        headings = [
            words(f"methods.column_{name}") for name in ("criterion", "tier", "reads", "source", "checked")
        ]
        blocks.append(Table(headings, rows, words("methods.criteria", definition=page.named(page.main))))
    others = [each for name, each in page.known_definitions.items() if name != page.main]
    if others:
        rows = [
            [
                page.named(each.id),
                words.name("kind", each.kind),
                _source(each.source),
                each.note.get(words.lang, ""),
            ]
            for each in others
        ]
        headings = [words(f"methods.column_{name}") for name in ("definition", "kind", "source", "note")]
        blocks.append(Table(headings, rows, words("methods.definitions")))
    blocks.append(Paragraph(words("methods.dose", dose_key=words.name("dose_key", page.settings.dose_key))))
    blocks += [Paragraph(words(f"methods.{name}")) for name in NOTES]
    if page.types.result is not None:
        blocks.append(Paragraph(words("methods.types")))
    return Section("methods", words("methods.heading"), blocks)


def _source(source: str) -> str:
    return f"doi:{source}" if source.startswith("10.") else source
