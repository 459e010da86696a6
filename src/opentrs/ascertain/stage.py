"""The stage: every definition answered for everybody, and what a reader needs to weigh the answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import pandas as pd

from opentrs import reference
from opentrs.ascertain.clozapine import clozapine_courses, clozapine_status
from opentrs.ascertain.definition import (
    SHIPPED,
    Definition,
    DefinitionError,
    load_definition,
    shipped_definition,
)
from opentrs.ascertain.evidence import Evidence, Measured, gather, measure
from opentrs.ascertain.findings import findings
from opentrs.ascertain.frames import answer_word, courses_frame, criteria_frame, words
from opentrs.ascertain.prevalence import agreement_frame, flow_frame, missing_frame, prevalence_frame
from opentrs.ascertain.questions import KNOWN_QUESTIONS
from opentrs.ascertain.sensitivity import change_forms_frame, dose_key_frames
from opentrs.ascertain.specifiers import remission_frame, specifiers_frame
from opentrs.ascertain.verdict import (
    answer_criteria,
    domains_met,
    from_first_episode,
    onset_class,
    still_severe,
    verdicts,
)
from opentrs.cohort.days import iso_date
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Results, Stage, StageResult, StudySettings
from opentrs.measures.symptoms import DOMAINS, NOW_DAY
from opentrs.messages import Lang

MAIN = "trrip"
VERDICT_COLUMNS = [
    "person_id", "definition", "verdict", "tier", "first_missing", "date_met", "current",
    "n_adequate_courses", "from_first_episode", "onset", "domains", "clozapine",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ascertained:
    """One definition's answers as tables of the output folder, with the evidence they rest on."""

    definition: Definition
    evidence: Evidence
    verdicts: pd.DataFrame
    criteria: pd.DataFrame
    courses: pd.DataFrame
    raw_courses: pd.DataFrame
    onset: pd.DataFrame


def ascertain(
    cohort: Cohort,
    definition: Definition,
    settings: StudySettings | None = None,
    measured: Measured | None = None,
) -> Ascertained:
    """Answer one definition for everybody in a cohort.

    Parameters
    ----------
    cohort : people and their tables
    definition : from :func:`shipped_definition` or :func:`load_definition`
    settings : dose key and language
    measured : from :func:`opentrs.ascertain.evidence.measure`, to share work between definitions
    """
    settings = settings or StudySettings()
    _only_known_questions(definition)
    evidence = gather(cohort, definition, settings.dose_key, measured or measure(cohort))
    answers = answer_criteria(evidence)
    decided = verdicts(evidence, answers)
    once, key = evidence.measured.once, (definition.courses, settings.dose_key, repr(definition.severity))
    clozapine = once(
        ("clozapine", key, definition.clozapine),
        lambda: clozapine_status(evidence, clozapine_courses(evidence)),
    )
    joined = decided.mutate(onset=onset_class(decided.onset_days, definition))
    episode = from_first_episode(evidence, decided).rename(first_episode="answer")
    last = once(("last", key), lambda: still_severe(evidence))
    for part in (episode, domains_met(evidence), last, clozapine):
        joined = joined.left_join(part, "person_id").drop("person_id_right")
    people = joined.execute().sort_values("person_id", ignore_index=True)
    raw_courses = evidence.courses.execute()
    raw_answers = answers.execute()
    lang = cast(Lang, settings.lang)
    return Ascertained(
        definition=definition,
        evidence=evidence,
        verdicts=_verdicts_frame(people, definition),
        criteria=criteria_frame(raw_answers, definition, lang),
        courses=courses_frame(raw_courses),
        raw_courses=raw_courses,
        onset=_onset_frame(people),
    )


def _only_known_questions(definition: Definition) -> None:
    for row in definition.criteria:
        if row.asks not in KNOWN_QUESTIONS:
            known = ", ".join(sorted(KNOWN_QUESTIONS))
            raise DefinitionError(f"Criterion {row.id} asks {row.asks!r}; the questions are {known}.")


def _verdicts_frame(people: pd.DataFrame, definition: Definition) -> pd.DataFrame:
    ids = [row.id for row in definition.criteria]
    resistant = people["verdict"] == "resistant"
    current = [
        answer_word(last) if verdict == "resistant" else {"not_resistant": "no"}.get(verdict, "unknown")
        for verdict, last in zip(people["verdict"], people["last_meets"], strict=True)
    ]
    applies = people["verdict"] != "not_applicable"
    frame = pd.DataFrame(
        {
            "person_id": people["person_id"],
            "definition": definition.id,
            "verdict": people["verdict"],
            "tier": people["tier"],
            "first_missing": [ids[int(at)] if at >= 0 else "" for at in people["first_missing_position"]],
            "date_met": words(people["met_day"], iso_date),
            "current": pd.Series(current, dtype="object").where(applies, ""),
            "n_adequate_courses": people["n_adequate_courses"].astype("int64"),
            "from_first_episode": words(people["first_episode"]).where(resistant, ""),
            "onset": people["onset"].where(resistant, ""),
            "domains": [
                ";".join(name for name in DOMAINS_BY_NAME if answer_word(row[name]) == "yes")
                for row in people[list(DOMAINS)].to_dict("records")
            ],
            "clozapine": people["clozapine"].where(applies, ""),
        }
    )
    frame["domains"] = frame["domains"].where(applies, "")
    return frame.loc[:, VERDICT_COLUMNS]


DOMAINS_BY_NAME = tuple(sorted(DOMAINS))


