"""The TRIPOD+AI checklist (Collins et al. 2024, doi:10.1136/bmj-2023-078378), filled as far as a run can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentrs.messages import text
from opentrs.predict.filling import fill
from opentrs.predict.sheet import Sheet
from opentrs.reference.load import facts

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("item", "section", "label", "applies", "status", "text", "from_tables", "source", "checked")
# Items about which a run knows a part only: the rest is asked of people.
PARTLY = frozenset(
    {"1", "4", "5a", "6a", "6b", "7", "8a", "9b", "11", "12b", "12c", "14", "18f", "26", "27a"}
)


def tripod(sheet: Sheet) -> pd.DataFrame:
    """Return one row per item: what the run knows, from which tables, and what people must still answer.

    ``status`` is ``filled``, ``partly`` (the run knows a part, people must complete it) or ``empty``. Labels
    are ours; their numbers follow the checklist as second-hand sources give it (see ``checked``).
    """
    import pandas as pd

    rows = []
    for item in facts("tripod_items"):
        found = fill(item["fill"], sheet)
        status = "empty" if found is None else "partly" if item["item"] in PARTLY else "filled"
        rows.append(
            {
                "item": item["item"],
                "section": item["section"],
                "label": item[f"label_{sheet.lang}"],
                "applies": item["applies"],
                "status": status,
                "text": found.words if found else "",
                "from_tables": "; ".join(found.tables) if found else "",
                "source": item["source"],
                "checked": item["checked"],
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def tripod_text(sheet: Sheet) -> str:
    """Return the checklist as Markdown; empty items are written as empty, to be answered."""
    table = tripod(sheet)
    lines = [
        f"# {text('documents.tripod_title', sheet.lang)}",
        "",
        text("documents.tripod_reads", sheet.lang),
    ]
    for section, of_section in table.groupby("section", sort=False):
        lines += ["", f"## {text(f'documents.tripod_section.{section}', sheet.lang)}", ""]
        for row in of_section.to_dict("records"):
            lines += item_lines(
                f"{row['item']}. {row['label']}", row["status"], row["text"], row["from_tables"], sheet
            )
    return "\n".join(lines) + "\n"


def item_lines(label: str, status: str, said: str, tables: str, sheet: Sheet) -> list[str]:
    """Lines of one item: label with its status, then the answer, or a visible gap."""
    shown = f"- **{label}** [{text(f'documents.status.{status}', sheet.lang)}]"
    if status == "empty":
        return [shown, f"  - {text('documents.to_answer', sheet.lang)} ______"]
    lines = [shown, f"  - {sheet.joined([said, text('documents.from_tables', sheet.lang, tables=tables)])}"]
    if status == "partly":
        lines.append(f"  - {text('documents.to_complete', sheet.lang)} ______")
    return lines
