"""The cohort: people, what happened to them and when, and what was measured on them. Frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import ibis
import ibis.expr.types as ir

from opentrs.cohort.days import settle
from opentrs.cohort.landmark import hide_later
from opentrs.cohort.tables import TABLES
from opentrs.errors import Problem, UsageError


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file the cohort was read from, with what became of its rows: read = kept + rejected.

    Parameters
    ----------
    name : path relative to the cohort's folder
    table : table it was read as; empty for files that only describe others
    sha256 : hash of the bytes
    read, kept, rejected : numbers of data rows
    """

    name: str
    table: str
    sha256: str
    read: int = 0
    kept: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Cohort:
    """People, what happened to them and when, and what was measured on them.

    Every table has exactly the columns declared in :mod:`opentrs.cohort.tables` (wide scan tables may
    have more); a column the source lacks is there and empty. All tables live in one Ibis backend.

    Parameters
    ----------
    people : one row per person
    events : table name -> many rows per person, such as ``drug_exposures`` and ``ratings``
    modalities : table name -> one row per scan, such as ``cortex``
    files : what was read, with hashes and row counts
    problems : everything found wrong or worth knowing while reading
    name : what the cohort is called in the report
    """

    people: ir.Table
    events: Mapping[str, ir.Table] = field(default_factory=dict)
    modalities: Mapping[str, ir.Table] = field(default_factory=dict)
    files: tuple[SourceFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "events", MappingProxyType(dict(self.events)))
        object.__setattr__(self, "modalities", MappingProxyType(dict(self.modalities)))

    @property
    def holds(self) -> frozenset[str]:
        """Names of the tables the cohort has."""
        return frozenset({"people", *self.events, *self.modalities})

    def table(self, name: str) -> ir.Table:
        """Return a table of the contract; one the cohort lacks comes back empty, with its columns.

        Raises
        ------
        UsageError : the contract knows no such table
        """
        if name == "people":
            return self.people
        held = {**self.events, **self.modalities}
        if name in held:
            return held[name]
        if name not in TABLES:
            raise UsageError(f"There is no table {name}. The tables are {', '.join(sorted(TABLES))}.")
        return self._empty(name)

    def as_of(self, date_column: str) -> Cohort:
        """Return the cohort as it was known on each person's own landmark day.

        This is the only door for prediction. People without a landmark are left out; rows dated after
        it, or without a date, are hidden, and so is every value that became known later (how a course
        ended, a death, a discharge).

        Parameters
        ----------
        date_column : a date column of ``people``: each person's landmark, that day counted in

        Raises
        ------
        UsageError : ``people`` has no such date column
        """
        if date_column not in self.people.columns or not self.people[date_column].type().is_date():
            raise UsageError(f"as_of needs a date column of people; {date_column} is none.")
        return hide_later(self, date_column)

    def only(self, person_ids: Iterable[str]) -> Cohort:
        """Return the cohort with these people alone."""
        wanted = sorted(set(person_ids))
        return self.mapped(lambda table: table.filter(table.person_id.isin(wanted)))

    def mapped(self, change: Callable[[ir.Table], ir.Table]) -> Cohort:
        """Return a cohort in which every table went through ``change``."""
        return replace(
            self,
            people=settle(change(self.people)),
            events={name: settle(change(table)) for name, table in self.events.items()},
            modalities={name: settle(change(table)) for name, table in self.modalities.items()},
        )

    def _empty(self, name: str) -> ir.Table:
        """An empty table of the declared form, made in the cohort's own database."""
        columns = TABLES[name].ibis_schema
        none = self.people.limit(0)
        return none.select(**{
            column: none.person_id if column == "person_id" else ibis.null(kind)
            for column, kind in columns.items()
        })  # fmt: skip
