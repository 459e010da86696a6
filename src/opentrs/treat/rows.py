"""New rows of evidence in the columns of ``trials.csv``, with every problem by file, line and column."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from opentrs.errors import Problem
from opentrs.reference.load import FACT_FILES, facts
from opentrs.treat.effects import inflation, with_effects
from opentrs.treat.files import EMPTY, stop_at_errors, table_with
from opentrs.treat.gate import doubts
from opentrs.treat.options import BROADER, components
from opentrs.treat.words import rounded

COLUMNS: Mapping[str, str] = {
    **FACT_FILES["trials"].columns,
    "percent1": "number",
    "percent2": "number",
    "n_randomised": "number",
    "correlation": "number",
    "cluster_size": "number",
    "icc": "number",
    "design_effect": "number",
    "source": "text",
    "checked": "text",
}
REQUIRED = (*FACT_FILES["trials"].required, "design", "outcome", "higher_is_better", "source")
OUTCOMES = ("general", "cognition", "harm", "quality_of_life", "function")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "target_symptom": (*BROADER, *OUTCOMES),
    "control": ("sham", "placebo", "active", "open_single_blind", "open_or_unstated", "none"),
    "design": ("parallel", "crossover", "cluster", "uncontrolled"),
    "measure": ("SMD", "MD", "OR", "RR", "RD"),
    "numbers": ("usable", "n_only", "p_only", "se_missing", "sd_missing", "time_to_event"),
    "checked": ("yes", "second_hand", "unverified"),
    "yes_no": ("yes", "no"),
}
SAME_TRIAL = ("trial", "target_symptom", "arm1", "arm2", "dose", "outcome", "timepoint_weeks", "measure")


class _Row:
    """One row on its way in: its cells, its place, and what is wrong with it."""

    def __init__(self, cells: Mapping[str, str], line: int, file: str, problems: list[Problem]) -> None:
        self.cells, self.line, self.file, self.problems = cells, line, file, problems
        self.values: dict[str, Any] = {}

    def wrong(self, code: str, column: str | None = None, **params: str | int | float) -> None:
        self.problems.append(Problem(code, file=self.file, line=self.line, column=column, params=params))

    def noted(self, code: str, column: str | None = None, **params: str | int | float) -> None:
        found = Problem(code, "warning", file=self.file, line=self.line, column=column, params=params)
        self.problems.append(found)

    def number(self, column: str) -> float:
        value = self.values.get(column)
        return float(value) if isinstance(value, int | float) else math.nan


def read_rows(path: Path, base: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Read rows of evidence that are to be added.

    Parameters
    ----------
    path : CSV with columns of ``trials.csv``, and ``percent1``, ``percent2``, ``n_randomised`` where known
    base : the rows there are; ids and trials may not repeat

    Returns
    -------
    the new rows, and what is worth knowing about them (doubts of the gate, empty cells of counts)

    Raises
    ------
    InputProblemsError : every error of the file at once
    """
    problems: list[Problem] = []
    rows, header = table_with(path, REQUIRED, problems)
    problems += [
        Problem("evidence_column_unknown", "warning", file=path.name, line=1, column=name)
        for name in header if name not in COLUMNS
    ]  # fmt: skip
    read = [_Row(cells, line, path.name, problems) for line, cells in rows]
    for row in read:
        _cells(row)
        _arms(row)
        _counts(row)
        _means(row)
        _design(row)
    _repeats(read, base)
    stop_at_errors(problems)
    frame = as_frame([row.values for row in read])
    _usable(read, frame)
    stop_at_errors(problems)
    return frame, tuple(problems)


