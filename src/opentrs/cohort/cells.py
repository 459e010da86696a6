"""Text cells on their way to and from a spreadsheet.

A spreadsheet runs a text that starts with ``= + - @``, a tab or a carriage return. On the way out such a
text gets a leading apostrophe (CWE-1236); on the way in the apostrophe is taken off again, so that what
was read is exactly what had been there.
"""

from __future__ import annotations

import re

_RUNS = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def neutralise(text: str) -> str:
    """Return ``text`` so that no spreadsheet runs it; numbers, also negative ones, stay as they are.

    :func:`restore` is its exact inverse: ``restore(neutralise(text)) == text`` for every text.
    """
    if _RUNS.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def restore(text: str) -> str:
    """Take off the apostrophe that :func:`neutralise` put before a text."""
    return text[1:] if _GUARDED.match(text) else text
