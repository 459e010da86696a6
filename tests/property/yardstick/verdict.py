"""The eleven criteria of a person in the order of the published table, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.property.yardstick import clozapine as clozapine_room
from tests.property.yardstick import facts
from tests.property.yardstick.courses import Course, courses_of
from tests.property.yardstick.logic import Answer, agreed, all_of, any_of, neither, word
from tests.property.yardstick.people import Folder, Row
from tests.property.yardstick.response import before_and_after, is_documented, not_responding
from tests.property.yardstick.scores import NOW, Ratings, domain_severity, ratings_of
from tests.property.yardstick.taking import (
    adherence,
    drawn_during,
    is_adherent,
    level_answer,
    level_is_enough,
)
from tests.property.yardstick.window import Window, window_of

CRITERIA = ("S1", "S2", "S3", "S4", "F1", "T1", "T2", "T3", "T4", "A1", "A2")
TWELVE_WEEKS = 84
FOUR_MONTHS = 122
LEVELS_APART_DAYS = 14
ONE_YEAR, FIVE_YEARS = 365, 1826


@dataclass
class Verdict:
    """What the yardstick says of one person, in the words of the output tables."""

    verdict: str
    criteria: dict[str, str]
    tier: str = ""
    first_missing: str = ""
    date_met: int | None = None
    n_adequate_courses: int = 0
    from_first_episode: str = ""
    onset: str = ""
    clozapine: str = ""
    domains: str = ""
    current: str = "unknown"
    courses: list[tuple[str, int | None, int | None, str]] = field(default_factory=list)


@dataclass
class Evidence:
    """Everything the criteria look at, worked out once."""

    folder: Folder
    person: Row
    history_is_complete: bool
    ratings: Ratings
    courses: list[Course]
    not_responding: dict[int, Answer]
    failed: dict[int, Answer]
    window: Window

    def count(self, answer: Callable[[Course], Answer]) -> Answer:
        """At least two different non-clozapine antipsychotics for which ..."""
        of_drug: dict[str, list[Answer]] = {}
        for course in self.courses:
            of_drug.setdefault(course.drug, []).append(all_of([course.counts, answer(course)]))
        drugs = [any_of(answers) for answers in of_drug.values()]
        if drugs.count(True) >= 2:
            return True
        too_few = drugs.count(True) + drugs.count(None) < 2
        return False if too_few and self.history_is_complete else None


def judge(folder: Folder) -> Verdict:
    person = folder["people"][0]
    if not_in_question(person):
        words = dict.fromkeys(CRITERIA, "not_applicable")
        return Verdict("not_applicable", words, current="", courses=courses_in_words(folder))
    evidence = gather(folder)
    answers = criteria_of(evidence)
    overall = all_of(answers.values())
    met = date_met(evidence) if overall else None
    return Verdict(
        verdict={True: "resistant", False: "not_resistant", None: "unknown"}[overall],
        criteria={criterion: word(answer) for criterion, answer in answers.items()},
        tier=tier(evidence, answers),
        first_missing=next((c for c in CRITERIA if answers[c] is None), "") if overall is None else "",
        date_met=met,
        n_adequate_courses=n_adequate(evidence),
        from_first_episode=from_first_episode(evidence, met) if overall else "",
        onset=onset(person, met) if overall else "",
        clozapine=clozapine_room.status(folder, evidence.ratings, evidence.history_is_complete),
        domains=";".join(domains(evidence)),
        current=current(evidence, overall),
        courses=courses_in_words(folder),
    )


def courses_in_words(folder: Folder) -> list[tuple[str, int | None, int | None, str]]:
    return [
        (course.drug, course.start, course.end, word(all_of([course.dose, course.duration])))
        for course in courses_of(folder)
    ]


def not_in_question(person: Row) -> bool:
    diagnosis = person.get("diagnosis")
    if diagnosis is not None:
        return not facts.in_spectrum(str(diagnosis))
    return str(person.get("group") or "").lower() in ("control", "sibling")


def gather(folder: Folder) -> Evidence:
    person = folder["people"][0]
    ratings = ratings_of(folder)
    everything = courses_of(folder)
    courses = [course for course in everything if not course.is_clozapine]
    responses = {id(course): not_responding(course, ratings) for course in courses}
    failed = {
        id(course): all_of([course.counts, course.dose, course.duration, responses[id(course)]])
        for course in courses
    }
    clozapine = [course for course in everything if course.is_clozapine]
    window = window_of(courses, failed, clozapine, max(ratings.days, default=None))
    return Evidence(folder, person, history_is_complete(person), ratings, courses, responses, failed, window)


def history_is_complete(person: Row) -> bool:
    if person.get("history_complete") == "yes":
        return True
    start, first = person.get("observation_start"), person.get("first_treatment_date")
    return start is not None and first is not None and start <= first


def criteria_of(evidence: Evidence) -> dict[str, Answer]:
    answers = {
        "S1": s1_rated_on_a_scale(evidence),
        "S2": s2_at_least_moderate(evidence),
        "S3": s3_for_twelve_weeks(evidence),
        "S4": evidence.count(lambda course: evidence.not_responding[id(course)]),
        "F1": f1_function_impaired(evidence),
        "T1": evidence.count(lambda course: True),
        "T2": evidence.count(lambda course: course.duration),
        "T3": evidence.count(lambda course: course.dose),
        "T4": evidence.count(lambda course: is_documented(course, evidence.ratings)) or None,
        "A1": evidence.count(lambda course: is_adherent(course, evidence.folder)),
        "A2": level_answer(evidence.courses, evidence.folder)[0],
    }
    answers["T1"] = t1_two_courses(evidence, answers)
    return {criterion: answers[criterion] for criterion in CRITERIA}


# ------------------------------------------------------------------ T1


def t1_two_courses(evidence: Evidence, answers: dict[str, Answer]) -> Answer:
    """Two courses on record; and the same two meet everything together, where nothing else says no."""
    if False in [answers[criterion] for criterion in ("S4", "T2", "T3", "T4", "A1")]:
        return answers["T1"]
    joint = evidence.count(lambda course: together(evidence, answers, course))
    others_are_yes = all(answers[criterion] for criterion in ("S4", "T2", "T3"))
    if joint is None and not others_are_yes:
        return answers["T1"]  # the others carry the unknown themselves
    return all_of([answers["T1"], joint])


def together(evidence: Evidence, answers: dict[str, Answer], course: Course) -> Answer:
    parts = [evidence.failed[id(course)]]
    if answers["A1"]:
        parts.append(is_adherent(course, evidence.folder))
    return all_of(parts)


# ------------------------------------------------------------------ S1, S2, S3, F1


def s1_rated_on_a_scale(evidence: Evidence) -> Answer:
    return True if evidence.window.surely(evidence.ratings.days) else None


def s2_at_least_moderate(evidence: Evidence) -> Answer:
    severe = evidence.ratings.severe
    if any(severe[day] for day in evidence.window.surely(severe)):
        return True
    rated_before_clozapine = any(
        severe[day] is False for day in evidence.window.surely_before_clozapine(severe)
    )
    none_possible = all(severe[day] is False for day in evidence.window.possibly(severe))
    if (
        evidence.history_is_complete
        and rated_before_clozapine
        and none_possible
        and not evidence.ratings.some_undated
    ):
        return False
    return None


def s3_for_twelve_weeks(evidence: Evidence) -> Answer:
    severe = {day: answer for day, answer in evidence.ratings.severe.items() if day != NOW}
    if long_run(severe, evidence.window.surely(severe), (True,)) is not None:
        return True
    possible = long_run(severe, evidence.window.possibly(severe), (True, None)) is not None
    before = evidence.window.surely_before_clozapine(severe)
    spanned = bool(before) and max(before) - min(before) >= TWELVE_WEEKS
    if evidence.history_is_complete and spanned and not possible and not evidence.ratings.some_undated:
        return False
    return None


def long_run(severe: dict[int, Answer], days: list[int], wanted: tuple[Answer, ...]) -> int | None:
    """The first day on which two visits 84 days or more apart, and all between them, are as wanted."""
    inside = sorted(days)
    for last in inside:
        first = last
        for day in sorted(severe, reverse=True):
            if day <= last and severe[day] not in wanted:
                break
            if day <= last and day in inside:
                first = day
        if last - first >= TWELVE_WEEKS:
            return last
    return None


def f1_function_impaired(evidence: Evidence) -> Answer:
    visits = function_visits(evidence.folder)
    window = evidence.window
    if any(impaired and window.place(day) for day, impaired in visits):
        return True
    known_before = any(
        impaired is False and window.place(day) and window.before_clozapine(day) for day, impaired in visits
    )
    none_possible = all(impaired is False for day, impaired in visits if window.place(day) is not False)
    return False if evidence.history_is_complete and known_before and none_possible else None


def function_visits(folder: Folder) -> list[tuple[int | None, Answer]]:
    """(day, is function at least moderately impaired?); a blank date among dated ones stays None."""
    rows = [row for row in folder.get("function", []) if facts.measures_function(row.get("scale"))]
    if any(row.get("date") is not None for row in rows):
        return [(row.get("date"), facts.is_impaired(row.get("scale"), row.get("value"))) for row in rows]
    of_scale: dict[str, list[Answer]] = {}
    for row in rows:
        of_scale.setdefault(row.get("scale"), []).append(
            facts.is_impaired(row.get("scale"), row.get("value"))
        )
    return [(NOW, agreed(answers)) for answers in of_scale.values()]


# ------------------------------------------------------------------ what follows


def tier(evidence: Evidence, answers: dict[str, Answer]) -> str:
    if None in answers.values():
        others = all(answers[c] for c in CRITERIA if c not in ("A1", "A2"))
        return "partial" if others and False not in answers.values() else ""
    if False in answers.values():
        return ""
    return "optimum" if is_optimum(evidence) else "minimum"


def is_optimum(evidence: Evidence) -> bool:
    failed = [course for course in evidence.courses if evidence.failed[id(course)]]
    depot = any(course.all_depot and (course.whole_days or 0) >= FOUR_MONTHS for course in failed)
    prospective = {
        course.drug for course in failed if was_prospective(course) and fell_too_little(course, evidence)
    }
    return depot and len(prospective) >= 2 and two_unannounced_levels(evidence)


def was_prospective(course: Course) -> bool:
    """As the clinician says; dispensings and ratings were written down as they happened."""
    return course.given.get("prospective") == "yes" if course.given else True


def fell_too_little(course: Course, evidence: Evidence) -> bool:
    if course.given.get("symptom_reduction_percent") is not None:
        return True
    pairs = [before_and_after(course.start, course.end, evidence.ratings, s) for s in facts.TOTALS_IN_ORDER]
    return any(pairs)


def two_unannounced_levels(evidence: Evidence) -> bool:
    """Two sufficient levels 14 days or more apart, neither of them announced."""
    days = [
        row["date"]
        for row in evidence.folder.get("plasma_levels", [])
        if drawn_during(row, evidence.courses)
        and level_is_enough(row)
        and row.get("date") is not None
        and row.get("announced") == "no"
    ]
    return bool(days) and max(days) - min(days) >= LEVELS_APART_DAYS


def date_met(evidence: Evidence) -> int | None:
    """The day the last criterion was met; unknown if any of them is undated."""
    severe = evidence.ratings.severe
    surely = evidence.window.surely(severe)
    impaired = [day for day, yes in function_visits(evidence.folder) if yes and evidence.window.place(day)]
    adherent: dict[str, list[float]] = {}
    for course in evidence.courses:
        answer, day = adherence(course, evidence.folder)
        if all_of([course.counts, answer]):
            adherent.setdefault(course.drug, []).append(day)
    dated = {day: answer for day, answer in severe.items() if day != NOW}
    days = [
        evidence.window.latest,
        min(surely),
        min(day for day in surely if severe[day]),
        long_run(dated, evidence.window.surely(dated), (True,)),
        min(impaired),
        sorted(min(of_drug) for of_drug in adherent.values())[1],
        level_answer(evidence.courses, evidence.folder)[1],
    ]
    last = max(days)
    return None if last >= NOW else int(last)


def n_adequate(evidence: Evidence) -> int:
    return len({c.drug for c in evidence.courses if all_of([c.counts, c.dose, c.duration])})


def from_first_episode(evidence: Evidence, met: int | None) -> str:
    """Was there never a response, up to the day the criteria were met?"""
    until = math.inf if met is None else met
    courses = [course for course in evidence.courses if course.start is None or course.start <= until]
    responded = any_of(
        all_of([course.counts, neither(evidence.not_responding[id(course)])]) for course in courses
    )
    if responded:
        return "no"
    return "yes" if responded is False and evidence.history_is_complete else "unknown"


def onset(person: Row, met: int | None) -> str:
    if met is None or person.get("first_treatment_date") is None:
        return "unknown"
    days = met - person["first_treatment_date"]
    return "early" if days <= ONE_YEAR else "medium" if days <= FIVE_YEARS else "late"


def domains(evidence: Evidence) -> list[str]:
    visits = [evidence.ratings.visits[day] for day in evidence.window.surely(evidence.ratings.days)]
    return [d for d in ("negative", "positive") if any(domain_severity(visit, d) for visit in visits)]


def current(evidence: Evidence, overall: Answer) -> str:
    if overall is False:
        return "no"
    if overall is None or not evidence.ratings.days:
        return "unknown"
    return word(evidence.ratings.severe[evidence.ratings.days[-1]])
