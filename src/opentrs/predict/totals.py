"""Scale totals visit by visit, and how far they fell: the early response and the outcomes made of change."""

from __future__ import annotations

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from opentrs import reference
from opentrs.cohort.model import Cohort
from opentrs.measures.scores import item_means
from opentrs.measures.symptoms import NOW_DAY, rated_items
from opentrs.predict.fetching import fetched
from opentrs.predict.landmarks import Landmark, nearest_visits

# Change is measured on one of these, the first that both visits have; scales are never mixed.
CHANGE_SCALES = ("PANSS", "BPRS-18", "BPRS-24")


def dated_items(cohort: Cohort) -> ir.Table:
    """Recognised ratings with a day; ratings of people without dates belong to no landmark."""
    items = rated_items(cohort.table("ratings"))
    return items.filter(items.day.notnull() & (items.day < NOW_DAY))


def visit_totals(items: ir.Table) -> pd.DataFrame:
    """Total of every scale at every visit.

    All items rated: their sum. At least two thirds: the mean of the rated ones times their number. Else a
    total the rater gave, if there is one.

    Parameters
    ----------
    items : from :func:`dated_items`

    Returns
    -------
    person_id, day, scale, total, floor (lowest possible total), points; visits without a total are not listed
    """
    ranges = reference.scale_items()
    ranges = (
        ranges[ranges["kind"] == "item"].groupby("scale").agg(size=("item", "size"), floor=("low", "sum"))
    )
    single = items.filter(items.kind == "item")
    means = item_means(single)
    rated = means.group_by("person_id", "day", "scale").agg(n=means.value.count(), mean=means.value.mean())
    given = items.filter((items.item == "total") & items.value.notnull())
    told = given.group_by("person_id", "day", "scale").agg(given=given.value.mean())
    keys = ["person_id", "day", "scale"]
    frame = fetched(rated).merge(fetched(told), on=keys, how="outer").merge(ranges, on="scale")
    needed, of = reference.items_needed()
    enough = frame["n"] * of >= frame["size"] * needed
    total = (frame["mean"] * frame["size"]).where(enough).fillna(frame["given"].astype("float64"))
    found = frame.assign(total=total).dropna(subset="total")
    ordered: pd.DataFrame = found[[*keys, "total", "floor"]].sort_values(keys, ignore_index=True)
    return ordered


def improvement(
    starts: pd.DataFrame, totals: pd.DataFrame, before: Landmark, after: Landmark, after_starts: pd.DataFrame
) -> pd.DataFrame:
    """How far symptoms fell between two visits, the floor of the scale removed.

    Parameters
    ----------
    starts : person_id, day: from which ``before`` counts
    totals : from :func:`visit_totals`
    before, after : which visits are compared
    after_starts : person_id, day: from which ``after`` counts

    Returns
    -------
    person_id, scale, day_before, day_after, total_before, total_after (points), and percent, which is
    100 (before - after) / (before - floor). A person appears once, with the first of the scales that both
    visits have and that could fall
    """
    parts = []
    for scale in CHANGE_SCALES:
        of_scale = totals[totals["scale"] == scale]
        first = nearest_visits(starts.dropna(subset="day"), of_scale, before)
        last = nearest_visits(after_starts.dropna(subset="day"), of_scale, after)
        pairs = first.merge(last, on="person_id", suffixes=("_before", "_after"))
        parts.append(pairs[(pairs["day_after"] > pairs["day_before"])].assign(scale=scale))
    return _fallen(pd.concat(parts, ignore_index=True))


def _fallen(pairs: pd.DataFrame) -> pd.DataFrame:
    room = pairs["total_before"] - pairs["floor_before"]
    pairs = pairs[room > 0].drop_duplicates("person_id")
    fall = pairs["total_before"] - pairs["total_after"]
    percent = 100 * fall / (pairs["total_before"] - pairs["floor_before"])
    columns = ["person_id", "scale", "day_before", "day_after", "total_before", "total_after", "percent"]
    return pairs.assign(percent=percent)[columns].reset_index(drop=True)


def latest(rows: ir.Table, landmarks: pd.DataFrame, age_days: float) -> pd.DataFrame:
    """Each person's latest rows before the landmark, unless they are older than ``age_days``.

    Parameters
    ----------
    rows : person_id, day, and values, already cut off at the landmark
    landmarks : person_id, day: the landmark
    """
    newest = rows.group_by("person_id").agg(newest=rows.day.max())
    chosen = rows.inner_join(newest, [rows.person_id == newest.person_id, rows.day == newest.newest])
    frame = fetched(chosen.select(*rows.columns))
    day = frame["person_id"].map(landmarks.set_index("person_id")["day"]).astype("float64")
    recent = np.asarray(day - frame["day"] <= age_days, dtype=bool)
    return frame[recent].reset_index(drop=True)
