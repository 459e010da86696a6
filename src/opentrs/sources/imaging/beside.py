"""What lies beside the tables of a cohort: maps of the cortical surface, and tables of atlas labels."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from opentrs.errors import InputProblemsError, Problem
from opentrs.reference.region_names import resolve_regions
from opentrs.sources.imaging.labels import FEWEST_LABELS, Label, label_problems
from opentrs.sources.imaging.surfaces import FOLDER, read_surfaces
from opentrs.sources.problem_log import ProblemLog

NUMBER_COLUMNS = ("label", "index", "number", "label_number", "id")
NAME_COLUMNS = ("name", "region", "structure", "roi", "label_name", "tract")
VOXEL_COLUMNS = ("voxels", "n_voxels", "nvoxels", "voxel_count", "count")
TEXTS = frozenset({".csv", ".tsv", ".txt"})
# A label table is small; a file much larger is not looked into.
MOST_BYTES = 5_000_000


def check_surfaces(folder: Path, people: Collection[str], log: ProblemLog) -> None:
    """Look at every map of ``surfaces/``: whose it is, its mesh, and whether it holds regions instead.

    Parameters
    ----------
    folder : the cohort's folder
    people : ids of the cohort
    """
    place = folder / FOLDER
    if not place.is_dir():
        return
    if find_spec("nibabel") is None:
        log.add("surfaces_not_checked", "note", file=FOLDER)
        return
    try:
        problems: Iterable[Problem] = read_surfaces(place, people).problems
    except InputProblemsError as refused:
        problems = refused.problems
    for problem in problems:
        name = FOLDER if problem.file in (None, FOLDER) else f"{FOLDER}/{problem.file}"
        log.keep(replace(problem, file=name))


def check_labels(folder: Path, taken: Collection[str], log: ProblemLog) -> None:
    """Hold every label table of a folder against the atlas its names are of.

    Parameters
    ----------
    taken : files that are read as tables of the contract
    """
    for path in label_tables(folder):
        if path.name not in taken:
            for problem in label_problems(read_labels(path), path.name):
                log.keep(problem)


def label_tables(folder: Path) -> list[Path]:
    """Texts in a folder that list numbers and names of an atlas of tracts."""
    return sorted(path for path in folder.iterdir() if is_label_table(path))


def is_label_table(path: Path) -> bool:
    """Whether a file has a column of numbers and one of names, most of which the atlas of tracts knows."""
    if path.suffix.lower() not in TEXTS or not path.is_file() or path.stat().st_size > MOST_BYTES:
        return False
    labels = read_labels(path)
    known = [name for name, region in resolve_regions([each.name for each in labels], "tracts").items()
             if region is not None and region.atlas == "jhu"]  # fmt: skip
    return len(known) >= FEWEST_LABELS and len(known) > len({each.name for each in labels}) / 2


def read_labels(path: Path) -> list[Label]:
    """Rows of a label table; of a table with a row per person and label, each label once, voxels averaged."""
    header, rows = _rows(path)
    place = {column.strip().lower(): at for at, column in enumerate(header)}
    columns = [next((place[name] for name in names if name in place), None)
               for names in (NUMBER_COLUMNS, NAME_COLUMNS, VOXEL_COLUMNS)]  # fmt: skip
    number, name, voxels = columns
    if number is None or name is None:
        return []
    found: dict[tuple[int, str], list[float]] = {}
    for row in rows:
        if max(number, name) < len(row) and row[number].strip().lstrip("-").isdigit() and row[name].strip():
            counts = found.setdefault((int(row[number]), row[name].strip()), [])
            if voxels is not None and voxels < len(row) and _number(row[voxels]) is not None:
                counts.append(float(row[voxels]))
    return [Label(at, text, round(sum(n) / len(n)) if n else None) for (at, text), n in found.items()]


def _rows(path: Path) -> tuple[Sequence[str], Iterable[Sequence[str]]]:
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    if not lines:
        return (), ()
    marks: Mapping[str, int] = {mark: lines[0].count(mark) for mark in ("\t", ",", ";")}
    mark = max(marks, key=lambda each: marks[each])
    try:
        rows = list(csv.reader(lines, delimiter=mark))
    except csv.Error:
        return (), ()
    return rows[0], rows[1:]


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
