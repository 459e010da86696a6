"""What a stage is, and what it hands back. Everything here is frozen: stages return, they never write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opentrs.cohort.model import Cohort

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Finding:
    """One number a reader may quote, with all that makes it quotable.

    Parameters
    ----------
    stage, name : where it was found; ``name`` is unique within the stage
    estimate, low, high : the value and its interval; None where the data cannot tell
    n : people (or units) the estimate rests on
    unit : for instance ``proportion``, ``mg/day``, ``people``
    method : how estimate and interval were computed
    source : DOI or other reference of the method or definition
    note : what must be said beside the number
    """

    stage: str
    name: str
    estimate: float | None
    low: float | None
    high: float | None
    n: int
    unit: str
    method: str
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A stage that could not run, and why; the report prints it."""

    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class StageResult:
    """What one stage found.

    Parameters
    ----------
    stage : name of the stage, also its folder under ``OUT/tables``
    tables : file stem -> table, written as ``OUT/tables/<stage>/<name>.csv`` and ``.parquet``
    findings : numbers with interval, n, unit, method and source
    details : anything later stages and the report need beyond tables; must be immutable by convention
    """

    stage: str
    tables: Mapping[str, pd.DataFrame]
    findings: tuple[Finding, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StudySettings:
    """Choices of one run, the same for every stage.

    Parameters
    ----------
    seed : seed of every random draw
    lang : language of evidence sentences, ``en`` or ``zh``
    dose_key : which published dose-equivalence table decides (see ``reference/dose_equivalents.csv``)
    definitions : paths of users' own definition files, added to the shipped ones
    types : path of the user's own rule of clinical types; empty means the shipped one
    norms : path of the user's own norms of symptom domains; empty means none
    dopamine_thresholds : path of the user's own thresholds of dopamine function; empty means none
    parts : parts of the mechanism stage to run; empty means all
    harmonise, harmonise_from : how sites of scans are brought to one scale beside the main model (``none``,
        ``combat``, ``gam``, ``longitudinal``), and whom it is learnt from (``controls``, ``all``)
    brain_norms : ``own`` places scans among the cohort's controls, a path among those of another run's
        document, ``none`` not at all
    surfaces : folder of maps of the cortical surface; empty means none
    thorough : prediction with repeated folds, several imputations, challengers and a long alarm
    repeats : times the folds of prediction are drawn; 0 as the stage has it
    jobs : processes for prediction
    """

    seed: int = 1
    lang: str = "en"
    dose_key: str = "leucht2016_ddd"
    definitions: tuple[str, ...] = ()
    types: str = ""
    norms: str = ""
    dopamine_thresholds: str = ""
    parts: frozenset[str] = frozenset()
    harmonise: str = "none"
    harmonise_from: str = "controls"
    brain_norms: str = "own"
    surfaces: str = ""
    thorough: bool = False
    repeats: int = 0
    jobs: int = 1


Results = Mapping[str, StageResult | Skipped]
RunStage = Callable[[Cohort, Results, StudySettings], StageResult]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the study.

    Parameters
    ----------
    name : the stage's name: its command, its folder and its report section
    needs : tables the cohort must hold for the stage to mean anything
    after : stages whose results it reads
    run : the function that does it
    """

    name: str
    needs: frozenset[str]
    after: tuple[str, ...]
    run: RunStage
