"""What a comparison after harmonisation is worth where groups are unbalanced over sites.

A test on harmonised values does not know that the site effects were estimated from the same people (Nygaard
2016, doi:10.1093/biostatistics/kxv027). How far it errs follows from who was seen where, before any value is
looked at: the group's effect is told by people of the same site only, the test takes it as told by everybody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.harmonise.fitted import site_labels
from opentrs.stats.harmonise.moments import WITHIN_SHARE, Array
from opentrs.stats.refusal import CannotFitError


@dataclass(frozen=True, slots=True)
class Inflation:
    """What to expect of a group comparison on harmonised values.

    Parameters
    ----------
    variance_ratio : variance of the group's effect over what a test without sites takes it for; 1 is honest
    false_positives : share of such tests that find something where nothing is, if the group was named when
        sites were harmonised and site effects were removed in full
    level : the share that was meant
    effect_kept : share of a true effect that is left if the group was not named
    n_people, n_one_group : people, and those at sites that saw one group only (they tell nothing)
    """

    variance_ratio: float
    false_positives: float
    level: float
    effect_kept: float
    n_people: int
    n_one_group: int


def inflation(
    site: npt.ArrayLike, group: npt.ArrayLike, covariates: Array | None = None, level: float = 0.05
) -> Inflation:
    """Tell from the design how wrong a test on harmonised values is that leaves sites out.

    Parameters
    ----------
    site, group : (n,) labels of sites; 1 and 0 for the two groups
    covariates : (n, p) other columns of the later test, without a constant
    level : of the two-sided test

    Raises
    ------
    CannotFitError : each site saw one group, so nothing can be compared
    """
    g = np.asarray(group, dtype=np.float64)
    labels, number = np.unique(site_labels(site, g.size), return_inverse=True)
    beside = np.empty((g.size, 0)) if covariates is None else covariates
    dummies = (number[:, None] == np.arange(labels.size)).astype(np.float64)
    alone = _left_over(g, np.column_stack([np.ones(g.size), beside]))
    within = _left_over(g, np.column_stack([dummies, beside]))
    if within <= WITHIN_SHARE * float(g @ g):
        raise CannotFitError("site_confounded", names="group")
    ratio = alone / within
    share = (dummies.T @ g) / dummies.sum(axis=0)
    beyond = stats.norm.isf(level / 2) / np.sqrt(ratio)
    return Inflation(
        ratio, float(2 * stats.norm.sf(beyond)), level, 1 / ratio, g.size,
        int(np.isin(share, (0, 1))[number].sum()),
    )  # fmt: skip


def _left_over(g: Array, columns: Array) -> float:
    """Sum of squares of a group that columns do not tell."""
    rest = g - columns @ np.linalg.lstsq(columns, g, rcond=None)[0]
    return float(rest @ rest)
