"""Parts of the stage that had nothing to say on these data, each with its reason."""

from __future__ import annotations

from opentrs.report.blocks import Section, Table
from opentrs.report.view import PageInput


def section(page: PageInput) -> Section:
    """One row per part that did not run; no section where all did."""
    words = page.words
    silent = [row for row in page.types.rows("parts") if row["ran"] == "no"]
    heading = words("type_parts.heading")
    if not silent:
        return Section("type-parts", heading)
    cells = [[words.name("type_part", row["part"]), words.cell(row["reason"])] for row in silent]
    headings = [words(f"type_parts.column_{name}") for name in ("part", "reason")]
    return Section("type-parts", heading, [Table(headings, cells, words("type_parts.table"))])
