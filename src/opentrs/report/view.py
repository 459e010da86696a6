"""What the sections of the page read: one run, with the shortcuts they all need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from opentrs.ascertain import Definition
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Results, StageResult, StudySettings
from opentrs.messages import has
from opentrs.report.wording import Words

FIRST_DEFINITION = "trrip"
EVERYBODY = "all"
Row = Mapping[str, Any]


def records(table: pd.DataFrame) -> list[Row]:
    """The rows of a table, by the names of its columns."""
    return [{str(name): cell for name, cell in row.items()} for row in table.to_dict("records")]


@dataclass(frozen=True)
class StageView:
    """The tables of one stage as the page may show them."""

    result: StageResult | None
    aggregate_only: bool
    _read: dict[str, list[Row]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def table(self, name: str) -> pd.DataFrame | None:
        """A table of the stage; None where there is none."""
        return self.result.tables.get(name) if self.result else None

    def frame(self, name: str) -> pd.DataFrame:
        """A table of single people, for counting; empty where there is none, or may be none."""
        table = None if self.aggregate_only else self.table(name)
        return pd.DataFrame() if table is None else table

    def rows(self, name: str) -> list[Row]:
        """The rows of a short table; none where there is no such table."""
        if name not in self._read:
            table = self.table(name)
            self._read[name] = [] if table is None else records(table)
        return self._read[name]


@dataclass(frozen=True)
class PageInput:
    """A run as the page shows it; see :class:`opentrs.report.output.Run` for the fields."""

    cohort: Cohort
    results: Results
    settings: StudySettings
    people: tuple[str, ...] = ()
    aggregate_only: bool = False

    @cached_property
    def words(self) -> Words:
        """The page's language."""
        return Words("zh" if self.settings.lang == "zh" else "en")

    def _stage_view(self, name: str) -> StageView:
        found = self.results.get(name)
        return StageView(found if isinstance(found, StageResult) else None, self.aggregate_only)

    @cached_property
    def _ascertained(self) -> StageView:
        return self._stage_view("ascertain")

    @cached_property
    def types(self) -> StageView:
        """What the subtype stage found."""
        return self._stage_view("subtype")

    @cached_property
    def mechanism(self) -> StageView:
        """What the mechanism stage found."""
        return self._stage_view("mechanism")

    @cached_property
    def treat(self) -> StageView:
        """What the treat stage found."""
        return self._stage_view("treat")

    @cached_property
    def predict(self) -> StageView:
        """What the predict stage found."""
        return self._stage_view("predict")

    def why_skipped(self, name: str) -> str:
        """Why a stage could not run; empty where it ran, or was not asked for."""
        return getattr(self.results.get(name), "reason", "")

    @property
    def stage(self) -> StageResult | None:
        """What the ascertain stage found; None where it did not run."""
        return self._ascertained.result

    def table(self, name: str) -> pd.DataFrame | None:
        """A table of the ascertain stage; None where there is none."""
        return self._ascertained.table(name)

    def frame(self, name: str) -> pd.DataFrame:
        """A table of single people or courses, for counting; empty where there is none, or may be none."""
        return self._ascertained.frame(name)

    @cached_property
    def asked(self) -> pd.DataFrame:
        """Verdicts under the main definition of everybody who was asked."""
        verdicts = self.frame("verdicts")
        if verdicts.empty:
            return verdicts
        return verdicts[(verdicts["definition"] == self.main) & (verdicts["verdict"] != "not_applicable")]

    @cached_property
    def resistant(self) -> pd.DataFrame:
        """Verdicts of the people resistant under the main definition."""
        return self.asked if self.asked.empty else self.asked[self.asked["verdict"] == "resistant"]

    def rows(self, name: str) -> list[Row]:
        """The rows of a short table of the ascertain stage; none where there is no such table."""
        return self._ascertained.rows(name)

    @cached_property
    def definitions(self) -> list[str]:
        """Ids of the definitions that were asked, the main one first."""
        found = dict.fromkeys(str(row["definition"]) for row in self.rows("prevalence"))
        return sorted(found, key=lambda name: name != FIRST_DEFINITION)

    @cached_property
    def main(self) -> str:
        """Id of the definition the page speaks of where it names none."""
        return next(iter(self.definitions), FIRST_DEFINITION)

    @cached_property
    def known_definitions(self) -> Mapping[str, Definition]:
        """The definitions that were asked, by id; the main one first."""
        handed_over = self.stage.details.get("definitions", ()) if self.stage else ()
        return {definition.id: definition for definition in handed_over}

    @property
    def main_definition(self) -> Definition | None:
        """The main definition itself; None where the stage did not hand it over."""
        return self.known_definitions.get(self.main)

    def named(self, definition: Any) -> str:
        """The name of a definition in the page's language; its id where it brings none."""
        known = self.known_definitions.get(str(definition))
        return (
            known.name.get(self.words.lang, known.id) if known else self.words.name("definition", definition)
        )

    def criterion(self, criterion: Any) -> str:
        """A few words for a criterion of the main definition."""
        if self.main == FIRST_DEFINITION and has(f"report.criterion.{criterion}", self.words.lang):
            return self.words.name("criterion", criterion)
        return self.criterion_reads(criterion)

    def criterion_reads(self, criterion: Any) -> str:
        """The sentence of a criterion of the main definition; its id where there is none."""
        for row in self.main_definition.criteria if self.main_definition else ():
            if row.id == criterion:
                return row.reads.get(self.words.lang, row.id)
        return str(criterion)

    def everybody(self, definition: str) -> Row | None:
        """The row of ``prevalence`` that counts everybody."""
        for row in self.rows("prevalence"):
            if row["definition"] == definition and row["group"] == EVERYBODY:
                return row
        return None
