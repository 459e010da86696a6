"""Checks that need several cells of one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opentrs.cohort.tables import TableSpec
from opentrs.sources.reshape import Shaped
from opentrs.sources.typed import Place, named

Values = Mapping[str, pa.Array]
ORDERED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "people": (
        ("birth_date", "illness_onset_date"), ("birth_date", "first_treatment_date"),
        ("birth_date", "death_date"),
        ("birth_date", "emigration_date"), ("birth_date", "observation_end"),
        ("observation_start", "observation_end"),
    ),
    "drug_exposures": (("start_date", "end_date"),),
    "hospital_stays": (("admission_date", "discharge_date"),),
}  # fmt: skip
PLACED_BY_DATE = frozenset({"drug_exposures", "hospital_stays"})


@dataclass(frozen=True, slots=True)
class Records:
    """Typed records of one batch, and where their problems go."""

    spec: TableSpec
    values: Values
    shaped: Shaped
    place: Place

    def __len__(self) -> int:
        return len(self.shaped.lines)

    def unknown(self, column: str) -> np.ndarray:
        """Which records leave a column of the contract blank."""
        if column not in self.values:
            return np.ones(len(self), dtype=bool)
        return np.asarray(pc.is_null(self.values[column]).to_numpy(zero_copy_only=False), dtype=bool)

    def numbers(self, column: str) -> np.ndarray:
        """A number column, unknown being NaN."""
        if column not in self.values:
            return np.full(len(self), np.nan)
        return np.asarray(self.values[column].to_numpy(zero_copy_only=False), dtype=float)

    def days(self, column: str) -> np.ndarray:
        """A date column as days since 1970-01-01, unknown being NaN."""
        if column not in self.values:
            return np.full(len(self), np.nan)
        counted = pc.cast(pc.cast(self.values[column], pa.int32()), pa.float64())
        return np.asarray(counted.to_numpy(zero_copy_only=False), dtype=float)

    def texts(self, column: str) -> list[str | None]:
        """A text column, unknown being None."""
        if column not in self.values:
            return [None] * len(self)
        return list(self.values[column].to_pylist())


Check = Callable[[Records], np.ndarray]


def check_records(records: Records, rejected: np.ndarray) -> np.ndarray:
    """Note what is wrong across cells, and return which records are rejected in all."""
    for check in (_required, _in_order):
        rejected = rejected | check(records)
    _onset_after_inclusion(records)
    return rejected


def _required(records: Records) -> np.ndarray:
    rejected = np.zeros(len(records), dtype=bool)
    for column in records.spec.required:
        blank = records.unknown(column) & ~_faulty(records, column)
        if column == records.spec.date and records.spec.name not in PLACED_BY_DATE:
            continue
        if column == "drug":
            records.place.rows("drug_blank", "warning", records.shaped, np.flatnonzero(blank), column)
            continue
        records.place.rows(
            "required_empty", "error", records.shaped, np.flatnonzero(blank), column,
            {"meaning": records.spec.by_name[column].meaning},
        )  # fmt: skip
        rejected |= blank
    return rejected


def _faulty(records: Records, column: str) -> np.ndarray:
    """Cells that are blank only because what stood there was refused."""
    if column not in records.shaped.frame.columns or records.spec.by_name[column].kind in ("id", "text"):
        return np.zeros(len(records), dtype=bool)
    return np.asarray((records.shaped.frame[column].str.strip() != "").to_numpy(), dtype=bool)


def _in_order(records: Records) -> np.ndarray:
    rejected = np.zeros(len(records), dtype=bool)
    for first, last in ORDERED.get(records.spec.name, ()):
        with np.errstate(invalid="ignore"):
            wrong = records.days(last) < records.days(first)
        at = np.flatnonzero(wrong)
        code = "before_birth" if first == "birth_date" else "end_before_start"
        names = {"start": str(named(records.shaped, first, at[:1]) or first)}
        records.place.rows(code, "error", records.shaped, at, last, names)
        rejected |= wrong
    return rejected


def _onset_after_inclusion(records: Records) -> None:
    if records.spec.name == "people":
        with np.errstate(invalid="ignore"):
            wrong = records.numbers("onset_age_years") > records.numbers("age_years")
        records.place.rows(
            "onset_after_age", "warning", records.shaped, np.flatnonzero(wrong), "onset_age_years"
        )
