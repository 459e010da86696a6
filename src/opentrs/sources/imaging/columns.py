"""Which columns of a file become regions of a scan table, and under what name."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from opentrs.reference.region_names import Region, resolve_regions

SURFACE_ATLASES = frozenset({"desikan_killiany", "destrieux"})


def region_columns(
    header: Sequence[str], taken: Collection[str], table: str, *, known_only: bool = False
) -> dict[str, str]:
    """Name in the table -> column of the file, for every column that has no other use.

    A table holds no two names that differ in case alone, so the later one is called ``name.1``, as
    programs that join tables do. Columns of the other structural table (volumes of segmented structures in
    ``cortex``, surface regions in ``subcortex``) are left to that table.

    Parameters
    ----------
    header : columns of the file
    taken : columns that have another use
    table : table of the contract
    known_only : leave columns out that no atlas knows
    """
    free = [column for column in header if column not in taken]
    resolved = resolve_regions(free, table)
    names: dict[str, str] = {}
    used: set[str] = {name.lower() for name in taken}
    for column in free:
        if _elsewhere(resolved[column], table) or (known_only and resolved[column] is None):
            continue
        name, copy = column, 0
        while name.lower() in used:
            copy += 1
            name = f"{column}.{copy}"
        used.add(name.lower())
        names[name] = column
    return names


def columns_elsewhere(header: Sequence[str], taken: Collection[str], table: str) -> list[str]:
    """Columns :func:`region_columns` leaves to the other structural table."""
    free = [column for column in header if column not in taken]
    return [column for column, region in resolve_regions(free, table).items() if _elsewhere(region, table)]


def other_table(table: str) -> str:
    """The other structural table."""
    return "subcortex" if table == "cortex" else "cortex"


def _elsewhere(region: Region | None, table: str) -> bool:
    if region is None or region.kind != "region":
        return False
    if table == "cortex":
        return region.atlas == "aseg"
    return table == "subcortex" and region.atlas in SURFACE_ATLASES
