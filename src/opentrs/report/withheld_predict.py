"""What may leave a site about prediction: estimates of enough people, and counts nobody can subtract.

Left out whole: risks of single people; net benefit, which is made of counts of people; steps of the isotonic
curve, each the share of a few people; cumulative incidence, of which each step is one person. Sentences may
hold counts, so reasons are left out too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from opentrs.predict.sheet import group_of

SMALLEST_SHOWN = 10
# Counts that stand for people in each table, and texts that may hold some.
COUNTS: Mapping[str, tuple[str, ...]] = {
    "landmarks": ("n", "events", "excluded", "unknown"),
    "performance": ("n", "events"),
    "sample_size": ("n", "events"),
    "added_value": ("n",),
    "coefficients": (),
    "update": (),
    "alarm": (),
    "flags": (),
}
TEXTS = ("why", "why_not", "valid", "note", "reason")
EVERYBODY = ("all", "")
# Exact shares of counts: with them a count that is hidden could be worked out again.
SHARES = ("share", "low", "high", "share_if_no_unknown_had_it", "share_if_every_unknown_had_it")
# Metrics that are counts, or shares of the people with or without the outcome.
OF_COUNTS = (
    "n",
    "events",
    "competing_events",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "lr_positive",
    "lr_negative",
)
# A group, and the numbers of people that were published of it.
Published = tuple[str, Mapping[str, int]]
ANALYSIS = ("model", "landmark", "outcome", "kind", "metric")


def tables(found: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables that may be published, rows and counts withheld as the rule asks."""
    published: list[Published] = []
    kept = {name: _withheld(found[name], COUNTS[name], published) for name in COUNTS if name in found}
    if "calibration" in found and "performance" in kept:
        kept["calibration"] = _smooth_only(found["calibration"], kept["performance"])
    return kept


def is_small(count: float) -> bool:
    """Whether a count of people is one that must not leave the site."""
    return 0 < abs(count) < SMALLEST_SHOWN


def _withheld(table: pd.DataFrame, counts: tuple[str, ...], published: list[Published]) -> pd.DataFrame:
    rows = [{str(key): cell for key, cell in row.items()} for row in table.to_dict("records")]
    for row in rows:
        row["withheld"] = "no"
        for name in set(TEXTS) & set(row):
            row[name] = ""
        if row.get("metric") in OF_COUNTS:
            row["withheld"] = "whole"
    rows = [row for row in rows if row["withheld"] == "no"]
    # Everybody before groups, so that a group never takes the place of the whole.
    for row in sorted(rows, key=lambda each: str(each.get("group", "")) not in EVERYBODY):
        _withhold(row, counts, published)
    _guard_groups(rows)
    columns = [*table.columns, "withheld"]
    return pd.DataFrame([row for row in rows if row["withheld"] != "whole"], columns=columns, dtype=object)


def _withhold(row: dict[str, Any], counts: tuple[str, ...], published: list[Published]) -> None:
    """Drop a row that rests on few people; hide counts that subtracting published ones would make small."""
    known = {name: int(row[name]) for name in counts if name in row and not pd.isna(row[name])}
    people = _people(known)
    group = str(row.get("group", ""))
    if any(map(is_small, people.values())):
        row["withheld"] = "whole"
    elif people and _differs_by_few(group, people, published):
        shares = SHARES if "excluded" in row else ()
        row.update(dict.fromkeys((*known, *(name for name in shares if name in row))), withheld="counts")
    elif people:
        published.append((group, people))


def _guard_groups(rows: list[dict[str, Any]]) -> None:
    """Hide the counts of all groups of a kind where one is hidden: the rest subtracted would give it.

    So too where the groups together differ from everybody by a few.
    """
    kinds: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        kinds.setdefault((*(str(row.get(key)) for key in ANALYSIS), _kind(row)), []).append(row)
    for key, of_kind in kinds.items():
        if key[-1] == EVERYBODY[0]:
            continue
        whole = next((row for row in kinds.get((*key[:-1], EVERYBODY[0]), [])), None)
        if any(row["withheld"] != "no" for row in of_kind) or _sums_differ_by_few(of_kind, whole):
            for row in of_kind:
                _hide_counts(row)


def _kind(row: Mapping[str, Any]) -> str:
    return group_of(row)[0] or EVERYBODY[0]


def _sums_differ_by_few(rows: list[dict[str, Any]], whole: Mapping[str, Any] | None) -> bool:
    if whole is None or any(pd.isna(whole.get(name)) for name in ("n", "events")):
        return False
    rest = [int(whole[name]) - sum(int(row[name]) for row in rows) for name in ("n", "events")]
    return any(map(is_small, (*rest, rest[0] - rest[1])))


def _hide_counts(row: dict[str, Any]) -> None:
    if row["withheld"] == "no":
        row.update(n=None, events=None, withheld="counts")


def _people(known: Mapping[str, int]) -> dict[str, int]:
    """n, events, those left out, and the others without the outcome: every number of people a row tells."""
    others = {"others": known["n"] - known["events"]} if {"n", "events"} <= set(known) else {}
    return {**known, **others}


def _differs_by_few(group: str, people: Mapping[str, int], published: list[Published]) -> bool:
    """Whether a difference from the same count of the same group, or of everybody, is small."""
    return any(
        is_small(count - other[name])
        for at, other in published
        if at == group or at in EVERYBODY
        for name, count in people.items()
        if name in other
    )


def _smooth_only(table: pd.DataFrame, performance: pd.DataFrame) -> pd.DataFrame:
    """Smoothed curves of the analyses whose performance is published."""
    keys = ["model", "landmark", "outcome", "kind", "group"]
    shown = performance.reindex(columns=keys).fillna("").astype(str).drop_duplicates()
    smooth = table[table["smoother"] == "loess"]
    mine = smooth.reindex(columns=keys).fillna("").astype(str)
    inside = mine.merge(shown, how="left", on=keys, indicator=True)["_merge"].eq("both").to_numpy()
    return smooth[inside].reset_index(drop=True)
