"""The models that come with OpenTRS, by id."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.reading import parse_model

FOLDER = "models"


@cache
def shipped_ids() -> tuple[str, ...]:
    """Ids of the shipped models, in alphabetical order."""
    folder = files("opentrs.reference").joinpath(FOLDER)
    return tuple(
        sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json"))
    )


@cache
def shipped(name: str) -> ModelDocument:
    """One shipped model.

    Raises
    ------
    KeyError : there is no model of this id
    """
    if name not in shipped_ids():
        raise KeyError(name)
    content = files("opentrs.reference").joinpath(FOLDER, f"{name}.json").read_text(encoding="utf-8")
    return parse_model(content, f"{name}.json")
