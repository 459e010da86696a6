"""What is predicted: outcomes as data, answered for everybody who was at risk on their landmark.

An unknown outcome is never a no: it is counted with its reason, and bounds say what it could change. Who
had the outcome already, or was no longer seen, on the landmark is not at risk and is counted too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from opentrs.ascertain.definition import shipped_definition
from opentrs.ascertain.people import eligible_people
from opentrs.ascertain.stage import Ascertained, ascertain
from opentrs.cohort.days import day_number
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Results, StageResult
from opentrs.errors import UsageError
from opentrs.measures.scores import item_means
from opentrs.messages import Lang, text
from opentrs.predict.fetching import fetched
from opentrs.predict.known import setting
from opentrs.predict.landmarks import (
    FIRST_TREATMENT,
    Landmark,
    anchors,
    clozapine_starts,
    landmark_days,
    nearest_visits,
    shipped_landmarks,
)
from opentrs.predict.totals import dated_items, improvement, visit_totals
from opentrs.reference import item_set, remission_rule
from opentrs.reference.load import facts

AT_RISK = ""
EXCLUDED = ("not_applicable", "not_followed", "already", "floor")
UNKNOWN = ("verdict_unknown", "undated", "record_ends", "no_rating")
BEFORE_TREATMENT_DAYS = 42
RESISTANT, NOT_RESISTANT = "resistant", "not_resistant"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome by its definition.

    Parameters
    ----------
    kind : ``verdict`` (a definition of resistance), ``drug`` (a drug begun), ``nonresponse``, ``response``,
        ``nonremission``
    argument : the definition, the drug, or the percent of improvement that counts
    horizon_days : the outcome is looked for up to this day
    counted_from : ``landmark`` or ``first_treatment``: from where the horizon counts
    landmarks : landmarks at which it can be predicted
    ingredient_class : what predictors name when they are part of how the outcome is told
    visit : the window of the visit that tells it, where one visit does
    """

    name: str
    kind: str
    argument: str
    horizon_days: int
    counted_from: str
    landmarks: tuple[str, ...]
    ingredient_class: str
    visit: str
    default: bool
    name_en: str
    name_zh: str

    def label(self, lang: Lang) -> str:
        """The name a reader sees."""
        return self.name_en if lang == "en" else self.name_zh


def shipped_outcomes() -> Mapping[str, Outcome]:
    """Every shipped outcome by its name, in order."""
    return {
        str(row["outcome"]): Outcome(
            row["outcome"], row["kind"], row["argument"] or "", row["horizon_days"], row["counted_from"],
            tuple(row["landmarks"].split(";")), row["ingredient_class"] or "", row["visit"] or "",
            row["default"], row["name_en"], row["name_zh"],
        )
        for row in facts("outcomes")
    }  # fmt: skip


def outcome_named(name: str) -> Outcome:
    """One shipped outcome.

    Raises
    ------
    UsageError : there is none of that name
    """
    known = shipped_outcomes()
    if name not in known:
        raise UsageError(text("predict.no_outcome", name=name, known=", ".join(known)))
    return known[name]


