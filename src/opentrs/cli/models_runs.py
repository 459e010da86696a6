"""What each command of ``opentrs models`` does, in the order it does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from opentrs import __version__, sources
from opentrs.cli.lines import MANY, print_problems, say
from opentrs.cli.models_figures import figures
from opentrs.cli.models_tables import print_figures, print_models, print_one, print_warnings
from opentrs.cohort.build import from_frames
from opentrs.cohort.model import SourceFile
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.errors import Problem, UsageError
from opentrs.messages import Lang, text
from opentrs.predict.registry.apply import Applied, applied, why_not
from opentrs.predict.registry.choices import TableChoices
from opentrs.predict.registry.cohort_people import hash_of, people_of_cohort
from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.judged import Asked, thresholds_between
from opentrs.predict.registry.reading import read_model
from opentrs.predict.registry.shipped import shipped, shipped_ids
from opentrs.predict.registry.standing import FLAGS, Flags, read_flags, refuse_units
from opentrs.predict.registry.table import People, read_people
from opentrs.predict.registry.units import known_units
from opentrs.predict.registry.updated_document import as_text
from opentrs.predict.registry.updating import update
from opentrs.predict.registry.validation import validate
from opentrs.predict.registry.validation_rows import comparators
from opentrs.report.folder import check_target, sha256
from opentrs.report.output import Run, write_tables
from opentrs.sources.parse import nearest

STAGE = "predict"
RISKS = (
    "person_id", "model", "landmark", "risk", "low", "high", "valid", "n_in_100", "score", "positive",
)  # fmt: skip
MOST_THRESHOLDS = 999


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One command as it was given; see the commands' help for each field."""

    model: str
    table: Path
    out: Path
    lang: Lang
    mapped: tuple[str, ...] = ()
    person: str | None = None
    outcome: str | None = None
    event_is: str | None = None
    time: str | None = None
    event: str | None = None
    horizon: float | None = None
    groups: tuple[str, ...] = ()
    site: str | None = None
    missing: tuple[str, ...] = ()
    units_confirmed: tuple[str, ...] = ()
    landmark: str | None = None
    seed: int = 1

    def choices(self) -> TableChoices:
        """The columns as the user named them.

        Raises
        ------
        UsageError : a ``--map`` is not PREDICTOR=COLUMN, or only one of --time and --event is given
        """
        for pair in self.mapped:
            if not all(pair.partition("=")[::2]):
                raise UsageError(text("models.not_a_pair", self.lang, pair=pair))
        if (self.time is None) != (self.event is None):
            raise UsageError(text("models.time_and_event", self.lang))
        if self.time is not None and self.outcome is not None:
            raise UsageError(text("models.outcome_or_time", self.lang))
        columns = dict(pair.split("=", 1) for pair in self.mapped)
        return TableChoices(
            columns, self.person, self.outcome, self.event_is, self.time, self.event, self.horizon,
            self.groups, self.site, self.missing, self.units_confirmed,
        )  # fmt: skip

    @property
    def recorded(self) -> dict[str, Any]:
        """The options as ``run.json`` keeps them, without paths."""
        return {
            "model": Path(self.model).name, "map": list(self.mapped), "person": self.person,
            "outcome": self.outcome, "event_is": self.event_is, "time": self.time, "event": self.event,
            "horizon": self.horizon, "groups": list(self.groups), "site": self.site,
            "missing": list(self.missing), "units_confirmed": list(self.units_confirmed),
            "landmark": self.landmark,
        }  # fmt: skip


def list_models(lang: Lang) -> None:
    """Print the shipped models."""
    print_models([shipped(name) for name in shipped_ids()], lang)


def show(model: str, lang: Lang) -> None:
    """Print one model with its checks.

    Raises
    ------
    UsageError, InputProblemsError : there is no such model, or its document has problems
    """
    print_one(model_of(model, lang), lang)


def model_of(name: str, lang: Lang) -> ModelDocument:
    """A shipped model by its id, or a user's by its path.

    Raises
    ------
    UsageError : neither a model nor a file has this name
    InputProblemsError : the document has problems; all of them are listed
    """
    if name in shipped_ids():
        return shipped(name)
    path = Path(name)
    if path.is_file():
        return read_model(path)
    near = nearest(name, list(shipped_ids())) or "leighton_2021_nonremission"
    raise UsageError(text("models.no_such_model", lang, name=path.name, near=near))


def validate_model(request: ModelRequest, thresholds: str) -> Path:
    """Validate a model on a table; return the folder of the tables.

    Raises
    ------
    UsageError, InputProblemsError, StageFailedError : see the exit codes of the command
    """
    lang = request.lang
    document = model_of(request.model, lang)
    choices, cuts = request.choices(), _thresholds(thresholds, lang)
    _check(request)
    people, given = _people(request, (document, *comparators(document)), choices)
    asked = Asked(choices, lang, request.seed, cuts, given.sha256)
    found = validate(document, people, asked)
    drawn = figures(document, found, lang)
    _write("validate", request, given, found.tables, found.problems, {"thresholds": thresholds}, drawn=drawn)
    print_problems(found.problems, lang, MANY)
    print_figures(document, found, lang)
    return request.out / "tables" / STAGE


