"""Blank cells, and the ways of filling them: values on both sides of every boundary, and usual ones."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from math import prod
from random import Random
from typing import Any

from tests.property.nasty import KEYS, Tables

Cell = tuple[str, int, str]  # table, row number, column

SPARED = frozenset({*KEYS, "diagnosis", "group", "rater", "symptom_reduction_percent"})
DRUGS = ("risperidone", "olanzapine", "haloperidol", "clozapine", "lithium")
FILLINGS: dict[str, tuple[Any, ...]] = {
    "history_complete": ("yes", "no"),
    "dose_mg_per_day": (1, 9.9, 10, 16, 20, 600, 900),
    "duration_weeks": (1, 5.9, 6, 12, 30),
    "days_supply": (1, 14, 28, 42, 90),
    "interval_days": (14, 28, 90),
    "quantity": (1, 60, 300),
    "strength_mg": (1, 20, 400),
    "route": ("oral", "lai"),
    "adherence_percent": (0, 79.9, 80, 100),
    "adherence_sources": ("1", "2", "patient", "patient;carer"),
    "stop_reason": ("inefficacy", "intolerance", "choice", "other"),
    "prospective": ("yes", "no"),
    "percent": (0, 79.9, 80, 100),
    "source": ("patient", "carer", "notes", "pill_count", "dispensing"),
    "level_ng_per_ml": (0, 0.9, 19.9, 20, 99, 100, 349, 350, 800),
    "metabolite_ng_per_ml": (0, 30),
    "announced": ("yes", "no"),
    "drug": DRUGS,
}
ITEM_VALUES = {
    "PANSS": (1, 3, 4, 6, 7),
    "BPRS-18": (1, 3, 4, 6, 7),
    "SAPS": (0, 2, 3, 5),
    "SANS": (0, 2, 3, 5),
}
FUNCTION_VALUES = (1, 59, 60, 61, 95)
DATE_SHIFTS = (-400, -31, -1, 1, 31, 400)


def pick_cells(tables: Tables, number: int, random: Random) -> list[Cell]:
    """``number`` known cells of one person, each table as likely as the next."""
    of_table: dict[str, list[Cell]] = {}
    for table, rows in tables.items():
        for place, row in enumerate(rows):
            for column in (
                column for column, cell in row.items() if cell is not None and column not in SPARED
            ):
                of_table.setdefault(table, []).append((table, place, column))
    picked: set[Cell] = set()
    for _ in range(number):
        picked.add(random.choice(of_table[random.choice(sorted(of_table))]))
    return sorted(picked)


def with_cells(tables: Tables, cells: dict[Cell, Any]) -> Tables:
    """A copy in which these cells hold these values."""
    changed = {name: [dict(row) for row in rows] for name, rows in tables.items()}
    for (table, place, column), value in cells.items():
        changed[table][place][column] = value
    return changed


def fillings(tables: Tables, cell: Cell) -> list[Any]:
    """The cell's own value and others it might have held."""
    table, place, column = cell
    row = tables[table][place]
    own = row[column]
    if column.endswith("date") or column in ("date", "observation_start"):
        others: list[Any] = sorted({own + timedelta(days=shift) for shift in DATE_SHIFTS} | dates_of(tables))
        if column == "end_date" and row.get("start_date"):
            others = [day for day in others if day >= row["start_date"]]
        if column == "start_date" and row.get("end_date"):
            others = [day for day in others if day <= row["end_date"]]
    elif table == "ratings":
        others = list(ITEM_VALUES[row["scale"]])
    elif table == "function":
        others = list(FUNCTION_VALUES)
    else:
        others = list(FILLINGS.get(column, ()))
    return [own, *(value for value in others if value != own)]


def dates_of(tables: Tables) -> set[date]:
    """Every date in the record, and a fortnight later: what has lost its date may belong to any of them."""
    dates = {
        cell for rows in tables.values() for row in rows for cell in row.values() if isinstance(cell, date)
    }
    return dates | {day + timedelta(days=14) for day in dates}


def ways_to_fill(tables: Tables, cells: list[Cell], most: int, random: Random) -> list[dict[Cell, Any]]:
    """Every way of filling these cells, or ``most`` of them drawn at random; the true one comes first."""
    choices = [fillings(tables, cell) for cell in cells]
    if prod(map(len, choices)) <= most:
        ways = list(itertools.product(*choices))
    else:
        own = tuple(choice[0] for choice in choices)
        ways = [own, *(tuple(random.choice(choice) for choice in choices) for _ in range(most - 1))]
    return [dict(zip(cells, way, strict=True)) for way in ways]


def renamed(tables: Tables, prefix: str) -> Tables:
    """The same people under other names."""
    return {
        name: [{**row, "person_id": prefix + row["person_id"]} for row in rows]
        for name, rows in tables.items()
    }


def one_by_one(tables: Tables) -> dict[str, Tables]:
    """The tables cut into one small cohort per person."""
    cut: dict[str, Tables] = {row["person_id"]: {name: [] for name in tables} for row in tables["people"]}
    for name, rows in tables.items():
        for row in rows:
            cut[row["person_id"]][name].append(row)
    return cut


def together(many: list[Tables]) -> Tables:
    joined: Tables = {}
    for tables in many:
        for name, rows in tables.items():
            joined.setdefault(name, []).extend(rows)
    return joined
