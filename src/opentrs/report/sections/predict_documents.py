"""How far the run fills TRIPOD+AI, PROBAST+AI and the model cards, and what people must still answer."""

from __future__ import annotations

from opentrs.messages import text
from opentrs.report.blocks import Block, Paragraph, Section, Table
from opentrs.report.documents import FOLDER
from opentrs.report.view import PageInput
from opentrs.report.wording import NONE

STATUSES = ("filled", "partly", "empty")


def section(page: PageInput) -> Section:
    """Counts in a sentence, and both checklists on request."""
    words, rows = page.words, page.predict.rows("tripod_ai")
    heading = words("predict_documents.heading")
    if not rows:
        return Section("predict-documents", heading)
    counts = {status: words.count(sum(row["status"] == status for row in rows)) for status in STATUSES}
    blocks: list[Block] = [
        Paragraph(words("predict_documents.lead", n=words.count(len(rows)), folder=FOLDER, **counts)),
        _tripod(page),
        _probast(page),
    ]
    return Section("predict-documents", heading, blocks)


def _tripod(page: PageInput) -> Table:
    words = page.words
    cells = [
        [
            str(row["item"]),
            str(row["label"]),
            text(f"documents.status.{row['status']}", words.lang),
            str(row["text"]) or NONE,
            str(row["from_tables"]) or NONE,
        ]
        for row in page.predict.rows("tripod_ai")
    ]
    names = ("item", "label", "status", "text", "from_tables")
    headings = [words(f"predict_documents.column_{name}") for name in names]
    return Table(headings, cells, words("predict_documents.tripod"), folded=True, whole=frozenset({0}))


def _probast(page: PageInput) -> Table:
    words = page.words
    cells = [
        [
            text(f"documents.probast_part.{row['part']}", words.lang),
            text(f"documents.probast_domain.{row['domain']}", words.lang),
            str(row["topic"]),
            NONE,
            str(row["evidence"]) or NONE,
            str(row["from_tables"]) or NONE,
        ]
        for row in page.predict.rows("probast_ai")
    ]
    names = ("part", "domain", "topic", "answer", "evidence", "from_tables")
    headings = [words(f"predict_documents.column_{name}") for name in names]
    return Table(headings, cells, words("predict_documents.probast"), folded=True)
