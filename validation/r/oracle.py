"""Run metafor.R on the open sets and on simulated sets; pin what metafor found in ``metafor.json``.

Needs Rscript with metafor, metadat and jsonlite (Debian 12: r-cran-metafor, r-cran-metadat, r-cran-jsonlite).
Run from the top of the checkout: ``python -m validation.r.oracle``.
"""

from __future__ import annotations

import csv
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from validation.meta_calibration.generator import Means, mean_differences

HERE = Path(__file__).resolve().parent
# Sets of each number of studies and each between-study variance that metafor fits too.
SETS = 50
CASES = tuple((k, tau2) for k in (5, 10, 20) for tau2 in (0.02, 0.1))


def simulated() -> Iterator[Means]:
    """The first sets of each case of the calibration."""
    for k, tau2 in CASES:
        drawn = mean_differences(2000, k, tau2)
        yield Means(drawn.effects[:SETS], drawn.variances[:SETS])


def write_sets(path: Path) -> None:
    """One line for each study of each simulated set, with every digit."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("set", "yi", "vi"))
        number = 0
        for drawn in simulated():
            for effects, variances in zip(*drawn, strict=True):
                number += 1
                rows.writerows(
                    (number, repr(float(y)), repr(float(v))) for y, v in zip(effects, variances, strict=True)
                )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sets = Path(folder) / "simulated.csv"
        write_sets(sets)
        subprocess.run(
            ["Rscript", str(HERE / "metafor.R"), str(sets), str(HERE / "metafor.json")], check=True
        )
