"""Questions about courses, counted over different drugs: all of a definition's in one pass.

Too few drugs is a no only where the history is complete; otherwise another course may be missing from
the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from opentrs import reference
from opentrs.ascertain.definition import Criterion
from opentrs.ascertain.evidence import Evidence, all_of
from opentrs.ascertain.window import counted
from opentrs.cohort.days import settle
from opentrs.stats.compare import Comparison

AT_LEAST_ONE = Comparison(">=", 1)
DIFFERENT_DRUGS = "different_drugs"
ADHERENCE = "adherence"
# Answers about single courses that the same drugs must meet together.
TOGETHER: Mapping[str, str] = {
    "duration": "duration_adequate",
    "dose": "dose_adequate",
    "not_responding": "not_responding",
}


@dataclass(frozen=True, slots=True)
class CourseQuestion:
    """What is asked of a course.

    Parameters
    ----------
    answer : courses, evidence -> three-valued answer per course
    day : column of the day on which a yes was so
    value : column whose largest value the evidence sentence quotes
    may_be_no : whether too few drugs can be a no
    """

    answer: Callable[[ir.Table, Evidence], ir.Value]
    day: str = "end_day"
    value: str | None = None
    may_be_no: bool = True


def _column(name: str) -> Callable[[ir.Table, Evidence], ir.Value]:
    return lambda courses, evidence: courses[name]


def _on_record(courses: ir.Table, evidence: Evidence) -> ir.Value:
    return courses.course_id >= 0


def _documented(courses: ir.Table, evidence: Evidence) -> ir.Value:
    """What the record does not say may still be known to somebody."""
    return ibis.ifelse(courses.is_documented, True, ibis.null("boolean"))


def _failed_depot(courses: ir.Table, evidence: Evidence) -> ir.Value:
    held = evidence.definition.courses.depot_days.holds(courses.span_days)
    return courses.failed & courses.is_lai & held


def _seen_to_fail(courses: ir.Table, evidence: Evidence) -> ir.Value:
    """Followed as it happened, with scores before and after: summaries say so, records are so."""
    prospective = (courses.prospective == "yes") | (courses.origin == "exposures")
    return courses.failed & prospective & courses.reduction_high.notnull()


def _second_generation(courses: ir.Table, evidence: Evidence) -> ir.Value:
    return courses.failed & courses.ingredient.isin(reference.second_generation_drugs())


COURSE_QUESTIONS: Mapping[str, CourseQuestion] = {
    "not_responding": CourseQuestion(_column("not_responding")),
    DIFFERENT_DRUGS: CourseQuestion(_on_record, day="start_day"),
    "duration": CourseQuestion(_column("duration_adequate")),
    "dose": CourseQuestion(_column("dose_adequate")),
    "outcome_documented": CourseQuestion(_documented, may_be_no=False),
    ADHERENCE: CourseQuestion(_column("adherent"), day="adherence_day", value="lowest_percent"),
    "depot_course": CourseQuestion(_failed_depot),
    "prospective_nonresponse": CourseQuestion(_seen_to_fail),
    "second_generation": CourseQuestion(_second_generation),
}


def answer_course_questions(
    evidence: Evidence, criteria: Sequence[tuple[int, Criterion]]
) -> dict[int, ir.Table]:
    """Answer all rows about courses.

    Parameters
    ----------
    criteria : (position in the definition, row) of rows whose ``asks`` is in ``COURSE_QUESTIONS``

    Returns
    -------
    position -> person_id, answer, day, n, possible, value (see :mod:`opentrs.ascertain.questions`)
    """
    asked = {f"q{at}": (COURSE_QUESTIONS[row.asks], row.needs or AT_LEAST_ONE) for at, row in criteria}
    by_asks = {row.asks: f"q{at}" for at, row in criteria if row.tier == "minimum"}
    if DIFFERENT_DRUGS in by_asks:
        asked |= _joint_questions(by_asks, asked[by_asks[DIFFERENT_DRUGS]][1])
    counts = _counts(evidence, asked)
    answers = {name: _answer(counts, name, *asked[name]) for name in asked}
    if DIFFERENT_DRUGS in by_asks:
        answers[by_asks[DIFFERENT_DRUGS]] = _together(answers, by_asks)
    wide = settle(counts.mutate(**{f"answer_{name}": answer for name, answer in answers.items()}))
    return {
        at: wide.select(
            "person_id",
            **{part: wide[f"{part}_q{at}"] for part in ("answer", "day", "n", "possible", "value")},
        )
        for at, _ in criteria
    }


def _joint_questions(
    by_asks: Mapping[str, str], needs: Comparison
) -> dict[str, tuple[CourseQuestion, Comparison]]:
    """The course rows asked of one and the same course, without and with adherence."""
    columns = [column for asks, column in TOGETHER.items() if asks in by_asks]
    if not columns:
        return {}

    def joint(*more: str) -> CourseQuestion:
        return CourseQuestion(lambda courses, _: all_of(*[courses[name] for name in (*columns, *more)]))

    questions = {"joint": (joint(), needs)}
    if ADHERENCE in by_asks:
        questions["joint_taken"] = (joint("adherent"), needs)
    return questions


def _counts(evidence: Evidence, asked: Mapping[str, tuple[CourseQuestion, Comparison]]) -> ir.Table:
    """For everybody and every question: n, possible, value, and the day the last drug needed joined."""
    courses = evidence.courses
    columns: dict[str, ir.Value] = {}
    for name, (question, _) in asked.items():
        holds = counted(courses, question.answer(courses, evidence))
        value = courses[question.value].cast("float64") if question.value else ibis.null("float64")
        columns |= {f"holds_{name}": holds, f"day_{name}": courses[question.day], f"value_{name}": value}
    marked = settle(
        courses.filter(~courses.is_clozapine.fill_null(False)).select("person_id", "drug_key", **columns)
    )
    by_drug: dict[str, ir.Value] = {}
    for name in asked:
        sure = marked[f"holds_{name}"].fill_null(False)
        by_drug |= {
            f"proven_{name}": sure.any(),
            f"possible_{name}": marked[f"holds_{name}"].fill_null(True).any(),
            f"day_{name}": ibis.ifelse(sure, marked[f"day_{name}"], ibis.null("int64")).min(),
            f"value_{name}": marked[f"value_{name}"].max(),
        }
    drugs = settle(marked.group_by("person_id", "drug_key").agg(**by_drug))
    ranked = settle(drugs.mutate(**{f"rank_{name}": _rank_by_day(drugs, name) for name in asked}))
    by_person: dict[str, ir.Value] = {}
    for name, (_, needs) in asked.items():
        nth = ranked[f"rank_{name}"] == needs.smallest() - 1
        by_person |= {
            f"n_{name}": ranked[f"proven_{name}"].cast("int64").sum(),
            f"possible_{name}": ranked[f"possible_{name}"].cast("int64").sum(),
            f"value_{name}": ranked[f"value_{name}"].max(),
            f"day_{name}": ibis.ifelse(nth, ranked[f"day_{name}"], ibis.null("int64")).min(),
        }
    counts = settle(ranked.group_by("person_id").agg(**by_person))
    people = evidence.people.select("person_id", "is_complete")
    joined = people.left_join(counts, "person_id").drop("person_id_right")
    filled = {
        f"{part}_{name}": joined[f"{part}_{name}"].fill_null(0)
        for name in asked
        for part in ("n", "possible")
    }
    return settle(joined.mutate(**filled))


def _rank_by_day(drugs: ir.Table, name: str) -> ir.Value:
    """Position of a drug among those with a day, earliest first; undated ones come last."""
    day = drugs[f"day_{name}"]
    return ibis.row_number().over(ibis.window(group_by="person_id", order_by=[day.isnull(), day]))


def _answer(counts: ir.Table, name: str, question: CourseQuestion, needs: Comparison) -> ir.BooleanValue:
    enough = needs.holds(counts[f"n_{name}"])
    too_few = ~needs.holds(counts[f"possible_{name}"]) & counts.is_complete & question.may_be_no
    return ibis.cases((enough, True), (too_few, False), else_=ibis.null("boolean"))


def _together(answers: Mapping[str, ir.BooleanValue], by_asks: Mapping[str, str]) -> ir.BooleanValue:
    """Enough different drugs on record, and the same drugs meeting the other course rows together.

    The other rows say by themselves what they miss. So the joint condition speaks only where none of
    them is a no; where it is unknown, only if they are all yes, since else they carry the unknown.
    """
    on_record = answers[by_asks[DIFFERENT_DRUGS]]
    if "joint" not in answers:
        return on_record
    others = [answers[by_asks[asks]] for asks in TOGETHER if asks in by_asks]
    joint = answers["joint"]
    if "joint_taken" in answers:
        taken = answers[by_asks[ADHERENCE]]
        joint = ibis.ifelse(taken, answers["joint_taken"], joint)
        any_no = ~all_of(*others, taken).fill_null(True)
    else:
        any_no = ~all_of(*others).fill_null(True)
    all_yes = all_of(*others).fill_null(False)
    together = ibis.cases(
        (any_no, True), (joint.notnull(), joint), (all_yes, ibis.null("boolean")), else_=True
    )
    return on_record & together
