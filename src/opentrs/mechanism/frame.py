"""What a part of the mechanism stage is given, what it hands back, and how one on regions runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Results
from opentrs.measures.regions import RegionTable, regions_of
from opentrs.mechanism.contrasts import part_map
from opentrs.mechanism.named import Measured
from opentrs.mechanism.norm_document import BrainNorm
from opentrs.mechanism.norms import normative
from opentrs.mechanism.people import GROUPS, first_of_each, of_scans
from opentrs.mechanism.resemblance import resemblance
from opentrs.mechanism.scatter import scatter_tables
from opentrs.mechanism.sites import SITE_COLUMNS, Harmonised, Harmonising, harmonised
from opentrs.messages import Lang, text
from opentrs.stats.refusal import CannotFitError
from opentrs.subtype.parts import PartSkipped


@dataclass(frozen=True, slots=True)
class Context:
    """The cohort and everybody's group, for the parts to read.

    Parameters
    ----------
    cohort, results : as the stage was given them
    people : of :func:`opentrs.mechanism.people.described_people`
    harmonising : whether and how sites are brought to one scale
    surfaces : folder of surface maps; None where the cohort has none
    norms : (part, measure) -> curves of another cohort; empty to learn them here; None to place nobody
    """

    cohort: Cohort
    results: Results
    people: pd.DataFrame
    lang: Lang
    seed: int
    permutations: int
    harmonising: Harmonising = field(default_factory=Harmonising)
    norms: Mapping[tuple[str, str], BrainNorm] | None = field(default_factory=dict)
    surfaces: Path | None = None


@dataclass(frozen=True, slots=True)
class PartOutcome:
    """What a part found: its map, the models behind it, named tests, who was scanned, and further tables.

    Parameters
    ----------
    beside : name -> rows of a table that several parts fill, such as ``vulnerability``
    norms : curves of healthy people learnt here
    """

    table: pd.DataFrame
    models: pd.DataFrame
    named: list[dict[str, Any]] = field(default_factory=list)
    scanned: pd.DataFrame = field(default_factory=pd.DataFrame)
    beside: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    norms: tuple[BrainNorm, ...] = ()


RunPart = Callable[[Context], PartOutcome]
NamedTests = Callable[[Measured], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Part:
    """One modality: its name, the tables it needs, and what it does."""

    name: str
    needs: frozenset[str]
    run: RunPart


def mapped_part(
    context: Context, part: str, tables: Mapping[str, RegionTable], named: Mapping[str, NamedTests]
) -> PartOutcome:
    """Map every measure, and ask its named tests on each person's first scan.

    Parameters
    ----------
    tables : measure -> all scans of it
    named : measure -> its named tests
    """
    maps, models, answers, scanned = [], [], [], []
    further: list[Mapping[str, pd.DataFrame]] = []
    norms: list[BrainNorm] = []
    for measure, scans in tables.items():
        people = of_scans(scans, context.people, context.results)
        one_scale, said = _one_scale(context, part, scans, people)
        mapped = part_map(part, scans, people, context.seed, context.lang, context.permutations, one_scale)
        maps.append(mapped.table)
        models.append(mapped.models)
        further.append({**said, **({"harmonised_contrasts": mapped.costs} if one_scale else {})})
        scanned.append(scanned_table(part, measure, scans, people))
        first = first_scans(context, part, scans, people)
        further.append(resemblance(first.scans, first.people, context.lang))
        if one_scale is not None:
            further.append(_harmonised_index(one_scale, people, context))
        placed, learnt = _placed(context, first, part)
        further.append(placed)
        norms += [learnt] if learnt else []
        if measure in named:
            asked = named[measure](first)
            answers += asked
            further.append(scatter_tables(asked))
    return PartOutcome(
        pd.concat(maps, ignore_index=True),
        pd.concat(models, ignore_index=True),
        answers,
        pd.concat(scanned, ignore_index=True),
        joined(further),
        tuple(norms),
    )


def _placed(context: Context, first: Measured, part: str) -> tuple[dict[str, pd.DataFrame], BrainNorm | None]:
    """Where people lie among healthy ones, by the cohort's own controls or by the curves that were given."""
    if context.norms is None:
        return {}, None
    given = context.norms.get((part, first.scans.measure))
    if context.norms and given is None:
        return {}, None
    return normative(first.scans, first.people, context.lang, context.seed, given)


def _one_scale(
    context: Context, part: str, scans: RegionTable, people: pd.DataFrame
) -> tuple[Harmonised | None, dict[str, pd.DataFrame]]:
    """The scans on one scale where that was asked for and can be; else a row that says why not."""
    asked = context.harmonising
    if not asked.is_asked:
        return None, {}
    try:
        found = harmonised(scans, people, asked, context.lang)
    except CannotFitError as refused:
        row = {"part": part, "measure": scans.measure, "method": asked.how, "learnt_from": asked.learn_from}
        why = refused.sentence(context.lang)
        return None, {"harmonisation": pd.DataFrame([{**row, "why": why}], columns=SITE_COLUMNS)}
    return found, {"harmonisation": found.sites}


def _harmonised_index(found: Harmonised, people: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    first = first_of_each(found.scans)
    done = first[found.is_done[first]]
    mine = people.iloc[done].reset_index(drop=True)
    left_out = len(first) - len(done)
    return resemblance(found.scans.rows(done), mine, context.lang, "harmonised", left_out)


def joined(tables: Iterable[Mapping[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Tables of one name under one another; empty ones give their columns alone."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for each in tables:
        for name, table in each.items():
            parts.setdefault(name, []).append(table)
    return {name: _stacked(tables) for name, tables in parts.items()}


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]


def first_scans(context: Context, part: str, scans: RegionTable, people: pd.DataFrame) -> Measured:
    """Each person's first scan."""
    first = first_of_each(scans)
    return Measured(
        part,
        scans.rows(first),
        people.iloc[first].reset_index(drop=True),
        context.lang,
        context.seed,
        context.permutations,
    )


def measured_tables(context: Context, table: str, measures: tuple[str, ...]) -> dict[str, RegionTable]:
    """The measures of a scan table that have regions in it.

    Raises
    ------
    PartSkipped : none has
    """
    read = {measure: regions_of(context.cohort, table, measure) for measure in measures}
    found = {measure: scans for measure, scans in read.items() if scans.regions and len(scans.person_id)}
    if not found:
        raise PartSkipped(text("mechanism.no_known_region", context.lang, table=table))
    return found


def scanned_table(part: str, measure: str, scans: RegionTable, people: pd.DataFrame) -> pd.DataFrame:
    """People and scans by group; those of no contrast are counted like the others."""
    rows = []
    for group in GROUPS:
        mine = people["group"] == group
        n_people = int(people.loc[mine, "person_id"].nunique())
        rows.append({
            "part": part, "measure": measure, "group": group, "n_people": n_people,
            "n_scans": int(mine.sum()),
            "n_later_scans": int(mine.sum()) - n_people, "n_sites": int(people.loc[mine, "site"].nunique()),
        })  # fmt: skip
    return pd.DataFrame(rows)
