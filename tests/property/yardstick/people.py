"""The tables of a cohort, cut into one small folder of rows per person; dates become day numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

Row = dict[str, Any]
Folder = dict[str, list[Row]]

DATE_COLUMNS = {
    "birth_date", "illness_onset_date", "first_treatment_date", "observation_start", "observation_end",
    "death_date", "emigration_date", "start_date", "end_date", "date", "admission_date", "discharge_date",
}  # fmt: skip


def by_person(tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, Folder]:
    """Tables (name -> rows) -> person_id -> (table name -> that person's rows)."""
    folders: dict[str, Folder] = {str(row["person_id"]): {"people": [tidy(row)]} for row in tables["people"]}
    for name, rows in tables.items():
        if name == "people":
            continue
        for row in rows:
            folder = folders.get(str(row["person_id"]))
            if folder is not None:
                folder.setdefault(name, []).append(tidy(row))
    return folders


def tidy(row: Mapping[str, Any]) -> Row:
    return {name: day(cell) if name in DATE_COLUMNS else known(cell) for name, cell in row.items()}


def known(cell: Any) -> Any:
    """None for every form of an empty cell."""
    if cell is None or cell == "" or cell != cell or str(cell) == "NaT":
        return None
    return cell


def day(cell: Any) -> int | None:
    cell = known(cell)
    if cell is None:
        return None
    if isinstance(cell, date):
        return date(cell.year, cell.month, cell.day).toordinal()
    return day_of_text(str(cell))


@cache
def day_of_text(text: str) -> int:
    return date.fromisoformat(text[:10]).toordinal()
