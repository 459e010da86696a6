"""How a command ends: its exit code, and one line on stderr that holds nobody's values."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from opentrs.messages import Lang

FAULT = 1
INTERRUPTED = 130
PACKAGE = "opentrs"


@contextmanager
def outcome(lang: Lang, debug: bool, rows_can_stay_out: bool = False) -> Iterator[None]:
    """Turn whatever stops a command into a sentence on stderr and its exit code.

    Parameters
    ----------
    rows_can_stay_out : whether the command has ``--keep-going``, and so may name it as a way out
    """
    from opentrs.cli.lines import print_problems, say
    from opentrs.errors import InputProblemsError, OpenTRSError
    from opentrs.messages import text

    try:
        yield
    except InputProblemsError as error:
        print_problems(error.problems, lang)
        say(text("cli.input_has_problems" if rows_can_stay_out else "cli.input_to_mend", lang))
        raise typer.Exit(error.exit_code) from None
    except OpenTRSError as error:
        if debug and error.__cause__ is not None:
            traceback.print_exception(error.__cause__, file=sys.stderr)
        say(str(error))
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        say(text("cli.interrupted", lang))
        raise typer.Exit(INTERRUPTED) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if debug:
            traceback.print_exc(file=sys.stderr)
        # The message of an unexpected exception may quote a cell: only its kind and our own line are shown.
        say(text("cli.fault", lang, kind=type(error).__name__, place=_place(error.__traceback__)))
        raise typer.Exit(FAULT) from None


def _place(trace: TracebackType | None) -> str:
    """Return the innermost line of OpenTRS itself, such as ``opentrs/study.py:42``."""
    place = PACKAGE
    for frame in traceback.extract_tb(trace):
        parts = frame.filename.replace("\\", "/").split(f"/{PACKAGE}/")
        if len(parts) > 1:
            place = f"{PACKAGE}/{parts[-1]}:{frame.lineno}"
    return place
