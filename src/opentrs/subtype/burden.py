"""Distress, violence, self-harm and suicide attempts by type: rates, and adjusted ratios.

A rate counts the events of a person's own time on record since first treatment. The type is that of the
person's last visit, so a ratio says that type and events go together, not which came first. An outcome the
record never mentions is not taken for one that never happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from scipy import stats

from opentrs.cohort.days import DAYS_PER_YEAR, day_number
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Finding, Results, StudySettings
from opentrs.messages import Lang, text
from opentrs.stats.rates import (
    Fit,
    exact_rate,
    mean_differences,
    negative_binomial_ratios,
    poisson_ratios,
)
from opentrs.subtype.parts import Labelled, Part, PartResult, PartSkipped

EVENTS = ("violence", "self_harm", "suicide_attempt")
TYPES = ("delusion", "hallucination", "negative", "mixed", "none")
REFERENCE = "delusion"
DISTRESS_SCALES = ("PSYRATS", "AHRS")
DISTRESS = "distress"  # in the names of the items that ask for it
# Conventions of ours: below these a ratio would be a number without ground. Five events per coefficient is
# the least that simulations found sound (Vittinghoff and McCulloch 2007, doi:10.1093/aje/kwk052).
LEAST_EVENTS = 5
EVENTS_PER_COEFFICIENT = 5
LEAST_PEOPLE = 10
LEAST_AT_A_SITE = 20
LEAST_KNOWN = 0.8
COLUMNS = [
    "group", "outcome", "measure", "type", "reference", "n", "events", "person_years", "estimate", "ci_low",
    "ci_high", "unit", "method", "adjusted_for", "n_left_out", "reason",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Design:
    """A model matrix of shape (people, k) with its constant first, then one column per type compared."""

    matrix: np.ndarray
    adjusted_for: tuple[str, ...]

    @property
    def coefficients(self) -> int:
        """Coefficients beside the constant."""
        return int(self.matrix.shape[1]) - 1

    @property
    def is_solvable(self) -> bool:
        """Whether no column follows from the others."""
        return bool(np.linalg.matrix_rank(self.matrix) == self.matrix.shape[1])


def run(cohort: Cohort, results: Results, settings: StudySettings, labelled: Labelled) -> PartResult:
    """Compare the types within everybody and within the resistant."""
    people = described_people(cohort, labelled)
    counted = counted_events(cohort, people)
    distress = distress_scores(labelled)
    if counted is None and distress.empty:
        lang: Lang = "zh" if settings.lang == "zh" else "en"
        raise PartSkipped(text("subtype.burden_nothing_recorded", lang))
    rows: list[dict[str, Any]] = []
    for group in ("all", "resistant"):
        mine = people if group == "all" else people[people["verdict"] == "resistant"]
        for outcome in EVENTS:
            found = event_rows(mine, counted, outcome)
            rows += [{"group": group, "outcome": outcome, **row} for row in found]
        found = distress_rows(mine.merge(distress, on="person_id", how="inner"), len(mine))
        rows += [{"group": group, "outcome": "distress", **row} for row in found]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return PartResult({"burden": table}, _findings(table))


def described_people(cohort: Cohort, labelled: Labelled) -> pd.DataFrame:
    """Everybody with a type: covariates, and the time on record in years (NaN where it is not known)."""
    table = cohort.people
    dates = ("observation_start", "observation_end", "first_treatment_date", "birth_date", "death_date",
             "emigration_date")  # fmt: skip
    known = table.select(
        "person_id", "sex", "site", "age_years", **{name: day_number(table[name]) for name in dates}
    ).execute()
    kept = labelled.person_types[["person_id", "type", "verdict"]]
    frame = kept[kept["type"].isin(TYPES)].merge(known, on="person_id", how="left")
    for name in dates:
        frame[name] = pd.to_numeric(frame[name]).astype(float)
    start = frame[["observation_start", "first_treatment_date"]].max(axis=1)
    end = frame[["observation_end", "death_date", "emigration_date"]].min(axis=1)
    years = (end - start) / DAYS_PER_YEAR
    age = (start - frame["birth_date"]) / DAYS_PER_YEAR
    frame = frame.assign(
        start=start,
        end=end,
        years=years.where(years > 0),
        age=age.fillna(pd.to_numeric(frame["age_years"]).astype(float)),
        is_male=frame["sex"].map({"M": 1.0, "F": 0.0}),
    )
    kept_columns = ["person_id", "type", "verdict", "is_male", "site", "age", "start", "end", "years"]
    return frame[kept_columns].merge(total_severity(labelled), on="person_id", how="left")


def total_severity(labelled: Labelled) -> pd.DataFrame:
    """Mean of all items of the labelling instrument at the last labelled visit, percent of the maximum.

    Where a visit has global ratings only, these are taken.
    """
    visits = labelled.visits.filter(labelled.visits.type != "unknown")
    last = visits.group_by("person_id").agg(day=visits.day.max())
    visits = visits.semi_join(last, ["person_id", "day"])
    items = labelled.items.filter(
        labelled.items.kind.isin(["item", "global"]) & labelled.items.value.notnull()
    )
    items = items.select("person_id", "day", "kind", item_scale=items.scale, pomp=_pomp(items))
    rated = items.inner_join(visits.select("person_id", "day", "scale"), ["person_id", "day"])
    rated = rated.filter(
        (rated.item_scale == rated.scale)
        | ((rated.scale == "SAPS+SANS") & rated.item_scale.isin(["SAPS", "SANS"]))
    )
    means = rated.group_by("person_id", "kind").agg(severity=rated.pomp.mean()).execute()
    ordered = means.sort_values(["person_id", "kind"], ascending=[True, False])  # items before globals
    kept: pd.DataFrame = ordered.drop_duplicates("person_id")[["person_id", "severity"]]
    return kept


def counted_events(cohort: Cohort, people: pd.DataFrame) -> pd.DataFrame | None:
    """Events of each kind within each person's time on record; None where the cohort has no events.

    A column for each kind the record mentions at all, beside ``person_id``.
    """
    if "events" not in cohort.holds:
        return None
    table = cohort.table("events")
    events = table.filter(table.kind.isin(EVENTS)).select("person_id", "kind", day=day_number(table.date))
    frame = events.execute().merge(people[["person_id", "start", "end"]], on="person_id", how="left")
    kinds = [kind for kind in EVENTS if (frame["kind"] == kind).any()]
    inside = frame[(frame["day"] >= frame["start"]) & (frame["day"] <= frame["end"])]
    counts = inside.groupby(["person_id", "kind"]).size().unstack(fill_value=0)
    whole: pd.DataFrame = counts.reindex(index=people["person_id"], columns=kinds, fill_value=0).reset_index()
    return whole


def distress_scores(labelled: Labelled) -> pd.DataFrame:
    """Mean of the distress items of PSYRATS and AHRS on the last day they were rated, % of the maximum."""
    items = labelled.items
    asked = items.filter(
        items.scale.isin(DISTRESS_SCALES) & items.item.contains(DISTRESS) & items.value.notnull()
    )
    asked = asked.mutate(pomp=_pomp(asked))
    last = asked.group_by("person_id").agg(last_day=asked.day.max())
    asked = asked.inner_join(last, "person_id").filter(lambda t: t.day == t.last_day)
    frame: pd.DataFrame = asked.group_by("person_id").agg(distress=asked.pomp.mean()).execute()
    return frame


def _pomp(items: Any) -> Any:
    return ibis.literal(100.0) * (items.value - items.low) / (items.high - items.low)


def event_rows(people: pd.DataFrame, counted: pd.DataFrame | None, outcome: str) -> list[dict[str, Any]]:
    """Rates by type, then ratios to the reference: crude, adjusted, and adjusted with a wider spread."""
    if counted is None or outcome not in counted.columns:
        return [
            _row("rate", type_, "per person-year", "exact_poisson", reason="not_recorded") for type_ in TYPES
        ]
    frame = people.merge(counted[["person_id", outcome]], on="person_id").rename(columns={outcome: "events"})
    timed = frame[frame["years"].notna()]
    rows = []
    for type_ in TYPES:
        mine, left = timed[timed["type"] == type_], int((frame["type"] == type_).sum())
        events, years = int(mine["events"].sum()), float(mine["years"].sum())
        interval = exact_rate(events, years)
        rows.append(
            _row("rate", type_, "per person-year", "exact_poisson", interval, n=len(mine), events=events,
                 person_years=round(years, 2), left_out=left - len(mine),
                 reason="" if years else "nobody")
        )  # fmt: skip
    return rows + _ratio_rows(timed, rows)


def _ratio_rows(timed: pd.DataFrame, rates: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    events = {str(row["type"]): int(row["events"]) for row in rates}
    compared = [name for name in TYPES if name != REFERENCE and events[name] >= LEAST_EVENTS]
    if events[REFERENCE] < LEAST_EVENTS:
        compared = []
    rows = []
    for name in (name for name in TYPES if name != REFERENCE and name not in compared):
        reason = "few_events" if events[name] < LEAST_EVENTS else "few_events_in_reference"
        rows.append(_row("ratio", name, "ratio", "poisson_robust", n=0, reason=reason))
    if not compared:
        return rows
    model = timed[timed["type"].isin([REFERENCE, *compared])]
    asked = range(1, len(compared) + 1)
    for adjust in (False, True):
        complete, design = designed(model, compared, adjust, "events", EVENTS_PER_COEFFICIENT)
        methods = (("poisson_robust", poisson_ratios), ("negative_binomial", negative_binomial_ratios))
        for method, fit in methods if adjust else methods[:1]:
            if design is None:
                found = Fit((), "few_events_to_adjust")
            else:
                counts, years = complete["events"].to_numpy(float), complete["years"].to_numpy(float)
                found = fit(counts, years, design.matrix, asked)
            rows += _fitted_rows("ratio", "ratio", method, compared, complete, design, found, len(model))
    return rows


def distress_rows(rated: pd.DataFrame, n_people: int) -> list[dict[str, Any]]:
    """Mean distress by type, then differences from the reference."""
    unit, rows, compared = "percent of maximum", [], []
    if rated.empty:
        return [_row("mean", type_, unit, "t", left_out=n_people, reason="not_recorded") for type_ in TYPES]
    for type_ in TYPES:
        values = rated.loc[rated["type"] == type_, "distress"].to_numpy(float)
        enough = values.size >= LEAST_PEOPLE
        row = _row("mean", type_, unit, "t", n=values.size, reason="" if enough else "few_people")
        if enough:
            half = float(stats.t.ppf(0.975, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size))
            mean = float(values.mean())
            row |= {"estimate": mean, "ci_low": max(mean - half, 0.0), "ci_high": min(mean + half, 100.0)}
        rows.append(row)
        if enough and type_ != REFERENCE:
            compared.append(type_)
    reference_enough = rows[TYPES.index(REFERENCE)]["reason"] == ""
    for name in (name for name in TYPES if name != REFERENCE and not (reference_enough and name in compared)):
        reason = "few_people" if name not in compared else "few_people_in_reference"
        rows.append(_row("difference", name, "points", "ols_hc3", reason=reason))
    if not reference_enough or not compared:
        return rows
    model = rated[rated["type"].isin([REFERENCE, *compared])]
    for adjust in (False, True):
        complete, design = designed(model, compared, adjust, None, LEAST_PEOPLE)
        if design is None:
            found = Fit((), "few_people_to_adjust")
        else:
            values = complete["distress"].to_numpy(float)
            found = mean_differences(values, design.matrix, range(1, len(compared) + 1))
        rows += _fitted_rows("difference", "points", "ols_hc3", compared, complete, design, found, len(model))
    return rows


def designed(
    model: pd.DataFrame,
    compared: Sequence[str],
    adjust: bool,
    counts: str | None,
    per_coefficient: int,
) -> tuple[pd.DataFrame, Design | None]:
    """Return the people with all covariates and their model matrix; None where they carry no model.

    A model is carried by ``per_coefficient`` events (the column ``counts``) or people for each coefficient.

    Covariates are age, sex, total severity and site; one known for less than 80% of people, or the same
    for all, is not adjusted for. Sites with fewer than 20 people are one. Where the events (or people)
    are too few for all coefficients, or a covariate cannot be told from the site, the site goes first.
    """
    wanted = _usable(model) if adjust else ()
    for names in (wanted, tuple(name for name in wanted if name != "site")):
        complete = model.dropna(subset=list(names))
        columns = [np.ones(len(complete)), *((complete["type"] == name).to_numpy(float) for name in compared)]
        for name in names:
            columns += _site_columns(complete) if name == "site" else [_centred(complete, name)]
        design = Design(np.column_stack(columns), tuple("sex" if n == "is_male" else n for n in names))
        weight = int(complete[counts].sum()) if counts else len(complete)
        if weight >= per_coefficient * design.coefficients and design.is_solvable:
            return complete, design
    return model, None


def _usable(model: pd.DataFrame) -> tuple[str, ...]:
    return tuple(
        name
        for name in ("age", "is_male", "severity", "site")
        if model[name].notna().mean() >= LEAST_KNOWN and model[name].nunique() > 1
    )


def _centred(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A covariate around its mean; age and severity by ten years and ten points."""
    values: np.ndarray = frame[name].to_numpy(float)
    centred: np.ndarray = (values - values.mean()) / (1.0 if name == "is_male" else 10.0)
    return centred


