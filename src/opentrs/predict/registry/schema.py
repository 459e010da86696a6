"""What a model document may hold. Every key is declared here; anything else is refused by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CLASSES = ("equation", "odds_ratios", "rule", "score")
LINKS = ("logit", "survival")
KINDS = ("number", "flag", "category")
TERM_KINDS = ("linear", "level", "band", "spline", "interaction")
BAND_ENDS = ("above", "at_least", "below", "at_most")
CHECKED = ("yes", "second_hand", "unverified")
OPERATORS = ("<", "<=", ">", ">=", "==")
TIME_UNITS = ("days", "weeks", "months", "years")
PERFORMANCE_KINDS = ("apparent", "internal", "external", "updated")
RATINGS = ("low", "high", "unclear", "not_rated")
DIRECTIONS = ("higher", "lower")
ALL_OR_ANY = ("all", "any")


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a document.

    Parameters
    ----------
    kind : ``text``, ``words`` (a text, or one in each language), ``number``, ``whole``, ``yes_no``,
        ``texts``, ``numbers``, ``words_list``, ``matrix``, ``inputs`` (values by predictor), a tuple of
        choices, a mapping (one object) or a list of one mapping (objects)
    required : the key may not be left out
    """

    kind: Any
    required: bool = False


Shape = Mapping[str, Key]


def _needed(kind: Any) -> Key:
    return Key(kind, required=True)


