"""Who a scan belongs to: group by verdict, covariates, dose and symptoms at the day of the scan."""

from __future__ import annotations

import numpy as np
import pandas as pd

from opentrs.cohort.days import DAYS_PER_YEAR
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Results, StageResult
from opentrs.measures.regions import RegionTable

MAIN_DEFINITION = "trrip"
CONTROLS = ("control", "controls", "healthy control", "healthy", "hc")
GROUP_OF_VERDICT = {"resistant": "resistant", "not_resistant": "responsive", "unknown": "unknown"}
PATIENTS = ("resistant", "responsive", "unknown")
GROUPS = (*PATIENTS, "control", "other")
SYMPTOMS = ("hallucination", "delusion", "negative")
# A rating or dose further from the scan than this is not taken as of the scan; a convention of ours.
NEAR_DAYS = 90
# Volumes and areas grow with the head; thickness does not.
WITH_ICV = ("volume", "area")


def covariates_of(measure: str) -> tuple[str, ...]:
    """Age and sex; intracranial volume for what grows with the head."""
    return ("age", "is_male", *(["icv"] if measure in WITH_ICV else []))


def first_of_each(scans: RegionTable) -> np.ndarray:
    """Row numbers of each person's first scan; scans are in order of person and time."""
    return np.unique(scans.person_id, return_index=True)[1]


def described_people(cohort: Cohort, results: Results) -> pd.DataFrame:
    """Everybody, with group and what does not change between scans.

    Returns
    -------
    index person_id; group (resistant, responsive, unknown, control, other), clozapine (resistant, responsive
    or empty), is_male, family, onset_age, onset (date). A control with a verdict is ``other``: the record
    contradicts itself.
    """
    wanted = ["person_id", "sex", "group", "family_id", "birth_date", "illness_onset_date", "onset_age_years"]
    people = cohort.people.select(*wanted).to_pyarrow().to_pandas().set_index("person_id").sort_index()
    verdicts = _verdicts(results).reindex(people.index)
    is_control = people["group"].fillna("").str.strip().str.lower().isin(CONTROLS)
    judged = verdicts["verdict"].map(GROUP_OF_VERDICT)
    # Where nobody was ascertained a patient's verdict is not known; where somebody was, it does not apply.
    unjudged = "unknown" if verdicts["verdict"].isna().all() else "other"
    group = judged.fillna(unjudged).where(~is_control, "control")
    birth, onset = pd.to_datetime(people["birth_date"]), pd.to_datetime(people["illness_onset_date"])
    by_dates = (onset - birth).dt.days / DAYS_PER_YEAR
    return pd.DataFrame({
        "group": group.where(~(is_control & judged.notna()), "other"),
        "clozapine": verdicts["clozapine"].where(verdicts["clozapine"].isin(["resistant", "responsive"]), ""),
        "is_male": people["sex"].map({"M": 1.0, "F": 0.0}).astype(float),
        "family": people["family_id"].fillna("").astype(str),
        "onset_age": pd.to_numeric(people["onset_age_years"]).astype(float).fillna(by_dates),
        "onset": onset,
    })  # fmt: skip


def _verdicts(results: Results) -> pd.DataFrame:
    found = results.get("ascertain")
    if not isinstance(found, StageResult):
        return pd.DataFrame({"verdict": [], "clozapine": []}, dtype="object")
    rows = found.tables["verdicts"]
    mine = rows[rows["definition"] == MAIN_DEFINITION]
    return mine.set_index("person_id")[["verdict", "clozapine"]]


def of_scans(scans: RegionTable, people: pd.DataFrame, results: Results) -> pd.DataFrame:
    """One row per scan: the person's columns, and age, site, volume, duration, dose and symptoms then.

    Returns
    -------
    person_id, group, clozapine, is_male, family, age (years), site, icv (mm3), onset_age, duration (years;
    only of patients), dose (chlorpromazine equivalents, mg/day), hallucination, delusion, negative (percent
    of the maximum possible), hallucinating (yes, no or empty)
    """
    own = people.reindex(scans.person_id).reset_index(drop=True)
    day = pd.Series(pd.to_datetime(scans.date))
    by_dates = (day - own["onset"]).dt.days / DAYS_PER_YEAR
    duration = by_dates.fillna(pd.Series(scans.age_years) - own["onset_age"])
    is_patient = own["group"].isin(PATIENTS)
    keys = pd.DataFrame({"person_id": scans.person_id, "day": day})
    frame = own.drop(columns="onset").assign(
        person_id=scans.person_id,
        age=scans.age_years,
        site=scans.site,
        icv=scans.icv,
        duration=duration.where(is_patient & (duration >= 0)),
        dose=_doses(keys, results),
    )
    return pd.concat([frame, _symptoms(keys, results)], axis=1)


