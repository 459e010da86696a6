"""What may leave a site: aggregate tables whose small counts are withheld so that no sum gives them back.

The rule, the same everywhere: a count of 1 to 9 people is small. A row of a table is published only where no
count in it, and no count that subtracting published rows from one another would give, is small. Nothing is
rounded or perturbed: what is published is exact, the rest is empty and marked ``withheld``.
Tables about single people are left out whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from opentrs.cohort.results import Finding, Results, Skipped, StageResult
from opentrs.report import withheld_mechanism, withheld_predict, withheld_types
from opentrs.report.view import records

SMALLEST_SHOWN = 10
VERDICTS = ("resistant", "not_resistant", "unknown")
EVERYBODY = "all"
PAIR_CELLS = ("both", "only_a", "only_b", "neither")


def is_small(count: float) -> bool:
    """Whether a count of people is one that must not leave the site."""
    return 0 < abs(count) < SMALLEST_SHOWN


def aggregate(results: Results) -> Results:
    """Return results without single people and without small counts."""
    published: dict[str, StageResult | Skipped] = {}
    for stage, result in results.items():
        if isinstance(result, Skipped):
            published[stage] = result
        elif stage == "subtype":
            published[stage] = _aggregate_types(result, published.get("ascertain"))
        elif stage == "mechanism":
            published[stage] = _aggregate_brain(result, published.get("ascertain"))
        elif stage == "predict":
            kept = withheld_predict.tables(result.tables)
            published[stage] = replace(result, tables=kept, findings=(), details={})
        else:
            published[stage] = _aggregate_stage(result)
    return published


def _aggregate_brain(result: StageResult, ascertained: StageResult | Skipped | None) -> StageResult:
    """The tables of the brain that may leave the site, beside the numbers of people published already."""
    asked: dict[str, int | None] = {}
    if isinstance(ascertained, StageResult) and "prevalence" in ascertained.tables:
        whole = ascertained.tables["prevalence"]
        asked = {
            "everybody_asked": _everybody_count(whole, "n"),
            "resistant": _everybody_count(whole, "resistant"),
        }
    return replace(result, tables=withheld_mechanism.tables(result.tables, asked), findings=(), details={})


def _aggregate_types(result: StageResult, ascertained: StageResult | Skipped | None) -> StageResult:
    """The tables of the types that may leave the site; what they are subtracted from is published already."""
    tables: dict[str, pd.DataFrame] = {}
    totals: list[int] = []
    if "type_prevalence" in result.tables:
        asked: dict[str, int | None] = {}
        if isinstance(ascertained, StageResult) and "prevalence" in ascertained.tables:
            whole = ascertained.tables["prevalence"]
            asked = {"all": _everybody_count(whole, "n"), "resistant": _everybody_count(whole, "resistant")}
        tables["type_prevalence"] = withheld_types.type_prevalence(result.tables["type_prevalence"], asked)
        totals += [n for n in [asked.get("all")] if n is not None]
        totals += sorted({int(n) for n in tables["type_prevalence"]["n"] if totals and not pd.isna(n)})
    for name, rule in OF_TYPES.items():
        if name in result.tables:
            tables[name] = rule(result.tables[name], totals)
    if "parts" in result.tables:
        tables["parts"] = withheld_types.parts(result.tables["parts"])
    return replace(result, tables=tables, findings=(), details={})


def _aggregate_stage(result: StageResult) -> StageResult:
    tables: dict[str, pd.DataFrame] = {}
    if "prevalence" in result.tables:
        tables["prevalence"] = prevalence(result.tables["prevalence"])
        for name, rule in BESIDE_PREVALENCE.items():
            if name in result.tables:
                tables[name] = rule(result.tables[name], tables["prevalence"])
    kept = {key: value for key, value in result.details.items() if key in ("definitions", "dose_key")}
    return replace(result, tables=tables, findings=_findings(result.stage, tables), details=kept)


def prevalence(table: pd.DataFrame) -> pd.DataFrame:
    """Withhold small counts of ``prevalence``.

    The row of everybody shows n, and those verdict counts that no subtraction turns into a small one.
    Groups of one kind (``sex:``, ``site:``) are shown only where each shown group, and all hidden people of
    that kind together, have no small count. Shares and their intervals are shown where all counts are.
    """
    rows = [{**row, "withheld": "no"} for row in records(table)]
    for definition in {str(row["definition"]) for row in rows}:
        mine = {str(row["group"]): row for row in rows if row["definition"] == definition}
        shown = _shown_of_definition({group: _counts(row) for group, row in mine.items()})
        for group, row in mine.items():
            if not shown[group] >= {*VERDICTS, "n"}:
                _hide(row, [name for name in row if name not in LABELS and name not in shown[group]])
    return _like(table, rows)


def agreement(table: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Withhold a pair with a small cell, or whose margins differ by little from ``published`` prevalence."""
    margins = {str(row["definition"]): row for row in records(published) if row["group"] == EVERYBODY}
    rows = [{**row, "withheld": "no"} for row in records(table)]
    for row in rows:
        both, only_a, only_b, neither = (int(row[cell]) for cell in PAIR_CELLS)
        derived = [both, only_a, only_b, neither]
        for name, resistant, not_resistant in (
            ("definition_a", both + only_a, only_b + neither),
            ("definition_b", both + only_b, only_a + neither),
        ):
            margin = margins.get(str(row[name]), {})
            for verdict, count in (("resistant", resistant), ("not_resistant", not_resistant)):
                whole = margin.get(verdict)
                derived.append(count if whole is None or pd.isna(whole) else int(whole) - count)
        if any(map(is_small, derived)):
            _hide(row, [name for name in row if name not in LABELS])
    return _like(table, rows)