class Course:
    """What outcomes are told from: the whole record of a cohort, each table computed once.

    Parameters
    ----------
    cohort : people and their tables
    results : of earlier stages; without the first one its definitions are asked here
    """

    def __init__(self, cohort: Cohort, results: Results | None = None) -> None:
        self.cohort = cohort
        self._results = results or {}
        self._made: dict[str, pd.DataFrame] = {}

    def once(self, name: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """A table, made when it is first asked for."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    @property
    def people(self) -> pd.DataFrame:
        """person_id, applies, seen_until, died, left (day numbers; NaN where unknown or not), sorted."""
        return self.once("people", self._people)

    @property
    def totals(self) -> pd.DataFrame:
        """Totals of every visit of the record."""
        return self.once("totals", lambda: visit_totals(dated_items(self.cohort)))

    @property
    def starts(self) -> pd.DataFrame:
        """person_id, day: first treatment, from which weeks count."""
        return self.once("starts", lambda: anchors(self.cohort, FIRST_TREATMENT))

    def verdicts(self, definition: str) -> pd.DataFrame:
        """person_id, verdict, met (day number; NaN where not met or not dated)."""
        return self.once(f"verdicts {definition}", lambda: self._verdicts(definition))

    def days(self, landmark: Landmark) -> pd.DataFrame:
        """person_id, day: of those who have the landmark."""
        return self.once(
            f"days {landmark}", lambda: landmark_days(self.cohort, landmark).dropna(subset="day")
        )

    def _people(self) -> pd.DataFrame:
        people = self.cohort.people
        columns = {
            "seen_until": people.observation_end,
            "died": people.death_date,
            "left": people.emigration_date,
        }
        dates = fetched(
            people.select("person_id", **{name: day_number(one) for name, one in columns.items()})
        )
        asked = fetched(eligible_people(self.cohort).select("person_id", "applies"))
        frame = dates.merge(asked, on="person_id").astype(
            dict.fromkeys(("seen_until", "died", "left"), float)
        )
        # Where the end of the record is not stated, it reaches to the last rating.
        frame["seen_until"] = frame["seen_until"].fillna(frame["person_id"].map(self._last_rating()))
        frame["seen_until"] = frame[["seen_until", "died", "left"]].min(axis=1)
        ordered: pd.DataFrame = frame.sort_values("person_id", ignore_index=True)
        return ordered

    def _last_rating(self) -> pd.Series:
        return self.totals.groupby("person_id")["day"].max().astype(float)

    def _verdicts(self, definition: str) -> pd.DataFrame:
        found = self._results.get("ascertain")
        if isinstance(found, StageResult):
            rows = found.tables["verdicts"]
            rows = rows[rows["definition"] == definition]
        else:
            answered: Ascertained = ascertain(self.cohort, shipped_definition(definition))
            rows = answered.verdicts
        days = (pd.to_datetime(rows["date_met"].replace("", None)) - pd.Timestamp(1970, 1, 1)).dt.days
        return rows[["person_id", "verdict"]].assign(met=days.astype(float)).reset_index(drop=True)


def outcome_table(
    cohort: Cohort | Course, landmark: str | Landmark, outcome: str | Outcome, results: Results | None = None
) -> pd.DataFrame:
    """An outcome for everybody who has the landmark.

    Parameters
    ----------
    cohort : the whole cohort, or its :class:`Course` where several outcomes are asked
    landmark, outcome : names, or your own
    results : of earlier stages, if they ran

    Returns
    -------
    person_id, day (of the landmark), answer (1 yes, 0 no, NaN unknown or not at risk), excluded (why the
    person was not at risk: not_applicable, not_followed, already, floor; empty for those at risk), unknown
    (why the answer is unknown: verdict_unknown, undated, record_ends, no_rating; else empty)
    """
    course = cohort if isinstance(cohort, Course) else Course(cohort, results)
    at = landmark if isinstance(landmark, Landmark) else shipped_landmarks()[landmark]
    asked = outcome if isinstance(outcome, Outcome) else outcome_named(outcome)
    days = course.days(at)[["person_id", "day"]].merge(course.people, on="person_id")
    told = TOLD[asked.kind](course, asked, days.reset_index(drop=True))
    excluded = np.select(
        [~days["applies"].astype(bool), ~(days["seen_until"] > days["day"]), told["already"], told["floor"]],
        EXCLUDED,
        AT_RISK,
    )
    unknown = np.where((excluded == AT_RISK) & told["answer"].isna(), told["unknown"], "")
    frame = days[["person_id", "day"]].assign(answer=told["answer"], excluded=excluded, unknown=unknown)
    frame["answer"] = frame["answer"].where(frame["excluded"] == AT_RISK)
    return frame.sort_values("person_id", ignore_index=True)


def _told(
    days: pd.DataFrame, answer: np.ndarray, unknown: str | np.ndarray, **marks: np.ndarray
) -> pd.DataFrame:
    no = np.zeros(len(days), dtype=bool)
    return pd.DataFrame({"answer": answer, "unknown": unknown, "already": no, "floor": no, **marks})


def _by_horizon(course: Course, asked: Outcome, days: pd.DataFrame) -> pd.Series:
    if asked.counted_from == "landmark":
        return days["day"] + asked.horizon_days
    starts = course.starts.set_index("person_id")["day"]
    return days["person_id"].map(starts) + asked.horizon_days


def _seen_through(days: pd.DataFrame, ends: pd.Series) -> pd.Series:
    """Seen up to the horizon, or dead before it: then the outcome can no longer come."""
    return (days["seen_until"] >= ends) | (days["died"] <= ends)


def _by_verdict(course: Course, asked: Outcome, days: pd.DataFrame) -> pd.DataFrame:
    rows = days[["person_id"]].merge(course.verdicts(asked.argument), on="person_id", how="left")
    verdict, met = rows["verdict"], rows["met"]
    ends = _by_horizon(course, asked, days)
    seen = _seen_through(days, ends)
    resistant = verdict == RESISTANT
    answer = np.select(
        [resistant & (met <= ends), resistant & (met > ends), (verdict == NOT_RESISTANT) & seen],
        [1.0, 0.0, 0.0],
        np.nan,
    )
    why = np.select([resistant, verdict == NOT_RESISTANT], ["undated", "record_ends"], "verdict_unknown")
    return _told(days, answer, why, already=np.asarray(resistant & (met <= days["day"])))


def _by_drug(course: Course, asked: Outcome, days: pd.DataFrame) -> pd.DataFrame:
    if asked.argument != "clozapine":
        raise UsageError(text("predict.no_such_drug_outcome", name=asked.argument))
    begun = course.once("clozapine", lambda: clozapine_starts(course.cohort)).set_index("person_id")["day"]
    day = days["person_id"].map(begun).astype("float64")
    ends = _by_horizon(course, asked, days)
    recorded = bool(course.cohort.holds & {"drug_exposures", "treatment_courses"})
    seen = _seen_through(days, ends) & recorded
    answer = np.select([day <= ends, seen], [1.0, 0.0], np.nan)
    return _told(days, answer, "record_ends", already=np.asarray(day <= days["day"]))


def _by_change(course: Course, asked: Outcome, days: pd.DataFrame) -> pd.DataFrame:
    """Too little, or enough, improvement from the visit before to the one that tells the outcome."""
    windows = shipped_landmarks()
    counted = days[["person_id", "day"]] if asked.counted_from == "landmark" else course.starts
    before = (
        Landmark("before", "treatment", 0, -BEFORE_TREATMENT_DAYS, 0)
        if asked.counted_from == "landmark"
        else windows["baseline"]
    )
    fell = improvement(counted, course.totals, before, windows[asked.visit], counted)
    rows = days[["person_id", "day"]].merge(fell, on="person_id", how="left")
    enough = rows["percent"] >= float(asked.argument)
    wanted = enough if asked.kind == "response" else ~enough
    answer = np.where(rows["percent"].isna(), np.nan, wanted.astype(float))
    floor = (rows["scale"] == "PANSS") & (rows["total_before"] < setting("baseline_total_at_least"))
    return _told(
        days,
        answer,
        "no_rating",
        already=_told_already(rows),
        floor=np.asarray(floor & (asked.kind != "response")),
    )


def _told_already(rows: pd.DataFrame) -> np.ndarray:
    """The visit that tells the outcome lies on or before the landmark."""
    return np.asarray(rows["day_after"] <= rows["day"], dtype=bool)


def _by_remission(course: Course, asked: Outcome, days: pd.DataFrame) -> pd.DataFrame:
    """The severity part of remission at one visit: all eight items low, or at least one not."""
    items = dated_items(course.cohort)
    chosen = item_means(items.filter((items.scale == "PANSS") & items.item.isin(item_set("remission"))))
    most, _ = remission_rule()
    counted = {"n": chosen.value.count(), "high": (chosen.value > most).sum()}
    visits = fetched(chosen.group_by("person_id", "day").agg(**counted))
    found = nearest_visits(course.starts.dropna(subset="day"), visits, shipped_landmarks()[asked.visit])
    rows = days[["person_id", "day"]].merge(
        found.rename(columns={"day": "day_after"}), on="person_id", how="left"
    )
    size = len(item_set("remission"))
    answer = np.select([rows["high"] > 0, rows["n"] == size], [1.0, 0.0], np.nan)
    return _told(days, answer, "no_rating", already=_told_already(rows))


TOLD: Mapping[str, Callable[[Course, Outcome, pd.DataFrame], pd.DataFrame]] = {
    "verdict": _by_verdict,
    "drug": _by_drug,
    "nonresponse": _by_change,
    "response": _by_change,
    "nonremission": _by_remission,
}
