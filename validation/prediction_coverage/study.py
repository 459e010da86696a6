"""Do intervals cover, tests reject as often as they say, updates fit? `python study.py FOLDER`, README.md."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm

from opentrs.stats.prediction.added_value import likelihood_ratio, permutation_p
from opentrs.stats.prediction.calibration import (
    calibration_curve,
    calibration_in_the_large,
    calibration_slope,
    observed_expected,
)
from opentrs.stats.prediction.decision import net_benefit
from opentrs.stats.prediction.discrimination import concordance, concordance_difference
from opentrs.stats.prediction.logistic import fit_logistic
from opentrs.stats.prediction.optimism import bootstrap_optimism, logistic_developer
from opentrs.stats.prediction.scores import brier
from opentrs.stats.prediction.update import STEPS, update_ladder

SETS, BAND_SETS, OPTIMISM_SETS, PERMUTATIONS, RESAMPLES, ALPHA = 2000, 500, 150, 199, 200, 0.05
LR, PERMUTED, DELONG = "likelihood ratio", "permutation", "DeLong on nested models (do not use)"
# People; mean and spread of the true log-odds; slope of the truth on the model's log-odds (1: the model is
# right).
CASES = ((200, -1.2, 1.0, 1.0), (500, -1.2, 1.0, 1.0), (500, -2.5, 1.0, 0.7), (2000, -1.2, 1.0, 1.3))
CUT = 0.2
# The true log-odds over which expectations are taken, and their weights, in units of the spread.
POINTS = np.linspace(-8, 8, 4001)
WEIGHTS = norm.pdf(POINTS) / norm.pdf(POINTS).sum()


def share(hits: Any) -> dict[str, Any]:
    """A percentage, its Monte Carlo standard error, and the sets it rests on."""
    hits = np.asarray(hits, dtype=float)
    p = hits.mean()
    return {
        "percent": round(100 * p, 2),
        "monte_carlo_se": round(100 * float(np.sqrt(p * (1 - p) / hits.size)), 2),
        "sets": hits.size,
    }


def truths(mean: float, spread: float, slope: float) -> dict[str, float]:
    """What each figure is in everybody."""
    lp = mean + spread * POINTS
    true, model = expit(lp), expit(lp / slope)
    events = WEIGHTS * true
    prevalence = events.sum()
    others = WEIGHTS - events
    score = WEIGHTS @ (true * (1 - model) ** 2 + (1 - true) * model**2)
    treated = model >= CUT
    return {
        "c_statistic": float(events @ (np.cumsum(others) - others / 2) / (prevalence * others.sum())),
        "calibration_in_the_large": brentq(lambda a: WEIGHTS @ (true - expit(a + lp / slope)), -5, 5),
        "calibration_slope": slope,
        "observed_expected": float(prevalence / (WEIGHTS @ model)),
        "brier": float(score),
        "scaled_brier": float(1 - score / (prevalence * (1 - prevalence))),
        "net_benefit": float((events - others * CUT / (1 - CUT)) @ treated),
    }


def people(rng: np.random.Generator, n: int, mean: float, spread: float, slope: float) -> tuple[Any, Any]:
    """Outcomes, and the risks by the model."""
    lp = rng.normal(mean, spread, n)
    return (rng.random(n) < expit(lp)).astype(float), expit(lp / slope)


def intervals(case: tuple[int, float, float, float]) -> Iterator[dict[str, Any]]:
    """How often 95% intervals hold the truth."""
    n, mean, spread, slope = case
    truth = truths(mean, spread, slope)
    measures: dict[str, Callable[[Any, Any], Any]] = {
        "c_statistic": concordance,
        "c_statistic, logit scale": lambda y, p: concordance(y, p, logit_scale=True),
        "calibration_in_the_large": calibration_in_the_large,
        "calibration_slope": calibration_slope,
        "observed_expected": observed_expected,
        "brier": lambda y, p: brier(y, p).brier,
        "scaled_brier": lambda y, p: brier(y, p).scaled,
        "net_benefit": lambda y, p: net_benefit(y, p, [CUT], resamples=RESAMPLES)[0],
    }
    held: dict[str, list[bool]] = {name: [] for name in measures}
    for seed in range(SETS):
        y, p = people(np.random.default_rng([1, n, seed]), *case)
        for name, measure in measures.items():
            found = measure(y, p)
            held[name].append(bool(found.low <= truth[name.split(",")[0]] <= found.high))
    yield from (
        {"n": n, "mean_log_odds": mean, "slope": slope, "figure": f, **share(h)} for f, h in held.items()
    )


def bands(case: tuple[int, float, float, float]) -> Iterator[dict[str, Any]]:
    """How often the loess band holds the true curve at a risk, and the honest band all of it."""
    n, mean, spread, slope = case
    places = {f"loess, quantile {q:g} of risk": q for q in (0.1, 0.25, 0.5, 0.75, 0.9)}
    held: dict[str, list[bool]] = {name: [] for name in (*places, "isotonic, whole curve")}
    fixed = expit((mean + spread * norm.ppf(list(places.values()))) / slope)
    truth = expit(slope * np.log(fixed / (1 - fixed)))
    for seed in range(BAND_SETS):
        y, p = people(np.random.default_rng([2, n, seed]), *case)
        curve = calibration_curve(y, p, grid=fixed, resamples=RESAMPLES)
        for i, name in enumerate(places):
            held[name].append(bool(curve.low[i] <= truth[i] <= curve.high[i]))
        curve = calibration_curve(y, p, "isotonic", grid=np.unique(p))
        line = expit(slope * np.log(curve.risk / (1 - curve.risk)))
        held["isotonic, whole curve"].append(bool(((curve.low <= line) & (line <= curve.high)).all()))
    yield from (
        {"n": n, "mean_log_odds": mean, "slope": slope, "band": f, **share(h)} for f, h in held.items()
    )


def nested(n: int, base: int, added: int) -> Iterator[dict[str, Any]]:
    """How often tests of added value reject without any, the new predictors correlated with the old."""
    found: dict[str, list[float]] = {name: [] for name in (LR, PERMUTED, DELONG)}
    for seed in range(SETS):
        rng = np.random.default_rng([3, n, seed])
        z = rng.normal(0, 1, (n, base))
        x = 0.5 * z[:, :1] + rng.normal(0, 1, (n, added))
        y = (rng.random(n) < expit(-1.2 + z @ np.full(base, 0.4))).astype(float)
        both = np.column_stack([z, x])
        found[LR].append(likelihood_ratio(y, z, both)[2])
        if seed < SETS // 2:
            found[PERMUTED].append(permutation_p(y, z, x, seed, PERMUTATIONS))
        gain = concordance_difference(y, fit_logistic(both, y).risk(both), fit_logistic(z, y).risk(z))
        reject = gain.low is not None and gain.high is not None and not gain.low <= 0 <= gain.high
        found[DELONG].append(0.0 if reject else 1.0)
    for test, p in found.items():
        yield {"n": n, "base": base, "added": added, "test": test, **share(np.array(p) <= ALPHA)}


BETA = np.array([0.6, 0.5, 0.4, -0.4, 0.3, 0.2])
# What of the published model is wrong in the new people: name -> (intercept, coefficients, weight of a new
# predictor).
WRONG: dict[str, tuple[float, Any, float]] = {
    "right": (-1.2, BETA, 0.0),
    "intercept": (-0.5, BETA, 0.0),
    "intercept and slope": (-0.8, 0.6 * BETA, 0.0),
    "coefficients": (-1.0, BETA * np.array([0.0, 1.5, 1.0, 1.0, -1.0, 1.0]), 0.0),
    "a predictor is missing": (-1.2, BETA, 0.7),
}
UPDATE_SETS, VALIDATION_PEOPLE = 2000, 4000


def update(name: str, n: int) -> dict[str, Any]:
    """Update in n people by the closed test; calibrate the updated model in other people."""
    intercept, beta, weight = WRONG[name]
    slopes, larges, chosen = [], [], []
    for seed in range(UPDATE_SETS):
        rng = np.random.default_rng([4, n, list(WRONG).index(name), seed])
        x, new = rng.normal(0, 1, (n + VALIDATION_PEOPLE, 6)), rng.normal(0, 1, (n + VALIDATION_PEOPLE, 1))
        risk = expit(intercept + x @ beta + weight * new[:, 0])
        y = (rng.random(risk.size) < risk).astype(float)
        published = -1.2 + x @ BETA
        ladder = update_ladder(y[:n], published[:n], x[:n], added=new[:n])
        columns = x if ladder.step().coefficients.size == 6 else np.column_stack([x, new])
        updated = expit(ladder.step().linear_predictor(published[n:], columns[n:]))
        slopes.append(calibration_slope(y[n:], updated).value)
        larges.append(calibration_in_the_large(y[n:], updated).value)
        chosen.append(ladder.chosen)
    return {
        "wrong": name, "n": n, "validations": UPDATE_SETS,
        "mean_slope": round(float(np.mean(slopes)), 4),
        "monte_carlo_se": round(float(np.std(slopes) / UPDATE_SETS**0.5), 4),
        "mean_in_the_large": round(float(np.mean(larges)), 4),
        **{f"chose_{step}": round(100 * chosen.count(step) / UPDATE_SETS, 1) for step in STEPS},
    }  # fmt: skip


def optimism(n: int, predictors: int) -> dict[str, Any]:
    """Mean of C and slope: apparent, corrected by the bootstrap, and in everybody."""
    rows = []
    beta = np.zeros(predictors)
    beta[:4] = 0.5
    for seed in range(OPTIMISM_SETS):
        rng = np.random.default_rng([5, n, seed])
        x = rng.normal(0, 1, (n + VALIDATION_PEOPLE, predictors))
        y = (rng.random(n + VALIDATION_PEOPLE) < expit(-1.2 + x @ beta)).astype(float)
        found = bootstrap_optimism(y[:n], logistic_developer(x[:n], y[:n]), 100, seed)
        risk = fit_logistic(x[:n], y[:n]).risk(x[n:])
        rows.append([
            found.apparent["c_statistic"], found.corrected["c_statistic"].value, concordance(y[n:],
            risk).value, found.corrected["calibration_slope"].value, calibration_slope(y[n:], risk).value,
        ])  # fmt: skip
    names = ("apparent_c", "corrected_c", "true_c", "corrected_slope", "true_slope")
    means = np.mean(rows, axis=0)
    return {
        "n": n,
        "predictors": predictors,
        "sets": OPTIMISM_SETS,
        **dict(zip(names, means.round(4), strict=True)),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    tables = {
        "update": [update(name, n) for n in (500, 1000, 2000) for name in WRONG],
        "added_value": [row for n, p, q in ((400, 5, 3), (1000, 5, 1)) for row in nested(n, p, q)],
        "intervals": [row for case in CASES for row in intervals(case)],
        "bands": [row for case in CASES[:2] for row in bands(case)],
        "optimism": [optimism(n, p) for n, p in ((300, 10), (600, 10))],
    }
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
