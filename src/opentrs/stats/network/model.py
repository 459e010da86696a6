"""Network meta-analysis of contrasts, frequentist, random effects with one between-study variance.

Generalised least squares on the kept contrasts of every study equals the graph-theoretical solution
(Ruecker 2012, doi:10.1002/jrsm.1058), whose reduced weights serve where weights for single contrasts are
wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from opentrs.stats.meta.least_squares import Array, MetaAnalysisError
from opentrs.stats.network.contrasts import Contrasts, StudyBlock, contrasts, pieces, study_blocks
from opentrs.stats.network.generalised import NetworkModel, Stack, basic_design

__all__ = ["Contrasts", "Network", "NetworkModel", "between_variance", "contrasts", "network"]


@dataclass(frozen=True, slots=True)
class Network:
    """A fitted network.

    Parameters
    ----------
    data, blocks : what was fitted
    treatments : names
    estimates, standard_errors : (n, n) row treatment against column treatment
    covariance : (n - 1, n - 1) of the effects of treatments 1.. against treatment 0
    tau2 : between-study variance of a contrast
    q, q_df, q_p : generalised Q
    i2_percent : (Q - df) / Q, percent, not below 0
    model, level : how it was fitted, level of intervals
    """

    data: Contrasts
    blocks: tuple[StudyBlock, ...]
    treatments: tuple[str, ...]
    estimates: Array
    standard_errors: Array
    covariance: Array
    tau2: float
    q: float
    q_df: int
    q_p: float
    i2_percent: float
    model: NetworkModel
    level: float

    def interval(self) -> tuple[Array, Array]:
        """Normal intervals of all pairwise effects, (n, n) each."""
        half = stats.norm.ppf(1 - (1 - self.level) / 2) * self.standard_errors
        return self.estimates - half, self.estimates + half


def network(
    data: Contrasts, model: NetworkModel = "reml", level: float = 0.95, reference: str | None = None
) -> Network:
    """Fit a network meta-analysis.

    Parameters
    ----------
    data : from :func:`contrasts`
    model : ``fixed``, or how the between-study variance is estimated: ``dl``; ``reml`` and ``ml`` with the
        contrasts of a study taken as independent given its baseline, as netmeta 2.9 does; ``reml_exact`` and
        ``ml_exact`` with their sampling covariance. They differ only where studies have three arms or more
    level : level of intervals
    reference : the treatment that is the baseline of the multi-arm studies that hold it, for ``reml`` and
        ``ml``; by default that of their arms which most studies hold

    Raises
    ------
    MetaAnalysisError : the network falls into pieces (they are named), or has one treatment only
    """
    groups = pieces(data)
    if len(groups) > 1:
        shown = "; ".join(", ".join(names) for names in groups)
        raise MetaAnalysisError(f"The network falls into {len(groups)} pieces: {shown}.")
    blocks = study_blocks(data)
    n = len(data.treatments)
    stack = Stack.of(blocks, basic_design(blocks, n))
    tau2 = between_variance(blocks, stack, model, n, data.treatments, reference)
    solved = stack.solve(tau2)
    at_zero = stack.solve(0.0)
    full = np.zeros((n, n))
    full[1:, 1:] = solved.covariance
    theta = np.concatenate([[0.0], solved.coefficients])
    spread = np.diag(full)[:, None] + np.diag(full)[None, :] - 2 * full
    q, df = at_zero.q, stack.residual_df
    return Network(
        data=data, blocks=blocks, treatments=data.treatments,
        estimates=theta[:, None] - theta[None, :],
        standard_errors=np.sqrt(np.maximum(spread, 0.0)),
        covariance=solved.covariance, tau2=tau2, q=q, q_df=df,
        q_p=float(stats.chi2.sf(q, df)) if df > 0 else float("nan"),
        i2_percent=100 * max(0.0, (q - df) / q) if df > 0 and q > 0 else float("nan"),
        model=model, level=level,
    )  # fmt: skip


def between_variance(
    blocks: Sequence[StudyBlock],
    stack: Stack,
    model: NetworkModel,
    n_treatments: int,
    treatments: Sequence[str],
    reference: str | None = None,
    matrix: Array | None = None,
) -> float:
    """Between-study variance of a network, or of its components where ``matrix`` gives them."""
    if model == "fixed":
        return 0.0
    if model not in ("reml", "ml") or all(len(block.arms) == 2 for block in blocks):
        return stack.tau2(model)
    if reference is not None and reference not in treatments:
        raise MetaAnalysisError(f"{reference} is no treatment of this network.")
    several = {arm for block in blocks if len(block.arms) > 2 for arm in block.arms}
    held = [arm for block in blocks for arm in block.arms]
    usual = max(several, key=lambda arm: (held.count(arm), -arm))
    baseline = list(treatments).index(reference) if reference is not None else usual
    based = [_on_baseline(block, baseline) for block in blocks]
    design = basic_design(based, n_treatments)
    if matrix is not None:
        design = np.array([matrix[arm] - matrix[block.arms[0]] for block in based for arm in block.arms[1:]])
    return Stack.of(based, design).tau2(model)


def _on_baseline(block: StudyBlock, baseline: int) -> StudyBlock:
    """A multi-arm study as contrasts against one arm, sampling errors taken as independent."""
    m = len(block.arms)
    if m == 2:
        return block
    effect, arm = np.concatenate([[0.0], block.effects]), np.zeros((m, m))
    arm[1:, 1:] = block.covariance
    at = block.arms.index(baseline) if baseline in block.arms else m - 1
    others = [place for place in range(m) if place != at]
    variance = np.array([arm[at, at] + arm[place, place] - 2 * arm[at, place] for place in others])
    arms = (block.arms[at], *(block.arms[place] for place in others))
    return StudyBlock(block.number, arms, effect[others] - effect[at], np.diag(variance), block.structure)
