"""Hold the verdicts against the truth of a simulated cohort: `python study.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from scipy.stats import binomtest

from opentrs.cohort.results import StageResult
from opentrs.sources import synthetic
from opentrs.study import run_study

PEOPLE, SEED = 2000, 2026


def judged(complete_record: bool) -> pd.DataFrame:
    """Verdicts of the people with schizophrenia-spectrum illness, each with its truth."""
    simulated = synthetic.simulate(PEOPLE, SEED, complete_record=complete_record)
    result = run_study(synthetic.as_cohort(simulated))["ascertain"]
    assert isinstance(result, StageResult)
    people = simulated.tables["people"][["person_id", "site"]]
    merged = result.tables["verdicts"].merge(simulated.truth, on="person_id").merge(people, on="person_id")
    in_spectrum = merged.in_spectrum.isin([True, "yes"])
    record = "complete" if complete_record else "as recorded"
    return merged[in_spectrum].assign(
        record=record, resistant=lambda rows: rows.true_resistant.isin([True, "yes"])
    )


def share(hits: int, n: int, name: str) -> dict[str, float | int | str]:
    """A proportion with its exact interval; empty where there is nothing to divide by."""
    if n == 0:
        return {name: "", f"{name}_low": "", f"{name}_high": ""}
    interval = binomtest(hits, n).proportion_ci(method="exact")
    values = {name: hits / n, f"{name}_low": interval.low, f"{name}_high": interval.high}
    return {key: round(value, 4) for key, value in values.items()}


def accuracy(verdicts: pd.DataFrame) -> pd.DataFrame:
    """One row per definition and record."""
    rows = []
    for (definition, record), group in verdicts.groupby(["definition", "record"], sort=True):
        counts = pd.crosstab(group.resistant, group.verdict)
        cell = {
            f"{truth}_{verdict}": int(counts.get(verdict, pd.Series(dtype=int)).get(truth == "resistant", 0))
            for truth in ("resistant", "other")
            for verdict in ("resistant", "not_resistant", "unknown")
        }
        found, missed = cell["resistant_resistant"], cell["resistant_not_resistant"]
        cleared, wrong = cell["other_not_resistant"], cell["other_resistant"]
        rows.append({
            "definition": definition, "record": record, "n": len(group), **cell,
            **share(found, found + missed, "sensitivity"), **share(cleared, cleared + wrong, "specificity"),
            **share(int((group.verdict == "unknown").sum()), len(group), "unknown"),
        })  # fmt: skip
    return pd.DataFrame(rows)


def by_site(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Share of unknown TRRIP verdicts by site and record."""
    trrip = verdicts[verdicts.definition == "trrip"]
    rows = [
        {"record": record, "site": site, "n": len(group),
         **share(int((group.verdict == "unknown").sum()), len(group), "unknown")}
        for (record, site), group in trrip.groupby(["record", "site"], sort=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def why_wrong(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Settled TRRIP verdicts against the truth, counted by what the simulator did."""
    trrip = verdicts[(verdicts.definition == "trrip") & verdicts.verdict.isin(["resistant", "not_resistant"])]
    wrong = trrip[(trrip.verdict == "resistant") != trrip.resistant]
    columns = ["record", "verdict", "true_status", "pseudo_resistant_why"]
    return wrong.fillna({"pseudo_resistant_why": ""}).groupby(columns, sort=True).size().reset_index(name="n")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    everyone = pd.concat([judged(complete_record=False), judged(complete_record=True)])
    for name, table in (("accuracy", accuracy), ("by_site", by_site), ("why_wrong", why_wrong)):
        table(everyone).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
