"""Made-up people of the tests of nested development."""

from __future__ import annotations

from typing import Any

import numpy as np

from opentrs.stats.nested import Design, design


def people(seed: int = 1, n: int = 240, p: int = 8, strength: float = 1.2, **changes: Any) -> Design:
    """One in three has the outcome, which the first two predictors carry; some values are missing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    lp = strength * (x[:, 0] - 0.7 * x[:, 1]) - 0.8
    outcome = (rng.random(n) < 1 / (1 + np.exp(-lp))).astype(float)
    x[rng.random((n, p)) < 0.05] = np.nan
    given = {
        "features": x,
        "outcome": outcome,
        "persons": np.arange(n),
        "names": [f"item_{j}" for j in range(p)],
        "sites": np.repeat(["north", "east", "south"], -(-n // 3))[:n],
    }
    return design(**(given | changes))


def survivors(seed: int = 2, n: int = 200, p: int = 6) -> Design:
    """Exponential times to the event, one in three censored; the first predictor doubles the hazard."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    time = rng.exponential(size=n) * np.exp(-0.7 * x[:, 0]) * 10
    censored = rng.exponential(20, n)
    return design(
        x,
        (time <= censored).astype(float),
        np.arange(n),
        [f"item_{j}" for j in range(p)],
        time=np.minimum(time, censored) + 0.01,
        horizon=10.0,
    )
