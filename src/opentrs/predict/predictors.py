"""Named predictors of each person, made of what was known on the landmark and of nothing else.

Which predictors there are, what they mean, their unit and range are rows of
``reference/predict/predictors.csv``; here is only how each kind is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from opentrs.cohort.days import day_number
from opentrs.cohort.model import Cohort
from opentrs.errors import UsageError
from opentrs.measures.dose import with_drug
from opentrs.measures.function import NOT_ASSESSED
from opentrs.measures.scores import item_means, scores_of
from opentrs.messages import Lang, text
from opentrs.predict.fetching import fetched
from opentrs.predict.landmarks import (
    FIRST_TREATMENT,
    Landmark,
    anchors,
    known_at,
    landmark_named,
    shipped_landmarks,
)
from opentrs.predict.totals import dated_items, improvement, latest, visit_totals
from opentrs.reference.load import facts

DAYS_PER_YEAR = 365.25
FAMILY_HISTORY = {"yes": 1.0, "y": 1.0, "1": 1.0, "true": 1.0, "no": 0.0, "n": 0.0, "0": 0.0, "false": 0.0}
POLYGENIC = "prs_"


@dataclass(frozen=True, slots=True)
class Predictor:
    """One named predictor: its meaning, unit, range, and how it is made.

    Parameters
    ----------
    kind : ``number`` or ``flag`` (1 yes, 0 no)
    low, high : values outside are not plausible
    core : part of the clinical set chosen beforehand
    ingredient_of : class of outcome -> ``warned`` or ``refused``, where the predictor is part of how the
        outcome is told
    """

    name: str
    block: str
    kind: str
    unit: str
    low: float
    high: float
    computed_by: str
    argument: str
    core: bool
    ingredient_of: Mapping[str, str]
    name_en: str
    name_zh: str
    coding: str = ""

    def label(self, lang: Lang) -> str:
        """The name a reader sees."""
        return self.name_en if lang == "en" else self.name_zh


def shipped_predictors() -> Mapping[str, Predictor]:
    """Every named predictor, in order."""
    return {str(row["predictor"]): _predictor(row) for row in facts("predictors")}


def _predictor(row: Mapping[str, object]) -> Predictor:
    parts = [part.split(":") for part in str(row["ingredient_of"] or "").split(";") if part]
    return Predictor(
        str(row["predictor"]), str(row["block"]), str(row["kind"]), str(row["unit"] or ""),
        float(str(row["low"])), float(str(row["high"])), str(row["computed_by"]), str(row["argument"] or ""),
        bool(row["core"]), dict(parts), str(row["name_en"]), str(row["name_zh"]),
        str(row["coding"] or ""),
    )  # fmt: skip


def setting(name: str) -> float:
    """A shipped setting of the prediction stage, in the unit its row names."""
    return next(float(row["value"]) for row in facts("predict_settings") if row["setting"] == name)


class Known:
    """What was known of everybody on their landmark; each table is computed once, when it is asked for."""

    def __init__(self, cohort: Cohort, landmark: Landmark) -> None:
        self.landmark = landmark
        self.cohort = known_at(cohort, landmark)

    @cached_property
    def days(self) -> pd.DataFrame:
        """person_id, day: the landmark."""
        people = self.cohort.people
        days = fetched(people.select("person_id", day=day_number(people[self.landmark.column])))
        ordered: pd.DataFrame = days.sort_values("person_id", ignore_index=True)
        return ordered

    @cached_property
    def people(self) -> pd.DataFrame:
        """The people's own columns, dates as day numbers, one row per person in the order of ``days``."""
        table = self.cohort.people
        dates = {name: day_number(table[name]) for name, kind in table.schema().items() if kind.is_date()}
        frame = fetched(table.mutate(**dates)).set_index("person_id")
        ordered: pd.DataFrame = frame.loc[self.days["person_id"]]
        return ordered

    @cached_property
    def items(self) -> ir.Table:
        """Recognised ratings."""
        return dated_items(self.cohort)

    @cached_property
    def totals(self) -> pd.DataFrame:
        """Totals of every visit so far."""
        return visit_totals(self.items)

    @cached_property
    def starts(self) -> pd.DataFrame:
        """person_id, day: first treatment, as far as it was known."""
        return anchors(self.cohort, FIRST_TREATMENT)


Compute = Callable[[Known, tuple[Predictor, ...]], pd.DataFrame]


