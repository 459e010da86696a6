"""The frame into which the parts of this stage plug: what each is given, and what it hands back.

The rule labels visits first; everything else (probability, dopamine, genetic types, trajectories, burden)
is a part that reads the frozen labels beside the cohort. A new part is one file and one line in ``stage.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import pandas as pd

from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Finding, Results, StudySettings
from opentrs.messages import Lang, text

if TYPE_CHECKING:
    from opentrs.subtype.definition import TypeRules

PARTS_COLUMNS = ["part", "ran", "reason"]
VISIT = ["person_id", "date"]


class PartSkipped(Exception):  # noqa: N818 - no error of the run: the stage writes the reason down
    """A part cannot say anything on these data; the reason becomes a row of ``parts``."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """What the rule found, for the parts to read. Nothing here is ever changed.

    Parameters
    ----------
    rules : the definition the labels follow
    people : person_id, for everybody whose type is asked (patients of the spectrum)
    items : person_id, day, scale, item, kind, low, high, value (mean of the day's raters, NULL where not
        rated), n_raters; every recognised item of these people, of any scale
    domains : person_id, day, scale, domain, pomp, z, floor, n_items, n_rated; scale is the instrument, so
        SAPS and SANS stand as ``SAPS+SANS``; all instruments of a visit, not only the one that labels it
    visits : person_id, day, scale, type, margin, rival; one row per labelled visit
    types : the table ``types`` as it is written, one row per labelled visit
    person_types : the table ``person_types`` as it is written, one row per person
    norms : the norms used, one row per item set, scale and domain
    """

    rules: TypeRules
    people: ir.Table
    items: ir.Table
    domains: ir.Table
    visits: ir.Table
    types: pd.DataFrame
    person_types: pd.DataFrame
    norms: pd.DataFrame


@dataclass(frozen=True, slots=True)
class PartResult:
    """What one part found.

    Parameters
    ----------
    tables : file stem -> table, written under ``tables/subtype``
    findings : numbers with interval, n, unit, method and source
    columns : person_id, date and columns of ``types`` this part fills, such as ``p_delusion``
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    columns: pd.DataFrame | None = None


RunPart = Callable[[Cohort, Results, StudySettings, Labelled], PartResult]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing computed beside the rule's labels.

    Parameters
    ----------
    name : its name in the table ``parts``
    needs : tables the cohort must hold for the part to mean anything
    run : the function that does it; it raises :class:`PartSkipped` where the data cannot tell
    """

    name: str
    needs: frozenset[str]
    run: RunPart


@dataclass(frozen=True, slots=True)
class PartsRun:
    """The results of all parts, and for each whether it ran."""

    results: Mapping[str, PartResult]
    table: pd.DataFrame


def run_parts(
    parts: Sequence[Part], cohort: Cohort, results: Results, settings: StudySettings, labelled: Labelled
) -> PartsRun:
    """Run every part; one that cannot run leaves its reason and stops no other."""
    found: dict[str, PartResult] = {}
    rows = []
    for part in parts:
        try:
            _must_hold(part, cohort, settings)
            found[part.name] = part.run(cohort, results, settings, labelled)
            rows.append((part.name, "yes", ""))
        except PartSkipped as skipped:
            rows.append((part.name, "no", str(skipped)))
    return PartsRun(found, pd.DataFrame(rows, columns=PARTS_COLUMNS, dtype="object"))


def _must_hold(part: Part, cohort: Cohort, settings: StudySettings) -> None:
    missing = sorted(part.needs - cohort.holds)
    if missing:
        lang: Lang = "zh" if settings.lang == "zh" else "en"
        raise PartSkipped(text("subtype.part_needs", lang, tables=", ".join(missing)))


def with_columns(types: pd.DataFrame, columns: pd.DataFrame | None) -> pd.DataFrame:
    """Put a part's columns into ``types``, visit by visit; what the part does not say stays as it was."""
    if columns is None or columns.empty:
        return types
    out = types.copy()
    keyed = columns.set_index(VISIT)
    visits = pd.MultiIndex.from_frame(out[VISIT])
    for name in keyed.columns:
        said = keyed[name].reindex(visits).set_axis(out.index)
        out[name] = said.where(said.notna(), out[name])
    return out
