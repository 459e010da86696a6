"""What each command does, in the order it does it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opentrs import reference, sources
from opentrs.cli.lines import MANY, print_problems, say
from opentrs.cli.progress import shown_progress
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Results, Stage, StageResult, StudySettings
from opentrs.errors import InputProblemsError, OpenTRSError, OutputChangedError, StageFailedError, UsageError
from opentrs.mechanism.norm_document import read_norms
from opentrs.mechanism.stage import check_parts
from opentrs.messages import Lang, text
from opentrs.report.folder import check_target, sha256
from opentrs.report.output import Run, write_run
from opentrs.report.surface_html import check_installed
from opentrs.report.verify import verify_run
from opentrs.sources import synthetic
from opentrs.sources.imaging.surfaces import FOLDER as SURFACES
from opentrs.sources.synthetic.writing import TRUTH_FOLDER
from opentrs.study import STAGES, Progress, run_study

DEMO_PEOPLE = 260
# Scans are compared with those of controls.
DEMO_CONTROLS = 0.25
DEMO_KINDS = ("cortex", "subcortex", "tracts", "perfusion", "metabolism", "spectroscopy")
DEMO_SEED = 1
FORMS_WRITTEN = ("csv",)


@dataclass(frozen=True, slots=True)
class Request:
    """One study as it was asked for on the command line; see the commands' help for each field."""

    command: str
    cohort: Path
    out: Path
    lang: Lang
    seed: int = 1
    only: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    harmonise: str = "none"
    harmonise_from: str = "controls"
    brain_norms: str = "own"
    surfaces: Path | None = None
    surface_html: bool = False
    config: Path | None = None
    keep_going: bool = False
    aggregate_only: bool = False
    people: tuple[str, ...] = ()
    dose_key: str | None = None
    definitions: tuple[Path, ...] = ()
    types: Path | None = None
    norms: Path | None = None
    dopamine_thresholds: Path | None = None
    thorough: bool = False
    repeats: int = 0
    jobs: int = 1

    @property
    def brain_norms_file(self) -> Path | None:
        """The document of norms, if one was given."""
        return None if self.brain_norms in ("own", "none") else Path(self.brain_norms)

    @property
    def surfaces_folder(self) -> Path | None:
        """The folder of surface maps: the one given, else that of the cohort if it has one."""
        own = self.cohort / SURFACES
        return self.surfaces or (own if own.is_dir() else None)

    @property
    def recorded(self) -> dict[str, Any]:
        """The options as ``run.json`` keeps them: without paths, and without people's names."""
        return {
            "only": list(self.only),
            "parts": list(self.parts),
            "harmonise": self.harmonise,
            "harmonise_from": self.harmonise_from,
            "brain_norms": Path(self.brain_norms).name,
            "keep_going": self.keep_going,
            "aggregate_only": self.aggregate_only,
            "surface_html": self.surface_html,
            "people_shown": len(self.people),
            "config": self.config.name if self.config else None,
            "definitions": [path.name for path in self.definitions],
            "types": self.types.name if self.types else None,
            "norms": self.norms.name if self.norms else None,
            "dopamine_thresholds": self.dopamine_thresholds.name if self.dopamine_thresholds else None,
            "thorough": self.thorough,
            "repeats": self.repeats,
        }


def names(joined: str) -> tuple[str, ...]:
    """Split ``a,b`` into names, leaving out blanks."""
    return tuple(name.strip() for name in joined.split(",") if name.strip())


