"""How one file of a site becomes one table of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from opentrs.cohort.tables import TABLES, TableSpec

DAYS_PER_MONTH = 365.25 / 12
UNITS: Mapping[str, Mapping[str, float]] = {
    "weeks": {"days": 1 / 7, "weeks": 1, "months": DAYS_PER_MONTH / 7, "years": 365.25 / 7},
    "days": {"days": 1, "weeks": 7, "months": DAYS_PER_MONTH, "years": 365.25},
    "years": {"days": 1 / 365.25, "weeks": 7 / 365.25, "months": 1 / 12, "years": 1},
    "mg": {"ug": 0.001, "mg": 1, "g": 1000},
    "mg/day": {"ug": 0.001, "mg": 1, "g": 1000, "mg as given": 1},
    "ng/mL": {"ng/mL": 1, "ug/L": 1, "ug/mL": 1000, "mg/L": 1000},
    "percent": {"percent": 1, "fraction": 100},
    "hours": {"minutes": 1 / 60, "hours": 1, "days": 24},
}
# What a scan table's regions may be written in -> what they are multiplied by; see `region_unit`.
REGION_UNITS: Mapping[str, float] = {
    "mm": 1, "um": 0.001, "mm2": 1, "cm2": 100, "mm3": 1, "cm3": 1000, "mL": 1000,
}  # fmt: skip
FIRST = "first"
# Names that two folders may share by chance.
PREFIXED = frozenset({"person_id", "family_id", "site"})
# How a column is computed from others, and from how many (0: any number).
DERIVATIONS: Mapping[str, int] = {
    "first_of": 0, "join": 0, "product": 2, "quotient": 2,
    "weeks_between": 2, "days_between": 2, "last_day": 2,
}  # fmt: skip
AS_GIVEN = "mg as given"


@dataclass(frozen=True, slots=True)
class Keep:
    """Rows to keep: those whose ``column`` is (or is not) one of ``values``."""

    column: str
    values: frozenset[str]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """A column computed from others of the same row by one of :data:`DERIVATIONS`."""

    column: str
    how: str
    of: tuple[str, ...]
    separator: str = ";"


@dataclass(frozen=True, slots=True)
class Slots:
    """Repeated groups of columns (``name1, dose1, name2, dose2`` ...), each of which is a row.

    Parameters
    ----------
    count : number of slots, from 1
    columns : contract column -> the file's column with ``{n}`` for the slot's number
    needs : a slot in which this contract column is blank is no row
    """

    count: int
    columns: Mapping[str, str]
    needs: str


@dataclass(frozen=True, slots=True)
class Items:
    """Columns that are items of a scale; each non-blank visit becomes one row per item.

    Parameters
    ----------
    scale : the scale all these columns belong to
    names : the file's column -> item id or item name of the scale
    numbers : item id -> the number by which its column names it, where OpenTRS itself read the number
    """

    scale: str
    names: Mapping[str, str]
    numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TableMapping:
    """How one file becomes one table; :mod:`opentrs.sources.config` reads it from ``cohort.toml``.

    Keys of ``recode``, ``units``, ``shift`` and ``missing_in`` are columns of the contract, those of
    ``offset`` scales whose items are counted from another number than the scale's own. ``keep`` and
    ``derived`` speak of columns after renaming: the contract's, and helpers that begin with an underscore.
    ``repeated`` is ``first`` where of rows of one person (or scan) the first is taken; ``region_unit`` is
    what the regions of a scan table are written in, if not in the unit of their measure. ``prefix`` is put
    before the columns of :data:`PREFIXED` where several folders are one cohort; ``program`` is what wrote a
    table of spectra, if a program's own layout is to be read.
    """

    table: str
    file: str
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    recode: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    shift: Mapping[str, float] = field(default_factory=dict)
    offset: Mapping[str, float] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    missing_in: Mapping[str, frozenset[str]] = field(default_factory=dict)
    date_format: str | None = None
    decimal_comma: bool = False
    keep: tuple[Keep, ...] = ()
    derived: tuple[Derived, ...] = ()
    slots: Slots | None = None
    items: tuple[Items, ...] = ()
    unused: frozenset[str] = frozenset()
    unused_all: bool = False
    sheet: str = ""
    repeated: str = ""
    region_unit: str = ""
    mapped: bool = True
    prefix: str = ""
    program: str = ""

    @property
    def spec(self) -> TableSpec:
        """The table's declaration."""
        return TABLES[self.table]

    @property
    def filled(self) -> frozenset[str]:
        """Columns this mapping fills: of the contract, and helpers that begin with an underscore."""
        slots = self.slots.columns if self.slots is not None else {}
        return frozenset({*self.columns, *self.constants, *slots, *(each.column for each in self.derived)})

    def keeping(self, keep: tuple[Keep, ...]) -> TableMapping:
        """The same mapping with other rules of which rows to keep."""
        return replace(self, keep=keep)

    def factor(self, column: str) -> float:
        """What a number of the file is multiplied by to have the contract's unit."""
        unit = self.units.get(column)
        if column not in self.spec.by_name:
            return REGION_UNITS[unit or self.region_unit] if unit or self.region_unit else 1.0
        if unit is None:
            return 1.0
        return UNITS[self.spec.by_name[column].unit][unit]

    @property
    def numbers(self) -> Mapping[str, str]:
        """Item id -> the number by which a column of the file names it."""
        return {item: number for group in self.items for item, number in group.numbers.items()}

    def offset_of(self, scale: str) -> float:
        """What to add to each item of a scale so that it counts as the scale does."""
        family = "BPRS" if scale.startswith("BPRS") else scale
        return self.offset.get(scale, self.offset.get(family, 0.0))

    def missing_codes(self, column: str) -> frozenset[str]:
        """Texts that stand for "unknown" in a column of the contract."""
        return self.missing | self.missing_in.get(column, frozenset())
