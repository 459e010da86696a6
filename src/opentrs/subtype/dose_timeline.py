"""The total antipsychotic dose of each person from day to day, and where it was lowered or raised."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from opentrs.ascertain.courses import covered_exposures
from opentrs.ascertain.definition import CourseRules
from opentrs.cohort.days import settle
from opentrs.cohort.model import Cohort

DECIMALS = 6


def dose_segments(cohort: Cohort, rules: CourseRules, dose_key: str) -> ir.Table:
    """Stretches of days over which nothing changed.

    Gaps between two exposures of a drug that are short enough to be a late refill are bridged. The end of a
    prescription nobody dated is not taken for a stop.

    Returns
    -------
    person_id, start_day, next_day (first day of the next stretch; NULL for the last), n_drugs (taken
    at the time), dose_cpz_mg_per_day (total; NULL if any part is not known), depot_ended (a depot ended the
    day before), dose_before and n_before (of the stretch before; NULL and 0 for the first)
    """
    exposures = covered_exposures(cohort.table("drug_exposures"), rules, dose_key)
    exposures = _bridged(exposures.filter(exposures.is_antipsychotic), rules)
    dose = ibis.ifelse(exposures.is_partial_cpz, 0.0, exposures.dose_cpz_mg_per_day).fill_null(0.0)
    unknown = ibis.ifelse(exposures.is_partial_cpz | exposures.dose_cpz_mg_per_day.isnull(), 1, 0)
    starts = exposures.select(
        "person_id", day=exposures.start_day, dose=dose, drugs=ibis.literal(1, "int64"),
        unknown=unknown.cast("int64"), depot=ibis.literal(0, "int64"),
    )  # fmt: skip
    ended = exposures.filter(exposures.known_stop).mutate(dose=dose, unknown=unknown)
    ends = ended.select(
        "person_id", day=ended.end_day + 1, dose=-ended.dose, drugs=ibis.literal(-1, "int64"),
        unknown=-ended.unknown.cast("int64"), depot=ibis.ifelse(ended.is_lai, 1, 0).cast("int64"),
    )  # fmt: skip
    changes = starts.union(ends).group_by("person_id", "day").agg(
        dose=lambda t: t.dose.sum(), drugs=lambda t: t.drugs.sum(), unknown=lambda t: t.unknown.sum(),
        depot=lambda t: t.depot.max(),
    )  # fmt: skip
    changes = settle(changes)
    so_far = ibis.window(group_by="person_id", order_by="day", preceding=(None, 0))
    in_order = ibis.window(group_by="person_id", order_by="day")
    summed = changes.mutate(
        # Sums that go up and down again leave a rounding error; a dose is known to less than that.
        total=changes.dose.sum().over(so_far).round(DECIMALS),
        n_drugs=changes.drugs.sum().over(so_far),
        n_unknown=changes.unknown.sum().over(so_far),
        next_day=changes.day.lead().over(in_order),
    )
    known = summed.mutate(total=ibis.ifelse(summed.n_unknown > 0, ibis.null("float64"), summed.total))
    return settle(
        known.select(
            "person_id", "next_day", "n_drugs",
            start_day=known.day,
            dose_cpz_mg_per_day=known.total,
            depot_ended=known.depot == 1,
            dose_before=known.total.lag().over(in_order),
            n_before=known.n_drugs.lag().over(in_order).fill_null(0),
        )
    )  # fmt: skip


def _bridged(exposures: ir.Table, rules: CourseRules) -> ir.Table:
    """Let an exposure last to the next one of the drug where the gap is that of a late refill."""
    order = ibis.window(group_by=["person_id", "drug_key"], order_by="start_day")
    following = exposures.start_day.lead().over(order)
    joined = settle(exposures.mutate(following=following))
    gap = joined.following - joined.end_day - 1
    bridged = rules.gap_days.holds(gap).fill_null(False)
    # Without a known end, the next row of the same drug is where this one was last known to be taken over.
    taken_over = joined.is_open & joined.following.notnull()
    end = ibis.ifelse(bridged | taken_over, joined.following - 1, joined.end_day)
    return settle(joined.mutate(end_day=end, known_stop=~joined.is_open | taken_over))
