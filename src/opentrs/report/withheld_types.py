"""What of the types may leave a site, by the rule of :mod:`opentrs.report.withheld`.

Published are the counts of each type, the choices they hang on, agreement of instruments, the norms and what
could not be asked. Crossed tables (flow, rule by probability) and events hold too many small cells to be
worth guarding one by one: they stay at the site whole, as do all tables of single people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from opentrs.report.view import records

SMALLEST_SHOWN = 10
TYPES = ("delusion", "hallucination", "negative")
UNKNOWN = "unknown"
NUMBERS = ("n", "share", "ci_low", "ci_high", "worst", "best")
CHOICE = ("choice", "value", "is_default", "source", "checked")
ALL, RESISTANT = "all", "resistant"
OWN_COHORT = "this cohort"  # the source of a norm made of the people themselves

Counts = Mapping[str, int]


def _is_small(count: float) -> bool:
    return 0 < abs(count) < SMALLEST_SHOWN


def type_prevalence(table: pd.DataFrame, asked: Mapping[str, int | None]) -> pd.DataFrame:
    """Withhold small counts of ``type_prevalence``, and what subtraction would give.

    Each label divides the same people. Among everybody small counts are hidden together with the next
    smallest, until the hidden together are no small count. The resistant are shown only where no count
    among them, and none among the others, is small; the review's label only where it and its differences
    from the type hold no small count.

    Parameters
    ----------
    asked : the published numbers of ``prevalence`` that a total here could be subtracted from: ``all`` and
        ``resistant``; None where it is withheld
    """
    rows = records(table)
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        counts.setdefault((str(row["group"]), str(row["label"])), {})[str(row["value"])] = int(row["count"])
    shown = _shown(counts, asked)
    return pd.DataFrame(
        [
            _published(dict(row), shown.get((str(row["group"]), str(row["label"])), frozenset()))
            for row in rows
        ],
        columns=[*table.columns, "withheld"],
        dtype=object,
    )


def _published(row: dict[str, Any], shown: frozenset[str]) -> dict[str, Any]:
    """Hidden counts go; where the unknown are hidden all shares go, for n would tell the unknown."""
    hidden = str(row["value"]) not in shown
    if hidden:
        row["count"] = None
    if hidden or UNKNOWN not in shown:
        row |= dict.fromkeys(NUMBERS)
    row["withheld"] = "yes" if hidden or UNKNOWN not in shown else "no"
    return row


def _shown(
    counts: Mapping[tuple[str, str], Counts], asked: Mapping[str, int | None]
) -> dict[tuple[str, str], frozenset[str]]:
    shown: dict[tuple[str, str], frozenset[str]] = {}
    labels = list(dict.fromkeys(label for _, label in counts))
    total = sum(counts.get((ALL, labels[0]), {}).values()) if labels else 0
    if _is_small(total) or _gives_away(total, asked.get(ALL)):
        return shown
    for label in labels:
        shown[ALL, label] = _partition(counts.get((ALL, label), {}))
    for label in labels:
        mine, whole = counts.get((RESISTANT, label), {}), counts.get((ALL, label), {})
        others = [count - mine.get(value, 0) for value, count in whole.items()]
        all_large = not any(map(_is_small, [*mine.values(), *others, sum(mine.values()), sum(others)]))
        if all_large and not _gives_away(sum(mine.values()), asked.get(RESISTANT)):
            shown[RESISTANT, label] = frozenset(mine)
    for group in (ALL, RESISTANT):
        if not _review_may_be_shown(counts, shown, group):
            shown.pop((group, "review_type"), None)
        if not _depression_may_be_shown(counts, shown, group):
            shown.pop((group, "depression"), None)
    return shown


def _gives_away(total: int, published: int | None) -> bool:
    """Whether a total would tell a withheld number, or a small one by subtraction from a published number."""
    return published is None or _is_small(total - published)


def _partition(counts: Counts) -> frozenset[str]:
    """Values that may be shown of counts that add up to a known total."""
    by_size = sorted(counts, key=lambda value: (counts[value], value))
    hidden = [value for value in by_size if _is_small(counts[value])]
    for value in by_size:
        if not hidden or (len(hidden) > 1 and not _is_small(sum(counts[each] for each in hidden))):
            break
        if value not in hidden:
            hidden.append(value)
    return frozenset(counts) - frozenset(hidden)


def _review_may_be_shown(
    counts: Mapping[tuple[str, str], Counts], shown: Mapping[tuple[str, str], frozenset[str]], group: str
) -> bool:
    """The review's label takes the severely depressed out of the types: differences count them by type."""
    of_type, review = counts.get((group, "type"), {}), counts.get((group, "review_type"), {})
    if shown.get((group, "type")) != frozenset(of_type) or shown.get((group, "review_type")) != frozenset(
        review
    ):
        return False
    left = [of_type.get(value, 0) - review.get(value, 0) for value in TYPES]
    rest = of_type.get("mixed", 0) + of_type.get("none", 0) - review.get("none_of_the_four", 0)
    unknown = of_type.get(UNKNOWN, 0) - review.get(UNKNOWN, 0)
    return not any(map(_is_small, [*left, rest, unknown, rest + unknown]))