STATED: Shape = {"source": Key("text"), "checked": Key(CHECKED), "note": Key("words")}
HORIZON: Shape = {"value": _needed("number"), "unit": _needed(TIME_UNITS), **STATED}
OUTCOME: Shape = {"name": _needed("text"), "says": _needed("words"), "proxy": Key("yes_no"), **STATED}
PREDICTOR: Shape = {
    "name": _needed("text"), "label": _needed("words"), "kind": _needed(KINDS), "unit": _needed("text"),
    "substance": Key("text"), "low": Key("number"), "high": Key("number"), "levels": Key("texts"),
    "mean": Key("number"), "sd": Key("number"), "share": Key("number"), "column": Key("text"),
    "yes": Key("texts"), "no": Key("texts"), "target_day": Key("whole"), "from_day": Key("whole"),
    "to_day": Key("whole"), **STATED,
}  # fmt: skip
FACTOR: Shape = {
    "predictor": _needed("text"), "level": Key("text"), "mean": Key("number"), "sd": Key("number"),
    "cap_low": Key("number"), "cap_high": Key("number"), **{name: Key("number") for name in BAND_ENDS},
}  # fmt: skip
TERM: Shape = {
    "kind": _needed(TERM_KINDS), "predictor": Key("text"), "level": Key("text"), "coefficient": Key("number"),
    "coefficients": Key("numbers"), "odds_ratio": Key("number"), "hazard_ratio": Key("number"),
    "ci_low": Key("number"), "ci_high": Key("number"), "p": Key("number"), "together": Key("yes_no"),
    "mean": Key("number"), "sd": Key("number"), "cap_low": Key("number"), "cap_high": Key("number"),
    **{name: Key("number") for name in BAND_ENDS}, "knots": Key("numbers"),
    "factors": Key([FACTOR]), **STATED,
}  # fmt: skip
IMPROVEMENT: Shape = {
    "baseline": _needed("text"), "later": _needed("text"), "scale_minimum": _needed("number"),
}  # fmt: skip
CONDITION: Shape = {
    "predictor": Key("text"), "improvement_percent": Key(IMPROVEMENT), "operator": Key(OPERATORS),
    "threshold": Key("number"), "is": Key("text"),
}  # fmt: skip
READING: Shape = {"join": _needed(ALL_OR_ANY), "conditions": _needed([CONDITION])}
RULE: Shape = {"says": _needed("words"), "readings": _needed([READING])}
RANK: Shape = {"predictor": _needed("text"), "risk_is_higher_when": _needed(DIRECTIONS)}
PERFORMANCE: Shape = {
    "metric": _needed("text"), "estimate": Key("number"), "ci_low": Key("number"), "ci_high": Key("number"),
    "n": Key("whole"), "events": Key("whole"), "kind": _needed(PERFORMANCE_KINDS), "population": Key("words"),
    "source": _needed("text"), "checked": _needed(CHECKED), "note": Key("words"),
}  # fmt: skip
DEVELOPMENT: Shape = {
    "n": Key("whole"), "events": Key("whole"), "candidates": Key("whole"), "method": Key("words"), **STATED,
}  # fmt: skip
BIAS: Shape = {
    "rating": _needed(RATINGS), "tool": Key("text"), "by": _needed("text"), "reason": Key("words"), **STATED,
}  # fmt: skip
SOURCE: Shape = {"citation": _needed("text"), "doi": Key("text"), "url": Key("text")}
INTERCEPT: Shape = {"name": _needed("text"), "value": _needed("number"), "note": Key("words")}
CHECK: Shape = {
    "name": _needed("words"), "inputs": _needed("inputs"), "risk": Key("number"), "score": Key("number"),
    "positive": Key("yes_no"), "tolerance": Key("number"), "note": Key("words"),
}  # fmt: skip
PROVENANCE: Shape = {
    "updated_from": _needed("text"), "model_sha256": _needed("text"), "step": _needed("text"),
    "table": _needed("text"), "table_sha256": _needed("text"), "n": _needed("whole"),
    "events": _needed("whole"), "outcome_column": _needed("text"), "opentrs": Key("text"),
}  # fmt: skip
COVARIANCE: Shape = {"of": _needed("texts"), "matrix": _needed("matrix")}
DOCUMENT: Shape = {
    "format": _needed("whole"), "id": _needed("text"), "name": _needed("words"), "class": _needed(CLASSES),
    "link": Key(LINKS), "intercept": Key("number"), "other_intercepts": Key([INTERCEPT]),
    "baseline_survival": Key("number"), "horizon": Key(HORIZON), "landmark": _needed("text"),
    "population": _needed("words"), "outcome": _needed(OUTCOME), "predictors": _needed([PREDICTOR]),
    "terms": Key([TERM]), "rule": Key(RULE), "rank_by": Key([RANK]), "covariance": Key(COVARIANCE),
    "development": Key(DEVELOPMENT), "performance": Key([PERFORMANCE]), "risk_of_bias": _needed(BIAS),
    "source": _needed(SOURCE), "checked": _needed(CHECKED), "licence": _needed("words"),
    "not_public": Key("words_list"), "needed_to_run": Key("words_list"), "notes": Key("words_list"),
    "checks": Key([CHECK]), "provenance": Key(PROVENANCE),
}  # fmt: skip


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_words(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    texts = isinstance(value, dict) and set(value) == {"en", "zh"}
    return texts and all(isinstance(each, str) and each.strip() for each in value.values())


def _all(value: Any, test: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(test(each) for each in value)


def fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a simple kind of :class:`Key`."""
    if isinstance(kind, tuple):
        return isinstance(value, str) and value in kind
    tests: Mapping[str, Any] = {
        "text": lambda: isinstance(value, str) and bool(value.strip()),
        "words": lambda: _is_words(value),
        "number": lambda: is_number(value),
        "whole": lambda: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
        "yes_no": lambda: isinstance(value, bool),
        "texts": lambda: _all(value, lambda each: isinstance(each, str) and bool(each.strip())),
        "numbers": lambda: _all(value, is_number),
        "words_list": lambda: _all(value, _is_words),
        "matrix": lambda: _all(value, lambda row: _all(row, is_number)),
        "inputs": lambda: (
            isinstance(value, dict)
            and all(
                each is None or isinstance(each, str | bool) or is_number(each) for each in value.values()
            )
        ),
    }
    return bool(tests[kind]())
