"""When each person of the cohort began a treatment whose effect may differ by type: procedures and drugs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from opentrs.cohort.days import day_number
from opentrs.cohort.model import Cohort

CLOZAPINE, AUGMENTED = "clozapine", "clozapine_augmentation"
STARTS = ["person_id", "kind", "day"]
SPANS = ["person_id", "drug", "is_clozapine", "first", "last"]


def procedure_starts(cohort: Cohort) -> pd.DataFrame:
    """First course of each kind of procedure of each person: person_id, kind, day."""
    table = cohort.table("procedures")
    frame = table.select("person_id", "kind", day=day_number(table.start_date)).execute()
    return _first(frame)


def drug_starts(spans: pd.DataFrame) -> pd.DataFrame:
    """First clozapine of each person, and the first other antipsychotic begun while clozapine went on."""
    taken = spans["is_clozapine"] == "yes"
    clozapine = spans[taken].assign(kind=CLOZAPINE, day=spans["first"])
    on_it = spans.loc[taken, ["person_id", "first", "last"]]
    added = spans[~taken].merge(on_it, on="person_id", suffixes=("", "_c"))
    # Begun on the day of clozapine itself it is no addition; what a switch lets overlap began before.
    during = (added["first"] > added["first_c"]) & (added["first"] <= added["last_c"])
    return _first(pd.concat([clozapine, added[during].assign(kind=AUGMENTED, day=added["first"])]))


def drug_spans(courses: pd.DataFrame | None) -> pd.DataFrame:
    """Courses of drugs with a first day: person_id, drug, is_clozapine, first, last (endless if open).

    Parameters
    ----------
    courses : ``courses`` of the stage that ascertains resistance; None where it did not run
    """
    if courses is None or not {*SPANS[:3], "start_date", "end_date"} <= set(courses.columns):
        return pd.DataFrame(columns=SPANS)
    first, last = (_days(courses[name]) for name in ("start_date", "end_date"))
    spans = courses.assign(first=first, last=last.fillna(np.inf))
    return spans.loc[spans["first"].notna(), SPANS].reset_index(drop=True)


def _days(dates: pd.Series[str]) -> pd.Series[float]:
    """Whole day numbers of ISO dates, as ``cohort.days`` counts them; not a number where there is none."""
    times = pd.to_datetime(dates.where(dates != ""), format="%Y-%m-%d", errors="coerce")
    return (times - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)


def _first(frame: pd.DataFrame) -> pd.DataFrame:
    ordered = frame.dropna(subset=["kind", "day"]).sort_values(["person_id", "kind", "day"])
    return ordered.drop_duplicates(["person_id", "kind"])[STARTS].reset_index(drop=True)
