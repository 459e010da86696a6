"""A model of the time to resistance: Fine-Gray regression on what was known at baseline, held out.

Death is a competing event (too few die for a hazard of their own); the end of the record censors. People
whose verdict is unknown are left out, and counted in the table ``time_to_trs``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from opentrs.predict.imputation import completed_once, conditional
from opentrs.predict.known import setting
from opentrs.predict.leakage import data_flags
from opentrs.predict.outcomes import Course
from opentrs.predict.time_to_resistance import follow_up_of
from opentrs.stats.nested.folds import grouped_folds
from opentrs.stats.prediction.estimate import Estimate
from opentrs.stats.survival.calibration import calibration_slope, observed_expected
from opentrs.stats.survival.discrimination import cumulative_auc, harrell_c, uno_c
from opentrs.stats.survival.follow_up import EVENT
from opentrs.stats.survival.hazard_models import fit_fine_gray
from opentrs.stats.survival.scores import brier

Floats = npt.NDArray[np.float64]
MODEL, DEFINITION = "fine_gray", "trrip"
HORIZON_DAYS = 1826
OUTCOME = "time_to_trrip_5y"
FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class TimeModel:
    """Held-out performance at the horizon.

    Parameters
    ----------
    risk : (n,) risk of each person by the horizon when held out
    performance : name -> estimate
    """

    risk: Floats
    performance: dict[str, Estimate]


def time_model(
    course: Course, table: pd.DataFrame, days: pd.DataFrame, groups: pd.Series, seed: int
) -> TimeModel:
    """Fit in four fifths of the families, and judge in the other.

    Parameters
    ----------
    table : person_id and predictors at baseline
    days : person_id, day: the baseline landmark, from which time counts
    groups : family of each person_id

    Raises
    ------
    CannotFitError : too few events, or a fit that fails in some fold
    """
    rows = _rows(course, table, days)
    names = _names(rows, [name for name in table.columns if name != "person_id"])
    x = rows[names].to_numpy(dtype=float)
    time, cause = rows["left"].to_numpy(dtype=float), rows["cause"].to_numpy(dtype=np.int64)
    together = pd.factorize(rows["person_id"].map(groups))[0].astype(np.int64)
    event = (cause == EVENT).astype(float)
    fold = grouped_folds(event, together, FOLDS, np.random.default_rng([seed, 2]))
    risk = np.zeros(len(x))
    for k in range(FOLDS):
        train, test = fold != k, fold == k
        completed = completed_once(x[train], seed + k)
        model = fit_fine_gray(completed, time[train], cause[train], names)
        filled = conditional(completed).apply(x[test], None)
        risk[test] = model.absolute_risk(filled, min(HORIZON_DAYS, model.longest))
    found = _measured(time, cause, np.clip(risk, 1e-6, 1 - 1e-6))
    return TimeModel(risk, found)


def _measured(time: Floats, cause: npt.NDArray[np.int64], risk: Floats) -> dict[str, Estimate]:
    """What needs no bootstrap: the calibration errors of censored times take minutes."""
    found = {
        "harrell_c": harrell_c(time, cause, risk, HORIZON_DAYS),
        "uno_c": uno_c(time, cause, risk, HORIZON_DAYS),
        "time_dependent_auc": cumulative_auc(time, cause, risk, HORIZON_DAYS),
        "observed_expected": observed_expected(time, cause, risk, HORIZON_DAYS),
        "calibration_slope": calibration_slope(time, cause, risk, HORIZON_DAYS),
    }
    score = brier(time, cause, risk, HORIZON_DAYS)
    return {**found, "brier": score.brier, "scaled_brier": score.scaled}


def _rows(course: Course, table: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """People followed beyond the landmark, with the time from it."""
    people = follow_up_of(course, DEFINITION).people.merge(days, on="person_id").merge(table, on="person_id")
    starts = people["person_id"].map(course.starts.set_index("person_id")["day"]).astype(float)
    rows = people.assign(left=people["time"] + starts - people["day"])
    return rows[rows["left"] > 0].reset_index(drop=True)


def _names(rows: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Predictors enough people have and that vary."""
    flags = data_flags(rows[list(names)], setting("known_share_at_least"))
    gone = {name for flag in flags for name in flag.predictors}
    return [name for name in names if name not in gone]
