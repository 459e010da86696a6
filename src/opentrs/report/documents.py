"""Checklists and model cards of a run: tables beside the stage's own, and texts to go on writing in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from opentrs import __version__
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Results, StageResult, StudySettings
from opentrs.messages import Lang
from opentrs.predict.model_card import model_card, model_card_text, models
from opentrs.predict.probast import probast, probast_text
from opentrs.predict.sheet import RunFacts, Sheet
from opentrs.predict.tripod import tripod, tripod_text
from opentrs.report.export import json_bytes

STAGE = "predict"
FOLDER = "documents"
MADE = ("tripod_ai", "probast_ai", "model_card")


def with_documents(
    results: Results, cohort: Cohort, settings: StudySettings, aggregate_only: bool = False
) -> Results:
    """Return results whose predict stage also holds ``tripod_ai``, ``probast_ai`` and ``model_card``."""
    found = results.get(STAGE)
    if not isinstance(found, StageResult):
        return results
    sheet = sheet_of(found, cohort, settings, aggregate_only)
    made = dict(zip(MADE, (tripod(sheet), probast(sheet), model_card(sheet)), strict=True))
    return {**results, STAGE: replace(found, tables={**found.tables, **made})}


def texts(
    results: Results, cohort: Cohort, settings: StudySettings, aggregate_only: bool = False
) -> dict[str, str]:
    """Return the documents as Markdown: path in the output folder -> content; none without the stage.

    Norms of the brain, if any were learnt, are JSON.
    """
    brain, found = results.get("mechanism"), results.get(STAGE)
    norms = brain.details.get("brain_norms") if isinstance(brain, StageResult) else None
    kept = {f"{FOLDER}/brain_norms.json": json_bytes(norms).decode("utf-8")} if norms else {}
    if not isinstance(found, StageResult):
        return kept
    sheet = sheet_of(found, cohort, settings, aggregate_only)
    written = {"tripod_ai": tripod_text(sheet), "probast_ai": probast_text(sheet)}
    written |= {f"model_card_{file_name(model)}": model_card_text(sheet, model) for model in models(sheet)}
    return kept | {f"{FOLDER}/{name}.md": content for name, content in written.items()}


def sheet_of(result: StageResult, cohort: Cohort, settings: StudySettings, aggregate_only: bool) -> Sheet:
    """The tables of the stage, with what is known of the run."""
    tables = {name: table for name, table in result.tables.items() if name not in MADE}
    lang: Lang = "zh" if settings.lang == "zh" else "en"
    return Sheet(tables, run_facts(cohort, settings, aggregate_only), lang)


def run_facts(cohort: Cohort, settings: StudySettings, aggregate_only: bool = False) -> RunFacts:
    """What a run says of its cohort; dates and sites may belong to single people, so they can be left out."""
    people = cohort.people
    counted: dict[str, Any] = {"people": people.count()}
    for name, column in (("first", "observation_start"), ("last", "observation_end")):
        if column in people.columns:
            counted[name] = people[column].min() if name == "first" else people[column].max()
    row = people.aggregate(**counted).execute().to_dict("records")[0]
    facts = RunFacts(
        cohort=cohort.name, version=__version__, seed=settings.seed, holds=tuple(sorted(cohort.holds))
    )
    if aggregate_only:
        return facts
    return replace(
        facts,
        people=int(row["people"]),
        sites=_sites(cohort),
        first_date=_iso(row, "first"),
        last_date=_iso(row, "last"),
    )


def _sites(cohort: Cohort) -> tuple[str, ...]:
    if "site" not in cohort.people.columns:
        return ()
    listed = cohort.people.select("site").distinct().execute()["site"].dropna()
    return tuple(sorted(str(site) for site in listed if site))


def _iso(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or value != value else str(value)[:10]


def file_name(model: str) -> str:
    """Return a model's id as part of a file name: letters, digits, hyphens and underscores."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in model)
