"""Node-splitting by a model of its own for every comparison, with its own between-study variance.

Back-calculation (:func:`opentrs.stats.network.splitting.node_split`) takes the between-study variance of the
consistent network, which holds the inconsistency that is tested, and normal quantiles: with few studies it
rejects too seldom. Here the direct studies of a comparison get an effect of their own, the variance between
studies is estimated anew, and tests are Knapp and Hartung's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.meta.least_squares import Array
from opentrs.stats.network.contrasts import StudyBlock
from opentrs.stats.network.generalised import NetworkModel, Stack, basic_design
from opentrs.stats.network.model import Network

# Sampling errors of one study's contrasts keep their covariance: nobody's numbers have to be met here.
EXACT: dict[NetworkModel, NetworkModel] = {"reml": "reml_exact", "ml": "ml_exact"}


@dataclass(frozen=True, slots=True)
class SideSplit:
    """Direct minus indirect evidence of every pair that has both; arrays of one value per pair.

    Parameters
    ----------
    first, second : numbers of the treatments
    difference, difference_se, ci_low, ci_high : direct minus indirect effect of first against second
    df : degrees of freedom of the test; infinite for a common-effect network
    p_value : two-sided
    tau2 : between-study variance beside the inconsistency
    """

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    difference: Array
    difference_se: Array
    ci_low: Array
    ci_high: Array
    df: Array
    p_value: Array
    tau2: Array


def side_split(fitted: Network) -> SideSplit:
    """Split every comparison that has direct and indirect evidence.

    Pairs without studies of their own, without a way round them, or with no degree of freedom left for the
    between-study variance, are left out.

    Parameters
    ----------
    fitted : the network; its model says how the between-study variance is estimated

    Notes
    -----
    Dias et al. 2010, doi:10.1002/sim.3767; studies of three arms or more share the inconsistency evenly
    between the two arms (White 2015, doi:10.1177/1536867X1501500403). Knapp-Hartung tests in models of
    several effects: Jackson & Riley 2014, doi:10.1002/sim.5957.
    """
    blocks, n = fitted.blocks, len(fitted.treatments)
    design = basic_design(blocks, n)
    base = Stack.of(blocks, design)
    compared = {(one, other) for block in blocks for one in block.arms for other in block.arms if one < other}
    rows = [
        (first, second, *found)
        for first, second in sorted(compared)
        if (found := _split(base, blocks, design, (first, second), fitted)) is not None
    ]
    columns = np.array(rows, dtype=float).reshape(-1, 6).T
    first, second, difference, error, df, tau2 = columns
    half = stats.t.ppf(1 - (1 - fitted.level) / 2, df) * error
    return SideSplit(
        first.astype(np.int64), second.astype(np.int64), difference, error, difference - half,
        difference + half, df, np.asarray(2 * stats.t.sf(np.abs(difference / error), df)), tau2,
    )  # fmt: skip


def _split(
    base: Stack, blocks: Sequence[StudyBlock], design: Array, pair: tuple[int, int], fitted: Network
) -> tuple[float, float, float, float] | None:
    """Difference of a pair, its standard error, degrees of freedom and tau2; None where it cannot be told."""
    own = _own_effect(blocks, pair)
    rank = int(np.linalg.matrix_rank(np.column_stack([design, own])))
    is_common = fitted.model == "fixed"
    df = base.n_contrasts - rank
    if rank == base.rank or (df < 1 and not is_common):
        return None
    stack = replace(base, design=np.concatenate([base.design, _padded(own, blocks, base)], axis=2), rank=rank)
    tau2 = 0.0 if is_common else stack.tau2(EXACT.get(fitted.model, fitted.model), fitted.tau2)
    solved = stack.solve(tau2)
    scale = 1.0 if is_common else solved.q / df
    error = float(np.sqrt(solved.covariance[-1, -1] * scale))
    return float(solved.coefficients[-1]), error, np.inf if is_common else float(df), tau2


def _own_effect(blocks: Sequence[StudyBlock], pair: tuple[int, int]) -> Array:
    """Column of the design that holds what only the studies of a pair show of it."""
    shift = {pair[0]: 0.5, pair[1]: -0.5}
    return np.array(
        [
            shift.get(arm, 0.0) - shift.get(block.arms[0], 0.0) if set(pair) <= set(block.arms) else 0.0
            for block in blocks
            for arm in block.arms[1:]
        ]
    )


def _padded(column: Array, blocks: Sequence[StudyBlock], base: Stack) -> Array:
    """A column of the design in the blocks of a stack."""
    sizes = np.array([len(block.effects) for block in blocks])
    out = np.zeros((*base.effects.shape, 1))
    out[np.arange(base.effects.shape[1]) < sizes[:, None], 0] = column
    return out
