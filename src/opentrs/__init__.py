"""OpenTRS: open software for the five questions of treatment-resistant schizophrenia.

Research software and decision support. Not a medical device.

The names below are the public ones. Each is imported from its home when it is first used, so that
``import opentrs`` and ``opentrs --help`` are quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentrs.ascertain.definition import Definition, load_definition, shipped_definition
    from opentrs.cohort.build import from_frames
    from opentrs.cohort.model import Cohort
    from opentrs.cohort.results import Finding, Skipped, Stage, StageResult, StudySettings
    from opentrs.errors import InputProblemsError, OpenTRSError, Problem
    from opentrs.measures.converted import converted_scores
    from opentrs.measures.link_table import link_scales
    from opentrs.measures.linking import convert, recalibrate
    from opentrs.measures.scores import factor_scores
    from opentrs.sources import check, read
    from opentrs.sources.synthetic import as_cohort, simulate, write
    from opentrs.study import STAGES, run_study

__version__ = "0.1.0"

_HOMES = {
    "read": "opentrs.sources",
    "check": "opentrs.sources",
    "from_frames": "opentrs.cohort.build",
    "simulate": "opentrs.sources.synthetic",
    "as_cohort": "opentrs.sources.synthetic",
    "write": "opentrs.sources.synthetic",
    "Cohort": "opentrs.cohort.model",
    "run_study": "opentrs.study",
    "STAGES": "opentrs.study",
    "Stage": "opentrs.cohort.results",
    "StudySettings": "opentrs.cohort.results",
    "StageResult": "opentrs.cohort.results",
    "Skipped": "opentrs.cohort.results",
    "Finding": "opentrs.cohort.results",
    "Definition": "opentrs.ascertain.definition",
    "load_definition": "opentrs.ascertain.definition",
    "shipped_definition": "opentrs.ascertain.definition",
    "convert": "opentrs.measures.linking",
    "converted_scores": "opentrs.measures.converted",
    "recalibrate": "opentrs.measures.linking",
    "link_scales": "opentrs.measures.link_table",
    "factor_scores": "opentrs.measures.scores",
    "Problem": "opentrs.errors",
    "OpenTRSError": "opentrs.errors",
    "InputProblemsError": "opentrs.errors",
}
# In the order a script uses them; the manual lists them so.
__all__ = [  # noqa: RUF022
    "read", "check", "from_frames", "simulate", "as_cohort", "write", "Cohort", "run_study", "STAGES",
    "Stage", "StudySettings", "StageResult", "Skipped", "Finding", "Definition", "load_definition",
    "shipped_definition", "convert", "converted_scores", "recalibrate", "link_scales", "factor_scores",
    "Problem", "OpenTRSError", "InputProblemsError",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
