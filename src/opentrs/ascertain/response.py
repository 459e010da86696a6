"""How a course went: did the symptoms fall, or stay?"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from opentrs.ascertain.definition import CourseRules
from opentrs.cohort.days import settle
from opentrs.measures.symptoms import NOW_DAY, REDUCTION_SCALES, reduction_bounds

COURSE = ["person_id", "course_id"]


def with_response(
    courses: ir.Table, totals: ir.Table, visits: ir.Table, undated: ir.Table, rules: CourseRules
) -> ir.Table:
    """Answer, for every course, whether it failed to bring a response.

    Scores before and after come first: the clinician's own figure, else the first scale rated at both
    times. Where there are none, symptoms still at least moderate at the end, or stopping for inefficacy,
    mean no response; stopping for another reason says nothing.

    Parameters
    ----------
    courses : from :func:`opentrs.ascertain.courses.all_courses`
    totals : from :func:`opentrs.measures.symptoms.totals`
    visits : from :func:`opentrs.measures.symptoms.visit_severity`
    undated : people some of whose ratings have no date: those may be the scores that seem to be missing
    rules : windows and threshold

    Returns
    -------
    ``courses`` with reduction_low and reduction_high (percent), reduction_scale, uncorrected_percent,
    is_documented, not_responding and failed (yes TRUE, no FALSE, unknown NULL)
    """
    scored = _scores_before_and_after(courses, totals, rules)
    ended = _moderate_at_end(courses, visits, rules)
    doubts = undated.mutate(has_undated=ibis.literal(True))
    joined = (
        courses.left_join(scored, COURSE).drop("person_id_right", "course_id_right")
        .left_join(ended, COURSE).drop("person_id_right", "course_id_right")
        .left_join(doubts, "person_id").drop("person_id_right")
    )  # fmt: skip
    given = joined.given_reduction_percent
    has_scores = joined.reduction_scale.notnull()
    by_scores = ibis.ifelse(
        given.notnull(),
        rules.reduction_percent.holds(given),
        rules.reduction_percent.holds_between(joined.reduction_low, joined.reduction_high),
    )
    stopped_for_inefficacy = joined.stop_reason == "inefficacy"
    by_end = joined.moderate_at_end | stopped_for_inefficacy
    # A known other reason is no evidence either way unless symptoms are known to be below moderate.
    said_nothing = joined.moderate_at_end.isnull() & ~stopped_for_inefficacy.fill_null(False)
    by_end = ibis.ifelse(said_nothing | joined.has_undated.fill_null(False), ibis.null("boolean"), by_end)
    not_responding = ibis.ifelse(given.notnull() | has_scores, by_scores, by_end)
    documented = (
        given.notnull() | has_scores | joined.moderate_at_end.notnull() | joined.stop_reason.notnull()
    )
    answered = joined.mutate(
        not_responding=not_responding,
        is_documented=documented,
        reduction_low=ibis.coalesce(given, joined.reduction_low),
        reduction_high=ibis.coalesce(given, joined.reduction_high),
    )
    failed = answered.dose_adequate & answered.duration_adequate & answered.not_responding
    return settle(answered.mutate(failed=failed).drop("has_undated"))


def _scores_before_and_after(courses: ir.Table, totals: ir.Table, rules: CourseRules) -> ir.Table:
    """For each course the first scale that has a score before and one after, and the reduction."""
    spans = _spans(courses)
    dated = totals.filter(totals.scale.isin(REDUCTION_SCALES))
    near = spans.inner_join(dated, "person_id")
    day, start = near.day, near.start_day
    before = (day >= start - rules.baseline_days_before) & (day <= start)
    just_after = (day > start) & (day <= start + rules.baseline_days_after)
    # The course's first day is its day 1.
    late = (day >= start + rules.response_from_day - 1) & (day <= near.end_day)
    past = (day > near.end_day) & (day <= near.end_day + rules.response_days_after)
    chosen = near.group_by([*COURSE, "scale"]).agg(
        last_before=ibis.ifelse(before, day, ibis.null("int64")).max(),
        first_after=ibis.ifelse(just_after, day, ibis.null("int64")).min(),
        last_late=ibis.ifelse(late, day, ibis.null("int64")).max(),
        first_past=ibis.ifelse(past, day, ibis.null("int64")).min(),
    )
    # Past the end the next drug may already be at work, so those visits come second, nearest first.
    chosen = chosen.mutate(
        before_day=ibis.coalesce(chosen.last_before, chosen.first_after),
        after_day=ibis.coalesce(chosen.last_late, chosen.first_past),
    )
    chosen = chosen.filter(chosen.before_day.notnull() & (chosen.after_day > chosen.before_day))
    ranked = chosen.mutate(rank=_scale_rank(chosen.scale))
    best = ranked.group_by(COURSE).agg(rank=ranked.rank.min())
    chosen = settle(ranked.inner_join(best, [*COURSE, "rank"]))

    def score(name: str, day_column: str) -> ir.Table:
        return dated.select(
            "person_id", "scale", "floor", **{day_column: dated.day, f"{name}_low": dated.total_low,
                                              f"{name}_high": dated.total_high}
        )  # fmt: skip

    both = chosen.inner_join(score("before", "before_day"), ["person_id", "scale", "before_day"])
    both = both.inner_join(score("after", "after_day").drop("floor"), ["person_id", "scale", "after_day"])
    low, high = reduction_bounds(
        both.before_low, both.before_high, both.after_low, both.after_high, both.floor
    )
    exact = (both.before_low == both.before_high) & (both.after_low == both.after_high)
    uncorrected = 100 * (both.before_low - both.after_low) / both.before_low.nullif(0)
    return settle(
        both.select(
            *COURSE, "before_day", "after_day",
            reduction_scale=both.scale, reduction_low=low, reduction_high=high,
            uncorrected_percent=ibis.ifelse(exact, uncorrected, ibis.null("float64")),
        )
    )  # fmt: skip


def _spans(courses: ir.Table) -> ir.Table:
    """Days of the courses visits can be set against: not those whose end is not known."""
    known = courses.filter(courses.start_day.notnull() & courses.end_day.notnull() & ~courses.is_open_ended)
    return known.select(*COURSE, "start_day", "end_day")


def _scale_rank(scale: ir.StringColumn) -> ir.IntegerColumn:
    return ibis.cases(
        *[(scale == name, rank) for rank, name in enumerate(REDUCTION_SCALES)], else_=len(REDUCTION_SCALES)
    )


def _moderate_at_end(courses: ir.Table, visits: ir.Table, rules: CourseRules) -> ir.Table:
    """Whether the last visit around a course's end shows at least moderate symptoms."""
    spans = _spans(courses)
    rated = visits.select("person_id", "day", "meets").filter(visits.day < NOW_DAY)
    near = spans.inner_join(rated, "person_id")
    day, end = near.day, near.end_day
    up_to = (day > near.start_day) & (day >= end - rules.response_days_after) & (day <= end)
    past = (day > end) & (day <= end + rules.response_days_after)
    chosen = near.group_by(COURSE).agg(
        last_up_to=ibis.ifelse(up_to, day, ibis.null("int64")).max(),
        first_past=ibis.ifelse(past, day, ibis.null("int64")).min(),
    )
    chosen = chosen.select(*COURSE, day=ibis.coalesce(chosen.last_up_to, chosen.first_past))
    found = near.inner_join(settle(chosen), [*COURSE, "day"])
    return settle(found.select(*COURSE, moderate_at_end="meets"))
