"""Function scales -> whether a visit shows at least moderate impairment."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from opentrs.cohort.days import day_number, settle
from opentrs.measures.symptoms import NOW_DAY
from opentrs.stats.compare import Comparison

# A score of 0 on SOFAS, GAF and CGI-S means "not assessed", not the worst possible state.
NOT_ASSESSED = 0


def function_visits(function: ir.Table, cutoffs: dict[str, Comparison]) -> ir.Table:
    """Whether function is at least moderately impaired, visit by visit.

    Parameters
    ----------
    function : the cohort's ``function`` table
    cutoffs : scale -> when its score means impairment, for instance SOFAS below 60

    Returns
    -------
    person_id, day (``NOW_DAY`` for people none of whose visits has a date, NULL for a missing one),
    scale, value, meets (yes TRUE, no FALSE; unknown NULL where the score or the scale is not known)
    """
    known = function.mutate(scale=function.scale.strip().upper(), value=function.value.nullif(NOT_ASSESSED))
    # A scale the definition does not ask for says nothing; a scale that is not named may be one it does.
    known = known.filter(known.scale.isnull() | known.scale.isin([scale.upper() for scale in cutoffs]))
    dated = known.group_by("person_id").agg(any_dated=known.date.notnull().any())
    known = known.inner_join(dated, "person_id")
    day = ibis.ifelse(known.any_dated, day_number(known.date), ibis.literal(NOW_DAY, "int64"))
    answers = [(known.scale == scale.upper(), cutoff.holds(known.value)) for scale, cutoff in cutoffs.items()]
    meets = ibis.cases(*answers, else_=ibis.null("boolean")) if answers else ibis.null("boolean")
    rows = settle(known.select("person_id", "scale", "value", day=day, meets=meets))
    # Scores of one scale on one day that disagree settle nothing.
    agree = rows.meets.notnull().all() & (rows.meets.nunique() == 1)
    one = rows.group_by("person_id", "day", "scale").agg(
        value=rows.value.min(),
        meets=ibis.ifelse(agree, rows.meets.any(), ibis.null("boolean")),
    )
    return settle(one.select("person_id", "scale", "value", "day", "meets"))


def people_with_undated_rows(visits: ir.Table) -> ir.Table:
    """People some of whose rows have no date although others have: those rows may belong anywhere."""
    return visits.filter(visits.day.isnull()).select("person_id").distinct()
