"""Effect sizes of one study from its arms: counts, means, changes, crossover and cluster trials.

Every function takes arrays (or numbers) and returns the effect and its sampling variance, on the scale
on which it is pooled: log for ratios. The effect is arm 1 against arm 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from opentrs.stats.meta.least_squares import Array, MetaAnalysisError

CountMeasure = Literal["OR", "RR", "RD"]
MeanMeasure = Literal["MD", "SMD", "ROM"]
ADDED_TO_ZERO_CELLS = 0.5


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects and sampling variances; not a number where a study cannot tell.

    Parameters
    ----------
    effect, variance : arrays of one shape
    corrected : True where 0.5 was added to the cells of a study
    """

    effect: Array
    variance: Array
    corrected: npt.NDArray[np.bool_]


def from_counts(
    events1: npt.ArrayLike,
    n1: npt.ArrayLike,
    events2: npt.ArrayLike,
    n2: npt.ArrayLike,
    measure: CountMeasure,
) -> Effects:
    """Log odds ratio, log risk ratio or risk difference.

    A half is added to the cells of a study one of whose cells is empty. Where no arm or every arm had
    events in all its people, a ratio tells nothing: effect and variance are not a number.

    Raises
    ------
    MetaAnalysisError : counts below 0, not whole, or above the size of their arm
    """
    a, m1, c, m2 = (np.asarray(x, dtype=float) for x in np.broadcast_arrays(events1, n1, events2, n2))
    cells = np.stack([a, m1 - a, c, m2 - c])
    if not (np.isfinite(cells).all() and (cells >= 0).all() and (cells == np.floor(cells)).all()):
        raise MetaAnalysisError(
            "Events and people are whole numbers, and no arm has more events than people."
        )
    if (np.minimum(m1, m2) < 1).any():
        raise MetaAnalysisError("An arm without people.")
    empty = (cells == 0).any(axis=0)
    a, b, c, d = np.where(empty, cells + ADDED_TO_ZERO_CELLS, cells)
    m1, m2 = a + b, c + d
    silent = ((cells[0] == 0) & (cells[2] == 0)) | ((cells[1] == 0) & (cells[3] == 0))
    if measure == "RD":
        effect, variance = a / m1 - c / m2, a * b / m1**3 + c * d / m2**3
    elif measure == "RR":
        effect = np.log(a / m1) - np.log(c / m2)
        variance = 1 / a - 1 / m1 + 1 / c - 1 / m2
    else:
        effect, variance = np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
    if measure != "RD":
        effect, variance = np.where(silent, np.nan, effect), np.where(silent, np.nan, variance)
    return Effects(np.asarray(effect), np.asarray(variance), empty)


def small_sample_factor(df: npt.ArrayLike) -> Array:
    """Hedges' exact correction of a standardised mean difference (doi:10.3102/10769986006002107)."""
    m = np.asarray(df, dtype=float)
    return np.asarray(np.exp(gammaln(m / 2) - np.log(np.sqrt(m / 2)) - gammaln((m - 1) / 2)))


def from_means(
    n1: npt.ArrayLike, mean1: npt.ArrayLike, sd1: npt.ArrayLike,
    n2: npt.ArrayLike, mean2: npt.ArrayLike, sd2: npt.ArrayLike,
    measure: MeanMeasure,
) -> Effects:  # fmt: skip
    """Mean difference, Hedges' g or log ratio of means.

    Raises
    ------
    MetaAnalysisError : an arm of fewer than 2 people, a standard deviation not above 0, or a ratio of means
        that are not both above 0
    """
    values = np.broadcast_arrays(n1, mean1, sd1, n2, mean2, sd2)
    k1, x1, s1, k2, x2, s2 = (np.asarray(value, dtype=float) for value in values)
    if not all(np.isfinite(value).all() for value in (k1, x1, s1, k2, x2, s2)):
        raise MetaAnalysisError("A mean, standard deviation or number of people is missing.")
    if (np.minimum(k1, k2) < 2).any() or (np.minimum(s1, s2) <= 0).any():
        raise MetaAnalysisError("An arm needs 2 people or more and a standard deviation above 0.")
    if measure == "MD":
        effect, variance = x1 - x2, s1**2 / k1 + s2**2 / k2
    elif measure == "ROM":
        if (np.minimum(x1, x2) <= 0).any():
            raise MetaAnalysisError("A ratio of means needs both means above 0.")
        effect, variance = np.log(x1 / x2), s1**2 / (k1 * x1**2) + s2**2 / (k2 * x2**2)
    else:
        df = k1 + k2 - 2
        pooled = np.sqrt(((k1 - 1) * s1**2 + (k2 - 1) * s2**2) / df)
        effect = small_sample_factor(df) * (x1 - x2) / pooled
        variance = 1 / k1 + 1 / k2 + effect**2 / (2 * (k1 + k2))
    return Effects(np.asarray(effect), np.asarray(variance), np.zeros(np.shape(effect), dtype=bool))


