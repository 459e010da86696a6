"""The command line: parses, then hands over. Nothing heavy is imported before a command runs."""

from __future__ import annotations


def main() -> None:
    """Run ``opentrs`` with the arguments of the process."""
    from opentrs.cli.app import app

    app(prog_name="opentrs")
