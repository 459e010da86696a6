"""The questions a definition's rows may ask of visits, levels and records, each answered for everybody.

Every question returns the same columns, so that a new one needs nothing elsewhere:

``answer`` (yes TRUE, no FALSE, unknown NULL), ``day`` (when a yes was first so; NULL if not placed in
time), and what the evidence sentence quotes: ``n`` (how many speak for it), ``possible`` (how many do or
may), ``value`` (a score, level or day count). Questions about courses are in ``course_questions.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

from opentrs import reference
from opentrs.ascertain.course_questions import AT_LEAST_ONE, COURSE_QUESTIONS, answer_course_questions
from opentrs.ascertain.definition import Criterion
from opentrs.ascertain.evidence import Evidence
from opentrs.ascertain.window import beside, in_window, nth_day
from opentrs.cohort.days import DAYS_PER_YEAR, day_number, settle
from opentrs.measures.symptoms import NOW_DAY
from opentrs.stats.compare import Comparison

Question = Callable[[Evidence, Criterion], ir.Table]


def _for_everybody(evidence: Evidence, *parts: ir.Table) -> ir.Table:
    joined = evidence.people.select("person_id", "is_complete")
    for part in parts:
        joined = joined.left_join(part, "person_id").drop("person_id_right")
    return joined


def _needs(criterion: Criterion) -> Comparison:
    return criterion.needs if criterion.needs is not None else AT_LEAST_ONE


# --- questions about visits ----------------------------------------------------------------------


def _visits(evidence: Evidence, visits: ir.Table, undated: ir.Table, *, may_refute: bool = True) -> ir.Table:
    """Is there a visit in the window whose ``meets`` holds? A no needs a complete history, a visit that
    could refute, and none that could still meet it."""
    counts = visits.group_by("person_id").agg(
        n=(visits.surely_in & visits.meets).sum(),
        possible=(visits.possibly_in & visits.meets.fill_null(True)).sum(),
        refuting=(visits.can_refute & ~visits.meets).sum(),
        day=ibis.ifelse(visits.surely_in & visits.meets, visits.day, ibis.null("int64")).min(),
    )
    doubts = undated.select("person_id", in_doubt="person_id")
    joined = _for_everybody(evidence, counts, doubts)
    n = joined.n.fill_null(0)
    refuted = joined.is_complete & (joined.possible == 0) & (joined.refuting > 0) & joined.in_doubt.isnull()
    answer = ibis.cases((n > 0, True), (refuted & may_refute, False), else_=ibis.null("boolean"))
    return settle(
        joined.select(
            "person_id", answer=answer, day=joined.day.nullif(NOW_DAY), n=n,
            possible=joined.possible.fill_null(0), value=ibis.null("float64"),
        )
    )  # fmt: skip


def scale_used(evidence: Evidence, criterion: Criterion) -> ir.Table:
    """A validated scale was used in the window; not finding one is never a no."""
    rated = evidence.visits.mutate(meets=evidence.visits.is_rated)
    return _visits(evidence, rated, evidence.undated_ratings, may_refute=False)


def severity(evidence: Evidence, criterion: Criterion) -> ir.Table:
    """Some visit in the window shows at least moderate positive or negative symptoms."""
    return _visits(evidence, evidence.visits, evidence.undated_ratings)


def function(evidence: Evidence, criterion: Criterion) -> ir.Table:
    """Some visit in the window shows at least moderate impairment."""
    return _visits(evidence, evidence.function, evidence.undated_function)


def persistence(evidence: Evidence, criterion: Criterion) -> ir.Table:
    """At least moderate at visits far enough apart, with no visit below moderate between.

    Every visit between counts, also one that lies outside the window (after clozapine was stopped).
    """
    long_enough = evidence.definition.persistence_days
    dated = evidence.visits.filter(evidence.visits.day < NOW_DAY)
    proven = _longest_run(dated, dated.meets.fill_null(False), dated.surely_in, long_enough)
    possible = _longest_run(dated, dated.meets.fill_null(True), dated.possibly_in, long_enough)
    possible = possible.select("person_id", possible_days="days")
    refuting = dated.filter(dated.can_refute).group_by("person_id").agg(
        refuting_span=lambda t: t.day.max() - t.day.min()
    )  # fmt: skip
    doubts = evidence.undated_ratings.select("person_id", in_doubt="person_id")
    joined = _for_everybody(evidence, proven, possible, refuting, doubts)
    met = long_enough.holds(joined.days)
    refuted = (
        joined.is_complete
        & long_enough.holds(joined.refuting_span)
        & ~long_enough.holds(joined.possible_days.fill_null(0))
        & joined.in_doubt.isnull()
    )
    answer = ibis.cases((met, True), (refuted, False), else_=ibis.null("boolean"))
    return settle(
        joined.select(
            "person_id", answer=answer, day=joined.reached,
            n=joined.n_visits.fill_null(0), possible=joined.possible_days.fill_null(0),
            value=joined.days.cast("float64"),
        )
    )  # fmt: skip


def _longest_run(
    visits: ir.Table, meets: ir.BooleanValue, judged: ir.BooleanValue, long_enough: Comparison
) -> ir.Table:
    """Longest stretch of visits that all meet, first to last judged one: days, and when long enough."""
    so_far = ibis.window(group_by="person_id", order_by="day", preceding=(None, 0))
    marked = visits.select("person_id", "day", meets=meets, judged=judged, breaks=~meets)
    numbered = marked.mutate(run=marked.breaks.sum().over(so_far))
    numbered = numbered.filter(numbered.meets & numbered.judged)
    first = numbered.group_by("person_id", "run").agg(first_day=numbered.day.min())
    placed = numbered.inner_join(first, ["person_id", "run"])
    spans = placed.mutate(days=placed.day - placed.first_day)
    return settle(
        spans.group_by("person_id").agg(
            days=spans.days.max(),
            n_visits=spans.count(),
            reached=ibis.ifelse(long_enough.holds(spans.days), spans.day, ibis.null("int64")).min(),
        )
    )


def _scores(evidence: Evidence, scales: tuple[str, ...], needs: Comparison, from_totals: bool) -> ir.Table:
    """Visits with a score of one of these scales that satisfies ``needs``."""
    window = evidence.window
    if from_totals:
        rows = evidence.measured.totals.filter(evidence.measured.totals.scale.isin(scales))
        rows = rows.select("person_id", "day", low="total_low", high="total_high")
    else:
        scored = evidence.measured.scored
        rows = scored.filter(scored.item.isin(scales)).select(
            "person_id", "day", low="value_low", high="value_high"
        )
    return in_window(rows.mutate(meets=needs.holds_between(rows.low, rows.high)), window, evidence.courses)


def cgi_severity(evidence: Evidence, criterion: Criterion) -> ir.Table:
    """The clinical global impression of severity reaches a score in the window."""
    rows = _scores(evidence, ("CGI-S",), _needs(criterion), from_totals=False)
    return _visits(evidence, rows, evidence.undated_ratings)


def bprs_total(evidence: Evidence, criterion: Criterion) -> ir.Table:
    """The BPRS-18 total reaches a score in the window."""
    rows = _scores(evidence, ("BPRS-18",), _needs(criterion), from_totals=True)
    return _visits(evidence, rows, evidence.undated_ratings)


def bprs_psychotic_items(evidence: Evidence, criterion: Criterion) -> ir.Table:
    """Enough of the four psychotic BPRS items are at least moderate at one visit in the window."""
    needs = _needs(criterion)
    items = reference.item_set("psychotic")
    scored = evidence.measured.scored
    rows = scored.filter(scored.scale.startswith("BPRS") & scored.item.isin(items))
    moderate = evidence.definition.severity.cutoffs["BPRS"].moderate
    counts = rows.group_by("person_id", "day").agg(
        n_sure=(rows.value_low >= moderate).sum(),
        n_maybe=(rows.value_high >= moderate).sum() + len(items) - rows.count(),
    )
    marked = counts.mutate(meets=needs.holds_between(counts.n_sure, counts.n_maybe))
    return _visits(evidence, in_window(marked, evidence.window, evidence.courses), evidence.undated_ratings)


# --- questions about levels ----------------------------------------------------------------------


def plasma_level(evidence: Evidence, criterion: Criterion) -> ir.Table:
    """Enough sufficient levels of drugs other than clozapine; all known and below is a no."""
    needs = _needs(criterion)
    drawn = evidence.levels.filter(~evidence.levels.is_clozapine)
    draws = drawn.drop("course_id", "start_day", "end_day").distinct()
    counts = draws.group_by("person_id").agg(
        n=draws.sufficient.fill_null(False).sum(),
        possible=draws.sufficient.fill_null(True).sum(),
        drawn=draws.count(),
        value=draws.level_ng_per_ml.max(),
    )
    days = draws.filter(draws.sufficient).select("person_id", "day")
    # A level of a drug nobody knows may be of one that counts.
    # Likewise a level of a drug without a course, where a course without a drug is on record.
    unnamed = evidence.courses.filter(evidence.courses.ingredient.isnull()).select("person_id").distinct()
    every = beside(evidence.measured.levels, unnamed.mutate(has_unnamed=ibis.literal(True)))
    could_count = every.sufficient.fill_null(True) & every.has_unnamed.fill_null(False) & every.counts_as_drug
    nameless = every.filter(every.ingredient.isnull() | could_count).mutate(day=_or_now(every.day))
    placed = draws.select("person_id", "ingredient", day=_or_now(draws.day))
    nameless = nameless.anti_join(placed, ["person_id", "ingredient", "day"])
    nameless = nameless.group_by("person_id").agg(n_nameless=nameless.count())
    joined = _for_everybody(evidence, counts, nameless, nth_day(days, needs.smallest()))
    n, possible = joined.n.fill_null(0), joined.possible.fill_null(0) + joined.n_nameless.fill_null(0)
    all_below = joined.drawn.notnull() & (possible == 0)
    answer = ibis.cases((needs.holds(n), True), (all_below, False), else_=ibis.null("boolean"))
    return settle(
        joined.select(
            "person_id", answer=answer, day=joined.nth_day, n=n, possible=possible, value=joined.value
        )
    )


def _or_now(day: ir.IntegerColumn) -> ir.IntegerColumn:
    return day.fill_null(NOW_DAY)


def repeated_levels(evidence: Evidence, criterion: Criterion) -> ir.Table:
    """Optimum: enough unannounced levels, the first and last far enough apart."""
    needs = _needs(criterion)
    drawn = evidence.levels.filter(~evidence.levels.is_clozapine & (evidence.levels.announced == "no"))
    good = drawn.filter(drawn.sufficient).select("person_id", "day").distinct()
    counts = good.group_by("person_id").agg(
        n=good.count(), apart=good.day.max() - good.day.min(), last_day=good.day.max()
    )
    joined = _for_everybody(evidence, counts)
    n = joined.n.fill_null(0)
    enough = needs.holds(n) & evidence.definition.second_level_days.holds(joined.apart)
    answer = ibis.ifelse(enough, True, ibis.null("boolean"))
    return settle(
        joined.select(
            "person_id", answer=answer, day=joined.last_day, n=n, possible=n,
            value=joined.apart.cast("float64"),
        )
    )  # fmt: skip


# --- questions of other definitions --------------------------------------------------------------


def illness_years(evidence: Evidence, criterion: Criterion) -> ir.Table:
    """Ill long enough when the last needed course had failed."""
    needs = _needs(criterion)
    joined = _for_everybody(
        evidence,
        evidence.window.select("person_id", "second_failed_day"),
        evidence.people.select("person_id", "onset_day"),
    )
    years = (joined.second_failed_day - joined.onset_day) / DAYS_PER_YEAR
    return settle(
        joined.select(
            "person_id", answer=needs.holds(years), day=joined.second_failed_day,
            n=ibis.null("int64"), possible=ibis.null("int64"), value=years,
        )
    )  # fmt: skip


def clozapine_ever(evidence: Evidence, criterion: Criterion) -> ir.Table:
    """Clozapine is on record; its absence is a no only where the history is complete."""
    courses = evidence.courses.filter(evidence.courses.is_clozapine.fill_null(True))
    counts = courses.group_by("person_id").agg(
        n=courses.is_clozapine.fill_null(False).cast("int64").sum(),
        possible=courses.count(),
        day=ibis.ifelse(courses.is_clozapine, courses.start_day, ibis.null("int64")).min(),
    )
    joined = _for_everybody(evidence, counts)
    n, possible = joined.n.fill_null(0), joined.possible.fill_null(0)
    answer = ibis.cases(
        (n > 0, True), ((possible == 0) & joined.is_complete, False), else_=ibis.null("boolean")
    )
    return settle(
        joined.select(
            "person_id", answer=answer, day=joined.day, n=n, possible=possible, value=ibis.null("float64")
        )
    )


def clozapine_or_admission(evidence: Evidence, criterion: Criterion) -> ir.Table:
    """Clozapine, or a schizophrenia admission soon after two different antipsychotics held long enough."""
    clozapine = clozapine_ever(evidence, criterion)
    two = _two_long_courses(evidence)
    stays = evidence.cohort.table("hospital_stays")
    wanted = [text for text in stays.select("main_diagnosis").distinct().execute()["main_diagnosis"].dropna()
              if reference.is_schizophrenia_spectrum(text)]  # fmt: skip
    admitted = stays.filter(stays.main_diagnosis.isin(wanted)).select(
        "person_id", admitted_day=day_number(stays.admission_date)
    )
    after = beside(admitted, two.select("person_id", two_day="day"))
    limit = evidence.definition.relapse_window_days
    after = after.filter((after.admitted_day > after.two_day) & (after.admitted_day <= after.two_day + limit))
    admissions = after.group_by("person_id").agg(
        n_admissions=after.count(), admission_day=after.admitted_day.min()
    )
    joined = beside(clozapine.drop("n", "possible", "value"), two.select("person_id", two="answer", n="n"))
    joined = beside(joined, admissions)
    by_admission = ibis.cases(
        (joined.n_admissions.notnull(), True), (~joined.two, False), else_=ibis.null("boolean")
    )
    admitted = joined.admission_day
    day = ibis.least(ibis.coalesce(joined.day, admitted), ibis.coalesce(admitted, joined.day))
    return settle(
        joined.select(
            "person_id", answer=joined.answer | by_admission, day=day, n=joined.n,
            possible=joined.n_admissions.fill_null(0), value=ibis.null("float64"),
        )
    )  # fmt: skip


def _two_long_courses(evidence: Evidence) -> ir.Table:
    """Two different antipsychotics held long enough, as the register definition asks."""
    row = Criterion("two", "duration", Comparison(">=", 2), {}, "", "")
    return answer_course_questions(evidence, [(0, row)])[0]


QUESTIONS: Mapping[str, Question] = {
    "scale_used": scale_used,
    "severity": severity,
    "persistence": persistence,
    "function": function,
    "plasma_level": plasma_level,
    "repeated_levels": repeated_levels,
    "cgi_severity": cgi_severity,
    "bprs_total": bprs_total,
    "bprs_psychotic_items": bprs_psychotic_items,
    "illness_years": illness_years,
    "clozapine_ever": clozapine_ever,
    "clozapine_or_admission": clozapine_or_admission,
}
KNOWN_QUESTIONS = frozenset({*QUESTIONS, *COURSE_QUESTIONS})
