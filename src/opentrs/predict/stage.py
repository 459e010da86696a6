"""The stage: at each landmark, who would have been known early, with the checks that come before belief."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Finding, Results, Stage, StageResult, StudySettings
from opentrs.messages import Lang, text
from opentrs.predict import tables
from opentrs.predict.comparators import WEEK_2, Comparators, compared
from opentrs.predict.develop import OWN, THOROUGH, Effort, Made, Task, make
from opentrs.predict.fetching import fetched
from opentrs.predict.known import Known, Predictor, shipped_predictors
from opentrs.predict.landmarks import Landmark, shipped_landmarks
from opentrs.predict.leakage import REFUSED, duplication_flag
from opentrs.predict.outcomes import Course, Outcome, outcome_table, shipped_outcomes
from opentrs.predict.performance_rows import GROUPS, Rows, analysis, held_out, performance_rows, time_rows
from opentrs.predict.persons import risk_interval, validity
from opentrs.predict.predictors import predictors_known
from opentrs.predict.published import published_risks
from opentrs.predict.time_model import MODEL, OUTCOME, time_model
from opentrs.predict.time_to_resistance import time_frame
from opentrs.stats.prediction.venn_abers import inductive
from opentrs.stats.refusal import CannotFitError

# Outcomes for which sites are held out and the alarm is rung at every landmark.
MAIN_KIND = "verdict"
DEFINITIONS_IN_TIME = ("trrip", "clozapine_ever")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "landmarks": ("landmark", "outcome", "n", "events", "excluded", "unknown", "share", "low", "high",
        "share_if_no_unknown_had_it", "share_if_every_unknown_had_it", "why", "unit"),
    "performance": ("model", "landmark", "outcome", "kind", "group", "metric", "estimate", "ci_low",
        "ci_high", "prediction_low", "prediction_high", "n", "events", "unit", "method", "why_not"),
    "calibration": ("model", "landmark", "outcome", "kind", "group", "smoother", "risk", "observed", "low",
        "high"),
    "decision": ("model", "landmark", "outcome", "kind", "group", "threshold", "strategy", "net_benefit",
        "low", "high", "over_best", "over_best_low", "over_best_high", "n", "events"),
    "coefficients": ("model", "landmark", "outcome", "term", "coefficient", "unpenalised", "low", "high",
        "unit", "note"),
    "flags": ("model", "landmark", "outcome", "check", "level", "why"),
    "sample_size": ("model", "landmark", "outcome", "purpose", "criterion", "needed", "n", "events",
        "predictors"),
    "alarm": ("model", "landmark", "outcome", "runs", "mean_fold_auc", "low", "high", "verdict", "side"),
    "added_value": ("model", "landmark", "outcome", "added", "test", "statistic", "p", "delta_c", "low",
        "high", "n"),
    "risks": ("person_id", "model", "landmark", "risk", "low", "high", "valid", "outcome", "venn_abers_low",
        "venn_abers_high", "base_rate", "n_missing", "narrows_most"),
    "published": ("model", "landmark", "answers", "lacking", "people", "valid_for"),
}  # fmt: skip


def run(cohort: Cohort, results: Results, settings: StudySettings) -> StageResult:
    """Develop, validate and apply models at every landmark."""
    lang, effort = cast(Lang, settings.lang), _effort(settings)
    course, predictors = Course(cohort, results), shipped_predictors()
    people = _people(cohort)
    beforehand = duplication_flag(cohort)
    rows: dict[str, Rows] = {name: [] for name in COLUMNS}
    for landmark in shipped_landmarks().values():
        asked = [one for one in shipped_outcomes().values() if one.default and landmark.name in one.landmarks]
        if not landmark.is_landmark or not asked or course.days(landmark).empty:
            continue
        known = Known(cohort, landmark)
        table = predictors_known(known, [one.name for one in candidates(predictors, landmark)])
        extra = predictors_known(known, _block_names(known))
        rules = Comparators(known, settings.dose_key)
        for outcome in asked:
            answers = outcome_table(course, landmark, outcome)
            rows["landmarks"].append(tables.landmark_row(answers, landmark.name, outcome.name, lang))
            task = _task(landmark, outcome, answers, table, people, predictors)
            made = make(task, effort, settings.seed, beforehand=beforehand, is_main=outcome.kind == MAIN_KIND)
            _add(rows, made, extra, rules, effort, settings.seed, lang)
            rows["risks"] += _risks(made, answers, table, settings.seed, lang)
        if landmark.name == "baseline":
            _time(rows, course, table, landmark, people, settings.seed, lang)
        rows_of = published_risks(known, landmark, lang)
        rows["risks"] += rows_of.risks
        rows["published"] += rows_of.models
    frames = {name: pd.DataFrame(found, columns=list(COLUMNS[name])) for name, found in rows.items()}
    frames["time_to_trs"] = time_frame(course, DEFINITIONS_IN_TIME)
    return StageResult("predict", frames, _findings(frames))


def _effort(settings: StudySettings) -> Effort:
    base = THOROUGH if settings.thorough else Effort()
    repeats = settings.repeats or base.repeats
    return Effort(
        repeats, base.folds, base.inner, base.imputations, base.alarms, base.challengers, base.resamples,
        settings.jobs,
    )  # fmt: skip


def candidates(predictors: Mapping[str, Predictor], landmark: Landmark) -> tuple[Predictor, ...]:
    """The clinical predictors chosen beforehand, without those told at a visit after the landmark."""
    windows = shipped_landmarks()
    return tuple(
        one
        for one in predictors.values()
        if one.core and not (one.argument in windows and _comes_later(windows[one.argument], landmark))
    )


def _comes_later(window: Landmark, landmark: Landmark) -> bool:
    return window.anchor == landmark.anchor and window.visit_from > landmark.visit_to


def _people(cohort: Cohort) -> pd.DataFrame:
    rows = fetched(cohort.people.select("person_id", "family_id", *GROUPS))
    filled = rows.fillna(dict.fromkeys(("family_id", *GROUPS), "")).rename(columns={"family_id": "family"})
    family = filled["family"].where(filled["family"] != "", filled["person_id"])
    return filled.assign(group=pd.factorize(family)[0])


def _block_names(known: Known) -> list[str]:
    """Polygenic scores of the cohort; the one block that is a few columns and needs no choosing."""
    if "polygenic_scores" not in known.cohort.holds:
        return []
    scores = fetched(known.cohort.table("polygenic_scores").select("score").distinct())["score"]
    return [f"prs_{name}" for name in sorted(scores)]


def _task(
    landmark: Landmark,
    outcome: Outcome,
    answers: pd.DataFrame,
    table: pd.DataFrame,
    people: pd.DataFrame,
    predictors: Mapping[str, Predictor],
) -> Task:
    known = answers[answers["answer"].notna()][["person_id", "answer"]]
    rows = known.merge(people, on="person_id").merge(table, on="person_id")
    names = [name for name in table.columns if name != "person_id"]
    return Task(
        landmark, outcome, rows[["person_id", "family", *GROUPS, "group", "answer"]], rows[names],
        tuple(predictors[name] for name in names),
    )  # fmt: skip


def _add(
    rows: dict[str, Rows], made: Made, extra: pd.DataFrame, rules: Comparators,
    effort: Effort, seed: int, lang: Lang,
) -> None:  # fmt: skip
    """Put what was made into the tables."""
    predictors = shipped_predictors()
    rows["flags"] += tables.flag_rows(made, made.flags, predictors, lang)
    rows["sample_size"] += tables.size_rows(made)
    if not made.models:
        return
    rows["performance"] += performance_rows(made, effort, seed, lang)
    rows["calibration"] += tables.calibration_rows(made, effort, seed)
    decisions = compared(made, rules.of(made.task), effort, seed, lang)
    rows["decision"] += decisions.rows
    rows["flags"] += tables.flag_rows(made, decisions.flags, predictors, lang)
    rows["coefficients"] += tables.coefficient_rows(made, effort.resamples, seed)
    rows["alarm"] += tables.alarm_rows(made)
    blocks: dict[str, list[str]] = {}
    if WEEK_2 in made.task.table:
        blocks["early_change"] = [WEEK_2]
    if len(extra.columns) > 1:
        blocks["polygenic"] = [name for name in extra.columns if name != "person_id"]
    known = made.task.people[["person_id"]].join(made.task.table).merge(extra, on="person_id", how="left")
    rows["added_value"] += tables.added_rows(made, blocks, known, effort, seed)


def _time(
    rows: dict[str, Rows],
    course: Course,
    table: pd.DataFrame,
    landmark: Landmark,
    people: pd.DataFrame,
    seed: int,
    lang: Lang,
) -> None:
    """The model of time to resistance, or why there is none."""
    groups = people.set_index("person_id")["group"]
    try:
        found = time_model(course, table, course.days(landmark), groups, seed)
    except CannotFitError as refusal:
        place = {"model": MODEL, "landmark": landmark.name, "outcome": OUTCOME}
        rows["flags"].append(
            {**place, "check": "sample_size", "level": REFUSED, "why": refusal.sentence(lang)}
        )
        return
    rows["performance"] += time_rows(found, landmark.name, lang)


def _risks(made: Made, answers: pd.DataFrame, table: pd.DataFrame, seed: int, lang: Lang) -> Rows:
    """The own model's risk of everybody at risk on the landmark, whether or not the outcome is known."""
    developed = made.models.get(OWN)
    if developed is None or developed.model is None:
        return []
    task = made.task
    y = task.people["answer"].to_numpy(dtype=float)
    at_risk = answers[answers["excluded"] == ""][["person_id"]].merge(table, on="person_id")
    asked = at_risk[list(task.table.columns)]
    features = asked.to_numpy(dtype=float)
    risk = developed.model.risk(features)
    pair = inductive(y, held_out(developed), risk)
    try:
        interval = risk_interval(task.table, y, task.people["group"].to_numpy(), seed=seed)
    except CannotFitError as refusal:
        # A risk whose uncertainty cannot be told is not shown at all.
        why = text("predict_person.no_interval", lang, why=refusal.sentence(lang))
        place = {**analysis(made, OWN), "valid": why}
        return [{**place, "person_id": one} for one in at_risk["person_id"]]
    low, high = interval.ends(features)
    said = validity(asked, task.predictors, interval, lang)
    rows = pd.DataFrame({
        "person_id": at_risk["person_id"], **analysis(made, OWN), "risk": risk,
        # The risk shown is the penalised one; an interval that misses it is stretched to it.
        "low": np.minimum(low, risk), "high": np.maximum(high, risk), "valid": said,
        "venn_abers_low": pair.low, "venn_abers_high": pair.high, "base_rate": y.mean(),
        "n_missing": np.isnan(features).sum(axis=1),
        "narrows_most": [interval.narrows_most(row) for row in features],
    })  # fmt: skip
    valid = rows["valid"] == "yes"
    for name in ("risk", "low", "high", "venn_abers_low", "venn_abers_high"):
        rows[name] = rows[name].where(valid)
    return cast(Rows, rows.to_dict("records"))


def _findings(frames: Mapping[str, pd.DataFrame]) -> tuple[Finding, ...]:
    """Every outcome's share at its landmark, and C of every model on people held out."""
    found = [
        Finding("predict", f"share.{row['outcome']}.{row['landmark']}", row["share"], row["low"], row["high"],
                int(row["n"]), "proportion", "Clopper-Pearson", note=str(row["why"]))
        for row in _records(frames["landmarks"])
        if row["n"]
    ]  # fmt: skip
    honest = ("internal", "leave_site_out")
    return (
        *found,
        *(
            Finding("predict", ".".join((row["model"], row["outcome"], row["landmark"], row["kind"])),
                    row["estimate"], row["ci_low"], row["ci_high"], int(row["n"]), "C statistic",
                    str(row["method"]))
            for row in _records(frames["performance"])
            if row["metric"] == "c_statistic" and row["kind"] in honest and row["group"] == "all"
        ),
    )  # fmt: skip


def _records(frame: pd.DataFrame) -> Sequence[Mapping[str, Any]]:
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): cell for name, cell in row.items()} for row in rows]


STAGE = Stage("predict", needs=frozenset({"people"}), after=("ascertain",), run=run)
