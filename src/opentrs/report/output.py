"""A finished study -> its output folder: page, findings, record of the run, tables, figures."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256 as hash_of
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from opentrs import __version__
from opentrs.cohort.model import Cohort, SourceFile
from opentrs.cohort.results import Finding, Results, Skipped, StageResult, StudySettings
from opentrs.messages import Lang
from opentrs.report import documents, withheld
from opentrs.report.export import json_bytes, write_csv, write_parquet
from opentrs.report.folder import RUN_RECORD, files_below, replaced_whole, sha256
from opentrs.report.page import render
from opentrs.report.surface_html import surface_pages
from opentrs.report.view import PageInput

PACKAGES = (
    "duckdb", "ibis-framework", "jinja2", "numpy", "pandas", "pyarrow", "scipy", "sqlglot", "statsmodels",
)  # fmt: skip
SEAL = "sha256"


@dataclass(frozen=True, slots=True)
class Run:
    """All that is written about one run.

    Parameters
    ----------
    cohort, results, settings : what was studied, what was found, with which choices
    command : the command's name, such as ``study``
    options : the command's options as the user gave them, without paths
    inputs : further input files (mapping, definitions): name -> SHA-256
    people : people who get a section of their own
    aggregate_only : leave out everything about single people and withhold small counts
    surface_html : also write the inflated surface as pages that can be turned
    """

    cohort: Cohort
    results: Results
    settings: StudySettings
    command: str
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    aggregate_only: bool = False
    surface_html: bool = False


def write_run(run: Run, out: Path) -> Path:
    """Write the output folder in one step and return the path of its page.

    The same input and seed give the same bytes: no clock time, no absolute path.
    """
    results = withheld.aggregate(run.results) if run.aggregate_only else run.results
    written = documents.texts(results, run.cohort, run.settings, run.aggregate_only)
    results = documents.with_documents(results, run.cohort, run.settings, run.aggregate_only)
    with replaced_whole(out) as folder:
        page, figures = render(PageInput(run.cohort, results, run.settings, run.people, run.aggregate_only))
        for name, content in written.items():
            _write(folder / name, content.encode("utf-8"))
        for name, drawing in figures.items():
            _write(folder / "figures" / f"{name}.svg", drawing.encode("utf-8"))
        if run.surface_html:
            lang: Lang = "zh" if run.settings.lang == "zh" else "en"
            for name, content in surface_pages(results, lang).items():
                _write(folder / "figures" / name, content.encode("utf-8"))
        for result in results.values():
            if isinstance(result, StageResult):
                _write_tables(result, folder / "tables" / result.stage)
        if not run.aggregate_only:
            _write_tables(quality(run), folder / "tables" / "quality")
        _write(folder / "report.html", page.encode("utf-8"))
        _write(folder / "study.json", json_bytes(study_record(run, results)))
        _write(folder / RUN_RECORD, json_bytes(sealed(run_record(run, folder))))
    return out / "report.html"


def write_tables(
    run: Run, figures: Mapping[str, str], out: Path, texts: Mapping[str, str] | None = None
) -> None:
    """Write the tables of a run and figures of its own, without a page, in one step.

    Parameters
    ----------
    figures : path below ``figures`` without its ending -> SVG
    texts : path in the folder -> content of further text files
    """
    with replaced_whole(out) as folder:
        for name, content in (texts or {}).items():
            _write(folder / name, content.encode("utf-8"))
        for name, drawing in figures.items():
            _write(folder / "figures" / f"{name}.svg", drawing.encode("utf-8"))
        for result in run.results.values():
            if isinstance(result, StageResult):
                _write_tables(result, folder / "tables" / result.stage)
        if not run.aggregate_only:
            _write_tables(quality(run), folder / "tables" / "quality")
        _write(folder / RUN_RECORD, json_bytes(sealed(run_record(run, folder))))


def quality(run: Run) -> StageResult:
    """What was found while reading, as tables: every problem in full, and every file with its row counts."""
    problems = [
        {
            "severity": problem.severity,
            "code": problem.code,
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "table": problem.table,
            "sentence": problem.sentence("zh" if run.settings.lang == "zh" else "en", with_values=True),
        }
        for problem in run.cohort.problems
    ]
    columns = ["severity", "code", "file", "line", "column", "table", "sentence"]
    frame = pd.DataFrame(problems, columns=columns).astype({"line": "Int64"})
    files = pd.DataFrame(
        [asdict(entry) for entry in run.cohort.files], columns=[each.name for each in fields(SourceFile)]
    )
    return StageResult("quality", {"problems": frame, "files": files})


def study_record(run: Run, results: Results) -> dict[str, Any]:
    """Every finding and every stage that could not run, ready for JSON."""
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    for result in results.values():
        if isinstance(result, Skipped):
            skipped.append(result)
        else:
            findings.extend(result.findings)
    return {
        "cohort": run.cohort.name,
        "dose_key": run.settings.dose_key,
        "aggregate_only": run.aggregate_only,
        "findings": [_plain(asdict(finding)) for finding in findings],
        "skipped": [asdict(entry) for entry in skipped],
    }


def run_record(run: Run, folder: Path) -> dict[str, Any]:
    """How the run was made: what went in, what came out, with which versions."""
    return {
        "opentrs": __version__,
        "command": run.command,
        "options": dict(run.options),
        "seed": run.settings.seed,
        "lang": run.settings.lang,
        "dose_key": run.settings.dose_key,
        "inputs": [_input(entry.name, entry.sha256, entry, run.aggregate_only) for entry in run.cohort.files]
        + [{"file": name, "sha256": digest} for name, digest in sorted(run.inputs.items())],
        "outputs": {name: sha256(path) for name, path in files_below(folder).items()},
        "packages": {"python": platform.python_version(), **_versions()},
    }


def sealed(record: dict[str, Any]) -> dict[str, Any]:
    """Add the record's own hash, so that a change of the record itself shows."""
    open_record = {key: value for key, value in record.items() if key != SEAL}
    return {**open_record, SEAL: hash_of(json_bytes(open_record)).hexdigest()}


def _input(name: str, digest: str, entry: Any, aggregate_only: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"file": name, "sha256": digest}
    if entry.table:
        shown["table"] = entry.table
        if not aggregate_only:
            shown.update(read=entry.read, kept=entry.kept, rejected=entry.rejected)
    return shown


def _write_tables(result: StageResult, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in result.tables.items():
        write_csv(frame, folder / f"{name}.csv")
        write_parquet(frame, folder / f"{name}.parquet")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Numbers JSON can hold: NaN and infinities become null, array scalars become plain numbers."""
    plain = {}
    for key, value in row.items():
        number = value.item() if hasattr(value, "item") else value
        if isinstance(number, float) and not float("-inf") < number < float("inf"):
            number = None
        plain[key] = number
    return plain


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
