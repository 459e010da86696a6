"""Answers -> verdict, tier, first missing row, date, onset: one row per person."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from opentrs.ascertain.course_questions import COURSE_QUESTIONS, answer_course_questions
from opentrs.ascertain.definition import Criterion, Definition
from opentrs.ascertain.evidence import Evidence
from opentrs.ascertain.questions import QUESTIONS
from opentrs.ascertain.window import beside, counted
from opentrs.cohort.days import settle
from opentrs.measures.symptoms import DOMAINS

# Rows without which resistance is only "partial", not open in every direction.
DATED_BY_THE_WINDOW = ("different_drugs", "duration", "dose", "not_responding", "outcome_documented")
PARTIAL_WITHOUT = ("adherence", "plasma_level")


def answer_criteria(evidence: Evidence) -> ir.Table:
    """Answer every row of the definition for every person the question applies to.

    Returns
    -------
    person_id, position (of the row in the definition), criterion, tier, answer (three-valued), day, n,
    possible, value
    """
    rows = list(enumerate(evidence.definition.criteria))
    by_position = answer_course_questions(evidence, [row for row in rows if row[1].asks in COURSE_QUESTIONS])
    for position, criterion in rows:
        if position not in by_position:
            by_position[position] = QUESTIONS[criterion.asks](evidence, criterion)
    asked = evidence.people.filter(evidence.people.applies).select("person_id")
    union = _union([_labelled(by_position[position], position, criterion) for position, criterion in rows])
    return settle(union.semi_join(asked, "person_id"))


def _union(tables: list[ir.Table]) -> ir.Table:
    """One table below the other; a definition may have a single row."""
    return tables[0] if len(tables) == 1 else ibis.union(*tables)


def _labelled(table: ir.Table, position: int, criterion: Criterion) -> ir.Table:
    return table.select(
        "person_id",
        "answer", "day",
        position=ibis.literal(position, "int64"),
        criterion=ibis.literal(criterion.id),
        asks=ibis.literal(criterion.asks),
        tier=ibis.literal(criterion.tier),
        n=table.n.cast("int64"),
        possible=table.possible.cast("int64"),
        value=table.value.cast("float64"),
    )  # fmt: skip


def verdicts(evidence: Evidence, answers: ir.Table) -> ir.Table:
    """Join the rows by "and": any no settles `not_resistant`, else any unknown leaves it `unknown`.

    Returns
    -------
    person_id, verdict, tier, first_missing_position (-1: none), met_day, n_adequate_courses,
    onset_days (first treatment to ``met_day``), is_complete
    """
    definition = evidence.definition
    minimum = answers.filter(answers.tier == "minimum")
    blank = minimum.answer.isnull()
    joined = minimum.group_by("person_id").agg(
        any_no=(~minimum.answer).any(),
        n_blank=blank.sum(),
        n_blank_partial=(blank & minimum.asks.isin(PARTIAL_WITHOUT)).sum(),
        first_missing_position=ibis.ifelse(blank, minimum.position, ibis.null("int64")).min(),
        any_undated=(
            minimum.answer.fill_null(False) & minimum.day.isnull() & _dates_the_verdict(minimum)
        ).any(),
        last_day=ibis.ifelse(_dates_the_verdict(minimum), minimum.day, ibis.null("int64")).max(),
    )
    verdict = ibis.cases((joined.any_no, "not_resistant"), (joined.n_blank > 0, "unknown"), else_="resistant")
    joined = beside(joined.mutate(verdict=verdict), _optimum_met(answers))
    joined = beside(joined, _adequate_drugs(evidence.courses))
    joined = beside(joined, evidence.window.select("person_id", "second_failed_day"))
    people = beside(evidence.people, joined)
    return settle(_named(people, definition))


def _dates_the_verdict(answers: ir.Table) -> ir.BooleanColumn:
    """Rows about single courses are dated by the failed courses, which the window knows."""
    return ~answers.asks.isin(DATED_BY_THE_WINDOW)


def _optimum_met(answers: ir.Table) -> ir.Table:
    optimum = answers.filter(answers.tier == "optimum")
    return optimum.group_by("person_id").agg(
        n_optimum=optimum.count(), n_optimum_met=optimum.answer.fill_null(False).sum()
    )


def _adequate_drugs(courses: ir.Table) -> ir.Table:
    tried = courses.filter(~courses.is_clozapine.fill_null(False))
    adequate = counted(tried, tried.dose_adequate & tried.duration_adequate).fill_null(False)
    found = tried.filter(adequate)
    return found.group_by("person_id").agg(n_adequate_courses=found.drug_key.nunique())


def _named(people: ir.Table, definition: Definition) -> ir.Table:
    resistant = (people.verdict == "resistant").fill_null(False)
    partial = (people.verdict == "unknown") & (people.n_blank == people.n_blank_partial)
    optimum = people.n_optimum_met == people.n_optimum
    if definition.kind == "proxy":
        tier = ibis.ifelse(resistant, "proxy", "")
    else:
        tier = ibis.cases(
            (resistant & optimum, "optimum"),
            (resistant, "minimum"),
            (partial, "partial"),
            else_="",
        )
    failed_day = people.second_failed_day if _asks_for_courses(definition) else people.last_day
    met = ibis.ifelse(
        resistant & ~people.any_undated & failed_day.notnull(),
        ibis.greatest(failed_day, people.last_day.fill_null(failed_day)),
        ibis.null("int64"),
    )
    unknown = (people.verdict == "unknown").fill_null(False)
    return people.select(
        "person_id", "is_complete", "diagnosis_blank",
        verdict=people.verdict.fill_null("not_applicable"),
        tier=tier,
        first_missing_position=ibis.ifelse(unknown, people.first_missing_position, -1),
        met_day=met,
        n_adequate_courses=people.n_adequate_courses.fill_null(0),
        onset_days=met - people.first_treatment_day,
        first_treatment_day=people.first_treatment_day,
    )  # fmt: skip


def _asks_for_courses(definition: Definition) -> bool:
    return any(row.asks == "not_responding" for row in definition.minimum)


def onset_class(onset_days: ir.Value, definition: Definition) -> ir.StringValue:
    """Early, medium or late after first treatment; unknown without both dates."""
    rules = definition.onset
    return ibis.cases(
        (rules.early_days.holds(onset_days), "early"),
        (rules.medium_days.holds(onset_days), "medium"),
        (onset_days.notnull(), "late"),
        else_="unknown",
    )


def from_first_episode(evidence: Evidence, decided: ir.Table) -> ir.Table:
    """Whether there was never a response to any antipsychotic before resistance was met.

    Returns
    -------
    person_id, answer: yes TRUE, no FALSE, unknown NULL
    """
    courses = evidence.courses.filter(~evidence.courses.is_clozapine.fill_null(False))
    dated = beside(courses, decided.select("person_id", "met_day", "is_complete"))
    before = dated.filter(
        dated.met_day.isnull() | dated.start_day.isnull() | (dated.start_day <= dated.met_day)
    )
    counts = before.group_by("person_id", "is_complete").agg(
        n_responded=(~before.not_responding).fill_null(False).sum(),
        n_unknown=before.not_responding.isnull().sum(),
    )
    answer = ibis.cases(
        (counts.n_responded > 0, False),
        (counts.is_complete & (counts.n_unknown == 0), True),
        else_=ibis.null("boolean"),
    )
    return counts.select("person_id", answer=answer)


def domains_met(evidence: Evidence) -> ir.Table:
    """Which domains meet the severity rule at a visit in the window: person_id, positive, negative."""
    marked = evidence.domains
    meets = (marked.surely_in & marked.meets).fill_null(False)
    return settle(
        marked.group_by("person_id").agg(
            **{domain: (meets & (marked.domain == domain)).any() for domain in DOMAINS}
        )
    )


def still_severe(evidence: Evidence) -> ir.Table:
    """Whether the last visit on record still meets the severity rule: person_id, last_meets."""
    visits = evidence.visits.filter(evidence.visits.is_rated)
    last = visits.group_by("person_id").agg(day=visits.day.max())
    return settle(visits.inner_join(last, ["person_id", "day"]).select("person_id", last_meets="meets"))
