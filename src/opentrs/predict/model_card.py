"""A model card for each model of a run: what it is, how well it does, what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from opentrs.messages import text
from opentrs.predict.filling import fill
from opentrs.predict.sheet import Sheet
from opentrs.predict.tripod import item_lines

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("model", "field", "label", "status", "text", "from_tables")
# Field -> filler; a field without one is asked of people.
FIELDS: Mapping[str, str | None] = {
    "kind": "title",
    "intended_use": None,
    "out_of_scope": None,
    "population": "data_source",
    "dates": "dates",
    "setting": "setting",
    "outcome": "outcome",
    "predictors": "predictors",
    "specification": "specification",
    "sample_size": "sample_size",
    "participants": "counts",
    "performance": "performance",
    "by_site": "by_site",
    "fairness": "fairness",
    "overfitting": "overfitting",
    "updating": "updating",
    "input": "input",
    "limitations": "limitations",
    "ethics": None,
    "contact": None,
    "monitoring": None,
    "software": "code",
}
MODEL_TABLES = ("performance", "coefficients", "risks")


def models(sheet: Sheet) -> list[str]:
    """Models of a run, in the order of its tables."""
    return list(dict.fromkeys(model for name in MODEL_TABLES for model in sheet.values(name, "model")))


def model_card(sheet: Sheet) -> pd.DataFrame:
    """Return one row per model and field; what nobody computed stays empty."""
    import pandas as pd

    rows = []
    for model in models(sheet):
        mine = sheet.of_model(model)
        for field, filler in FIELDS.items():
            found = fill(filler, mine)
            rows.append(
                {
                    "model": model,
                    "field": field,
                    "label": text(f"documents.card.{field}", sheet.lang),
                    "status": "filled" if found else "empty",
                    "text": found.words if found else "",
                    "from_tables": "; ".join(found.tables) if found else "",
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def model_card_text(sheet: Sheet, model: str) -> str:
    """Return the card of one model as Markdown, its equation as a table where there is one."""
    lang = sheet.lang
    lines = [
        f"# {text('documents.card_title', lang, model=sheet.name('model', model))}",
        "",
        text("documents.card_reads", lang),
        "",
    ]
    card = model_card(sheet.of_model(model))
    for row in card[card["model"] == model].to_dict("records"):
        lines += item_lines(row["label"], row["status"], row["text"], row["from_tables"], sheet)
    return "\n".join([*lines, *_equation(sheet.of_model(model))]) + "\n"


def _equation(sheet: Sheet) -> list[str]:
    rows = sheet.rows("coefficients")
    if not rows:
        return []
    names = ("landmark", "term", "coefficient", "low", "high", "unit", "note")
    headings = [text(f"documents.coefficient.{name}", sheet.lang) for name in names]
    lines = [
        "",
        f"## {text('documents.equation', sheet.lang)}",
        "",
        _line(headings),
        _line(["---"] * len(names)),
    ]
    return lines + [_line([_cell(row.get(name)) for name in names]) for row in rows]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(value: object) -> str:
    if value is None or value != value:
        return ""
    return repr(value) if isinstance(value, float) else str(value).replace("|", "\\|").replace("\n", " ")