def _site_columns(frame: pd.DataFrame) -> list[np.ndarray]:
    """One column per site but the largest; small sites are one."""
    sizes = frame["site"].value_counts()
    large = sorted(sizes[sizes >= LEAST_AT_A_SITE].index)
    site = frame["site"].where(frame["site"].isin(large), "").to_numpy(object)
    names = sorted(set(site), key=lambda name: (-int((site == name).sum()), str(name)))
    return [(site == name).astype(float) for name in names[1:]]


def _fitted_rows(
    measure: str,
    unit: str,
    method: str,
    compared: Sequence[str],
    complete: pd.DataFrame,
    design: Design | None,
    found: Fit,
    n_model: int,
) -> list[dict[str, Any]]:
    rows = []
    for place, name in enumerate(compared):
        interval = found.intervals[place] if found.intervals else None
        pair = complete[complete["type"].isin([REFERENCE, name])]
        rows.append(
            _row(measure, name, unit, method, interval, n=len(pair),
                 events=int(pair["events"].sum()) if "events" in pair else None,
                 person_years=round(float(pair["years"].sum()), 2) if "events" in pair else None,
                 adjusted_for=";".join(design.adjusted_for) if design else "",
                 left_out=n_model - len(complete), reason=found.failed)
        )  # fmt: skip
    return rows