def missing(table: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Withhold small counts of answers, and what subtracting one shown count from another would give.

    People for whom a criterion alone would settle the verdict are among those who miss it first, and these
    among those for whom it is unknown; so the differences count people too.
    """
    total = _everybody_count(published, "n")
    unknown = _everybody_count(published, "unknown")
    rows = [{**row, "withheld": "no"} for row in records(table)]
    first_hidden = _first_missing_hidden(rows, unknown is not None)
    for place, row in enumerate(rows):
        yes, no, open_, first, settles = (int(row[name]) for name in ANSWER_COUNTS)
        rest = int(row["n"]) - yes - no - open_
        if total is None or any(map(is_small, (yes, no, open_, rest, total - int(row["n"])))):
            _hide(row, ["n", "n_yes", "n_no", "n_unknown"])
        if is_small(settles) or is_small(first - settles) or is_small(open_ - settles):
            _hide(row, ["n_would_settle"])
        if place in first_hidden:
            _hide(row, ["n_first_missing"])
    return _like(table, rows)


def _first_missing_hidden(rows: Sequence[Mapping[str, Any]], total_shown: bool) -> set[int]:
    """Rows whose first-missing count must be hidden: the counts add up to the people who cannot be judged."""
    counts = [int(row["n_first_missing"]) for row in rows]
    if not total_shown:
        return set(range(len(rows)))
    hidden = {
        place
        for place, row in enumerate(rows)
        if is_small(counts[place]) or is_small(int(row["n_unknown"]) - counts[place])
    }
    for place in sorted(range(len(rows)), key=lambda each: counts[each]):
        if not hidden or (len(hidden) > 1 and not is_small(sum(counts[each] for each in hidden))):
            break
        hidden.add(place)
    return hidden


def flow(table: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Withhold steps that are small, or differ by a small count from another shown count."""
    whole = next((row for row in records(published) if row["group"] == EVERYBODY), {})
    shown = [int(whole[name]) for name in (*VERDICTS, "n") if name in whole and not pd.isna(whole[name])]
    rows = [{**row, "withheld": "no"} for row in records(table)]
    for row in rows:
        count = int(row["n"])
        if row["step"] in VERDICTS:
            if whole.get("withheld") != "no":
                _hide(row, ["n", "share"])
        elif is_small(count) or any(is_small(count - other) for other in shown):
            _hide(row, ["n", "share"])
        else:
            shown.append(count)
    if any(row["n"] is None for row in rows[:1]):
        for row in rows:
            _hide(row, ["share"])
    return _like(table, rows)


ANSWER_COUNTS = ("n_yes", "n_no", "n_unknown", "n_first_missing", "n_would_settle")
LABELS = frozenset(
    {
        "definition",
        "group",
        "unit",
        "method",
        "withheld",
        "definition_a",
        "definition_b",
        "criterion",
        "reads",
        "step",
    }
)
BESIDE_PREVALENCE: Mapping[str, Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]] = {
    "agreement": agreement,
    "missing": missing,
    "flow": flow,
}


