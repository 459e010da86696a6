"""Dopamine measured in the striatum or midbrain, placed against the cohort's own controls.

No cut-off for one person is published that holds between scanners and tracers, so none is invented: a person
is called hypo-, normo- or hyperdopaminergic only by a threshold the user states with its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from opentrs.cohort.days import DAYS_PER_YEAR
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Finding, Results, StudySettings
from opentrs.cohort.tables import TABLES
from opentrs.messages import Lang, text
from opentrs.reference.load import facts
from opentrs.stats.normative import Placed, contrast, place
from opentrs.stats.refusal import CannotFitError
from opentrs.subtype.ascertained import NOT_RESISTANT, RESISTANT, lang_of, verdicts
from opentrs.subtype.dopamine_threshold import Threshold, load_thresholds
from opentrs.subtype.parts import Labelled, Part, PartResult, PartSkipped

CONTROL_WORDS = ("control", "controls", "healthy control", "healthy controls", "hc")
CONTROL = "control"
NOT_DETERMINABLE = "not_determinable"
PLACED_COLUMNS = [
    "person_id", "date", "site", "tracer", "region", "measure", "group", "value", "expected", "low", "high",
    "z", "centile", "state", "reason", "threshold_source", "n", "unit", "method",
]  # fmt: skip
CONTRAST_COLUMNS = [
    "tracer", "region", "contrast", "difference", "ci_low", "ci_high", "standardised", "p", "n_first",
    "n_second", "n", "unit", "method", "reason",
]  # fmt: skip
CONTRASTS = ((RESISTANT, CONTROL), (NOT_RESISTANT, CONTROL), (RESISTANT, NOT_RESISTANT))
HOWES = "10.1192/bjp.bp.113.138578"


def run(cohort: Cohort, results: Results, settings: StudySettings, labelled: Labelled) -> PartResult:
    """Place every scan against controls, and compare groups.

    Raises
    ------
    PartSkipped : no scan has a dopamine measure
    """
    lang = lang_of(settings)
    scans = scans_frame(cohort, verdicts(results, settings))
    if scans.empty:
        raise PartSkipped(text("dopamine.no_measure", lang))
    thresholds = load_thresholds(settings.dopamine_thresholds) if settings.dopamine_thresholds else ()
    placed, contrasts = [], []
    for _, rows in scans.groupby(["tracer", "region"], sort=True):
        placed.append(place_scans(rows.reset_index(drop=True), thresholds, settings))
        contrasts.append(contrast_groups(rows.reset_index(drop=True), settings))
    tables = {
        "dopamine": pd.concat(placed, ignore_index=True),
        "dopamine_groups": pd.concat(contrasts, ignore_index=True),
    }
    return PartResult(tables=tables, findings=_findings(tables["dopamine_groups"]))


def scans_frame(cohort: Cohort, known: pd.DataFrame) -> pd.DataFrame:
    """One row per scan and dopamine region, with the covariates and the group of its person.

    Returns
    -------
    person_id, date, site, tracer, region, measure, value, age_years, sex, group, is_first (the person's first
    scan of that tracer)
    """
    table = cohort.table("pet")
    declared = [column.name for column in TABLES["pet"].columns]
    regions = {
        column: found for column in table.columns if column not in declared and (found := _region(column))
    }
    if not regions:
        return pd.DataFrame()
    scans = table.execute()
    people = cohort.people.select("person_id", "sex", "age_years", "birth_date", "group", "site").execute()
    scans = scans.merge(people, on="person_id", how="left", suffixes=("", "_person"))
    scans["date"] = pd.to_datetime(scans["date"])
    at_scan = (scans["date"] - pd.to_datetime(scans["birth_date"])).dt.days / DAYS_PER_YEAR
    given = pd.to_numeric(scans["age_years"]).fillna(at_scan).fillna(scans["age_years_person"])
    scans["age_years"] = given.astype("float64")
    scans["site"] = scans["site"].fillna(scans["site_person"]).fillna("")
    scans["tracer"] = scans["tracer"].fillna("")
    scans = scans.merge(known[["person_id", "verdict"]], on="person_id", how="left")
    is_control = scans["group"].fillna("").str.strip().str.lower().isin(CONTROL_WORDS)
    scans["group"] = scans["verdict"].where(~is_control, CONTROL).fillna("unknown")
    long = scans.melt(
        ["person_id", "date", "site", "tracer", "age_years", "sex", "group"], list(regions),
        var_name="region", value_name="value",
    ).dropna(subset=["value"])  # fmt: skip
    long["measure"] = long["region"].map(regions)
    long = long.sort_values(["tracer", "region", "person_id", "date"], ignore_index=True)
    marked: pd.DataFrame = long.assign(is_first=~long.duplicated(["tracer", "region", "person_id"]))
    return marked


def _region(column: str) -> str:
    """What a column measures (presynaptic, neuromelanin); empty if it is no dopamine region."""
    name = column.lower()
    return next((str(row["measure"]) for row in facts("dopamine_regions") if row["pattern"] in name), "")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Which covariates the controls allow: sites that have controls, and age and sex where known."""

    sites: tuple[str, ...]
    age: bool
    sex: bool

    def usable(self, rows: pd.DataFrame) -> pd.Series:
        """Whose covariates are all known."""
        usable = rows["site"].isin(self.sites)
        if self.age:
            usable &= rows["age_years"].notna()
        if self.sex:
            usable &= rows["sex"].notna()
        return usable

    def covariates(self, rows: pd.DataFrame) -> np.ndarray:
        """Covariates of usable rows, without a constant; age in decades from 40."""
        columns: list[np.ndarray] = []
        if self.age:
            columns.append((rows["age_years"].to_numpy(float) - 40) / 10)
        if self.sex:
            columns.append((rows["sex"] == "F").astype("float64").to_numpy())
        columns.extend((rows["site"] == site).astype("float64").to_numpy() for site in self.sites[1:])
        return np.column_stack(columns) if columns else np.empty((len(rows), 0))

    def words(self, lang: Lang) -> str:
        """What was adjusted for."""
        used = (("age", self.age), ("sex", self.sex), ("site", len(self.sites) > 1))
        names = [name for name, is_used in used if is_used] or ["nothing"]
        spoken = [text(f"dopamine.adjusted_{name}", lang) for name in names]
        return text("dopamine.list_separator", lang).join(spoken)


