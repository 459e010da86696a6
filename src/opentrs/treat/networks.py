"""Network meta-analysis of a user's file, and of its components, as tables."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from opentrs.stats.network.components import Components, component_network
from opentrs.stats.network.contrasts import pieces
from opentrs.stats.network.contribution import contribution_matrix
from opentrs.stats.network.model import Contrasts, Network, NetworkModel, contrasts, network
from opentrs.stats.network.ranking import bootstrap_p_scores, p_scores
from opentrs.stats.network.side_splitting import side_split
from opentrs.stats.network.splitting import decompose, node_split
from opentrs.treat.comparisons import PoolChoices, study_contrasts
from opentrs.treat.files import Evidence
from opentrs.treat.options import JOINED_BY

BOOTSTRAPS, SEED = 1000, 1
SCORE_METHOD = f"P-score; percentile interval of {BOOTSTRAPS} parametric bootstrap samples, seed {SEED}"


def network_data(evidence: Evidence, choices: PoolChoices) -> Contrasts:
    """All comparisons of a file, numbered."""
    found = study_contrasts(evidence, choices.measure)
    return contrasts(
        [one.study for one in found], [one.treat1 for one in found], [one.treat2 for one in found],
        [one.estimate for one in found], [one.se for one in found],
    )  # fmt: skip


def has_components(data: Contrasts) -> bool:
    """Whether any treatment is a sum of components."""
    return any(JOINED_BY in name for name in data.treatments)


def networked(
    data: Contrasts, choices: PoolChoices, level: float = 0.95
) -> tuple[Network, dict[str, pd.DataFrame]]:
    """Fit a connected network, and its components where treatments are sums.

    Returns
    -------
    the network, and ``league``, ``pscores``, ``nodesplit``, ``heterogeneity``, ``components``,
        ``contributions``, ``designs``
    """
    model: NetworkModel = choices.tau2  # type: ignore[assignment]
    fitted = network(data, model, level, choices.reference)
    tables = {
        "league": league_frame(fitted),
        "pscores": pscores_frame(fitted, choices),
        "nodesplit": nodesplit_frame(fitted),
        "heterogeneity": network_heterogeneity(fitted),
        "designs": designs_frame(fitted),
        "contributions": contributions_frame(fitted),
    }
    return fitted, tables | component_tables(data, choices)


def component_tables(data: Contrasts, choices: PoolChoices) -> dict[str, pd.DataFrame]:
    """``components`` and ``sums``; empty where no treatment is a sum.

    The network may be in pieces: what joins them then is that a component does everywhere the same.
    """
    if not has_components(data):
        return {
            "components": pd.DataFrame(columns=COMPONENT_COLUMNS),
            "sums": pd.DataFrame(columns=SUM_COLUMNS),
        }
    model: NetworkModel = choices.tau2  # type: ignore[assignment]
    fitted = component_network(data, choices.reference, choices.interactions, model)
    return {"components": components_frame(fitted), "sums": sums_frame(fitted, data)}


def league_frame(fitted: Network) -> pd.DataFrame:
    """Every treatment against every other: treat1, treat2, estimate, se, ci_low, ci_high."""
    low, high = fitted.interval()
    names = fitted.treatments
    return pd.DataFrame(
        [
            {
                "treat1": names[i], "treat2": names[j], "estimate": fitted.estimates[i, j],
                "se": fitted.standard_errors[i, j], "ci_low": low[i, j], "ci_high": high[i, j],
            }
            for i in range(len(names)) for j in range(len(names)) if i != j
        ]
    )  # fmt: skip


def pscores_frame(fitted: Network, choices: PoolChoices) -> pd.DataFrame:
    """P-scores with bootstrap intervals, best first."""
    scores = p_scores(fitted, choices.small_is_good)
    low, high = bootstrap_p_scores(fitted, BOOTSTRAPS, SEED, choices.small_is_good)
    frame = pd.DataFrame(
        {
            "treatment": fitted.treatments,
            "pscore": scores,
            "ci_low": low,
            "ci_high": high,
            "method": SCORE_METHOD,
        }
    )
    frame["small_is_good"] = "yes" if choices.small_is_good else "no"
    return frame.sort_values(["pscore", "treatment"], ascending=[False, True], ignore_index=True)


def nodesplit_frame(fitted: Network) -> pd.DataFrame:
    """Direct and indirect evidence of every pair, and the test with a between-study variance of its own.

    ``z`` and ``p`` are by back-calculation, as netmeta has them; ``own_...`` by a model for each pair.
    """
    split, names = node_split(fitted), fitted.treatments
    frame = pd.DataFrame(
        {
            "treat1": [names[i] for i in split.first], "treat2": [names[j] for j in split.second],
            "k_direct": split.n_direct, "share_direct": split.share_direct,
            "direct": split.direct, "direct_se": split.direct_se,
            "indirect": split.indirect, "indirect_se": split.indirect_se,
            "difference": split.difference, "difference_se": split.difference_se,
            "z": split.z, "p": split.p_value,
        }
    )  # fmt: skip
    own = side_split(fitted)
    beside = pd.DataFrame(
        {
            "treat1": [names[i] for i in own.first], "treat2": [names[j] for j in own.second],
            "own_difference": own.difference, "own_ci_low": own.ci_low, "own_ci_high": own.ci_high,
            "own_df": own.df, "own_p": own.p_value, "own_tau2": own.tau2,
        }
    )  # fmt: skip
    return frame.merge(beside, on=["treat1", "treat2"], how="left")


def network_heterogeneity(fitted: Network) -> pd.DataFrame:
    """Between-study variance and Q, in all, within and between designs."""
    parts = decompose(fitted)
    frame = pd.DataFrame(
        {
            "part": ["total", "within_designs", "between_designs"],
            "q": parts.q,
            "df": parts.df,
            "p": parts.p_value,
        }
    )
    return frame.assign(
        tau2=fitted.tau2, tau=fitted.tau2**0.5, i2_percent=fitted.i2_percent,
        k=len(fitted.blocks), comparisons=len(fitted.data.effect), treatments=len(fitted.treatments),
        model=fitted.model,
    )  # fmt: skip


def designs_frame(fitted: Network) -> pd.DataFrame:
    """Heterogeneity within each design."""
    parts = decompose(fitted)
    designs = [" : ".join(names) for names in parts.designs]
    return pd.DataFrame({"design": designs, "q": parts.design_q, "df": parts.design_df})


def contributions_frame(fitted: Network) -> pd.DataFrame:
    """Percent that each direct comparison contributes to each network estimate, long form."""
    pairs, matrix = contribution_matrix(fitted)
    names = fitted.treatments
    rows = [
        {
            "treat1": names[i], "treat2": names[j], "direct1": names[one], "direct2": names[two],
            "percent": matrix[row, column],
        }
        for row, (i, j) in enumerate(combinations(range(len(names)), 2))
        for column, (one, two) in enumerate(pairs) if matrix[row, column] > 1e-9
    ]  # fmt: skip
    return pd.DataFrame(rows)


COMPONENT_COLUMNS = ["component", "estimate", "se", "ci_low", "ci_high", "p", "estimable", "tau", "q", "q_df",
                     "q_difference", "df_difference", "p_difference"]  # fmt: skip
SUM_COLUMNS = ["treatment", "piece", "estimate", "se", "ci_low", "ci_high", "estimable"]


def components_frame(fitted: Components) -> pd.DataFrame:
    """The effect of every component, interactions too; empty cells where the studies cannot tell it."""
    return pd.DataFrame(
        {
            "component": fitted.components, "estimate": fitted.estimates, "se": fitted.standard_errors,
            "ci_low": fitted.ci_low, "ci_high": fitted.ci_high, "p": fitted.p_value,
            "estimable": np.where(fitted.estimable, "yes", "no"),
            "tau": fitted.tau2**0.5, "q": fitted.q, "q_df": fitted.q_df, "q_difference": fitted.q_difference,
            "df_difference": fitted.df_difference, "p_difference": fitted.p_difference,
        }
    )[COMPONENT_COLUMNS]  # fmt: skip


def sums_frame(fitted: Components, data: Contrasts, level: float = 0.95) -> pd.DataFrame:
    """Every treatment as the sum of its components, against the inactive one, and the piece it lies in."""
    half = stats.norm.ppf(1 - (1 - level) / 2) * fitted.treatment_standard_errors
    piece = {name: number for number, names in enumerate(pieces(data), start=1) for name in names}
    return pd.DataFrame(
        {
            "treatment": fitted.treatments, "piece": [piece[name] for name in fitted.treatments],
            "estimate": fitted.treatment_estimates, "se": fitted.treatment_standard_errors,
            "ci_low": fitted.treatment_estimates - half, "ci_high": fitted.treatment_estimates + half,
            "estimable": np.where(np.isfinite(fitted.treatment_estimates), "yes", "no"),
        }
    )[SUM_COLUMNS]  # fmt: skip
