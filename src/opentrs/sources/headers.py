"""Does a file's header fit the table it is read as?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from opentrs.sources.imaging.columns import columns_elsewhere, other_table, region_columns
from opentrs.sources.mapping import TableMapping
from opentrs.sources.parse import nearest
from opentrs.sources.row_checks import PLACED_BY_DATE
from opentrs.sources.scale_items import wide_items
from opentrs.sources.typed import Place

MOST_NAMES_SHOWN = 12
MOST_NAMES_COMPARED = 200
NOT_ITEMS = frozenset({"rater", "session_id", "visit", "age", "sex"})


def fitted(mapping: TableMapping, header: Sequence[str], place: Place) -> TableMapping | None:
    """Return the mapping made definite for this header, or None where a required column is missing.

    A plain file gets its columns by their contract names, upper or lower case; rating columns such as
    ``PANSS_P1`` become items. Missing, misspelt and unused columns are noted.
    """
    if not mapping.mapped:
        mapping = _by_contract_names(mapping, header)
    if mapping.spec.wide:
        mapping = _with_regions(mapping, header, place)
    missing = _missing(mapping)
    unused = _unused(mapping, header)
    for column in missing:
        near = nearest(column, unused)
        code = "column_missing_near" if near else "column_missing"
        params = {"meaning": mapping.spec.by_name[column].meaning, "near": near}
        place.log.add(code, file=place.file, line=1, column=column, table=place.table, params=params)
    for column in sorted(_promised(mapping) - set(header)):
        place.log.add("mapped_column_absent", file=place.file, line=1, column=column, table=place.table,
                      params={"near": nearest(column, list(header)) or "?"})  # fmt: skip
    if missing or _promised(mapping) - set(header):
        return None
    _note_unused(mapping, unused, place)
    return mapping


def _by_contract_names(mapping: TableMapping, header: Sequence[str]) -> TableMapping:
    declared = {name.lower(): name for name in mapping.spec.by_name}
    columns: dict[str, str] = {}
    for theirs in header:
        ours = declared.get(theirs.lower())
        if ours is not None and ours not in columns:
            columns[ours] = theirs
    items = mapping.items
    if mapping.table == "ratings" and not {"scale", "item"} & set(columns):
        rest = [
            theirs for theirs in header if theirs not in columns.values() and theirs.lower() not in NOT_ITEMS
        ]
        items = wide_items(rest)
        columns.pop("value", None)
    return replace(mapping, columns={**columns, **mapping.columns}, items=items)


def _with_regions(mapping: TableMapping, header: Sequence[str], place: Place) -> TableMapping:
    """A scan table takes every column that has no other use as a region.

    Where the mapping says ``unused = "all"``, it takes those an atlas knows.
    """
    taken = {*mapping.columns.values(), *mapping.unused, *mapping.spec.by_name}
    elsewhere = columns_elsewhere(header, taken, mapping.table)
    if elsewhere and not mapping.mapped:
        place.log.add("regions_elsewhere", "warning", file=place.file, line=1, table=place.table,
                      params={"n": len(elsewhere), "other": other_table(mapping.table)})  # fmt: skip
    regions = region_columns(header, taken, mapping.table, known_only=mapping.unused_all)
    return replace(mapping, columns={**regions, **mapping.columns})


def _given(mapping: TableMapping) -> set[str]:
    """Contract columns the mapping fills."""
    return {*mapping.filled, *(("scale", "item", "value") if mapping.items else ())}


def _missing(mapping: TableMapping) -> list[str]:
    spec = mapping.spec
    undated = {spec.date} if spec.date and spec.name not in PLACED_BY_DATE else set()
    return [column for column in spec.required if column not in _given(mapping) | undated]


def _promised(mapping: TableMapping) -> set[str]:
    """Columns of the file the mapping names; a slot may be absent, since files differ in their number."""
    names = set(mapping.columns.values()) | {name for group in mapping.items for name in group.names}
    if mapping.slots is not None:
        names |= {theirs.replace("{n}", "1") for theirs in mapping.slots.columns.values()}
    return names


def _unused(mapping: TableMapping, header: Sequence[str]) -> list[str]:
    used = _promised(mapping) | set(mapping.unused)
    if mapping.slots is not None:
        used |= {
            theirs.replace("{n}", str(number))
            for theirs in mapping.slots.columns.values()
            for number in range(1, mapping.slots.count + 1)
        }
    return [column for column in header if column not in used]


def _note_unused(mapping: TableMapping, unused: Sequence[str], place: Place) -> None:
    if mapping.unused_all or not unused:
        return
    free = [column for column in mapping.spec.by_name if column not in _given(mapping)]
    for column in unused[:MOST_NAMES_COMPARED]:
        near = nearest(column, free)
        if near and not mapping.mapped:
            place.log.add("column_unknown_near", "warning", file=place.file, line=1, column=column,
                          table=place.table, params={"near": near})  # fmt: skip
    names = ", ".join(unused[:MOST_NAMES_SHOWN]) + (" ..." if len(unused) > MOST_NAMES_SHOWN else "")
    place.log.add("columns_unused", "note", file=place.file, line=1, table=place.table,
                  params={"columns": names, "n": len(unused)})  # fmt: skip
