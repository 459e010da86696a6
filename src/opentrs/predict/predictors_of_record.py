"""Predictors told by the rest of the record: function, adherence, events, stays, drugs, scores and scans."""

from __future__ import annotations

import numpy as np
import pandas as pd

from opentrs.cohort.days import day_number
from opentrs.measures.dose import with_drug
from opentrs.measures.function import NOT_ASSESSED
from opentrs.predict.fetching import fetched
from opentrs.predict.known import Known, Predictor, setting
from opentrs.predict.predictors_of_people import columns_of
from opentrs.predict.predictors_of_ratings import wide_table
from opentrs.predict.totals import latest


def of_function(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """The latest score of a function scale, as far as it is recent."""
    table = known.cohort.table("function")
    named = table.mutate(
        scale=table.scale.strip().upper(), day=day_number(table.date), value=table.value.nullif(NOT_ASSESSED)
    )
    frame = known.days[["person_id"]].copy()
    for row in rows:
        one = named.filter(
            (named.scale == row.argument) & named.value.notnull() & named.day.notnull()
        ).select("person_id", "day", "value")
        found = latest(one, known.days, setting("rating_age"))
        mean = found.groupby("person_id")["value"].mean().rename(row.name).reset_index()
        frame = frame.merge(mean, on="person_id", how="left")
    return frame


def of_adherence(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Mean of the observed percentages so far."""
    table = known.cohort.table("adherence")
    mean = fetched(table.group_by("person_id").agg(value=table.percent.mean()))
    by_person = mean.set_index("person_id")["value"]
    return columns_of(known, {row.name: known.days["person_id"].map(by_person) for row in rows})


def of_events(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Events on record so far. None on record is none only where the cohort records that kind at all."""
    table = known.cohort.table("events")
    kinds = fetched(table.group_by("person_id", kind=table.kind.strip().lower()).agg(n=table.count()))
    covered = known.people["observation_start"].notna().to_numpy()
    columns = {}
    for row in rows:
        of_kind = kinds[kinds["kind"].isin(row.argument.split(";"))]
        counted = known.days["person_id"].map(of_kind.groupby("person_id")["n"].sum()).astype("float64")
        if len(of_kind):
            counted = counted.where(counted.notna() | ~covered, 0.0)
        flagged = counted.clip(upper=1.0) if row.kind == "flag" else counted
        columns[row.name] = flagged
    return columns_of(known, columns)


def of_stays(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Days and number of admissions shortly before the landmark; a stay not ended lasts to the landmark."""
    table = known.cohort.table("hospital_stays")
    dates = {"start": table.admission_date, "end": table.discharge_date}
    stays = fetched(table.select("person_id", **{name: day_number(one) for name, one in dates.items()}))
    stays = stays.merge(known.days, on="person_id").rename(columns={"day": "landmark"})
    back = setting("hospital_lookback")
    opens = stays["landmark"] - back
    begins = stays["start"].clip(lower=opens)
    days = (stays["end"].astype("float64").fillna(stays["landmark"]) - begins).clip(lower=0)
    stays = stays.assign(days=days, admissions=(stays["start"] > opens).astype(float))
    covered = (known.people["observation_start"] <= known.days["day"].to_numpy() - back).to_numpy()
    of_person = stays.groupby("person_id")[["days", "admissions"]].sum()
    columns = {}
    for row in rows:
        found = known.days["person_id"].map(of_person[row.argument]).astype("float64")
        columns[row.name] = found.where(found.notna() | (not len(stays)) | ~covered, 0.0)
    return columns_of(known, columns)


def of_drugs(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Different antipsychotics on record so far, and whether one was a long-acting injection."""
    parts = []
    for name in ("drug_exposures", "treatment_courses"):
        table = with_drug(known.cohort.table(name)).filter(lambda t: t.is_antipsychotic)
        depot = ((table.route == "lai") | (table.name_route == "lai")).fill_null(False)
        parts.append(fetched(table.select("person_id", "ingredient", is_depot=depot).distinct()))
    taken = pd.concat(parts, ignore_index=True)
    by_person = taken.groupby("person_id").agg(
        antipsychotics=("ingredient", "nunique"), depot=("is_depot", "max")
    )
    return columns_of(
        known,
        {row.name: known.days["person_id"].map(by_person[row.argument].astype(float)) for row in rows},
    )


def of_courses(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Courses that ended for a reason, so far."""
    table = known.cohort.table("treatment_courses")
    counts = fetched(table.group_by("person_id", "stop_reason").agg(n=table.count()))
    seen = known.days["person_id"].isin(counts["person_id"])
    columns = {}
    for row in rows:
        of_reason = counts[counts["stop_reason"] == row.argument].set_index("person_id")["n"]
        found = known.days["person_id"].map(of_reason).astype("float64")
        columns[row.name] = found.where(found.notna() | ~seen, 0.0)
    return columns_of(known, columns)


def of_polygenic(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Scores by their names in the cohort's own table."""
    wanted = {row.argument: row.name for row in rows}
    table = known.cohort.table("polygenic_scores")
    chosen = fetched(table.filter(table.score.isin(list(wanted))).select("person_id", "score", "value"))
    wide = wide_table(chosen, "score", "value").rename(columns=wanted).set_index("person_id")
    frame = wide.reindex(known.days["person_id"]).reindex(columns=list(wanted.values()))
    return frame.rename_axis("person_id").reset_index()


def of_scans(known: Known, rows: tuple[Predictor, ...]) -> pd.DataFrame:
    """Regions of each person's latest scan so far."""
    frame = known.days[["person_id"]].copy()
    for table_name in sorted({row.argument.partition(":")[0] for row in rows}):
        regions = {
            row.argument.partition(":")[2]: row.name
            for row in rows
            if row.argument.startswith(f"{table_name}:")
        }
        table = known.cohort.modalities[table_name]
        dated = table.mutate(day=day_number(table.date)).select("person_id", "day", *regions)
        found = latest(dated, known.days, np.inf).drop(columns="day")
        one = found.groupby("person_id", as_index=False).mean().rename(columns=regions)
        frame = frame.merge(one, on="person_id", how="left")
    return frame
