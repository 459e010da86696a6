"""Site shifts and spreads drawn towards what the site does to all features (empirical Bayes).

Johnson, Li and Rabinovic 2007, doi:10.1093/biostatistics/kxj037: a site's shifts are normal and its spreads
inverse gamma over features; the two posterior means are solved together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# In standard deviations: far below anything that is measured, so a feature's result does not depend on
# which others are beside it in the last step.
TOLERANCE = 1e-10
MOST_STEPS = 500


def shrunken(shift: Array, mean: Array, spread: Array, n: Array) -> tuple[Array, Array]:
    """Posterior mean shift and spread of one site at m features, all in units of the standardised values.

    Parameters
    ----------
    shift : (m,) estimated shift; NaN where it cannot be told
    mean, spread, n : (m,) mean, variance (n - 1) and number of the site's standardised values
    """
    known = np.isfinite(shift) & np.isfinite(spread)
    new_shift, new_spread = (np.full(shift.size, np.nan) for _ in range(2))
    if known.sum() < 2:
        return shift.copy(), spread.copy()
    s, m, v, k = shift[known], mean[known], spread[known], n[known]
    centre, between = s.mean(), s.var(ddof=1)
    typical, varied = v.mean(), v.var(ddof=1)
    if between == 0 or varied == 0:
        return shift.copy(), spread.copy()
    shape, rate = (2 * varied + typical**2) / varied, (typical * varied + typical**3) / varied
    g, d = s.copy(), v.copy()
    for _ in range(MOST_STEPS):
        before = g, d
        g = (k * between * s + d * centre) / (k * between + d)
        d = (rate + 0.5 * ((k - 1) * v + k * (m - g) ** 2)) / (k / 2 + shape - 1)
        if max(np.abs(g - before[0]).max(), np.abs(d - before[1]).max()) <= TOLERANCE:
            break
    new_shift[known], new_spread[known] = g, d
    return new_shift, new_spread
