"""Does the model with a random intercept err and cover as it says? `python study.py FOLDER`."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# One core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from opentrs.mechanism.engine import compared_repeatedly, designed

# Regions of one call are independent, so each is a run; people and visits are drawn again for each batch.
BATCHES, REGIONS = 20, 200


@dataclass(frozen=True)
class Case:
    """Two groups scanned once to ``visits`` times.

    Parameters
    ----------
    people : in each group
    share_between : of the variance that lies between people (their scans' correlation)
    lost : share of later visits that did not happen, in the first group; half of it in the second
    effect : difference of the groups, in standard deviations of a scan
    """

    name: str
    people: int
    share_between: float
    visits: int = 2
    lost: float = 0.0
    effect: float = 0.0


CASES = (
    Case("two visits", 50, 0.8),
    Case("two visits, few people", 12, 0.8),
    Case("two visits, loosely correlated", 50, 0.2),
    Case("two visits, half of the later ones lost", 50, 0.8, lost=0.5),
    Case("four visits, some lost", 30, 0.5, 4, 0.3),
    Case("two visits, an effect", 50, 0.8, effect=0.5),
    Case("two visits, half of the later ones lost, an effect", 50, 0.8, lost=0.5, effect=0.5),
    Case("four visits, some lost, few people, an effect", 12, 0.5, 4, 0.3, 0.8),
)


def scans(case: Case, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """People of each scan, group, and values of :data:`REGIONS` regions."""
    n = 2 * case.people
    group = np.repeat([1.0, 0.0], case.people)
    lost = case.lost * np.where(group == 1, 1.0, 0.5)
    there = rng.random((n, case.visits)) >= lost[:, None]
    there[:, 0] = True
    person, visit = np.nonzero(there)
    age, male = rng.normal(35, 10, n), (rng.random(n) < 0.6).astype(float)
    people = pd.DataFrame({
        "person_id": person, "age": age[person] + visit, "is_male": male[person], "family": "",
        "site": np.where(rng.random(n) < 0.5, "A", "B")[person],
    })  # fmt: skip
    lasting = rng.standard_normal((n, REGIONS)) * np.sqrt(case.share_between)
    passing = rng.standard_normal((len(person), REGIONS)) * np.sqrt(1 - case.share_between)
    known = -0.02 * (people["age"].to_numpy() - 35) + 0.3 * (people["site"] == "B").to_numpy()
    return (
        people,
        group[person],
        lasting[person] + passing + known[:, None] + (case.effect * group[person])[:, None],
    )


def summary(case: Case) -> dict[str, Any]:
    found = []
    for batch in range(BATCHES):
        rng = np.random.default_rng([CASES.index(case), batch])
        people, group, values = scans(case, rng)
        design = designed(people, group, ("age", "is_male"))
        found.append(compared_repeatedly(values, design, list(people["person_id"])))
    rows = pd.concat(found, ignore_index=True)
    shares = {
        "called_different": rows["p"] < 0.05,
        "covers": (rows["ci_low"] <= case.effect) & (case.effect <= rows["ci_high"]),
    }
    row: dict[str, Any] = {
        "case": case.name, "people": 2 * case.people, "visits": case.visits, "true_effect": case.effect,
        "runs": len(rows),
    }  # fmt: skip
    for name, hits in shares.items():
        p = float(hits.mean())
        row[f"{name}_percent"] = round(100 * p, 2)
        row[f"{name}_monte_carlo_se"] = round(100 * (p * (1 - p) / len(hits)) ** 0.5, 2)
    return row


if __name__ == "__main__":
    table = pd.DataFrame([summary(case) for case in CASES])
    table.to_csv(Path(sys.argv[1]) / "repeated.csv", index=False, lineterminator="\n")
