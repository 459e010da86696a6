"""Do comparisons after harmonisation err as often as they say? `python study.py FOLDER`. See README.md."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from opentrs.stats.harmonise import ComBat, inflation
from opentrs.stats.permutation import fit

ALPHA, RUNS, FEATURES, PEOPLE = 0.05, 200, 40, 240
DATA = Path(os.environ.get("OPENTRS_DATA", Path(__file__).parents[3] / "shared" / "data"))
# Share of patients at each of four sites.
SHARES = {
    "balanced": (0.5, 0.5, 0.5, 0.5),
    "unbalanced": (0.3, 0.4, 0.6, 0.7),
    "very unbalanced": (0.1, 0.2, 0.8, 0.9),
}
EFFECTS = (0.0, 0.5)


def grouped(shares: tuple[float, ...], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Sites, and patients in the share of each."""
    site = np.repeat(np.arange(len(shares)), PEOPLE // len(shares))
    group = np.empty(site.size)
    for number, share in enumerate(shares):
        here = site == number
        group[here] = rng.permutation(here.sum()) < round(share * here.sum())
    return site, group


def made_up(
    site: np.ndarray, group: np.ndarray, effect: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Maps with site shifts and stretches, age, and an effect of the group; noise of SD 1."""
    age = rng.uniform(18, 60, site.size)
    sites = int(site.max()) + 1
    values = rng.standard_normal((site.size, FEATURES)) * rng.uniform(0.8, 1.25, sites)[site][:, None]
    values += rng.normal(0, 1, (sites, FEATURES))[site] - 0.02 * age[:, None] + effect * group[:, None]
    return values, age


def tested(values: np.ndarray, group: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Effect and p of the group beside columns."""
    design = np.column_stack([group, columns])
    found = fit(values, design, np.eye(design.shape[1])[0])
    return found.effect, found.p


def simulated() -> list[dict[str, Any]]:
    rows = []
    for name, shares in SHARES.items():
        expected = inflation(*grouped(shares, np.random.default_rng(0)))
        for effect in EFFECTS:
            hits: dict[str, list[np.ndarray]] = {}
            sizes: dict[str, list[np.ndarray]] = {}
            for seed in range(RUNS):
                rng = np.random.default_rng([1, seed])
                site, group = grouped(shares, rng)
                values, age = made_up(site, group, effect, rng)
                plain = np.column_stack([np.ones(site.size), age])
                dummies = np.column_stack([site[:, None] == np.arange(len(shares)), age]).astype(float)
                named = ComBat().fit(values, site, {"age": age, "group": group})
                unnamed = ComBat().fit(values, site, {"age": age})
                ways = {
                    "group named": (named.transform(values, site, {"age": age, "group": group}), plain),
                    "group named, site in the test": (
                        named.transform(values, site, {"age": age, "group": group}), dummies,
                    ),
                    "group not named": (unnamed.transform(values, site, {"age": age}), plain),
                    "not harmonised": (values, plain),
                }  # fmt: skip
                for way, (table, columns) in ways.items():
                    size, p = tested(table, group, columns)
                    hits.setdefault(way, []).append(p < ALPHA)
                    sizes.setdefault(way, []).append(size)
            for way in hits:
                rows.append(
                    {
                        "design": name, "true_effect": effect, "way": way, "runs": RUNS, "features": FEATURES,
                        "significant_percent": round(100 * float(np.mean(hits[way])), 2),
                        "monte_carlo_se": round(
                            100 * float(np.mean(hits[way], axis=1).std(ddof=1)) / RUNS**0.5, 2
                        ),
                        "mean_effect": round(float(np.mean(sizes[way])), 3),
                        "expected_false_percent": round(100 * expected.false_positives, 2),
                        "expected_kept": round(expected.effect_kept, 3),
                    }
                )  # fmt: skip
    return rows


def site_share(values: np.ndarray, site: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of the variance left by covariates that sites explain, and R2 of the covariates."""
    dummies = (site[:, None] == np.unique(site)).astype(float)

    def rest(design: np.ndarray) -> np.ndarray:
        left = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
        return np.asarray((left**2).sum(axis=0))

    alone, both = rest(columns), rest(np.column_stack([dummies, columns[:, 1:]]))
    return 1 - both / alone, 1 - alone / rest(columns[:, :1])


def healthy() -> list[dict[str, Any]]:
    """Healthy people of 23 sites: what sites and covariates explain before and after."""
    table = pd.read_csv(DATA / "fcon1000_freesurfer" / "fcon1000.csv")
    values = table.filter(regex=r"_thickness$").to_numpy(dtype=float)
    values, site = values[:, values.std(axis=0) > 0], table["site"].to_numpy()
    kept = {"age": table["age"].to_numpy(), "sex": table["sex"].to_numpy()}
    columns = np.column_stack([np.ones(len(table)), kept["age"], kept["sex"]])
    odd = np.arange(len(table)) % 2 == 1
    ways = {
        "as measured": (values, None),
        "ComBat": (ComBat().fit(values, site, kept).transform(values, site, kept), None),
        "ComBat, age smooth": (
            ComBat(smooth=("age",)).fit(values, site, kept).transform(values, site, kept), None,
        ),
        "as measured, even rows": (values, ~odd),
        "ComBat learnt on odd rows, even rows": (
            ComBat().fit(values, site, kept, learn_from=odd).transform(values, site, kept), ~odd,
        ),
    }  # fmt: skip
    rows = []
    for way, (given, rows_used) in ways.items():
        used = np.ones(len(table), bool) if rows_used is None else rows_used
        share, explained = site_share(given[used], site[used], columns[used])
        rows.append(
            {
                "way": way, "people": int(used.sum()), "sites": np.unique(site[used]).size,
                "regions": share.size,
                "site_percent_median": round(100 * float(np.median(share)), 2),
                "site_percent_max": round(100 * float(share.max()), 2),
                "age_sex_r2_percent_median": round(100 * float(np.median(explained)), 2),
            }
        )  # fmt: skip
    return rows


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, rows in (("comparisons", simulated()), ("healthy_sites", healthy())):
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
