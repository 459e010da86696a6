"""Plasma levels -> whether a course reached its drug's therapeutic range."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from opentrs import reference
from opentrs.cohort.days import day_number, settle
from opentrs.measures.dose import with_drug

ACTIVE_MOIETY = "parent_plus_metabolite"


def levels(plasma_levels: ir.Table) -> ir.Table:
    """Recognise the drug of every level and put it against its lower therapeutic limit.

    Where the published limit is for drug plus active metabolite, both are added (a metabolite not
    measured leaves the sum a lower bound). Where no limit is listed, having been measured is enough.

    Returns
    -------
    person_id, ingredient, is_clozapine, day, level_ng_per_ml, limit_ng_per_ml (NULL: none listed),
    announced, counts_as_drug (an antipsychotic other than clozapine, or perhaps one), sufficient (yes TRUE,
    no FALSE, unknown NULL)
    """
    known = with_drug(plasma_levels)
    limits = reference.plasma_limits()[["drug", "analyte", "lower_limit_ng_per_ml"]]
    table = ibis.memtable(
        limits.astype({"lower_limit_ng_per_ml": float}),
        schema={"drug": "string", "analyte": "string", "lower_limit_ng_per_ml": "float64"},
    ).rename(limit_drug="drug")
    joined = known.left_join(table, known.ingredient == table.limit_drug)
    with_metabolite = (joined.analyte == ACTIVE_MOIETY).fill_null(False)
    level = ibis.ifelse(
        with_metabolite,
        joined.level_ng_per_ml + joined.metabolite_ng_per_ml.fill_null(0.0),
        joined.level_ng_per_ml,
    )
    not_listed = joined.lower_limit_ng_per_ml.isnull() & joined.ingredient.notnull()
    sum_is_open = with_metabolite & joined.metabolite_ng_per_ml.isnull()
    sufficient = ibis.cases(
        (level.isnull() | joined.ingredient.isnull(), ibis.null("boolean")),
        (not_listed | (level >= joined.lower_limit_ng_per_ml), True),
        (sum_is_open, ibis.null("boolean")),
        else_=False,
    )
    return settle(
        joined.select(
            "person_id", "ingredient", "is_clozapine", "announced",
            counts_as_drug=(joined.is_antipsychotic & ~joined.is_clozapine).fill_null(True),
            day=day_number(joined.date), level_ng_per_ml=level,
            limit_ng_per_ml=joined.lower_limit_ng_per_ml, sufficient=sufficient,
        )
    )  # fmt: skip


def levels_in_courses(courses: ir.Table, known_levels: ir.Table, days_after: int) -> ir.Table:
    """Levels drawn during a course of the same drug, to ``days_after`` days past its end.

    Any level of the drug counts for a course without dates. A level without a date, or one after the start
    of a course whose end is not known, may lie outside: it can show nothing, unless it is too low anyway.

    Returns
    -------
    the columns of :func:`levels` with course_id
    """
    spans = courses.select("person_id", "course_id", "ingredient", "start_day", "end_day")
    joined = spans.inner_join(known_levels, ["person_id", "ingredient"])
    within = (joined.day >= joined.start_day) & (joined.day <= joined.end_day + days_after)
    undated_course = joined.start_day.isnull()
    open_course = joined.end_day.isnull() & (joined.day >= joined.start_day)
    doubtful = joined.day.isnull() | (~undated_course & open_course).fill_null(False)
    # A level that is too low cannot show adherence, wherever it belongs.
    sufficient = ibis.ifelse(doubtful & joined.sufficient, ibis.null("boolean"), joined.sufficient)
    placed = joined.filter(within.fill_null(False) | undated_course | doubtful)
    return settle(placed.mutate(sufficient=sufficient))
