"""The day on which a prediction is made: personal, and the only door to what was known then.

A landmark is a date column of ``people`` (``landmark_baseline``, ``landmark_week2`` ...), so that
:meth:`Cohort.as_of` hides what came later for each person. Windows are rows of
``reference/predict/landmarks.csv``; a caller may pass others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa

from opentrs.cohort.days import day_number, fresh_name, settle
from opentrs.cohort.model import Cohort
from opentrs.errors import UsageError
from opentrs.measures.dose import with_drug
from opentrs.messages import Lang, text
from opentrs.predict.fetching import fetched
from opentrs.reference.load import facts

FIRST_TREATMENT, TREATMENT = "first_treatment", "treatment"
STIMULATION: Mapping[str, tuple[str, ...]] = {"ect": ("ect",), "tms": ("rtms", "ctbs")}
PREFIX = "landmark_"


@dataclass(frozen=True, slots=True)
class Landmark:
    """A day counted from a personal anchor, and the visits that may stand for it.

    Parameters
    ----------
    name : such as ``week2``
    anchor : ``first_treatment``, ``clozapine``, ``ect``, ``tms``, or ``treatment`` (the landmark itself)
    day : days after the anchor
    visit_from, visit_to : a visit on these days after the anchor may stand for ``day``; the nearest does, the
        earlier of two equally near ones
    is_landmark : a prediction can be made there; otherwise it only places visits
    """

    name: str
    anchor: str
    day: int
    visit_from: int
    visit_to: int
    is_landmark: bool = True
    name_en: str = ""
    name_zh: str = ""

    @property
    def column(self) -> str:
        """The date column of ``people`` that holds it."""
        return PREFIX + self.name

    def label(self, lang: Lang) -> str:
        """The name a reader sees."""
        return (self.name_en if lang == "en" else self.name_zh) or self.name


def shipped_landmarks() -> Mapping[str, Landmark]:
    """Every shipped landmark and visit window by its name, in order."""
    return {
        str(row["landmark"]): Landmark(
            row["landmark"], row["anchor"], row["day"], row["visit_from"], row["visit_to"],
            row["is_landmark"], row["name_en"], row["name_zh"],
        )
        for row in facts("landmarks")
    }  # fmt: skip


def landmark_named(name: str, landmarks: Mapping[str, Landmark] | None = None) -> Landmark:
    """One landmark by its name.

    Raises
    ------
    UsageError : there is none of that name
    """
    known = landmarks if landmarks is not None else shipped_landmarks()
    if name not in known:
        raise UsageError(text("predict.no_landmark", name=name, known=", ".join(known)))
    return known[name]


def anchors(cohort: Cohort, anchor: str) -> pd.DataFrame:
    """The day each landmark of this kind is counted from.

    For ``first_treatment``: the first treatment where the record covers it; where the record starts later,
    the first rating in it. A person without either has no day.

    Returns
    -------
    person_id, day (days since 1970; NaN where there is none), source (first_treatment, first_rating, or
    the treatment)
    """
    if anchor == FIRST_TREATMENT:
        return _first_days(cohort)
    people = cohort.people.select("person_id")
    if anchor == "clozapine":
        starts = clozapine_starts(cohort)
    elif anchor in STIMULATION:
        rows = cohort.table("procedures").filter(lambda t: t.kind.isin(STIMULATION[anchor]))
        days = rows.group_by("person_id").agg(day=day_number(rows.start_date).min())
        starts = fetched(days)
    else:
        raise UsageError(text("predict.no_anchor", name=anchor))
    found = fetched(people).merge(starts, on="person_id", how="left").assign(source=anchor)
    found = found.astype({"day": "float64"})
    ordered: pd.DataFrame = found.sort_values("person_id", ignore_index=True)
    return ordered


def clozapine_starts(cohort: Cohort) -> pd.DataFrame:
    """First day of clozapine on record: person_id, day; people without a dated one are not listed."""
    parts = []
    for name in ("drug_exposures", "treatment_courses"):
        rows = with_drug(cohort.table(name)).filter(lambda t: t.is_clozapine & t.start_date.notnull())
        parts.append(fetched(rows.group_by("person_id").agg(day=day_number(rows.start_date).min())))
    both = pd.concat(parts, ignore_index=True)
    first: pd.DataFrame = both.groupby("person_id", as_index=False)[["day"]].min()
    return first


def _first_days(cohort: Cohort) -> pd.DataFrame:
    people = cohort.people
    columns = {"treated": people.first_treatment_date, "opens": people.observation_start}
    days = fetched(people.select("person_id", **{name: day_number(one) for name, one in columns.items()}))
    visits = visit_days(cohort)
    seen = visits.merge(days[["person_id", "opens"]], on="person_id")
    first = seen[~(seen["day"] < seen["opens"])].groupby("person_id")["day"].min()
    rated = days["person_id"].map(first).astype("float64")
    treated = days["treated"].astype("float64").where(~(days["opens"] > days["treated"]))
    source = pd.Series("first_treatment", index=days.index).where(treated.notna(), "first_rating")
    found = pd.DataFrame({"person_id": days["person_id"], "day": treated.fillna(rated), "source": source})
    return found.sort_values("person_id", ignore_index=True)


def visit_days(cohort: Cohort) -> pd.DataFrame:
    """Days on which anything was rated: person_id, day, each once."""
    ratings = cohort.table("ratings")
    rated = ratings.filter(ratings.value.notnull() & ratings.date.notnull())
    days = fetched(rated.select("person_id", day=day_number(rated.date)).distinct())
    return days.sort_values(["person_id", "day"], ignore_index=True)


def nearest_visits(starts: pd.DataFrame, visits: pd.DataFrame, window: Landmark) -> pd.DataFrame:
    """The visit that stands for a landmark's day.

    Parameters
    ----------
    starts : person_id, day: the anchor
    visits : person_id, day, and whatever else is known of a visit

    Returns
    -------
    one row of ``visits`` for each person with a visit in the window: the nearest, the earlier of two
    """
    pairs = visits.merge(starts[["person_id", "day"]], on="person_id", suffixes=("", "_anchor"))
    after = pairs["day"] - pairs["day_anchor"]
    pairs = pairs.assign(_away=(after - window.day).abs())
    inside = pairs[(after >= window.visit_from) & (after <= window.visit_to)]
    ordered = inside.sort_values(["person_id", "_away", "day"], kind="stable")
    return ordered.drop_duplicates("person_id")[visits.columns].reset_index(drop=True)


def landmark_days(cohort: Cohort, landmark: Landmark) -> pd.DataFrame:
    """Each person's day of a landmark: person_id, day (NaN where there is none), source.

    The day is that of the visit nearest to the landmark in its window, else the landmark's own day. A visit
    before the landmark's own anchor never moves the day before it: what was rated then is known anyway.
    """
    starts = anchors(cohort, landmark.anchor)
    found = nearest_visits(starts.dropna(subset="day"), visit_days(cohort), landmark)
    at_visit = starts["person_id"].map(found.set_index("person_id")["day"]).astype("float64")
    at_visit = at_visit.where(~(at_visit < starts["day"]))
    return starts.assign(day=at_visit.fillna(starts["day"] + landmark.day))


def with_landmarks(cohort: Cohort, landmarks: Iterable[Landmark]) -> Cohort:
    """Return the cohort whose ``people`` have a date column for each landmark.

    The landmark is empty for people without an anchor: :meth:`Cohort.as_of` leaves them out.
    """
    columns: dict[str, pa.Array] = {}
    for landmark in landmarks:
        days = landmark_days(cohort, landmark)
        columns.setdefault("person_id", pa.array(days["person_id"], pa.string()))
        numbers = [None if day != day else int(day) for day in days["day"].tolist()]
        columns[landmark.column] = pa.array(numbers, pa.int32()).cast(pa.date32())
    if not columns:
        return cohort
    added = cohort.people.get_backend().create_table(fresh_name("landmarks"), pa.table(columns), temp=True)
    former = [name for name in columns if name in cohort.people.columns and name != "person_id"]
    kept = cohort.people.drop(*former)
    joined = kept.left_join(added, "person_id").drop("person_id_right")
    return replace(cohort, people=settle(joined))


def known_at(cohort: Cohort, landmark: Landmark) -> Cohort:
    """Return the cohort as it was known on each person's landmark: what predictors are made of."""
    return with_landmarks(cohort, (landmark,)).as_of(landmark.column)
