"""Pairwise pooling and network meta-analysis of a user's file, as tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from opentrs.stats.meta import MetaAnalysisError, Pooled, pool
from opentrs.stats.meta.bias import egger, harbord
from opentrs.stats.meta.effects import CountMeasure, MeanMeasure, from_counts, from_means
from opentrs.stats.meta.pool import Model, Test
from opentrs.stats.network.components import component_network
from opentrs.stats.network.contribution import contribution_matrix
from opentrs.stats.network.model import Contrasts, Network, NetworkModel, contrasts, network
from opentrs.stats.network.ranking import p_scores
from opentrs.stats.network.side_splitting import side_split
from opentrs.stats.network.splitting import decompose, node_split
from opentrs.treat.files import MEASURES_OF_COUNTS, Arm, Contrast, Evidence


@dataclass(frozen=True, slots=True)
class PoolChoices:
    """What the command line chose.

    Parameters
    ----------
    measure : OR, RR, RD, MD or SMD
    tau2 : estimator of the between-study variance, or ``fixed``
    test : ``z`` (normal), ``hk`` (Hartung-Knapp) or ``hk_modified`` (never narrower than normal)
    reference : treatment the others are compared with; the last in alphabetical order without it
    small_is_good : a low value is better
    """

    measure: str = "SMD"
    tau2: str = "reml"
    test: str = "z"
    reference: str | None = None
    small_is_good: bool = False


def study_contrasts(evidence: Evidence, measure: str) -> list[Contrast]:
    """All comparisons within each study; those that tell nothing (no events at all) are left out."""
    if evidence.contrasts:
        return list(evidence.contrasts)
    by_study: dict[str, list[Arm]] = defaultdict(list)
    for arm in evidence.arms:
        by_study[arm.study].append(arm)
    return [
        _contrast(one, two, measure, of_study)
        for of_study in by_study.values()
        for one, two in combinations(sorted(of_study, key=lambda arm: arm.treatment), 2)
        if _tells(of_study, measure)
    ]


def _tells(arms: Sequence[Arm], measure: str) -> bool:
    if measure not in ("OR", "RR"):
        return True
    return any(arm.events > 0 for arm in arms) and any(arm.events < arm.n for arm in arms)


def _contrast(one: Arm, two: Arm, measure: str, of_study: Sequence[Arm]) -> Contrast:
    if measure in MEASURES_OF_COUNTS:
        # A half is added to every arm of a study one of whose arms has an empty cell, so that the
        # comparisons of one study still add up.
        add = 0.5 if any(arm.events in (0, arm.n) for arm in of_study) else 0.0
        effect, variance = _counts(one, two, measure, add)
    else:
        found = from_means(one.n, one.mean, one.sd, two.n, two.mean, two.sd, _mean_measure(measure))
        effect, variance = float(found.effect), float(found.variance)
    return Contrast(one.line, one.study, one.treatment, two.treatment, effect, float(np.sqrt(variance)))


def _counts(one: Arm, two: Arm, measure: str, add: float) -> tuple[float, float]:
    if not add:
        found = from_counts(one.events, one.n, two.events, two.n, _count_measure(measure))
        return float(found.effect), float(found.variance)
    a, m1, c, m2 = one.events + add, one.n + 2 * add, two.events + add, two.n + 2 * add
    if measure == "RD":
        return a / m1 - c / m2, a * (m1 - a) / m1**3 + c * (m2 - c) / m2**3
    if measure == "RR":
        return float(np.log(a / m1) - np.log(c / m2)), 1 / a - 1 / m1 + 1 / c - 1 / m2
    return float(np.log(a * (m2 - c) / ((m1 - a) * c))), 1 / a + 1 / (m1 - a) + 1 / c + 1 / (m2 - c)


def _count_measure(measure: str) -> CountMeasure:
    found: dict[str, CountMeasure] = {"OR": "OR", "RR": "RR", "RD": "RD"}
    return found[measure]


def _mean_measure(measure: str) -> MeanMeasure:
    found: dict[str, MeanMeasure] = {"MD": "MD", "SMD": "SMD", "ROM": "ROM"}
    return found[measure]


def pairwise(evidence: Evidence, choices: PoolChoices) -> dict[str, pd.DataFrame]:
    """Pool the studies of every pair of treatments.

    Returns
    -------
    ``pooled``: a row for each pair, with its prediction interval; ``heterogeneity``: tau2, I2, Q and their
        intervals; ``small_studies``: tests of small-study effects; ``studies``: each study's own effect
    """
    groups: dict[tuple[str, str], list[Contrast]] = defaultdict(list)
    for one in study_contrasts(evidence, choices.measure):
        first, second = _ordered(one.treat1, one.treat2, choices.reference)
        sign = 1.0 if (first, second) == (one.treat1, one.treat2) else -1.0
        groups[(first, second)].append(
            Contrast(one.line, one.study, first, second, sign * one.estimate, one.se)
        )
    tables: dict[str, list[dict[str, object]]] = defaultdict(list)
    for (first, second), found in sorted(groups.items()):
        pair = {"treat1": first, "treat2": second}
        y, v = np.array([one.estimate for one in found]), np.array([one.se**2 for one in found])
        fitted = _fit(y, v, choices)
        tables["pooled"].append({**pair, **pooled_row(fitted, choices.measure)})
        tables["heterogeneity"].append({**pair, **heterogeneity_row(fitted)})
        tables["studies"] += [
            {**pair, "study": one.study, "estimate": one.estimate, "se": one.se, "weight_percent": weight}
            for one, weight in zip(found, fitted.weights_percent, strict=True)
        ]
        tables["small_studies"] += _small_studies(pair, y, v, evidence, found, choices.measure)
    return {name: pd.DataFrame(rows) for name, rows in tables.items()}


def _ordered(one: str, two: str, reference: str | None) -> tuple[str, str]:
    """The reference comes second; else alphabetical."""
    if reference in (one, two):
        return (two, one) if one == reference else (one, two)
    return (one, two) if one < two else (two, one)


def _fit(y: np.ndarray, v: np.ndarray, choices: PoolChoices) -> Pooled:
    if len(y) == 1:
        return pool(y, v, "fixed", "z")
    model: Model = choices.tau2  # type: ignore[assignment]
    test: Test = choices.test  # type: ignore[assignment]
    return pool(y, v, model, test)


def pooled_row(fitted: Pooled, measure: str) -> dict[str, object]:
    """One row of ``pooled.csv``."""
    low = high = float("nan")
    if int(fitted.n_studies) > 2:
        low, high = (float(end) for end in fitted.prediction_interval())
    return {
        "k": int(fitted.n_studies),
        "measure": f"log {measure}" if measure in ("OR", "RR") else measure,
        "estimate": float(fitted.estimate),
        "se": float(fitted.standard_error),
        "ci_low": float(fitted.ci_low[0]),
        "ci_high": float(fitted.ci_high[0]),
        "p": float(fitted.p_values[0]),
        "prediction_low": low,
        "prediction_high": high,
        "model": fitted.model,
        "test": fitted.test,
    }


def heterogeneity_row(fitted: Pooled) -> dict[str, object]:
    """One row of ``heterogeneity.csv``."""
    ends = {
        "tau2_low": float("nan"),
        "tau2_high": float("nan"),
        "i2_low": float("nan"),
        "i2_high": float("nan"),
    }
    if int(fitted.n_studies) > 1:
        tau2, i2 = fitted.tau2_interval(), fitted.i2_interval()
        ends = dict(zip(ends, (float(tau2[0]), float(tau2[1]), float(i2[0]), float(i2[1])), strict=True))
    return {
        "k": int(fitted.n_studies),
        "tau2": float(fitted.tau2),
        "tau2_se": float(fitted.tau2_se),
        **ends,
        "i2_percent": float(fitted.i2_percent),
        "q": float(fitted.q),
        "q_df": int(fitted.q_df),
        "q_p": float(fitted.q_p),
    }


def _small_studies(
    pair: dict[str, str],
    y: np.ndarray,
    v: np.ndarray,
    evidence: Evidence,
    found: list[Contrast],
    measure: str,
) -> list[dict[str, object]]:
    if len(y) < 3:
        return []
    try:
        if measure in ("OR", "RR") and evidence.arms:
            arms = {(arm.study, arm.treatment): arm for arm in evidence.arms}
            one = [arms[(item.study, item.treat1)] for item in found]
            two = [arms[(item.study, item.treat2)] for item in found]
            test = harbord(
                [arm.events for arm in one],
                [arm.n for arm in one],
                [arm.events for arm in two],
                [arm.n for arm in two],
            )
        else:
            test = egger(y, v)
    except MetaAnalysisError:
        return []
    return [
        {
            **pair, "method": test.method, "k": test.n_studies, "statistic": float(test.statistic),
            "df": float(test.df), "p": float(test.p_value),
            "few_studies": "yes" if test.few_studies else "no",
        }
    ]  # fmt: skip


def networked(
    evidence: Evidence, choices: PoolChoices, level: float = 0.95
) -> tuple[Network, dict[str, pd.DataFrame]]:
    """Fit the network and lay it out as tables.

    Returns
    -------
    the network, and ``league``, ``pscores``, ``nodesplit``, ``heterogeneity``, ``components``,
        ``contributions``, ``designs``
    """
    found = study_contrasts(evidence, choices.measure)
    data = contrasts(
        [one.study for one in found], [one.treat1 for one in found], [one.treat2 for one in found],
        [one.estimate for one in found], [one.se for one in found],
    )  # fmt: skip
    model: NetworkModel = choices.tau2  # type: ignore[assignment]
    fitted = network(data, model, level, choices.reference)
    tables = {
        "league": league_frame(fitted),
        "pscores": pscores_frame(fitted, choices),
        "nodesplit": nodesplit_frame(fitted),
        "heterogeneity": network_heterogeneity(fitted),
        "designs": designs_frame(fitted),
        "contributions": contributions_frame(fitted),
        "components": components_frame(data, choices),
    }
    return fitted, tables


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
    """P-scores, best first."""
    scores = p_scores(fitted, choices.small_is_good)
    frame = pd.DataFrame({"treatment": fitted.treatments, "pscore": scores})
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


def components_frame(data: Contrasts, choices: PoolChoices) -> pd.DataFrame:
    """Additive component model, where any treatment joins components by ``+``; else an empty table."""
    columns = ["component", "estimate", "se", "ci_low", "ci_high", "p", "tau", "q", "q_df", "q_difference",
               "df_difference", "p_difference"]  # fmt: skip
    if not any("+" in name for name in data.treatments):
        return pd.DataFrame(columns=columns)
    model: NetworkModel = choices.tau2  # type: ignore[assignment]
    fitted = component_network(data, choices.reference, model=model)
    return pd.DataFrame(
        {
            "component": fitted.components, "estimate": fitted.estimates, "se": fitted.standard_errors,
            "ci_low": fitted.ci_low, "ci_high": fitted.ci_high, "p": fitted.p_value,
            "tau": fitted.tau2**0.5, "q": fitted.q, "q_df": fitted.q_df, "q_difference": fitted.q_difference,
            "df_difference": fitted.df_difference, "p_difference": fitted.p_difference,
        }
    )[columns]  # fmt: skip
