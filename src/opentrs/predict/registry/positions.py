"""Where each value of a JSON text stands: its line by JSON pointer, and keys that are there twice."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass
class Positions:
    """Lines by JSON pointer (``/terms/0/coefficient``), the whole text being the empty pointer."""

    lines: dict[str, int] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)

    def line(self, pointer: str) -> int | None:
        """Line of a pointer, or of the nearest thing above it that is there."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer)


@dataclass
class _Level:
    """An object or list that is open: its pointer, and where the next value goes."""

    pointer: str
    is_list: bool
    at: int = 0
    key: str | None = None

    def next_pointer(self) -> str:
        return f"{self.pointer}/{self.at if self.is_list else self.key}"


def positions(text: str) -> Positions:
    """Note the line of every value of a text that is valid JSON."""
    found, stack = Positions(), list[_Level]()
    line, read_to = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", read_to, token.start())
        read_to = token.start()
        _take(token.group(), line, stack, found)
    return found


def _take(token: str, line: int, stack: list[_Level], found: Positions) -> None:
    top = stack[-1] if stack else None
    if token == ",":
        _after_comma(top)
    elif token in "}]":
        stack.pop()
    elif token == ":":
        return
    elif top is not None and not top.is_list and top.key is None:
        top.key = token[1:-1].replace("~", "~0").replace("/", "~1")
        pointer = top.next_pointer()
        if pointer in found.lines:
            found.twice.append(pointer)
        found.lines[pointer] = line
    else:
        pointer = top.next_pointer() if top is not None else ""
        found.lines.setdefault(pointer, line)
        if token in "{[":
            stack.append(_Level(pointer, token == "["))


def _after_comma(top: _Level | None) -> None:
    if top is not None:
        top.at += 1
        top.key = None
