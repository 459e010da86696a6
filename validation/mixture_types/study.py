"""Are planted types found, none where there are none, and probabilities true? `python study.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from planted import NAMES, Planted, severity_only, with_types
from scipy.optimize import linear_sum_assignment, minimize
from scipy.special import expit
from scipy.stats import binomtest

from opentrs.stats.ordinal_mixture import Choosing, Items, adjusted_rand, choose_classes, fit_mixture

SEED = 2026
NULL_RUNS, NULL_PEOPLE = 200, 300
CALIBRATION_SETS = 200
# From 1 to 3 classes suffice where one is true: BIC only rises beyond.
NULL = Choosing(most_classes=3, splits=0, test_next=False)
FULL = Choosing(most_classes=6, splits=0, test_next=False)


def generator(*key: int) -> np.random.Generator:
    """A stream of its own for every data set."""
    return np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=key))


def recovery(scenario: str, planted: Planted, people: int, sets: int, key: int) -> dict[str, object]:
    """Adjusted Rand with the truth: of the mixture, its number of classes chosen, and the best possible."""
    rows = []
    for number in range(sets):
        items, group = planted.draw(people, generator(key, number))
        found = choose_classes(items, seed=number, choosing=FULL).chosen
        ours = adjusted_rand(group, found.membership(items).most_probable)
        best = adjusted_rand(group, planted.posterior(items).argmax(axis=1))
        rows.append((found.n_classes, ours, best))
    classes, ours, best = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    error = (ours / best).std(ddof=1) / np.sqrt(sets)
    return {
        "scenario": scenario, "people": people, "sets": sets, "types": len(planted.shares),
        "share_right_number": round(float((classes == len(planted.shares)).mean()), 3),
        "adjusted_rand": round(float(ours.mean()), 4),
        "adjusted_rand_true_parameters": round(float(best.mean()), 4),
        "ratio": round(float((ours / best).mean()), 4),
        "ratio_low": round(float((ours / best).mean() - 1.96 * error), 4),
        "ratio_high": round(float((ours / best).mean() + 1.96 * error), 4),
    }  # fmt: skip


def permuted(items: Items, rng: np.random.Generator) -> Items:
    """Every item shuffled among the people: the same counts, nothing in common."""
    return Items(np.column_stack([rng.permutation(column) for column in items.codes.T]), items.n_categories)


def null(scenario: str, key: int) -> dict[str, object]:
    """How often more than one class is chosen where there is one."""
    more = 0
    for number in range(NULL_RUNS):
        rng = generator(key, number)
        if scenario == "permuted items":
            items = permuted(with_types().draw(NULL_PEOPLE, rng)[0], rng)
        else:
            items, _ = severity_only().draw(NULL_PEOPLE, rng)
        more += choose_classes(items, seed=number, choosing=NULL).chosen.n_classes > 1
    interval = binomtest(more, NULL_RUNS).proportion_ci(method="exact")
    return {
        "scenario": scenario, "people": NULL_PEOPLE, "items": len(NAMES), "runs": NULL_RUNS,
        "more_than_one_class": more, "allowed": 18, "share": more / NULL_RUNS,
        "ci_low": round(interval.low, 4), "ci_high": round(interval.high, 4),
    }  # fmt: skip


def slope_of(truth: np.ndarray, probability: np.ndarray) -> float:
    """Slope of the logistic regression of what is true on the log odds that were stated."""
    bounded = np.clip(probability, 1e-6, 1 - 1e-6)
    design = np.column_stack([np.ones(len(truth)), np.log(bounded / (1 - bounded))])
    sign = 1 - 2 * truth

    def misfit(at: np.ndarray) -> tuple[float, np.ndarray]:
        place = sign * (design @ at)
        return float(np.logaddexp(0, place).sum()), design.T @ (sign * expit(place))

    found = minimize(misfit, np.array([0.0, 1.0]), jac=True, method="BFGS", options={"gtol": 1e-4})
    return float(found.x[1])


def calibration(people: int, key: int) -> dict[str, object]:
    """Calibration slope of the stated probabilities, over all people and types of each data set."""
    planted = with_types()
    ours, best = [], []
    for number in range(CALIBRATION_SETS):
        items, group = planted.draw(people, generator(key, number))
        found = fit_mixture(items, len(planted.shares), seed=number).membership(items).probability
        is_type = (group[:, None] == np.arange(len(planted.shares))).astype(float)
        type_of_class = linear_sum_assignment(-(is_type.T @ found))[1]
        ours.append(slope_of(is_type.ravel(), found[:, type_of_class].ravel()))
        best.append(slope_of(is_type.ravel(), planted.posterior(items).ravel()))
    error = np.std(ours, ddof=1) / np.sqrt(CALIBRATION_SETS)
    return {
        "people": people, "sets": CALIBRATION_SETS, "mean_slope": round(float(np.mean(ours)), 4),
        "low": round(float(np.mean(ours) - 1.96 * error), 4),
        "high": round(float(np.mean(ours) + 1.96 * error), 4), "asked": "0.95-1.05",
        "mean_slope_true_parameters": round(float(np.mean(best)), 4),
    }  # fmt: skip


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    tables = {
        "calibration": [calibration(500, 4), calibration(1000, 5)],
        "null": [null("permuted items", 2), null("one severity factor only", 3)],
        "recovery": [
            recovery("three types", with_types(), 500, 20, 0),
            recovery("three types and people with none", with_types(and_none=True), 1000, 6, 1),
        ],
    }
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
