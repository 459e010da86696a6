"""Do intervals of personal risk hold the true conditional risk? `python study.py FOLDER`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from opentrs.predict.imputation import NormalImputation
from opentrs.predict.persons import risk_interval
from opentrs.sources.synthetic import published, simulate
from opentrs.sources.synthetic.illness import Illness, resistance_log_odds
from opentrs.sources.synthetic.people import People
from opentrs.stats.nested import ElasticNetLogistic, design
from opentrs.stats.nested.tuning import tuned

RUNS, NEW, SEED = 500, 200, 2026
CORRELATION = 0.3
SLOPES = np.array([0.8, -0.6, 0.4, 0.3, -0.2, 0.0, 0.0, 0.5])
INTERCEPT = -1.3
MISSING_SHARE = 0.15
TRAITS = ("is_male", "onset_age_years", "family_history", "education_years")
Floats = npt.NDArray[np.float64]
Drawn = tuple[Floats, Floats, Floats]


def normal(n: int, run: int) -> Drawn:
    """Eight correlated predictors, their true risk, and the outcome."""
    rng = np.random.default_rng([SEED, n, run])
    shared = rng.standard_normal((n, 1))
    own = rng.standard_normal((n, len(SLOPES)))
    x = np.sqrt(CORRELATION) * shared + np.sqrt(1 - CORRELATION) * own
    risk = expit(INTERCEPT + x @ SLOPES)
    return x, risk, (rng.random(n) < risk).astype(float)


def people(n: int, run: int) -> Drawn:
    """Patients of the simulator: sex, onset, family history and education, and who is truly resistant."""
    latent = simulate(n, run, layers=(People(), Illness())).latent
    latent = latent[~latent["is_control"] & ~latent["is_other"]]
    x = latent[list(TRAITS)].to_numpy(dtype=float)
    log_odds = resistance_log_odds(published(), x[:, 1], x[:, 2], x[:, 3])
    return x, expit(log_odds), (latent["status"].to_numpy() >= 2).astype(float)


def with_gaps(drawn: Drawn, run: int) -> Drawn:
    """The same with values missing at random."""
    x, risk, y = drawn
    gone = np.random.default_rng([SEED, 7, run]).random(x.shape) < MISSING_SHARE
    return np.where(gone, np.nan, x), risk, y


SCENARIOS: dict[str, tuple[str, Callable[[int], Drawn], Callable[[int], Drawn]]] = {
    "simulator": (
        "simulated patients (500 people a run); 4 predictors; truth of the simulator",
        lambda run: people(500, 10_000 + run),
        lambda run: people(NEW, 50_000 + run),
    ),
    "normal_400": (
        "400 people; 8 predictors, correlation 0.3; share with the outcome about 0.26",
        lambda run: normal(400, run),
        lambda run: normal(NEW, 50_000 + run),
    ),
    "normal_400_missing": (
        "as normal_400, and 15% of the values missing in the development",
        lambda run: with_gaps(normal(400, run), run),
        lambda run: normal(NEW, 50_000 + run),
    ),
    "normal_200": (
        "200 people; 8 predictors: about 6 events for each, below what anybody advises",
        lambda run: normal(200, run),
        lambda run: normal(NEW, 50_000 + run),
    ),
}


def one_run(made: Drawn, new: Drawn, run: int) -> pd.DataFrame:
    """True risk of new people, and whether intervals hold it: the interval itself, and as it is shown."""
    x, _, y = made
    names = [f"x{place}" for place in range(x.shape[1])]
    interval = risk_interval(pd.DataFrame(x, columns=names), y, np.arange(len(y)), seed=run)
    low, high = interval.ends(new[0])
    rows = design(x, y, [str(place) for place in range(len(y))], names)
    shown = tuned(rows, (NormalImputation(),), ElasticNetLogistic(n_lambdas=30), 5, run).model.risk(new[0])
    true = new[1]
    return pd.DataFrame({
        "run": run, "true": true, "width": high - low,
        "interval": (low <= true) & (true <= high),
        "as_shown": (np.minimum(low, shown) <= true) & (true <= np.maximum(high, shown)),
    })  # fmt: skip


def coverage(found: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Coverage by tenth of the true risk, and over all; the error allows for people of one run together."""
    tenth = pd.qcut(found["true"].rank(method="first"), 10, labels=False)
    for name, rows in [("all", found), *((str(k + 1), found[tenth == k]) for k in range(10))]:
        for kind in ("interval", "as_shown"):
            by_run = rows.groupby("run")[kind].agg(["sum", "size"])
            share = by_run["sum"].sum() / by_run["size"].sum()
            left = by_run["sum"] - share * by_run["size"]
            error = float(np.sqrt((left**2).sum()) / by_run["size"].sum())
            yield {
                "kind": kind, "decile": name, "risk_from": round(rows["true"].min(), 4),
                "risk_to": round(rows["true"].max(), 4), "n": len(rows), "runs": len(by_run),
                "coverage": round(float(share), 4), "monte_carlo_se": round(error, 4),
                "mean_width": round(float(rows["width"].mean()), 4),
            }  # fmt: skip


def main(folder: Path) -> None:
    """Write the table."""
    tables = []
    for name, (says, make, others) in SCENARIOS.items():
        found = pd.concat([one_run(make(run), others(run), run) for run in range(RUNS)], ignore_index=True)
        tables.append(pd.DataFrame(coverage(found)).assign(scenario=name, says=says))
        print(f"{name} done", flush=True)
    whole = pd.concat(tables, ignore_index=True)
    columns = ["scenario", *(one for one in whole.columns if one not in ("scenario", "says")), "says"]
    whole[columns].to_csv(folder / "coverage.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
