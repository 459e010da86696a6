"""When symptoms and function are judged: after the second failed course, before or on clozapine.

Where it is not known which course was the second to fail, there are two windows: a visit after the
latest candidate is in the window whichever it was; a visit before the earliest is in none.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from opentrs.cohort.days import settle
from opentrs.measures.symptoms import NOW_DAY

BEFORE_EVERYTHING = -1_000_000


def beside(left: ir.Table, right: ir.Table) -> ir.Table:
    """What is known of each person of ``left``, with what ``right`` adds (one row per person)."""
    return left.left_join(right, "person_id").drop("person_id_right")


def counted(courses: ir.Table, answer: ir.BooleanValue) -> ir.BooleanValue:
    """An answer about a course, as far as the course counts towards the drugs tried.

    A drug that is not known may be no antipsychotic, clozapine, or the same drug again: its course can
    only be possible.
    """
    certain = courses.ingredient.notnull() & ~courses.is_clozapine
    return ibis.ifelse(certain, answer, ibis.ifelse(answer.fill_null(True), None, False).cast("boolean"))


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
        tried.filter(tried.proven).group_by("person_id", "drug_key").agg(day=lambda t: t.end_day.min()),
        number,
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
    maybe = courses.filter(courses.is_clozapine.fill_null(True))
    clozapine = maybe.group_by("person_id").agg(
        clozapine_from=maybe.start_day.fill_null(BEFORE_EVERYTHING).min()
    )
    joined = people.select("person_id")
    for part in (second, earliest, ends, clozapine, last_visits):
        joined = joined.left_join(settle(part), "person_id").drop("person_id_right")
    joined = settle(joined)
    last = ibis.ifelse(joined.possibly_from.notnull(), joined.last_possible, joined.last_recorded)
    last = last.fill_null(BEFORE_EVERYTHING)
    # A course without dates was on record when the last visit took place, so it lies before that.
    last = ibis.ifelse(
        joined.any_undated.fill_null(False),
        ibis.greatest(last, joined.last_visit_day.fill_null(NOW_DAY)),
        last,
    )
    return settle(
        joined.select(
            "person_id", "second_failed_day", "clozapine_from",
            surely_from=ibis.coalesce(joined.second_failed_day, last),
            possibly_from=joined.possibly_from.fill_null(BEFORE_EVERYTHING),
        )
    )  # fmt: skip


def in_window(visits: ir.Table, window: ir.Table, courses: ir.Table) -> ir.Table:
    """Mark visits: surely judged, possibly judged, and able to show that symptoms are *not* there.

    A visit counts before clozapine was ever started, or during a course of it; after clozapine was stopped
    it no longer does. What a visit during clozapine shows can prove resistance but never disprove it, since
    clozapine may be what helped. "Now" is after everything on record.

    Returns
    -------
    ``visits`` with surely_in, possibly_in, can_refute
    """
    dated = visits.filter(visits.day.notnull())
    days = settle(dated.select("person_id", "day").distinct().inner_join(window, "person_id"))
    placed = settle(days.left_join(_clozapine_cover(days, courses), ["person_id", "day"]).drop(
        "person_id_right", "day_right"
    ))  # fmt: skip
    during, maybe_during = (placed[name].fill_null(False) for name in ("during", "maybe_during"))
    never_started = placed.n_clozapine.isnull()
    now = placed.day == NOW_DAY
    marks = placed.select(
        "person_id", "day",
        surely_in=(now | (placed.day >= placed.surely_from)) & (never_started | during),
        possibly_in=(now | (placed.day >= placed.possibly_from)) & (never_started | during | maybe_during),
        before_maybe=placed.clozapine_from.isnull() | (placed.day < placed.clozapine_from),
    )  # fmt: skip
    marks = settle(marks.mutate(can_refute=marks.surely_in & marks.before_maybe).drop("before_maybe"))
    return settle(dated.inner_join(marks, ["person_id", "day"]))


def _clozapine_cover(days: ir.Table, courses: ir.Table) -> ir.Table:
    """Days on or after the first known clozapine: surely or perhaps during a course of it."""
    clozapine = courses.filter(courses.is_clozapine).select("person_id", "start_day", "end_day")
    joined = days.select("person_id", "day").inner_join(clozapine, "person_id")
    started = joined.filter(joined.start_day.isnull() | (joined.start_day <= joined.day))
    return started.group_by("person_id", "day").agg(
        n_clozapine=started.count(),
        during=(started.day <= started.end_day).fill_null(False).any(),
        maybe_during=(started.start_day.isnull() | started.end_day.isnull()).any(),
    )
