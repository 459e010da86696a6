"""A BIDS data set without a mapping: ``participants.tsv`` and the phenotype tables that say what they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from opentrs.cohort.tables import TABLES
from opentrs.errors import Problem
from opentrs.sources.mapping import Items, TableMapping
from opentrs.sources.parse import CellRules
from opentrs.sources.pipeline import Plan
from opentrs.sources.scale_items import wide_items

PARTICIPANTS = "participants.tsv"
PHENOTYPE = "phenotype"
DESCRIPTION = "dataset_description.json"
# Names BIDS itself gives to columns of participants.tsv, and the contract's.
PEOPLE_COLUMNS = {"participant_id": "person_id", "age": "age_years", "sex": "sex", "group": "group"}
ALSO_SEX = "gender"


def plan_for_bids(folder: Path, today: date) -> Plan:
    """Plan how to read a BIDS data set: people, contract tables, and ratings whose columns name items."""
    mappings: list[TableMapping] = []
    problems: list[Problem] = []
    others = [(path.name, path) for path in (folder / DESCRIPTION,) if path.is_file()]
    if (folder / PARTICIPANTS).is_file():
        mappings.append(
            TableMapping("people", PARTICIPANTS, columns=_people(folder / PARTICIPANTS), mapped=False)
        )
    for path in _tables(folder):
        name = str(path.relative_to(folder))
        mapping = _phenotype(path, name)
        if mapping is None:
            problems.append(Problem("bids_table_not_recognised", "note", name))
        else:
            mappings.append(mapping)
            sidecar = path.with_suffix(".json")
            if sidecar.is_file():
                others.append((str(Path(name).with_suffix(".json")), sidecar))
    order = list(TABLES)
    mappings.sort(key=lambda mapping: order.index(mapping.table))
    return Plan(
        folder, tuple(mappings), CellRules(today=today), _title(folder), tuple(problems), tuple(others)
    )


def _tables(folder: Path) -> Iterable[Path]:
    """Phenotype tables, in their own folder or beside ``participants.tsv``."""
    places = [place for place in (folder, folder / PHENOTYPE) if place.is_dir()]
    found = [path for place in places for path in place.glob("*.tsv") if path.is_file()]
    return sorted(path for path in found if path.name != PARTICIPANTS)


def _people(path: Path) -> dict[str, str]:
    header = _header(path)
    lowered = {theirs.lower(): theirs for theirs in header}
    columns = {ours: lowered[theirs] for theirs, ours in PEOPLE_COLUMNS.items() if theirs in lowered}
    if "sex" not in columns and ALSO_SEX in lowered:
        columns["sex"] = lowered[ALSO_SEX]
    return columns


def _phenotype(path: Path, name: str) -> TableMapping | None:
    """A table with a contract name, or ratings by columns such as ``PANSS_P1``, or ``P1`` in panss.tsv."""
    header = _header(path)
    ids = [theirs for theirs in header if theirs.lower() == "participant_id"]
    columns = {"person_id": ids[0]} if ids else {}
    table = path.stem.lower()
    if table in TABLES and table != "people":
        return TableMapping(table, name, columns=columns, mapped=False)
    rest = [theirs for theirs in header if theirs not in columns.values()]
    items = max(wide_items(rest), _items_of(path.stem, rest), key=_width)
    if not items:
        return None
    day = [theirs for theirs in rest if theirs.lower() == "date"]
    dates = {"date": day[0]} if day else {}
    used = {theirs for group in items for theirs in group.names} | {*columns.values(), *dates.values()}
    unused = frozenset(theirs for theirs in header if theirs not in used and theirs.lower() == "session_id")
    return TableMapping("ratings", name, columns={**columns, **dates}, items=items, unused=unused)


def _width(items: tuple[Items, ...]) -> int:
    return sum(len(group.names) for group in items)


def _items_of(stem: str, columns: list[str]) -> tuple[Items, ...]:
    """Items of the scale the file is named after."""
    renamed = {f"{stem}_{theirs}": theirs for theirs in columns}
    groups = wide_items(list(renamed))
    return tuple(
        Items(group.scale, {renamed[each]: item for each, item in group.names.items()}, group.numbers)
        for group in groups
    )


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        return [cell.strip() for cell in stream.readline().rstrip("\n").split("\t")]


def _title(folder: Path) -> str:
    try:
        about = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return folder.name
    name = about.get("Name") if isinstance(about, dict) else None
    return name if isinstance(name, str) and name else folder.name
