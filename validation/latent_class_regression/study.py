"""Is the permutation test as strict as it says, and do intervals hold the truth: `python study.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from opentrs.stats.latent_class_regression import (
    RegressionData,
    fit_latent_class_regression,
    permutation_test,
)

PEOPLE, NULL_SETS, PERMUTATIONS, LEVEL, BIC_SETS = 80, 1000, 19, 0.05, 100
RECOVERY_PEOPLE, RECOVERY_SETS, SHARE, SLOPES = 200, 200, 0.4, (8.0, -6.0)


def share(hits: int, n: int) -> dict[str, float]:
    """A proportion with its exact interval."""
    ends = binomtest(hits, n).proportion_ci(method="exact")
    return {"share": round(hits / n, 4), "low": round(ends.low, 4), "high": round(ends.high, 4)}


def null_row(two_classes: bool, sets: int) -> dict[str, object]:
    """Response has nothing to do with genotype, though people may be of two kinds."""
    hits = classes_seen = 0
    for seed in range(sets):
        rng = np.random.default_rng(seed)
        alleles = rng.binomial(2, [0.45, 0.25], (PEOPLE, 2)).astype(float)
        response = rng.normal(20, 15, PEOPLE) + 45 * (two_classes & (rng.random(PEOPLE) < 0.4))
        data = RegressionData(alleles, response)
        test = permutation_test(data, permutations=PERMUTATIONS, n_starts=4, iterations=30, seed=seed)
        hits += test.p_value <= LEVEL
        if seed < BIC_SETS:
            bics = {
                form: fit_latent_class_regression(data, *form[:1], slopes=form[1], n_starts=6).bic
                for form in ((1, "none"), (1, "own"), (2, "shared"), (2, "own"))
            }
            classes_seen += min(bics, key=lambda form: bics[form]) == (2, "own")
    return {"response": "of two kinds" if two_classes else "normal", "people": PEOPLE, "sets": sets,
            "permutations": PERMUTATIONS, "level": LEVEL, "rejected": hits, **share(hits, sets),
            "sets_by_bic": BIC_SETS, "two_classes_with_own_slopes_by_bic": classes_seen}  # fmt: skip


def recovery() -> pd.DataFrame:
    """An allele helps in some and harms in others; do intervals hold the share and the slopes?"""
    held = {"share of those it helps": 0, "slope where it helps": 0, "slope where it harms": 0}
    for seed in range(RECOVERY_SETS):
        rng = np.random.default_rng(50_000 + seed)
        alleles = rng.binomial(2, 0.45, (RECOVERY_PEOPLE, 1)).astype(float)
        helped = rng.random(RECOVERY_PEOPLE) < SHARE
        mean = np.where(helped, 40 + SLOPES[0] * alleles[:, 0], 20 + SLOPES[1] * alleles[:, 0])
        data = RegressionData(alleles, mean + rng.normal(0, 8, RECOVERY_PEOPLE))
        fitted = fit_latent_class_regression(data, 2, n_starts=12, seed=seed)
        interval = fitted.share_intervals[0]
        if interval.low is None or interval.high is None or fitted.coefficient_errors is None:
            continue
        held["share of those it helps"] += interval.low <= SHARE <= interval.high
        half = 1.959964 * fitted.coefficient_errors[:, 0]
        inside = np.abs(fitted.coefficients[:, 0] - SLOPES) <= half
        held["slope where it helps"] += bool(inside[0])
        held["slope where it harms"] += bool(inside[1])
    rows = [{"quantity": name, "people": RECOVERY_PEOPLE, "sets": RECOVERY_SETS, **share(hits, RECOVERY_SETS)}
            for name, hits in held.items()]  # fmt: skip
    return pd.DataFrame(rows)


def main(folder: Path) -> None:
    """Write the tables."""
    null = [null_row(False, NULL_SETS), null_row(True, NULL_SETS // 2)]
    pd.DataFrame(null).to_csv(folder / "permutation_null.csv", index=False, lineterminator="\n")
    recovery().to_csv(folder / "intervals.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
