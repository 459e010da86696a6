"""Columns computed from others of the same row, by a closed list of ways.

What cannot be computed although its parts are there comes out as a text no column accepts, so that it is
reported like any other wrong cell.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from opentrs.sources.mapping import Derived, TableMapping
from opentrs.sources.parse import CellRules

ISO = "%Y-%m-%d"
DAYS_PER_WEEK = 7


def with_derived(frame: pd.DataFrame, mapping: TableMapping, rules: CellRules) -> pd.DataFrame:
    """Add the derived columns of a mapping, in their order."""
    frame = frame.copy()
    for derived in mapping.derived:
        parts = [_known(frame[name], rules) for name in derived.of if name in frame.columns]
        if len(parts) == len(derived.of):
            frame[derived.column] = _compute(derived, parts, mapping.date_format or rules.date_format or ISO)
    return frame


def _known(cells: pd.Series, rules: CellRules) -> pd.Series:
    """The cells, blank where they stand for "unknown"."""
    codes, spellings = pd.factorize(cells)
    texts = pd.Series(
        ["" if rules.is_missing(str(text)) else str(text).strip() for text in spellings], dtype="str"
    )
    return texts.take(codes).set_axis(cells.index) if len(cells) else cells


def _compute(derived: Derived, parts: list[pd.Series], date_format: str) -> pd.Series:
    if derived.how == "first_of":
        first = parts[0]
        for part in parts[1:]:
            first = first.where(first != "", part)
        return first
    if derived.how == "join":
        table = pd.concat(parts, axis=1)
        return table.apply(lambda row: derived.separator.join(text for text in row if text), axis=1).astype(
            "str"
        )
    first, second = parts
    computed = _from_two(derived.how, first, second, date_format)
    failed = (first != "") & (second != "") & (computed == "")
    return computed.mask(failed, first + " " + derived.how + " " + second)


def _from_two(how: str, first: pd.Series, second: pd.Series, date_format: str) -> pd.Series:
    if how in ("product", "quotient"):
        left, right = (pd.to_numeric(part, errors="coerce").to_numpy(dtype=float) for part in (first, second))
        with np.errstate(divide="ignore", invalid="ignore"):
            return _text(left * right if how == "product" else left / right, first.index)
    begin = pd.to_datetime(first, format=date_format, errors="coerce")
    if how == "last_day":
        days = pd.to_numeric(second, errors="coerce")
        last = begin + pd.to_timedelta(days - 1, unit="D")
        return last.dt.strftime(date_format).astype("str").fillna("")
    end = pd.to_datetime(second, format=date_format, errors="coerce")
    lasting = ((end - begin).dt.days + 1).to_numpy(dtype=float)
    return _text(lasting if how == "days_between" else lasting / DAYS_PER_WEEK, first.index)


def _text(numbers: np.ndarray, index: pd.Index) -> pd.Series:
    texts = [repr(float(number)) if np.isfinite(number) else "" for number in numbers]
    return pd.Series(texts, index=index, dtype="str")
