"""Numbers and words as one language writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from opentrs.messages import Lang, has, text

NONE = "—"
DOI = "doi:"
SMALLEST_P = 0.001


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences of the report in one language, and numbers set as the report sets them."""

    lang: Lang

    def __call__(self, key: str, **params: object) -> str:
        """Return the sentence ``report.<key>``."""
        return text(f"report.{key}", self.lang, **params)

    def name(self, kind: str, value: Any) -> str:
        """Return the word for a coded value, such as a verdict; an unlisted value stands as it is."""
        if is_unknown(value):
            return NONE
        key = f"report.{kind}.{value}"
        return text(key, self.lang) if has(key, self.lang) else str(value)

    def percent(self, share: Any) -> str:
        """Return a share as a percentage with one decimal."""
        return NONE if is_unknown(share) else f"{float(share) * 100:.1f}%"

    def interval(self, low: Any, high: Any) -> str:
        """Return an interval of shares."""
        if is_unknown(low) or is_unknown(high):
            return NONE
        return self("interval", low=f"{float(low) * 100:.1f}%", high=f"{float(high) * 100:.1f}%")

    def number(self, value: Any, decimals: int = 1) -> str:
        """Return a number; whole numbers carry no decimals."""
        if is_unknown(value):
            return NONE
        shown = f"{float(value):z.{decimals}f}"
        return shown.rstrip("0").rstrip(".") if "." in shown else shown

    def p_value(self, value: Any) -> str:
        """Return a p value; a small one as less than the smallest that is shown."""
        if is_unknown(value):
            return NONE
        return "< 0.001" if float(value) < SMALLEST_P else f"{float(value):.3f}"

    def count(self, value: Any) -> str:
        """Return a count of people or rows."""
        return NONE if is_unknown(value) else f"{int(value):,}"

    def cell(self, value: Any) -> str:
        """Return any value of a table as it is."""
        return NONE if is_unknown(value) or value == "" else str(value)


def is_unknown(value: Any) -> bool:
    """Whether a cell holds nothing."""
    return value is None or (not isinstance(value, str) and bool(pd.isna(value)))
