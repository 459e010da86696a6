"""How long from the first treatment to resistance: death competes, leaving the record censors.

People whose verdict is unknown, or whose record does not cover their first treatment, are left out and
counted: to end their time at the end of the record would take unknown for no.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from opentrs.predict.outcomes import NOT_RESISTANT, RESISTANT, Course
from opentrs.stats.survival.competing import incidence_curve
from opentrs.stats.survival.follow_up import CENSORED, COMPETING, EVENT

# In the order of the method's states.
STATES = ("resistant", "dead", "at_risk")
STEP_DAYS = 30
# Beyond the day up to which so many are still followed the curve rests on a handful.
FEWEST_FOLLOWED = 10
COLUMNS = ("definition", "day", "state", "probability", "low", "high", "n_at_risk", "n", "events", "excluded")


@dataclass(frozen=True, slots=True)
class FollowUpOf:
    """Time under observation of everybody for one definition.

    Parameters
    ----------
    people : person_id, time (days from the first treatment), cause (0 censored, 1 resistant, 2 dead)
    excluded : people of the spectrum whose time cannot be told, and so are not in ``people``
    """

    people: pd.DataFrame
    excluded: int


def follow_up_of(course: Course, definition: str) -> FollowUpOf:
    """Each person's time to resistance under a definition, death, or the end of the record."""
    starts = course.starts.rename(columns={"day": "start"})
    rows = course.people.merge(starts, on="person_id").merge(course.verdicts(definition), on="person_id")
    rows = rows[rows["applies"].astype(bool)]
    met = (rows["verdict"] == RESISTANT) & rows["met"].notna()
    told = (met | (rows["verdict"] == NOT_RESISTANT)) & (rows["source"] == "first_treatment")
    ends = rows["met"].where(met, rows["seen_until"])
    time = (ends - rows["start"]).astype(float)
    told &= time >= 0
    died = ~met & (rows["died"] <= rows["seen_until"])
    cause = np.select([met, died], [EVENT, COMPETING], CENSORED)
    people = pd.DataFrame({"person_id": rows["person_id"], "time": time, "cause": cause})[told]
    return FollowUpOf(people.sort_values("person_id", ignore_index=True), int((~told).sum()))


def time_frame(course: Course, definitions: Sequence[str]) -> pd.DataFrame:
    """Probability of each state by the day, for each definition with at least one event."""
    parts = [_curve(name, follow_up_of(course, name)) for name in definitions]
    return pd.concat([pd.DataFrame(columns=list(COLUMNS)), *parts], ignore_index=True)


def _curve(definition: str, followed: FollowUpOf) -> pd.DataFrame:
    time = followed.people["time"].to_numpy(dtype=float)
    cause = followed.people["cause"].to_numpy(dtype=np.int64)
    if time.size < FEWEST_FOLLOWED or not (cause == EVENT).any():
        return pd.DataFrame(columns=list(COLUMNS))
    days: npt.NDArray[np.float64] = np.arange(STEP_DAYS, _last_day(time) + 1, STEP_DAYS, dtype=float)
    found = incidence_curve(time, cause, days)
    shape = found.probability.shape
    return pd.DataFrame({
        "definition": definition,
        "day": np.repeat(days, shape[1]),
        "state": np.tile(STATES, shape[0]),
        "probability": found.probability.ravel(),
        "low": found.low.ravel(),
        "high": found.high.ravel(),
        "n_at_risk": np.repeat(found.at_risk, shape[1]),
        "n": found.n,
        "events": found.events,
        "excluded": followed.excluded,
    })  # fmt: skip


def _last_day(time: npt.NDArray[np.float64]) -> float:
    """The last day on which at least ``FEWEST_FOLLOWED`` people are still followed."""
    return float(np.sort(time)[-FEWEST_FOLLOWED])
