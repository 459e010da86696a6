"""The categorical mixture beside StepMix on the same ratings: `python study.py FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
from ratings import CASES, ratings

from opentrs.stats.ordinal_mixture import Effort, as_items, fit_mixture

ALL_TO_THE_END = Effort(starts=10, finalists=10, tolerance=1e-10)

if __name__ == "__main__":
    pinned = json.loads(Path(__file__).with_name("pinned.json").read_text(encoding="utf-8"))
    rows = []
    for name, case in CASES.items():
        _, people, n_items, steps, classes, missing = case
        items = as_items(ratings(*case), [0] * n_items, [steps - 1] * n_items)
        ours = fit_mixture(items, classes, seed=1, form="categorical", effort=ALL_TO_THE_END).log_likelihood
        theirs = pinned["cases"][name]["log_likelihood"]
        row = {"case": name, "people": people, "items": n_items, "steps": steps, "classes": classes}
        row |= {"share_missing": missing, "log_likelihood": round(ours, 4)}
        row |= {"other": pinned["program"], "log_likelihood_other": round(theirs, 4)}
        rows.append(row | {"relative_difference": f"{(ours - theirs) / abs(theirs):.1e}"})
    table = Path(sys.argv[1]) / "agreement.csv"
    pd.DataFrame(rows).to_csv(table, index=False, lineterminator="\n")