def _depression_may_be_shown(
    counts: Mapping[tuple[str, str], Counts], shown: Mapping[tuple[str, str], frozenset[str]], group: str
) -> bool:
    """Severe depression stands in two labels, which may differ by few people."""
    if (group, "review_type") not in shown:
        return True
    severe = counts.get((group, "depression"), {}).get("severe", 0)
    return not _is_small(severe - counts[group, "review_type"].get("severe_depression", 0))


def sensitivity(table: pd.DataFrame, totals: list[int]) -> pd.DataFrame:
    """Withhold a choice that changes few people, or leaves few, or is asked of nearly the same people.

    ``totals`` are the numbers of people published so far, everybody's first; none at all means that
    everybody's is withheld, and then so is every row. Numbers shown here are added to it.
    """
    rows, is_told = [dict(row) for row in records(table)], bool(totals)
    for row in rows:
        n, differ, unknown = (int(row[name]) for name in ("n", "n_differ", "n_unknown"))
        beside = [n - other for other in totals]
        if not is_told or any(map(_is_small, [n, differ, n - differ, unknown, *beside])):
            _hide(row, [name for name in row if name not in CHOICE])
        else:
            totals.append(n)
            row["withheld"] = "no"
    return _like(table, rows)


def instruments(table: pd.DataFrame, totals: list[int]) -> pd.DataFrame:
    """Agreement of two instruments over all types; by type the cells are too small to publish.

    ``totals`` as for :func:`sensitivity`.
    """
    is_told = bool(totals)
    rows = [dict(row) for row in records(table) if row["type"] == "all"]
    for row in rows:
        n = int(row["n"])
        same = round(float(row["agreement"]) * n) if n else 0
        if not is_told or any(map(_is_small, (n, same, n - same, *(n - other for other in totals)))):
            _hide(row, [name for name in row if name not in ("scale_a", "scale_b", "type")])
        else:
            totals.append(n)
            row["withheld"] = "no"
    return _like(table, rows)


def norms(table: pd.DataFrame, totals: list[int]) -> pd.DataFrame:
    """Norms of at least ten people: means and spreads tell nobody's score, but n may by subtraction.

    The n of this cohort's own norm goes where it differs by few from a number of ``totals`` (as for
    :func:`sensitivity`), for that would count the people who could not be scored.
    """
    is_told = bool(totals)
    rows = [{**row, "withheld": "no"} for row in records(table) if int(row["n"]) >= SMALLEST_SHOWN]
    for row in rows:
        n = int(row["n"])
        if row["source"] != OWN_COHORT:
            continue
        if not is_told or any(_is_small(n - other) for other in totals):
            _hide(row, ["n"])
        else:
            totals.append(n)
    return _like(table, rows)


def parts(table: pd.DataFrame) -> pd.DataFrame:
    """Which parts ran, without the reasons: they may count people."""
    rows = [{**row, "reason": None if row["ran"] == "no" else "", "withheld": "no"} for row in records(table)]
    return _like(table, rows)


def _hide(row: dict[str, Any], names: Sequence[str]) -> None:
    row |= dict.fromkeys(names)
    row["withheld"] = "yes"


def _like(table: pd.DataFrame, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[*table.columns, "withheld"], dtype=object)
