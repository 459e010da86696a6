"""What was known on a day: the one place that decides which values are hidden from a landmark."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from opentrs.cohort.days import day_number, settle
from opentrs.cohort.tables import TABLES, Column, TableSpec

if TYPE_CHECKING:
    from opentrs.cohort.model import Cohort

LANDMARK = "landmark_day"
DAYS_PER_WEEK = 7


def hide_later(cohort: Cohort, date_column: str) -> Cohort:
    """Return the cohort with everything hidden that was not known on ``people[date_column]``."""
    landmarks = settle(
        cohort.people.select("person_id", **{LANDMARK: day_number(cohort.people[date_column])}).filter(
            lambda people: people[LANDMARK].notnull()
        )
    )
    people = settle(_people_as_of(cohort.people, landmarks, date_column))
    return replace(
        cohort,
        people=people,
        events={
            name: settle(_rows_as_of(table, TABLES[name], landmarks)) for name, table in cohort.events.items()
        },
        modalities={
            name: settle(_rows_as_of(table, TABLES[name], landmarks))
            for name, table in cohort.modalities.items()
        },
    )


def _people_as_of(people: ir.Table, landmarks: ir.Table, date_column: str) -> ir.Table:
    """Dates of a person that lie after the landmark were not known; the record ends there."""
    joined = people.inner_join(landmarks, "person_id").select(people, landmarks[LANDMARK])
    hidden: dict[str, ir.Value] = {}
    for name, kind in joined.schema().items():
        if kind.is_date() and name != date_column:
            hidden[name] = ibis.ifelse(
                day_number(joined[name]) <= joined[LANDMARK], joined[name], ibis.null(kind)
            )
    ends = joined.observation_end if "observation_end" in joined.columns else None
    if ends is not None:
        later = ends.isnull() | (day_number(ends) > joined[LANDMARK])
        hidden["observation_end"] = ibis.ifelse(later, joined[date_column], ends)
    return joined.mutate(**hidden).select(*people.columns)


def _rows_as_of(table: ir.Table, spec: TableSpec, landmarks: ir.Table) -> ir.Table:
    """Rows dated up to the landmark, without the values that became known after it."""
    joined = table.inner_join(landmarks, "person_id").select(table, landmarks[LANDMARK])
    if spec.date:
        joined = joined.filter(day_number(joined[spec.date]) <= joined[LANDMARK])
    known = {column.name: _if_known(joined, spec, column) for column in spec.columns if column.known_at}
    return joined.mutate(**known).select(*table.columns)


def _if_known(rows: ir.Table, spec: TableSpec, column: Column) -> ir.Value:
    if column.known_at == "end":
        # Rounded first: 29 days are 4.142857... weeks, which times seven is a hair more than 29.
        days = (rows["duration_weeks"] * DAYS_PER_WEEK).round(6).ceil().cast("int64")
        end = day_number(rows[spec.date]) + days - 1
    else:
        end = day_number(rows[column.known_at])
    return ibis.ifelse(end <= rows[LANDMARK], rows[column.name], ibis.null(rows[column.name].type()))