def study(request: Request) -> Path:
    """Read, study, write; return the path of the report."""
    stages = _stages(request)
    check_target(request.out, request.lang)
    if request.people and request.aggregate_only:
        raise UsageError(text("cli.person_and_aggregate", request.lang))
    if request.surface_html:
        check_installed(request.lang)
    files = (request.config, *request.definitions, request.types, request.norms)
    _check_there(
        request.cohort,
        *files,
        request.dopamine_thresholds,
        request.brain_norms_file,
        request.surfaces,
        lang=request.lang,
    )
    if request.brain_norms_file is not None:
        read_norms(request.brain_norms_file)  # before anything long is begun
    with shown_progress(request.lang) as progress:
        total = len(stages) + 2
        progress("read", 0, total)
        cohort = sources.read(request.cohort, config=request.config, keep_going=request.keep_going)
        _check_people(cohort, request)
        settings = _settings(request)

        def between(stage: str, done: int, _: int) -> None:
            progress(stage, done + 1, total)

        results = _run(cohort, stages, settings, between, request.lang)
        progress("write", total - 1, total)
        run = Run(
            cohort,
            results,
            settings,
            request.command,
            request.recorded,
            _extra_inputs(request),
            request.people,
            request.aggregate_only,
            request.surface_html,
        )
        report = write_run(run, request.out)
    print_problems(cohort.problems, request.lang, MANY)
    if request.surface_html and not any((request.out / "figures" / "mechanism").glob("surface_*.html")):
        say(text("mechanism.surface_none", request.lang))
    _say_headline(results, request)
    return report


def check(cohort: Path, config: Path | None, lang: Lang) -> None:
    """Read a cohort, list its problems, and fail where a row had to be rejected.

    Raises
    ------
    InputProblemsError : at least one problem is an error
    """
    _check_there(cohort, config, lang=lang)
    found = sources.check(cohort, config=config)
    for entry in found.files:
        if entry.table:
            say(
                text(
                    "cli.file_read",
                    lang,
                    file=entry.name,
                    table=entry.table,
                    read=entry.read,
                    kept=entry.kept,
                    rejected=entry.rejected,
                )
            )
    if any(problem.severity == "error" for problem in found.problems):
        raise InputProblemsError(found.problems)
    print_problems(found.problems, lang)
    say(text("cli.no_errors", lang))


def simulate(
    folder: Path,
    people: int,
    seed: int,
    kinds: Sequence[str],
    form: str,
    lang: Lang,
    controls: float | None = None,
) -> None:
    """Write a simulated cohort into a new or empty folder.

    Raises
    ------
    UsageError : the folder is not empty, or this version writes no such form or kind of data
    """
    if form not in FORMS_WRITTEN:
        raise UsageError(text("cli.form_not_yet", lang, form=form))
    strangers = sorted(set(kinds) - set(synthetic.KNOWN_KINDS))
    if strangers:
        known = ", ".join(synthetic.KNOWN_KINDS)
        raise UsageError(text("cli.kind_not_yet", lang, kinds=", ".join(strangers), known=known))
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise UsageError(text("cli.simulate_not_empty", lang))
    layers, planted = synthetic.layers_with(kinds), synthetic.parameters_with(kinds, controls)
    synthetic.write(synthetic.simulate(people, seed, layers=layers, parameters=planted), folder)


def demo(folder: Path, lang: Lang) -> Path:
    """Simulate a cohort and study it; a cohort with its truth beside it was made up: it is replaced."""
    cohort = folder / "cohort"
    check_target(folder / "report", lang)
    if cohort.exists():
        if not (cohort / TRUTH_FOLDER / "truth.csv").is_file():
            raise UsageError(text("cli.simulate_not_empty", lang))
        shutil.rmtree(cohort)
    say(text("cli.simulating", lang, n=DEMO_PEOPLE))
    simulate(cohort, DEMO_PEOPLE, DEMO_SEED, DEMO_KINDS, "csv", lang, DEMO_CONTROLS)
    return study(Request("demo", cohort, folder / "report", lang, seed=DEMO_SEED))


def verify(out: Path, lang: Lang) -> None:
    """Name every file of a finished run that is not as the run wrote it.

    Raises
    ------
    OutputChangedError : a file changed or is gone
    """
    found = verify_run(out, lang)
    for kind, files in (("changed", found.changed), ("missing", found.missing), ("added", found.added)):
        for name in files:
            say(text(f"cli.verify_{kind}", lang, file=name))
    if not found.holds:
        raise OutputChangedError(text("cli.verify_fails", lang, n=len(found.changed) + len(found.missing)))
    say(text("cli.verify_holds", lang, n=len(found.same)))


