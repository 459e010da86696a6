"""Time to resistance of drawn people: what ends it, and who is left out."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from opentrs.cohort.build import from_frames
from opentrs.cohort.results import StageResult
from opentrs.predict.outcomes import Course
from opentrs.predict.time_model import time_model
from opentrs.predict.time_to_resistance import follow_up_of, time_frame
from opentrs.stats.refusal import CannotFitError

START = date(2015, 3, 1)


def on(day: int) -> str:
    return (START + timedelta(days=day)).isoformat()


def course_of(rows: list[dict[str, object]], verdicts: list[tuple[str, str, str]]) -> Course:
    given = {"first_treatment_date": on(0), "observation_start": on(-9), "observation_end": on(2000)}
    frame = pd.DataFrame(verdicts, columns=["person_id", "verdict", "date_met"]).assign(definition="trrip")
    cohort = from_frames({"people": [{**given, **row} for row in rows]})
    return Course(cohort, {"ascertain": StageResult("ascertain", {"verdicts": frame})})


@pytest.mark.parametrize(
    ("row", "verdict", "met", "expected"),
    [
        ({}, "resistant", on(300), (300, 1)),
        ({}, "not_resistant", "", (2000, 0)),
        ({"death_date": on(700)}, "not_resistant", "", (700, 2)),
        ({"death_date": on(700)}, "resistant", on(300), (300, 1)),
        ({"emigration_date": on(700)}, "not_resistant", "", (700, 0)),
        ({}, "unknown", "", None),
        ({}, "resistant", "", None),
        ({"observation_start": on(5)}, "not_resistant", "", None),
    ],
)
def test_what_ends_the_time(
    row: dict[str, object], verdict: str, met: str, expected: tuple[int, int] | None
) -> None:
    found = follow_up_of(course_of([{"person_id": "a", **row}], [("a", verdict, met)]), "trrip")

    told = [(int(one.time), int(one.cause)) for one in found.people.itertuples()]
    assert told == ([] if expected is None else [expected])
    assert found.excluded == (expected is None)


def many(n: int = 200) -> tuple[Course, pd.DataFrame]:
    rng = np.random.default_rng(5)
    x = rng.standard_normal(n)
    resistant = rng.random(n) < expit(-1 + 1.5 * x)
    rows = [{"person_id": f"p{place:03d}"} for place in range(n)]
    verdicts = [
        (
            f"p{place:03d}",
            "resistant" if yes else "not_resistant",
            on(int(rng.integers(30, 1500))) if yes else "",
        )
        for place, yes in enumerate(resistant)
    ]
    table = pd.DataFrame(
        {"person_id": [row["person_id"] for row in rows], "male": x, "age_years": rng.normal(size=n)}
    )
    return course_of(rows, verdicts), table


def test_without_censoring_the_curve_is_the_share() -> None:
    course, _ = many()
    share = (course.verdicts("trrip")["verdict"] == "resistant").mean()

    last = time_frame(course, ["trrip"]).query("state == 'resistant'").iloc[-1]

    assert last["probability"] == pytest.approx(share)


def test_a_predictor_that_matters_ranks_people_held_out() -> None:
    course, table = many()
    days = course.starts[["person_id", "day"]]
    groups = pd.Series(range(len(table)), index=table["person_id"])

    found = time_model(course, table, days, groups, 1)
    blind = time_model(course, table.assign(male=table["age_years"] ** 2), days, groups, 1)

    assert found.performance["harrell_c"].low > 0.65
    assert blind.performance["harrell_c"].low < 0.5 < found.performance["harrell_c"].low


def test_too_few_events_are_refused() -> None:
    course, table = many(12)
    groups = pd.Series(range(len(table)), index=table["person_id"])

    with pytest.raises(CannotFitError):
        time_model(course, table, course.starts[["person_id", "day"]], groups, 1)
