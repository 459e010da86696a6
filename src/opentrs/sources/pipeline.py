"""Mapped files -> staged tables -> cohort, with everything that was found wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from opentrs.cohort.build import ARROW_TYPES
from opentrs.cohort.model import Cohort, SourceFile
from opentrs.cohort.store import RowSource, TableStore
from opentrs.cohort.tables import Column, TableSpec
from opentrs.errors import Problem
from opentrs.sources.batches import Batch, batches
from opentrs.sources.drug_checks import DrugChecks
from opentrs.sources.headers import fitted
from opentrs.sources.imaging.beside import check_labels, check_surfaces
from opentrs.sources.imaging.scans import ScanChecks
from opentrs.sources.mapping import TableMapping
from opentrs.sources.parse import CellRules
from opentrs.sources.problem_log import ProblemLog
from opentrs.sources.repeated import take_first
from opentrs.sources.reshape import Shaped, reshape
from opentrs.sources.row_checks import Records, check_records
from opentrs.sources.score_checks import ScoreChecks
from opentrs.sources.spectra.checks import SpectraChecks
from opentrs.sources.spectra.read import spectra_batches
from opentrs.sources.spectra.records import COLUMNS
from opentrs.sources.survey import file_hash
from opentrs.sources.typed import ColumnReader, Place, column_reader
from opentrs.sources.whole_checks import WholeChecks


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read: a folder, how each file becomes a table, and how the site writes its cells.

    Parameters
    ----------
    folder : where the files are
    mappings : one per file and table, in the order they are read
    rules : how cells are written, for every file
    name : what the cohort is called
    problems : what was found while planning
    others : files that only describe the data, such as sidecars and the mapping itself
    is_joined : whether it was put together from several folders
    """

    folder: Path
    mappings: tuple[TableMapping, ...]
    rules: CellRules = field(default_factory=CellRules)
    name: str = ""
    problems: tuple[Problem, ...] = ()
    others: tuple[tuple[str, Path], ...] = ()
    is_joined: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reading a plan gave; ``cohort`` is None where no person could be read."""

    cohort: Cohort | None
    problems: tuple[Problem, ...]
    files: tuple[SourceFile, ...]
    has_errors: bool


@dataclass
class _Count:
    read: int = 0
    rejected: int = 0
    silent: int = 0


def carry_out(plan: Plan, today: date) -> Outcome:
    """Read every file of a plan, check everything, and put what is sound into a cohort."""
    log = ProblemLog()
    for problem in plan.problems:
        log.keep(problem)
    store = TableStore()
    counts = [_Count() for _ in plan.mappings]
    drugs = DrugChecks()
    settled = [
        _read_file(plan, number, mapping, store, log, counts[number], drugs)
        for number, mapping in enumerate(plan.mappings)
    ]
    drugs.report(log)
    names = [mapping.file for mapping in plan.mappings]
    left_out = take_first(store, settled, log)
    ScoreChecks(store, settled, log).run()
    lost = Counter(left_out) + Counter(WholeChecks(store, names, log).run(today))
    lost += Counter(ScanChecks(store, names, log).run())
    SpectraChecks(store, names, log).run()
    check_labels(plan.folder, names, log)
    check_surfaces(plan.folder, _ids(store), log)
    for number, count in lost.items():
        counts[number].rejected += count
    return _outcome(plan, store, log, counts)


def _outcome(plan: Plan, store: TableStore, log: ProblemLog, counts: Sequence[_Count]) -> Outcome:
    files = tuple(
        SourceFile(mapping.file, mapping.table, file_hash(plan.folder / mapping.file), count.read,
                   count.read - count.rejected, count.rejected)
        for mapping, count in zip(plan.mappings, counts, strict=True)
    ) + tuple(SourceFile(name, "", file_hash(path)) for name, path in plan.others)  # fmt: skip
    if "people" not in store.names:
        if not any(mapping.table == "people" for mapping in plan.mappings):
            log.add("people_missing")
        return Outcome(None, log.problems(), files, True)
    if not store.table("people").count().to_pyarrow().as_py():
        log.add("people_none")
        return Outcome(None, log.problems(), files, True)
    problems = log.problems()
    cohort = store.finish(files=files, problems=problems, name=plan.name)
    return Outcome(cohort, problems, files, log.has_errors)


def _read_file(
    plan: Plan, number: int, mapping: TableMapping, store: TableStore, log: ProblemLog, count: _Count,
    drugs: DrugChecks,
) -> TableMapping:  # fmt: skip
    """Put a file's rows into the store; returns the mapping made definite for its header."""
    place = Place(log, mapping.file, mapping.table)
    reader: _TableReader | None = None
    source_rows = _rows_of(plan, mapping, store, log)
    if mapping.program:
        mapping = replace(mapping, columns={name: name for name in COLUMNS}, unused_all=True)
    for batch in source_rows:
        count.read += batch.broken
        count.rejected += batch.broken
        if reader is None:
            settled = fitted(mapping, list(batch.frame.columns), place)
            if settled is None:
                _refuse_whole_file(plan, mapping, count, len(batch.lines))
                return mapping
            reader = _TableReader(settled, plan.rules, place, drugs)
        rows, source = reader.take(batch, number)
        count.read += len(rows)
        count.silent += reader.silent
        store.add(mapping.table, rows, source)
    if count.silent:
        log.add(
            "rows_without_record", "note", file=mapping.file, table=mapping.table, params={"n": count.silent}
        )
    return mapping if reader is None else reader.mapping


