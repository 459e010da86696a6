"""Options that every command has."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Lang(StrEnum):
    """Languages of the report and of all messages."""

    en = "en"
    zh = "zh"


Language = Annotated[
    Lang, typer.Option("--lang", metavar="en|zh", help="Language of the report and of messages.")
]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug",
        help="Show the traceback of an unexpected fault. It may hold people's values.",
    ),
]