def _stages(request: Request) -> tuple[Stage, ...]:
    """The stages asked for with those they read from, in the order of the study."""
    known = {stage.name: stage for stage in STAGES}
    strangers = [name for name in request.only if name not in known]
    if strangers:
        raise UsageError(
            text("cli.no_such_stage", request.lang, names=", ".join(strangers), known=", ".join(known))
        )
    check_parts(frozenset(request.parts), request.lang)
    wanted = set(request.only or known)
    for stage in reversed(STAGES):
        if stage.name in wanted:
            wanted |= set(stage.after)
    return tuple(stage for stage in STAGES if stage.name in wanted)


def _check_there(*paths: Path | None, lang: Lang) -> None:
    for path in paths:
        if path is not None and not path.exists():
            raise UsageError(text("cli.not_there", lang, path=path.name))


def _settings(request: Request) -> StudySettings:
    if request.dose_key is not None and request.dose_key not in reference.dose_keys():
        known = ", ".join(reference.dose_keys())
        raise UsageError(text("cli.no_such_dose_key", request.lang, name=request.dose_key, known=known))
    chosen: dict[str, Any] = {"dose_key": request.dose_key} if request.dose_key else {}
    return StudySettings(
        seed=request.seed,
        lang=request.lang,
        definitions=tuple(str(path) for path in request.definitions),
        types=str(request.types or ""),
        norms=str(request.norms or ""),
        dopamine_thresholds=str(request.dopamine_thresholds or ""),
        parts=frozenset(request.parts),
        harmonise=request.harmonise,
        harmonise_from=request.harmonise_from,
        brain_norms=request.brain_norms,
        surfaces=str(request.surfaces_folder or ""),
        thorough=request.thorough,
        repeats=request.repeats,
        jobs=request.jobs,
        **chosen,
    )


def _run(
    cohort: Cohort, stages: Sequence[Stage], settings: StudySettings, progress: Progress, lang: Lang
) -> Results:
    """Run the stages; whatever a stage trips over that nobody foresaw is named without its values."""
    running = ""

    def noted(stage: str, done: int, total: int) -> None:
        nonlocal running
        running = stage or running
        if stage:
            progress(stage, done, total)

    try:
        return run_study(cohort, stages, settings, noted)
    except OpenTRSError:
        raise
    except Exception as error:
        raise StageFailedError(
            text("cli.stage_failed", lang, stage=running, kind=type(error).__name__)
        ) from error


def _check_people(cohort: Cohort, request: Request) -> None:
    """Ids are not repeated: they are people's."""
    if not request.people:
        return
    wanted = sorted(set(request.people))
    found = set(cohort.people.filter(cohort.people.person_id.isin(wanted)).person_id.execute())
    if len(found) < len(wanted):
        raise UsageError(text("cli.no_such_person", request.lang, n=len(wanted) - len(found), of=len(wanted)))


def _extra_inputs(request: Request) -> dict[str, str]:
    given = (
        request.config, request.types, request.norms, request.dopamine_thresholds, request.brain_norms_file,
    )  # fmt: skip
    hashes = {path.name: sha256(path) for path in (*request.definitions, *filter(None, given))}
    folder = request.surfaces_folder
    return hashes | ({f"{SURFACES}/": _hash_of_folder(folder)} if folder else {})


def _hash_of_folder(folder: Path) -> str:
    """One hash over the files of a folder; their names, which may be people's, stay out of the record."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        digest.update(f"{path.name}\n{sha256(path)}\n".encode())
    return digest.hexdigest()


def _say_headline(results: Results, request: Request) -> None:
    """The counts of verdicts under the first definition; not where small counts are withheld."""
    found = results.get("ascertain")
    if request.aggregate_only or not isinstance(found, StageResult) or "prevalence" not in found.tables:
        return
    rows = found.tables["prevalence"]
    for row in rows[rows["group"] == "all"].head(1).to_dict("records"):
        counts = {name: int(row[name]) for name in ("n", "resistant", "not_resistant", "unknown")}
        say(text("cli.headline", request.lang, definition=row["definition"], **counts))
