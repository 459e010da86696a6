"""A user's file of trials for pooling: arms or contrasts, with every problem by file, line and column."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from opentrs.errors import InputProblemsError, Problem

ARM_COLUMNS = ("study", "treatment", "n")
COUNT_COLUMNS = ("events",)
MEAN_COLUMNS = ("mean", "sd")
CONTRAST_COLUMNS = ("study", "treat1", "treat2", "estimate", "se")
NUMBERS = frozenset({"n", "events", "mean", "sd", "estimate", "se"})
WHOLE = frozenset({"n", "events"})
MEASURES_OF_COUNTS = ("OR", "RR", "RD")
EMPTY = frozenset({"", "na", "n/a", "nan", "."})


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of one study; numbers not given are not numbers."""

    line: int
    study: str
    treatment: str
    n: float
    events: float
    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Contrast:
    """One comparison of one study, on the scale on which it is pooled (log for ratios)."""

    line: int
    study: str
    treat1: str
    treat2: str
    estimate: float
    se: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a file holds: arms or contrasts, and what is worth knowing about it."""

    arms: tuple[Arm, ...]
    contrasts: tuple[Contrast, ...]
    problems: tuple[Problem, ...]


def read_evidence(path: Path, measure: str) -> Evidence:
    """Read arms or contrasts; which, the header tells.

    Arms: study, treatment, n and events, or mean and sd. Contrasts: study, treat1, treat2, estimate, se.

    Parameters
    ----------
    path : CSV or TSV file in UTF-8
    measure : effect measure asked for, which tells whether counts or means are needed

    Raises
    ------
    InputProblemsError : every problem of the file at once
    """
    problems: list[Problem] = []
    rows, header = table_rows(path, problems)
    if set(CONTRAST_COLUMNS) <= set(header):
        contrasts = _contrasts(rows, path.name, problems)
        stop_at_errors(problems)
        return Evidence((), tuple(contrasts), tuple(problems))
    wanted = (*ARM_COLUMNS, *(COUNT_COLUMNS if measure in MEASURES_OF_COUNTS else MEAN_COLUMNS))
    missing = [name for name in wanted if name not in header]
    if missing:
        columns = {"missing": ", ".join(missing), "arms": ", ".join(wanted)}
        problems.append(
            Problem(
                "evidence_columns", file=path.name, line=1,
                params={**columns, "contrasts": ", ".join(CONTRAST_COLUMNS)},
            )
        )  # fmt: skip
    stop_at_errors(problems)
    arms = _arms(rows, path.name, measure, problems)
    stop_at_errors(problems)
    return Evidence(tuple(arms), (), tuple(problems))


def stop_at_errors(problems: Sequence[Problem]) -> None:
    """Raise all problems if one of them is an error.

    Raises
    ------
    InputProblemsError : at least one problem is an error
    """
    if any(problem.severity == "error" for problem in problems):
        raise InputProblemsError(problems)


def table_with(
    path: Path, columns: Sequence[str], problems: list[Problem]
) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """Rows and header, as :func:`table_rows`, of a file that must have these columns.

    Raises
    ------
    InputProblemsError : the file cannot be read, or lacks a column
    """
    rows, header = table_rows(path, problems)
    missing = [name for name in columns if name not in header]
    if missing:
        params = {"missing": ", ".join(missing), "columns": ", ".join(columns)}
        problems.append(Problem("evidence_table_columns", file=path.name, line=1, params=params))
    stop_at_errors(problems)
    return rows, header


def table_rows(path: Path, problems: list[Problem]) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """Rows of a CSV, TSV or semicolon file with their lines, and its header; what is wrong is added.

    Raises
    ------
    InputProblemsError : the file is not UTF-8
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputProblemsError([Problem("evidence_not_utf8", file=path.name)]) from None
    head = content.split("\n", 1)[0]
    delimiter = max((",", "\t", ";"), key=head.count)
    reader = csv.reader(io.StringIO(content), delimiter=delimiter)
    header = [cell.strip().lower() for cell in next(reader, [])]
    for name, times in Counter(header).items():
        if times > 1:
            problems.append(Problem("evidence_column_twice", file=path.name, line=1, column=name))
    rows = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            numbers = {"n": len(cells), "expected": len(header)}
            problems.append(Problem("evidence_cells", file=path.name, line=reader.line_num, params=numbers))
            continue
        rows.append((reader.line_num, dict(zip(header, (cell.strip() for cell in cells), strict=True))))
    if not rows and not problems:
        problems.append(Problem("evidence_empty", file=path.name))
    return rows, header


def _text(row: dict[str, str], column: str, line: int, file: str, problems: list[Problem]) -> str:
    value = row.get(column, "")
    if value.lower() in EMPTY:
        problems.append(Problem("evidence_blank", file=file, line=line, column=column))
        return ""
    return value


def _number(row: dict[str, str], column: str, line: int, file: str, problems: list[Problem]) -> float:
    value = row.get(column, "")
    if value.lower() in EMPTY:
        problems.append(Problem("evidence_blank", file=file, line=line, column=column))
        return math.nan
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        problems.append(
            Problem("evidence_not_a_number", file=file, line=line, column=column, params={"cell": value})
        )
    elif column in WHOLE and number != math.floor(number):
        problems.append(
            Problem("evidence_not_whole", file=file, line=line, column=column, params={"cell": value})
        )
    return number


