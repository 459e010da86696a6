"""Response subtypes: as courses and verdicts say, and as the course of symptoms under treatment says.

The deterministic reading follows Lee et al. 2015: antipsychotic-responsive, clozapine-responsive, clozapine-
resistant. Beside it, never merged with it, stands a growth mixture of symptom scores over the weeks since the
first antipsychotic, and one since the first clozapine.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Finding, Results, StudySettings
from opentrs.messages import Lang, text
from opentrs.reference.load import facts
from opentrs.stats.growth_choice import Choice, choose_classes
from opentrs.stats.growth_data import GrowthData, growth_data
from opentrs.stats.growth_mixture import GrowthMixture
from opentrs.stats.refusal import CannotFitError
from opentrs.subtype.ascertained import ascertained, lang_of, share_by_group, verdicts
from opentrs.subtype.parts import Labelled, Part, PartResult

SUBTYPES = (
    "antipsychotic_responsive", "clozapine_responsive", "clozapine_resistant", "resistant_without_clozapine",
)  # fmt: skip
UNKNOWN, UNASSIGNED = "unknown", "unassigned"
ASSIGNED_FROM = 0.7
LEE = "PMC4679132"
SCALES = ("PANSS", "BPRS-18", "BPRS-24")
WEEKS = 52
DAYS_BEFORE = 14
DAYS_PER_WEEK = 7
FEWEST_PEOPLE = 40
MOST_CLASSES = 4
DRAWS = 49
SHOWN_WEEKS = (0, 2, 4, 6, 8, 12, 16, 24, 36, 52)
TREATMENTS = ("first_antipsychotic", "clozapine")


def run(cohort: Cohort, results: Results, settings: StudySettings, labelled: Labelled) -> PartResult:
    """Read everybody's response subtype, and model the course of symptoms under each treatment."""
    lang = lang_of(settings)
    found, known = ascertained(results, settings), verdicts(results, settings)
    courses = found.tables["courses"]
    read = response_subtypes(ibis.memtable(known), ibis.memtable(courses[list(COURSE_COLUMNS)]))
    people = subtypes_frame(read.execute(), lang)
    models, curves, agreements = [], [], []
    for treatment in TREATMENTS:
        scores = scores_under(treatment, courses, found.tables["visits"])
        model, curve, members = model_trajectories(scores, treatment, settings)
        models.append(model)
        curves.append(curve)
        people = people.merge(members, on="person_id", how="left")
        agreements.append(_agreement(people, treatment))
    labels = people[["person_id", "response_subtype", "verdict"]]
    shares = pd.concat(
        [share_by_group(labels, "response_subtype", one).assign(response_subtype=one) for one in SUBTYPES],
        ignore_index=True,
    )
    shares = shares[shares["group"] == "all"].drop(columns="group")
    tables = {
        "trajectories": _people_frame(people),
        "trajectory_shares": shares[["response_subtype", *shares.columns.drop("response_subtype")]],
        "trajectory_models": _together(models),
        "trajectory_classes": _together(curves),
        "trajectory_agreement": _together(agreements),
    }
    return PartResult(tables=tables, findings=_findings(shares, tables["trajectory_models"]))


def _together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table; an empty one has no types to spoil the others with."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]


COURSE_COLUMNS = ("person_id", "is_antipsychotic", "is_clozapine", "responding", "start_date")


