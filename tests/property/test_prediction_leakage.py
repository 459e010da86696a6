"""Predictors know nothing of what came after the landmark, in cohorts of the simulator."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.cohort.tables import TABLES
from opentrs.predict.known import shipped_predictors
from opentrs.predict.landmarks import landmark_days, shipped_landmarks
from opentrs.predict.predictors import predictor_table
from opentrs.sources.synthetic import as_cohort, layers_with, simulate

PEOPLE, SEED = 70, 5
LANDMARKS = ("baseline", "week2", "month12", "clozapine_start")
KNOWN_AT_THE_END = (
    "duration_weeks", "adherence_percent", "adherence_sources", "symptom_reduction_percent", "stop_reason",
)  # fmt: skip
Frames = Mapping[str, pd.DataFrame]


@pytest.fixture(scope="module")
def frames() -> Frames:
    """The tables a careful site would hand in, with texts as they are in a file."""
    simulated = simulate(PEOPLE, SEED, layers=layers_with(()))
    return {name: table.astype("object") for name, table in simulated.tables.items()}


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return as_cohort(simulate(PEOPLE, SEED, layers=layers_with(())))


def days_of(cohort: Cohort, name: str) -> pd.Series:
    days = landmark_days(cohort, shipped_landmarks()[name]).dropna(subset="day")
    return days.set_index("person_id")["day"]


def day(cells: pd.Series) -> pd.Series:
    return (pd.to_datetime(cells.replace("", None)) - pd.Timestamp(1970, 1, 1)).dt.days


def until(frames: Frames, landmarks: pd.Series) -> dict[str, pd.DataFrame]:
    """The tables as they lay on the desk on each person's landmark."""
    return {name: _cut(table, name, landmarks) for name, table in frames.items()}


def _cut(table: pd.DataFrame, name: str, landmarks: pd.Series) -> pd.DataFrame:
    at = table["person_id"].map(landmarks)
    kept, at = table[at.notna()].copy(), at[at.notna()]
    spec = TABLES[name]
    if name == "people":
        for column in (one.name for one in spec.columns if one.kind == "date" and one.name in kept):
            kept[column] = kept[column].where(~(day(kept[column]) > at), None)
        end = pd.to_datetime(at, unit="D").dt.strftime("%Y-%m-%d")
        kept["observation_end"] = kept["observation_end"].where(kept["observation_end"].notna(), end)
        return kept
    if spec.date:
        seen = day(kept[spec.date]) <= at
        kept, at = kept[seen], at[seen]
    if name == "treatment_courses":
        weeks = pd.to_numeric(kept["duration_weeks"])
        end = day(kept["start_date"]) + (weeks * 7).round(6).map(lambda d: math.ceil(d) if d == d else d) - 1
        for column in KNOWN_AT_THE_END:
            kept[column] = kept[column].where(end <= at, None)
    for column in ("end_date", "discharge_date", "main_diagnosis"):
        if column in kept:
            closes = day(kept["discharge_date" if column != "end_date" else "end_date"])
            kept[column] = kept[column].where(closes <= at, None)
    return kept


@pytest.mark.parametrize("landmark", LANDMARKS)
def test_deleting_everything_later_changes_no_predictor(
    frames: Frames, cohort: Cohort, landmark: str
) -> None:
    landmarks = days_of(cohort, landmark)
    cut = until(frames, landmarks)
    assert sum(map(len, cut.values())) < sum(map(len, frames.values()))

    whole = predictor_table(cohort, landmark)

    assert len(whole) == len(landmarks) > 0
    pd.testing.assert_frame_equal(whole, predictor_table(from_frames(cut), landmark))


def tell_tale(cohort: Cohort, landmarks: pd.Series, days_after: int) -> list[dict[str, object]]:
    """A rating of the worst kind for every other person, so many days after the landmark."""
    return [
        {
            "person_id": person,
            "date": pd.Timestamp(1970, 1, 1) + pd.Timedelta(days=int(at) + days_after),
            "scale": "PANSS",
            "item": item,
            "value": 7.0,
        }
        for person, at in list(landmarks.items())[::2]
        for item in ("P2", "N5", "G9", "P1")
    ]


def with_rows(frames: Frames, rows: list[dict[str, object]]) -> Cohort:
    added = pd.DataFrame(rows).assign(date=lambda t: t["date"].dt.strftime("%Y-%m-%d"))
    return from_frames({**frames, "ratings": pd.concat([frames["ratings"], added], ignore_index=True)})


NAMES = ("panss_p2_n5_g9", "panss_P1", "panss_total", "panss_positive", "improvement_percent")


def test_a_planted_rating_dated_after_the_landmark_never_enters(frames: Frames, cohort: Cohort) -> None:
    landmarks = days_of(cohort, "clozapine_start")
    before = predictor_table(cohort, "clozapine_start", NAMES)

    after = predictor_table(with_rows(frames, tell_tale(cohort, landmarks, 1)), "clozapine_start", NAMES)

    pd.testing.assert_frame_equal(before, after)


def test_the_same_rating_on_the_landmark_does_enter(frames: Frames, cohort: Cohort) -> None:
    landmarks = days_of(cohort, "clozapine_start")
    before = predictor_table(cohort, "clozapine_start", ["panss_P1"])["panss_P1"]

    on_it = with_rows(frames, tell_tale(cohort, landmarks, 0))

    assert (predictor_table(on_it, "clozapine_start", ["panss_P1"])["panss_P1"] != before).sum() >= 3


def test_every_shipped_predictor_is_asked(cohort: Cohort) -> None:
    assert list(predictor_table(cohort.only([]), "baseline").columns) == ["person_id", *shipped_predictors()]
