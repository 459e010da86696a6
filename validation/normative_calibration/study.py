"""Are centiles calibrated in healthy people not learnt from? `python study.py FOLDER`, see README.md."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from opentrs.stats.normative_curve import Centiles, NormativeCurves, learn_curves

DATA = Path(os.environ.get("OPENTRS_DATA", Path(__file__).parents[3] / "shared" / "data"))
PERCENTS = (2.5, 5, 25, 50, 75, 95, 97.5)
CONTROLS, DRAWS, FEWEST_AT_TEST_SITE = (5, 10, 25, 50), 20, 80


def row(case: str, sites: int, found: list[Centiles]) -> dict[str, Any]:
    """Mean and spread of z over people and regions, and how many lie below each centile."""
    z, centile = np.vstack([f.z for f in found]), np.vstack([f.centile for f in found])
    below = {f"below_{p:g}": round(100 * float((centile < p).mean()), 2) for p in PERCENTS}
    of_regions = z.mean(axis=0)
    return {
        "case": case, "sites": sites, "people_placed": len(z), "regions": z.shape[1],
        "z_mean": round(float(z.mean()), 3), "z_sd": round(float(z.std()), 3),
        "z_mean_sd_over_regions": round(float(of_regions.std()), 3), **below,
    }  # fmt: skip


class People:
    """Healthy people of 23 sites."""

    def __init__(self) -> None:
        table = pd.read_csv(DATA / "fcon1000_freesurfer" / "fcon1000.csv")
        values = table.filter(regex=r"_thickness$").to_numpy(dtype=float)
        self.values = values[:, values.std(axis=0) > 0]
        self.age, self.sex, self.site = (table[name].to_numpy() for name in ("age", "sex", "site"))

    def learn(self, rows: np.ndarray) -> NormativeCurves:
        return learn_curves(self.values[rows], self.age[rows], self.sex[rows], self.site[rows])

    def place(self, curves: NormativeCurves, rows: np.ndarray, **how: Any) -> Centiles:
        return curves.place(self.values[rows], self.age[rows], self.sex[rows], self.site[rows], **how)


def same_sites(people: People) -> Iterator[dict[str, Any]]:
    """Halves of each site: one is learnt from, the other placed."""
    found = []
    for draw in range(DRAWS):
        order = np.random.default_rng([1, draw]).permutation(people.site.size)
        learnt, placed = np.zeros(order.size, bool), np.zeros(order.size, bool)
        for name in np.unique(people.site):
            here = order[people.site[order] == name]
            if here.size >= 4:
                learnt[here[: here.size // 2]], placed[here[here.size // 2 :]] = True, True
        found.append(people.place(people.learn(learnt), placed))
    yield row("other half of known sites", int(np.unique(people.site[placed]).size), found)


def new_sites(people: People) -> Iterator[dict[str, Any]]:
    """Large sites left out in turn; some of their people are the controls, the others are placed."""
    names, sizes = np.unique(people.site, return_counts=True)
    large = names[sizes >= FEWEST_AT_TEST_SITE]
    found: dict[str, list[Centiles]] = {}
    for number, name in enumerate(large):
        here = np.flatnonzero(people.site == name)
        curves = people.learn(people.site != name)
        for draw in range(DRAWS):
            order = np.random.default_rng([2, number, draw]).permutation(here)
            placed = order[max(CONTROLS) :]
            for k in CONTROLS:
                some = order[:k]
                joined = curves.with_site(str(name), people.values[some], people.age[some], people.sex[some])
                found.setdefault(f"new site, {k} controls", []).append(people.place(joined, placed))
        found.setdefault("new site, no controls", []).append(people.place(curves, here, unseen="average"))
    for case, placed_people in found.items():
        yield row(case, large.size, placed_people)


if __name__ == "__main__":
    healthy = People()
    rows = [*same_sites(healthy), *new_sites(healthy)]
    pd.DataFrame(rows).to_csv(Path(sys.argv[1]) / "centiles.csv", index=False, lineterminator="\n")
