"""Made-up people the oracle reads: exponential hazards of an event and a competing one, with censoring.

``untied`` has no two times alike; in ``tied`` time is in tenths, so that events, competing events and
censorings share times. Run from the top of the checkout: ``python -m validation.survival_oracle.people``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
SEED = 20250301


def people(n: int, tied: bool, seed: int) -> pd.DataFrame:
    """``n`` people with two predictors, a score and a risk at 4 that is not quite right."""
    rng = np.random.default_rng(seed)
    x1, x2 = rng.standard_normal(n), (rng.random(n) < 0.4).astype(float)
    event = rng.exponential(1 / (0.10 * np.exp(0.7 * x1 + 0.4 * x2)))
    other = rng.exponential(1 / (0.06 * np.exp(-0.3 * x1 + 0.5 * x2)))
    censored = rng.uniform(0.5, 9, n)
    time = np.minimum.reduce([event, other, censored])
    cause = np.where(time == event, 1, np.where(time == other, 2, 0))
    time = np.ceil(time * 10) / 10 if tied else np.round(time, 6)
    score = 0.6 * x1 + 0.5 * x2
    risk = -np.expm1(-0.30 * np.exp(score))
    columns = {"time": time, "cause": cause, "x1": x1, "x2": x2, "score": score, "risk": risk}
    return pd.DataFrame(columns).round(6)


if __name__ == "__main__":
    sets = {"untied": people(300, False, SEED), "tied": people(300, True, SEED + 1)}
    table = pd.concat([frame.assign(set=name) for name, frame in sets.items()])
    table.to_csv(HERE / "people.csv", index=False, lineterminator="\n")
