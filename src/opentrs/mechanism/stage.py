"""The stage: what scans and spectra say of the brain in resistance, modality by modality."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pandas as pd

from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Finding, Results, Stage, StageResult, StudySettings
from opentrs.errors import UsageError
from opentrs.mechanism import engine
from opentrs.mechanism.contrasts import enigma_export
from opentrs.mechanism.frame import Context, Part, PartOutcome, joined
from opentrs.mechanism.named import NAMED_COLUMNS
from opentrs.mechanism.norm_document import BrainNorm, norm_document, read_norms
from opentrs.mechanism.norms import NO_NORMS, OWN
from opentrs.mechanism.parts import activity, cortex, spectroscopy, subcortex, tracts, vertices
from opentrs.mechanism.people import controls_with_onset, controls_with_scores, described_people
from opentrs.mechanism.sites import LEARN_FROM, WAYS, Harmonising
from opentrs.messages import Lang, text
from opentrs.subtype.parts import PARTS_COLUMNS, PartSkipped

# In the order of the table ``parts``. A new part is one file and one line here.
PARTS: tuple[Part, ...] = (
    spectroscopy.PART,
    cortex.PART,
    subcortex.PART,
    vertices.PART,
    tracts.PART,
    activity.PERFUSION,
    activity.METABOLISM,
)
NOTES_COLUMNS = ["note", "n", "what"]


def run(cohort: Cohort, results: Results, settings: StudySettings) -> StageResult:
    """Run the parts asked for; one that cannot run leaves its reason and stops no other.

    Raises
    ------
    UsageError : a part that does not exist
    """
    lang = cast(Lang, settings.lang)
    check_parts(settings.parts, lang)
    context = Context(
        cohort,
        results,
        described_people(cohort, results),
        lang,
        settings.seed,
        engine.PERMUTATIONS,
        checked_harmonising(settings, lang),
        _norms(settings),
        Path(settings.surfaces) if settings.surfaces else None,
    )
    found: dict[str, PartOutcome] = {}
    rows = []
    for part in PARTS:
        if settings.parts and part.name not in settings.parts:
            rows.append((part.name, "no", text("mechanism.not_asked", lang)))
            continue
        try:
            found[part.name] = _run(part, context)
            rows.append((part.name, "yes", ""))
        except PartSkipped as skipped:
            rows.append((part.name, "no", str(skipped)))
    tables = _tables(found, context)
    tables["parts"] = pd.DataFrame(rows, columns=PARTS_COLUMNS, dtype="object")
    findings = (*_findings(tables.get("named_tests")), *_index_findings(tables.get("vulnerability")))
    learnt = [norm for outcome in found.values() for norm in outcome.norms]
    details = {"brain_norms": norm_document(learnt)} if learnt else {}
    return StageResult("mechanism", tables, findings, details)


def _norms(settings: StudySettings) -> Mapping[tuple[str, str], BrainNorm] | None:
    """Curves of another cohort; empty where they are learnt here, None where nobody is to be placed."""
    if settings.brain_norms == NO_NORMS:
        return None
    return {} if settings.brain_norms == OWN else read_norms(Path(settings.brain_norms))


def checked_harmonising(settings: StudySettings, lang: Lang) -> Harmonising:
    """How sites are to be harmonised.

    Raises
    ------
    UsageError : no such way, or nobody to learn from
    """
    for name, known in ((settings.harmonise, WAYS), (settings.harmonise_from, LEARN_FROM)):
        if name not in known:
            raise UsageError(text("mechanism.no_such_way", lang, name=name, known=", ".join(known)))
    return Harmonising(settings.harmonise, settings.harmonise_from)


def check_parts(asked: frozenset[str], lang: Lang) -> None:
    """Refuse names of parts that do not exist.

    Raises
    ------
    UsageError : with the names that do
    """
    known = [part.name for part in PARTS]
    strangers = sorted(asked - set(known))
    if strangers:
        raise UsageError(
            text("mechanism.no_such_part", lang, names=", ".join(strangers), known=", ".join(known))
        )


def _run(part: Part, context: Context) -> PartOutcome:
    missing = sorted(part.needs - context.cohort.holds)
    if missing:
        raise PartSkipped(text("mechanism.part_needs", context.lang, tables=", ".join(missing)))
    return part.run(context)


def _tables(found: dict[str, PartOutcome], context: Context) -> dict[str, pd.DataFrame]:
    if not found:
        return {}
    tables = {name: outcome.table for name, outcome in found.items()}
    tables |= {
        f"{name}_for_meta_analysis": enigma_export(outcome.table)
        for name, outcome in found.items()
        if len(outcome.table) and name != vertices.NAME
    }
    named = [row for outcome in found.values() for row in outcome.named]
    return {
        **tables,
        "named_tests": pd.DataFrame(named, columns=NAMED_COLUMNS),
        "models": pd.concat([outcome.models for outcome in found.values()], ignore_index=True),
        "scanned": pd.concat([outcome.scanned for outcome in found.values()], ignore_index=True),
        "notes": _notes(context),
        **joined(outcome.beside for outcome in found.values()),
    }


def _notes(context: Context) -> pd.DataFrame:
    """What the record says of controls that it cannot say: counted, and never used."""
    counted = {
        "controls_with_onset": controls_with_onset(context.people),
        "controls_with_scores": controls_with_scores(context.cohort, context.people),
        "not_in_a_group": int((context.people["group"] == "other").sum()),
        "verdict_unknown": int((context.people["group"] == "unknown").sum()),
    }
    rows: list[dict[str, Any]] = [
        {"note": name, "n": n, "what": text(f"mechanism.{name}", context.lang, n=n)}
        for name, n in counted.items()
        if n
    ]
    return pd.DataFrame(rows, columns=NOTES_COLUMNS)


def _findings(named: pd.DataFrame | None) -> tuple[Finding, ...]:
    """Every named test that gave a number."""
    if named is None:
        return ()
    told = named[named["estimate"].notna()]
    return tuple(
        Finding(
            "mechanism",
            ".".join([row["part"], row["test"], row["region"], row["quantity"]]),
            float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"]), int(row["n"]),
            str(row["unit"]), str(row["method"]), str(row["source"]), str(row["note"]),
        )
        for row in told.to_dict("records")
    )  # fmt: skip


def _index_findings(compared: pd.DataFrame | None) -> tuple[Finding, ...]:
    """The index of every contrast that could be compared, held against all controls."""
    if compared is None:
        return ()
    told = compared[compared["estimate"].notna() & (compared["standard"] == "all_controls")]
    return tuple(
        Finding(
            "mechanism",
            ".".join([row["part"], "vulnerability", row["measure"], row["contrast"], row["values"]]),
            float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"]),
            int(row["n_first"]) + int(row["n_second"]), str(row["unit"]), str(row["method"]),
            str(row["source"]),
        )
        for row in told.to_dict("records")
    )  # fmt: skip


STAGE = Stage("mechanism", needs=frozenset({"people"}), after=("ascertain", "subtype"), run=run)
