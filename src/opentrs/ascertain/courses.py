"""Rows -> courses of treatment: one drug, one person, one stretch, with its dose and its duration.

Courses come from two kinds of record: summaries by a clinician (``treatment_courses``) and single
prescriptions, dispensings or depot injections (``drug_exposures``). Both end up in one table.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from opentrs.ascertain.definition import CourseRules
from opentrs.cohort.days import day_number, settle
from opentrs.cohort.model import Cohort
from opentrs.measures.dose import with_daily_dose, with_drug, with_equivalents

COLUMNS = (
    "person_id", "origin", "drug", "ingredient", "drug_key", "is_antipsychotic", "is_clozapine", "is_lai",
    "atc4", "start_day", "end_day", "is_open_ended", "dose_mg_per_day", "dose_cpz_mg_per_day",
    "midpoint_mg_per_day",
    "dose_adequate", "duration_days_low", "duration_days_high", "span_days", "days_covered_percent",
    "adherence_percent", "adherence_sources", "given_reduction_percent", "stop_reason", "prospective",
)  # fmt: skip
DAYS_PER_WEEK = 7
DECIMALS = 6


def all_courses(cohort: Cohort, rules: CourseRules, dose_key: str) -> ir.Table:
    """Return every course that is, or may be, of an antipsychotic.

    Parameters
    ----------
    cohort : people and their tables
    rules : what a course must be
    dose_key : which published dose-equivalence table decides

    Returns
    -------
    one row per course: ``course_id`` (unique within the person), whose drug it is (``ingredient``, NULL
    if not known; ``drug_key`` decides what counts as different), days, mean dose in mg/day and in
    chlorpromazine equivalents, and the answers ``dose_adequate`` and ``duration_adequate`` (yes TRUE, no
    FALSE, unknown NULL). ``duration_days_low`` and ``_high`` are the days at adequate dose that the
    record proves and allows.
    """
    given = _given_courses(cohort.table("treatment_courses"), rules, dose_key)
    built = _courses_from_exposures(cohort.table("drug_exposures"), rules, dose_key)
    courses = given.select(*COLUMNS).union(built.select(*COLUMNS))
    order = ibis.window(
        group_by="person_id",
        order_by=[courses.start_day.isnull(), courses.start_day, courses.end_day, courses.drug_key,
                  courses.origin, courses.dose_mg_per_day, courses.stop_reason,
                  courses.given_reduction_percent, courses.adherence_percent],
    )  # fmt: skip
    duration = rules.duration_days.holds_from(courses.duration_days_low, courses.duration_days_high)
    return settle(courses.mutate(course_id=ibis.row_number().over(order), duration_adequate=duration))


def dose_answer(
    cpz: ir.Value, mg_per_day: ir.Value, midpoint: ir.Value, rules: CourseRules
) -> ir.BooleanValue:
    """Is the dose adequate? Either route to a yes is enough; both must be closed for a no."""
    by_equivalent = (
        rules.dose_cpz_mg_per_day.holds(cpz) if rules.dose_cpz_mg_per_day else ibis.null("boolean")
    )
    if rules.share_of_label_midpoint is None:
        return by_equivalent
    by_midpoint = rules.share_of_label_midpoint.holds(mg_per_day / midpoint)
    # A drug whose midpoint is not listed cannot be adequate by that route.
    return by_equivalent | ibis.ifelse(midpoint.isnull(), False, by_midpoint)


def _identified(rows: ir.Table, rules: CourseRules, origin: str) -> ir.Table:
    """Rows of drugs that are or may be antipsychotics, with the key that decides "different"."""
    known = with_drug(rows)
    known = known.filter(known.is_antipsychotic.fill_null(True))
    different = {
        "ingredient": known.ingredient,
        "ingredient_metabolites_merged": known.metabolite_family,
        "atc4": known.atc4,
    }[rules.different]
    unknown = ibis.literal("unknown:") + known.drug.strip().lower()
    # Two rows without a drug may be of two drugs.
    blank = ibis.literal(f"blank {origin}:") + ibis.row_number().over(
        ibis.window(group_by="person_id", order_by=[known.start_date.isnull(), known.start_date])
    ).cast("string")
    named = ibis.ifelse(known.ingredient.isnull(), unknown, different)
    return settle(known.mutate(drug_key=ibis.coalesce(named, unknown, blank)))


def _given_courses(rows: ir.Table, rules: CourseRules, dose_key: str) -> ir.Table:
    dosed = with_equivalents(with_daily_dose(_identified(rows, rules, "given")), dose_key)
    # Weeks such as 122/7 come back as 121.99999999999999 days.
    days = (dosed.duration_weeks * DAYS_PER_WEEK).round(DECIMALS)
    start = day_number(dosed.start_date)
    adequate = dose_answer(dosed.dose_cpz_mg_per_day, dosed.mg_per_day, dosed.midpoint_mg_per_day, rules)
    end = start + days.ceil().cast("int64") - 1
    return dosed.select(
        "person_id", "drug", "ingredient", "drug_key", "is_antipsychotic", "is_clozapine", "atc4",
        "adherence_percent", "adherence_sources", "stop_reason", "prospective",
        "dose_cpz_mg_per_day", "midpoint_mg_per_day",
        origin=ibis.literal("given"),
        is_lai=dosed.route_used == "lai",
        dose_mg_per_day=dosed.mg_per_day,
        start_day=start,
        end_day=ibis.ifelse(end < start, start, end),
        dose_adequate=adequate,
        duration_days_low=days,
        duration_days_high=days,
        is_open_ended=end.isnull(),
        span_days=days,
        days_covered_percent=ibis.null("float64"),
        given_reduction_percent=dosed.symptom_reduction_percent,
    )  # fmt: skip


def covered_exposures(rows: ir.Table, rules: CourseRules, dose_key: str) -> ir.Table:
    """Dated exposures to what is or may be an antipsychotic, each with the days it covers.

    Parameters
    ----------
    rows : ``drug_exposures``
    rules : what makes two drugs different
    dose_key : which published dose-equivalence table decides

    Returns
    -------
    one row per person, drug and first day: start_day, end_day (counted in; a later exposure of the drug takes
    over), is_open (the end is not known), is_lai, dose_mg_per_day, dose_cpz_mg_per_day, is_partial_cpz (some
    of the dose has no equivalent), is_antipsychotic (NULL if the drug is not known), drug_key
    """
    return _covered(_same_day_added(_dosed(rows, rules, dose_key)))


def _dosed(rows: ir.Table, rules: CourseRules, dose_key: str) -> ir.Table:
    return settle(with_equivalents(with_daily_dose(_identified(rows, rules, "exposures")), dose_key))


def _courses_from_exposures(rows: ir.Table, rules: CourseRules, dose_key: str) -> ir.Table:
    dosed = _dosed(rows, rules, dose_key)
    dated = _stretches(_covered(_same_day_added(dosed)), rules)
    runs = _adequate_runs(dated, rules)
    undated = dosed.filter(dosed.start_date.isnull())
    return _summed_up(dated, runs).union(_undated_courses(undated, rules).select(*COLUMNS))


def _same_day_added(dosed: ir.Table) -> ir.Table:
    """Doses of one drug that start the same day add up; with one unknown the sum is a lower bound."""
    start = day_number(dosed.start_date)
    supplied = start + dosed.days_supply.ceil().cast("int64") - 1
    injected = ibis.ifelse(
        dosed.route_used == "lai", start + dosed.interval_days.ceil().cast("int64") - 1, None
    )
    end = ibis.coalesce(day_number(dosed.end_date), supplied, injected.cast("int64"))
    rows = dosed.filter(dosed.start_date.notnull()).mutate(start_day=start, end_day=end)

    return rows.group_by("person_id", "drug_key", "start_day").agg(
        **{name: rows[name].max() for name in ("drug", "ingredient", "atc4")},
        is_antipsychotic=rows.is_antipsychotic.any(),
        is_clozapine=rows.is_clozapine.any(),
        is_lai=(rows.route_used == "lai").any(),
        known_end_day=ibis.greatest(rows.end_day.max(), rows.start_day.max()).fill_null(rows.start_day.max()),
        is_open=rows.end_day.isnull().any(),
        dose_mg_per_day=rows.mg_per_day.sum(),
        dose_cpz_mg_per_day=rows.dose_cpz_mg_per_day.sum(),
        is_partial=rows.mg_per_day.isnull().any(),
        is_partial_cpz=rows.dose_cpz_mg_per_day.isnull().any(),
        midpoint_mg_per_day=rows.midpoint_mg_per_day.max(),
    )


def _covered(exposures: ir.Table) -> ir.Table:
    """Days each exposure covers: a later exposure of the drug takes over from its own first day."""
    order = ibis.window(group_by=["person_id", "drug_key"], order_by="start_day")
    next_start = exposures.start_day.lead().over(order)
    end = ibis.least(exposures.known_end_day, ibis.coalesce(next_start - 1, exposures.known_end_day))
    return settle(exposures.mutate(end_day=end))


def _stretches(exposures: ir.Table, rules: CourseRules) -> ir.Table:
    """Number the stretches of one drug: a gap longer than allowed starts a new one."""
    order = ibis.window(group_by=["person_id", "drug_key"], order_by="start_day")
    gap = exposures.start_day - exposures.end_day.lag().over(order) - 1
    goes_on = rules.gap_days.holds(gap).fill_null(False)
    adequate = dose_answer(
        exposures.dose_cpz_mg_per_day, exposures.dose_mg_per_day, exposures.midpoint_mg_per_day, rules
    )
    partial = exposures.is_partial | exposures.is_partial_cpz
    none = ibis.null("float64")
    marked = exposures.mutate(
        is_new=~goes_on,
        after_open=exposures.is_open.lag().over(order).fill_null(False),
        # Part of the day's dose is not known: what is known may be enough, never too little.
        adequate=ibis.ifelse(partial & ~adequate.fill_null(False), ibis.null("boolean"), adequate),
        dose_mg_per_day=ibis.ifelse(exposures.is_partial, none, exposures.dose_mg_per_day),
        dose_cpz_mg_per_day=ibis.ifelse(exposures.is_partial_cpz, none, exposures.dose_cpz_mg_per_day),
    )
    running = ibis.window(group_by=["person_id", "drug_key"], order_by="start_day", preceding=(None, 0))
    return settle(marked.mutate(stretch=marked.is_new.sum().over(running)))


def _adequate_runs(exposures: ir.Table, rules: CourseRules) -> ir.Table:
    """Longest run at adequate dose in each stretch: proven, and still possible.

    A known low dose breaks both; an unknown dose, or an unknown end, breaks the proven one only.
    """
    proven = _runs(
        exposures.mutate(in_run=exposures.adequate.fill_null(False), breaks=exposures.after_open), "proven"
    )
    possible = _runs(
        exposures.mutate(in_run=exposures.adequate.fill_null(True), breaks=ibis.literal(False)), "possible"
    )
    keys = ["person_id", "drug_key", "stretch"]
    longest_proven = proven.group_by(keys).agg(duration_days_low=proven.days.max())
    longest_possible = possible.group_by(keys).agg(
        duration_days_high=ibis.ifelse(possible.is_open.any(), ibis.null("int64"), possible.days.max())
    )
    best = proven.inner_join(longest_proven, keys).filter(lambda t: t.days == t.duration_days_low)
    first_best = best.group_by([*keys, "duration_days_low"]).agg(run_start=best.run_start.min())
    every = exposures.select(*keys).distinct()
    return settle(
        every.left_join(first_best, keys).drop("person_id_right", "drug_key_right", "stretch_right")
        .left_join(longest_possible, keys).drop("person_id_right", "drug_key_right", "stretch_right")
    )  # fmt: skip


def _runs(exposures: ir.Table, name: str) -> ir.Table:
    """Consecutive exposures that are ``in_run``, within a stretch, unbroken by ``breaks``."""
    keys = ["person_id", "drug_key", "stretch"]
    order = ibis.window(group_by=keys, order_by="start_day")
    was_in = exposures.in_run.lag().over(order).fill_null(False)
    starts = exposures.in_run & (~was_in | exposures.breaks)
    marked = exposures.mutate(starts=starts)
    running = ibis.window(group_by=keys, order_by="start_day", preceding=(None, 0))
    numbered = marked.mutate(run=marked.starts.sum().over(running)).filter(lambda t: t.in_run)
    runs = numbered.group_by([*keys, "run"]).agg(
        run_start=numbered.start_day.min(),
        days=numbered.end_day.max() - numbered.start_day.min() + 1,
        is_open=numbered.is_open.any(),
    )
    return settle(runs)


def _summed_up(exposures: ir.Table, runs: ir.Table) -> ir.Table:
    """One row per stretch; the dose is that of its longest adequate run, else of all its days."""
    keys = ["person_id", "drug_key", "stretch"]
    joined = exposures.inner_join(runs, keys)
    days = (joined.end_day - joined.start_day + 1).cast("float64")
    run_end = joined.run_start + joined.duration_days_low - 1
    counts = joined.run_start.isnull() | (
        (joined.start_day >= joined.run_start) & (joined.start_day <= run_end)
    )
    weighted = joined.mutate(days=days, dose_days=ibis.ifelse(counts, days, 0.0))

    def mean(column: str) -> ir.Value:
        blank = (weighted[column].isnull() & (weighted.dose_days > 0)).any()
        total = (weighted[column] * weighted.dose_days).sum() / weighted.dose_days.sum()
        return ibis.ifelse(blank, ibis.null("float64"), total)

    summed = weighted.group_by(keys).agg(
        **{name: weighted[name].max() for name in ("drug", "ingredient", "atc4", "midpoint_mg_per_day")},
        **{name: weighted[name].any() for name in ("is_antipsychotic", "is_clozapine", "is_lai")},
        start_day=weighted.start_day.min(),
        end_day=weighted.end_day.max(),
        is_open_ended=ibis.ifelse(weighted.is_open, weighted.start_day, ibis.null("int64")).max()
        == weighted.start_day.max(),
        covered=weighted.days.sum(),
        dose_mg_per_day=mean("dose_mg_per_day"),
        dose_cpz_mg_per_day=mean("dose_cpz_mg_per_day"),
        any_adequate=weighted.adequate.fill_null(False).any(),
        any_unknown=weighted.adequate.isnull().any(),
        duration_days_low=weighted.duration_days_low.max().fill_null(0).cast("float64"),
        duration_days_high=weighted.duration_days_high.max().cast("float64"),
    )
    possible = summed.any_adequate | summed.any_unknown
    span = summed.end_day - summed.start_day + 1
    return summed.select(
        "person_id", "drug", "ingredient", "drug_key", "is_antipsychotic", "is_clozapine", "is_lai", "atc4",
        "start_day", "end_day", "dose_mg_per_day", "dose_cpz_mg_per_day", "midpoint_mg_per_day",
        "duration_days_low",
        origin=ibis.literal("exposures"),
        dose_adequate=ibis.cases(
            (summed.any_adequate, True), (summed.any_unknown, ibis.null("boolean")), else_=False
        ),
        # No exposure that is, or could be, at adequate dose: no day at adequate dose is possible. A row
        # without a drug may lengthen the course of another drug.
        duration_days_high=ibis.cases(
            (summed.drug.isnull(), ibis.null("float64")), (possible, summed.duration_days_high), else_=0.0
        ),
        is_open_ended=summed.is_open_ended.fill_null(False),
        span_days=span.cast("float64"),
        days_covered_percent=100 * summed.covered / span,
        **_nothing_said(),
    ).select(*COLUMNS)  # fmt: skip


def _undated_courses(rows: ir.Table, rules: CourseRules) -> ir.Table:
    """Exposures without a first day: the drug was given, when and for how long is not known."""
    adequate = dose_answer(rows.dose_cpz_mg_per_day, rows.mg_per_day, rows.midpoint_mg_per_day, rules)
    supplied = rows.days_supply.fill_null(0.0)
    return rows.select(
        "person_id", "drug", "ingredient", "drug_key", "is_antipsychotic", "is_clozapine", "atc4",
        "dose_cpz_mg_per_day", "midpoint_mg_per_day",
        origin=ibis.literal("exposures"),
        is_lai=rows.route_used == "lai",
        start_day=ibis.null("int64"),
        end_day=ibis.null("int64"),
        is_open_ended=ibis.literal(True),
        dose_mg_per_day=rows.mg_per_day,
        dose_adequate=adequate,
        duration_days_low=ibis.ifelse(adequate, supplied, 0.0),
        # With other rows of the drug it may be longer than its own supply, but never at an adequate dose.
        duration_days_high=ibis.ifelse(adequate.fill_null(True), ibis.null("float64"), 0.0),
        span_days=ibis.null("float64"),
        days_covered_percent=ibis.null("float64"),
        **_nothing_said(),
    ).select(*COLUMNS)  # fmt: skip


def _nothing_said() -> dict[str, ir.Value]:
    """What only a clinician's summary can hold."""
    return {
        "adherence_percent": ibis.null("float64"),
        "adherence_sources": ibis.null("string"),
        "given_reduction_percent": ibis.null("float64"),
        "stop_reason": ibis.null("string"),
        "prospective": ibis.null("string"),
    }
