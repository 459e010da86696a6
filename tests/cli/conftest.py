"""A small cohort on disk, simulated once; and the commands run in a process of their own or in this one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from opentrs.sources import synthetic

PEOPLE = 30
CANARY = "canary-4711"
Run = Callable[..., "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def cohort_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated cohort on disk, whose first person bears a name that no log may repeat."""
    folder = tmp_path_factory.mktemp("simulated") / "clinic"
    synthetic.write(synthetic.simulate(PEOPLE, 3), folder)
    first = synthetic.simulate(PEOPLE, 3).tables["people"]["person_id"].iloc[0]
    for path in folder.rglob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace(str(first), CANARY), encoding="utf-8")
    return folder


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process: ``run("check", folder)``."""
    from opentrs.cli.app import app

    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        code: object = 0
        try:
            app([str(argument) for argument in arguments], prog_name="opentrs")
        except SystemExit as end:
            code = end.code
        said = capfd.readouterr()
        return Outcome(int(code or 0), said.out, said.err)

    return call


def in_a_process(arguments: Sequence[object]) -> Outcome:
    """Run a command as a user does, in a process of its own."""
    command = [sys.executable, "-c", "from opentrs.cli import main; main()", *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return Outcome(ended.returncode, ended.stdout, ended.stderr)
