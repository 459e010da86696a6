"""Predictors told by the people table: who somebody is, and when the illness and its treatment began."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from opentrs.cohort.days import DAYS_PER_YEAR
from opentrs.predict.known import Known, Predictor

Compute = Callable[[Known, tuple[Predictor, ...]], pd.DataFrame]


def columns_of(known: Known, columns: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Values aligned with the people, as a frame with their ids."""
    values = {name: np.asarray(column, dtype=float) for name, column in columns.items()}
    return pd.DataFrame({"person_id": known.days["person_id"], **values})


FAMILY_HISTORY = {"yes": 1.0, "y": 1.0, "1": 1.0, "true": 1.0, "no": 0.0, "n": 0.0, "0": 0.0, "false": 0.0}


def of_people(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """What the people's own columns tell."""
    return columns_of(known, {row.name: PERSON[row.computed_by](known, row.argument) for row in rows})


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
