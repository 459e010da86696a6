"""Visits -> people: whose type it is, and whether it lasts."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from opentrs.cohort.days import settle
from opentrs.measures.symptoms import NOW_DAY
from opentrs.subtype.definition import UNKNOWN, TypeRules


def person_types(visits: ir.Table, people: ir.Table, rules: TypeRules) -> ir.Table:
    """The type of each person, that of the last labelled visit whose type is known, and its persistence.

    A person without such a visit has the type ``unknown``; their last visit still tells their depression.

    Parameters
    ----------
    visits : person_id, day, type
    people : person_id, whose types are asked
    rules : how long a type must last

    Returns
    -------
    person_id, type, persistent (three-valued), first_day, last_day, n_visits, type_day (the visit the type
    is taken from; the last one where none is known; NULL without visits)
    """
    ends = visits.group_by("person_id").agg(
        first_day=visits.day.min(),
        last_day=visits.day.max(),
        n_visits=visits.count(),
        known_day=ibis.ifelse(visits.type != UNKNOWN, visits.day, ibis.null("int64")).max(),
    )
    ends = ends.mutate(type_day=ibis.coalesce(ends.known_day, ends.last_day))
    at_end = visits.select("person_id", type="type", type_day="day")
    typed = settle(ends.inner_join(at_end, ["person_id", "type_day"]))
    joined = visits.rename(visit_type="type").inner_join(
        typed.select("person_id", "known_day", final="type"), "person_id"
    )
    before = joined.filter(joined.day <= joined.known_day)
    other = (before.visit_type != UNKNOWN) & (before.visit_type != before.final)
    last_other = before.group_by("person_id").agg(
        other_day=ibis.ifelse(other, before.day, ibis.null("int64")).max()
    )
    marked = before.inner_join(last_other, "person_id")
    in_run = (marked.visit_type == marked.final) & (
        marked.other_day.isnull() | (marked.day > marked.other_day)
    )
    runs = marked.group_by("person_id").agg(
        run_start=ibis.ifelse(in_run, marked.day, ibis.null("int64")).min(),
        run_visits=in_run.cast("int64").sum(),
        other_day=marked.other_day.max(),
    )
    table = people.select("person_id").left_join(typed, "person_id").drop("person_id_right")
    table = table.left_join(runs, "person_id").drop("person_id_right")
    return settle(
        table.select(
            "person_id",
            "first_day",
            "last_day",
            "type_day",
            type=table.type.fill_null(UNKNOWN),
            persistent=_persists(table, rules),
            n_visits=table.n_visits.fill_null(0),
        )
    )


def _persists(table: ir.Table, rules: TypeRules) -> ir.Value:
    """Yes: the run that ends with the type is long enough. No: another type stood too shortly before it."""
    long_enough = rules.persistence_days.needs.holds
    run = long_enough(table.known_day - table.run_start) & rules.persistence_visits.needs.holds(
        table.run_visits
    )
    other_is_near = ~long_enough(table.known_day - table.other_day)
    record_is_long = long_enough(table.known_day - table.first_day)
    return ibis.cases(
        (table.known_day.isnull() | (table.known_day == NOW_DAY), ibis.null("boolean")),
        (run, True),
        (other_is_near & record_is_long, False),
        else_=ibis.null("boolean"),
    )
