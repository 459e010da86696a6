"""What the people of each type look like in every domain, and how types move between visits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.profiles import DomainPanel, Profile, domain_profiles
from opentrs.report.figures.types_flow import type_flow
from opentrs.report.sections.type_sensitivity import norms_of_the_rule
from opentrs.report.sections.types import TYPES, TYPES_AND_UNKNOWN
from opentrs.report.shares import interval_of_share
from opentrs.report.view import PageInput
from opentrs.report.wording import NONE, is_unknown

DOMAINS = ("delusion", "hallucination", "negative", "disorganisation", "expression", "experience")
LEAST_DRAWN = 2


def section(page: PageInput) -> Section:
    """Mean scores with intervals, one panel per domain."""
    words = page.words
    heading = words("profiles.heading")
    last = last_visits(page)
    used = [value for value in TYPES if not last.empty and (last["type"] == value).any()]
    if not used:
        return Section("type-profiles", heading)
    panels = [_panel(page, last, domain, used) for domain in DOMAINS]
    labels = [
        words("profiles.row", type=words.name("type", value), n=words.count((last["type"] == value).sum()))
        for value in used
    ]
    caption = words("profiles.figure", n=words.count(last["type"].isin(used).sum()))
    svg = domain_profiles(
        "type-profiles",
        labels,
        panels,
        title=heading,
        description=caption,
        axis=words("profiles.axis"),
        legend=(words("profiles.legend_mean"), words("profiles.legend_norm")),
    )
    blocks: list[Block] = [Figure("subtype/profiles", svg, caption), _table(page, labels, panels)]
    return Section("type-profiles", heading, blocks)


def last_visits(page: PageInput) -> pd.DataFrame:
    """The last labelled visit of each person whose type is known; one row per person."""
    types = page.types.frame("types")
    if types.empty:
        return types
    known = types[types["type"] != "unknown"].sort_values(["person_id", "date"], kind="stable")
    return known.drop_duplicates("person_id", keep="last")


def mean_interval(values: np.ndarray) -> Profile:
    """Mean with its 95% interval by t; none for a single value or for equal ones, nothing for no value."""
    if not values.size:
        return Profile(None, None, None)
    mean = float(values.mean())
    if values.size < LEAST_DRAWN or np.ptp(values) == 0:
        return Profile(mean, None, None)
    half = float(stats.t.ppf(0.975, values.size - 1)) * float(values.std(ddof=1)) / values.size**0.5
    return Profile(mean, max(mean - half, 0.0), min(mean + half, 100.0))


def _panel(page: PageInput, last: pd.DataFrame, domain: str, used: Sequence[str]) -> DomainPanel:
    column = f"{domain}_pomp"
    values = last[column] if column in last.columns else pd.Series(np.nan, index=last.index)
    numbers = pd.to_numeric(values, errors="coerce")
    profiles = tuple(
        mean_interval(numbers[(last["type"] == value) & numbers.notna()].to_numpy(float)) for value in used
    )
    return DomainPanel(page.words.name("type_domain", domain), profiles, _norm_mean(page, last, domain))


def _norm_mean(page: PageInput, last: pd.DataFrame, domain: str) -> float | None:
    """The norm's mean where all visits share one instrument; else there is no one line to draw."""
    scales = set(last["scale"].dropna()) if "scale" in last.columns else set()
    found = [
        float(row["mean_pomp"])
        for row in norms_of_the_rule(page)
        if row["scale"] in scales and row["domain"] == domain and not is_unknown(row["mean_pomp"])
    ]
    return found[0] if len(scales) == 1 and len(set(found)) == 1 else None


def _table(page: PageInput, labels: Sequence[str], panels: Sequence[DomainPanel]) -> Table:
    words = page.words
    rows = [
        [label, *(_cell(page, panel.profiles[row]) for panel in panels)] for row, label in enumerate(labels)
    ]
    headings = [words("types.column_type"), *(panel.heading for panel in panels)]
    return Table(headings, rows, words("profiles.table"), frozenset(range(1, len(panels) + 1)), folded=True)


def _cell(page: PageInput, profile: Profile) -> str:
    words = page.words
    if profile.mean is None or profile.low is None or profile.high is None:
        return words.number(profile.mean, 0)
    return words("profiles.mean_interval", mean=f"{profile.mean:.0f}", low=f"{profile.low:.0f}",
                 high=f"{profile.high:.0f}")  # fmt: skip


def flow(page: PageInput) -> Section:
    """From the first labelled visit to the last: who keeps the type."""
    words = page.words
    heading = words("type_flow.heading")
    rows = [row for row in page.types.rows("flow") if not is_unknown(row["n"])]
    counts = {(str(row["from_type"]), str(row["to_type"])): int(row["n"]) for row in rows}
    total = sum(counts.values())
    if not total:
        return Section("type-flow", heading)
    if page.aggregate_only:
        return Section("type-flow", heading, [_matrix(page, counts)])
    told = {pair: n for pair, n in counts.items() if "unknown" not in pair}
    stay, both = sum(n for (first, last), n in told.items() if first == last), sum(told.values())
    said = words(
        "type_flow.stays",
        k=words.count(stay),
        n=words.count(both),
        share=words.percent(stay / both) if both else NONE,
        interval=words.interval(*interval_of_share(stay, both)) if both else NONE,
        unknown=words.count(total - both),
    )
    caption = words("type_flow.figure", n=words.count(total))
    svg = type_flow(
        "type-flow",
        [(value, words.name("type", value)) for value in TYPES_AND_UNKNOWN],
        counts,
        title=heading,
        description=caption,
        headings=(words("type_flow.first"), words("type_flow.last")),
        legend=(words("type_flow.keep"), words("type_flow.move")),
    )
    blocks: list[Block] = [Paragraph(said), Figure("subtype/flow", svg, caption), _matrix(page, counts)]
    return Section("type-flow", heading, blocks)


def _matrix(page: PageInput, counts: dict[tuple[str, str], int]) -> Table:
    words = page.words
    used = [value for value in TYPES_AND_UNKNOWN if any(value in pair for pair in counts)]
    rows = [
        [words.name("type", first), *(words.cell(counts.get((first, last), 0)) for last in used)]
        for first in used
    ]
    headings = [words("type_flow.column_first"), *(words.name("type", last) for last in used)]
    return Table(headings, rows, words("type_flow.table"), frozenset(range(1, len(used) + 1)), folded=True)