OF_TYPES: Mapping[str, Callable[[pd.DataFrame, list[int]], pd.DataFrame]] = {
    "sensitivity": withheld_types.sensitivity,
    "instruments": withheld_types.instruments,
    "norms": withheld_types.norms,
}


def _findings(stage: str, tables: Mapping[str, pd.DataFrame]) -> tuple[Finding, ...]:
    """The findings that the published tables already say; any other number might give a hidden count away."""
    if "prevalence" not in tables:
        return ()
    return tuple(
        Finding(
            stage,
            f"prevalence_{row['definition']}_{row['group']}",
            row["estimate"],
            row["ci_low"],
            row["ci_high"],
            int(row["resistant"]) + int(row["not_resistant"]),
            str(row["unit"]),
            str(row["method"]),
        )
        for row in records(tables["prevalence"])
        if row["withheld"] == "no"
    )


def _hide(row: dict[str, Any], names: Sequence[str]) -> None:
    for name in names:
        row[name] = None
    row["withheld"] = "yes"


def _like(table: pd.DataFrame, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[*table.columns, "withheld"], dtype=object)


def _counts(row: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(int(row[verdict]) for verdict in VERDICTS)


def _everybody_count(published: pd.DataFrame, name: str) -> int | None:
    """A published count of everybody under the first definition; None where it is withheld."""
    for row in records(published):
        if row["group"] == EVERYBODY:
            return None if pd.isna(row[name]) else int(row[name])
    return None


def _shown_of_definition(counts: Mapping[str, tuple[int, ...]]) -> dict[str, frozenset[str]]:
    """Group -> names of the counts that may be shown."""
    complete = frozenset({*VERDICTS, "n"})
    shown = dict.fromkeys(counts, frozenset[str]())
    shown[EVERYBODY] = _shown_of_everybody(counts[EVERYBODY])
    if shown[EVERYBODY] >= complete:
        for kind in sorted({group.split(":")[0] for group in counts if ":" in group}):
            groups = {group: count for group, count in counts.items() if group.startswith(f"{kind}:")}
            shown |= dict.fromkeys(_shown_groups(groups, counts[EVERYBODY]), complete)
    return shown


def _shown_of_everybody(counts: tuple[int, ...]) -> frozenset[str]:
    n = sum(counts)
    if is_small(n):
        return frozenset()
    by_size = sorted(range(len(counts)), key=lambda index: counts[index])
    hidden = {index for index in by_size if is_small(counts[index])}
    while hidden and (len(hidden) < 2 or is_small(sum(counts[index] for index in hidden))):
        hidden.add(next(index for index in by_size if index not in hidden))
    return frozenset({"n", *(VERDICTS[index] for index in range(len(counts)) if index not in hidden)})


def _shown_groups(groups: Mapping[str, tuple[int, ...]], everybody: tuple[int, ...]) -> list[str]:
    """Groups that may be shown: the smallest is hidden next until the hidden together are no small count."""
    shown = sorted(
        (group for group in groups if not any(map(is_small, groups[group]))),
        key=lambda group: (-sum(groups[group]), group),
    )
    while shown:
        rest = [whole - sum(groups[group][index] for group in shown) for index, whole in enumerate(everybody)]
        if not any(map(is_small, rest)):
            break
        shown.pop()
    return shown