def as_frame(values: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a table with the columns and types of the evidence base."""
    frame = pd.DataFrame(values, columns=list(COLUMNS))
    for column, kind in COLUMNS.items():
        if kind in ("number", "integer"):
            frame[column] = frame[column].astype("float64")
        elif kind == "text":
            frame[column] = frame[column].astype("string").astype("object").where(frame[column].notna(), None)
    return frame


def _cells(row: _Row) -> None:
    for column, kind in COLUMNS.items():
        cell = row.cells.get(column, "")
        empty = cell.lower() in EMPTY
        if empty and column in REQUIRED:
            row.wrong("evidence_blank", column)
        allowed = CHOICES.get("yes_no" if kind == "yes_no" else column)
        if not empty and allowed and cell not in allowed:
            row.wrong("evidence_choice", column, cell=cell, allowed=", ".join(allowed))
        if kind == "yes_no":
            row.values[column] = cell == "yes"
        elif kind in ("number", "integer"):
            row.values[column] = math.nan if empty else _number(row, column, cell)
        else:
            row.values[column] = None if empty else cell
    row.values["checked"] = row.values["checked"] or "unverified"


def _number(row: _Row, column: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        row.wrong("evidence_not_a_number", column, cell=cell)
    return value


def _arms(row: _Row) -> None:
    arms = [row.values["arm1"], row.values["arm2"]]
    if all(arms) and set(components(arms[0])) == set(components(arms[1])):
        row.wrong("evidence_with_itself", "arm2", treatment=arms[0])
    known = {found["component"] for found in facts("interventions")}
    strange = sorted({part for arm in arms if arm for part in components(arm)} - known)
    if strange:
        row.noted("evidence_component_unknown", names=", ".join(strange))
    p = row.number("reported_p")
    if not math.isnan(p) and not 0 <= p <= 1:
        row.wrong("evidence_beyond", "reported_p", cell=f"{p:g}", low=0, high=1)


def _counts(row: _Row) -> None:
    events = [row.number(f"events{arm}") for arm in (1, 2)]
    for arm, happened in zip((1, 2), events, strict=True):
        n = row.number(f"n{arm}")
        if n < 1:
            row.wrong("evidence_n", f"n{arm}", n=n, least=1)
        for column in (f"n{arm}", f"events{arm}"):
            value = row.number(column)
            if math.isfinite(value) and value != math.floor(value):
                row.wrong("evidence_not_whole", column, cell=row.cells[column])
        if happened < 0:
            row.wrong("evidence_events_negative", f"events{arm}")
        if happened > n:
            row.wrong("evidence_events_above_n", f"events{arm}", events=happened, n=n)
    if all(math.isfinite(value) for value in events):
        sizes = [row.number("n1"), row.number("n2")]
        study = str(row.values["trial"])
        if set(events) == {0.0} or events == sizes:
            row.noted("evidence_double_zero", study=study)
        elif any(value in (0.0, n) for value, n in zip(events, sizes, strict=True)):
            row.noted("evidence_zero_cell", study=study)


def _means(row: _Row) -> None:
    for arm in (1, 2):
        sd, n = row.number(f"sd{arm}"), row.number(f"n{arm}")
        if sd <= 0:
            row.wrong("evidence_sd", f"sd{arm}", sd=sd)
        if math.isfinite(sd) and 1 <= n < 2:
            row.wrong("evidence_n", f"n{arm}", n=n, least=2)
    if row.number("se") <= 0:
        row.wrong("evidence_se", "se", se=row.number("se"))


# What only one design has: column -> design, smallest and largest value.
OF_DESIGN = {
    "correlation": ("crossover", -1.0, 1.0),
    "icc": ("cluster", 0.0, 1.0),
    "cluster_size": ("cluster", 1.0, math.inf),
    "design_effect": ("cluster", 1.0, math.inf),
}


def _design(row: _Row) -> None:
    """What crossover and cluster-randomised trials must state, and others have no use for."""
    design = str(row.values["design"])
    for column, (wanted, low, high) in OF_DESIGN.items():
        value = row.number(column)
        if math.isnan(value):
            continue
        if design != wanted:
            row.noted("evidence_design_value", column, name=column, design=design)
        if not low <= value <= high or (wanted == "crossover" and abs(value) == 1):
            row.wrong("evidence_beyond", column, cell=f"{value:g}", low=f"{low:g}", high=f"{high:g}")
    if row.values["numbers"] != "usable" or math.isfinite(row.number("se")):
        return
    if design == "crossover":
        _crossover(row)
    elif design == "cluster" and not math.isfinite(inflation(row.values)):
        row.wrong("evidence_cluster", "design_effect")


def _crossover(row: _Row) -> None:
    if row.values["measure"] not in ("SMD", "MD"):
        row.wrong("evidence_crossover_counts", "estimate")
    elif math.isnan(row.number("correlation")):
        row.wrong("evidence_crossover", "correlation")
    if row.number("n1") != row.number("n2"):
        row.wrong("evidence_crossover_sizes", "n2", n1=row.number("n1"), n2=row.number("n2"))


def _repeats(read: list[_Row], base: pd.DataFrame) -> None:
    ids = set(base["row"])
    known = {_key(row): row["row"] for row in base.to_dict("records")}
    seen: set[str] = set()
    for row in read:
        name = row.values["row"]
        if name in ids:
            row.wrong("evidence_row_in_base", "row", row=name)
        if name in seen:
            row.wrong("evidence_row_twice", "row", row=name)
        if row.values["trial"] and _key(row.values) in known:
            row.wrong(
                "evidence_trial_repeats", "trial", trial=row.values["trial"], row=known[_key(row.values)]
            )
        if name:
            seen.add(name)
            known.setdefault(_key(row.values), name)


def _key(values: Mapping[Any, Any]) -> tuple[str, ...]:
    cells = (
        "" if value is None or value != value else value for value in (values[name] for name in SAME_TRIAL)
    )
    return tuple(f"{cell:g}" if isinstance(cell, float) else str(cell).strip().casefold() for cell in cells)


def _usable(read: list[_Row], frame: pd.DataFrame) -> None:
    """What only the numbers together show: no effect can be had, or the gate doubts it."""
    places = {row.values["row"]: row for row in read}
    found = with_effects(frame)
    for name in found.loc[(found["numbers"] == "usable") & (found["effect_from"] == ""), "row"]:
        row = places[name]
        events = {row.number("events1"), row.number("events2")}
        if events != {0.0}:  # no events at all were named already
            row.wrong("evidence_unusable", "numbers")
    for doubt in doubts(frame):
        shown = rounded(doubt.numbers)
        places[doubt.row].noted(f"evidence_doubt_{doubt.check}", row=doubt.row, **shown)
