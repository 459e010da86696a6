"""Do effects differ by type in the own cohort? Only where people of one type had a treatment and others not.

Each person gives one change: the last total before a course (or before a like day) and the first after it.
What is compared is the change of those with a course and of those of the same type without one, at the same
time. Nobody was randomised: a difference is no effect; without a comparator there is not even a difference.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Finding
from opentrs.measures.symptoms import rated_items, scored, totals
from opentrs.messages import Lang, text
from opentrs.stats.meta import pool
from opentrs.stats.meta.effects import from_means
from opentrs.treat.course_starts import AUGMENTED, drug_spans, drug_starts, procedure_starts
from opentrs.treat.words import component_names

# Conventions of ours: how old a rating before a course may be, when one after it counts, and how far apart in
# time those with and without may lie.
BEFORE_DAYS = 90
AFTER_DAYS = (14, 180)
SAME_TIME_DAYS = 365
LEAST_PEOPLE = 10
LEAST_TYPES = 2
NO_TYPE = "unknown"
NORMAL = float(stats.norm.ppf(0.975))
COLUMNS = [
    "kind", "type", "scale", "n_with", "n_without", "difference", "ci_low", "ci_high", "unit", "method",
    "reason",
]  # fmt: skip


def heterogeneity(
    cohort: Cohort, person_types: pd.DataFrame, lang: Lang, drug_courses: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Difference of change with and without each treatment, by type, and whether it differs between types.

    Treatments are the procedures, clozapine against none, and another antipsychotic added to clozapine
    against clozapine alone.

    Parameters
    ----------
    cohort : its ``procedures`` and ``ratings``
    person_types : person_id and type
    lang : language of the reasons
    drug_courses : ``courses`` of the stage that ascertains resistance; without it procedures only

    Returns
    -------
    a row for each kind of treatment and type, and one finding a kind: the p-value of the difference between
        types, or None and why it cannot be estimated
    """
    spans = drug_spans(drug_courses)
    courses = pd.concat([procedure_starts(cohort), drug_starts(spans)], ignore_index=True)
    if courses.empty:
        return pd.DataFrame(columns=COLUMNS), (
            _finding("any", None, 0, text("treat.heterogeneity_no_treatment", lang)),
        )
    visits = _visits(cohort)
    known = person_types[person_types["type"] != NO_TYPE][["person_id", "type"]]
    tables, findings = [], []
    for kind, of_kind in courses.groupby("kind", sort=True):
        usable = _on_clozapine(visits, spans) if kind == AUGMENTED else visits
        table, finding = _of_kind(str(kind), of_kind, usable, known, lang)
        tables.append(table)
        findings.append(finding)
    return pd.concat(tables, ignore_index=True)[COLUMNS], tuple(findings)


def _visits(cohort: Cohort) -> pd.DataFrame:
    """Totals that are known exactly: person_id, day, scale, total."""
    frame = totals(scored(rated_items(cohort.table("ratings")))).execute()
    exact = frame[(frame["total_low"] == frame["total_high"]) & frame["day"].notna()]
    kept: pd.DataFrame = exact.rename(columns={"total_low": "total"})[["person_id", "day", "scale", "total"]]
    return kept.sort_values(["person_id", "scale", "day"], ignore_index=True)


