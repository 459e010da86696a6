"""Rated items -> factor and subscale scores, with bounds for what was not rated.

A score of several items is computed where at least two thirds of them are rated: the mean of the rated
ones, times the number of items where the published score is a sum. With fewer it is unknown. The bounds
need no such rule: a missing item may hold any value of its range.
"""

from __future__ import annotations

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs import reference
from opentrs.cohort.days import iso_date, settle
from opentrs.cohort.model import Cohort
from opentrs.errors import UsageError
from opentrs.measures.symptoms import NOW_DAY, rated_items
from opentrs.messages import text
from opentrs.reference.load import CHECKED

SCORED_KINDS = ("item", "global", "extra")
GROUP = ["person_id", "day", "scale", "model", "factor"]


def item_means(items: ir.Table) -> ir.Table:
    """One row per person, day, scale and item: the mean of its raters, and the interval they span.

    Parameters
    ----------
    items : from :func:`opentrs.measures.symptoms.rated_items`

    Returns
    -------
    person_id, day, scale, item, value (NULL where nobody rated it), value_low, value_high (points), n_raters
    """
    rows = items.filter(items.day.notnull() & items.kind.isin(SCORED_KINDS))
    return settle(
        rows.group_by("person_id", "day", "scale", "item").agg(
            value=rows.value.mean(),
            value_low=rows.value.min(),
            value_high=rows.value.max(),
            n_raters=rows.value.count(),
        )
    )


def factor_scores(cohort: Cohort, models: Iterable[str] | None = None) -> pd.DataFrame:
    """Score the factors of published models at every visit of a cohort.

    Parameters
    ----------
    cohort : a cohort with a table ``ratings``
    models : ids of :func:`opentrs.reference.scale_models`; by default those marked as used

    Returns
    -------
    person_id, date (ISO 8601; empty where unknown), scale, model, factor, statistic (sum, mean), n_items,
    n_rated, score (NaN below two thirds of the items), score_low, score_high (bounds whatever the missing
    items hold), pomp (percent of the maximum possible), source, checked (``unverified`` if any item is)

    Raises
    ------
    UsageError : there is no such model, or the cohort has no ratings
    """
    if "ratings" not in cohort.holds:
        raise UsageError(text("reference.no_ratings"))
    frame: pd.DataFrame = scores_of(rated_items(cohort.table("ratings")), models).execute()
    days = frame.pop("day")
    frame.insert(1, "date", ["" if day == NOW_DAY else iso_date(day) for day in days])
    frame = frame.merge(_provenance(), on=["model", "factor", "scale"])
    return frame.sort_values(["person_id", "date", "scale", "model", "factor"], ignore_index=True)


def _provenance() -> pd.DataFrame:
    """Source of each factor, and the weakest word on whether its items were checked there."""
    rows = reference.factor_models()
    rows["rank"] = rows["checked"].map({word: place for place, word in enumerate(CHECKED)})
    grouped = rows.groupby(["model", "factor", "scale"], as_index=False)
    found = grouped.agg(source=("source", "first"), rank=("rank", "max"))
    found["checked"] = [CHECKED[int(rank)] for rank in found.pop("rank")]
    return found


def scores_of(items: ir.Table, models: Iterable[str] | None = None) -> ir.Table:
    """Scores of the factors of published models at every visit at which their scale was rated.

    Parameters
    ----------
    items : from :func:`opentrs.measures.symptoms.rated_items`
    models : ids of :func:`opentrs.reference.scale_models`; by default those marked as used

    Returns
    -------
    person_id, day, scale, model, factor, statistic (sum, mean), n_items, n_rated, score (as the model counts
    it; NULL below two thirds of the items), score_low, score_high (bounds, whatever is missing), pomp (score
    as percent of the maximum possible, 0 to 100)

    Raises
    ------
    UsageError : there is no such model
    """
    wanted = _members(models)
    means = item_means(items)
    visits = means.select("person_id", "day", "scale").distinct()
    listed = visits.inner_join(wanted, "scale")
    on = ["person_id", "day", "scale", "item"]
    joined = listed.left_join(means, on)
    rows = joined.select(*listed.columns, "value", "value_low", "value_high")
    rows = rows.mutate(rated_weight=ibis.ifelse(rows.value.notnull(), rows.weight, 0.0))
    sums = settle(
        rows.group_by(*GROUP, "statistic").agg(
            n_items=rows.count(),
            n_rated=rows.value.count(),
            weight=rows.weight.sum(),
            rated_weight=rows.rated_weight.sum(),
            rated_sum=(rows.weight * rows.value).sum(),
            low_sum=(rows.weight * ibis.coalesce(rows.value_low, rows.low)).sum(),
            high_sum=(rows.weight * ibis.coalesce(rows.value_high, rows.high)).sum(),
            floor=(rows.weight * rows.low).sum(),
            ceiling=(rows.weight * rows.high).sum(),
        )
    )
    return settle(_finished(sums))


def _finished(sums: ir.Table) -> ir.Table:
    needed, of = reference.items_needed()
    enough = sums.n_rated * of >= sums.n_items * needed
    mean = sums.rated_sum / sums.rated_weight.nullif(0)
    as_counted = ibis.ifelse(sums.statistic == "sum", sums.weight, 1.0) / sums.weight
    return sums.select(
        *GROUP,
        "statistic",
        "n_items",
        "n_rated",
        score=ibis.ifelse(enough, mean * sums.weight * as_counted, ibis.null("float64")),
        score_low=sums.low_sum * as_counted,
        score_high=sums.high_sum * as_counted,
        pomp=ibis.ifelse(
            enough, pomp(mean * sums.weight, sums.floor, sums.ceiling), ibis.null("float64")
        ),
    )  # fmt: skip


def pomp(value: ir.NumericValue, low: ir.NumericValue, high: ir.NumericValue) -> ir.NumericValue:
    """Percent of the maximum possible: 0 at the lowest possible score, 100 at the highest.

    Parameters
    ----------
    value, low, high : the score and the ends of its range, points
    """
    return 100 * (value - low) / (high - low)


def _members(models: Iterable[str] | None) -> ir.Table:
    """The items of the chosen models with their weight and range."""
    known = reference.scale_models()
    chosen = list(known[known["used"].astype(bool)]["model"]) if models is None else list(models)
    for model in chosen:
        if model not in set(known["model"]):
            listed = ", ".join(known["model"])
            raise UsageError(text("reference.unknown_model", model=model, models=listed))
    factors = reference.factor_models()
    rows = factors[factors["model"].isin(chosen)].merge(known[["model", "statistic"]], on="model")
    ranges = reference.scale_items()[["scale", "item", "low", "high"]]
    frame = rows.merge(ranges, on=["scale", "item"])
    schema = {
        "model": "string", "factor": "string", "scale": "string", "item": "string", "statistic": "string",
        "weight": "float64", "low": "float64", "high": "float64",
    }  # fmt: skip
    numbers = {"weight": float, "low": float, "high": float}
    columns: pd.DataFrame = frame[list(schema)].astype(numbers)
    return ibis.memtable(columns, schema=schema)
