"""A linking table of two scales, made anew from visits at which both were rated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from opentrs.errors import StageFailedError, UsageError
from opentrs.measures.converted import CGI, CGI_S, DERIVED, TOTAL, derived_bprs, visit_items, visit_scores
from opentrs.measures.linking import anchors
from opentrs.messages import Lang, text
from opentrs.reference.load import facts
from opentrs.stats.equipercentile import Linking, LinkingError, ScoreRange, equipercentile

# Fewer people at or beyond a score than this, and the score is not shown where people may not be.
FEWEST_SHOWN = 10
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LinkTable:
    """A re-estimated link, in both directions.

    Parameters
    ----------
    tables : ``linking`` (score by score), ``pairs`` (what it rests on) and ``anchors`` (published beside
        linked values; empty where nothing is published for the two scales)
    first, second : names of the scales
    """

    tables: Mapping[str, pd.DataFrame]
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """Visits with both scores, and those that have one of them only."""

    frame: pd.DataFrame
    only_first: int
    only_second: int


def ranges() -> Mapping[str, ScoreRange]:
    """Scales whose scores can be linked, with the whole scores they can give; ``CGI-S`` is one of them."""
    found: dict[str, ScoreRange] = {}
    for row in facts("scale_items"):
        low, high = int(row["low"]), int(row["high"])
        if row["kind"] == "item":
            so_far = found.get(row["scale"], ScoreRange(0, 0))
            found[row["scale"]] = ScoreRange(so_far.low + low, so_far.high + high)
        elif row["item"] == CGI_S:
            found[CGI_S] = ScoreRange(low, high)
    return found


def paired_scores(ratings: ir.Table, first: str, second: str, derive: bool = False) -> Pairs:
    """Scores of two scales from the same person and day, rounded to whole points.

    Parameters
    ----------
    ratings : the cohort's ratings
    first, second : keys of :func:`ranges`
    derive : take the BPRS-18 from the PANSS items, whatever was rated as BPRS

    Returns
    -------
    ``frame``: person_id, day, first, second, is_prorated, in a fixed order
    """
    items = visit_items(ratings)
    if derive:
        items = items.filter(items.scale != DERIVED).union(derived_bprs(items).select(*items.columns))
    scores = visit_scores(items)
    one, other = (scores.filter((scores.scale == scale) & (scores.score == score)).execute()
                  for scale, score in (_score(first), _score(second)))  # fmt: skip
    keys = ["person_id", "day"]
    both = one.merge(other, on=keys, how="outer", suffixes=("_one", "_other"), indicator="found")
    paired = both[both["found"] == "both"].sort_values(keys)
    prorated = paired["is_prorated_one"].astype(bool) | paired["is_prorated_other"].astype(bool)
    frame = pd.DataFrame({
        "person_id": paired["person_id"], "day": paired["day"],
        "first": np.round(paired["value_one"]), "second": np.round(paired["value_other"]),
        "is_prorated": prorated,
    }).reset_index(drop=True)  # fmt: skip
    return Pairs(frame, int((both["found"] == "left_only").sum()), int((both["found"] == "right_only").sum()))


def link_scales(
    ratings: ir.Table,
    first: str,
    second: str,
    *,
    derive: bool = False,
    seed: int = 1,
    lang: Lang = "en",
    aggregate_only: bool = False,
) -> LinkTable:
    """Make a linking table of two scales from a cohort's own pairs of ratings.

    Parameters
    ----------
    ratings : the cohort's ratings
    first, second : scales by name, such as ``BPRS-18`` and ``PANSS``; totals are linked, of the CGI its
        severity (``CGI-S``)
    derive : take the BPRS-18 from the PANSS items, for those who have items of the PANSS only
    seed : of the bootstrap
    aggregate_only : leave out scores at or beyond which fewer than ten pairs lie

    Raises
    ------
    UsageError : a scale that cannot be linked, or ``derive`` without BPRS-18 and PANSS
    StageFailedError : the pairs do not allow a link; the text says why
    """
    known = ranges()
    for name in (first, second):
        if name not in known:
            raise UsageError(text("linking.no_such_scale", lang, name=name, known=", ".join(known)))
    if first == second:
        raise UsageError(text("linking.same_scale", lang))
    if derive and {first, second} != {DERIVED, "PANSS"}:
        raise UsageError(text("linking.derive_what", lang))
    pairs = paired_scores(ratings, first, second, derive)
    frame = pairs.frame
    try:
        forth, back = equipercentile(
            frame["first"].to_numpy(float), frame["second"].to_numpy(float), known[first], known[second],
            people=frame["person_id"].tolist(), seed=seed,
        )  # fmt: skip
    except LinkingError as error:
        raise StageFailedError(text(f"linking.fails_{error.reason}", lang, **error.params)) from None
    fewest = FEWEST_SHOWN if aggregate_only else 1
    rows = [*_rows(forth, first, second, derive, fewest), *_rows(back, second, first, derive, fewest)]
    linking = pd.DataFrame(rows)
    counts = {
        "n_pairs": len(frame), "n_people": frame["person_id"].nunique(),
        "n_prorated": int(frame["is_prorated"].sum()), "only_first": pairs.only_first,
        "only_second": pairs.only_second,
    }  # fmt: skip
    summary = pd.DataFrame([
        {"from_scale": origin, "to_scale": goal, **counts, "prediction_error": link.prediction_error,
         "correlation": float(frame["first"].corr(frame["second"])), "degree_from": link.degrees[0],
         "degree_to": link.degrees[1], "replicates": link.replicates, "failed": link.failed, "seed": seed}
        for origin, goal, link in ((first, second, forth), (second, first, back))
    ])  # fmt: skip
    return LinkTable(
        {"linking": linking, "pairs": summary, "anchors": _beside_published(linking)}, first, second
    )


def _score(name: str) -> Name:
    return (CGI, CGI_S) if name == CGI_S else (name, TOTAL)


def _rows(link: Linking, origin: str, goal: str, derive: bool, fewest: int) -> list[dict[str, object]]:
    method = (
        f"equipercentile, log-linear degrees {link.degrees[0]} and {link.degrees[1]}, "
        f"{link.replicates} bootstrap samples of people" + (", BPRS-18 from PANSS items" if derive else "")
    )
    beyond = np.minimum(np.cumsum(link.counts), np.cumsum(link.counts[::-1])[::-1])
    return [
        {"from_scale": origin, "to_scale": goal, "score": int(score), "linked": linked, "se": se,
         "ci_low": low, "ci_high": high, "prediction_error": link.prediction_error, "n": link.n_pairs,
         "method": method}
        for score, linked, se, low, high, at_end in zip(
            link.scores, link.linked, link.se, link.low, link.high, beyond, strict=True
        )
        if at_end >= fewest
    ]  # fmt: skip


def _beside_published(linking: pd.DataFrame) -> pd.DataFrame:
    """Published anchors of the two scales with what the new table says at the same scores."""
    columns = [
        "from_scale", "to_scale", "score", "linked", "ci_low", "ci_high", "published", "difference",
        "in_interval", "source", "checked",
    ]  # fmt: skip
    found = {(row["from_scale"], row["to_scale"], row["score"]): row for row in linking.to_dict("records")}
    rows = []
    for link in (each for published in anchors() for each in (published, published.turned())):
        origin = link.from_scale if link.from_score == TOTAL else link.from_score
        goal = link.to_scale if link.to_score == TOTAL else link.to_score
        for x, y in link.points:
            row = found.get((origin, goal, int(x)))
            if row is not None:
                within = "yes" if row["ci_low"] <= y <= row["ci_high"] else "no"
                rows.append({
                    **{name: row[name] for name in columns[:6]}, "published": y,
                    "difference": row["linked"] - y, "source": link.source, "checked": link.checked,
                    "in_interval": "unknown" if pd.isna(row["linked"]) else within,
                })  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
