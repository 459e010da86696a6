"""One message catalogue for every sentence a user reads, in English and in Chinese.

The sentences live in ``messages/<lang>/<room>.toml``; a test holds both languages to the same keys and
the same placeholders. A sentence is a :meth:`str.format` template with named placeholders only.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = ("en", "zh")


@cache
def catalogue(lang: Lang) -> dict[str, str]:
    """Return every sentence of one language by its dotted key, such as ``problem.dose_negative``."""
    sentences: dict[str, str] = {}
    folder = files(__name__).joinpath(lang)
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".toml"):
            continue
        for key, sentence in _flatten(tomllib.loads(entry.read_text(encoding="utf-8"))):
            if key in sentences:
                raise ValueError(f"message {key} is defined twice ({entry.name})")
            sentences[key] = sentence
    return sentences


def text(key: str, lang: Lang = "en", **params: object) -> str:
    """Return one sentence with its placeholders filled.

    Raises
    ------
    KeyError : the catalogue has no such sentence, or a placeholder was not given
    """
    return catalogue(lang)[key].format(**params)


def has(key: str, lang: Lang = "en") -> bool:
    """Tell whether the catalogue has a sentence for ``key``."""
    return key in catalogue(lang)


def _flatten(tree: dict[str, object], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            rows.extend(_flatten(value, f"{prefix}{key}."))
        else:
            rows.append((f"{prefix}{key}", str(value)))
    return rows
