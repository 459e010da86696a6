"""Trim and fill: what the pooled effect would be if the funnel were symmetric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.meta.least_squares import Array
from opentrs.stats.meta.pool import Model, pool

Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class TrimAndFill:
    """What the pooled effect would be if the funnel were symmetric.

    Parameters
    ----------
    n_filled : studies added
    side : where studies seem to be missing
    estimate, ci_low, ci_high, tau2 : of the filled set
    effects, variances : the filled-in studies
    estimator : ``L0`` or ``R0``
    """

    n_filled: int
    side: Side
    estimate: float
    ci_low: float
    ci_high: float
    tau2: float
    effects: Array
    variances: Array
    estimator: str


def trim_and_fill(
    effects: npt.ArrayLike,
    variances: npt.ArrayLike,
    model: Model = "reml",
    estimator: Literal["L0", "R0"] = "L0",
    side: Side | None = None,
    level: float = 0.95,
) -> TrimAndFill:
    """Trim the asymmetric studies, find the centre, fill in their mirror images.

    Parameters
    ----------
    side : where studies are thought to be missing; by default told by the sign of Egger's slope

    Notes
    -----
    Duval & Tweedie 2000, doi:10.1111/j.0006-341X.2000.00455.x.
    """
    y, v = (np.asarray(x, dtype=float) for x in (effects, variances))
    chosen: Side = side or ("right" if _slope(y, v, model) < 0 else "left")
    sign = -1.0 if chosen == "right" else 1.0
    order = np.argsort(sign * y, kind="stable")
    z, w = sign * y[order], v[order]
    k = len(z)
    trimmed, before = 0, -1
    for _ in range(100):
        if trimmed == before:
            break
        before = trimmed
        centre = float(pool(z[: k - trimmed], w[: k - trimmed], model).estimate)
        trimmed = _missing(z - centre, estimator)
    centre = float(pool(z[: k - trimmed], w[: k - trimmed], model).estimate)
    far = z[k - trimmed :]
    filled_y, filled_v = sign * (2 * centre - far), w[k - trimmed :]
    final = pool(np.concatenate([y, filled_y]), np.concatenate([v, filled_v]), model, level=level)
    return TrimAndFill(
        trimmed, chosen, float(final.estimate),
        float(final.ci_low[0]), float(final.ci_high[0]), float(final.tau2),
        filled_y, filled_v, estimator,
    )  # fmt: skip


def _slope(y: Array, v: Array, model: Model) -> float:
    design = np.stack([np.ones_like(v), np.sqrt(v)], axis=-1)
    return float(pool(y, v, model, design=design).coefficients[1])


def _missing(centred: Array, estimator: str) -> int:
    k = len(centred)
    ranks = stats.rankdata(np.abs(centred), method="ordinal")
    signed = np.sign(centred) * ranks
    if estimator == "R0":
        left = (signed < 0) * -signed
        number = k - left.max() - 1
    else:
        s = signed[signed > 0].sum()
        number = (4 * s - k * (k + 1)) / (2 * k - 1)
    return int(min(max(0, np.rint(number)), k - 2))
