"""Everything the questions of a definition are asked of, gathered once per cohort and definition."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeVar

import ibis
import ibis.expr.types as ir

from opentrs.ascertain.courses import all_courses
from opentrs.ascertain.definition import Definition
from opentrs.ascertain.people import eligible_people
from opentrs.ascertain.response import with_response
from opentrs.ascertain.window import BEFORE_EVERYTHING, in_window, judgement_window
from opentrs.cohort.days import settle
from opentrs.cohort.model import Cohort
from opentrs.measures import symptoms
from opentrs.measures.adherence import adherent, course_sources
from opentrs.measures.function import function_visits, people_with_undated_rows
from opentrs.measures.plasma import levels, levels_in_courses
from opentrs.stats.compare import Comparison

Made = TypeVar("Made")
AT_LEAST_TWO = Comparison(">=", 2)


@dataclass(frozen=True, slots=True)
class Measured:
    """What does not depend on the definition: rated items, totals, levels."""

    items: ir.Table
    scored: ir.Table
    totals: ir.Table
    levels: ir.Table
    memo: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Make a table that several definitions share the first time it is asked for."""
        if key not in self.memo:
            self.memo[key] = make()
        found: Made = self.memo[key]
        return found


@dataclass(frozen=True, slots=True)
class Evidence:
    """Tables the questions read; see the modules that make them for their columns."""

    definition: Definition
    cohort: Cohort
    measured: Measured
    people: ir.Table
    courses: ir.Table
    window: ir.Table
    visits: ir.Table
    domains: ir.Table
    function: ir.Table
    levels: ir.Table
    undated_ratings: ir.Table
    undated_function: ir.Table


def measure(cohort: Cohort) -> Measured:
    """Compute what every definition needs, once."""
    items = symptoms.rated_items(cohort.table("ratings"))
    scored = symptoms.scored(items)
    return Measured(items, scored, symptoms.totals(scored), levels(cohort.table("plasma_levels")))


def gather(cohort: Cohort, definition: Definition, dose_key: str, measured: Measured) -> Evidence:
    """Build courses, their responses and the judgement window under one definition and one dose key.

    What two definitions have in common is computed once for both.
    """
    rules = definition.courses
    severity = repr(definition.severity)
    once = measured.once
    people = once("people", lambda: eligible_people(cohort))
    domains = once(
        ("domains", severity), lambda: symptoms.domain_severity(measured.scored, definition.severity)
    )
    visits = once(("visits", severity), lambda: symptoms.visit_severity(domains, measured.scored))
    undated = once("undated", lambda: people_with_undated_rows(measured.items))
    course_key = (rules, dose_key, severity)

    def make_courses() -> ir.Table:
        courses = all_courses(cohort, rules, dose_key)
        courses = with_response(courses, measured.totals, visits, undated, rules)
        return _with_adherence(courses, cohort, definition)

    courses = once(("courses", course_key), make_courses)
    number = _drugs_asked_for(definition).smallest()
    window_key = (course_key, number, definition.window)
    window = once(("window", window_key), lambda: _window(definition, courses, visits, people, number))
    scores = tuple(sorted(definition.function.items()))
    function_key = repr(scores)
    function = once(
        ("function", function_key),
        lambda: function_visits(cohort.table("function"), dict(definition.function)),
    )
    return Evidence(
        definition=definition,
        cohort=cohort,
        measured=measured,
        people=people,
        courses=courses,
        window=window,
        visits=once(("visits in", window_key), lambda: in_window(visits, window, courses)),
        domains=once(("domains in", window_key), lambda: in_window(domains, window, courses)),
        function=once(
            ("function in", window_key, function_key), lambda: in_window(function, window, courses)
        ),
        levels=once(
            ("levels", course_key),
            lambda: levels_in_courses(courses, measured.levels, rules.records_days_after),
        ),
        undated_ratings=undated,
        undated_function=once(("undated function", function_key), lambda: people_with_undated_rows(function)),
    )


def _window(
    definition: Definition, courses: ir.Table, visits: ir.Table, people: ir.Table, number: int
) -> ir.Table:
    last_visits = visits.group_by("person_id").agg(last_visit_day=visits.day.max())
    window = judgement_window(courses, last_visits, people, number)
    if definition.window == "any_time":
        always = ibis.literal(BEFORE_EVERYTHING, "int64")
        window = settle(window.mutate(surely_from=always, possibly_from=always))
    return window


def _drugs_asked_for(definition: Definition) -> Comparison:
    asked = [row.needs for row in definition.minimum if row.asks == "different_drugs" and row.needs]
    return asked[0] if asked else AT_LEAST_TWO


def _with_adherence(courses: ir.Table, cohort: Cohort, definition: Definition) -> ir.Table:
    rules = definition.courses
    sources = course_sources(
        courses, cohort.table("adherence"), rules.adherence_percent, rules.records_days_after
    )
    if rules.dispensing_is_a_source:
        sources = settle(sources.union(_from_dispensing(courses, sources)))
    answers = adherent(sources, rules.adherence_percent, rules.adherence_sources)
    answers = answers.rename(adherence_day="day")
    joined = courses.left_join(answers, ["person_id", "course_id"]).drop("person_id_right", "course_id_right")
    return settle(joined)


def _from_dispensing(courses: ir.Table, sources: ir.Table) -> ir.Table:
    """Days covered by dispensing as a source, where nobody else reported from dispensing."""
    reported = sources.filter(sources.source == "dispensing")
    covered = courses.filter(courses.days_covered_percent.notnull()).anti_join(
        reported, ["person_id", "course_id"]
    )
    return covered.select(
        "person_id", "course_id",
        source=ibis.literal("dispensing"),
        n_sources=ibis.literal(1, "int64"),
        percent=covered.days_covered_percent,
        in_doubt=ibis.literal(False),
        day=covered.end_day,
    )  # fmt: skip


def all_of(*answers: ir.BooleanValue) -> ir.BooleanValue:
    """Three-valued "and": any no is a no, else any unknown is unknown."""
    return reduce(lambda left, right: left & right, answers)
