"""Features of dopamine supersensitivity: what long, high or rising doses, rebound and dyskinesia leave in a
record.

Each feature is answered yes, no or unknown. The record shows that a dose was raised, not why: these are
signs to look at with the patient, and no diagnosis.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs import reference
from opentrs.ascertain.definition import CourseRules, shipped_definition
from opentrs.ascertain.frames import known_date, shown_threshold, words
from opentrs.ascertain.people import eligible_people
from opentrs.cohort.days import day_number, iso_date, settle
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Finding, Results, StudySettings
from opentrs.measures.dose import with_drug
from opentrs.messages import Lang, text
from opentrs.reference.load import facts
from opentrs.stats.compare import Comparison
from opentrs.subtype.ascertained import MAIN, lang_of, share_by_group, verdicts
from opentrs.subtype.dose_timeline import dose_segments
from opentrs.subtype.parts import Labelled, Part, PartResult

NAME = "supersensitivity"
FEATURES = ("long_exposure", "high_dose", "tolerance", "relapse_after_reduction", "dyskinesia")
EPISODE = "episode"
SIGNS = ("tolerance", "relapse_after_reduction", "dyskinesia")
RELAPSE, DYSKINESIA = "relapse", "dyskinesia"


def shipped_rules() -> dict[str, Comparison]:
    """The thresholds by name; see ``reference/supersensitivity.csv`` for where each comes from."""
    return {
        str(row["rule"]): Comparison(str(row["operator"]), float(row["threshold"]))
        for row in facts("supersensitivity")
    }


def supersensitivity_features(
    cohort: Cohort, courses: CourseRules, dose_key: str, rules: Mapping[str, Comparison] | None = None
) -> ir.Table:
    """Answer every feature for everybody within the spectrum.

    Parameters
    ----------
    cohort : people, ``drug_exposures``, ``events`` and ``hospital_stays``
    courses : which gaps are bridged
    dose_key : which published dose-equivalence table decides
    rules : thresholds by name; by default :func:`shipped_rules`

    Returns
    -------
    person_id, feature, answer (yes TRUE, no FALSE, unknown NULL), value (what was compared with the
    threshold), n (times it was found), possible (times it could have been found), day (the first of them)
    """
    rules = rules or shipped_rules()
    people = eligible_people(cohort)
    people = settle(people.filter(people.applies).select("person_id", "is_complete"))
    segments = dose_segments(cohort, courses, dose_key)
    facts_of = _joined(people, _exposure(segments), _doubts(cohort, segments))
    started = segments.group_by("person_id").agg(first_day=segments.start_day.min())
    found = [
        _long_exposure(facts_of, rules),
        _high_dose(facts_of, rules),
        _tolerance(facts_of, _held(segments, rules), started, rules),
        _relapse(cohort, people, segments, started, rules),
        _dyskinesia(cohort, people, rules),
    ]
    every = settle(reduce(lambda left, right: left.union(right), found))
    return settle(every.union(_episode(every, rules)))


def _joined(people: ir.Table, *parts: ir.Table) -> ir.Table:
    joined = people
    for part in parts:
        joined = joined.left_join(part, "person_id").drop("person_id_right")
    return settle(joined)


def _row(rows: ir.Table, feature: str, answer: ir.Value, **columns: ir.Value | None) -> ir.Table:
    """One feature in the form all of them share."""
    kinds = {"value": "float64", "n": "int64", "possible": "int64", "day": "int64"}
    filled = {
        name: ibis.null(kind) if columns.get(name) is None else cast(ir.Value, columns[name]).cast(kind)
        for name, kind in kinds.items()
    }
    return rows.select("person_id", feature=ibis.literal(feature), answer=answer.cast("boolean"), **filled)


def _exposure(segments: ir.Table) -> ir.Table:
    """Days on any antipsychotic as far as they are known, and the highest total dose."""
    days = ibis.ifelse(segments.n_drugs > 0, segments.next_day - segments.start_day, 0)
    return segments.group_by("person_id").agg(
        days_treated=days.fill_null(0).sum(),
        highest_dose=segments.dose_cpz_mg_per_day.max(),
        treated_from=segments.start_day.min(),  # the first stretch is never one without drugs
    )


def _doubts(cohort: Cohort, segments: ir.Table) -> ir.Table:
    """People of whom something is on record that could hold more than it says."""
    rows = with_drug(cohort.table("drug_exposures"))
    # A drug that is not known may be an antipsychotic; a course summed up elsewhere has no daily dose here.
    rows = rows.filter(rows.is_antipsychotic.fill_null(True))
    unclear = rows.filter(rows.start_date.isnull() | rows.is_antipsychotic.isnull()).select("person_id")
    summed_up = cohort.table("treatment_courses").select("person_id")
    taken = segments.filter(segments.n_drugs > 0)
    blank = taken.filter(taken.dose_cpz_mg_per_day.isnull() | taken.next_day.isnull()).select("person_id")
    doubtful = unclear.union(summed_up).union(blank).distinct()
    return settle(doubtful.mutate(in_doubt=ibis.literal(True)))


def _no_where_complete(found: ir.BooleanValue, people: ir.Table) -> ir.BooleanValue:
    """Yes where found; no only where everything is on record and nothing of it is in doubt."""
    settled = people.is_complete & ~people.in_doubt.fill_null(False)
    return ibis.cases((found, True), (settled, False), else_=ibis.null("boolean"))


def _long_exposure(people: ir.Table, rules: Mapping[str, Comparison]) -> ir.Table:
    found = rules["days_treated"].holds(people.days_treated)
    return _row(
        people, "long_exposure", _no_where_complete(found, people),
        value=people.days_treated, day=people.treated_from,
    )  # fmt: skip


def _high_dose(people: ir.Table, rules: Mapping[str, Comparison]) -> ir.Table:
    found = rules["highest_dose"].holds(people.highest_dose)
    return _row(people, "high_dose", _no_where_complete(found, people), value=people.highest_dose)


def _held(segments: ir.Table, rules: Mapping[str, Comparison]) -> ir.Table:
    """Total doses that lasted: neighbouring stretches at one dose are one."""
    order = ibis.window(group_by="person_id", order_by="start_day")
    dose = segments.dose_cpz_mg_per_day
    same = (dose == dose.lag().over(order)).fill_null(False)
    marked = settle(segments.mutate(is_new=ibis.ifelse(same, 0, 1)))
    so_far = ibis.window(group_by="person_id", order_by="start_day", preceding=(None, 0))
    numbered = marked.mutate(block=marked.is_new.sum().over(so_far))
    blocks = numbered.group_by("person_id", "block").agg(
        start_day=numbered.start_day.min(),
        # The last stretch is off every drug, or lasts until nobody knows when.
        next_day=numbered.next_day.max(),
        dose=numbered.dose_cpz_mg_per_day.max(),
    )
    lasted = rules["days_held"].holds(blocks.next_day - blocks.start_day)
    return settle(blocks.filter(lasted & blocks.dose.notnull()))


def _tolerance(
    people: ir.Table, held: ir.Table, started: ir.Table, rules: Mapping[str, Comparison]
) -> ir.Table:
    """A held dose that was raised by enough over the held dose before, once treatment had lasted."""
    order = ibis.window(group_by="person_id", order_by="start_day")
    steps = held.mutate(before=held.dose.lag().over(order))
    steps = steps.inner_join(started, "person_id")
    rise = (100 * (steps.dose - steps.before) / steps.before.nullif(0.0)).round(6)
    late = rules["days_treated"].holds(steps.start_day - steps.first_day)
    steps = steps.mutate(rise=rise, counts=(late & rules["dose_increase"].holds(rise)).fill_null(False))
    summed = steps.group_by("person_id").agg(
        n_rises=steps.counts.cast("int64").sum(),
        n_steps=(steps.before > 0).fill_null(False).cast("int64").sum(),
        largest=steps.rise.max(),
        first_rise=ibis.ifelse(steps.counts, steps.start_day, ibis.null("int64")).min(),
    )
    joined = _joined(people, summed)
    long_enough = rules["days_treated"].holds(joined.days_treated).fill_null(False)
    answer = _no_where_complete(joined.n_rises > 0, joined)
    # Somebody who was never treated for long had no time to become tolerant.
    answer = ibis.ifelse(long_enough | answer.fill_null(False), answer, ibis.null("boolean"))
    return _row(
        joined, "tolerance", answer, value=joined.largest, n=joined.n_rises.fill_null(0),
        possible=joined.n_steps.fill_null(0), day=joined.first_rise,
    )  # fmt: skip


def _reductions(segments: ir.Table, started: ir.Table, rules: Mapping[str, Comparison]) -> ir.Table:
    """Days on which the total dose was lowered by enough, or every drug stopped, after long treatment."""
    rows = segments.inner_join(started, "person_id")
    fall = (100 * (rows.dose_before - rows.dose_cpz_mg_per_day) / rows.dose_before.nullif(0.0)).round(6)
    lowered = rules["dose_reduction"].holds(fall).fill_null(False)
    stopped = (rows.n_drugs == 0) & (rows.n_before > 0)
    late = rules["days_treated"].holds(rows.start_day - rows.first_day)
    oral, depot = rules["days_to_relapse_oral"].value, rules["days_to_relapse_depot"].value
    return settle(
        rows.filter((lowered | stopped) & late).select(
            "person_id",
            reduced_day="start_day",
            window_days=ibis.ifelse(rows.depot_ended, int(depot), int(oral)),
        )
    )


def _relapses(cohort: Cohort, people: ir.Table) -> ir.Table:
    """Relapses by name, and admissions whose main diagnosis is of the spectrum."""
    events = cohort.table("events")
    named = events.filter(events.kind.strip().lower() == RELAPSE)
    relapses = named.select("person_id", day=day_number(named.date))
    stays = cohort.table("hospital_stays")
    spectrum = _spectrum_texts(stays)
    psychotic = stays.inner_join(spectrum, "main_diagnosis")
    admissions = psychotic.select("person_id", day=day_number(psychotic.admission_date))
    both = relapses.union(admissions)
    return settle(both.filter(both.day.notnull()).semi_join(people, "person_id"))


def _spectrum_texts(stays: ir.Table) -> ir.Table:
    texts = stays.select("main_diagnosis").distinct().execute()["main_diagnosis"].dropna()
    within = [text for text in sorted(texts) if reference.is_schizophrenia_spectrum(text)]
    frame = pd.DataFrame({"main_diagnosis": pd.Series(within, dtype="object")})
    return ibis.memtable(frame, schema={"main_diagnosis": "string"})


def _relapse(
    cohort: Cohort, people: ir.Table, segments: ir.Table, started: ir.Table, rules: Mapping[str, Comparison]
) -> ir.Table:
    """A relapse within weeks of a reduction; no only where each reduction was watched for that long."""
    reductions = _reductions(segments, started, rules)
    relapses = _relapses(cohort, people)
    near = reductions.inner_join(relapses, "person_id")
    inside = (near.day > near.reduced_day) & (near.day <= near.reduced_day + near.window_days)
    rebounds = near.filter(inside).mutate(wait=near.day - near.reduced_day)
    found = rebounds.group_by("person_id").agg(
        n_rebounds=rebounds.reduced_day.nunique(), shortest=rebounds.wait.min(), first=rebounds.day.min()
    )
    ends = cohort.people.select("person_id", observed_to=day_number(cohort.people.observation_end))
    watched = reductions.left_join(ends, "person_id").drop("person_id_right")
    fully = (watched.reduced_day + watched.window_days <= watched.observed_to).fill_null(False)
    of_person = watched.group_by("person_id").agg(n_reductions=watched.count(), all_watched=fully.all())
    joined = _joined(people, found, of_person)
    # A cohort without a single relapse or admission does not record them.
    records_relapses = bool(relapses.count().execute())
    answer = ibis.cases(
        (joined.n_rebounds > 0, True),
        (joined.all_watched & ibis.literal(records_relapses), False),
        else_=ibis.null("boolean"),
    )
    return _row(
        joined, "relapse_after_reduction", answer, value=joined.shortest, n=joined.n_rebounds.fill_null(0),
        possible=joined.n_reductions.fill_null(0), day=joined.first,
    )  # fmt: skip


def _dyskinesia(cohort: Cohort, people: ir.Table, rules: Mapping[str, Comparison]) -> ir.Table:
    """Dyskinesia on record; no only where it was looked for (a value of zero) and never seen."""
    events = cohort.table("events")
    named = events.filter(events.kind.strip().lower().contains(DYSKINESIA))
    seen = named.value.isnull() | rules["severity"].holds(named.value)
    of_person = named.group_by("person_id").agg(
        n_seen=seen.cast("int64").sum(),
        n_looked=named.count(),
        worst=named.value.max(),
        first=ibis.ifelse(seen, day_number(named.date), ibis.null("int64")).min(),
    )
    joined = _joined(people, of_person)
    answer = ibis.cases(
        (joined.n_seen > 0, True), (joined.n_looked.notnull(), False), else_=ibis.null("boolean")
    )
    return _row(
        joined, "dyskinesia", answer, value=joined.worst, n=joined.n_seen.fill_null(0),
        possible=joined.n_looked.fill_null(0), day=joined.first,
    )  # fmt: skip


def _episode(features: ir.Table, rules: Mapping[str, Comparison]) -> ir.Table:
    """Any of the three signs after long enough treatment, in three-valued logic."""
    is_sign = features.feature.isin(SIGNS)
    by_person = features.group_by("person_id").agg(
        n_signs=(is_sign & features.answer).fill_null(False).cast("int64").sum(),
        n_perhaps=(is_sign & features.answer.fill_null(True)).cast("int64").sum(),
        long_yes=((features.feature == "long_exposure") & features.answer).fill_null(False).any(),
        long_no=((features.feature == "long_exposure") & ~features.answer).fill_null(False).any(),
        first=ibis.ifelse(is_sign & features.answer, features.day, ibis.null("int64")).min(),
    )
    enough = rules["features"].holds(by_person.n_signs)
    possible = rules["features"].holds(by_person.n_perhaps)
    answer = ibis.cases(
        (by_person.long_no | ~possible, False),
        (by_person.long_yes & enough, True),
        else_=ibis.null("boolean"),
    )
    return _row(
        by_person, EPISODE, answer, value=by_person.n_signs, n=by_person.n_signs,
        possible=ibis.literal(len(SIGNS)), day=by_person.first,
    )  # fmt: skip


TABLE_COLUMNS = [
    "person_id", "feature", "answer", "value", "unit", "n", "possible", "date", "evidence", "threshold",
    "source", "checked",
]  # fmt: skip
# The rule whose threshold and unit stand beside a feature's answer.
MAIN_RULE: Mapping[str, str] = {
    "long_exposure": "days_treated", "high_dose": "highest_dose", "tolerance": "dose_increase",
    "relapse_after_reduction": "days_to_relapse_oral", "dyskinesia": "severity", EPISODE: "features",
}  # fmt: skip


def run(cohort: Cohort, results: Results, settings: StudySettings, labelled: Labelled) -> PartResult:
    """Answer the features for everybody, and give their shares among resistant and other people."""
    courses = shipped_definition(MAIN).courses
    answers = supersensitivity_features(cohort, courses, settings.dose_key).execute()
    table = features_frame(answers, lang_of(settings))
    known = verdicts(results, settings)
    labels = table[["person_id", "feature", "answer"]].merge(known, on="person_id", how="left")
    groups = []
    for feature in (*FEATURES, EPISODE):
        shares = share_by_group(labels[labels["feature"] == feature], "answer", "yes")
        groups.append(shares.assign(feature=feature))
    by_group = pd.concat(groups, ignore_index=True)
    by_group = by_group[["feature", *(name for name in by_group.columns if name != "feature")]]
    return PartResult(tables={NAME: table, f"{NAME}_groups": by_group}, findings=_findings(by_group))


def features_frame(answers: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """The table ``supersensitivity``: each answer with its evidence in words, its threshold and source."""
    order = {name: at for at, name in enumerate((*FEATURES, EPISODE))}
    rows = answers.assign(order=answers["feature"].map(order))
    rows = rows.sort_values(["person_id", "order"], ignore_index=True)
    by_rule = {str(row["rule"]): row for row in facts("supersensitivity")}
    rule = [by_rule[MAIN_RULE[feature]] for feature in rows["feature"]]
    threshold = [f"{row['operator']} {row['threshold']:g}" for row in rule]
    sentences = [
        text(
            f"supersensitivity.{row.feature}", lang, n=_count(row.n), possible=_count(row.possible),
            value=_shown(row.value, lang), date=known_date(row.day, lang), needs=shown_threshold(needs),
        )
        for row, needs in zip(rows.itertuples(), threshold, strict=True)
    ]  # fmt: skip
    return pd.DataFrame({
        "person_id": rows["person_id"],
        "feature": rows["feature"],
        "answer": words(rows["answer"]),
        "value": rows["value"].astype("float64"),
        "unit": [str(row["unit"]) for row in rule],
        "n": rows["n"].astype("float64"),
        "possible": rows["possible"].astype("float64"),
        "date": words(rows["day"], iso_date),
        "evidence": sentences,
        "threshold": threshold,
        "source": [str(row["source"]) for row in rule],
        "checked": [str(row["checked"]) for row in rule],
    })[TABLE_COLUMNS]  # fmt: skip


def _count(value: Any) -> int:
    return 0 if pd.isna(value) else int(value)


def _shown(value: Any, lang: Lang) -> str:
    return text("evidence.number_unknown", lang) if pd.isna(value) else f"{float(value):.0f}"


def _findings(groups: pd.DataFrame) -> tuple[Finding, ...]:
    source = {feature: next(str(row["source"]) for row in facts(NAME) if row["rule"] == rule)
              for feature, rule in MAIN_RULE.items()}  # fmt: skip
    return tuple(
        Finding(
            stage="subtype",
            name=f"{NAME}.{row['feature']}.{row['group']}",
            estimate=None if pd.isna(row["share"]) else float(row["share"]),
            low=None if pd.isna(row["ci_low"]) else float(row["ci_low"]),
            high=None if pd.isna(row["ci_high"]) else float(row["ci_high"]),
            n=int(row["n"]),
            unit=str(row["unit"]),
            method=str(row["method"]),
            source=source[str(row["feature"])],
            note=f"{row['unknown']} unknown",
        )
        for row in groups.to_dict("records")
    )


PART = Part(NAME, needs=frozenset({"drug_exposures"}), run=run)
