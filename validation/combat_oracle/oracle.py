"""Pin what neuroHarmonize 2.4.5 gives: `python oracle.py` in an environment of its own. See README.md."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from neuroHarmonize import harmonizationApply, harmonizationLearn
from statsmodels.gam.api import GLMGam

SITES, FEATURES = {"a": 24, "b": 31, "c": 18, "d": 9}, 14
PENALTY = 3.5
# The modules carry the names of functions that hide them.
peer = importlib.import_module("neuroCombat.neuroCombat")
SHIPPED = peer.it_sol
learn = importlib.import_module("neuroHarmonize.harmonizationLearn")
# It makes an int of an array of one number, which NumPy 2.4 no longer does.
learn.int = lambda number: int(np.ravel(number)[0])


def people() -> tuple[np.ndarray, pd.DataFrame]:
    """Made-up thickness; ages to a quarter of a year, for the peer keeps covariates in single precision."""
    rng = np.random.default_rng(20)
    site = np.repeat([*SITES], [*SITES.values()])
    n = site.size
    covariates = pd.DataFrame(
        {
            "SITE": site,
            "AGE": rng.integers(72, 260, n) / 4,
            "SEX": rng.integers(0, 2, n),
            "DX": rng.integers(0, 2, n),
        }
    )
    shift = dict(zip(SITES, rng.normal(0, 0.15, (len(SITES), FEATURES)), strict=True))
    scale = dict(zip(SITES, rng.uniform(0.7, 1.4, len(SITES)), strict=True))
    values = 2.5 - 0.004 * (covariates[["AGE"]].to_numpy() - 40) - 0.06 * covariates[["DX"]].to_numpy()
    values = values + 0.3 * np.sin(covariates[["AGE"]].to_numpy() / 12) * rng.uniform(0, 1, FEATURES)
    noise = 0.12 * rng.standard_normal((n, FEATURES))
    return np.round(
        values
        + np.array([shift[s] for s in site])
        + noise * np.array([[scale[s]] for s in site]),
        6,
    ), covariates  # fmt: skip


def harmonised(values: np.ndarray, covariates: pd.DataFrame, **how: Any) -> tuple[Any, np.ndarray]:
    with contextlib.redirect_stdout(io.StringIO()):
        return harmonizationLearn(values, covariates, **how)  # type: ignore[no-any-return]


def main() -> dict[str, Any]:
    values, covariates = people()
    # The peer stops when a step changes nothing by more than 1e-4 of itself; taken further here.
    peer.it_sol = partial(SHIPPED, conv=1e-10)
    cases = {
        "eb": {},
        "plain": {"eb": False},
        "reference": {"ref_batch": "b"},
    }
    out = {name: harmonised(values, covariates, **how)[1] for name, how in cases.items()}
    GLMGam.select_penweight_kfold = lambda self: ([PENALTY], None)
    out["smooth"] = harmonised(values, covariates, smooth_terms=["AGE"])[1]
    out["one_feature"] = harmonised(values[:, :1], covariates)[1]
    training = np.arange(len(values)) % 3 > 0
    model, _ = harmonised(values[training], covariates[training].reset_index(drop=True))
    out["applied"] = harmonizationApply(
        values[~training], covariates[~training].reset_index(drop=True), model
    )
    peer.it_sol = SHIPPED
    out["as_shipped"] = harmonised(values, covariates)[1]
    return {
        "peer": "neuroHarmonize 2.4.5, neuroCombat 0.2.12",
        "penalty": PENALTY,
        "values": values.tolist(),
        "covariates": covariates.to_dict("list"),
        "training": training.tolist(),
        "harmonised": {name: np.round(table, 10).tolist() for name, table in out.items()},
    }


if __name__ == "__main__":
    text = json.dumps(main())
    (Path(__file__).parent / "combat.json").write_text(text + "\n", encoding="utf-8")
