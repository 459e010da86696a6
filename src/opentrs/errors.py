"""What can go wrong, worded for the person who can mend it.

Tree::

    OpenTRSError
    ├── UsageError            exit 2   the command was called wrongly
    ├── InputProblemsError    exit 3   the input has problems; all of them are listed
    ├── StageFailedError      exit 4   a stage could not finish
    ├── OutputChangedError    exit 5   `verify` found files that differ from the run
    └── UnknownDrugError      exit 3   a dose key has no factor for a drug

A :class:`Problem` names a place (file, line, column) and a message of the catalogue; the sentence is
made only when it is shown, so the same problem reads in English and in Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from opentrs.messages import Lang, text

Severity = Literal["error", "warning", "note"]
HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, or worth knowing, about the input.

    Parameters
    ----------
    code : key of the sentence in the message catalogue, without the ``problem.`` prefix
    severity : ``error`` rejects the row, ``warning`` and ``note`` keep it
    file : name of the file as the user knows it, without its folder
    line : line of the file, the header being line 1; None where the whole file is meant
    column : column of the file
    table : table of the contract the file was read as
    params : values of the sentence's placeholders
    private : names of those placeholders that hold a person's own values. They are shown in the
        report and in tables, never in logs or on the terminal.
    """

    code: str
    severity: Severity = "error"
    file: str | None = None
    line: int | None = None
    column: str | None = None
    table: str | None = None
    params: Mapping[str, str | int | float] = field(default_factory=dict)
    private: frozenset[str] = frozenset({"value", "person_id"})

    @property
    def place(self) -> str:
        """``file:line:column``, as far as they are known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    def sentence(self, lang: Lang = "en", *, with_values: bool = False) -> str:
        """Return what is wrong and how to mend it.

        Parameters
        ----------
        lang : ``en`` or ``zh``
        with_values : show people's own values; only for output that stays with the user's data
        """
        shown = {
            name: value if with_values or name not in self.private else HIDDEN
            for name, value in self.params.items()
        }
        return text(f"problem.{self.code}", lang, **shown)


class OpenTRSError(Exception):
    """Anything OpenTRS refuses to do, with its exit code."""

    exit_code = 4


class UsageError(OpenTRSError):
    """The command or function was called wrongly."""

    exit_code = 2


class InputProblemsError(OpenTRSError):
    """The input has problems; ``problems`` lists every one of them."""

    exit_code = 3

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problems in the input")


class StageFailedError(OpenTRSError):
    """A stage of the study could not finish."""

    exit_code = 4


class OutputChangedError(OpenTRSError):
    """Files of a finished run differ from what the run wrote."""

    exit_code = 5


class UnknownDrugError(OpenTRSError):
    """A dose key has no factor for a drug; the message lists the nearest names."""

    exit_code = 3
