"""The databases every rule must agree on: the embedded one, and one that differs in almost everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
from ibis.backends import BaseBackend

from opentrs.cohort.build import embedded_database


def duckdb_engine() -> BaseBackend:
    """The database OpenTRS itself uses, locked as it is in use."""
    return embedded_database()


def sqlite_engine() -> BaseBackend:
    """SQLite in memory: no date type, no boolean type, other functions."""
    return ibis.sqlite.connect()


ENGINES: Mapping[str, Callable[[], BaseBackend]] = {"duckdb": duckdb_engine, "sqlite": sqlite_engine}
