"""Fitted parts as plain data: what a JSON file holds, and back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar, TypeVar

import numpy as np

from opentrs.stats.refusal import CannotFitError

P = TypeVar("P", bound="Plain")


class Plain:
    """A frozen dataclass of numbers, texts, arrays and other plain parts; ``kind`` names it in a file."""

    kind: ClassVar[str] = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as lists, numbers and texts, ready for JSON."""
        values = {f.name: _plain(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]
        return {"kind": self.kind, **values}


def _plain(value: Any) -> Any:
    if isinstance(value, Plain):
        return value.to_dict()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def from_dict(document: dict[str, Any], kinds: dict[str, type[Plain]]) -> Plain:
    """Return the part a document describes.

    Raises
    ------
    CannotFitError : a kind nobody knows, a field that is missing or one too many
    """
    kind = kinds.get(str(document.get("kind")))
    if kind is None or {"kind", *(f.name for f in fields(kind))} != set(document):  # type: ignore[arg-type]
        raise CannotFitError("model_document", kind=str(document.get("kind")))
    return kind(**{name: _value(value, kinds) for name, value in document.items() if name != "kind"})


def _value(value: Any, kinds: dict[str, type[Plain]]) -> Any:
    if isinstance(value, dict):
        return from_dict(value, kinds)
    if isinstance(value, list):
        if (value and isinstance(value[0], dict | str)) or _holds_parts(value):
            return tuple(_value(part, kinds) for part in value)
        return np.array(value, dtype=np.float64)
    return value


def _holds_parts(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(v, dict) or _holds_parts(v) for v in value)