def _rows_of(plan: Plan, mapping: TableMapping, store: TableStore, log: ProblemLog) -> Iterator[Batch]:
    """Rows of a plain table, or of a spectroscopy program's own layout."""
    path = plan.folder / mapping.file
    if not mapping.program:
        return batches(path, mapping.file, mapping.table, log, mapping.sheet)
    ids = {each.removeprefix(mapping.prefix) for each in _ids(store)}
    return spectra_batches(path, mapping, ids, log)


def _ids(store: TableStore) -> set[str]:
    """Ids of the people there are so far."""
    if "people" not in store.names:
        return set()
    listed = store.table("people").select("person_id").to_pyarrow().column(0).to_pylist()
    return {str(each) for each in listed if each is not None}


def _refuse_whole_file(plan: Plan, mapping: TableMapping, count: _Count, first_batch: int) -> None:
    """Without a required column no row can be kept; all are counted."""
    quiet = ProblemLog()
    total = sum(
        len(batch.lines) + batch.broken
        for batch in batches(plan.folder / mapping.file, mapping.file, mapping.table, quiet, mapping.sheet)
    )
    count.read = count.rejected = max(total, first_batch)


class _TableReader:
    """Turns the batches of one file into typed rows."""

    def __init__(self, mapping: TableMapping, rules: CellRules, place: Place, drugs: DrugChecks) -> None:
        self.mapping, self.rules, self.place = mapping, rules, place
        self.drugs = drugs
        self.columns: dict[str, ColumnReader] = {}
        self.silent = 0

    def take(self, batch: Batch, file: int) -> tuple[pa.Table, RowSource]:
        """Typed rows of a batch, sound or not, and where they come from."""
        own = CellRules(self.rules.missing | self.mapping.missing, today=self.rules.today)
        shaped = reshape(batch, self.mapping, own)
        self.silent = shaped.silent
        values, rejected = self._typed(shaped)
        records = Records(self.mapping.spec, values, shaped, self.place)
        rejected = check_records(records, rejected)
        values.update(self.drugs.check(records, self.mapping))
        table = pa.table(self._all_columns(values, len(rejected)))
        origin = shaped.origin.get("value")
        if isinstance(origin, str):
            origin = np.repeat(np.array([origin], dtype=object), len(table))
        columns = None if origin is None else pa.array(origin, pa.string())
        return table, RowSource(file, pa.array(shaped.lines, pa.int64()), pa.array(rejected), columns)

    def _typed(self, shaped: Shaped) -> tuple[dict[str, pa.Array], np.ndarray]:
        values: dict[str, pa.Array] = {}
        rejected = np.zeros(len(shaped.lines), dtype=bool)
        for column in _columns(self.mapping.spec, shaped.frame.columns):
            if column.name in shaped.frame.columns:
                reader = self.columns.setdefault(column.name, column_reader(column, self.mapping, self.rules))
                values[column.name], wrong = reader.take(shaped.frame[column.name], shaped, self.place)
                rejected |= wrong
        return values, rejected

    def _all_columns(self, values: Mapping[str, pa.Array], length: int) -> dict[str, pa.Array]:
        return {
            column.name: values.get(column.name, pa.nulls(length, ARROW_TYPES[column.kind]))
            for column in _columns(self.mapping.spec, values)
        }


def _columns(spec: TableSpec, present: Iterable[str]) -> list[Column]:
    """Declared columns, and for scan tables every other column as a number."""
    extra = [
        Column(name, "number", "value of a region")
        for name in present
        if name not in spec.by_name and not name.startswith("_")
    ]
    return [*spec.columns, *(extra if spec.wide else [])]
