"""Which program wrote a table of spectra, whose it is, and its rows in the contract's columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

from opentrs.reference.metabolites import canonical_metabolite, is_background
from opentrs.sources.batches import Batch
from opentrs.sources.mapping import TableMapping
from opentrs.sources.problem_log import ProblemLog
from opentrs.sources.spectra import gannet, lcmodel, osprey
from opentrs.sources.spectra.records import Reading, as_batch

FOLDER = "spectroscopy"
TABLE = "spectroscopy"
SUFFIXES = frozenset({".csv", ".tsv", ".table", ".coord", ".txt"})
LCMODEL_TABLE, LCMODEL_CSV, GANNET, OSPREY = "lcmodel", "lcmodel_csv", "gannet", "osprey"
# Osprey's further tables are read with the quantification they belong to.
FURTHER = (osprey.NAMES_FILE, osprey.QUALITY_FILE, osprey.TISSUE_FILE)
HEAD_BYTES = 200_000
_VOXEL = re.compile(r"(?:^|[_./\\-])(?:voi|roi|voxel)-(?P<place>[A-Za-z0-9]+)")
_SUBJECT = re.compile(r"(?:^|[_./\\-])(sub-[A-Za-z0-9]+)")
_NUMBERED = re.compile(r"(?:^|_)(?P<place>vox(?:el)?_?\d+)(?:_|$)", re.IGNORECASE)


def program_of(path: Path) -> str:
    """Which program wrote a file, by its content; an empty text for any other file."""
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return ""
    with path.open("rb") as stream:
        lines = stream.read(HEAD_BYTES).decode("utf-8-sig", errors="replace").splitlines()
    if not lines:
        return ""
    if lcmodel.is_table(lines):
        return LCMODEL_TABLE
    mark = "\t" if lines[0].count("\t") > lines[0].count(",") else ","
    header = [cell.strip() for cell in next(csv.reader([lines[0]], delimiter=mark), [])]
    if lcmodel.is_csv(header):
        return LCMODEL_CSV
    if gannet.is_gannet(header):
        return GANNET
    return OSPREY if osprey.is_quantification(path, header) else ""


def is_further(path: Path) -> bool:
    """Whether a file only says more of a quantification beside it."""
    if any(path.stem.startswith(stem) for stem in FURTHER):
        return True
    return program_of(path) == OSPREY and not osprey.is_concentration(path)


def further_files(path: Path, program: str) -> list[Path]:
    """Files read together with a program's table."""
    return osprey.beside(path) if program == OSPREY else []


def spectra_in(folder: Path) -> list[Path]:
    """Tables of spectroscopy programs below ``spectroscopy/`` of a cohort, in order."""
    place = folder / FOLDER
    if not place.is_dir():
        return []
    return sorted(path for path in place.rglob("*") if program_of(path) and not is_further(path))


def spectra_batches(
    path: Path, mapping: TableMapping, people: Collection[str], log: ProblemLog
) -> Iterator[Batch]:
    """Yield the rows of a program's table; what cannot be read goes into ``log``.

    Parameters
    ----------
    people : ids of the cohort, by which a file's name tells whose it is
    """
    place = PurePath(mapping.file)
    region = region_of(place, people)
    if region_is_number(region) and "region" not in mapping.constants:
        log.add("mrs_region_unnamed", "warning", file=mapping.file, table=TABLE, params={"region": region})
    try:
        reading = _read(path, mapping, region, people)
    except UnicodeDecodeError:
        log.add("encoding_unknown", file=mapping.file, table=TABLE)
        return
    for problem in reading.problems:
        log.keep(problem)
    spectra = [replace(each, metabolite=canonical_metabolite(each.metabolite) or each.metabolite)
               for each in reading.spectra if not is_background(each.metabolite)]  # fmt: skip
    strangers = sorted({each.metabolite for each in spectra
                        if canonical_metabolite(each.metabolite) is None})  # fmt: skip
    if strangers:
        log.add("metabolites_unknown", "note", file=mapping.file, table=TABLE,
                params={"names": ", ".join(strangers[:12]), "n": len(strangers)})  # fmt: skip
    if spectra:
        yield as_batch(spectra)
    elif not reading.problems:
        log.add("file_empty", file=mapping.file, table=TABLE)


def _read(path: Path, mapping: TableMapping, region: str, people: Collection[str]) -> Reading:
    person_of = partial(person_in, people=people)
    if mapping.program == OSPREY:
        return osprey.read(path, mapping.file, person_of, region)
    text = path.read_text(encoding="utf-8-sig")
    if mapping.program == GANNET:
        return gannet.read(text, mapping.file, person_of, region)
    read = lcmodel.read_csv if mapping.program == LCMODEL_CSV else lcmodel.read_table
    return read(text, mapping.file, person_of(mapping.file), region)


def person_in(written: str, people: Collection[str]) -> str:
    """Whose a file is, by its path: what follows ``sub-``, else a known id, else the file's name.

    A known id begins the name of the file or of a folder and ends with it, or before ``_`` or ``.``; of
    several the longest is taken, the file's own name before its folders.
    """
    place = PurePath(written.replace("\\", "/"))
    if written in people:
        return written
    labelled = _SUBJECT.search(str(place))
    if labelled:
        bare = labelled[1].removeprefix("sub-")
        return bare if bare in people and labelled[1] not in people else labelled[1]
    for part in reversed(place.parts):
        known = [person for person in people if _begins(part, person)]
        if known:
            return max(known, key=len)
    return place.stem


def _begins(part: str, person: str) -> bool:
    return re.match(rf"{re.escape(person)}(?=[_. ]|$)", part) is not None


def region_of(place: PurePath, people: Collection[str]) -> str:
    """The voxel's place by the file's path: ``voi-ACC``, else the rest of the name, else its number."""
    labelled = _VOXEL.search(str(place))
    if labelled:
        return labelled["place"]
    numbered = _NUMBERED.search(place.stem)
    if numbered:
        return numbered["place"]
    rest = place.stem
    for name in (person_in(str(place), people), *_SUBJECT.findall(rest)):
        rest = rest.replace(name, "", 1)
    rest = re.sub(r"(?:^|[_.-])(?:ses-[A-Za-z0-9]+|svs|mrs|press|lcmodel)(?=[_.-]|$)", "", rest)
    return rest.strip("_.- ") or "voxel"


def region_is_number(region: str) -> bool:
    """Whether a region is only a counted voxel, which says nothing of the brain."""
    return region == "voxel" or _NUMBERED.fullmatch(region) is not None
