"""What each command of ``opentrs evidence`` does, in the order it does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from opentrs.cli.evidence_figures import figures
from opentrs.cli.evidence_tables import print_list, print_match
from opentrs.cli.lines import MANY, print_problems, say
from opentrs.cohort.build import from_frames
from opentrs.cohort.model import SourceFile
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.errors import Problem, StageFailedError, UsageError
from opentrs.messages import Lang, text
from opentrs.reference.load import frame
from opentrs.report.folder import check_target, sha256
from opentrs.report.output import Run, write_tables
from opentrs.stats.meta import MetaAnalysisError
from opentrs.stats.network.contrasts import Contrasts, pieces
from opentrs.treat import advice, export, living
from opentrs.treat.comparisons import PoolChoices, study_contrasts
from opentrs.treat.decisions import Recorded, by_row, is_day, read_decisions
from opentrs.treat.files import Evidence, check_network, read_evidence
from opentrs.treat.gate import doubts
from opentrs.treat.listing import evidence_list, known_components, known_symptoms
from opentrs.treat.matching import match as matched
from opentrs.treat.networks import component_tables, has_components, network_data, networked
from opentrs.treat.options import components
from opentrs.treat.pairwise import pairwise
from opentrs.treat.rows import as_frame, read_rows

STAGE = "treat"
NETWORK_TAU2 = ("reml", "dl", "ml", "fixed")
SNAPSHOT = Path("tables") / STAGE / "trials.csv"
Choices = tuple[str, str, str, str | None, bool]


def pool(file: Path, out: Path, choices: Choices, export_r: bool, lang: Lang) -> Path:
    """Pool every pair of treatments of a file; return the folder of the tables.

    Raises
    ------
    UsageError, InputProblemsError, StageFailedError : see the exit codes of the command
    """
    chosen = PoolChoices(*choices)
    evidence = _evidence(file, out, chosen, lang)
    try:
        tables = pairwise(evidence, chosen)
    except MetaAnalysisError as error:
        raise StageFailedError(text("treat.fit_failed", lang, detail=error)) from error
    texts = export.exported(evidence, chosen, False) if export_r else {}
    _write("pool", out, lang, tables, _options(chosen), (file,), evidence.problems, texts)
    print_problems(evidence.problems, lang, MANY)
    say(text("treat.pool_headline", lang, pairs=len(tables["pooled"]), studies=_studies(tables["studies"])))
    return out / "tables" / STAGE


def network(
    file: Path, out: Path, choices: Choices, interactions: Sequence[str], export_r: bool, lang: Lang
) -> Path:
    """Fit the network of a file; return the folder of the tables.

    A network in pieces is fitted by its components, where treatments are sums of them.

    Raises
    ------
    UsageError, InputProblemsError, StageFailedError : see the exit codes of the command
    """
    chosen = PoolChoices(*choices, tuple(interactions))
    if chosen.tau2 not in NETWORK_TAU2:
        known = ", ".join(NETWORK_TAU2)
        raise UsageError(text("treat.tau2_not_in_networks", lang, known=known, name=chosen.tau2))
    evidence = _evidence(file, out, chosen, lang)
    check_network(evidence, file.name)
    data = network_data(evidence, chosen)
    _check_interactions(data.treatments, chosen, lang)
    groups = _pieces(data, lang)
    try:
        direct = pairwise(evidence, chosen)
        if len(groups) > 1:
            tables = component_tables(data, chosen)
            said = _pieces_said("treat.pieces_headline", groups, lang)
        else:
            fitted, tables = networked(data, chosen)
            counts = {"treatments": len(fitted.treatments), "studies": len(fitted.blocks)}
            said = text("treat.network_headline", lang, **counts, tau2=fitted.tau2, i2=fitted.i2_percent)
    except MetaAnalysisError as error:
        raise StageFailedError(text("treat.fit_failed", lang, detail=error)) from error
    tables = {"pooled": direct["pooled"], "studies": direct["studies"], **tables}
    texts = export.exported(evidence, chosen, True) if export_r else {}
    _write("network", out, lang, tables, _options(chosen), (file,), evidence.problems, texts)
    print_problems(evidence.problems, lang, MANY)
    say(said)
    return out / "tables" / STAGE


def list_rows(
    symptom: str | None,
    option: str | None,
    decisions: Path | None,
    out: Path | None,
    export_r: bool,
    lang: Lang,
) -> None:
    """Print the rows of the evidence base, and write them where asked.

    Raises
    ------
    UsageError : no row is about the symptom or option
    """
    rows = frame("trials")
    _check(out, lang, decisions)
    for asked, known in ((symptom, known_symptoms(rows)), (option, known_components(rows))):
        if asked is not None and asked not in known and asked not in " ".join(known):
            raise UsageError(text("treat.list_nothing", lang, asked=asked, known=", ".join(known)))
    found = evidence_list(rows, lang, _recorded(decisions, rows), symptom, option)
    if found.empty:
        asked = " + ".join(name for name in (symptom, option) if name)
        raise UsageError(
            text("treat.list_nothing", lang, asked=asked, known=", ".join(known_components(rows)))
        )
    if out is not None:
        kept = rows[rows["row"].isin(found["row"])]
        texts = {f"{export.FOLDER}/arms.csv": export.long_arms(kept.to_dict("records"))} if export_r else {}  # type: ignore[arg-type]
        options = {"symptom": symptom, "option": option}
        _write("list", out, lang, {"list": found, "trials": _as_file(kept)}, options, (decisions,), (), texts)
    print_list(found, lang)
    silent, doubted = int((found["effect_from"] == "").sum()), int((found["doubts"] != "").sum())
    trials = found["trial"].nunique()
    say(text("treat.list_headline", lang, n=len(found), trials=trials, silent=silent, doubted=doubted))


def match(
    symptom: str, on_clozapine: bool, decisions: Path | None, out: Path | None, export_r: bool, lang: Lang
) -> None:
    """Print what helps for a symptom, and write it where asked."""
    rows = frame("trials")
    _check(out, lang, decisions)
    found = matched(rows, symptom, on_clozapine, by_row(_recorded(decisions, rows)))
    options = advice.options_frame(found, rows, lang)
    tables = {
        "options": options,
        "certainty": advice.reasons_frame(found, lang),
        "indirect": advice.indirect_frame(found, lang),
        "uncompared": advice.uncompared_frame(rows, lang),
        "syntheses": _syntheses(list(options["option"])),
        "targets": frame("targets"),
    }
    if out is not None:
        texts = export.matched(found) if export_r else {}
        asked = {"symptom": symptom, "on_clozapine": on_clozapine}
        _write("match", out, lang, tables, asked, (decisions,), (), texts)
    print_match(symptom, tables, lang)


def add(file: Path, out: Path, base: Path | None, date: str, decisions: Path | None, lang: Lang) -> Path:
    """Add rows to the evidence base, refit, and write what changed; return the folder of the tables.

    Raises
    ------
    UsageError, InputProblemsError : see the exit codes of the command
    """
    if not is_day(date):
        raise UsageError(text("treat.not_a_date", lang, date=date))
    _check(out, lang, file, decisions)
    before = _base(base, lang)
    added, problems = read_rows(file, before)
    after = living.joined(before, added)
    recorded = _recorded(decisions, after)
    changes = living.changes(before, added, lang, by_row(recorded))
    tables = {
        "trials": _as_file(after),
        "changes": changes,
        "list": evidence_list(after, lang, recorded),
        "doubts": pd.DataFrame([{"row": one.row, "check": one.check} for one in doubts(after)]),
    }
    options = {"date": date, "rows_added": len(added)}
    base_file = base / SNAPSHOT if base is not None else None
    _write("add", out, lang, tables, options, (file, decisions, base_file), problems, {})
    print_problems(problems, lang, MANY)
    counts = changes.drop_duplicates("option") if len(changes) else changes
    changed = changes.loc[changes["change"] == "changed", "option"].nunique()
    new = counts.loc[counts["change"] == "new", "option"].nunique()
    say(text("treat.add_headline", lang, n=len(added), changed=changed, new=new))
    return out / "tables" / STAGE


def _evidence(file: Path, out: Path, chosen: PoolChoices, lang: Lang) -> Evidence:
    _check(out, lang, file)
    evidence = read_evidence(file, chosen.measure)
    found = study_contrasts(evidence, chosen.measure)
    if not found:
        print_problems(evidence.problems, lang, MANY)
        raise StageFailedError(text("treat.nothing_tells", lang))
    known = sorted({name for one in found for name in (one.treat1, one.treat2)})
    if chosen.reference is not None and chosen.reference not in known:
        raise UsageError(text("treat.no_such_reference", lang, name=chosen.reference, known=", ".join(known)))
    return evidence


def _pieces(data: Contrasts, lang: Lang) -> tuple[tuple[str, ...], ...]:
    """The pieces of a network; more than one only where components may join them."""
    groups = pieces(data)
    if len(groups) > 1 and not has_components(data):
        raise StageFailedError(_pieces_said("treat.disconnected", groups, lang))
    return groups


def _pieces_said(key: str, groups: Sequence[Sequence[str]], lang: Lang) -> str:
    return text(key, lang, n=len(groups), pieces="; ".join(", ".join(names) for names in groups))


def _check_interactions(treatments: Sequence[str], chosen: PoolChoices, lang: Lang) -> None:
    held = [set(components(name)) for name in treatments if name != chosen.reference]
    known = sorted(set().union(*held))
    for pair in chosen.interactions:
        wanted = {part.strip() for part in pair.split("*")}
        if len(wanted) < 2 or not wanted <= set(known):
            raise UsageError(text("treat.interaction_unknown", lang, pair=pair, known=", ".join(known)))
        if not any(wanted <= parts for parts in held):
            raise UsageError(text("treat.interaction_apart", lang, pair=pair))


def _check(out: Path | None, lang: Lang, *files: Path | None) -> None:
    if out is not None:
        check_target(out, lang)
    for path in files:
        if path is not None and not path.is_file():
            raise UsageError(text("cli.not_there", lang, path=path.name))


def _recorded(path: Path | None, rows: pd.DataFrame) -> tuple[Recorded, ...]:
    return read_decisions(path, frozenset(rows["row"])) if path is not None else ()


def _base(folder: Path | None, lang: Lang) -> pd.DataFrame:
    """The rows to add to: shipped, or of an earlier snapshot, which is checked like any other file."""
    shipped = frame("trials")
    if folder is None:
        return shipped
    path = folder / SNAPSHOT
    if not path.is_file():
        raise UsageError(text("treat.base_not_there", lang))
    rows, _ = read_rows(path, as_frame([]))
    return rows


def _as_file(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows as ``trials.csv`` has them: yes and no in words."""
    flags = {
        name: rows[name].map({True: "yes", False: "no"})
        for name in rows.columns
        if rows[name].dtype == "bool"
    }
    return rows.assign(**flags).reset_index(drop=True)


