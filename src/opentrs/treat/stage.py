"""The stage: the evidence for the symptoms of this cohort's types, and each person's options."""

from __future__ import annotations

from typing import cast

import pandas as pd

from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Finding, Results, Stage, StageResult, StudySettings
from opentrs.messages import Lang, text
from opentrs.reference.load import frame
from opentrs.treat import advice
from opentrs.treat.heterogeneity import heterogeneity
from opentrs.treat.matching import match
from opentrs.treat.options import SYMPTOMS

TYPES = ("hallucination", "delusion", "negative")
DEPRESSED = ("moderate", "severe")
OPTION_COLUMNS = [
    "person_id", "option", "target_symptom", "measured", "on_clozapine", "standing", "effect", "ci_low",
    "ci_high", "certainty", "why",
]  # fmt: skip
METHOD = "REML, Hartung-Knapp never narrower than normal; GRADE-like rules"


def run(cohort: Cohort, results: Results, settings: StudySettings) -> StageResult:
    """Match the evidence to everybody's type."""
    lang = cast(Lang, settings.lang)
    people = _people(cohort, results)
    rows = frame("trials")
    evidence = _evidence(rows, people, lang)
    by_type, findings = heterogeneity(cohort, people, lang, _drug_courses(results))
    tables = {"evidence": evidence, "options": _options(people, evidence, lang), "heterogeneity": by_type}
    return StageResult("treat", tables, (*_findings(evidence), *findings))


def _people(cohort: Cohort, results: Results) -> pd.DataFrame:
    """person_id, type, depression and whether clozapine is on record; all unknown if nobody was labelled."""
    found = results.get("subtype")
    if isinstance(found, StageResult):
        people = found.tables["person_types"][["person_id", "type", "depression"]].copy()
    else:
        ids = cohort.people.select("person_id").execute().sort_values("person_id", ignore_index=True)
        people = ids.assign(type="unknown", depression="unknown")
    courses = _drug_courses(results)
    takers: set[str] = set()
    if courses is not None:
        takers = set(courses.loc[courses["is_clozapine"] == "yes", "person_id"])
    return people.assign(on_clozapine=["yes" if name in takers else "no" for name in people["person_id"]])


def _drug_courses(results: Results) -> pd.DataFrame | None:
    ascertained = results.get("ascertain")
    return ascertained.tables["courses"] if isinstance(ascertained, StageResult) else None


def asked_symptoms(type_: str, depression: str) -> tuple[str, ...]:
    """Symptoms to ask about for a type; a mixed one asks about each, and depression comes beside."""
    main = TYPES if type_ == "mixed" else (type_,) if type_ in TYPES else ()
    return (*main, "depression") if depression in DEPRESSED else main


def _evidence(rows: pd.DataFrame, people: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Options for every symptom, rated for people on clozapine, and for others where there are any."""
    tables = []
    for on_clozapine in ("yes", "no"):
        if on_clozapine == "no" and not (people["on_clozapine"] == "no").any():
            continue
        for symptom in SYMPTOMS:
            found = match(rows, symptom, on_clozapine == "yes")
            tables.append(advice.options_frame(found, rows, lang).assign(on_clozapine=on_clozapine))
    return pd.concat(tables, ignore_index=True)


def _options(people: pd.DataFrame, evidence: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Each person's options in the order of the evidence; who has no symptom to ask about gets one line."""
    groups = ["type", "depression"]
    asked = [
        {**dict(zip(groups, kind, strict=True)), "asked": symptom}
        for kind in people[groups].drop_duplicates().itertuples(index=False, name=None)
        for symptom in asked_symptoms(*kind)
    ]
    keyed = people.merge(pd.DataFrame(asked, columns=[*groups, "asked"]), on=groups)
    ordered = evidence.assign(place=range(len(evidence)))
    joined = keyed.merge(ordered, on=["asked", "on_clozapine"])
    silent = people[~people["person_id"].isin(keyed["person_id"])]
    said = {True: text("treat.no_type", lang), False: text("treat.type_none", lang)}
    rest = silent.assign(why=[said[name == "unknown"] for name in silent["type"]], place=-1)
    frame_ = pd.concat([joined.rename(columns={"asked": "target_symptom"}), rest], ignore_index=True)
    frame_ = frame_.sort_values(["person_id", "place"], kind="stable", ignore_index=True)
    texts = ("option", "target_symptom", "measured", "standing", "certainty")
    filled = frame_.reindex(columns=OPTION_COLUMNS).fillna(dict.fromkeys(texts, ""))
    return filled.astype(dict.fromkeys(("effect", "ci_low", "ci_high"), "float64"))


def _findings(evidence: pd.DataFrame) -> tuple[Finding, ...]:
    """The pooled effect of every option that can be ranked, for people on clozapine."""
    ranked = evidence[(evidence["standing"] == "ranked") & (evidence["on_clozapine"] == "yes")]
    return tuple(
        Finding(
            "treat", f"option.{row['asked']}.{row['option']}", float(row["effect"]), float(row["ci_low"]),
            float(row["ci_high"]), int(row["n_people"]), str(row["kind"]), METHOD, note=str(row["why"]),
        )
        for row in ranked.to_dict("records")
    )  # fmt: skip


STAGE = Stage("treat", needs=frozenset({"people"}), after=("ascertain", "subtype"), run=run)
