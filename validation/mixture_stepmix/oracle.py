"""What StepMix finds, pinned for the tests: run in an environment of its own, never by `make`.

python -m venv stepmix && stepmix/bin/pip install stepmix==3.0.0
stepmix/bin/python validation/mixture_stepmix/oracle.py
"""

from __future__ import annotations

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import stepmix
from ratings import CASES, ratings

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    found = {}
    for name, case in CASES.items():
        table = ratings(*case)
        model = stepmix.StepMix(
            n_components=case[4], measurement="categorical_nan", n_init=10, random_state=1, progress_bar=0
        )
        model.fit(table)
        found[name] = {
            "rated": int((~np.isnan(table)).sum()),
            "sum": float(np.nansum(table)),
            "log_likelihood": float(model.score(table) * len(table)),
        }
    text = json.dumps({"program": f"StepMix {version('stepmix')}", "cases": found}, indent=1)
    Path(__file__).with_name("pinned.json").write_text(text + "\n", encoding="utf-8")