def predictor_table(
    cohort: Cohort,
    landmark: str | Landmark = "baseline",
    names: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Predictors of everybody who has the landmark, from :meth:`Cohort.as_of` the landmark alone.

    Parameters
    ----------
    cohort : people and their tables
    landmark : its name (``baseline``, ``week2``, ``week6``, ``month12`` ...), or your own
    names : predictors wanted, in order; by default every shipped one. ``prs_<score>`` names a polygenic
        score, ``<table>:<column>`` a region of a scan table such as ``cortex:lh_superiorfrontal_thickness``.

    Returns
    -------
    person_id and a column for each predictor: numbers in the unit of ``reference/predict/predictors.csv``,
    flags as 1 and 0, unknown as NaN

    Raises
    ------
    UsageError : there is no such landmark or predictor
    """
    at = landmark if isinstance(landmark, Landmark) else landmark_named(landmark)
    return predictors_known(Known(cohort, at), names)


def predictors_known(known: Known, names: Iterable[str] | None = None) -> pd.DataFrame:
    """As :func:`predictor_table`, from what is known already."""
    shipped = shipped_predictors()
    wanted = list(shipped) if names is None else list(dict.fromkeys(names))
    rows = [shipped[name] if name in shipped else _from_data(name, known) for name in wanted]
    frame = known.days[["person_id"]].copy()
    if frame.empty:
        return frame.reindex(columns=["person_id", *wanted]).astype(dict.fromkeys(wanted, "float64"))
    by_kind: dict[str, list[Predictor]] = {}
    for row in rows:
        by_kind.setdefault(row.computed_by, []).append(row)
    for kind, of_kind in by_kind.items():
        found = COMPUTED[kind](known, tuple(of_kind))
        frame = frame.merge(found, on="person_id", how="left")
    return frame[["person_id", *wanted]].astype(dict.fromkeys(wanted, "float64"))


def _from_data(name: str, known: Known) -> Predictor:
    """A predictor named by the cohort's own tables: a polygenic score, or a region of a scan."""
    table, _, column = name.partition(":")
    if name.startswith(POLYGENIC):
        kind, argument, block = "polygenic", name.removeprefix(POLYGENIC), "genetics"
    elif table in known.cohort.modalities and column in known.cohort.modalities[table].columns:
        kind, argument, block = "scan", name, "imaging"
    else:
        raise UsageError(text("predict.no_predictor", name=name))
    return Predictor(name, block, "number", "", -np.inf, np.inf, kind, argument, False, {}, name, name)


def _columns(known: Known, columns: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Values aligned with the people, as a frame with their ids."""
    values = {name: np.asarray(column, dtype=float) for name, column in columns.items()}
    return pd.DataFrame({"person_id": known.days["person_id"], **values})


def _person(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    return _columns(known, {row.name: PERSON[row.computed_by](known, row.argument) for row in rows})


def _number(known: Known, column: str) -> pd.Series:
    return known.people[column].astype("float64")


def _sex(known: Known, is_one: str) -> pd.Series:
    sex = known.people["sex"]
    return (sex == is_one).astype("float64").where(sex.isin(["F", "M"]))


def _family_history(known: Known, _: str) -> pd.Series:
    return known.people["family_history"].astype("string").str.strip().str.lower().map(FAMILY_HISTORY)


def _age(known: Known, _: str) -> pd.Series:
    born = _number(known, "birth_date")
    landmark = _number(known, known.landmark.column)
    return ((landmark - born) / DAYS_PER_YEAR).fillna(_number(known, "age_years"))


def _onset_age(known: Known, _: str) -> pd.Series:
    stated = _number(known, "onset_age_years")
    by_date = (_number(known, "illness_onset_date") - _number(known, "birth_date")) / DAYS_PER_YEAR
    return stated.fillna(by_date)


def _untreated(known: Known, _: str) -> pd.Series:
    onset, first = (_number(known, name) for name in ("illness_onset_date", "first_treatment_date"))
    days = first - onset
    return days.where(days >= 0)


def _untreated_log(known: Known, _: str) -> pd.Series:
    return pd.Series(np.log1p(_untreated(known, "")))


PERSON: Mapping[str, Callable[[Known, str], pd.Series]] = {
    "people": _number,
    "sex": _sex,
    "family_history": _family_history,
    "age": _age,
    "onset_age": _onset_age,
    "untreated": _untreated,
    "untreated_log": _untreated_log,
}


def _wide(rows: pd.DataFrame, name: str, value: str) -> pd.DataFrame:
    """One row per person, one column per value of ``name``."""
    return rows.pivot_table(index="person_id", columns=name, values=value, aggfunc="mean").reset_index()


def _items(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Single items, and sums of items all of which were rated, at the latest visit that rated their scale."""
    parts = {row.name: [tuple(one.split(":")) for one in _members(row.argument)] for row in rows}
    asked = sorted({pair for pairs in parts.values() for pair in pairs})
    frame = known.days[["person_id"]].copy()
    for scale in sorted({scale for scale, _ in asked}):
        names = [item for of_scale, item in asked if of_scale == scale]
        means = item_means(known.items.filter(known.items.scale == scale))
        found = latest(means, known.days, setting("rating_age"))
        wide = _wide(found[found["item"].isin(names)], "item", "value")
        renamed = wide.rename(columns={item: f"{scale}:{item}" for item in names})
        frame = frame.merge(renamed, on="person_id", how="left")
    columns = {}
    for name, pairs in parts.items():
        known_items = frame.reindex(columns=[f"{scale}:{item}" for scale, item in pairs])
        columns[name] = known_items.sum(axis=1, skipna=False)
    return _columns(known, columns)


def _members(argument: str) -> list[str]:
    scale, _, items = argument.partition(":")
    return [f"{scale}:{item}" for item in items.split("+")]


def _factors(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    models = sorted({row.argument.split(":")[0] for row in rows})
    scores = scores_of(known.items, models)
    frame = known.days[["person_id"]].copy()
    for row in rows:
        model, factor = row.argument.split(":")
        one = scores.filter((scores.model == model) & (scores.factor == factor)).select(
            "person_id", "day", value="score"
        )
        found = latest(one, known.days, setting("rating_age")).rename(columns={"value": row.name})
        frame = frame.merge(found[["person_id", row.name]], on="person_id", how="left")
    return frame


def _totals(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    landmark = known.days.set_index("person_id")["day"]
    age = known.totals["person_id"].map(landmark) - known.totals["day"]
    recent = known.totals[age <= setting("rating_age")]
    newest = recent.sort_values("day", kind="stable").groupby(["person_id", "scale"]).tail(1)
    wide = newest.pivot(index="person_id", columns="scale", values="total").reindex(known.days["person_id"])
    unknown = pd.Series(np.nan, index=wide.index)
    return _columns(known, {row.name: wide.get(row.argument, unknown) for row in rows})


def _improvement(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Fall from the baseline visit to that of a week, or to the latest one."""
    windows = shipped_landmarks()
    columns = {}
    for row in rows:
        if row.argument == "latest":
            back = int(setting("rating_age"))
            after, counted = Landmark("latest", "treatment", 0, -back, 0), known.days
        else:
            after, counted = windows[row.argument], known.starts
        fell = improvement(known.starts, known.totals, windows["baseline"], after, counted)
        columns[row.name] = known.days["person_id"].map(fell.set_index("person_id")["percent"])
    return _columns(known, columns)


def _function(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    table = known.cohort.table("function")
    named = table.mutate(
        scale=table.scale.strip().upper(), day=day_number(table.date), value=table.value.nullif(NOT_ASSESSED)
    )
    frame = known.days[["person_id"]].copy()
    for row in rows:
        one = named.filter(
            (named.scale == row.argument) & named.value.notnull() & named.day.notnull()
        ).select("person_id", "day", "value")
        found = latest(one, known.days, setting("rating_age"))
        mean = found.groupby("person_id")["value"].mean().rename(row.name).reset_index()
        frame = frame.merge(mean, on="person_id", how="left")
    return frame


def _adherence(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    table = known.cohort.table("adherence")
    mean = fetched(table.group_by("person_id").agg(value=table.percent.mean()))
    by_person = mean.set_index("person_id")["value"]
    return _columns(known, {row.name: known.days["person_id"].map(by_person) for row in rows})


def _events(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Events on record so far. None on record is none only where the cohort records that kind at all."""
    table = known.cohort.table("events")
    kinds = fetched(table.group_by("person_id", kind=table.kind.strip().lower()).agg(n=table.count()))
    covered = known.people["observation_start"].notna().to_numpy()
    columns = {}
    for row in rows:
        of_kind = kinds[kinds["kind"].isin(row.argument.split(";"))]
        counted = known.days["person_id"].map(of_kind.groupby("person_id")["n"].sum()).astype("float64")
        if len(of_kind):
            counted = counted.where(counted.notna() | ~covered, 0.0)
        flagged = counted.clip(upper=1.0) if row.kind == "flag" else counted
        columns[row.name] = flagged
    return _columns(known, columns)


def _stays(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Days and number of admissions shortly before the landmark; a stay not ended lasts to the landmark."""
    table = known.cohort.table("hospital_stays")
    dates = {"start": table.admission_date, "end": table.discharge_date}
    stays = fetched(table.select("person_id", **{name: day_number(one) for name, one in dates.items()}))
    stays = stays.merge(known.days, on="person_id").rename(columns={"day": "landmark"})
    back = setting("hospital_lookback")
    opens = stays["landmark"] - back
    begins = stays["start"].clip(lower=opens)
    days = (stays["end"].astype("float64").fillna(stays["landmark"]) - begins).clip(lower=0)
    stays = stays.assign(days=days, admissions=(stays["start"] > opens).astype(float))
    covered = (known.people["observation_start"] <= known.days["day"].to_numpy() - back).to_numpy()
    of_person = stays.groupby("person_id")[["days", "admissions"]].sum()
    columns = {}
    for row in rows:
        found = known.days["person_id"].map(of_person[row.argument]).astype("float64")
        columns[row.name] = found.where(found.notna() | (not len(stays)) | ~covered, 0.0)
    return _columns(known, columns)


def _drugs(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Different antipsychotics on record so far, and whether one was a long-acting injection."""
    parts = []
    for name in ("drug_exposures", "treatment_courses"):
        table = with_drug(known.cohort.table(name)).filter(lambda t: t.is_antipsychotic)
        depot = ((table.route == "lai") | (table.name_route == "lai")).fill_null(False)
        parts.append(fetched(table.select("person_id", "ingredient", is_depot=depot).distinct()))
    taken = pd.concat(parts, ignore_index=True)
    by_person = taken.groupby("person_id").agg(
        antipsychotics=("ingredient", "nunique"), depot=("is_depot", "max")
    )
    return _columns(
        known,
        {row.name: known.days["person_id"].map(by_person[row.argument].astype(float)) for row in rows},
    )


def _courses(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    table = known.cohort.table("treatment_courses")
    counts = fetched(table.group_by("person_id", "stop_reason").agg(n=table.count()))
    seen = known.days["person_id"].isin(counts["person_id"])
    columns = {}
    for row in rows:
        of_reason = counts[counts["stop_reason"] == row.argument].set_index("person_id")["n"]
        found = known.days["person_id"].map(of_reason).astype("float64")
        columns[row.name] = found.where(found.notna() | ~seen, 0.0)
    return _columns(known, columns)


def _polygenic(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    wanted = {row.argument: row.name for row in rows}
    table = known.cohort.table("polygenic_scores")
    chosen = fetched(table.filter(table.score.isin(list(wanted))).select("person_id", "score", "value"))
    wide = _wide(chosen, "score", "value").rename(columns=wanted).set_index("person_id")
    frame = wide.reindex(known.days["person_id"]).reindex(columns=list(wanted.values()))
    return frame.rename_axis("person_id").reset_index()


def _scans(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Regions of each person's latest scan so far."""
    frame = known.days[["person_id"]].copy()
    for table_name in sorted({row.argument.partition(":")[0] for row in rows}):
        regions = {
            row.argument.partition(":")[2]: row.name
            for row in rows
            if row.argument.startswith(f"{table_name}:")
        }
        table = known.cohort.modalities[table_name]
        dated = table.mutate(day=day_number(table.date)).select("person_id", "day", *regions)
        found = latest(dated, known.days, np.inf).drop(columns="day")
        one = found.groupby("person_id", as_index=False).mean().rename(columns=regions)
        frame = frame.merge(one, on="person_id", how="left")
    return frame


def _types(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """The clinical type at the latest visit so far, by the shipped rule; mixed and none are another type."""
    from opentrs.subtype.definition import UNKNOWN, shipped_types
    from opentrs.subtype.labels import label

    persons = fetched(label(known.cohort, shipped_types()).persons.select("person_id", "type"))
    types = known.days["person_id"].map(persons.set_index("person_id")["type"])
    is_known = types.notna() & (types != UNKNOWN)
    return _columns(known, {row.name: (types == row.argument).astype(float).where(is_known) for row in rows})


COMPUTED: Mapping[str, Compute] = {
    **dict.fromkeys(PERSON, _person),
    "item": _items,
    "item_sum": _items,
    "factor": _factors,
    "total": _totals,
    "improvement": _improvement,
    "function": _function,
    "adherence": _adherence,
    "event_flag": _events,
    "event_count": _events,
    "stays": _stays,
    "drugs": _drugs,
    "courses": _courses,
    "polygenic": _polygenic,
    "scan": _scans,
    "type": _types,
}
