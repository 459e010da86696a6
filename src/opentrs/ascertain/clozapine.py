"""Clozapine: was it tried adequately, and did it help?"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from opentrs.ascertain.evidence import Evidence
from opentrs.cohort.days import settle

COURSE = ["person_id", "course_id"]


def clozapine_courses(evidence: Evidence) -> ir.Table:
    """Every clozapine course with whether it was adequate.

    Adequate: long enough, and enough levels in range; where no level was drawn, a sufficient dose. Too
    few levels in range leave it unknown; levels that are all known and below settle it.

    Returns
    -------
    person_id, course_id, start_day, end_day, span_days, dose_mg_per_day, n_levels, n_levels_in_range,
    adequate, not_responding
    """
    rules = evidence.definition.clozapine
    courses = evidence.courses.filter(evidence.courses.is_clozapine)
    drawn = evidence.levels.filter(evidence.levels.is_clozapine)
    in_range = rules.level_ng_per_ml.holds(drawn.level_ng_per_ml)
    placed = drawn.day.notnull()
    levels = drawn.group_by(COURSE).agg(
        n_levels=drawn.count(),
        n_levels_in_range=(in_range & placed).fill_null(False).sum(),
        n_levels_maybe=(in_range | drawn.level_ng_per_ml.isnull() | ~placed).fill_null(True).sum(),
    )
    joined = courses.left_join(levels, COURSE).drop("person_id_right", "course_id_right")
    n_levels = joined.n_levels.fill_null(0)
    by_level = ibis.cases(
        (rules.levels.holds(joined.n_levels_in_range), True),
        (joined.n_levels_maybe == 0, False),
        else_=ibis.null("boolean"),
    )
    enough_dose = rules.dose_mg_per_day_without_level.holds(joined.dose_mg_per_day)
    by_dose = ibis.ifelse(enough_dose, True, ibis.null("boolean"))
    exposed = ibis.ifelse(n_levels > 0, by_level, by_dose)
    return settle(
        joined.select(
            *COURSE, "start_day", "end_day", "span_days", "dose_mg_per_day", "not_responding",
            n_levels=n_levels, n_levels_in_range=joined.n_levels_in_range.fill_null(0),
            adequate=rules.duration_days.holds(joined.span_days) & exposed,
        )
    )  # fmt: skip


def clozapine_status(evidence: Evidence, courses: ir.Table) -> ir.Table:
    """responsive, resistant, not_tried or unknown: person_id, clozapine.

    One course that was responded to makes a person responsive; resistant needs an adequate course
    without response. Not tried needs a complete history without clozapine, or anything that may be it.
    """
    maybe = evidence.courses.filter(evidence.courses.is_clozapine.fill_null(True))
    on_record = maybe.group_by("person_id").agg(n_maybe=maybe.count())
    outcome = courses.group_by("person_id").agg(
        responded=(~courses.not_responding).any(),
        resisted=(courses.adequate & courses.not_responding).any(),
    )
    joined = evidence.people
    for part in (on_record, outcome):
        joined = joined.left_join(part, "person_id").drop("person_id_right")
    status = ibis.cases(
        (joined.responded, "responsive"),
        (joined.resisted, "resistant"),
        (joined.n_maybe.isnull() & joined.is_complete, "not_tried"),
        else_="unknown",
    )
    return settle(joined.select("person_id", clozapine=status))
