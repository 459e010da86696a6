"""A folder of small tables, written as a test draws them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from opentrs.errors import Problem
from opentrs.sources import CheckResult, check

TODAY = date(2026, 1, 1)
PEOPLE = "person_id,sex,birth_date\ncai,M,1980-01-01\nlin,F,1985-05-05\n"


def folder(place: Path, **files: str | bytes) -> Path:
    """Write files into ``place``; ``people`` becomes people.csv, ``a__tsv`` becomes a.tsv."""
    if not any(name.startswith("people") for name in files) and "cohort__toml" not in files:
        files = {"people": PEOPLE, **files}
    for name, content in files.items():
        file = place / (name.replace("__", ".") if "__" in name else f"{name}.csv")
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return place


def checked(place: Path, **files: str | bytes) -> CheckResult:
    """Check a folder of these files, on a fixed day."""
    return check(folder(place, **files), today=TODAY)


def found(problems: tuple[Problem, ...], *severities: str) -> list[tuple[str, str]]:
    """Where what was found, as (place, code); by default all but notes."""
    wanted = severities or ("error", "warning")
    return [(problem.place, problem.code) for problem in problems if problem.severity in wanted]
