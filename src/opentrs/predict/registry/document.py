"""A prediction model as data: what it predicts, for whom, from what, how well, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from opentrs.messages import Lang
from opentrs.predict.registry.terms import Term
from opentrs.stats.compare import Comparison

ModelClass = Literal["equation", "odds_ratios", "rule", "score"]
Answer = Literal["risk", "yes_no", "rank", "nothing"]
Words = Mapping[Lang, str]
DAYS: Mapping[str, float] = {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25}


def words(value: Any) -> Words:
    """A text of a document in both languages; one that is given once serves for both."""
    if isinstance(value, Mapping):
        return {"en": str(value["en"]), "zh": str(value["zh"])}
    said = "" if value is None else str(value)
    return {"en": said, "zh": said}


@dataclass(frozen=True, slots=True)
class Predictor:
    """One thing a model asks about a person.

    Parameters
    ----------
    name : its name in the model, and of its column unless the user says otherwise
    kind : ``number``, ``flag`` (yes or no) or ``category``
    unit, substance : as in ``reference/models/units.csv``
    low, high : range outside which the model is not valid, ends included; None where none is stated
    levels : categories the model knows
    mean, sd, share : how it was distributed where the model was made (share of yes for a flag)
    column : a column of the contract it can be read from, such as ``sex``
    yes, no : values of that column that mean yes and no
    days : target, first and last day of the visit it is measured at, counted from the landmark
    checked : whether its figures were read in the source
    """

    name: str
    label: Words
    kind: str
    unit: str
    substance: str | None = None
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] = ()
    mean: float | None = None
    sd: float | None = None
    share: float | None = None
    column: str | None = None
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    days: tuple[int, int, int] | None = None
    checked: str = "unverified"


@dataclass(frozen=True, slots=True)
class Improvement:
    """Percent improvement from a baseline to a later total, the scale's minimum removed from both."""

    baseline: str
    later: str
    scale_minimum: float


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule: a number against a threshold, or a yes-or-no or category that is so.

    Parameters
    ----------
    of : name of a predictor, or an improvement made of two
    compared : the threshold with its operator; None for an answer
    answer : the value it must have; None for a threshold
    """

    of: str | Improvement
    compared: Comparison | None
    answer: str | None

    @property
    def predictors(self) -> tuple[str, ...]:
        """Names of the predictors it asks for."""
        return (self.of,) if isinstance(self.of, str) else (self.of.baseline, self.of.later)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a rule from the data there are; ``join`` is ``all`` or ``any``."""

    join: str
    conditions: tuple[Condition, ...]

    @property
    def predictors(self) -> tuple[str, ...]:
        """Names of the predictors it asks for."""
        return tuple(name for one in self.conditions for name in one.predictors)


@dataclass(frozen=True, slots=True)
class Rank:
    """A predictor by which a rule's people can be ranked, and whether high or low values mean more risk."""

    predictor: str
    sign: int


@dataclass(frozen=True, slots=True)
class Check:
    """A person whose answer is known: inputs -> risk, score or yes-or-no."""

    name: Words
    inputs: Mapping[str, float | str | bool | None]
    risk: float | None
    score: float | None
    positive: bool | None
    tolerance: float


@dataclass(frozen=True, slots=True)
class ModelDocument:
    """One model, checked as a whole.

    Parameters
    ----------
    tree : the document as it was read, which :func:`json.dumps` writes again
    intercept : of the linear predictor; 0 where the class has none
    baseline_survival : share without the event at the horizon where the linear predictor is 0
    covariance : of the intercept (first) and the coefficients, in the order of the terms; None if not public
    """

    id: str
    name: Words
    kind: ModelClass
    landmark: str
    predictors: Mapping[str, Predictor]
    terms: tuple[Term, ...]
    tree: Mapping[str, Any]
    link: str | None = None
    intercept: float = 0.0
    baseline_survival: float | None = None
    horizon_days: float | None = None
    readings: tuple[Reading, ...] = ()
    rank_by: tuple[Rank, ...] = ()
    checks: tuple[Check, ...] = ()
    covariance: tuple[tuple[float, ...], ...] | None = field(default=None, repr=False)

    @property
    def answers(self) -> Answer:
        """What the model can say about a person: a risk, yes or no, a rank among others, or nothing."""
        if self.kind == "equation":
            return "risk"
        if self.kind == "rule":
            return "yes_no"
        return "rank" if self.terms else "nothing"

    @property
    def outcome(self) -> str:
        """Name of the outcome."""
        return str(self.tree["outcome"]["name"])

    def said(self, key: str, lang: Lang) -> str:
        """A text of the document, such as ``population`` or ``licence``."""
        return words(self.tree.get(key))[lang]

    def said_outcome(self, lang: Lang) -> str:
        """What counts as the event, in words."""
        return words(self.tree["outcome"]["says"])[lang]

    def listed(self, key: str, lang: Lang) -> tuple[str, ...]:
        """The texts of a list of the document, such as ``needed_to_run``."""
        return tuple(words(one)[lang] for one in self.tree.get(key, ()))

    @property
    def used(self) -> tuple[str, ...]:
        """Predictors that the terms, or the first reading of the rule, ask for, in the document's order."""
        asked = {name for term in self.terms for name in term.predictors}
        if self.readings:
            asked |= set(self.readings[0].predictors)
        return tuple(name for name in self.predictors if name in asked)
