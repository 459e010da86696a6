"""The named predictors as they are shipped, and what was known of everybody on their landmark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import ibis.expr.types as ir
import pandas as pd

from opentrs.cohort.days import day_number
from opentrs.cohort.model import Cohort
from opentrs.messages import Lang
from opentrs.predict.fetching import fetched
from opentrs.predict.landmarks import (
    FIRST_TREATMENT,
    Landmark,
    anchors,
    known_at,
)
from opentrs.predict.totals import dated_items, visit_totals
from opentrs.reference.load import facts


@dataclass(frozen=True, slots=True)
class Predictor:
    """One named predictor: its meaning, unit, range, and how it is made.

    Parameters
    ----------
    kind : ``number`` or ``flag`` (1 yes, 0 no)
    low, high : values outside are not plausible
    core : part of the clinical set chosen beforehand
    ingredient_of : class of outcome -> ``warned`` or ``refused``, where the predictor is part of how the
        outcome is told
    """

    name: str
    block: str
    kind: str
    unit: str
    low: float
    high: float
    computed_by: str
    argument: str
    core: bool
    ingredient_of: Mapping[str, str]
    name_en: str
    name_zh: str
    coding: str = ""

    def label(self, lang: Lang) -> str:
        """The name a reader sees."""
        return self.name_en if lang == "en" else self.name_zh


def shipped_predictors() -> Mapping[str, Predictor]:
    """Every named predictor, in order."""
    return {str(row["predictor"]): _predictor(row) for row in facts("predictors")}


def _predictor(row: Mapping[str, object]) -> Predictor:
    parts = [part.split(":") for part in str(row["ingredient_of"] or "").split(";") if part]
    return Predictor(
        str(row["predictor"]), str(row["block"]), str(row["kind"]), str(row["unit"] or ""),
        float(str(row["low"])), float(str(row["high"])), str(row["computed_by"]), str(row["argument"] or ""),
        bool(row["core"]), dict(parts), str(row["name_en"]), str(row["name_zh"]),
        str(row["coding"] or ""),
    )  # fmt: skip


def setting(name: str) -> float:
    """A shipped setting of the prediction stage, in the unit its row names."""
    return next(float(row["value"]) for row in facts("predict_settings") if row["setting"] == name)


class Known:
    """What was known of everybody on their landmark; each table is computed once, when it is asked for."""

    def __init__(self, cohort: Cohort, landmark: Landmark) -> None:
        self.landmark = landmark
        self.cohort = known_at(cohort, landmark)

    @cached_property
    def days(self) -> pd.DataFrame:
        """person_id, day: the landmark."""
        people = self.cohort.people
        days = fetched(people.select("person_id", day=day_number(people[self.landmark.column])))
        ordered: pd.DataFrame = days.sort_values("person_id", ignore_index=True)
        return ordered

    @cached_property
    def people(self) -> pd.DataFrame:
        """The people's own columns, dates as day numbers, one row per person in the order of ``days``."""
        table = self.cohort.people
        dates = {name: day_number(table[name]) for name, kind in table.schema().items() if kind.is_date()}
        frame = fetched(table.mutate(**dates)).set_index("person_id")
        ordered: pd.DataFrame = frame.loc[self.days["person_id"]]
        return ordered

    @cached_property
    def items(self) -> ir.Table:
        """Recognised ratings."""
        return dated_items(self.cohort)

    @cached_property
    def totals(self) -> pd.DataFrame:
        """Totals of every visit so far."""
        return visit_totals(self.items)

    @cached_property
    def starts(self) -> pd.DataFrame:
        """person_id, day: first treatment, as far as it was known."""
        return anchors(self.cohort, FIRST_TREATMENT)
