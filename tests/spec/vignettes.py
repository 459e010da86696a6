"""Vignettes, the studies they are asked in, and the chapters they form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.spec.complete_patient import Patient, complete_patient
from tests.spec.phrases import NONE, apply
from tests.support.drawn import SAME, parse


@dataclass(frozen=True, slots=True)
class Study:
    """How the question is asked: which dose key, which parameters of the definition, which cohort.

    Parameters
    ----------
    name : people of one study form one cohort
    dose_key : the dose-equivalence table that decides
    changes : dotted path in ``trrip.toml`` -> value that takes its place
    """

    name: str
    dose_key: str = "leucht2016_ddd"
    changes: tuple[tuple[str, Any], ...] = ()


USUAL = Study("usual")


@dataclass(frozen=True, slots=True)
class Vignette:
    """One person, what is told about them and what is expected."""

    topic: str
    sentence: str
    told: Mapping[str, str]
    expected: Mapping[str, str]
    study: Study = USUAL
    definition: str = "trrip"

    def patient(self) -> Patient:
        """The complete patient with this vignette's cells changed."""
        patient = complete_patient()
        # What is taken away goes last, or a later cell about it would bring it back.
        for heading, cell in sorted(self.told.items(), key=_takes_a_row_away):
            if cell != SAME:
                apply(patient, heading, cell)
        return patient

    def __str__(self) -> str:
        return f"{self.topic}: {self.sentence}"


def _takes_a_row_away(told: tuple[str, str]) -> bool:
    heading, cell = told
    return cell == NONE and not heading.endswith("rated on")


@dataclass(frozen=True, slots=True)
class DrawnTable:
    """Rows that belong together, what all of them share, and a word on why."""

    text: str
    given: Mapping[str, str]
    about: str
    study: Study
    definition: str
    vignettes: tuple[Vignette, ...]


@dataclass(slots=True)
class Chapter:
    """A reading of the definition with its tables; also a chapter of the manual."""

    topic: str
    title: str
    about: str
    tables: list[DrawnTable] = field(default_factory=list)

    def draw(self, text: str, *, about: str = "", given: Mapping[str, str] | None = None,
             study: Study = USUAL, definition: str = "trrip") -> None:  # fmt: skip
        """Add a drawn table; ``given`` cells are changed in every row before the row's own."""
        shared = dict(given or {})
        vignettes = tuple(
            Vignette(self.topic, row.name, {**shared, **row.told}, row.expected, study, definition)
            for row in parse(text)
        )
        self.tables.append(DrawnTable(text, shared, about, study, definition, vignettes))

    @property
    def vignettes(self) -> tuple[Vignette, ...]:
        """All vignettes of the chapter."""
        return tuple(vignette for table in self.tables for vignette in table.vignettes)
