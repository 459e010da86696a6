"""What ``cohort.toml`` may hold. Every key is declared here; anything else is refused by name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opentrs.errors import Problem
from opentrs.sources.parse import nearest

Shape = Mapping[str, Any]
TEXT, NUMBER, COUNT, TEXTS = "text", "number", "whole number", "list of texts"
TEXT_BY_NAME, NUMBER_BY_NAME = "texts by name", "numbers by name"
CELL = "text or number"
RECODES, MISSINGS, UNUSED = "recodings by column", "codes by column", 'list of texts, or "all"'

COHORT: Shape = {"name": TEXT, "missing": TEXTS, "date_format": TEXT, "decimal": TEXT}
KEEP: Shape = {"column": TEXT, "is": TEXTS, "is_not": TEXTS}
DERIVE: Shape = {"column": TEXT, "how": TEXT, "of": TEXTS, "separator": TEXT}
SLOTS: Shape = {"count": COUNT, "needs": TEXT, "columns": TEXT_BY_NAME}
ITEMS: Shape = {"scale": TEXT, "names": TEXT_BY_NAME}
TABLE: Shape = {
    "name": TEXT, "file": TEXT, "files": TEXTS, "sheet": TEXT,
    "columns": TEXT_BY_NAME, "constants": TEXT_BY_NAME, "recode": RECODES,
    "units": TEXT_BY_NAME, "shift": NUMBER_BY_NAME, "offset": NUMBER_BY_NAME,
    "missing": TEXTS, "missing_in": MISSINGS, "date_format": TEXT, "decimal": TEXT,
    "keep": [KEEP], "derive": [DERIVE], "slots": SLOTS, "items": [ITEMS], "unused": UNUSED,
    "repeated": TEXT, "region_unit": TEXT,
}  # fmt: skip
SOURCE: Shape = {"folder": TEXT, "config": TEXT, "prefix": TEXT}
TOP: Shape = {"cohort": COHORT, "table": [TABLE], "source": [SOURCE]}
BLOCKS = ("table", "source")
_BLOCK = re.compile(r"\s*\[\[\s*(\w+)\s*\]\]")
_AT_LINE = re.compile(r"at line (\d+)")


@dataclass
class TomlReader:
    """A mapping file, and what is wrong with it by line and key."""

    path: Path
    text: str = ""
    problems: list[Problem] = field(default_factory=list)

    def load(self) -> dict[str, Any]:
        """Read the file and hold it against the declared keys; problems are collected."""
        try:
            self.text = self.path.read_text(encoding="utf-8")
            tree = tomllib.loads(self.text)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            at = _AT_LINE.search(str(error))
            self.wrong("config_not_toml", None, line=int(at[1]) if at else None)
            return {}
        self._hold(tree, TOP, "", None)
        return tree

    def wrong(
        self,
        code: str,
        key: str | None,
        params: Mapping[str, str] | None = None,
        *,
        block: int | None = None,
        line: int | None = None,
    ) -> None:
        """Note a problem at a key, looked for in the ``block``-th ``[[table]]`` (or ``[[source]]``)."""
        if line is None and key is not None:
            kind = key.split(".")[0]
            line = self._line(key.split(".")[-1], block, kind if kind in BLOCKS else BLOCKS[0])
        self.problems.append(Problem(code, "error", self.path.name, line, key, params=dict(params or {})))

    def _line(self, key: str, block: int | None, kind: str) -> int | None:
        lines = self.text.splitlines()
        starts = [(number, found[1]) for number, line in enumerate(lines) if (found := _BLOCK.match(line))]
        mine = [place for place, (_, name) in enumerate(starts) if name == kind]
        first, last = 0, len(lines)
        if block is not None and block < len(mine):
            ends = [number for number, _ in starts] + [len(lines)]
            first, last = ends[mine[block]], ends[mine[block] + 1]
        word = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])")
        return next((number + 1 for number in range(first, last) if word.search(lines[number])), None)

    def _hold(self, tree: Mapping[str, Any], shape: Shape, path: str, block: int | None) -> None:
        for key, value in tree.items():
            here = f"{path}{key}"
            if key not in shape:
                near = nearest(key, list(shape))
                code = "config_key_unknown_near" if near else "config_key_unknown"
                self.wrong(code, here, {"near": near, "keys": ", ".join(shape)}, block=block)
                continue
            self._hold_value(value, shape[key], here, block)

    def _hold_value(self, value: Any, wanted: Any, path: str, block: int | None) -> None:
        if isinstance(wanted, list):
            if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
                self.wrong("config_wrong_kind", path, {"wanted": "list of tables"}, block=block)
                return
            for number, each in enumerate(value):
                self._hold(each, wanted[0], f"{path}.", number if path in BLOCKS else block)
        elif isinstance(wanted, Mapping):
            if not isinstance(value, dict):
                self.wrong("config_wrong_kind", path, {"wanted": "table"}, block=block)
                return
            self._hold(value, wanted, f"{path}.", block)
        elif not _fits(value, wanted):
            self.wrong("config_wrong_kind", path, {"wanted": wanted}, block=block)


def _fits(value: Any, wanted: str) -> bool:
    if wanted == TEXT:
        return isinstance(value, str)
    if wanted == COUNT:
        return type(value) is int and 0 < value <= 1000
    if wanted == TEXTS:
        return _are(value, str)
    if wanted == UNUSED:
        return value == "all" or _are(value, str)
    if not isinstance(value, dict):
        return False
    if wanted == NUMBER_BY_NAME:
        return all(type(each) in (int, float) for each in value.values())
    if wanted == MISSINGS:
        return all(_are(each, str) for each in value.values())
    if wanted == RECODES:
        return all(
            each == "sidecar" or (isinstance(each, dict) and _are(list(each.values()), str))
            for each in value.values()
        )
    return all(isinstance(each, str) for each in value.values())


def _are(value: Any, kind: type) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and all(isinstance(each, kind) for each in value)
    )
