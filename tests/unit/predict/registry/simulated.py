"""People whose true risks are known, for a model that is right and for models that are not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.reading import parse_model
from opentrs.predict.registry.table import People
from tests.unit.predict.registry.models import EQUATION, written

MODEL = parse_model(written(EQUATION), "mine.json")


def predictors(n: int, seed: int) -> pd.DataFrame:
    """Predictors of the equation of the tests."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.uniform(18, 60, n),
            "smoker": rng.integers(0, 2, n).astype(float),
            "place": rng.choice(["town", "land"], n),
        }
    )


def simulated(n: int = 600, seed: int = 1, intercept: float = 0.0, slope: float = 1.0) -> People:
    """People whose log-odds are ``intercept + slope`` times those of the model."""
    frame = predictors(n, seed)
    linear = -2.0 + 0.5 * (frame["age"] - 30) / 10 + frame["smoker"] + 0.25 * (frame["place"] == "land")
    risk = 1 / (1 + np.exp(-(intercept + slope * linear.to_numpy(dtype=float))))
    outcome = (np.random.default_rng(seed + 1).uniform(size=n) < risk).astype(float)
    return people_of(frame, outcome)


def people_of(frame: pd.DataFrame, outcome: np.ndarray, groups: pd.DataFrame | None = None) -> People:
    """A frame of predictors and an outcome as a table would give them."""
    n = len(frame)
    return People(
        "people.csv", tuple(f"p{at}" for at in range(n)), np.arange(2, n + 2), frame, outcome, None, None,
        pd.DataFrame(index=frame.index) if groups is None else groups, True,
    )  # fmt: skip


__all__ = ["MODEL", "ModelDocument", "people_of", "predictors", "simulated"]
