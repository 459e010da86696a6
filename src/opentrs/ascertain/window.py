"""When symptoms and function are judged: after the second failed course, before or on clozapine.

Where it is not known which course was the second to fail, there are two windows: a visit after the
latest candidate is in the window whichever it was; a visit before the earliest is in none.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from opentrs.cohort.days import settle
from opentrs.measures.symptoms import NOW_DAY
from opentrs.stats.compare import Comparison

BEFORE_EVERYTHING = -1_000_000
MOST_DRUGS = 50


def drugs_needed(needs: Comparison) -> int:
    """Smallest number of drugs that satisfies a comparison such as ``>= 2``."""
    return next(number for number in range(MOST_DRUGS) if needs.holds(number))


def counted(courses: ir.Table, answer: ir.BooleanValue) -> ir.BooleanValue:
    """An answer about a course, as far as the course counts towards the drugs tried.

    A drug that is not known may be no antipsychotic, clozapine, or the same drug again: its course can
    only be possible.
    """
    certain = courses.ingredient.notnull() & courses.is_antipsychotic & ~courses.is_clozapine
    return ibis.ifelse(certain.fill_null(False), answer, ibis.ifelse(answer.fill_null(True), None, False).cast("boolean"))


def nth_day(days: ir.Table, number: int) -> ir.Table:
    """The day on which the n-th different drug joined: person_id, nth_day.

    Parameters
    ----------
    days : person_id, day: one row per drug
    number : how many drugs are needed
    """
    order = ibis.window(group_by="person_id", order_by="day")
    ranked = days.filter(days.day.notnull()).mutate(position=ibis.row_number().over(order))
    return ranked.filter(ranked.position == number - 1).select("person_id", nth_day="day")


def judgement_window(courses: ir.Table, last_visits: ir.Table, people: ir.Table, number: int) -> ir.Table:
    """From which day on symptoms are judged, for each person.

    Parameters
    ----------
    courses : with ``failed``; clozapine among them
    last_visits : person_id, last_visit_day
    people : person_id
    number : failed drugs needed

    Returns
    -------
    person_id, second_failed_day (NULL: not proven, or without a date), surely_from, possibly_from,
    clozapine_from (earliest day on which clozapine may have been started; NULL: no clozapine on record),
    clozapine_to (last known day of clozapine; NULL: none, or end not known)
    """
    tried = courses.filter(~courses.is_clozapine.fill_null(False))
    failed = counted(tried, tried.failed)
    tried = settle(tried.mutate(proven=failed.fill_null(False), possible=failed.fill_null(True)))
    second = nth_day(
        tried.filter(tried.proven).group_by("person_id", "drug_key").agg(day=lambda t: t.end_day.min()), number
    ).rename(second_failed_day="nth_day")
    candidates = tried.filter(tried.possible)
    by_drug = candidates.group_by("person_id", "drug_key").agg(
        day=candidates.end_day.fill_null(BEFORE_EVERYTHING).min()
    )
    earliest = nth_day(by_drug, number).rename(possibly_from="nth_day")
    ends = tried.group_by("person_id").agg(
        last_possible=ibis.ifelse(tried.possible, tried.end_day, ibis.null("int64")).max(),
        last_recorded=tried.end_day.max(),
        any_undated=(tried.possible & tried.end_day.isnull()).any(),
    )
    clozapine = _clozapine_days(courses)
    joined = people.select("person_id")
    for part in (second, earliest, ends, clozapine, last_visits):
        joined = joined.left_join(part, "person_id").drop("person_id_right")
    last = ibis.ifelse(joined.possibly_from.notnull(), joined.last_possible, joined.last_recorded)
    last = last.fill_null(BEFORE_EVERYTHING)
    # A course without dates was on record when the last visit took place, so it lies before that.
    last = ibis.ifelse(
        joined.any_undated.fill_null(False), ibis.greatest(last, joined.last_visit_day.fill_null(NOW_DAY)), last
    )
    return settle(
        joined.select(
            "person_id", "second_failed_day", "clozapine_from", "clozapine_to",
            surely_from=ibis.coalesce(joined.second_failed_day, last),
            possibly_from=joined.possibly_from.fill_null(BEFORE_EVERYTHING),
        )
    )  # fmt: skip


def _clozapine_days(courses: ir.Table) -> ir.Table:
    maybe = courses.filter(courses.is_clozapine.fill_null(True))
    return maybe.group_by("person_id").agg(
        clozapine_from=maybe.start_day.fill_null(BEFORE_EVERYTHING).min(),
        clozapine_to=ibis.ifelse(
            (maybe.is_clozapine.fill_null(False) & maybe.end_day.isnull()).any(),
            ibis.null("int64"),
            ibis.ifelse(maybe.is_clozapine.fill_null(False), maybe.end_day, ibis.null("int64")).max(),
        ),
    )


def in_window(visits: ir.Table, window: ir.Table) -> ir.Table:
    """Mark visits: surely judged, possibly judged, and able to show that symptoms are *not* there.

    What a visit during clozapine shows can prove resistance but never disprove it, since clozapine may
    be what helped. "Now" is after everything on record, so after clozapine that was stopped.

    Returns
    -------
    ``visits`` with surely_in, possibly_in, can_refute
    """
    joined = visits.filter(visits.day.notnull()).inner_join(window, "person_id")
    now = joined.day == NOW_DAY
    not_after_clozapine = joined.clozapine_to.isnull() | (joined.day <= joined.clozapine_to)
    surely = (now | (joined.day >= joined.surely_from)) & not_after_clozapine
    possibly = (now | (joined.day >= joined.possibly_from)) & not_after_clozapine
    before_clozapine = joined.clozapine_from.isnull() | (joined.day < joined.clozapine_from)
    return settle(
        joined.mutate(surely_in=surely, possibly_in=possibly, can_refute=surely & before_clozapine).drop(
            "second_failed_day", "surely_from", "possibly_from", "clozapine_from", "clozapine_to"
        )
    )
