"""One spelling of a cell -> its value, or what is wrong with it. Each distinct spelling is read once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from opentrs.cohort.cells import restore
from opentrs.cohort.tables import Column
from opentrs.errors import Severity

ALWAYS_MISSING = frozenset({"", "n/a", "N/A", "NA"})
SUSPICIOUS = frozenset({-9999.0, -9998.0, -9997.0, -999.0, -998.0, -99.0, 999.0, 9998.0, 9999.0})
EARLIEST = date(1850, 1, 1)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+|[+-]?\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d+)?", re.ASCII)
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
_OTHER_DATE = re.compile(r"(\d{1,4})[-/.年 ](\d{1,2})[-/.月 ](\d{1,4})日?", re.ASCII)
SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "F": {"female": "F", "woman": "F", "w": "F", "女": "F"},
    "M": {"male": "M", "man": "M", "男": "M"},
    "yes": {"y": "yes", "true": "yes", "1": "yes", "是": "yes", "有": "yes"},
    "no": {"n": "no", "false": "no", "0": "no", "否": "no", "无": "no"},
    "oral": {"po": "oral", "by mouth": "oral", "口服": "oral"},
    "sublingual": {"sl": "sublingual", "舌下": "sublingual"},
    "lai": {"depot": "lai", "long-acting injection": "lai", "长效针剂": "lai"},
    "sai": {"im": "sai", "short-acting injection": "sai"},
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a spelling: a key of the catalogue, how bad it is, and its values."""

    code: str
    severity: Severity = "error"
    params: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a spelling was read as; a value may come with a warning."""

    value: Any
    fault: Fault | None = None

    @property
    def rejected(self) -> bool:
        """Whether the row cannot be kept."""
        return self.fault is not None and self.fault.severity == "error"


@dataclass(frozen=True)
class CellRules:
    """How one site writes its cells.

    Parameters
    ----------
    missing : texts that stand for "unknown" beside the empty cell, ``n/a`` and ``NA``
    date_format : a :func:`time.strptime` format; None is ISO 8601
    decimal_comma : whether 12,5 is twelve and a half
    today : dates after it lie in the future
    factor, shift : a number of the file times ``factor`` plus ``shift`` has the contract's unit
    """

    missing: frozenset[str] = frozenset()
    date_format: str | None = None
    decimal_comma: bool = False
    today: date = date.max
    factor: float = 1.0
    shift: float = 0.0

    def is_missing(self, text: str) -> bool:
        """Whether a text stands for "unknown"; numbers are compared as numbers (-9999.0 is -9999)."""
        trimmed = text.strip()
        if trimmed in ALWAYS_MISSING or trimmed in self.missing:
            return True
        if not self.missing or not _NUMBER.fullmatch(trimmed):
            return False
        number = float(trimmed)
        return any(_NUMBER.fullmatch(code) and float(code) == number for code in self.missing)


def read_cell(text: str, column: Column, rules: CellRules) -> Reading:
    """Read one spelling as its column declares."""
    if rules.is_missing(text):
        return Reading(None)
    if column.kind in ("number", "integer"):
        return _number(text.strip(), column, rules)
    if column.kind == "date":
        return _date(text.strip(), rules)
    if column.kind == "choice":
        return _choice(text.strip(), column)
    return Reading(restore(text))


def _number(text: str, column: Column, rules: CellRules) -> Reading:
    plain = (
        text.replace(",", ".") if rules.decimal_comma and text.count(",") == 1 and "." not in text else text
    )
    if not _NUMBER.fullmatch(plain):
        if _COMMA_NUMBER.fullmatch(text):
            return Reading(None, Fault("number_with_comma", params={"value": text}))
        return Reading(None, Fault("not_a_number", params={"value": text}))
    written = float(plain)
    value = written * rules.factor + rules.shift
    if abs(value) == float("inf"):
        return Reading(None, Fault("not_a_number", params={"value": text}))
    outside = (column.low is not None and value < column.low) or (
        column.high is not None and value > column.high
    )
    if written in SUSPICIOUS:
        if outside or column.unit == "points":
            return Reading(None, Fault("sentinel_undeclared", "error", {"sentinel": text}))
        return Reading(value, Fault("sentinel_perhaps", "warning", {"sentinel": text}))
    if outside:
        return Reading(None, _outside(text, value, column))
    if column.usual_high is not None and value >= column.usual_high:
        return Reading(value, Fault("number_unusual", "warning", {"value": text, "usual": column.usual_high}))
    if column.kind == "integer":
        if not value.is_integer():
            return Reading(None, Fault("not_a_whole_number", params={"value": text}))
        return Reading(int(value))
    return Reading(value)


def _outside(text: str, value: float, column: Column) -> Fault:
    if column.name.startswith("dose") and value < 0:
        return Fault("dose_negative", params={"value": text})
    low = "−∞" if column.low is None else f"{column.low:g}"
    high = "∞" if column.high is None else f"{column.high:g}"
    return Fault("number_impossible", params={"value": text, "low": low, "high": high, "unit": column.unit})


def _date(text: str, rules: CellRules) -> Reading:
    # A date cell of a workbook comes as ISO 8601, whatever the texts beside it look like.
    if rules.date_format is not None and not _ISO.fullmatch(text):
        try:
            return _settled(datetime.strptime(text, rules.date_format).date(), text, rules)
        except ValueError:
            return Reading(
                None, Fault("date_not_in_format", params={"value": text, "format": rules.date_format})
            )
    iso = _ISO.fullmatch(text)
    if iso:
        try:
            return _settled(date(int(iso[1]), int(iso[2]), int(iso[3])), text, rules)
        except ValueError:
            return Reading(None, Fault("date_impossible", params={"value": text}))
    return Reading(None, _no_iso(text))


def _settled(day: date, text: str, rules: CellRules) -> Reading:
    if day > rules.today:
        return Reading(
            None, Fault("date_in_future", params={"value": text, "today": rules.today.isoformat()})
        )
    if day < EARLIEST:
        return Reading(None, Fault("date_too_early", params={"value": text, "year": EARLIEST.year}))
    return Reading(day)


def _no_iso(text: str) -> Fault:
    """Say which date format the text may have, so that ``cohort.toml`` can name it."""
    parts = _OTHER_DATE.fullmatch(text)
    if not parts:
        return Fault("not_a_date", params={"value": text})
    first, second = int(parts[1]), int(parts[2])
    if len(parts[1]) == 4:
        return Fault("date_other_format", params={"value": text, "format": "%Y/%m/%d"})
    if first <= 12 and second <= 12 and first != second:
        return Fault("date_ambiguous", params={"value": text})
    if first > 12:
        return Fault("date_other_format", params={"value": text, "format": "%d/%m/%Y"})
    return Fault("date_other_format", params={"value": text, "format": "%m/%d/%Y"})


def _choice(text: str, column: Column) -> Reading:
    if text in column.choices:
        return Reading(text)
    lowered = text.lower()
    for choice in column.choices:
        if lowered == choice.lower() or SYNONYMS.get(choice, {}).get(lowered) == choice:
            return Reading(choice)
    near = nearest(text, column.choices)
    params = {"value": text, "choices": ", ".join(column.choices)}
    if near:
        return Reading(None, Fault("choice_unknown_near", params={**params, "near": near}))
    return Reading(None, Fault("choice_unknown", params=params))


def nearest(text: str, names: tuple[str, ...] | list[str]) -> str:
    """The name most like ``text``; empty if none is near."""
    lowered = {name.lower(): name for name in names}
    found = difflib.get_close_matches(text.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[found[0]] if found else ""
