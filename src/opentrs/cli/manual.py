"""The commands as data, for the manual page: walked from the program itself, so that neither drifts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from typer.main import get_command

from opentrs.cli.app import app


@dataclass(frozen=True, slots=True)
class ParameterHelp:
    """One argument or option: how it is written, what it does, what it is when not given."""

    names: tuple[str, ...]
    metavar: str
    help: str
    default: str
    required: bool
    is_argument: bool


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """One command with its help and parameters, arguments first."""

    name: str
    help: str
    parameters: tuple[ParameterHelp, ...]


def commands() -> tuple[CommandHelp, ...]:
    """Return every command of ``opentrs`` in the order the help lists them; ``evidence list`` is one."""
    return _below(get_command(app), "")


def _below(group, before: str) -> tuple[CommandHelp, ...]:  # type: ignore[no-untyped-def]
    found: list[CommandHelp] = []
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found += _below(command, f"{before}{name} ")
            continue
        parameters = sorted(
            (_parameter(each) for each in command.params), key=lambda each: not each.is_argument
        )
        found.append(CommandHelp(f"{before}{name}", command.help or "", tuple(parameters)))
    return tuple(found)


def _parameter(parameter) -> ParameterHelp:  # type: ignore[no-untyped-def]
    is_argument = parameter.param_type_name == "argument"
    shown = "" if parameter.required or parameter.default in (None, "", False) else str(parameter.default)
    return ParameterHelp(
        names=(parameter.metavar or parameter.name,) if is_argument else tuple(parameter.opts),
        metavar="" if is_argument else _metavar(parameter),
        help=parameter.help or "",
        default=shown,
        required=bool(parameter.required),
        is_argument=is_argument,
    )


def _metavar(option) -> str:  # type: ignore[no-untyped-def]
    if option.is_bool_flag:
        return ""
    kind = option.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(choice.value) for choice in kind)
    return str(option.metavar or "")
