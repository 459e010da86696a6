"""Bootstrap validation of a logistic model: everything refitted and judged in every resample.

One thread, so that CPU seconds are those of the work. Growth is measured beside the promise: twice as many
people, twice as many resamples.
"""

from __future__ import annotations

import json
import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.special import expit

from opentrs.stats.prediction.optimism import bootstrap_validation
from opentrs.stats.prediction.performance import performance

PEOPLE, PREDICTORS, RESAMPLES, LIMIT = 20_000, 10, 1000, 20


def people(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Predictors and outcomes, one in six with the event."""
    rng = np.random.default_rng(20261126)
    x = rng.normal(0, 1, (n, PREDICTORS))
    return x, (rng.random(n) < expit(-2 + x @ np.linspace(0.6, 0, PREDICTORS))).astype(float)


def seconds(n: int, resamples: int) -> float:
    """CPU seconds of a bootstrap validation."""
    x, y = people(n)
    start = time.process_time()
    bootstrap_validation(x, y, resamples)
    return time.process_time() - start


def row(what: str, used: float, **more: object) -> None:
    """Print one measurement."""
    print(json.dumps({"what": what, "cpu_seconds": round(used, 3), **more}))


if __name__ == "__main__":
    seconds(1000, 5)
    used = seconds(PEOPLE, RESAMPLES)
    row(f"bootstrap validation, {RESAMPLES:,} resamples of n={PEOPLE:,}", used, limit=LIMIT)
    base = seconds(PEOPLE // 4, 100)
    for what, n, resamples in (("people", PEOPLE // 2, 100), ("resamples", PEOPLE // 4, 200)):
        again = seconds(n, resamples)
        row(
            f"growth: twice the {what}", again, ratio=round(again / base, 2), against=f"{PEOPLE // 4:,} x 100"
        )
    x, y = people(PEOPLE)
    risk = expit(-2 + x @ np.linspace(0.6, 0, PREDICTORS))
    start = time.process_time()
    performance(y, risk)
    row(f"all measures of a risk, n={PEOPLE:,}", time.process_time() - start)
