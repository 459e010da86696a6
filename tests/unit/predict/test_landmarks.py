"""The day of a prediction is personal, and nothing later is known on it."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.days import iso_date
from opentrs.cohort.model import Cohort
from opentrs.errors import UsageError
from opentrs.predict.landmarks import (
    Landmark,
    anchors,
    known_at,
    landmark_days,
    landmark_named,
    shipped_landmarks,
    with_landmarks,
)

START = date(2015, 3, 1)


def cohort_of(visits: dict[str, list[int]], people: dict[str, dict[str, object]] | None = None) -> Cohort:
    """People treated from ``START`` and rated so many days after it."""
    more = people or {}
    rows = [{"person_id": name, "first_treatment_date": START, **more.get(name, {})} for name in visits]
    ratings = [
        {"person_id": name, "date": START + timedelta(days=day), "scale": "PANSS", "item": "P1", "value": 3}
        for name, days in visits.items()
        for day in days
    ]
    return from_frames({"people": rows, "ratings": ratings})


def days_after(cohort: Cohort, name: str) -> dict[str, int | None]:
    found = landmark_days(cohort, shipped_landmarks()[name])
    return {
        row.person_id: None if row.day != row.day else (date.fromisoformat(iso_date(row.day)) - START).days
        for row in found.itertuples()
    }


@pytest.mark.parametrize(
    ("visits", "landmark", "expected"),
    [
        ([0, 16], "week2", 16),
        ([0, 10], "week2", 10),
        ([0, 18], "week2", 18),
        ([0, 9, 19], "week2", 14),
        ([0, 12, 16], "week2", 12),
        ([0, 12, 15], "week2", 15),
        ([], "week2", 14),
        ([0], "baseline", 0),
        ([3], "baseline", 3),
        ([7], "baseline", 7),
        ([8], "baseline", 0),
        ([-3], "baseline", 0),
        ([-1, 2], "baseline", 0),
        ([0, 35], "week6", 35),
        ([0, 56], "week6", 56),
        ([0, 34, 57], "week6", 42),
    ],
)
def test_the_visit_nearest_in_the_window_is_the_landmark(
    visits: list[int], landmark: str, expected: int
) -> None:
    assert days_after(cohort_of({"a": visits}), landmark) == {"a": expected}


def test_where_the_record_starts_after_treatment_the_first_rating_in_it_is_the_start() -> None:
    late = {"observation_start": START + timedelta(days=100)}
    cohort = cohort_of({"a": [50, 130, 150], "b": []}, {"a": late, "b": late})

    found = anchors(cohort, "first_treatment").set_index("person_id")

    assert days_after(cohort, "baseline") == {"a": 130, "b": None}
    assert found.loc["a", "source"] == "first_rating"


def test_a_record_that_starts_on_the_day_of_treatment_covers_it() -> None:
    cohort = cohort_of({"a": [40]}, {"a": {"observation_start": START}})

    assert list(anchors(cohort, "first_treatment")["source"]) == ["first_treatment"]


def test_people_without_a_landmark_are_left_out_of_what_is_known() -> None:
    cohort = cohort_of({"a": [0], "b": []}, {"b": {"first_treatment_date": None}})

    known = known_at(cohort, shipped_landmarks()["baseline"])

    assert list(known.people.person_id.execute()) == ["a"]


def test_two_landmarks_stand_side_by_side_and_can_be_made_again() -> None:
    both = [shipped_landmarks()[name] for name in ("baseline", "week2")]
    cohort = with_landmarks(with_landmarks(cohort_of({"a": [0, 13]}), both), both)

    row = cohort.people.execute().iloc[0]

    assert pd.Timestamp(row["landmark_baseline"]) == pd.Timestamp(START)
    assert pd.Timestamp(row["landmark_week2"]) == pd.Timestamp(START + timedelta(days=13))


def test_clozapine_starts_are_read_from_exposures_and_from_courses() -> None:
    people = [{"person_id": name, "first_treatment_date": START} for name in "abc"]
    cohort = from_frames({
        "people": people,
        "drug_exposures": [
            {"person_id": "a", "drug": "Clozaril", "start_date": "2016-02-01"},
            {"person_id": "a", "drug": "clozapine", "start_date": "2016-01-01"},
            {"person_id": "c", "drug": "risperidone", "start_date": "2016-01-01"},
        ],
        "treatment_courses": [{"person_id": "b", "drug": "N05AH02", "start_date": "2016-03-01"}],
    })  # fmt: skip

    found = landmark_days(cohort, shipped_landmarks()["clozapine_start"])

    assert [iso_date(day) for day in found["day"]] == ["2016-01-01", "2016-03-01", ""]


def test_rtms_and_theta_bursts_are_both_tms_and_ect_is_not() -> None:
    kinds = {"a": "rtms", "b": "ctbs", "c": "ect", "d": "cbt"}
    cohort = from_frames({
        "people": [{"person_id": name} for name in kinds],
        "procedures": [
            {"person_id": name, "kind": kind, "start_date": "2016-01-01"} for name, kind in kinds.items()
        ],
    })  # fmt: skip

    assert list(anchors(cohort, "tms")["day"].notna()) == [True, True, False, False]
    assert list(anchors(cohort, "ect")["day"].notna()) == [False, False, True, False]


def test_an_unknown_landmark_or_anchor_is_named() -> None:
    with pytest.raises(UsageError, match=r"week3.*baseline"):
        landmark_named("week3")
    with pytest.raises(UsageError, match="lithium"):
        anchors(cohort_of({"a": []}), "lithium")


def test_windows_are_settings() -> None:
    wide = Landmark("week2", "first_treatment", 14, 5, 30)

    assert landmark_days(cohort_of({"a": [0, 22]}), wide)["day"].iloc[0] == landmark_days(
        cohort_of({"a": []}), Landmark("x", "first_treatment", 22, 0, 0)
    )["day"].iloc[0]  # fmt: skip
