"""How far our numbers are from metafor's, block by block: `python study.py FOLDER`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ours import pairwise

HERE = Path(__file__).resolve().parent
VARIANCES = ("tau2", "se.tau2", "I2", "H2", "leave1out_tau2")


def differences(ours: Any, theirs: Any) -> Iterator[tuple[bool, float]]:
    """For every number, whether it is a variance, and its difference: relative for those, else absolute."""
    for name, value in theirs.items():
        if value is None or isinstance(value, (str, dict)):
            continue
        other, mine = (np.asarray(x, dtype=float) for x in (value, ours[name]))
        is_variance = name in VARIANCES
        apart = np.abs(mine - other)
        if is_variance:
            # A variance of 1e-13 beside one of 0 is the same.
            apart = np.where(apart < 1e-12, 0.0, apart / np.where(other == 0, 1.0, np.abs(other)))
        yield is_variance, float(np.max(apart, initial=0.0))


if __name__ == "__main__":
    found: dict[tuple[str, bool], dict[str, float]] = {}
    for column, file in (("default_tolerance", "reference.json"), ("last_digit", "metafor.json")):
        sets = json.loads((HERE / file).read_text(encoding="utf-8"))["pairwise"]
        for theirs in sets.values():
            ours = pairwise(np.array(theirs["yi"]), np.array(theirs["vi"]))
            for block, numbers in theirs.items():
                if block.startswith("sel"):
                    continue
                pair = (ours[block], numbers) if isinstance(numbers, dict) else (ours, {block: numbers})
                for is_variance, worst in differences(*pair):
                    row = found.setdefault((block, is_variance), {})
                    row[column] = max(row.get(column, 0.0), worst)
    # A power of ten says it; more digits would differ between processors.
    rows = [
        {
            "block": block,
            "quantity": "variance, relative" if is_variance else "effect or test, absolute",
            **{c: f"below 1e{max(-9, int(np.ceil(np.log10(max(x, 1e-30)))))}" for c, x in worst.items()},
        }
        for (block, is_variance), worst in found.items()
    ]
    pd.DataFrame(rows).to_csv(Path(sys.argv[1]) / "agreement.csv", index=False, lineterminator="\n")