def controls_with_onset(people: pd.DataFrame) -> int:
    """Controls whose record has an onset: a duration of illness they cannot have, often a coded 0."""
    return int(((people["group"] == "control") & (people["onset_age"].notna())).sum())


def controls_with_scores(cohort: Cohort, people: pd.DataFrame) -> int:
    """Controls with symptom ratings; these are never used."""
    if "ratings" not in cohort.holds:
        return 0
    rated = cohort.table("ratings").select("person_id").distinct().to_pyarrow().to_pandas()["person_id"]
    return int((people.reindex(rated)["group"] == "control").sum())


def _doses(keys: pd.DataFrame, results: Results) -> np.ndarray:
    """Dose of all antipsychotic courses that cover the day; NaN where none does or one has no equivalent."""
    found = results.get("ascertain")
    dose = np.full(len(keys), np.nan)
    if not isinstance(found, StageResult) or keys["day"].isna().all():
        return dose
    courses = found.tables["courses"]
    courses = courses[courses["is_antipsychotic"] == "yes"]
    spans = pd.DataFrame({
        "person_id": courses["person_id"],
        "start": pd.to_datetime(courses["start_date"].replace("", None), errors="coerce"),
        "end": pd.to_datetime(courses["end_date"].replace("", None), errors="coerce"),
        "mg": pd.to_numeric(courses["dose_cpz_mg_per_day"], errors="coerce"),
    })  # fmt: skip
    joined = keys.reset_index(names="at").merge(spans, on="person_id")
    covering = joined[(joined["start"] <= joined["day"]) & (joined["day"] <= joined["end"])]
    # The sum of an unknown and a known dose is unknown.
    sums = covering.groupby("at")["mg"].sum(min_count=1).where(~covering.groupby("at")["mg"].agg(_any_na))
    dose[sums.index.to_numpy(dtype=int)] = sums.to_numpy(dtype=float)
    return dose


def _any_na(values: pd.Series) -> bool:
    return bool(values.isna().any())


def _symptoms(keys: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Symptoms of the visit nearest to the scan, within :data:`NEAR_DAYS`, else of the one undated visit."""
    empty = pd.DataFrame(np.nan, index=keys.index, columns=list(SYMPTOMS)).assign(hallucinating="")
    found = results.get("subtype")
    if not isinstance(found, StageResult):
        return empty
    rows = found.tables["domains"]
    rows = rows[rows["domain"].isin(SYMPTOMS)].assign(
        visit=pd.to_datetime(rows["date"].replace("", None), errors="coerce"),
        pomp=pd.to_numeric(rows["pomp"], errors="coerce"),
    )
    joined = keys.reset_index(names="at").merge(rows, on="person_id")
    away = (joined["visit"] - joined["day"]).dt.days.abs()
    dateless = joined["visit"].isna() | joined["day"].isna()
    visits = rows.fillna({"date": ""}).groupby("person_id")["date"].nunique()
    alone = dateless & (joined["person_id"].map(visits) == 1)
    joined = joined.assign(away=away.where(~dateless, np.where(alone, 0, np.nan)))
    joined = joined[joined["away"] <= NEAR_DAYS]
    nearest = joined[joined["away"] == joined.groupby("at")["away"].transform("min")]
    # Two visits equally near: the earlier.
    nearest = nearest[nearest["date"] == nearest.groupby("at")["date"].transform("min")]
    scores = nearest.groupby(["at", "domain"])["pomp"].mean().unstack()
    floors = nearest[nearest["domain"] == "hallucination"].groupby("at")["floor"].agg(_agreed)
    filled = scores.reindex(index=keys.index, columns=list(SYMPTOMS)).astype(float)
    return filled.assign(hallucinating=floors.reindex(keys.index).fillna(""))


def _agreed(floors: pd.Series) -> str:
    """What instruments of one visit agree on; empty where they do not, or nothing is known."""
    said = set(floors)
    return str(said.pop()) if len(said) == 1 and said <= {"yes", "no"} else ""
