"""Does the effect differ between groups of studies?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.meta.least_squares import MetaAnalysisError
from opentrs.stats.meta.pool import Model, Pooled, Test, joint_test, pool


@dataclass(frozen=True, slots=True)
class Subgroups:
    """Pooled effects of groups of studies, and a test that they are one.

    Parameters
    ----------
    groups : their names, in order of appearance
    n_studies : of each group
    pooled : the batch axis is the group; with one common tau2 instead a regression on group membership,
        whose coefficients are the groups' effects
    q, df, df_residual, p_value : test between groups: chi-square, or F with ``df_residual`` (infinite for a
        chi-square) where Hartung-Knapp was used with one common tau2
    common_tau2 : whether the groups share one between-study variance
    """

    groups: tuple[str, ...]
    n_studies: npt.NDArray[np.int64]
    pooled: Pooled
    q: float
    df: int
    df_residual: float
    p_value: float
    common_tau2: bool


def subgroups(
    effects: npt.ArrayLike,
    variances: npt.ArrayLike,
    group: Sequence[str],
    model: Model = "reml",
    test: Test = "z",
    common_tau2: bool = False,
    level: float = 0.95,
) -> Subgroups:
    """Pool each group of studies and test whether the groups differ.

    Parameters
    ----------
    effects, variances : (k,)
    group : (k,) the group of each study
    common_tau2 : one between-study variance for all groups, which small groups need

    Raises
    ------
    MetaAnalysisError : fewer than two groups, or, without a common tau2, a group of one study

    Notes
    -----
    Borenstein & Higgins 2013, doi:10.1007/s11121-013-0377-7.
    """
    names = tuple(dict.fromkeys(group))
    if len(names) < 2:
        raise MetaAnalysisError("A subgroup analysis needs two groups or more.")
    member = np.array([[label == name for label in group] for name in names])
    sizes = member.sum(axis=1)
    if common_tau2:
        fitted = pool(effects, variances, model, test, design=member.T.astype(float), level=level)
        contrast = np.column_stack([np.ones(len(group)), member[1:].T])
        found = joint_test(
            pool(effects, variances, model, test, design=contrast, level=level), list(range(1, len(names)))
        )
        return Subgroups(
            names, sizes, fitted, float(found.statistic), found.df, float(found.df_residual),
            float(found.p_value), True,
        )  # fmt: skip
    alone = [name for name, size in zip(names, sizes, strict=True) if size < 2]
    if alone and model != "fixed":
        raise MetaAnalysisError(f"One study only: {', '.join(alone)}. A common tau2 would allow it.")
    y, v = (np.tile(np.asarray(x, dtype=float), (len(names), 1)) for x in (effects, variances))
    fitted = pool(y, v, model, test, present=member, level=level)
    between = pool(fitted.estimate, fitted.standard_error**2, "fixed")
    df = len(names) - 1
    return Subgroups(
        names, sizes, fitted, float(between.q), df, float("inf"), float(stats.chi2.sf(between.q, df)), False
    )
