"""Rows of a file -> rows of a table of the contract; still text, each cell remembering its column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from opentrs.sources.batches import Batch
from opentrs.sources.derive import with_derived
from opentrs.sources.mapping import Items, Keep, Slots, TableMapping
from opentrs.sources.parse import CellRules

Origin = str | np.ndarray


@dataclass(frozen=True)
class Shaped:
    """Records of one table as text.

    Parameters
    ----------
    frame : contract columns (and helpers, which begin with an underscore) as text
    lines : line of each record; a wide row gives several records
    origin : contract column -> the file's column it came from, one name or one per record
    silent : rows of the file that gave no record: blank here, or left out by the mapping
    """

    frame: pd.DataFrame
    lines: np.ndarray
    origin: Mapping[str, Origin] = field(default_factory=dict)
    silent: int = 0

    def only(self, wanted: np.ndarray) -> Shaped:
        """The records where ``wanted`` is true."""
        if wanted.all():
            return self
        origin = {
            name: source if isinstance(source, str) else source[wanted]
            for name, source in self.origin.items()
        }
        frame = self.frame[wanted].reset_index(drop=True)
        return Shaped(frame, self.lines[wanted], origin, self.silent)


def reshape(batch: Batch, mapping: TableMapping, rules: CellRules) -> Shaped:
    """Rename, melt, derive and filter the rows of one batch as the mapping says."""
    shaped = _melted(Shaped(batch.frame, batch.lines, dict(batch.origin)), mapping, rules)
    if mapping.derived:
        frame = with_derived(shaped.frame, mapping, rules)
        shaped = replace(shaped, frame=frame)
    for rule in mapping.keep:
        shaped = shaped.only(_keeps(shaped.frame[rule.column], rule))
    return replace(shaped, silent=len(batch.lines) - len(np.unique(shaped.lines)))


def _melted(whole: Shaped, mapping: TableMapping, rules: CellRules) -> Shaped:
    if mapping.slots is not None:
        return _from_slots(whole, mapping, mapping.slots, rules)
    if mapping.items:
        return _from_items(whole, mapping, mapping.items, rules)
    frame, origin = _renamed(whole.frame, mapping)
    return Shaped(frame, whole.lines, {**origin, **whole.origin})


def _renamed(frame: pd.DataFrame, mapping: TableMapping) -> tuple[pd.DataFrame, dict[str, Origin]]:
    """Contract columns out of the file's, and the constants."""
    origin: dict[str, Origin] = {
        column: theirs for column, theirs in mapping.columns.items() if theirs in frame.columns
    }
    out = pd.DataFrame({column: frame[str(theirs)] for column, theirs in origin.items()}, index=frame.index)
    for column, value in mapping.constants.items():
        out[column] = pd.Series([value] * len(frame), index=frame.index, dtype="str")
        origin[column] = column
    return out, origin


def _from_slots(kept: Shaped, mapping: TableMapping, slots: Slots, rules: CellRules) -> Shaped:
    shared, shared_origin = _renamed(kept.frame, mapping)
    parts = []
    for number in range(1, slots.count + 1):
        names = {column: theirs.replace("{n}", str(number)) for column, theirs in slots.columns.items()}
        present = {column: theirs for column, theirs in names.items() if theirs in kept.frame.columns}
        if slots.needs not in present:
            continue
        filled = ~_blank(kept.frame[present[slots.needs]], rules)
        if filled.any():
            part = shared[filled].copy()
            for column, theirs in present.items():
                part[column] = kept.frame.loc[filled, theirs]
            parts.append(Shaped(part, kept.lines[filled], {**shared_origin, **present}))
    return _joined(parts, [*shared.columns, *slots.columns])


def _from_items(kept: Shaped, mapping: TableMapping, items: Sequence[Items], rules: CellRules) -> Shaped:
    """A visit counts for a scale if any item of the scale is there; its blanks are then unknown values."""
    shared, shared_origin = _renamed(kept.frame, mapping)
    parts = []
    for group in items:
        present = [column for column in group.names if column in kept.frame.columns]
        rated = np.zeros(len(shared), dtype=bool)
        for column in present:
            rated |= ~_blank(kept.frame[column], rules)
        if not rated.any():
            continue
        for column in present:
            part = shared[rated].copy()
            part["scale"], part["item"] = group.scale, group.names[column]
            part["value"] = kept.frame.loc[rated, column]
            origin = {**shared_origin, "scale": column, "item": column, "value": column}
            parts.append(Shaped(part, kept.lines[rated], origin))
    return _joined(parts, [*shared.columns, "scale", "item", "value"])


def _joined(parts: Sequence[Shaped], columns: Sequence[str]) -> Shaped:
    """Put records of slots or items together, in the order of the file's lines."""
    if not parts:
        empty = pd.DataFrame({column: pd.Series([], dtype="str") for column in columns})
        return Shaped(empty, np.empty(0, dtype=np.int64), {column: column for column in columns})
    lines = np.concatenate([part.lines for part in parts])
    order = np.argsort(lines, kind="stable")
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    for column in columns:
        if column not in frame.columns:
            frame[column] = ""
    origin: dict[str, Origin] = {}
    for column in frame.columns:
        names = [part.origin.get(column, column) for part in parts]
        if len(set(map(str, names))) == 1:
            origin[column] = names[0]
        else:
            spread = [np.repeat(np.array([name], dtype=object), len(part.lines))
                      for name, part in zip(names, parts, strict=True)]  # fmt: skip
            origin[column] = np.concatenate(spread)[order]
    frame = frame.iloc[order].reset_index(drop=True).fillna("")
    return Shaped(frame, lines[order], origin)


def _keeps(cells: pd.Series, rule: Keep) -> np.ndarray:
    found = cells.str.strip().isin(list(rule.values)).to_numpy(dtype=bool)
    return ~found if rule.negated else found


def _blank(cells: pd.Series, rules: CellRules) -> np.ndarray:
    codes, spellings = pd.factorize(cells)
    blank = np.array([rules.is_missing(str(text)) for text in spellings], dtype=bool)
    return blank[codes] if len(codes) else np.zeros(0, dtype=bool)
