"""Run oracle.R on simulated and public inputs; pin what R found in ``reference.json``.

Needs Rscript with pROC, rms and jsonlite (Debian 12: r-cran-proc, r-cran-rms, r-cran-jsonlite) and the public
data sets (``OPENTRS_DATA``). Run from the top of the checkout: ``python -m validation.prediction_r.oracle``.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

HERE = Path(__file__).resolve().parent
# Name -> people, mean and spread of the log-odds, what the model gets wrong (intercept, slope), and to how
# many decimals its risk is rounded.
SETS = {
    "right": (1000, -1.0, 1.0, 0.0, 1.0, None),
    "too_extreme": (800, -1.5, 1.2, 0.3, 0.6, None),
    "too_flat": (600, 0.0, 0.7, -0.4, 1.5, None),
    "rare": (1500, -3.5, 1.0, 0.0, 1.0, None),
    "many": (5000, -1.5, 1.0, 0.1, 0.9, None),
    "tied": (500, -1.0, 1.0, 0.0, 1.0, 2),
}


def simulated() -> dict[str, pd.DataFrame]:
    """Outcome, the model's risk p, and the risk q of a noisier model, for each set."""
    found = {}
    for seed, (name, (n, mean, spread, intercept, slope, decimals)) in enumerate(SETS.items()):
        rng = np.random.default_rng([20261126, seed])
        lp = rng.normal(mean, spread, n)
        y = (rng.random(n) < expit(intercept + slope * lp)).astype(int)
        p, q = expit(lp), expit(lp + rng.normal(0, spread, n))
        if decimals is not None:
            p, q = (np.clip(np.round(risk, decimals), 0.01, 0.99) for risk in (p, q))
        found[name] = pd.DataFrame({"y": y, "p": p, "q": q})
    return found


if __name__ == "__main__":
    data = os.environ.get("OPENTRS_DATA", str(HERE.parents[2] / "shared" / "data"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sets.csv"
        tables = [table.assign(set=name) for name, table in simulated().items()]
        pd.concat(tables).to_csv(path, index=False, float_format="%.17g")
        script = [str(HERE / "oracle.R"), str(path), str(HERE / "reference.json"), data]
        subprocess.run(["Rscript", *script], check=True)
