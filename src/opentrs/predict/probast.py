"""PROBAST+AI (Moons et al. 2025, doi:10.1136/bmj-2024-082505): its structure, and what a run can say to it.

A rating is a judgement, so no item is answered by a machine: beside each stands what the run knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentrs.messages import text
from opentrs.predict.filling import fill
from opentrs.predict.sheet import Sheet
from opentrs.predict.tripod import item_lines
from opentrs.reference.load import facts

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "part", "domain", "kind", "number", "topic", "answer", "status", "evidence", "from_tables", "source",
    "checked",
)  # fmt: skip


def probast(sheet: Sheet) -> pd.DataFrame:
    """Return one row per signalling question and per rating of applicability.

    ``answer`` is always empty: people give it. ``status`` is ``partly`` where the run has evidence for the
    answer, else ``empty``. Topics are ours, as is their order within a domain (see ``checked``).
    """
    import pandas as pd

    rows = []
    for item in facts("probast_items"):
        found = fill(item["fill"], sheet)
        rows.append(
            {
                "part": item["part"],
                "domain": item["domain"],
                "kind": item["kind"],
                "number": item["number"],
                "topic": item[f"label_{sheet.lang}"],
                "answer": "",
                "status": "partly" if found else "empty",
                "evidence": found.words if found else "",
                "from_tables": "; ".join(found.tables) if found else "",
                "source": item["source"],
                "checked": item["checked"],
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def probast_text(sheet: Sheet) -> str:
    """Return the questions as Markdown, by part and domain."""
    lang = sheet.lang
    lines = [f"# {text('documents.probast_title', lang)}", "", text("documents.probast_reads", lang)]
    for (part, domain), rows in probast(sheet).groupby(["part", "domain"], sort=False):
        named = text(f"documents.probast_domain.{domain}", lang)
        lines += ["", f"## {text(f'documents.probast_part.{part}', lang)}: {named}", ""]
        for row in rows.to_dict("records"):
            kind = text(f"documents.probast_kind.{row['kind']}", lang)
            label = f"{kind} {row['number']}: {row['topic']}"
            lines += item_lines(label, row["status"], row["evidence"], row["from_tables"], sheet)
    return "\n".join(lines) + "\n"
