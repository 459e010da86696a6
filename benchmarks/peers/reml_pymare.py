"""CPU seconds of PyMARE for fits by REML, one at a time: ``python reml_pymare.py SETS.csv``."""

import sys
import time

import numpy as np
from pymare.estimators import VarianceBasedLikelihoodEstimator

data = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
n_sets = int(data[-1, 0])
effects, variances = (data[:, column].reshape(n_sets, -1) for column in (1, 2))
design = np.ones((effects.shape[1], 1))
start = time.process_time()
for y, v in zip(effects, variances, strict=True):
    VarianceBasedLikelihoodEstimator(method="REML").fit(y[:, None], v[:, None], design)
print(time.process_time() - start)
