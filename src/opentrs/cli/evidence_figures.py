"""Figures of `evidence pool` and `evidence network`: each pair, the network and its league table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from statistics import NormalDist

import numpy as np
import pandas as pd

from opentrs.messages import Lang, text
from opentrs.report.figures.forest import ForestPool, ForestStudy, ForestWords, forest
from opentrs.report.figures.funnel import FunnelWords, funnel
from opentrs.report.figures.league import LeagueWords, league
from opentrs.report.figures.network import NetworkEdge, NetworkNode, network_plot

LEAST_FOR_FOREST, LEAST_FOR_FUNNEL = 2, 3
# A network of many treatments has hundreds of pairs; the pairs with most trials are drawn.
MOST_PAIRS = 30
NORMAL_975 = NormalDist().inv_cdf(0.975)


def figures(tables: Mapping[str, pd.DataFrame], lang: Lang, with_network: bool) -> dict[str, str]:
    """SVG figures of an analysis: path below ``figures`` without its ending -> drawing.

    Parameters
    ----------
    tables : ``pooled`` and ``studies`` of the analysis
    with_network : draw the network of all comparisons too
    """
    pooled, studies = tables["pooled"], tables["studies"]
    drawn: dict[str, str] = {}
    most = pooled.sort_values(["k", "treat1", "treat2"], ascending=[False, True, True], kind="stable")
    for place, row in enumerate(most.head(MOST_PAIRS).to_dict("records"), start=1):
        named = {str(key): value for key, value in row.items()}
        of_pair = studies[(studies["treat1"] == row["treat1"]) & (studies["treat2"] == row["treat2"])]
        stem = f"{place:02d}-{_file_name(str(row['treat1']))}-{_file_name(str(row['treat2']))}"
        if len(of_pair) >= LEAST_FOR_FOREST:
            drawn[f"treat/forest-{stem}"] = _forest(f"forest-{place}", named, of_pair, lang)
        if len(of_pair) >= LEAST_FOR_FUNNEL:
            for kind in ("funnel", "contour"):
                drawn[f"treat/{kind}-{stem}"] = _funnel(kind, place, named, of_pair, lang)
    if with_network:
        drawn["treat/network"] = _network(studies, lang)
    if "league" in tables:
        drawn["treat/league"] = _league(tables, lang)
    return drawn


def _file_name(treatment: str) -> str:
    """A treatment as part of a file name: letters, digits and hyphens."""
    return re.sub(r"[^0-9a-z]+", "-", treatment.lower()).strip("-") or "treatment"


def _pair(row: Mapping[str, object]) -> dict[str, str]:
    return {"treat1": str(row["treat1"]), "treat2": str(row["treat2"])}


def _is_log(row: Mapping[str, object]) -> bool:
    return str(row["measure"]).startswith("log ")


def _axis(row: Mapping[str, object], lang: Lang) -> str:
    return text("treat.figure.axis", lang, measure=str(row["measure"]).removeprefix("log "))


def _forest(name: str, row: Mapping[str, object], of_pair: pd.DataFrame, lang: Lang) -> str:
    trials = [
        ForestStudy(
            str(one["study"]), one["estimate"], one["estimate"] - NORMAL_975 * one["se"],
            one["estimate"] + NORMAL_975 * one["se"], one["weight_percent"],
        )
        for one in of_pair.to_dict("records")
    ]  # fmt: skip
    effect, low, high, ahead, behind = (
        float(str(row[key])) for key in ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
    )
    predicted = (ahead, behind) if np.isfinite(ahead) else None
    pools = [ForestPool(text("treat.figure.pooled_row", lang), effect, low, high, predicted)]
    labels = ForestWords(
        trial=text("treat.figure.trial", lang),
        effect=text("treat.figure.effect", lang),
        weight=text("treat.figure.weight", lang),
        axis=_axis(row, lang),
        pooled=text("treat.figure.pooled", lang),
        predicted=text("treat.figure.predicted", lang),
    )
    said = {**_pair(row), "k": len(of_pair)}
    return forest(
        name, trials, pools, title=text("treat.figure.forest_title", lang, **said),
        description=text("treat.figure.forest_description", lang, **said), labels=labels, is_log=_is_log(row),
    )  # fmt: skip


def _funnel(kind: str, place: int, row: Mapping[str, object], of_pair: pd.DataFrame, lang: Lang) -> str:
    labels = FunnelWords(
        effect=_axis(row, lang),
        standard_error=text("treat.figure.standard_error", lang),
        pooled=text("treat.figure.pooled", lang),
        significance=text("treat.figure.significance", lang),
    )
    said = {**_pair(row), "k": len(of_pair)}
    return funnel(
        f"{kind}-{place}", of_pair["estimate"].tolist(), of_pair["se"].tolist(), float(str(row["estimate"])),
        title=text(f"treat.figure.{kind}_title", lang, **said),
        description=text(f"treat.figure.{kind}_description", lang, **said), labels=labels,
        is_log=_is_log(row), contours=kind == "contour",
    )  # fmt: skip


def _network(studies: pd.DataFrame, lang: Lang) -> str:
    arms = {
        study: tuple(sorted({*rows["treat1"], *rows["treat2"]})) for study, rows in studies.groupby("study")
    }
    held = Counter(treatment for names in arms.values() for treatment in names)
    compared = Counter(pair for names in arms.values() for pair in combinations(names, 2))
    said = {"treatments": len(held), "studies": len(arms)}
    return network_plot(
        "network",
        [NetworkNode(name, float(held[name])) for name in sorted(held)],
        [NetworkEdge(first, second, n) for (first, second), n in sorted(compared.items())],
        multi_arm=sorted({names for names in arms.values() if len(names) > 2}),
        title=text("treat.figure.network_title", lang, **said),
        description=text("treat.figure.network_description", lang, **said),
        legend=tuple(text(f"treat.figure.{part}", lang) for part in LEGEND),  # type: ignore[arg-type]
    )


def _league(tables: Mapping[str, pd.DataFrame], lang: Lang) -> str:
    scores = tables["pscores"].to_dict("records")
    said = {"treatments": len(scores)}
    network, pooled = tables["league"], tables["pooled"]
    direct = _pairs(pooled) | {
        (second, first): (-effect, -high, -low)
        for (first, second), (effect, low, high) in _pairs(pooled).items()
    }
    return league(
        "league",
        [
            (str(row["treatment"]), text("treat.figure.league_score", lang, score=f"{row['pscore']:.2f}"))
            for row in scores
        ],
        _pairs(network),
        direct,
        title=text("treat.figure.league_title", lang, **said),
        description=text("treat.figure.league_description", lang, **said),
        labels=LeagueWords(
            *(text(f"treat.figure.league_{part}", lang) for part in ("network", "direct", "sure", "never"))
        ),
        is_log=bool(pooled["measure"].str.startswith("log ").any()),
    )


def _pairs(table: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Effect and interval of each pair of a table."""
    columns = ["treat1", "treat2", "estimate", "ci_low", "ci_high"]
    return {
        (str(one), str(two)): (float(effect), float(low), float(high))
        for one, two, effect, low, high in table[columns].itertuples(index=False)
    }


LEGEND = ("legend_dots", "legend_lines", "legend_shades")
