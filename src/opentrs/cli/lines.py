"""What goes to the terminal: plain lines on stderr, without people's values and control characters."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence

from opentrs.errors import Problem
from opentrs.messages import Lang, text

SEVERITIES = ("error", "warning", "note")
MANY = 20


def say(line: str) -> None:
    """Print one line on stderr; characters that steer a terminal are made harmless."""
    print(harmless(line), file=sys.stderr, flush=True)


def harmless(line: str) -> str:
    """Replace every character that a terminal would obey, or that hides or turns text, by a question mark."""
    return "".join(character if character.isprintable() else "?" for character in line)


def print_problems(problems: Sequence[Problem], lang: Lang, at_most: int | None = None) -> None:
    """List problems as ``file:line:column  sentence``, errors first, those of one kind together.

    Parameters
    ----------
    at_most : how many of one kind to list; None lists all
    """
    for severity in SEVERITIES:
        of_severity = [problem for problem in problems if problem.severity == severity]
        if not of_severity:
            continue
        say(text(f"cli.{severity}s", lang, n=len(of_severity)))
        kinds: dict[str, list[Problem]] = defaultdict(list)
        for problem in of_severity:
            kinds[problem.code].append(problem)
        for kind in kinds.values():
            for problem in kind[:at_most]:
                say("  " + "  ".join(part for part in (problem.place, problem.sentence(lang)) if part))
            if at_most is not None and len(kind) > at_most:
                say("  " + text("cli.more_of_this_kind", lang, n=len(kind) - at_most))
    if problems:
        counts = {
            severity: sum(problem.severity == severity for problem in problems) for severity in SEVERITIES
        }
        files = len({problem.file for problem in problems if problem.file})
        say(text("cli.counts", lang, files=files, **counts))
