"""Small cohorts of rated people, and norms in which every margin is an exact number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from ibis.backends import BaseBackend

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.subtype.definition import TypeRules, shipped_types
from opentrs.subtype.labels import Steps, label
from opentrs.subtype.norms import COLUMNS

DELUSION, HALLUCINATION = ("P1", "P5", "P6", "G9"), ("P3",)
NEGATIVE = ("N1", "N2", "N3", "N4", "N6")
Rating = dict[str, Any]


def panss(
    delusion: float | Sequence[float | None] = 1,
    hallucination: float | None = 1,
    negative: float | Sequence[float | None] = 1,
    **others: float | None,
) -> dict[str, float | None]:
    """Values of the competing PANSS items; None is a blank one. One number stands for every item."""
    spread = lambda items, said: dict(  # noqa: E731
        zip(items, said if isinstance(said, Sequence) else [said] * len(items), strict=True)
    )
    return {**spread(DELUSION, delusion), "P3": hallucination, **spread(NEGATIVE, negative), **others}


def rated(
    person: str, values: Mapping[str, float | None], day: str | None = "2020-01-01", scale: str = "PANSS",
    rater: str = "a",
) -> list[Rating]:  # fmt: skip
    """One visit as rows of ``ratings``."""
    return [
        {"person_id": person, "date": day, "scale": scale, "item": item, "value": value, "rater": rater}
        for item, value in values.items()
    ]


def cohort_of(*visits: list[Rating], engine: BaseBackend | None = None, **people: Any) -> Cohort:
    """A cohort of patients with these ratings; ``people`` gives columns to everybody."""
    ratings = [row for visit in visits for row in visit]
    names = list(dict.fromkeys(row["person_id"] for row in ratings))
    rows = [{"person_id": name, "diagnosis": "F20", **people} for name in names]
    return from_frames({"people": rows, "ratings": ratings}, engine)


def even_norms(scale: str = "PANSS", reliability: float = 0.875, **of_domain: float) -> pd.DataFrame:
    """Every domain with mean 50 and sd 50, joint error 0.5: 25 points of POMP are a margin of exactly 1."""
    rows = [
        (
            "even",
            "1",
            "opentrs_1",
            scale,
            name,
            100,
            50.0,
            50.0,
            of_domain.get(name, reliability),
            "own",
            "yes",
        )
        for name in shipped_types().domains
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def labelled(
    *visits: list[Rating], norms: pd.DataFrame | None = None, rules: TypeRules | None = None,
    engine: BaseBackend | None = None,
) -> Steps:  # fmt: skip
    """Label these visits."""
    return label(cohort_of(*visits, engine=engine), rules or shipped_types(), norms)


def visits_of(steps: Steps) -> list[dict[str, Any]]:
    """The labelled visits in order of person and day, missing values as None."""
    frame = steps.visits.execute().sort_values(["person_id", "day"])
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def types_of(steps: Steps) -> list[str]:
    """The types of the labelled visits in order of person and day."""
    return [str(row["type"]) for row in visits_of(steps)]
