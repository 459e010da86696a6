"""Osprey: a table a quantification, a row a scan, a column a metabolite; what else it knows lies beside it.

The tables have no names of people: rows stand in the order of ``subject_names_and_excluded.tsv``. Bounds
(``A_CRLB_...``), tissue fractions (``SegMaps/TissueFractions_Voxel_1``) and line width and signal to noise of
creatine (``QM_processed_spectra``) are further tables in the same order (Oeltzschner 2020,
doi:10.1016/j.jneumeth.2020.108827).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from opentrs.errors import Problem
from opentrs.reference.metabolites import canonical_metabolite
from opentrs.sources.spectra.records import CREATINE, WATER, Reading, Spectrum

# Part of a file's name -> unit, reference, and what the program corrected for.
QUANTIFICATIONS = {
    "tCr": ("/tCr", CREATINE, "none"),
    "rawWaterScaled": ("i.u.", WATER, "none"),
    "CSFWaterScaled": ("i.u.", WATER, "csf"),
    "TissCorrWaterScaled": ("mmol/kg", WATER, "water"),
    "AlphaCorrWaterScaled": ("i.u.", WATER, "alpha"),
}
# Tables of the same layout that are no concentration: raw amplitudes, and values that lean on the group.
NO_CONCENTRATION = ("amplMets", "AlphaCorrWaterScaledGroupNormed", "h2oarea", "CRLB")
FEWEST_METABOLITES = 3
PERSON_COLUMNS = ("person_id", "subject", "participant_id", "subject_id")
NAMES_FILE, QUALITY_FILE, TISSUE_FILE = (
    "subject_names_and_excluded",
    "QM_processed_spectra",
    "TissueFractions",
)
_NAME = re.compile(
    r"(?P<sub>[^_]+)_(?P<what>[A-Za-z0-9]+)_(?P<voxel>Voxel_\d+)(?P<basis>_Basis_\d+)?", re.IGNORECASE
)
# How far above the quantification the program puts its other tables.
LEVELS_UP = 2
_ENDINGS = (".tsv", ".csv")


@dataclass(frozen=True, slots=True)
class Grid:
    """A small table: its header, its rows, and where it lies."""

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def cells(self, at: int) -> Mapping[str, str]:
        """A row by the names of its columns."""
        return dict(zip(self.header, self.rows[at], strict=False))


def is_quantification(path: Path, header: Sequence[str]) -> bool:
    """Whether a table has Osprey's layout: its header is names of metabolites, its name a quantification."""
    named = _NAME.fullmatch(path.stem)
    if named is None or named["what"] not in {*QUANTIFICATIONS, *NO_CONCENTRATION}:
        return False
    names = [name for name in header if name.lower() not in PERSON_COLUMNS]
    known = sum(canonical_metabolite(name) is not None for name in names)
    return known >= FEWEST_METABOLITES and known > len(names) / 2


def is_concentration(path: Path) -> bool:
    """Whether an Osprey table holds concentrations or ratios."""
    named = _NAME.fullmatch(path.stem)
    return named is not None and named["what"] in QUANTIFICATIONS


def beside(path: Path) -> list[Path]:
    """The further tables of a quantification, as far as they are there."""
    named = _NAME.fullmatch(path.stem)
    assert named is not None
    wanted = [
        (path.parent, f"{named['sub']}_CRLB_{named['voxel']}{named['basis'] or ''}"),
        *((place, name) for name in (NAMES_FILE, QUALITY_FILE) for place in _above(path)),
        *((place / "SegMaps", f"{TISSUE_FILE}_{named['voxel']}") for place in _above(path)),
    ]
    found = [place / (stem + ending) for place, stem in wanted for ending in _ENDINGS]
    return [each for each in found if each.is_file()]


def read(path: Path, file: str, person_of: Callable[[str], str], region: str) -> Reading:
    """Read one quantification with what lies beside it.

    Rows are matched by their order, so tables of different length are refused rather than guessed at.
    """
    named = _NAME.fullmatch(path.stem)
    assert named is not None
    table = grid(path)
    others = {_kind(each): grid(each) for each in beside(path)}
    problems = [
        Problem("mrs_rows_differ", "error", file, params={
            "n": len(table.rows), "other": other.path.name, "m": len(other.rows),
        })
        for other in others.values() if len(other.rows) != len(table.rows)
    ]  # fmt: skip
    people = _people(table, others.get(NAMES_FILE), person_of, path)
    if people is None:
        problems.append(Problem("mrs_of_whom", "error", file, 2, params={"n": len(table.rows)}))
    if problems or people is None:
        return Reading((), problems)
    spectra: list[Spectrum] = []
    for at in range(len(table.rows)):
        more = {kind: other.cells(at) for kind, other in others.items()}
        spectra += _of_scan(table, at, people[at], region, named["what"], more)
    return Reading(spectra)


def grid(path: Path) -> Grid:
    """Read a small table; the delimiter is the one its header has most of."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    lines = [line for line in text.splitlines() if line.strip()]
    first = lines[0] if lines else ""
    mark = "\t" if first.count("\t") > first.count(",") else ","
    rows = [tuple(cell.strip() for cell in row) for row in csv.reader(lines, delimiter=mark)]
    return Grid(path, rows[0] if rows else (), tuple(rows[1:]))


def _above(path: Path) -> list[Path]:
    return [path.parent, *list(path.parents)[1 : LEVELS_UP + 1]]


def _kind(path: Path) -> str:
    return next((kind for kind in (NAMES_FILE, QUALITY_FILE, TISSUE_FILE) if kind in path.stem), "CRLB")


def _people(table: Grid, names: Grid | None, person_of: Callable[[str], str], path: Path) -> list[str] | None:
    """Whose the rows are: said by the table, by the list beside it, or by the place of a one-row table."""
    for listed in (table, names):
        column = (
            next((name for name in listed.header if name.lower() in PERSON_COLUMNS), "") if listed else ""
        )
        if listed and column:
            return [person_of(listed.cells(at)[column]) for at in range(len(listed.rows))]
    return [person_of(str(path.parent))] if len(table.rows) == 1 else None


def _of_scan(
    table: Grid, at: int, person: str, region: str, what: str, more: Mapping[str, Mapping[str, str]]
) -> list[Spectrum]:
    unit, reference, correction = QUANTIFICATIONS[what]
    tissue, quality, bounds = (more.get(kind, {}) for kind in (TISSUE_FILE, QUALITY_FILE, "CRLB"))
    return [
        Spectrum(
            person, region, name, cell, unit, reference, correction, at + 2, name,
            crlb_percent=bounds.get(name, ""), fwhm_hz=quality.get("Cr_FWHM", ""),
            snr=quality.get("Cr_SNR", ""), gm_fraction=tissue.get("fGM", ""),
            wm_fraction=tissue.get("fWM", ""), csf_fraction=tissue.get("fCSF", ""),
        )
        for name, cell in table.cells(at).items() if name.lower() not in PERSON_COLUMNS
    ]  # fmt: skip
