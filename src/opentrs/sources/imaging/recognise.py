"""Files that imaging programs write -> how each becomes a scan table, told by its first line."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from opentrs.reference.region_names import ATLASES_OF, Region, resolve_regions
from opentrs.sources.imaging.columns import SURFACE_ATLASES
from opentrs.sources.mapping import TableMapping

# Besides CSV and TSV: aparcstats2table and asegstats2table name their file as the user likes.
TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".dat"})
LONGEST_HEADER = 200_000
FEWEST_REGIONS = 3
# First header of FreeSurfer's tables: side, parcellation and measure, or the measure of segmented volumes.
_APARC = re.compile(r"[lr]h\.aparc[\w.-]*\.(thickness|area|volume)")
_ASEG = "measure:volume"
_SUBJECT = frozenset({"subjid", "subjectid", "subject_id", "subject"})


def recognised(path: Path) -> TableMapping | None:
    """How to read a table of FreeSurfer, ENIGMA or ENIGMA-DTI; None for any other file.

    Parameters
    ----------
    path : a text table; only its first line is looked at
    """
    header = _header(path)
    if len(header) < FEWEST_REGIONS + 1:
        return None
    table = _table_of(header)
    if table is None:
        return None
    return TableMapping(table, path.name, columns={"person_id": header[0]}, unused_all=True)


def _table_of(header: Sequence[str]) -> str | None:
    first = header[0].lower()
    if _APARC.fullmatch(first):
        return "cortex"
    if first == _ASEG:
        return "subcortex"
    return _fitting(header[1:]) if first in _SUBJECT else None


def _fitting(columns: Sequence[str]) -> str | None:
    """The scan table more than half of whose columns are regions an atlas knows."""
    for table, own in (
        ("cortex", SURFACE_ATLASES),
        ("subcortex", {"aseg"}),
        ("tracts", set(ATLASES_OF["tracts"])),
    ):
        found = [region for region in resolve_regions(columns, table).values() if _is_region(region)]
        mine = [region for region in found if region is not None and region.atlas in own]
        if len(mine) >= FEWEST_REGIONS and len(mine) > len(columns) / 2:
            return table
    return None


def _is_region(region: Region | None) -> bool:
    return region is not None and region.kind == "region"


def _header(path: Path) -> list[str]:
    if path.suffix.lower() not in TEXT_SUFFIXES:
        return []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        line = stream.readline(LONGEST_HEADER)
    mark = "\t" if line.count("\t") > line.count(",") else ","
    return [cell.strip() for cell in next(csv.reader([line], delimiter=mark), [])]
