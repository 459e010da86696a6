"""Does the map of the mechanism stage call healthy groups different too often? `python study.py FOLDER`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Two processes, one core each.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from opentrs.mechanism.engine import compared, designed
from opentrs.stats.permutation import permuted

ALPHA, PERMUTATIONS = 0.05, 199
RUNS = int(os.environ.get("RUNS", "1000"))
DATA = Path(os.environ.get("OPENTRS_DATA", Path(__file__).parents[3] / "shared" / "data"))
# Standard deviation of the first group over that of the second, and its share of the people.
NOISIER = 1.5
SHARE = 0.35
# Sites with fewer people than this are too few to be split.
LEAST_AT_SITE = 20


@dataclass(frozen=True)
class Case:
    """How healthy people are split, run after run.

    Parameters
    ----------
    sample : ``czech`` (67 people at one site) or ``sites`` (healthy people of many sites)
    spread : the first group's residuals are this many times as wide
    by_age : log odds of the first group for each standard deviation of age and for men
    by_site : shares of the first group run from .15 to .85 over the sites
    """

    name: str
    sample: str
    spread: float = 1.0
    share: float = SHARE
    by_age: float = 0.0
    by_site: bool = False


CASES = (
    Case("random groups", "czech"),
    Case("random groups, smaller group 1.5 times as spread", "czech", NOISIER),
    Case("random groups, larger group 1.5 times as spread", "czech", 1 / NOISIER),
    Case("groups that differ in age and sex", "czech", by_age=0.8),
    Case("groups that differ in age and sex, smaller one 1.5 times as spread", "czech", NOISIER, by_age=0.8),
    Case("random groups at many sites", "sites"),
    Case("sites unbalanced", "sites", by_site=True),
    Case("sites, age and sex unbalanced", "sites", by_age=0.8, by_site=True),
    Case("sites, age and sex unbalanced, first group 1.5 times as spread", "sites", NOISIER, 0.3, 0.8, True),
)  # fmt: skip


def people_of(sample: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Covariates as the stage names them, and thickness."""
    if sample == "czech":
        table = pd.read_csv(DATA / "czech_fep_freesurfer" / "controls_v1.csv").assign(site="")
    else:
        table = pd.read_csv(DATA / "fcon1000_freesurfer" / "fcon1000.csv")
        counts = table["site"].value_counts()
        table = table[table["site"].map(counts) >= LEAST_AT_SITE].reset_index(drop=True)
        # A third of each site: as many people as a large clinical study has.
        table = (
            table.groupby("site", group_keys=False).sample(frac=1 / 3, random_state=1).reset_index(drop=True)
        )
    values = table.filter(regex=r"_thickness$").to_numpy(dtype=float)
    people = pd.DataFrame({
        "age": table["age"].to_numpy(dtype=float), "is_male": table["sex"].to_numpy(dtype=float),
        "site": table["site"].astype(str), "family": "",
    })  # fmt: skip
    return people, values[:, values.std(axis=0) > 0]


def drawn(case: Case, people: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """A group of nothing but chance, age, sex and site."""
    age, male = (people[name] - people[name].mean() for name in ("age", "is_male"))
    leaning = case.by_age * (age / age.std() + male / male.std()) / np.sqrt(2)
    sites = np.unique(people["site"])
    share = np.linspace(0.15, 0.85, len(sites)) if case.by_site else np.full(len(sites), case.share)
    base = people["site"].map(dict(zip(sites, np.log(share / (1 - share)), strict=True)))
    chance = 1 / (1 + np.exp(-(base + leaning)))
    if case.by_site or case.by_age:
        return (rng.random(len(people)) < chance).astype(float)
    return (rng.permutation(len(people)) < round(case.share * len(people))).astype(float)


def widened(values: np.ndarray, people: pd.DataFrame, group: np.ndarray, spread: float) -> np.ndarray:
    """Values whose residuals about age, sex and site are stretched in the first group."""
    sites = pd.get_dummies(people["site"]).to_numpy(dtype=float)
    known = np.column_stack([sites, people[["age", "is_male"]].to_numpy()])
    expected = known @ np.linalg.lstsq(known, values, rcond=None)[0]
    return expected + (values - expected) * np.where(group == 1, spread, 1.0)[:, None]


def one_run(case: Case, seed: int, people: pd.DataFrame, values: np.ndarray) -> dict[str, Any]:
    rng = np.random.default_rng([CASES.index(case), seed])
    group = drawn(case, people, rng)
    spread = widened(values, people, group, case.spread) if case.spread != 1 else values
    design = designed(people, group, ("age", "is_male"))
    found = compared(spread, design, seed=seed, permutations=PERMUTATIONS)
    # The same with one spread for all, as most programs have it.
    plain = permuted(spread[design.rows], design.matrix, design.contrast, PERMUTATIONS, seed=seed,
                     blocks=design.blocks)  # fmt: skip
    p, q = found["p"].to_numpy(), found["q"].to_numpy()
    return {
        "family_wise": found["p_fwer"].min() <= ALPHA,
        "family_wise_one_spread": plain.p_fwer.min() <= ALPHA,
        "any_q": q.min() <= ALPHA,
        "by_region": float((p <= ALPHA).mean()),
    }


def summary(case: Case) -> dict[str, Any]:
    people, values = people_of(case.sample)
    runs = pd.DataFrame([one_run(case, seed, people, values) for seed in range(RUNS)])
    row: dict[str, Any] = {"case": case.name, "people": len(people), "regions": values.shape[1],
                           "sites": people["site"].nunique(), "runs": RUNS}  # fmt: skip
    for name in ("family_wise", "family_wise_one_spread", "any_q"):
        share = runs[name].mean()
        row[f"{name}_percent"] = round(100 * share, 2)
        row[f"{name}_monte_carlo_se"] = round(100 * np.sqrt(share * (1 - share) / RUNS), 2)
    row["p_below_5_percent"] = round(100 * runs["by_region"].mean(), 2)
    row["p_below_5_monte_carlo_se"] = round(100 * runs["by_region"].std() / np.sqrt(RUNS), 2)
    return row


def rows(work: Callable[[Case], dict[str, Any]], cases: tuple[Case, ...]) -> Iterator[dict[str, Any]]:
    with ProcessPoolExecutor(2) as pool:
        for row in pool.map(work, cases):
            print(row["case"], row["family_wise_percent"], flush=True)
            yield row


if __name__ == "__main__":
    table = pd.DataFrame(list(rows(summary, CASES)))
    table.to_csv(Path(sys.argv[1]) / "family_wise_error.csv", index=False, lineterminator="\n")
