"""Is the family-wise error what it says, and do intervals cover? `python study.py FOLDER`. See README.md."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from opentrs.stats.permutation import Exchangeability, Permuted, SurfaceGraph, fit, permuted

ALPHA, RUNS, PERMUTATIONS = 0.05, 1000, 199
# Of the two slow cases.
FEWER_RUNS = 500
DATA = Path(os.environ.get("OPENTRS_DATA", Path(__file__).parents[3] / "shared" / "data"))
CLUSTER_FORMING_T = 2.5
Case = tuple[np.ndarray, np.ndarray, Exchangeability | None]


def percent(hits: list[bool] | np.ndarray) -> dict[str, float]:
    """A share of runs and its Monte Carlo standard error."""
    p = float(np.mean(hits))
    return {"percent": round(100 * p, 2), "monte_carlo_se": round(100 * (p * (1 - p) / len(hits)) ** 0.5, 2)}


def controls(*visits: int) -> pd.DataFrame:
    tables = [pd.read_csv(DATA / "czech_fep_freesurfer" / f"controls_v{visit}.csv") for visit in visits]
    return pd.concat(tables, ignore_index=True)


def thickness(table: pd.DataFrame) -> np.ndarray:
    values = table.filter(regex=r"_thickness$").to_numpy(dtype=float)
    return values[:, values.std(axis=0) > 0]


def labelled(n: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """A group of a fixed size, drawn at random."""
    return (rng.permutation(n) < round(share * n)).astype(float)


def groupings(with_covariates: bool) -> Iterator[Case]:
    """Controls of one visit, split at random."""
    table = controls(1)
    values = thickness(table)
    covariates = table[["age", "sex", "EstimatedTotalIntraCranialVol"]].to_numpy() / [1, 1, 1e6]
    for seed in range(RUNS):
        rng = np.random.default_rng([1, seed])
        group = labelled(len(table), 0.4, rng)
        columns = [np.ones(len(table)), group, *(covariates.T if with_covariates else [])]
        yield values, np.column_stack(columns), None


def persons_twice() -> Iterator[Case]:
    """Two visits of each control; persons, not scans, are split, and move with both their scans."""
    table = controls(1, 2)
    values, person = thickness(table), np.tile(np.arange(len(table) // 2), 2)
    for seed in range(RUNS):
        group = labelled(len(table) // 2, 0.4, np.random.default_rng([2, seed]))[person]
        visit = np.arange(len(table)) >= len(table) // 2
        yield values, np.column_stack([np.ones(len(table)), group, visit]), Exchangeability(units=person)


def sites(as_blocks: bool) -> Iterator[Case]:
    """Healthy people of 23 sites, split at random in another share at each site."""
    table = pd.read_csv(DATA / "fcon1000_freesurfer" / "fcon1000.csv")
    values, site = thickness(table), table["site"].to_numpy()
    shares = dict(zip(np.unique(site), np.linspace(0.2, 0.8, np.unique(site).size), strict=True))
    dummies = (site[:, None] == np.unique(site)).astype(float)
    for seed in range(RUNS if as_blocks else FEWER_RUNS):
        rng = np.random.default_rng([3, seed])
        group = np.empty(len(site))
        for name, share in shares.items():
            group[site == name] = labelled(int((site == name).sum()), share, rng)
        blocks = Exchangeability(strata=site) if as_blocks else None
        yield values, np.column_stack([group, table[["age", "sex"]], dummies]), blocks


def sheet(rows: int) -> tuple[SurfaceGraph, np.ndarray]:
    """A sheet of triangles, and the smoothing of noise on it (rows of unit length)."""
    number = np.arange(rows * rows).reshape(rows, rows)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    faces = [np.stack([x.ravel() for x in corner], axis=1) for corner in ((a, b, c), (b, d, c))]
    along = np.exp(-(np.subtract.outer(np.arange(rows), np.arange(rows)) ** 2) / 8)
    smooth = np.kron(along, along)
    return SurfaceGraph.from_faces(np.concatenate(faces)), smooth / np.linalg.norm(smooth, axis=0)


def smooth_maps(smooth: np.ndarray) -> Iterator[Case]:
    """Smooth maps with no effect of the group and one of age."""
    for seed in range(FEWER_RUNS):
        rng = np.random.default_rng([4, seed])
        age = rng.normal(size=30)
        values = rng.standard_normal((30, len(smooth))) @ smooth + 0.5 * age[:, None]
        group = labelled(30, 0.5, rng)
        yield values, np.column_stack([np.ones(30), group, age]), None


def smallest(found: Permuted) -> dict[str, float]:
    p = {"max_t": float(np.nanmin(found.p_fwer))}
    if found.p_tfce_fwer is not None:
        p["tfce"] = float(np.nanmin(found.p_tfce_fwer))
        p["extent"] = min((cluster.p_fwer for cluster in found.clusters), default=1.0)
    return p


def errors(name: str, cases: Iterator[Case], at: int, **how: Any) -> list[dict[str, Any]]:
    """How often anything is called different where nothing is."""
    hits: dict[str, list[bool]] = {}
    for seed, (values, design, blocks) in enumerate(cases):
        contrast = np.eye(design.shape[1])[at]
        found = permuted(values, design, contrast, PERMUTATIONS, seed=seed, blocks=blocks, **how)
        for statistic, p in smallest(found).items():
            hits.setdefault(statistic, []).append(p <= ALPHA)
    return [{"case": name, "statistic": key, "runs": len(hit), **percent(hit)} for key, hit in hits.items()]


def coverage(n: int, d: float) -> dict[str, Any]:
    """How often the interval holds the true effect in standard deviations, with a covariate that differs."""
    rng = np.random.default_rng([5, n, round(100 * d)])
    group = labelled(n, 0.4, rng)
    age = rng.normal(size=n) + 0.5 * group
    values = rng.standard_normal((n, 5000)) + d * group[:, None] + 0.3 * age[:, None]
    found = fit(values, np.column_stack([np.ones(n), group, age]), (0, 1, 0))
    effect = found.standardised()
    low, high = found.interval()
    held = {"effect": (low <= d) & (d <= high), "standardised": (effect.low <= d) & (d <= effect.high)}
    return {"people": n, "true_d": d, **{key: percent(hit)["percent"] for key, hit in held.items()}}


def all_errors() -> Iterator[dict[str, Any]]:
    graph, smooth = sheet(20)
    cases: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "groups": lambda: errors("groups", groupings(False), 1),
        "covariates": lambda: errors("covariates", groupings(True), 1),
        "smith": lambda: errors("covariates, Smith", groupings(True), 1, method="smith"),
        "sides": lambda: errors("covariates, one side", groupings(True), 1, sides=1),
        "persons": lambda: errors("persons with two visits", persons_twice(), 1),
        "sites": lambda: errors("sites as strata", sites(True), 0),
        "covariate sites": lambda: errors("sites as covariates only", sites(False), 0),
        "surface": lambda: errors(
            "smooth surface", smooth_maps(smooth), 1, surface=graph, cluster_forming_t=CLUSTER_FORMING_T
        ),
    }
    for name, case in cases.items():
        print(name, flush=True)
        yield from case()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    intervals = [coverage(n, d) for n in (20, 60, 165) for d in (0.0, 0.3, 0.8)]
    tables = {"coverage": intervals, "family_wise_error": list(all_errors())}
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