def adjustment(controls: pd.DataFrame) -> Adjustment:
    """Age and sex where most controls have them and they vary; every site with a control."""
    known_age = controls["age_years"].dropna()
    known_sex = controls["sex"].dropna()
    half = len(controls) / 2
    return Adjustment(
        sites=tuple(sorted(controls["site"].unique())),
        age=len(known_age) > half and known_age.nunique() > 1,
        sex=len(known_sex) > half and known_sex.nunique() > 1,
    )


def place_scans(rows: pd.DataFrame, thresholds: Sequence[Threshold], settings: StudySettings) -> pd.DataFrame:
    """Place the scans of one tracer and region; where that is impossible the reason stands beside each."""
    lang = lang_of(settings)
    out = rows.assign(
        expected=np.nan, low=np.nan, high=np.nan, z=np.nan, centile=np.nan, state=NOT_DETERMINABLE, reason="",
        threshold_source="", n=0, unit=text("dopamine.unit", lang), method="",
    )  # fmt: skip
    controls = rows[(rows["group"] == CONTROL) & rows["is_first"]]
    if controls.empty:
        return _finished(out.assign(reason=text("dopamine.no_controls", lang)))
    adjusted = adjustment(controls)
    controls = controls[adjusted.usable(controls)]
    usable = adjusted.usable(rows)
    out["reason"] = np.where(rows["site"].isin(adjusted.sites), text("dopamine.covariate_missing", lang),
                             text("dopamine.site_without_controls", lang))  # fmt: skip
    try:
        found = _placed(controls, rows[usable], adjusted)
    except CannotFitError as refused:
        return _finished(out.assign(reason=refused.sentence(lang)))
    for name in ("expected", "low", "high", "z", "centile"):
        out.loc[usable, name] = getattr(found, name)
    out["n"] = found.n_controls
    out["method"] = text(
        "dopamine.method", lang, n=found.n_controls, adjusted=adjusted.words(lang), spare=found.spare
    )
    out.loc[usable, "reason"] = text("dopamine.no_threshold", lang)
    for threshold in thresholds:
        _label(out, threshold, usable)
    return _finished(out)


