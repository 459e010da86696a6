"""What may leave a site about the brain: effects of enough people, and counts nobody can subtract.

A row with a group of 1 to 9 people is left out. Where a group differs by so few from a published number of
the same people, such as in a region one scan lacks, the row keeps its effect and the interval in the unit of
the measurement; what would give the number of people away (standard error, p, the interval of d) goes.
Sentences may hold counts, so they are left out too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import pandas as pd

SMALLEST_SHOWN = 10
MAPS = ("cortex", "subcortex", "tracts", "perfusion", "metabolism", "spectroscopy")
FOR_META_ANALYSIS = "_for_meta_analysis"
# Each of these gives the number of people away, alone or beside the others.
COUNTING = (
    "n", "n_first", "n_second", "se", "t", "df", "p", "p_fwer", "q", "standardised_low", "standardised_high",
    "n_first_shared", "n_second_shared", "n_effective",
)  # fmt: skip
# In named tests the interval is that of d or of a correlation, which gives n away too.
COUNTING_OF_TESTS = ("n", "n_first", "n_second", "p", "p_fwer", "ci_low", "ci_high")
COUNTING_OF_INDEX = (
    "n_first", "n_second", "p", "standardised_effect", "standardised_low", "standardised_high", "ci_low",
    "ci_high",
)  # fmt: skip
# Which groups lie within which; the disjoint parts may also be added up.
WITHIN: Mapping[str, tuple[str, ...]] = {
    "patient": ("resistant", "responsive"),
    "resistant": ("clozapine_resistant", "clozapine_responsive", "hallucinating_resistant"),
    "everybody_asked": ("patient", "resistant", "responsive"),
}
MODEL_LABELS = ("part", "measure", "contrast", "model", "ran", "adjusted_for", "not_adjusted_for")
Counts = dict[str, int]
Published = dict[str, set[int]]


def tables(found: Mapping[str, pd.DataFrame], asked: Mapping[str, int | None]) -> dict[str, pd.DataFrame]:
    """Return the tables that may be published, rows and counts withheld as the rule asks.

    Parameters
    ----------
    found : tables of the mechanism stage
    asked : numbers of people the page already tells: ``everybody_asked`` and ``resistant``
    """
    published: Published = {name: {n} for name, n in asked.items() if n is not None}
    kept: dict[str, pd.DataFrame] = {}
    for name in MAPS:
        if name not in found:
            continue
        kept[name] = _withheld(found[name], COUNTING, published)
        pooled = found.get(name + FOR_META_ANALYSIS)
        if pooled is not None:
            kept[name + FOR_META_ANALYSIS] = _of_shown(pooled, kept[name])
    if "named_tests" in found:
        kept["named_tests"] = _withheld(found["named_tests"], COUNTING_OF_TESTS, published)
    if "vulnerability" in found:
        index = found["vulnerability"].astype(object).assign(n_without=None)
        kept["vulnerability"] = _withheld(index, COUNTING_OF_INDEX, published)
    if "illness_map" in found:
        kept["illness_map"] = found["illness_map"]
    if "models" in found:
        models = found["models"]
        blank = {column: None for column in models.columns if column not in MODEL_LABELS}
        kept["models"] = models.astype(object).assign(**blank)
    if "parts" in found:
        kept["parts"] = found["parts"]
    return kept


def is_small(count: int) -> bool:
    """Whether a count of people is one that must not leave the site."""
    return 0 < abs(count) < SMALLEST_SHOWN


def _withheld(table: pd.DataFrame, counting: Sequence[str], published: Published) -> pd.DataFrame:
    rows = [{str(key): cell for key, cell in row.items()} for row in table.to_dict("records")]
    counted = [_counts(row) for row in rows]
    # The counts most rows share come first, so that the odd region is hidden and not the others.
    common = Counter(tuple(sorted(counts.items())) for counts in counted)
    order = sorted(range(len(rows)), key=lambda at: (-common[tuple(sorted(counted[at].items()))], at))
    for at in order:
        _withhold(rows[at], counted[at], counting, published)
    shown = [row for row in rows if row["withheld"] != "whole"]
    return pd.DataFrame(shown, columns=[*table.columns, "withheld"], dtype=object)


def _withhold(row: dict[str, Any], counts: Counts, counting: Sequence[str], published: Published) -> None:
    row["withheld"] = "no"
    row.update({name: "" for name in ("note", "reason") if name in row})
    if any(map(is_small, counts.values())):
        row["withheld"] = "whole"
    elif _is_told_by_sites(row) or any(
        is_small(n - other) for group, n in counts.items() for other in _comparable(group, published)
    ):
        row.update({name: None for name in counting if name in row}, withheld="counts")
    else:
        for group, n in counts.items():
            published.setdefault(group, set()).add(n)


def _is_told_by_sites(row: Mapping[str, Any]) -> bool:
    """Whether few people are at sites that saw both groups, or at sites that did not."""
    pairs = [(row.get(name), row.get(f"{name}_shared")) for name in ("n_first", "n_second")]
    told = [(int(whole), int(part)) for whole, part in pairs if not (pd.isna(whole) or pd.isna(part))]
    return any(is_small(part) or is_small(whole - part) for whole, part in told)


def _counts(row: Mapping[str, Any]) -> Counts:
    """Group -> people; an association is of one group."""
    contrast = str(row["contrast"])
    if not pd.isna(row.get("n_first")) and not pd.isna(row.get("n_second")):
        first, _, second = contrast.partition("-")
        return {first: int(row["n_first"]), second: int(row["n_second"])}
    return {} if pd.isna(row.get("n")) else {contrast: int(row["n"])}


def _comparable(group: str, published: Published) -> Iterator[int]:
    """Published numbers from which a number of a group could be subtracted, or the other way round."""
    yield from published.get(group, ())
    for whole, inside in WITHIN.items():
        if group in inside:
            yield from published.get(whole, ())
        if group == whole:
            for part in inside:
                yield from published.get(part, ())
            for one, other in combinations(inside, 2):
                yield from (a + b for a in published.get(one, ()) for b in published.get(other, ()))


def _of_shown(pooled: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """Rows of the export whose region is published with its numbers of people."""
    shown = kept[(kept["withheld"] == "no") & (kept["model"] == "main")]
    keys = set(zip(shown["region"], shown["contrast"], shown["measure"], strict=True))
    mine = [
        key in keys for key in zip(pooled["Structure"], pooled["contrast"], pooled["measure"], strict=True)
    ]
    return pooled[mine].reset_index(drop=True)
