"""Vignettes of the type rule, the studies they are asked in, and the chapters they form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.spec.types.people import TypedPerson, drawn
from tests.support.drawn import parse

Norm = Mapping[tuple[str, str], tuple[float, float, float]]
SCALES = ("PANSS", "SAPS+SANS", "BPRS-24", "BPRS-18")
SHOWN = ("delusion", "hallucination", "negative", "disorganisation", "expression", "experience")
# Halves and quarters, so that a margin of exactly 1 is exactly 1 in binary too: two domains of reliability
# 0.875 have a joint standard error of 0.5, and one standard deviation is 50 percent of the range.
EVEN = {(scale, domain): (50.0, 50.0, 0.875) for scale in SCALES for domain in SHOWN}
# One domain apart from another in each of mean, standard deviation and reliability.
UNEVEN = {
    **EVEN,
    ("PANSS", "delusion"): (25.0, 25.0, 0.875),
    ("PANSS", "hallucination"): (0.0, 50.0, 0.875),
    ("PANSS", "negative"): (50.0, 50.0, 0.5),
}


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """How the question is asked.

    Parameters
    ----------
    name : people of one study form one cohort
    norm : scale and domain -> mean, standard deviation (POMP) and reliability; None: no file is given
    choices : what of the definition is chosen otherwise
    alternative : choice and value of the alternative of the sensitivity table that labels
    crowd : people of the cohort beside those of the vignettes, half at the lowest, half at the highest scores
    """

    name: str
    norm: Norm | None = None
    choices: Mapping[str, Any] = field(default_factory=dict)
    alternative: tuple[str, str] | None = None
    crowd: int = 0


USUAL = Study("an even norm", EVEN)
OTHER_NORM = Study("an uneven norm", UNEVEN)
# Nobody ships a norm for PANSS, and fewer than thirty people make none of their own.
NO_NORM = Study("no norm", None)
PERCENT = Study("percent of the range, whatever norm there is", EVEN, {"lead": {"metric": "pomp"}})
FLOOR_MEAN = Study("the floor mean", EVEN, alternative=("floor", "mean"))
FLOOR_TWO = Study("the floor two_items", EVEN, alternative=("floor", "two_items"))
FLOOR_POMP = Study("the floor pomp50", EVEN, alternative=("floor", "pomp50"))
ANY_LEAD = Study("any lead", EVEN, alternative=("margin", "0"))
CERTAIN_LEAD = Study("a lead of 1.96", EVEN, alternative=("margin", "1.96"))
THREE_VISITS = Study(
    "a type persists over three visits", EVEN, {"persistence": {"visits": {"is": ">=", "value": 3}}}
)
# With the one person of its vignette.
THIRTY = Study("a cohort of thirty", crowd=29)
TWENTY_NINE = Study("a cohort of twenty-nine", crowd=28)


@dataclass(frozen=True, slots=True, eq=False)
class Vignette:
    """One person, what is told about them and what is expected."""

    topic: str
    sentence: str
    told: Mapping[str, str]
    expected: Mapping[str, str]
    study: Study

    def person(self) -> TypedPerson:
        """The person on paper."""
        return drawn(dict(self.told))

    def __str__(self) -> str:
        return f"{self.topic}: {self.sentence}"


@dataclass(slots=True)
class Chapter:
    """A reading of the decision with its vignettes."""

    topic: str
    vignettes: list[Vignette] = field(default_factory=list)

    def draw(self, text: str, *, given: Mapping[str, str] | None = None, study: Study = USUAL) -> None:
        """Add a drawn table; ``given`` cells hold in every row unless the row tells otherwise."""
        for row in parse(text):
            told = {**(given or {}), **{name: cell for name, cell in row.told.items() if cell != "="}}
            self.vignettes.append(Vignette(self.topic, row.name, told, row.expected, study))