def response_subtypes(known: ir.Table, courses: ir.Table) -> ir.Table:
    """antipsychotic_responsive, clozapine_responsive, clozapine_resistant, resistant_without_clozapine or
    unknown.

    Somebody resistant is what clozapine did; somebody not resistant responds where a course without
    clozapine is known to have helped. Resistance counts once met, whatever helped before.

    Parameters
    ----------
    known : person_id, verdict, clozapine
    courses : person_id, is_antipsychotic, is_clozapine, responding (yes, no, unknown)

    Returns
    -------
    person_id, verdict, clozapine, n_responded (courses without clozapine that helped), response_subtype
    """
    helped = courses.filter(
        (courses.is_antipsychotic == "yes") & (courses.is_clozapine == "no") & (courses.responding == "yes")
    )
    counted = helped.group_by("person_id").agg(n_responded=helped.count())
    joined = known.left_join(counted, "person_id").drop("person_id_right")
    joined = joined.mutate(n_responded=joined.n_responded.fill_null(0))
    resistant = joined.verdict == "resistant"
    subtype = ibis.cases(
        (resistant & (joined.clozapine == "responsive"), "clozapine_responsive"),
        (resistant & (joined.clozapine == "resistant"), "clozapine_resistant"),
        (resistant & (joined.clozapine == "not_tried"), "resistant_without_clozapine"),
        ((joined.verdict == "not_resistant") & (joined.n_responded > 0), "antipsychotic_responsive"),
        (joined.verdict == "not_applicable", "not_applicable"),
        else_=UNKNOWN,
    )
    return joined.mutate(response_subtype=subtype)


