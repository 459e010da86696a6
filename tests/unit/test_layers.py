"""The house stands as drawn: imports point downward only."""

from __future__ import annotations

import subprocess
import sys
import tomllib


def test_every_import_points_downward(repository):
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=repository,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_room_of_the_package_has_its_place_in_the_layers(repository):
    settings = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    drawn = {room.strip(" ()") for layer in contract["layers"] for room in layer.split("|")}
    rooms = {
        path.stem for path in (repository / "src" / "opentrs").iterdir() if not path.name.startswith("__")
    }
    rooms -= {"py"}  # py.typed
    assert rooms <= drawn
