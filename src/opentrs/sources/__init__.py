"""The outside world -> Cohort: folders of tables, mapped or not, read with every problem listed.

``read`` gives a cohort or says everything that is wrong; ``check`` only says what is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from opentrs.cohort.model import Cohort, SourceFile
from opentrs.errors import InputProblemsError, Problem
from opentrs.sources.folder import NotReadError, plan_for
from opentrs.sources.pipeline import Outcome, carry_out

__all__ = ["CheckResult", "NotReadError", "check", "read"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What checking a cohort found.

    Parameters
    ----------
    cohort : the cohort as :func:`read` would return it; None where an error stands in its way
    problems : everything found, by file, line and column
    files : what was read, with hashes and row counts
    """

    cohort: Cohort | None
    problems: tuple[Problem, ...]
    files: tuple[SourceFile, ...]


def read(
    location: str | Path, config: Path | None = None, *, keep_going: bool = False, today: date | None = None
) -> Cohort:
    """Read a cohort from a folder.

    Parameters
    ----------
    location : the folder
    config : a mapping file; by default ``cohort.toml`` in the folder, if there is one
    keep_going : leave rows with errors out instead of refusing the cohort. They are listed in
        ``cohort.problems`` and counted in ``cohort.files``, where read = kept + rejected.
    today : dates after this day lie in the future; the current day by default

    Raises
    ------
    InputProblemsError : the input has errors; all its problems are listed. With ``keep_going`` only if no
        person could be read.
    UsageError : there is no such folder, or it is of a kind this version does not read
    """
    outcome = _outcome(location, config, today)
    if outcome.cohort is None or (outcome.has_errors and not keep_going):
        raise InputProblemsError(outcome.problems)
    return outcome.cohort


def check(location: str | Path, config: Path | None = None, *, today: date | None = None) -> CheckResult:
    """Read and check a cohort and say everything that is wrong with it, in one go.

    Raises
    ------
    UsageError : there is no such folder, or it is of a kind this version does not read
    """
    try:
        outcome = _outcome(location, config, today)
    except InputProblemsError as refused:
        return CheckResult(None, refused.problems, ())
    return CheckResult(None if outcome.has_errors else outcome.cohort, outcome.problems, outcome.files)


def _outcome(location: str | Path, config: Path | None, today: date | None) -> Outcome:
    day = today or date.today()
    return carry_out(plan_for(location, config, day), day)