def sd_of_change(sd_before: npt.ArrayLike, sd_after: npt.ArrayLike, correlation: npt.ArrayLike) -> Array:
    """Standard deviation of change from those before and after, at a stated correlation of the two."""
    b, a, r = (np.asarray(x, dtype=float) for x in (sd_before, sd_after, correlation))
    return np.asarray(np.sqrt(b**2 + a**2 - 2 * r * b * a))


def crossover_smd(
    n: npt.ArrayLike,
    mean_difference: npt.ArrayLike,
    sd1: npt.ArrayLike,
    sd2: npt.ArrayLike,
    correlation: npt.ArrayLike,
) -> Effects:
    """Hedges' g of a crossover trial, in units of the between-person standard deviation.

    Parameters
    ----------
    n : people who took both
    mean_difference : mean under treatment 1 minus that under treatment 2
    sd1, sd2 : standard deviations under each
    correlation : of a person's two values; stated by the user, since papers rarely give it

    Notes
    -----
    Elbourne et al. 2002, doi:10.1093/ije/31.1.140.
    """
    k, m, r = (np.asarray(x, dtype=float) for x in (n, mean_difference, correlation))
    if (np.abs(r) >= 1).any() or (k < 2).any():
        raise MetaAnalysisError(
            "A crossover trial needs 2 people or more and a correlation between -1 and 1."
        )
    sd = np.sqrt((np.asarray(sd1, dtype=float) ** 2 + np.asarray(sd2, dtype=float) ** 2) / 2)
    effect = small_sample_factor(k - 1) * m / sd
    variance = 2 * (1 - r) * (1 / k + effect**2 / (2 * k))
    return Effects(np.asarray(effect), np.asarray(variance), np.zeros(np.shape(effect), dtype=bool))


def design_effect(cluster_size: npt.ArrayLike, intraclass_correlation: npt.ArrayLike) -> Array:
    """How many times larger the variance of a cluster-randomised trial is (Donner & Klar)."""
    size, icc = np.asarray(cluster_size, dtype=float), np.asarray(intraclass_correlation, dtype=float)
    return np.asarray(1 + (size - 1) * icc)


def shared_arm_covariance(
    measure: CountMeasure | MeanMeasure,
    n: float,
    *,
    sd: float = float("nan"),
    mean: float = float("nan"),
    events: float = float("nan"),
    effects: tuple[float, float] = (0.0, 0.0),
    total_n: float = float("nan"),
) -> float:
    """Covariance of two effects of one study that share a comparison arm.

    Parameters
    ----------
    measure : the effect measure
    n, sd, mean, events : the shared arm
    effects, total_n : for SMD: the two effects, and people in the whole study
    """
    forms = {
        "MD": lambda: sd**2 / n,
        "ROM": lambda: sd**2 / (n * mean**2),
        "SMD": lambda: 1 / n + effects[0] * effects[1] / (2 * total_n),
        "OR": lambda: 1 / events + 1 / (n - events),
        "RR": lambda: 1 / events - 1 / n,
        "RD": lambda: events * (n - events) / n**3,
    }
    return float(forms[measure]())
