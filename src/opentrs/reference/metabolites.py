"""Names of metabolites: programs and their generations spell one substance in several ways."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from opentrs.reference.load import facts

# Macromolecules and lipids are part of a fit, not substances somebody asks about.
_BACKGROUND = ("mm", "lip")


def canonical_metabolite(name: str) -> str | None:
    """The one name of a metabolite, such as ``tCr`` for ``Cr+PCr``; None where nobody knows it.

    Upper and lower case, blanks and underscores make no difference: ``Glu + Gln`` is ``Glx``.
    """
    return _names().get(_plain(name))


def is_background(name: str) -> bool:
    """Whether a name is that of macromolecules or lipids, alone or summed."""
    parts = [part for part in _plain(name).split("+") if part]
    return bool(parts) and all(part.startswith(_BACKGROUND) or part[:1].isdigit() for part in parts)


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character not in " _")


@cache
def _names() -> Mapping[str, str]:
    return {_plain(str(row["alias"])): str(row["metabolite"]) for row in facts("metabolites")}
