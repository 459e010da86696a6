"""A document's tree against the declared keys: every problem by file, line and JSON pointer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from opentrs.errors import Problem
from opentrs.predict.registry.positions import Positions
from opentrs.predict.registry.schema import DOCUMENT, Key, Shape, fits
from opentrs.sources.parse import nearest

EXPRESSION_KEYS = frozenset({"expression", "formula", "equation", "code", "eval", "python", "function"})
# Problems of keys that are beside the document: what is declared may still be sound.
BESIDE = frozenset({"model_key_unknown", "model_key_unknown_near", "model_expression_key"})
NUMERIC = ("number", "numbers", "whole", "matrix")


@dataclass
class Held:
    """What is wrong with one document, by pointer.

    Parameters
    ----------
    is_broken : something declared is missing or of another kind, so that what follows from it cannot be asked
    """

    file: str
    places: Positions
    problems: list[Problem] = field(default_factory=list)
    is_broken: bool = False

    def wrong(self, code: str, pointer: str, **params: str | int | float) -> None:
        """Note a problem at a pointer."""
        self.problems.append(
            Problem(code, "error", self.file, self.places.line(pointer), pointer or None, params=params)
        )


def hold(tree: Any, held: Held) -> None:
    """Note every key that is unknown, missing, there twice, or of another kind than declared."""
    for pointer in held.places.twice:
        held.wrong("model_key_twice", pointer)
    known = len(held.problems)
    if not isinstance(tree, dict):
        held.wrong("model_wrong_kind", "", wanted="object")
    else:
        _hold_object(tree, DOCUMENT, "", held)
    held.is_broken = any(one.code not in BESIDE for one in held.problems[known:])


def _hold_object(tree: Mapping[str, Any], shape: Shape, path: str, held: Held) -> None:
    for key, value in tree.items():
        here = f"{path}/{_escaped(key)}"
        if key in shape:
            _hold_value(value, shape[key], here, held)
        elif key.lower() in EXPRESSION_KEYS:
            held.wrong("model_expression_key", here)
        else:
            near = nearest(key, list(shape))
            code = "model_key_unknown_near" if near else "model_key_unknown"
            held.wrong(code, here, near=near, keys=", ".join(shape))
    for key, declared in shape.items():
        if declared.required and key not in tree:
            held.wrong("model_key_missing", path, name=key)


def _hold_value(value: Any, declared: Key, path: str, held: Held) -> None:
    kind = declared.kind
    if isinstance(kind, list):
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            held.wrong("model_wrong_kind", path, wanted="list of objects")
            return
        for at, each in enumerate(value):
            _hold_object(each, kind[0], f"{path}/{at}", held)
    elif isinstance(kind, Mapping):
        if not isinstance(value, dict):
            held.wrong("model_wrong_kind", path, wanted="object")
            return
        _hold_object(value, kind, path, held)
    elif not fits(value, kind):
        _wrong_value(value, kind, path, held)


def _wrong_value(value: Any, kind: Any, path: str, held: Held) -> None:
    if isinstance(kind, tuple):
        held.wrong("model_choice", path, allowed=", ".join(kind))
    elif kind in NUMERIC and _holds_text(value):
        held.wrong("model_expression", path)
    else:
        held.wrong("model_wrong_kind", path, wanted=kind.replace("_", " "))


def _holds_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and any(map(_holds_text, value)))


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
