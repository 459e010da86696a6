"""How far a command is: a bar on a terminal, lines elsewhere; always on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from opentrs.cli.lines import say
from opentrs.messages import Lang, text
from opentrs.study import Progress


@contextmanager
def shown_progress(lang: Lang) -> Iterator[Progress]:
    """Give a function ``(step, number done, number in all)`` that shows where the command is."""
    if not sys.stderr.isatty():
        yield lambda step, done, total: say(_line(step, done, total, lang)) if step else None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def update(step: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description=_step(step, lang) if step else "")

        yield update


def _line(step: str, done: int, total: int, lang: Lang) -> str:
    return f"[{done + 1}/{total}] {_step(step, lang)}"


def _step(step: str, lang: Lang) -> str:
    return text(f"cli.step_{step}", lang)