def _placed(controls: pd.DataFrame, rows: pd.DataFrame, adjusted: Adjustment) -> Placed:
    def design(frame: pd.DataFrame) -> np.ndarray:
        return np.column_stack([np.ones(len(frame)), adjusted.covariates(frame)])

    # A control's later scans are placed as anybody's would be, against all controls but themselves.
    position = {person: at for at, person in enumerate(controls["person_id"])}
    own = [position.get(person, -1) if first else -1
           for person, first in zip(rows["person_id"], rows["is_first"], strict=True)]  # fmt: skip
    return place(
        controls["value"].to_numpy(float), design(controls), rows["value"].to_numpy(float), design(rows),
        np.array(own, dtype=np.int64),
    )  # fmt: skip


def _label(out: pd.DataFrame, threshold: Threshold, usable: pd.Series) -> None:
    applies = usable & out["region"].eq(threshold.region) & out["tracer"].eq(threshold.tracer)
    if not applies.any():
        return
    states = threshold.states(out.loc[applies, threshold.scale].to_numpy(float))
    out.loc[applies, "state"] = states
    out.loc[applies, "reason"] = ""
    out.loc[applies, "threshold_source"] = threshold.source


def _finished(out: pd.DataFrame) -> pd.DataFrame:
    dates = out["date"].dt.strftime("%Y-%m-%d").fillna("")
    return out.assign(date=dates)[PLACED_COLUMNS]


def contrast_groups(rows: pd.DataFrame, settings: StudySettings) -> pd.DataFrame:
    """Adjusted differences between resistant, not resistant and controls, on each person's first scan."""
    lang = lang_of(settings)
    first = rows[rows["is_first"]]
    made = []
    for left, right in CONTRASTS:
        both = first[first["group"].isin((left, right))]
        row: dict[str, object] = {
            "tracer": rows["tracer"].iloc[0], "region": rows["region"].iloc[0],
            "contrast": f"{left} - {right}", "n_first": int((both["group"] == left).sum()),
            "n_second": int((both["group"] == right).sum()), "unit": text("dopamine.unit", lang),
            "reason": "", "method": "",
        }  # fmt: skip
        made.append(row | _contrast(both, left, settings))
    frame = pd.DataFrame(made)
    frame["n"] = frame["n_first"] + frame["n_second"]
    for column in ("difference", "ci_low", "ci_high", "standardised", "p"):
        frame[column] = frame[column].astype("float64") if column in frame else np.nan
    return frame[CONTRAST_COLUMNS]


def _contrast(both: pd.DataFrame, left: str, settings: StudySettings) -> dict[str, object]:
    lang, adjusted = lang_of(settings), adjustment(both)
    both = both[adjusted.usable(both)]
    try:
        found = contrast(
            both["value"].to_numpy(float), (both["group"] == left).to_numpy(), adjusted.covariates(both)
        )
    except CannotFitError as refused:
        return {"reason": refused.sentence(lang)}
    return {
        "difference": found.difference, "ci_low": found.low, "ci_high": found.high,
        "standardised": found.standardised, "p": found.p_value,
        "n_first": found.n_first, "n_second": found.n_second,
        "method": text("dopamine.contrast_method", lang, adjusted=adjusted.words(lang)),
    }  # fmt: skip


def _findings(groups: pd.DataFrame) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            stage="subtype",
            name=f"dopamine.{row['tracer']}.{row['region']}.{str(row['contrast']).replace(' - ', '_vs_')}",
            estimate=None if np.isnan(row["difference"]) else float(row["difference"]),
            low=None if np.isnan(row["ci_low"]) else float(row["ci_low"]),
            high=None if np.isnan(row["ci_high"]) else float(row["ci_high"]),
            n=int(row["n"]),
            unit=str(row["unit"]),
            method=str(row["method"]),
            source=HOWES,
            note=str(row["reason"]),
        )
        for row in groups.to_dict("records")
    )


PART = Part("dopamine", needs=frozenset({"pet"}), run=run)
