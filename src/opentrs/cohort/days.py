"""Dates as whole day numbers, and tables settled in their own database.

Rules compare days, never timestamps: a date is the number of days since 1970-01-01, which every engine
subtracts and orders alike (interval arithmetic and range frames do not travel between engines).
"""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

EPOCH = date(1970, 1, 1)
DAYS_PER_YEAR = 365.25
_names = itertools.count()


def day_number(column: ir.Column) -> ir.IntegerColumn:
    """Turn a date column into days since 1970-01-01; unknown stays unknown."""
    return column.cast("date").delta(ibis.date(1970, 1, 1), unit="day").cast("int64")


def iso_date(day: float | None) -> str:
    """Turn a day number back into an ISO 8601 date; unknown becomes an empty text."""
    if day is None or day != day:
        return ""
    return (EPOCH + timedelta(days=int(day))).isoformat()


def settle(table: ir.Table) -> ir.Table:
    """Compute a table once, inside the database it comes from, and return it as a plain table.

    Long chains of expressions are otherwise computed again for each use. The temporary table lives as
    long as the database connection.
    """
    backend = table.get_backend()
    return backend.create_table(fresh_name("step"), table, temp=True)


def fresh_name(stem: str) -> str:
    """Return a name no table of this process has yet, so that two cohorts can share one database."""
    return f"opentrs_{stem}_{next(_names)}"
