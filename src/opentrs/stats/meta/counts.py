"""Pooling counts without study weights: Mantel-Haenszel and Peto. Made for sparse events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.meta.effects import CountMeasure
from opentrs.stats.meta.least_squares import Array, MetaAnalysisError


@dataclass(frozen=True, slots=True)
class PooledCounts:
    """A pooled effect of counts, log for ratios.

    Parameters
    ----------
    estimate, standard_error, ci_low, ci_high, z, p_value : of the pooled effect
    q, q_df, q_p : heterogeneity of the studies that tell something
    n_studies : studies that tell something
    """

    estimate: float
    standard_error: float
    ci_low: float
    ci_high: float
    z: float
    p_value: float
    q: float
    q_df: int
    q_p: float
    n_studies: int


def _tables(
    events1: npt.ArrayLike, n1: npt.ArrayLike, events2: npt.ArrayLike, n2: npt.ArrayLike
) -> list[Array]:
    values = [np.asarray(x, dtype=float) for x in (events1, n1, events2, n2)]
    a, m1, c, m2 = values
    if ((a > m1) | (c > m2) | (a < 0) | (c < 0)).any():
        raise MetaAnalysisError("An arm has more events than people, or fewer than none.")
    return [a, m1 - a, c, m2 - c, m1 + m2]


def _result(estimate: float, error: float, y: Array, v: Array, centre: float, level: float) -> PooledCounts:
    told = np.isfinite(y) & (v > 0)
    q = float(((y[told] - centre) ** 2 / v[told]).sum())
    df = int(told.sum()) - 1
    half = stats.norm.ppf(1 - (1 - level) / 2) * error
    z = estimate / error
    return PooledCounts(
        estimate, error, estimate - half, estimate + half, z, float(2 * stats.norm.sf(abs(z))),
        q, df, float(stats.chi2.sf(q, df)) if df > 0 else float("nan"), df + 1,
    )  # fmt: skip


def mantel_haenszel(
    events1: npt.ArrayLike, n1: npt.ArrayLike, events2: npt.ArrayLike, n2: npt.ArrayLike,
    measure: CountMeasure = "RR", level: float = 0.95,
) -> PooledCounts:  # fmt: skip
    """Pool counts by Mantel & Haenszel; with variances that hold for few large and many small studies.

    Those of Robins, Breslow & Greenland 1986 (OR), Greenland & Robins 1985 (RR), and Sato, Greenland &
    Robins 1989 (RD).

    Raises
    ------
    MetaAnalysisError : no study has events in a way that lets the ratio be formed
    """
    a, b, c, d, total = _tables(events1, n1, events2, n2)
    m1, m2 = a + b, c + d
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "OR":
            r, s, p, q = a * d / total, b * c / total, (a + d) / total, (b + c) / total
            top, bottom = r.sum(), s.sum()
            _defined(top, bottom)
            estimate = float(np.log(top / bottom))
            error = np.sqrt(
                0.5
                * (
                    (p * r).sum() / top**2
                    + ((p * s) + (q * r)).sum() / (top * bottom)
                    + (q * s).sum() / bottom**2
                )
            )
            y, v = np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
        elif measure == "RR":
            top, bottom = (a * m2 / total).sum(), (c * m1 / total).sum()
            _defined(top, bottom)
            estimate = float(np.log(top / bottom))
            events = a + c
            error = np.sqrt(((m1 * m2 * events - a * c * total) / total**2).sum() / (top * bottom))
            y, v = np.log(a / m1) - np.log(c / m2), 1 / a - 1 / m1 + 1 / c - 1 / m2
        else:
            weight = m1 * m2 / total
            estimate = float(((a * m2 - c * m1) / total).sum() / weight.sum())
            within = (c * m1**2 - a * m2**2 + m1 * m2 * (m2 - m1) / 2) / total**2
            across = (a * d + c * b) / (2 * total)
            error = np.sqrt(estimate * within.sum() + across.sum()) / weight.sum()
            y, v = a / m1 - c / m2, a * b / m1**3 + c * d / m2**3
    return _result(estimate, float(error), y, v, estimate, level)


def _defined(top: float, bottom: float) -> None:
    if top <= 0 or bottom <= 0:
        raise MetaAnalysisError("No study has events that let a ratio be formed.")


def peto(
    events1: npt.ArrayLike, n1: npt.ArrayLike, events2: npt.ArrayLike, n2: npt.ArrayLike, level: float = 0.95
) -> PooledCounts:
    """Pool counts as Peto odds ratios: observed minus expected events over the hypergeometric variance.

    Notes
    -----
    Yusuf et al. 1985, doi:10.1016/S0033-0620(85)80003-7. Biased where effects are large or arms unequal.
    """
    a, b, c, d, total = _tables(events1, n1, events2, n2)
    m1, m2, events = a + b, c + d, a + c
    expected = m1 * events / total
    variance = m1 * m2 * events * (b + d) / (total**2 * (total - 1))
    if variance.sum() <= 0:
        raise MetaAnalysisError("No study has both people with and people without events.")
    estimate = float((a - expected).sum() / variance.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        y, v = (a - expected) / variance, 1 / variance
    return _result(
        estimate, float(1 / np.sqrt(variance.sum())), y, np.where(variance > 0, v, 0.0), estimate, level
    )
