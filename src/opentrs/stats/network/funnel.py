"""The comparison-adjusted funnel: do small studies of a network favour one side?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from opentrs.stats.meta.bias import SmallStudyTest, egger
from opentrs.stats.meta.least_squares import Array, MetaAnalysisError
from opentrs.stats.network.contrasts import IntArray
from opentrs.stats.network.model import Network


@dataclass(frozen=True, slots=True)
class AdjustedFunnel:
    """Study effects about the pooled effect of their own comparison, one row per contrast.

    Parameters
    ----------
    study, first, second : numbers; ``first`` comes earlier in the order that was given
    centred : effect of first against second, minus what the studies of that comparison give together
    standard_error : of the study's effect
    n_direct : studies of that comparison; alone, a study lies at 0 and tells nothing
    test : Egger's regression of the centred effects of comparisons with two studies or more; None where
        fewer than three contrasts are left, or all are equally precise. The contrasts of a multi-arm study
        are not independent, so its p-value is then a guide only
    """

    study: IntArray
    first: IntArray
    second: IntArray
    centred: Array
    standard_error: Array
    n_direct: IntArray
    test: SmallStudyTest | None


def comparison_adjusted_funnel(fitted: Network, order: Sequence[str]) -> AdjustedFunnel:
    """Centre every contrast on its comparison, at the network's between-study variance.

    Parameters
    ----------
    fitted : the network
    order : all treatments, by how small studies are expected to favour them: those favoured, such as the
        newer, first. Without such an expectation a funnel of a network cannot be read

    Raises
    ------
    MetaAnalysisError : the order does not name every treatment once

    Notes
    -----
    Chaimani et al. 2013, doi:10.1371/journal.pone.0076654.
    """
    if sorted(order) != sorted(fitted.treatments):
        raise MetaAnalysisError("The order of a funnel names every treatment of the network once.")
    data, n = fitted.data, len(fitted.treatments)
    rank = np.array([list(order).index(name) for name in fitted.treatments])
    turned = rank[data.first] > rank[data.second]
    first = np.where(turned, data.second, data.first)
    second = np.where(turned, data.first, data.second)
    effect = np.where(turned, -data.effect, data.effect)
    _, pair = np.unique(first * n + second, return_inverse=True)
    weight = 1 / (data.standard_error**2 + fitted.tau2)
    pooled = np.bincount(pair, weight * effect) / np.bincount(pair, weight)
    n_direct = np.bincount(pair)[pair]
    centred = np.where(n_direct > 1, effect - pooled[pair], 0.0)
    shown = n_direct > 1
    can_test = shown.sum() >= 3 and np.ptp(data.standard_error[shown]) > 0
    return AdjustedFunnel(
        study=data.study,
        first=first,
        second=second,
        centred=centred,
        standard_error=data.standard_error,
        n_direct=n_direct,
        test=egger(centred[shown], data.standard_error[shown] ** 2) if can_test else None,
    )
