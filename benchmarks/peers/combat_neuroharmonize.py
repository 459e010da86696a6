"""neuroHarmonize on the people of `bench_combat.py`; prints CPU seconds and peak memory."""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pandas as pd
from neuroHarmonize import harmonizationLearn

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from combat_people import people

values, site, covariates = people(*map(int, sys.argv[1:4]))
table = pd.DataFrame({"SITE": site, **covariates})
begin = time.process_time()
with contextlib.redirect_stdout(io.StringIO()):
    _, out = harmonizationLearn(values, table)
taken = time.process_time() - begin
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(json.dumps({"cpu_seconds": taken, "peak_gb": peak, "check": out[::100, ::1000].tolist()}))
