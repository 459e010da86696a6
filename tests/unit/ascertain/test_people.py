"""Who is asked, and since when they have been ill."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from opentrs.ascertain.people import eligible_people
from opentrs.cohort.build import from_frames
from opentrs.cohort.days import iso_date

FIRST = {"first_treatment_date": date(2020, 1, 1)}


def person(**told: Any) -> dict[str, Any]:
    cohort = from_frames({"people": [{"person_id": "a", **told}, {"person_id": "b", "diagnosis": "F31"}]})
    found = eligible_people(cohort).execute().set_index("person_id").loc["a"].to_dict()
    return {str(name): None if pd.isna(value) else value for name, value in found.items()}


@pytest.mark.parametrize(
    ("told", "applies", "blank"),
    [
        ({"diagnosis": "F20"}, True, False),
        ({"diagnosis": "F31"}, False, False),
        ({"diagnosis": "F20", "group": "control"}, True, False),
        ({}, True, True),
        ({"group": "patient"}, True, True),
        ({"group": " Control "}, False, False),
        ({"group": "sibling"}, False, False),
    ],
)
def test_a_diagnosis_decides_and_where_it_is_blank_only_controls_and_relatives_are_out(
    told: dict[str, Any], applies: bool, blank: bool
) -> None:
    found = person(**told)
    assert (found["applies"], found["diagnosis_blank"]) == (applies, blank)


@pytest.mark.parametrize(
    ("told", "complete"),
    [
        ({"history_complete": "yes"}, True),
        ({"history_complete": "no"}, False),
        ({}, False),
        (FIRST, False),
        ({"observation_start": date(2020, 1, 1)}, False),
        ({**FIRST, "observation_start": date(2020, 1, 1)}, True),
        ({**FIRST, "observation_start": date(2020, 1, 2)}, False),
        ({**FIRST, "observation_start": date(2020, 1, 2), "history_complete": "yes"}, True),
    ],
)
def test_a_history_is_complete_where_it_says_so_or_was_observed_from_the_first_treatment(
    told: dict[str, Any], complete: bool
) -> None:
    assert person(**told)["is_complete"] == complete


def test_the_onset_written_down_comes_before_the_age_at_onset() -> None:
    born = {"birth_date": date(2000, 1, 1), "onset_age_years": 20}
    assert iso_date(person(**born)["onset_day"]) == "2020-01-01"
    assert iso_date(person(**born, illness_onset_date=date(2019, 5, 1))["onset_day"]) == "2019-05-01"
    assert iso_date(person(**{**born, "onset_age_years": 20.5})["onset_day"]) == "2020-07-01"
    assert person(birth_date=date(2000, 1, 1))["onset_day"] is None


def test_the_first_treatment_is_a_day() -> None:
    assert iso_date(person(**FIRST)["first_treatment_day"]) == "2020-01-01"