def _row(
    measure: str,
    type_: str,
    unit: str,
    method: str,
    interval: Any = None,
    *,
    n: int = 0,
    events: int | None = None,
    person_years: float | None = None,
    adjusted_for: str = "",
    left_out: int = 0,
    reason: str = "",
) -> dict[str, Any]:
    return {
        "measure": measure,
        "type": type_,
        "reference": REFERENCE if measure in ("ratio", "difference") else "",
        "n": n,
        "events": events,
        "person_years": person_years,
        "estimate": interval.estimate if interval else None,
        "ci_low": interval.low if interval else None,
        "ci_high": interval.high if interval else None,
        "unit": unit,
        "method": method,
        "adjusted_for": adjusted_for,
        "n_left_out": left_out,
        "reason": reason,
    }


def _findings(table: pd.DataFrame) -> tuple[Finding, ...]:
    """Adjusted ratios and differences, and every rate; those that cannot be told say why in their note."""
    found = []
    for row in table.to_dict("records"):
        adjusted = "adjusted" if row["adjusted_for"] else "crude"
        tail = {"rate": "", "mean": ""}.get(row["measure"], f".{row['method']}.{adjusted}")
        estimate, low, high = (
            None if pd.isna(row[name]) else float(row[name]) for name in ("estimate", "ci_low", "ci_high")
        )
        found.append(
            Finding(
                "subtype",
                f"burden.{row['group']}.{row['outcome']}.{row['measure']}.{row['type']}{tail}",
                estimate, low, high, int(row["n"]), str(row["unit"]), str(row["method"]),
                note=str(row["reason"] or row["adjusted_for"]),
            )
        )  # fmt: skip
    return tuple(found)


PART = Part("burden", frozenset(), run)