def _onset_frame(people: pd.DataFrame) -> pd.DataFrame:
    met = people[people["verdict"] == "resistant"].reset_index(drop=True)
    return pd.DataFrame(
        {
            "person_id": met["person_id"],
            "first_treatment_date": words(met["first_treatment_day"], iso_date),
            "date_met": words(met["met_day"], iso_date),
            "days_to_trs": met["onset_days"].astype("float64"),
        }
    )


def definitions_for(settings: StudySettings) -> list[Definition]:
    """The shipped definitions, TRRIP first, then the user's own."""
    own = [load_definition(path) for path in settings.definitions]
    found = [*(shipped_definition(name) for name in SHIPPED), *own]
    names = [one.id for one in found]
    for name in names:
        if names.count(name) > 1:
            raise DefinitionError(f"Two definitions are called {name}. Give your own another id.")
    return found


def run(cohort: Cohort, results: Results, settings: StudySettings) -> StageResult:
    """Run every definition, compare them, and say what is missing and what choices change."""
    lang = cast(Lang, settings.lang)
    measured = measure(cohort)
    answered = [ascertain(cohort, definition, settings, measured) for definition in definitions_for(settings)]
    main = answered[0]
    by_key = {settings.dose_key: (main.verdicts, main.courses)}
    for key in reference.dose_keys():
        if key != settings.dose_key:
            other = ascertain(cohort, main.definition, replace(settings, dose_key=key), measured)
            by_key[key] = (other.verdicts, other.courses)
    dose_keys, dose_key_courses = dose_key_frames(by_key, settings.dose_key)
    all_verdicts = pd.concat([one.verdicts for one in answered], ignore_index=True)
    people = _people_frame(cohort)
    minimum = {row.id: row.reads[lang] for row in main.definition.minimum}
    prevalence = prevalence_frame(all_verdicts, people, lang)
    tables = {
        "verdicts": all_verdicts,
        "criteria": pd.concat([one.criteria for one in answered], ignore_index=True),
        "courses": main.courses,
        "prevalence": prevalence,
        "agreement": agreement_frame(all_verdicts),
        "missing": missing_frame(_minimum_rows(main), main.verdicts, minimum),
        "flow": flow_frame(people, main.verdicts, main.courses),
        "dose_keys": dose_keys,
        "dose_key_courses": dose_key_courses,
        "change_forms": change_forms_frame(main.raw_courses, main.definition.courses.reduction_percent),
        "specifiers": specifiers_frame(main.evidence, lang),
        "remission": remission_frame(main.evidence, lang),
        "clozapine_courses": _clozapine_frame(main),
        "onset": main.onset,
        "visits": _visits_frame(main),
    }
    return StageResult(
        stage="ascertain",
        tables=tables,
        findings=findings(tables, main.verdicts, main.definition),
        details={"definitions": tuple(one.definition for one in answered), "dose_key": settings.dose_key},
    )


def _minimum_rows(main: Ascertained) -> pd.DataFrame:
    rows: pd.DataFrame = main.criteria[main.criteria["definition"] == main.definition.id]
    return rows


def _people_frame(cohort: Cohort) -> pd.DataFrame:
    people = cohort.people.select("person_id", "sex", "site", "first_treatment_date").execute()
    years = pd.to_datetime(people["first_treatment_date"]).dt.year.tolist()
    decades = [
        None if pd.isna(year) else f"{year // 10 * 10:.0f}-{year // 10 * 10 + 9:.0f}" for year in years
    ]
    people["period"] = pd.Series(decades, dtype="object")
    kept: pd.DataFrame = people[["person_id", "sex", "site", "period"]]
    return kept


def _clozapine_frame(main: Ascertained) -> pd.DataFrame:
    raw = (
        clozapine_courses(main.evidence).execute().sort_values(["person_id", "course_id"], ignore_index=True)
    )
    return pd.DataFrame(
        {
            "person_id": raw["person_id"],
            "course_id": raw["course_id"].astype("int64") + 1,
            "start_date": words(raw["start_day"], iso_date),
            "end_date": words(raw["end_day"], iso_date),
            "duration_weeks": raw["span_days"].astype("float64") / 7,
            "dose_mg_per_day": raw["dose_mg_per_day"],
            "n_levels": raw["n_levels"].astype("int64"),
            "n_levels_in_range": raw["n_levels_in_range"].astype("int64"),
            "adequate": words(raw["adequate"]),
            "not_responding": words(raw["not_responding"]),
        }
    )


def _visits_frame(main: Ascertained) -> pd.DataFrame:
    visits = main.evidence.visits.execute()
    totals = main.evidence.measured.totals.execute()
    frame = totals.merge(visits, on=["person_id", "day"], how="left")
    frame = frame.sort_values(["person_id", "day", "scale"], ignore_index=True)
    exact = frame["total_low"] == frame["total_high"]
    return pd.DataFrame(
        {
            "person_id": frame["person_id"],
            "date": words(frame["day"], lambda day: "" if day == NOW_DAY else iso_date(day)),
            "scale": frame["scale"],
            "total": frame["total_low"].where(exact),
            "total_low": frame["total_low"],
            "total_high": frame["total_high"],
            "at_least_moderate": words(frame["meets"]),
            "positive": words(frame["meets_positive"]),
            "negative": words(frame["meets_negative"]),
            "in_window": words(frame["surely_in"]),
        }
    )


STAGE = Stage("ascertain", needs=frozenset({"people"}), after=(), run=run)
