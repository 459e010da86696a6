"""A folder -> what to read from it: its own mapping, BIDS, or plain tables by their contract names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from opentrs.cohort.tables import TABLES
from opentrs.errors import Problem, UsageError
from opentrs.messages import Lang, text
from opentrs.sources.batches import SUFFIXES
from opentrs.sources.imaging.beside import is_label_table
from opentrs.sources.imaging.recognise import TEXT_SUFFIXES, recognised
from opentrs.sources.mapping import TableMapping
from opentrs.sources.parse import CellRules, nearest
from opentrs.sources.pipeline import Plan
from opentrs.sources.spectra.read import TABLE as SPECTROSCOPY
from opentrs.sources.spectra.read import further_files, is_further, program_of, spectra_in

MAPPING_FILE = "cohort.toml"
DATABASE = re.compile(r"[a-z]+://")
BIDS_MARKS = ("dataset_description.json", "participants.tsv")
OMOP_TABLES = frozenset({"person", "drug_exposure"})
REDCAP_HEADER = ("Variable / Field Name", "Form Name")
DESCRIPTIVE = frozenset({".json", ".md", ".txt", ".toml"})


class NotReadError(UsageError):
    """What lies at a place cannot be read at all; ``sentence`` says why, in either language."""

    def __init__(self, code: str, **params: str) -> None:
        self.code, self.params = code, params
        super().__init__(self.sentence())

    def sentence(self, lang: Lang = "en") -> str:
        """Why nothing is read, and what to do."""
        return text(f"usage.{self.code}", lang, **self.params)


def plan_for(location: str | Path, config: Path | None, today: date) -> Plan:
    """Recognise what lies at ``location`` and plan how to read it.

    Raises
    ------
    UsageError : there is no such folder, it is of a kind this version does not read, or holds no table
    """
    if DATABASE.match(str(location)):
        raise NotReadError("database_not_read")
    folder = Path(location)
    if not folder.is_dir():
        raise NotReadError("no_folder", place=str(location))
    if config is not None and not config.is_file():
        raise NotReadError("no_config", place=str(config))
    mapping_file = config or folder / MAPPING_FILE
    if mapping_file.is_file():
        from opentrs.sources.config import plan_from_config

        return plan_from_config(folder, mapping_file, today)
    files = _tables_in(folder)
    if any((folder / mark).is_file() for mark in BIDS_MARKS):
        from opentrs.sources.bids import plan_for_bids

        return plan_for_bids(folder, today)
    if {path.stem.lower() for path in files} >= OMOP_TABLES:
        raise NotReadError("omop_not_read")
    if any(_is_redcap_dictionary(path) for path in files):
        raise NotReadError("redcap_not_read")
    return _plain(folder, files, today)


def _tables_in(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.iterdir()
        if path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$"))
    )  # fmt: skip


def _other_texts(folder: Path) -> list[Path]:
    """Text files that may be tables of an imaging program, whatever they are called."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in TEXT_SUFFIXES - set(SUFFIXES) and path.is_file() and path.name[0] != "."
    )


def _plain(folder: Path, files: Iterable[Path], today: date) -> Plan:
    mappings: list[TableMapping] = []
    problems: list[Problem] = []
    others: dict[str, Path] = {}
    spectra = [*spectra_in(folder), *(path for path in _texts_of(folder) if program_of(path))]
    for path in spectra:
        _take_spectra(folder, path, mappings, problems, others)
    for path in (*files, *_other_texts(folder)):
        table = path.stem.lower()
        if table not in TABLES and is_label_table(path):
            others[path.name] = path
        if path in spectra or path in others.values():
            continue
        known = None if table in TABLES and path.suffix.lower() in SUFFIXES else recognised(path)
        if known is not None:
            mappings.append(known)
            params = {"other": known.table}
            problems.append(Problem("table_recognised", "note", path.name, table=known.table, params=params))
        elif path.suffix.lower() not in SUFFIXES:
            continue
        elif table in TABLES:
            if any(mapping.table == table and not mapping.mapped for mapping in mappings):
                problems.append(Problem("table_in_two_files", file=path.name, table=table))
            mappings.append(TableMapping(table, path.name, mapped=False))
        else:
            near = nearest(table, list(TABLES))
            code = "file_not_a_table_near" if near else "file_not_a_table"
            problems.append(Problem(code, "note", path.name, params={"near": near}))
    if not mappings:
        raise NotReadError("no_tables", place=str(folder), tables=", ".join(TABLES))
    mappings.sort(key=lambda mapping: (mapping.table != "people", list(TABLES).index(mapping.table)))
    return Plan(
        folder, tuple(mappings), CellRules(today=today), folder.name, tuple(problems), tuple(others.items())
    )


def _texts_of(folder: Path) -> list[Path]:
    """Texts beside the tables that a spectroscopy program may have written."""
    return sorted(
        path for path in folder.iterdir() if path.name[0] != "." and path.stem.lower() not in TABLES
    )


def _take_spectra(
    folder: Path, path: Path, mappings: list[TableMapping], problems: list[Problem], others: dict[str, Path]
) -> None:
    """Plan a table of a spectroscopy program with what lies beside it."""
    name = path.relative_to(folder).as_posix()
    if is_further(path):
        others[name] = path
        return
    program = program_of(path)
    mappings.append(TableMapping(SPECTROSCOPY, name, program=program))
    params = {"other": SPECTROSCOPY}
    problems.append(Problem("table_recognised", "note", name, table=SPECTROSCOPY, params=params))
    others.update({each.relative_to(folder).as_posix(): each for each in further_files(path, program)
                   if each.is_relative_to(folder)})  # fmt: skip


def _is_redcap_dictionary(path: Path) -> bool:
    if path.suffix.lower() != ".csv":
        return False
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        header = next(csv.reader([stream.readline(20_000)]), [])
    return set(REDCAP_HEADER) <= {cell.strip() for cell in header}
