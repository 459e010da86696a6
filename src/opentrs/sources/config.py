"""``cohort.toml`` -> how each file of a site becomes a table of the contract."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from opentrs import reference
from opentrs.cohort.tables import TABLES
from opentrs.errors import InputProblemsError
from opentrs.sources.mapping import (
    DERIVATIONS,
    FIRST,
    REGION_UNITS,
    UNITS,
    Derived,
    Items,
    Keep,
    Slots,
    TableMapping,
)
from opentrs.sources.parse import CellRules, nearest
from opentrs.sources.pipeline import Plan
from opentrs.sources.several import joined, planned_sources
from opentrs.sources.spectra.read import TABLE as SPECTROSCOPY
from opentrs.sources.spectra.read import further_files, is_further, program_of
from opentrs.sources.toml_schema import TomlReader

HELPER = "_"
SIDECAR = "sidecar"
_DIRECTIVES = re.compile(r"(?:%[YmdHMS]|[^%])+")


def plan_from_config(folder: Path, config: Path, today: date) -> Plan:
    """Read a mapping file.

    Raises
    ------
    InputProblemsError : the mapping has problems; all are listed by line and key
    """
    reader = TomlReader(config)
    tree = reader.load()
    plan = None if reader.problems else _Planner(reader, folder).plan(tree, today)
    if plan is None or reader.problems:
        raise InputProblemsError(reader.problems)
    return plan


class _Planner:
    """Turns the checked tree of a mapping file into a plan; problems go to the reader."""

    def __init__(self, reader: TomlReader, folder: Path) -> None:
        self.reader, self.folder = reader, folder
        self.block = 0
        self.sidecars: dict[str, Path] = {}

    def plan(self, tree: Mapping[str, Any], today: date) -> Plan:
        about = tree.get("cohort", {})
        rules = CellRules(
            frozenset(about.get("missing", ())),
            self._date_format(about, None),
            self._decimal(about, None),
            today,
        )
        mappings: list[TableMapping] = []
        for self.block, entry in enumerate(tree.get("table", [])):
            mappings += self._table(entry)
        sources = planned_sources(tree.get("source", ()), self.reader, self.folder, today)
        held = [*mappings, *(each for source in sources for each in source.plan.mappings)]
        if not any(mapping.table == "people" for mapping in held) and not self.reader.problems:
            self.reader.wrong("config_no_people", None)
        order = list(TABLES)
        mappings.sort(key=lambda mapping: order.index(mapping.table))
        others = {self.reader.path.name: self.reader.path, **self.sidecars}
        name = about.get("name", self.folder.name)
        whole = Plan(self.folder, tuple(mappings), rules, name, others=tuple(others.items()))
        return joined(whole, sources)

    def wrong(self, code: str, key: str, params: Mapping[str, str] | None = None) -> None:
        """Note a problem of the ``[[table]]`` being read."""
        self.reader.wrong(code, f"table.{key}", params, block=self.block)

    def _table(self, entry: Mapping[str, Any]) -> list[TableMapping]:
        name = entry.get("name")
        if name not in TABLES:
            near = nearest(str(name), list(TABLES)) or "people"
            self.wrong("config_no_such_table", "name", {"near": near})
            return []
        files = [*([entry["file"]] if "file" in entry else []), *entry.get("files", [])]
        if not files:
            self.wrong("config_key_missing", "name", {"setting": "file"})
        return [self._mapping(entry, str(name), file) for file in files if self._is_there(file)]

    def _mapping(self, entry: Mapping[str, Any], name: str, file: str) -> TableMapping:
        slots, columns = self._slots(entry, name), dict(entry.get("columns", {}))
        self._columns("columns", columns, name)
        for part in ("constants", "recode", "units", "shift", "missing_in"):
            self._columns(part, entry.get(part, {}), name)
        unused = entry.get("unused", [])
        mapping = TableMapping(
            name,
            file,
            columns=columns,
            constants=entry.get("constants", {}),
            recode=self._recode(entry, file, columns),
            units=self._units(entry, name),
            shift=entry.get("shift", {}),
            offset=self._offset(entry, name),
            missing=frozenset(entry.get("missing", ())),
            missing_in={column: frozenset(codes) for column, codes in entry.get("missing_in", {}).items()},
            date_format=self._date_format(entry, self.block),
            decimal_comma=self._decimal(entry, self.block),
            slots=slots,
            items=self._items(entry, name),
            unused=frozenset() if unused == "all" else frozenset(unused),
            unused_all=unused == "all",
            sheet=entry.get("sheet", ""),
            repeated=self._repeated(entry),
            region_unit=self._region_unit(entry, name),
            derived=tuple(self._derived(each, name) for each in entry.get("derive", [])),
        )
        if name == SPECTROSCOPY and "value" not in columns:
            mapping = self._of_program(mapping)
        held = {*mapping.filled, "scale", "item"}
        for derived in mapping.derived:
            for part in derived.of:
                if part not in held:
                    self.wrong("config_keep_column", "derive.of", {"column": part})
        return mapping.keeping(tuple(self._keep(each, held) for each in entry.get("keep", [])))

    def _of_program(self, mapping: TableMapping) -> TableMapping:
        """A table of spectra without a column for the value may be a program's own layout."""
        path = self.folder / mapping.file
        program = program_of(path)
        if program and is_further(path):
            self.wrong("config_spectra_further", "file", {"file": mapping.file})
            return mapping
        for each in further_files(path, program):
            name = each.relative_to(self.folder).as_posix() if each.is_relative_to(self.folder) else each.name
            self.sidecars[name] = each
        return replace(mapping, program=program)

    def _is_there(self, file: str) -> bool:
        """The file exists, and lies in the cohort's folder."""
        place = (self.folder / file).resolve()
        if not place.is_relative_to(self.folder.resolve()):
            self.wrong("config_file_outside", "file", {"file": file})
        elif not place.is_file():
            self.wrong("config_file_absent", "file", {"file": file})
        else:
            return True
        return False

    def _columns(self, part: str, given: Mapping[str, Any], name: str) -> None:
        """Keys must be columns of the contract, or helpers that begin with an underscore."""
        spec = TABLES[name]
        for column in given:
            if column in spec.by_name or (column.startswith(HELPER) and part == "columns") or spec.wide:
                continue
            near = nearest(column, list(spec.by_name))
            code = "config_no_such_column_near" if near else "config_no_such_column"
            self.wrong(code, f"{part}.{column}", {"table": name, "near": near})

    def _units(self, entry: Mapping[str, Any], name: str) -> dict[str, str]:
        units: dict[str, str] = entry.get("units", {})
        for column, unit in units.items():
            declared = TABLES[name].by_name.get(column)
            known = UNITS.get(declared.unit, {}) if declared is not None else REGION_UNITS
            if unit not in known:
                params = {"unit": unit, "known": ", ".join(known) or "-"}
                self.wrong("config_no_such_unit", f"units.{column}", params)
        return units

    def _repeated(self, entry: Mapping[str, Any]) -> str:
        repeated = str(entry.get("repeated", ""))
        if repeated not in ("", FIRST):
            self.wrong("config_repeated", "repeated")
            return ""
        return repeated

    def _region_unit(self, entry: Mapping[str, Any], name: str) -> str:
        unit = str(entry.get("region_unit", ""))
        if not unit:
            return ""
        if not TABLES[name].wide:
            self.wrong("config_region_unit_elsewhere", "region_unit")
            return ""
        if unit not in REGION_UNITS:
            params = {"unit": unit, "known": ", ".join(REGION_UNITS)}
            self.wrong("config_no_such_unit", "region_unit", params)
            return ""
        return unit

    def _offset(self, entry: Mapping[str, Any], name: str) -> dict[str, float]:
        """Offsets by canonical scale; a scale nobody knows, and a table without scales, are refused."""
        offsets: dict[str, float] = {}
        for written, offset in entry.get("offset", {}).items():
            scale = reference.resolve_scale(written)
            if name != "ratings":
                self.wrong("config_offset_elsewhere", f"offset.{written}")
            elif scale is None:
                self.wrong("config_no_such_scale", f"offset.{written}", {"scale": written})
            else:
                offsets[scale] = float(offset)
        return offsets

    def _recode(
        self, entry: Mapping[str, Any], file: str, columns: Mapping[str, str]
    ) -> dict[str, dict[str, str]]:
        recode = dict(entry.get("recode", {}))
        for column, codes in recode.items():
            if codes == SIDECAR:
                recode[column] = self._levels(file, str(columns.get(column, column)), column)
        return recode

    def _levels(self, file: str, theirs: str, ours: str) -> dict[str, str]:
        """Codes and labels of a column from the JSON that lies beside a BIDS table."""
        sidecar = (self.folder / file).with_suffix(".json")
        try:
            about = json.loads(sidecar.read_text(encoding="utf-8-sig"))
            levels = about[theirs]["Levels"]
            found = {str(code): str(label) for code, label in levels.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self.wrong("config_no_levels", f"recode.{ours}", {"file": sidecar.name, "column": theirs})
            return {}
        self.sidecars[str(Path(file).with_suffix(".json"))] = sidecar
        return found

    def _slots(self, entry: Mapping[str, Any], name: str) -> Slots | None:
        given = entry.get("slots")
        if given is None:
            return None
        for key in ("count", "needs", "columns"):
            if key not in given:
                self.wrong("config_key_missing", "slots", {"setting": f"slots.{key}"})
                return None
        self._columns("columns", given["columns"], name)
        if given["needs"] not in given["columns"]:
            self.wrong("config_no_such_column", "slots.needs", {"table": name})
        return Slots(given["count"], given["columns"], given["needs"])

    def _items(self, entry: Mapping[str, Any], name: str) -> tuple[Items, ...]:
        given = entry.get("items", [])
        if given and name != "ratings":
            self.wrong("config_items_elsewhere", "items")
        for each in given:
            for key in ("scale", "names"):
                if key not in each:
                    self.wrong("config_key_missing", "items", {"setting": f"items.{key}"})
        return tuple(Items(each.get("scale", ""), each.get("names", {})) for each in given)

    def _derived(self, given: Mapping[str, Any], name: str) -> Derived:
        how, of = given.get("how", ""), given.get("of", [])
        if how not in DERIVATIONS:
            params = {"how": how, "known": ", ".join(DERIVATIONS)}
            self.wrong("config_no_such_derivation", "derive.how", params)
        elif DERIVATIONS[how] and len(of) != DERIVATIONS[how]:
            self.wrong("config_derive_count", "derive.of", {"how": how, "n": str(DERIVATIONS[how])})
        self._columns("derive", {given.get("column", ""): ""}, name)
        return Derived(given.get("column", ""), how, tuple(of), given.get("separator", ";"))

    def _keep(self, given: Mapping[str, Any], held: set[str]) -> Keep:
        column = given.get("column", "")
        if column not in held:
            self.wrong("config_keep_column", "keep", {"column": column})
        if ("is" in given) == ("is_not" in given):
            self.wrong("config_key_missing", "keep", {"setting": "keep.is / keep.is_not"})
        values = frozenset(given.get("is", given.get("is_not", ())))
        return Keep(column, values, negated="is_not" in given)

    def _date_format(self, given: Mapping[str, Any], block: int | None) -> str | None:
        form: str | None = given.get("date_format")
        if form is None:
            return None
        complete = all(part in form for part in ("%Y", "%m", "%d"))
        if not complete or not _DIRECTIVES.fullmatch(form) or not _round_trip(form):
            self.reader.wrong("config_date_format", "date_format", {"format": form}, block=block)
            return None
        return form

    def _decimal(self, given: Mapping[str, Any], block: int | None) -> bool:
        mark = given.get("decimal", ".")
        if mark not in (".", ","):
            self.reader.wrong("config_decimal", "decimal", block=block)
        return bool(mark == ",")


def _round_trip(form: str) -> bool:
    """Whether a day written in this format reads as the same day."""
    day = datetime(2011, 12, 13)
    try:
        return datetime.strptime(day.strftime(form), form) == day
    except ValueError:
        return False
