"""How visits are labelled, as data: ``definitions/types.toml``, or a user's own file of the same form.

Code applies the numbers and holds none of its own; each carries its operator, its source and whether it was
read there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from opentrs import reference
from opentrs.errors import InputProblemsError, Problem
from opentrs.stats.compare import OPERATORS, Comparison

FLOORS = ("one_item", "two_items", "mean", "pomp50")
METRICS = ("norm", "pomp")
CHOICES = ("item_set", "floor", "margin", "metric", "setting")
CHECKED = ("yes", "second_hand", "unverified")
# Types that are no domain; a domain may not be called so.
MIXED, NONE, UNKNOWN = "mixed", "none", "unknown"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A comparison with its source and whether it was read there."""

    needs: Comparison
    source: str
    checked: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to label: which items, which floor, which lead, in which metric.

    Parameters
    ----------
    choice, value : what is chosen and how, as the table ``sensitivity`` names it
    item_set : a set of ``reference/scales/domains.csv``
    floor : one of :data:`FLOORS`
    margin : the lead asked for, in standard errors of measurement (or tens of POMP)
    metric : one of :data:`METRICS`
    source, checked : where the choice comes from
    """

    choice: str
    value: str
    item_set: str
    floor: str
    margin: Comparison
    metric: str
    source: str
    checked: str


@dataclass(frozen=True, slots=True)
class TypeRules:
    """A whole definition of the types; see ``definitions/types.toml`` for each field.

    Parameters
    ----------
    instruments : in order of preference; SAPS and SANS together are one
    compete, shown : domains that compete for the label, and those only shown
    moderate : scale family -> from which score an item is at least moderate
    default : the choice that labels; ``alternatives`` are those of the sensitivity table
    same_day : the setting under which two instruments of one day are compared
    """

    id: str
    name: Mapping[str, str]
    source: str
    instruments: tuple[str, ...]
    compete: tuple[str, ...]
    shown: tuple[str, ...]
    rated_thirds: Threshold
    moderate: Mapping[str, Threshold]
    floor_pomp: Threshold
    pomp_points: Threshold
    norm_people: Threshold
    persistence_days: Threshold
    persistence_visits: Threshold
    margin: Threshold
    default: Choice
    alternatives: tuple[Choice, ...]
    same_day: Choice

    @property
    def domains(self) -> tuple[str, ...]:
        """All domains, those that compete first."""
        return self.compete + self.shown

    @property
    def item_sets(self) -> tuple[str, ...]:
        """The default item set first, then those of the alternatives."""
        return tuple(dict.fromkeys(each.item_set for each in (self.default, *self.alternatives)))


@cache
def shipped_types() -> TypeRules:
    """Return the rule OpenTRS ships."""
    entry = files("opentrs.subtype").joinpath("definitions", "types.toml")
    return types_from_toml(tomllib.loads(entry.read_text(encoding="utf-8")), "types.toml")


def load_types(path: str | Path) -> TypeRules:
    """Read a user's own rule: a TOML file of the form of the shipped one.

    What the file leaves out is as in the shipped rule; a list of alternatives replaces the shipped one.

    Raises
    ------
    InputProblemsError : the file is no TOML, or keys are unknown or of the wrong kind; all are listed
    """
    name = Path(path).name
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputProblemsError([Problem("types_not_toml", file=name)]) from error
    return types_from_toml(data, name)


def types_from_toml(data: Mapping[str, Any], name: str) -> TypeRules:
    """Build the rule from parsed TOML; see :func:`load_types`.

    Parameters
    ----------
    data : the parsed file
    name : its name, for the list of problems
    """
    reader = _Reader(name)
    rules = reader.rules(reader.merged(data, _shipped_tree()))
    if reader.problems:
        raise InputProblemsError(reader.problems)
    return rules


@cache
def _shipped_tree() -> dict[str, Any]:
    entry = files("opentrs.subtype").joinpath("definitions", "types.toml")
    return tomllib.loads(entry.read_text(encoding="utf-8"))


_THRESHOLD_KEYS = {"is", "value", "source", "checked"}
_ALTERNATIVE_KEYS = {"choice", "value", "needs", "floor", "metric", "item_set", "source", "checked"}


class _Reader:
    """Turns the tree of a file into rules; problems are collected by their key."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []

    def wrong(self, code: str, key: str, **params: str) -> None:
        self.problems.append(Problem(code, file=self.name, column=key, params={"setting": key, **params}))

    def merged(self, own: Mapping[str, Any], base: Mapping[str, Any], path: str = "") -> dict[str, Any]:
        """The shipped tree with the user's values in it; a key the shipped tree lacks is refused."""
        tree = dict(base)
        for key, value in own.items():
            here = f"{path}{key}"
            if key not in base:
                self.wrong("types_key_unknown", here, known=", ".join(base))
            elif isinstance(base[key], dict) and "is" not in base[key]:
                if isinstance(value, dict):
                    tree[key] = self.merged(value, base[key], f"{here}.")
                else:
                    self.wrong("types_wrong_kind", here)
            elif type(value) is not type(base[key]):
                self.wrong("types_wrong_kind", here)
            else:
                tree[key] = value
        return tree

    def rules(self, tree: Mapping[str, Any]) -> TypeRules:
        margin = self.threshold(tree["lead"]["margin"], "lead.margin")
        sets = {str(row["set"]) for row in reference.domain_items().to_dict("records")}
        default = Choice(
            "default",
            "default",
            self.one_of(tree["item_set"], "item_set", sets),
            self.one_of(tree["floor"]["method"], "floor.method", FLOORS),
            margin.needs,
            self.one_of(tree["lead"]["metric"], "lead.metric", METRICS),
            tree["source"],
            "unverified",
        )
        floor, persistence = tree["floor"], tree["persistence"]
        return TypeRules(
            id=tree["id"],
            name=tree["name"],
            source=tree["source"],
            instruments=self.words(tree, "instruments", set(_shipped_tree()["instruments"])),
            compete=self.words(tree, "compete", _domains()),
            shown=self.words(tree, "shown", _domains()),
            rated_thirds=self.threshold(tree["score"]["rated_thirds"], "score.rated_thirds"),
            moderate={
                scale: self.threshold(cut, f"floor.moderate.{scale}")
                for scale, cut in floor["moderate"].items()
            },
            floor_pomp=self.threshold(floor["pomp"]["at"], "floor.pomp.at"),
            pomp_points=self.threshold(tree["lead"]["pomp_points"], "lead.pomp_points"),
            norm_people=self.threshold(tree["norm"]["people"], "norm.people"),
            persistence_days=self.threshold(persistence["days"], "persistence.days"),
            persistence_visits=self.threshold(persistence["visits"], "persistence.visits"),
            margin=margin,
            default=default,
            alternatives=tuple(self.alternative(row, default, sets) for row in tree["alternative"]),
            same_day=self.same_day(tree["instrument_agreement"], default),
        )

    def threshold(self, value: Mapping[str, Any], key: str) -> Threshold:
        """``{is, value, source, checked}``; a user's own number need not name a source."""
        for unknown in sorted(set(value) - _THRESHOLD_KEYS):
            self.wrong("types_key_unknown", f"{key}.{unknown}", known=", ".join(sorted(_THRESHOLD_KEYS)))
        return Threshold(
            self.comparison(value, key),
            str(value.get("source", "own")),
            self.one_of(value.get("checked", "unverified"), f"{key}.checked", CHECKED),
        )

    def comparison(self, value: Any, key: str) -> Comparison:
        symbol = value.get("is") if isinstance(value, Mapping) else None
        number = value.get("value") if isinstance(value, Mapping) else None
        if symbol in OPERATORS and isinstance(number, (int, float)) and not isinstance(number, bool):
            return Comparison(str(symbol), float(number))
        self.wrong("types_not_a_threshold", key)
        return Comparison(">=", 0)

    def alternative(self, row: Any, default: Choice, sets: set[str]) -> Choice:
        choice, value = str(row.get("choice", "")), str(row.get("value", ""))
        key = f"alternative.{choice or '?'}.{value or '?'}"
        for unknown in sorted(set(row) - _ALTERNATIVE_KEYS):
            self.wrong("types_key_unknown", f"{key}.{unknown}", known=", ".join(sorted(_ALTERNATIVE_KEYS)))
        self.one_of(choice, f"{key}.choice", CHOICES)
        said = {**row, choice: value} if choice in ("item_set", "floor", "metric") else dict(row)
        needs = said.get("needs")
        return Choice(
            choice,
            value,
            self.said(said, "item_set", sets, default.item_set, key),
            self.said(said, "floor", FLOORS, default.floor, key),
            default.margin if needs is None else self.comparison(needs, f"{key}.needs"),
            self.said(said, "metric", METRICS, default.metric, key),
            str(row.get("source", "own")),
            self.one_of(row.get("checked", "unverified"), f"{key}.checked", CHECKED),
        )

    def same_day(self, row: Mapping[str, Any], default: Choice) -> Choice:
        return Choice(
            "instrument_agreement",
            "same_day",
            default.item_set,
            self.one_of(row["floor"], "instrument_agreement.floor", FLOORS),
            default.margin,
            self.one_of(row["metric"], "instrument_agreement.metric", METRICS),
            default.source,
            default.checked,
        )

    def one_of(self, value: Any, key: str, known: Any) -> str:
        if value not in known:
            self.wrong("types_no_such_value", key, known=", ".join(sorted(known)))
        return str(value)

    def said(self, row: Mapping[str, Any], name: str, known: Any, default: str, key: str) -> str:
        """What a row chooses; what it leaves out is as in the default, which has been checked."""
        return self.one_of(row[name], f"{key}.{name}", known) if name in row else default

    def words(self, tree: Mapping[str, Any], key: str, known: set[str]) -> tuple[str, ...]:
        for word in tree[key]:
            self.one_of(word, key, known)
        return tuple(str(word) for word in tree[key])


def _domains() -> set[str]:
    return {str(row["domain"]) for row in reference.domain_items().to_dict("records")}
