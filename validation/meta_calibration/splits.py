"""Node-splitting of many networks of three treatments at once, as two meta-regressions.

Networks of two-arm studies are regressions on two basic effects, and with an effect of its own for the third
comparison, on three; so a whole batch is fitted in one call. Two tests are told apart, and held against
``node_split`` and ``side_split`` of :mod:`opentrs.stats.network` by the tests.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.meta import pool
from opentrs.stats.meta.pool import Pooled

Array = npt.NDArray[np.float64]
# Rows: a against b, a against c, b against c, in terms of a against b and a against c.
CONSISTENT = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 1.0]])
# Direct a against b minus the way round by c.
LOOP = np.array([1.0, -1.0, 1.0])


def split_p_values(effects: Array, variances: Array, k: int) -> dict[str, Array]:
    """P-values of the one loop's inconsistency.

    Parameters
    ----------
    effects, variances : (sets, 3 k), the comparisons in the order a-b, a-c, b-c

    Returns
    -------
    ``back-calculation`` and ``own variance, Knapp-Hartung``, (sets,) each
    """
    free = np.repeat(np.eye(3), k, axis=0)
    consistent = pool(effects, variances, "reml", "z", np.repeat(CONSISTENT, k, axis=0))
    back = _statistic(pool(effects, variances + consistent.tau2[:, None], "fixed", "z", free))
    own = _statistic(pool(effects, variances, "reml", "hk", free))
    return {
        "back-calculation": np.asarray(2 * stats.norm.sf(np.abs(back))),
        "own variance, Knapp-Hartung": np.asarray(2 * stats.t.sf(np.abs(own), 3 * k - 3)),
    }


def _statistic(fitted: Pooled) -> Array:
    spread = np.einsum("i,nij,j->n", LOOP, fitted.covariance, LOOP)
    return np.asarray(fitted.coefficients @ LOOP / np.sqrt(spread))