def _syntheses(options: Sequence[str]) -> pd.DataFrame:
    found = [advice.syntheses(option).assign(option=option) for option in options]
    kept = [table for table in found if len(table)]
    return pd.concat(kept, ignore_index=True) if kept else advice.syntheses("").assign(option="")


def _studies(table: pd.DataFrame) -> int:
    return int(table["study"].nunique())


def _options(chosen: PoolChoices) -> dict[str, Any]:
    return {
        "measure": chosen.measure, "tau2": chosen.tau2, "test": chosen.test,
        "reference": chosen.reference, "small_is_good": chosen.small_is_good,
        "interactions": list(chosen.interactions),
    }  # fmt: skip


DRAWN = ("pool", "network")


def _write(
    command: str,
    out: Path,
    lang: Lang,
    tables: Mapping[str, pd.DataFrame],
    options: Mapping[str, Any],
    files: Sequence[Path | None],
    problems: Sequence[Problem],
    texts: Mapping[str, str],
) -> None:
    given = tuple(path for path in files if path is not None)
    sources = tuple(SourceFile(path.name, "", sha256(path)) for path in given)
    cohort = from_frames({"people": pd.DataFrame({"person_id": []})}, files=sources, problems=tuple(problems))
    run = Run(
        cohort, {STAGE: StageResult(STAGE, tables)}, StudySettings(lang=lang), f"evidence {command}", options
    )
    drawn = figures(tables, lang, command == "network") if command in DRAWN else {}
    write_tables(run, drawn, out, texts)