def update_model(request: ModelRequest, extend: Sequence[str], step: str | None) -> Path:
    """Update a model on a table; return the path of the new document.

    Raises
    ------
    UsageError, InputProblemsError, StageFailedError : see the exit codes of the command
    """
    lang = request.lang
    document = model_of(request.model, lang)
    choices = request.choices()
    _check(request)
    units = _extension(extend, lang)
    people, given = _people(request, (document,), choices, tuple(units))
    asked = Asked(choices, lang, table_sha256=given.sha256, version=__version__)
    made = update(document, people, asked, units, step)
    name = f"models/{made.document.id}.json"
    options = {"extend": list(extend), "step": step}
    _write(
        "update", request, given, made.tables, people.problems, options, {name: as_text(made.document.tree)}
    )
    print_problems(people.problems, lang, MANY)
    for refused, why in made.refused.items():
        say(text("models.step_refused", lang, step=text(f"models.step_{refused}", lang), why=why))
    say(
        text(
            "models.updated", lang, step=text(f"models.step_{made.step}", lang), n=made.n, events=made.events
        )
    )
    return request.out / name


def apply_model(request: ModelRequest) -> Path:
    """Apply a model to a table; return the folder of the tables.

    Raises
    ------
    UsageError, InputProblemsError : see the exit codes of the command
    """
    lang = request.lang
    document = model_of(request.model, lang)
    if document.answers == "nothing":
        needed = text("models.reasons.list_separator", lang).join(document.listed("needed_to_run", lang))
        raise UsageError(text("models.cannot_run", lang, name=document.name[lang], needed=needed))
    choices = request.choices()
    _check(request)
    people, given = _people(request, (document,), choices)
    refuse_units(document, people, choices)
    found = applied(document, people.predictors)
    flags = Flags(document, lang)
    read_flags(flags, people, found)
    tables = {
        "risks": risks(document, people, found, lang),
        "flags": pd.DataFrame(flags.rows, columns=list(FLAGS)),
    }
    _write("apply", request, given, tables, people.problems, {})
    print_problems(people.problems, lang, MANY)
    print_warnings(flags.rows, lang, ("unit",))
    say(text(f"models.applied_{document.answers}", lang, n=len(people), valid=int(found.valid.sum())))
    return request.out / "tables" / STAGE


def risks(document: ModelDocument, people: People, found: Applied, lang: Lang) -> pd.DataFrame:
    """A row per person: the risk, or why there is none."""
    said = np.where(found.positive == 1, "yes", np.where(found.positive == 0, "no", ""))
    return pd.DataFrame(
        {
            "person_id": list(people.person_id), "model": document.id, "landmark": document.landmark,
            "risk": found.risk, "low": found.low, "high": found.high,
            "valid": [why_not(document, each, lang) for each in found.reasons],
            "n_in_100": pd.array(np.round(100 * found.risk), dtype="Float64").astype("Int64"),
            "score": found.linear_predictor, "positive": said,
        },
        columns=list(RISKS),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given:
    """The files people were read from, and a hash of them all."""

    files: tuple[SourceFile, ...]
    sha256: str


def _people(
    request: ModelRequest, models: Sequence[ModelDocument], choices: TableChoices, extra: Sequence[str] = ()
) -> tuple[People, Given]:
    """People of a table, or of a cohort where a folder is given."""
    if not request.table.is_dir():
        people = read_people(request.table, models, choices, extra)
        digest = sha256(request.table)
        return people, Given((SourceFile(request.table.name, "", digest),), digest)
    if extra:
        raise UsageError(text("models.cohort_not_extended", request.lang))
    cohort = sources.read(request.table)
    people = people_of_cohort(cohort, models, choices, request.landmark, request.lang)
    return people, Given(cohort.files, hash_of(cohort))


def _extension(given: Sequence[str], lang: Lang) -> dict[str, str]:
    """Column -> unit of what a model is to be extended by.

    Raises
    ------
    UsageError : a unit is missing or not known
    """
    units = {}
    for one in given:
        column, _, unit = one.partition("=")
        if not column or unit not in known_units():
            raise UsageError(
                text("models.not_extension", lang, given=one, known=", ".join(sorted(known_units())))
            )
        units[column] = unit
    return units


def _thresholds(given: str, lang: Lang) -> tuple[float, ...]:
    try:
        first, last, step = (float(part) for part in given.split(":"))
    except ValueError:
        raise UsageError(text("models.not_thresholds", lang, given=given)) from None
    sound = 0 < first <= last < 1 and step > 0 and (last - first) / step < MOST_THRESHOLDS
    if not sound:
        raise UsageError(text("models.not_thresholds", lang, given=given))
    return thresholds_between(first, last, step)


def _check(request: ModelRequest) -> None:
    check_target(request.out, request.lang)
    if not request.table.exists():
        raise UsageError(text("cli.not_there", request.lang, path=request.table.name))


def _write(
    command: str,
    request: ModelRequest,
    read: Given,
    tables: Mapping[str, pd.DataFrame],
    problems: Sequence[Problem],
    options: Mapping[str, Any],
    texts: Mapping[str, str] | None = None,
    drawn: Mapping[str, str] | None = None,
) -> None:
    own = [SourceFile(path.name, "", sha256(path)) for path in (Path(request.model),) if path.is_file()]
    files = (*read.files, *own)
    cohort = from_frames({"people": pd.DataFrame({"person_id": []})}, files=files, problems=tuple(problems))
    settings = StudySettings(lang=request.lang, seed=request.seed)
    recorded = {**request.recorded, **options}
    run = Run(cohort, {STAGE: StageResult(STAGE, tables)}, settings, f"models {command}", recorded)
    write_tables(run, drawn or {}, request.out, texts)