def _contrasts(rows: list[tuple[int, dict[str, str]]], file: str, problems: list[Problem]) -> list[Contrast]:
    found = []
    for line, row in rows:
        study, one, two = (_text(row, name, line, file, problems) for name in CONTRAST_COLUMNS[:3])
        estimate, se = (_number(row, name, line, file, problems) for name in CONTRAST_COLUMNS[3:])
        if se <= 0:  # not a number was named already
            problems.append(Problem("evidence_se", file=file, line=line, column="se", params={"se": se}))
        if one and one == two:
            problems.append(
                Problem(
                    "evidence_with_itself", file=file, line=line, column="treat2", params={"treatment": one}
                )
            )
        found.append(Contrast(line, study, one, two, estimate, se))
    seen: dict[tuple[str, frozenset[str]], int] = {}
    for one_row in found:
        key = (one_row.study, frozenset((one_row.treat1, one_row.treat2)))
        if key in seen and one_row.study:
            problems.append(
                Problem(
                    "evidence_comparison_twice", file=file, line=one_row.line,
                    params={"study": one_row.study, "first": seen[key]},
                )
            )  # fmt: skip
        seen.setdefault(key, one_row.line)
    return found


def check_network(evidence: Evidence, file: str) -> None:
    """Make sure that every study of several arms gives all comparisons between them.

    Raises
    ------
    InputProblemsError : a study lacks comparisons; each is named
    """
    by_study: dict[str, list[Contrast]] = defaultdict(list)
    for one in evidence.contrasts:
        by_study[one.study].append(one)
    problems = list(evidence.problems)
    for study, found in by_study.items():
        arms = sorted({name for one in found for name in (one.treat1, one.treat2)})
        given = {frozenset((one.treat1, one.treat2)) for one in found}
        missing = [pair for pair in combinations(arms, 2) if frozenset(pair) not in given]
        if missing:
            named = "; ".join(" : ".join(pair) for pair in missing)
            params = {"study": study, "missing": named}
            problems.append(
                Problem("evidence_comparisons_missing", file=file, line=found[0].line, params=params)
            )
    stop_at_errors(problems)


def _arms(
    rows: list[tuple[int, dict[str, str]]], file: str, measure: str, problems: list[Problem]
) -> list[Arm]:
    counts = measure in MEASURES_OF_COUNTS
    found = []
    for line, row in rows:
        study, treatment = (_text(row, name, line, file, problems) for name in ("study", "treatment"))
        n = _number(row, "n", line, file, problems)
        events = _number(row, "events", line, file, problems) if counts else math.nan
        mean, sd = (
            (math.nan, math.nan)
            if counts
            else tuple(_number(row, name, line, file, problems) for name in MEAN_COLUMNS)
        )
        found.append(Arm(line, study, treatment, n, events, mean, sd))
    _impossible(found, file, counts, problems)
    _whole_studies(found, file, problems)
    return found


def _impossible(arms: Sequence[Arm], file: str, counts: bool, problems: list[Problem]) -> None:
    for arm in arms:
        least = 1 if counts else 2
        if arm.n < least:
            problems.append(
                Problem(
                    "evidence_n", file=file, line=arm.line, column="n", params={"n": arm.n, "least": least}
                )
            )
        if counts and arm.events < 0:
            problems.append(Problem("evidence_events_negative", file=file, line=arm.line, column="events"))
        if counts and arm.events > arm.n:
            params = {"events": arm.events, "n": arm.n}
            problems.append(
                Problem("evidence_events_above_n", file=file, line=arm.line, column="events", params=params)
            )
        if not counts and arm.sd <= 0:
            problems.append(
                Problem("evidence_sd", file=file, line=arm.line, column="sd", params={"sd": arm.sd})
            )


def _whole_studies(arms: Sequence[Arm], file: str, problems: list[Problem]) -> None:
    by_study: dict[str, list[Arm]] = defaultdict(list)
    for arm in arms:
        if arm.study:
            by_study[arm.study].append(arm)
    for study, of_study in by_study.items():
        first = of_study[0]
        names = Counter(arm.treatment for arm in of_study)
        for treatment, times in names.items():
            if times > 1 and treatment:
                again = [arm for arm in of_study if arm.treatment == treatment][1]
                params = {"study": study, "treatment": treatment}
                problems.append(Problem("evidence_arm_twice", file=file, line=again.line, params=params))
        if len(names) < 2:
            problems.append(Problem("evidence_one_arm", file=file, line=first.line, params={"study": study}))
        events = [arm.events for arm in of_study]
        if all(math.isfinite(value) for value in events):
            silent = all(value == 0 for value in events) or all(arm.events == arm.n for arm in of_study)
            if silent:
                code, level = "evidence_double_zero", "warning"
            elif any(arm.events in (0, arm.n) for arm in of_study):
                code, level = "evidence_zero_cell", "note"
            else:
                continue
            problems.append(
                Problem(code, level, file=file, line=first.line, params={"study": study})  # type: ignore[arg-type]
            )
