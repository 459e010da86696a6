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
                str(row.reads[words.lang]),
                f"doi:{row.source}" if row.source.startswith("10.") else row.source,
                words.name("checked", row.checked),
            ]
            for row in definition.criteria
        ]
        headings = [
            words(f"methods.column_{name}") for name in ("criterion", "tier", "reads", "source", "checked")
        ]
        blocks.append(Table(headings, rows, words("methods.criteria", definition=page.named(page.main))))
    others = (
        [page.stage.details["definitions"][name] for name in page.definitions[1:]] if _lists(page) else []
    )
    if others:
        rows = [
            [
                page.named(each.id),
                words.name("kind", each.kind),
                _source(each.source),
                str(each.note.get(words.lang, "")),
            ]
            for each in others
        ]
        headings = [words(f"methods.column_{name}") for name in ("definition", "kind", "source", "note")]
        blocks.append(Table(headings, rows, words("methods.definitions")))
    blocks.append(Paragraph(words("methods.dose", dose_key=words.name("dose_key", page.settings.dose_key))))
    blocks += [Paragraph(words(f"methods.{name}")) for name in NOTES]
    return Section("methods", words("methods.heading"), blocks)


def _lists(page: PageInput) -> bool:
    known = page.stage.details.get("definitions", {}) if page.stage else {}
    return all(name in known for name in page.definitions[1:])


def _source(source: str) -> str:
    return f"doi:{source}" if source.startswith("10.") else source
