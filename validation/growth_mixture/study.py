"""Are classes seen that are not there, are probabilities and intervals right: `python study.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from planted import WEEKS, curve, draw
from scipy import optimize
from scipy.stats import binomtest

from opentrs.stats.growth_choice import choose_classes
from opentrs.stats.growth_mixture import fit_growth_mixture

PEOPLE, NULL_SETS, SKEWED_SETS, RECOVERY_SETS, SHARE = 150, 200, 60, 200, 0.4


def share(hits: int, n: int) -> dict[str, float]:
    """A proportion with its exact interval."""
    ends = binomtest(hits, n).proportion_ci(method="exact")
    return {"share": round(hits / n, 4), "low": round(ends.low, 4), "high": round(ends.high, 4)}


def false_classes() -> dict[str, object]:
    """One class is planted; how often is another number chosen?"""
    by_bic = chosen = 0
    for seed in range(NULL_SETS):
        data, _ = draw(PEOPLE, seed)
        choice = choose_classes(data, 3, degree=1, draws=49, n_starts=12, seed=seed)
        fitted = [one for one in choice.candidates if one.fitted is not None and one.admissible]
        best = min(fitted, key=lambda one: one.fitted.bic if one.fitted else np.inf)
        by_bic += best.n_classes > 1
        chosen += choice.n_classes > 1
    return {"people_around_their_curve": "normal", "people": PEOPLE, "sets": NULL_SETS,
            "more_than_one_by_bic": by_bic, "more_than_one_chosen": chosen,
            **share(chosen, NULL_SETS)}  # fmt: skip


def false_classes_of_skewed_people() -> dict[str, object]:
    """One class whose people are not spread normally: the model's own assumption is wrong; by BIC alone."""
    by_bic = 0
    for seed in range(SKEWED_SETS):
        data, _ = draw(PEOPLE, seed, skewed=True)
        one, two = (fit_growth_mixture(data, k, degree=1, n_starts=12, seed=seed) for k in (1, 2))
        by_bic += two.bic < one.bic
    return {"people_around_their_curve": "chi-squared, by BIC alone", "people": PEOPLE,
            "sets": SKEWED_SETS, "more_than_one_by_bic": by_bic, **share(by_bic, SKEWED_SETS)}  # fmt: skip


def recovery() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two classes are planted; do intervals hold the truth, and probabilities what they promise?"""
    sure, right, slopes = [], [], []
    held = {"share of responders": 0, "responders at week 12": 0, "others at week 12": 0}
    for seed in range(RECOVERY_SETS):
        data, responds = draw(PEOPLE, 10_000 + seed, share=SHARE)
        fitted = fit_growth_mixture(data, 2, degree=1, n_starts=12, seed=seed)
        interval, ends = fitted.share_intervals()[0], fitted.mean_interval([np.sqrt(12)])
        if interval.low is not None and interval.high is not None and ends is not None:
            held["share of responders"] += interval.low <= SHARE <= interval.high
            for k, name in enumerate(("responders at week 12", "others at week 12")):
                truth = curve(k == 0)[-1]
                held[name] += bool(ends[0][k, 0] <= truth <= ends[1][k, 0])
        posterior = np.clip(fitted.posterior(data)[:, 0], 1e-6, 1 - 1e-6)
        truth = responds[np.array(data.people)]
        slopes.append(calibration_slope(posterior, truth))
        sure.append(posterior)
        right.append(truth)
    rows = [{"quantity": name, "sets": RECOVERY_SETS, "people": PEOPLE, **share(hits, RECOVERY_SETS)}
            for name, hits in held.items()]  # fmt: skip
    mean, error = float(np.mean(slopes)), float(np.std(slopes, ddof=1) / np.sqrt(RECOVERY_SETS))
    rows.append({"quantity": "mean slope of calibration", "sets": RECOVERY_SETS, "people": PEOPLE,
                 "share": round(mean, 4), "low": round(mean - 1.96 * error, 4),
                 "high": round(mean + 1.96 * error, 4)})  # fmt: skip
    return pd.DataFrame(rows), calibration(np.concatenate(sure), np.concatenate(right))


def calibration_slope(posterior: np.ndarray, truth: np.ndarray) -> float:
    """Slope of a logistic regression of the truth on the log-odds of the probability; 1 is right."""
    odds = np.log(posterior / (1 - posterior))

    def badness(vector: np.ndarray) -> float:
        line = vector[0] + vector[1] * odds
        return float(np.logaddexp(0, line).sum() - line[truth].sum())

    return float(optimize.minimize(badness, [0.0, 1.0], method="BFGS").x[1])


def calibration(posterior: np.ndarray, truth: np.ndarray) -> pd.DataFrame:
    """How many of those given a probability are in the class."""
    bins = np.minimum((posterior * 10).astype(int), 9)
    rows = []
    for number in range(10):
        inside = bins == number
        rows.append({"from": number / 10, "to": (number + 1) / 10, "people": int(inside.sum()),
                     "mean_probability": round(float(posterior[inside].mean()), 4),
                     **share(int(truth[inside].sum()), int(inside.sum()))})  # fmt: skip
    return pd.DataFrame(rows)


def main(folder: Path) -> None:
    """Write the tables."""
    assert len(WEEKS) == 5
    null = [false_classes(), false_classes_of_skewed_people()]
    pd.DataFrame(null).to_csv(folder / "false_classes.csv", index=False, lineterminator="\n")
    intervals, bins = recovery()
    intervals.to_csv(folder / "intervals.csv", index=False, lineterminator="\n")
    bins.to_csv(folder / "calibration.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
