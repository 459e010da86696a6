"""Predictors told by ratings: items, sums, factors, totals, change, and the clinical type."""

from __future__ import annotations

import numpy as np
import pandas as pd

from opentrs.measures.scores import item_means, scores_of
from opentrs.predict.fetching import fetched
from opentrs.predict.known import Known, Predictor, setting
from opentrs.predict.landmarks import (
    Landmark,
    shipped_landmarks,
)
from opentrs.predict.predictors_of_people import columns_of
from opentrs.predict.totals import improvement, latest


def wide_table(rows: pd.DataFrame, name: str, value: str) -> pd.DataFrame:
    """One row per person, one column per value of ``name``."""
    return rows.pivot_table(index="person_id", columns=name, values=value, aggfunc="mean").reset_index()


def of_items(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Single items, and sums of items all of which were rated, at the latest visit that rated their scale."""
    parts = {row.name: [tuple(one.split(":")) for one in _members(row.argument)] for row in rows}
    asked = sorted({pair for pairs in parts.values() for pair in pairs})
    frame = known.days[["person_id"]].copy()
    for scale in sorted({scale for scale, _ in asked}):
        names = [item for of_scale, item in asked if of_scale == scale]
        means = item_means(known.items.filter(known.items.scale == scale))
        found = latest(means, known.days, setting("rating_age"))
        wide = wide_table(found[found["item"].isin(names)], "item", "value")
        renamed = wide.rename(columns={item: f"{scale}:{item}" for item in names})
        frame = frame.merge(renamed, on="person_id", how="left")
    columns = {}
    for name, pairs in parts.items():
        known_items = frame.reindex(columns=[f"{scale}:{item}" for scale, item in pairs])
        columns[name] = known_items.sum(axis=1, skipna=False)
    return columns_of(known, columns)


def _members(argument: str) -> list[str]:
    scale, _, items = argument.partition(":")
    return [f"{scale}:{item}" for item in items.split("+")]


def of_factors(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Scores of published factors at the latest visit that rated them."""
    models = sorted({row.argument.split(":")[0] for row in rows})
    scores = scores_of(known.items, models)
    frame = known.days[["person_id"]].copy()
    for row in rows:
        model, factor = row.argument.split(":")
        one = scores.filter((scores.model == model) & (scores.factor == factor)).select(
            "person_id", "day", value="score"
        )
        found = latest(one, known.days, setting("rating_age")).rename(columns={"value": row.name})
        frame = frame.merge(found[["person_id", row.name]], on="person_id", how="left")
    return frame


def of_totals(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Totals of scales at the latest visit, as far as it is recent."""
    landmark = known.days.set_index("person_id")["day"]
    age = known.totals["person_id"].map(landmark) - known.totals["day"]
    recent = known.totals[age <= setting("rating_age")]
    newest = recent.sort_values("day", kind="stable").groupby(["person_id", "scale"]).tail(1)
    wide = newest.pivot(index="person_id", columns="scale", values="total").reindex(known.days["person_id"])
    unknown = pd.Series(np.nan, index=wide.index)
    return columns_of(known, {row.name: wide.get(row.argument, unknown) for row in rows})


def of_improvement(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Fall from the baseline visit to that of a week, or to the latest one."""
    windows = shipped_landmarks()
    columns = {}
    for row in rows:
        if row.argument == "latest":
            back = int(setting("rating_age"))
            after, counted = Landmark("latest", "treatment", 0, -back, 0), known.days
        else:
            after, counted = windows[row.argument], known.starts
        fell = improvement(known.starts, known.totals, windows["baseline"], after, counted)
        columns[row.name] = known.days["person_id"].map(fell.set_index("person_id")["percent"])
    return columns_of(known, columns)


def of_types(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """The clinical type at the latest visit so far, by the shipped rule; mixed and none are another type."""
    from opentrs.subtype.definition import UNKNOWN, shipped_types
    from opentrs.subtype.labels import label

    persons = fetched(label(known.cohort, shipped_types()).persons.select("person_id", "type"))
    types = known.days["person_id"].map(persons.set_index("person_id")["type"])
    is_known = types.notna() & (types != UNKNOWN)
    return columns_of(
        known, {row.name: (types == row.argument).astype(float).where(is_known) for row in rows}
    )