def _on_clozapine(visits: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """Visits of people while they took clozapine, alone or with more."""
    taken = spans.loc[spans["is_clozapine"] == "yes", ["person_id", "first", "last"]]
    both = visits.merge(taken, on="person_id")
    during = both[(both["day"] >= both["first"]) & (both["day"] <= both["last"])]
    kept: pd.DataFrame = during.drop_duplicates(["person_id", "scale", "day"])[list(visits.columns)]
    return kept.reset_index(drop=True)


def _kind_name(kind: str, lang: Lang) -> str:
    if kind == AUGMENTED:
        return text("treat.augmentation", lang)
    return component_names(lang).get(kind, kind)


def _of_kind(
    kind: str, courses: pd.DataFrame, visits: pd.DataFrame, known: pd.DataFrame, lang: Lang
) -> tuple[pd.DataFrame, Finding]:
    scale = str(visits["scale"].mode().iloc[0]) if len(visits) else ""
    rated = visits[visits["scale"] == scale].merge(known, on="person_id")
    treated = courses.merge(known, on="person_id")
    others = rated[~rated["person_id"].isin(courses["person_id"])]
    treated_changes = _changes(treated[["person_id", "type", "day"]], rated)
    own = _changes(_like_days(others, treated), others)
    counts = {"with_": len(treated_changes), "without": len(own)}
    rows = [_compared(kind, scale, name, treated_changes, own, lang) for name in sorted(set(treated["type"]))]
    table = pd.DataFrame(rows, columns=COLUMNS)
    usable = table[table["difference"].notna()]
    n = sum(counts.values())
    if not counts["without"]:
        said = text("treat.heterogeneity_no_comparator", lang, n=len(courses), kind=_kind_name(kind, lang))
        return table, _finding(kind, None, len(courses), said)
    if len(usable) < LEAST_TYPES:
        said = text(
            "treat.heterogeneity_too_few", lang, **counts, kind=_kind_name(kind, lang), least=LEAST_PEOPLE
        )
        return table, _finding(kind, None, n, said)
    errors = (usable["ci_high"] - usable["ci_low"]).to_numpy(float) / (2 * NORMAL)
    across = pool(usable["difference"].to_numpy(float), errors**2, "fixed", "z")
    said = text("treat.heterogeneity_method", lang, scale=scale, kind=_kind_name(kind, lang))
    return table, _finding(kind, float(across.q_p), n, said)


def _changes(starts: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """Change from the last total before a day to the first after it: person_id, type, change."""
    both = starts.merge(visits[["person_id", "day", "total"]], on="person_id", suffixes=("", "_rated"))
    wait = both["day_rated"] - both["day"]
    before = both[(wait <= 0) & (wait >= -BEFORE_DAYS)].sort_values("day_rated").groupby("person_id").tail(1)
    late = both[(wait >= AFTER_DAYS[0]) & (wait <= AFTER_DAYS[1])].sort_values("day_rated")
    after = late.groupby("person_id").head(1)
    found = before.merge(after[["person_id", "total"]], on="person_id", suffixes=("", "_after"))
    found = found.assign(change=found["total_after"] - found["total"]).sort_values("person_id")
    return found[["person_id", "type", "change"]].reset_index(drop=True)


def _like_days(others: pd.DataFrame, treated: pd.DataFrame) -> pd.DataFrame:
    """For people without a course: their first rating near in time to a course of their own type."""
    starts = treated.groupby("type")["day"].apply(lambda days: np.sort(days.to_numpy(float)))
    near = [
        name in starts.index and bool((np.abs(starts[name] - day) <= SAME_TIME_DAYS).any())
        for name, day in zip(others["type"], others["day"], strict=True)
    ]
    kept = others[np.array(near, dtype=bool)].sort_values(["person_id", "day"])
    return kept.drop_duplicates("person_id")[["person_id", "type", "day"]]


def _compared(
    kind: str, scale: str, name: str, treated: pd.DataFrame, own: pd.DataFrame, lang: Lang
) -> dict[str, Any]:
    one, two = (frame.loc[frame["type"] == name, "change"].to_numpy(float) for frame in (treated, own))
    row: dict[str, Any] = {
        "kind": kind, "type": name, "scale": scale, "n_with": len(one), "n_without": len(two),
        "difference": float("nan"), "ci_low": float("nan"), "ci_high": float("nan"), "unit": "points",
        "method": text("treat.heterogeneity_method", lang, scale=scale, kind=_kind_name(kind, lang)),
        "reason": "",
    }  # fmt: skip
    enough = min(len(one), len(two)) >= LEAST_PEOPLE
    if not enough or min(one.std(ddof=1), two.std(ddof=1)) <= 0:
        params = {
            "kind": _kind_name(kind, lang),
            "least": LEAST_PEOPLE,
            "with_": len(one),
            "without": len(two),
        }
        return {**row, "reason": text("treat.heterogeneity_too_few", lang, **params)}
    found = from_means(len(one), one.mean(), one.std(ddof=1), len(two), two.mean(), two.std(ddof=1), "MD")
    half = NORMAL * float(np.sqrt(found.variance))
    effect = float(found.effect)
    return {**row, "difference": effect, "ci_low": effect - half, "ci_high": effect + half}


def _finding(kind: str, p: float | None, n: int, said: str) -> Finding:
    method, note = (said, "") if p is not None else ("not estimated", said)
    return Finding("treat", f"heterogeneity.{kind}", p, None, None, n, "p-value", method, note=note)