def subtypes_frame(read: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """The people the question applies to, with what the subtype rests on in words."""
    rows = read[read["response_subtype"] != "not_applicable"].sort_values("person_id", ignore_index=True)
    evidence = [
        text("trajectory.evidence", lang, verdict=verdict, clozapine=clozapine or UNKNOWN, n=n)
        for verdict, clozapine, n in zip(
            rows["verdict"], rows["clozapine"], rows["n_responded"].astype("int64"), strict=True
        )
    ]
    return rows.assign(evidence=evidence)


def scores_under(treatment: str, courses: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """Symptom scores by weeks since a treatment began, on the scale most people were rated with.

    Scores under the first antipsychotic end where clozapine begins. Scales are never mixed.

    Parameters
    ----------
    treatment : ``first_antipsychotic`` or ``clozapine``
    courses, visits : tables of the first stage

    Returns
    -------
    person_id, weeks, pomp (percent of the maximum possible), scale
    """
    dated = courses[(courses["is_antipsychotic"] == "yes") & (courses["start_date"] != "")]
    clozapine = dated.loc[dated["is_clozapine"] == "yes"].groupby("person_id")["start_date"].min()
    other = dated.loc[dated["is_clozapine"] == "no"].groupby("person_id")["start_date"].min()
    begin = (clozapine if treatment == "clozapine" else other).to_dict()
    until = {} if treatment == "clozapine" else clozapine.to_dict()
    ranges = _ranges()
    known = visits["person_id"].isin(list(begin)) & (visits["date"] != "")
    rows = visits[known & visits["total"].notna() & visits["scale"].isin(list(ranges))]
    people = rows["person_id"].tolist()
    starts = pd.to_datetime(pd.Series([begin[person] for person in people], index=rows.index, dtype="object"))
    ends = pd.Series([until.get(person, "9999-12-31") for person in people], index=rows.index, dtype="object")
    days = (pd.to_datetime(rows["date"]) - starts).dt.days
    kept = (days >= -DAYS_BEFORE) & (days <= WEEKS * DAYS_PER_WEEK) & (rows["date"].astype("object") <= ends)
    rows, days = rows[kept], days[kept]
    low = np.array([ranges[scale][0] for scale in rows["scale"]], dtype=np.float64)
    high = np.array([ranges[scale][1] for scale in rows["scale"]], dtype=np.float64)
    scored = pd.DataFrame({
        "person_id": rows["person_id"],
        "weeks": days.clip(lower=0).astype("float64") / DAYS_PER_WEEK,
        "pomp": 100 * (rows["total"].astype("float64") - low) / (high - low),
        "scale": rows["scale"],
    })  # fmt: skip
    if scored.empty:
        return scored
    rated = scored.groupby("scale")["person_id"].nunique()
    most = max(SCALES, key=lambda scale: int(rated.get(scale, 0)))
    return scored[scored["scale"] == most].reset_index(drop=True)


def _ranges() -> dict[str, tuple[float, float]]:
    return {
        str(row["scale"]): (float(row["total_low"]), float(row["total_high"]))
        for row in facts("scales")
        if row["scale"] in SCALES
    }


def model_trajectories(
    scores: pd.DataFrame, treatment: str, settings: StudySettings
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Choose the number of classes and describe them; where that is impossible the reason is a row.

    Parameters
    ----------
    scores : from :func:`scores_under`
    treatment : its name
    settings : seed and language

    Returns
    -------
    models tried, curves of the chosen classes, and class of each person
    """
    lang = lang_of(settings)
    head = {"treatment": treatment, "scale": "" if scores.empty else scores["scale"].iloc[0]}
    try:
        data = _data(scores)
        choice = choose_classes(data, MOST_CLASSES, degree=_degree(data), draws=DRAWS, seed=settings.seed)
    except CannotFitError as refused:
        reason = refused.sentence(lang)
        model = pd.DataFrame([head | {"chosen": "", "reason": reason}]).reindex(columns=MODEL_COLUMNS)
        nobody = pd.DataFrame({"person_id": []}, dtype="object").reindex(columns=_member_columns(treatment))
        return model, pd.DataFrame(columns=CURVE_COLUMNS), nobody
    method = text("trajectory.method", lang, degree=choice.chosen.degree)
    return (
        _models_frame(choice, head, method, lang),
        _curves_frame(choice.chosen, head, method),
        _members_frame(choice.chosen, data, treatment),
    )


MODEL_COLUMNS = [
    "treatment", "scale", "n_classes", "log_likelihood", "n_parameters", "bic", "entropy",
    "smallest_class_people", "bootstrap_p", "bootstrap_draws", "starts_agreeing", "starts", "chosen", "n",
    "n_visits", "method", "reason",
]  # fmt: skip
CURVE_COLUMNS = [
    "treatment", "scale", "class", "share", "share_low", "share_high", "week", "mean", "ci_low", "ci_high",
    "reduction_percent", "n", "unit", "method",
]  # fmt: skip


def _data(scores: pd.DataFrame) -> GrowthData:
    """Symptoms fall fast at first: the curve is drawn over the square root of the weeks."""
    if scores.empty:
        raise CannotFitError("nothing_measured")
    people = scores["person_id"].nunique()
    if people < FEWEST_PEOPLE:
        raise CannotFitError("few_people", n=people, needed=FEWEST_PEOPLE, classes=1)
    ordered = scores.sort_values(["person_id", "weeks"])
    return growth_data(ordered["person_id"].tolist(), np.sqrt(ordered["weeks"]), ordered["pomp"])


def _degree(data: GrowthData) -> int:
    """A curve that bends needs people who were seen three times."""
    return 2 if (np.bincount(data.person) >= 3).mean() >= 0.5 else 1


def _models_frame(choice: Choice, head: dict[str, str], method: str, lang: Lang) -> pd.DataFrame:
    rows = []
    for one in choice.candidates:
        row: dict[str, object] = {
            "n_classes": one.n_classes, "smallest_class_people": one.smallest_people, "method": method,
            "chosen": "yes" if one.n_classes == choice.n_classes else "no",
            "bootstrap_p": np.nan if one.p_value is None else one.p_value, "bootstrap_draws": DRAWS,
            "reason": one.refused.sentence(lang) if one.refused else "",
        }  # fmt: skip
        if one.fitted is not None:
            row |= {
                "log_likelihood": one.fitted.log_likelihood, "n_parameters": one.fitted.n_parameters,
                "bic": one.fitted.bic, "entropy": one.fitted.entropy, "n": one.fitted.n_people,
                "n_visits": one.fitted.n_values, "starts_agreeing": one.fitted.n_agreeing,
                "starts": one.fitted.n_starts,
                "reason": "" if one.admissible else text("trajectory.small_class", lang),
            }  # fmt: skip
        rows.append(head | row)
    return pd.DataFrame(rows).reindex(columns=MODEL_COLUMNS)


def _curves_frame(model: GrowthMixture, head: dict[str, str], method: str) -> pd.DataFrame:
    last = model.span[1] ** 2
    weeks = np.array([week for week in SHOWN_WEEKS if week <= last + 1e-9], dtype=np.float64)
    mean, ends = model.mean_at(np.sqrt(weeks)), model.mean_interval(np.sqrt(weeks))
    low, high = ends if ends is not None else (np.full_like(mean, np.nan), np.full_like(mean, np.nan))
    rows = []
    for k, share in enumerate(model.share_intervals()):
        fall = 100 * (mean[k, 0] - mean[k, -1]) / mean[k, 0] if mean[k, 0] > 0 else np.nan
        for at, week in enumerate(weeks):
            rows.append(head | {
                "class": k + 1, "share": share.estimate, "share_low": share.low, "share_high": share.high,
                "week": week, "mean": mean[k, at], "ci_low": low[k, at], "ci_high": high[k, at],
                "reduction_percent": fall, "n": model.n_people, "unit": "percent of maximum possible",
                "method": method,
            })  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=CURVE_COLUMNS)


def _member_columns(treatment: str) -> list[str]:
    return ["person_id", *(f"{name}_{treatment}" for name in ("class", "p", "n_visits"))]


def _members_frame(model: GrowthMixture, data: GrowthData, treatment: str) -> pd.DataFrame:
    posterior = model.posterior(data)
    top, surest = posterior.argmax(axis=1), posterior.max(axis=1)
    labels = [str(k + 1) if p >= ASSIGNED_FROM else UNASSIGNED for k, p in zip(top, surest, strict=True)]
    columns = (list(data.people), labels, surest, np.bincount(data.person).astype(float))
    return pd.DataFrame(dict(zip(_member_columns(treatment), columns, strict=True)))


def _agreement(people: pd.DataFrame, treatment: str) -> pd.DataFrame:
    """How the reading and the classes meet: people by subtype and class."""
    modelled = people[people[f"class_{treatment}"].notna()]
    counted = modelled.groupby(["response_subtype", f"class_{treatment}"]).size().reset_index(name="n")
    counted.columns = pd.Index(["response_subtype", "class", "n"])
    return counted.assign(treatment=treatment)[["treatment", "response_subtype", "class", "n"]]


def _people_frame(people: pd.DataFrame) -> pd.DataFrame:
    columns = [name for treatment in TREATMENTS for name in _member_columns(treatment)[1:]]
    out = people[["person_id", "response_subtype", "evidence", *columns]].copy()
    for name in columns:
        if name.startswith("class_"):
            out[name] = out[name].astype("object").where(out[name].notna(), "")
        else:
            out[name] = out[name].astype("float64")
    return out.sort_values("person_id", ignore_index=True)


def _findings(shares: pd.DataFrame, models: pd.DataFrame) -> tuple[Finding, ...]:
    subtypes = [
        Finding(
            stage="subtype", name=f"trajectory.{row['response_subtype']}",
            estimate=None if pd.isna(row["share"]) else float(row["share"]),
            low=None if pd.isna(row["ci_low"]) else float(row["ci_low"]),
            high=None if pd.isna(row["ci_high"]) else float(row["ci_high"]),
            n=int(row["n"]), unit=str(row["unit"]), method=str(row["method"]), source=LEE,
            note=f"{row['unknown']} unknown",
        )
        for row in shares.to_dict("records")
    ]  # fmt: skip
    classes = [
        Finding(
            stage="subtype", name=f"trajectory.classes.{row['treatment']}", estimate=float(row["n_classes"]),
            low=None, high=None, n=int(row["n"]), unit="classes", method=str(row["method"]),
            note=f"{row['scale']}, {row['n_visits']:.0f} visits",
        )
        for row in models[models["chosen"] == "yes"].to_dict("records")
    ]  # fmt: skip
    return (*subtypes, *classes)


PART = Part("trajectories", needs=frozenset({"ratings"}), run=run)
