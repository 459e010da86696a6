"""Do direct and indirect evidence agree? Node-splitting and the decomposition of Q by design."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.meta.least_squares import Array
from opentrs.stats.network.contrasts import StudyBlock
from opentrs.stats.network.generalised import Stack
from opentrs.stats.network.model import Network

# A share of direct evidence this close to 1 leaves nothing indirect.
ALL_DIRECT = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class NodeSplit:
    """Direct against indirect evidence of every pair of treatments, arrays of one value per pair.

    Parameters
    ----------
    first, second : numbers of the treatments
    n_direct : studies that compare them
    share_direct : share of the network estimate that is direct, 0 to 1
    direct, direct_se, indirect, indirect_se : not a number where there is no such evidence
    difference, difference_se, z, p_value : direct minus indirect
    """

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    n_direct: npt.NDArray[np.int64]
    share_direct: Array
    direct: Array
    direct_se: Array
    indirect: Array
    indirect_se: Array
    difference: Array
    difference_se: Array
    z: Array
    p_value: Array


def node_split(fitted: Network) -> NodeSplit:
    """Split every comparison into its direct and its indirect evidence by back-calculation.

    The direct evidence is the pooled effect of the studies with both arms, at the network's own
    between-study variance; what the network estimate has beyond it is indirect.

    Notes
    -----
    Koenig, Krahn & Binder 2013, doi:10.1002/sim.6001; Dias et al. 2010, doi:10.1002/sim.3767.
    """
    data, n = fitted.data, len(fitted.treatments)
    weight = 1 / (data.standard_error**2 + fitted.tau2)
    low, high = np.minimum(data.first, data.second), np.maximum(data.first, data.second)
    signed = np.where(data.first <= data.second, data.effect, -data.effect)
    total, weighted, count = (np.zeros((n, n)) for _ in range(3))
    np.add.at(total, (low, high), weight)
    np.add.at(weighted, (low, high), weight * signed)
    np.add.at(count, (low, high), 1)
    first, second = np.triu_indices(n, 1)
    w, studies = total[first, second], count[first, second]
    nma, nma_var = fitted.estimates[first, second], fitted.standard_errors[first, second] ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        has = studies > 0
        direct = np.where(has, weighted[first, second] / w, np.nan)
        direct_var = np.where(has, 1 / w, np.nan)
        share = np.where(has, nma_var * w, 0.0)
        is_all = share > ALL_DIRECT
        indirect = np.where(is_all, np.nan, np.where(has, (nma - share * direct) / (1 - share), nma))
        indirect_var = np.where(is_all, np.nan, nma_var / (1 - share))
        difference = direct - indirect
        error = np.sqrt(direct_var + indirect_var)
        z = difference / error
    return NodeSplit(
        first.astype(np.int64), second.astype(np.int64), studies.astype(np.int64), np.minimum(share, 1.0),
        direct, np.sqrt(direct_var), indirect, np.sqrt(indirect_var), difference, error, z,
        np.asarray(2 * stats.norm.sf(np.abs(z))),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Q of the common-effect network, split into heterogeneity within and inconsistency between designs.

    Parameters
    ----------
    q, df, p_value : for total, within designs, between designs (arrays of 3)
    designs : treatments compared by each design
    design_q, design_df : heterogeneity within each design
    """

    q: Array
    df: npt.NDArray[np.int64]
    p_value: Array
    designs: tuple[tuple[str, ...], ...]
    design_q: Array
    design_df: npt.NDArray[np.int64]


def decompose(fitted: Network) -> Decomposition:
    """Split Q by design (the set of treatments a study compares).

    Notes
    -----
    Krahn, Binder & Koenig 2013, doi:10.1186/1471-2288-13-35; Higgins et al. 2012, doi:10.1002/jrsm.1044.
    """
    by_design: dict[tuple[int, ...], list[StudyBlock]] = defaultdict(list)
    for block in fitted.blocks:
        by_design[block.arms].append(block)
    within, df = [], []
    for arms, blocks in by_design.items():
        design = np.tile(np.eye(len(arms) - 1), (len(blocks), 1))
        stack = Stack.of(blocks, design)
        within.append(stack.solve(0.0).q if stack.residual_df else 0.0)
        df.append(stack.residual_df)
    q_within, df_within = float(np.sum(within)), int(np.sum(df))
    q = np.array([fitted.q, q_within, max(0.0, fitted.q - q_within)])
    dfs = np.array([fitted.q_df, df_within, fitted.q_df - df_within], dtype=np.int64)
    p_value = np.where(dfs > 0, stats.chi2.sf(q, np.maximum(dfs, 1)), np.nan)
    names = tuple(tuple(fitted.treatments[arm] for arm in arms) for arms in by_design)
    return Decomposition(q, dfs, p_value, names, np.array(within), np.array(df, dtype=np.int64))
