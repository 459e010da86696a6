"""What `make` says on a machine that lacks something: the line to type, and no half-made folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.manual import ROOT


@pytest.fixture
def make(tmp_path):
    """Run make in a folder that holds only the Makefile, with a python that is only a few lines of shell."""

    def make(python: str | None) -> subprocess.CompletedProcess[str]:
        shutil.copy(ROOT / "Makefile", tmp_path)
        path = tmp_path / "python-of-the-test"
        if python is not None:
            path.write_text(f"#!/bin/sh\n{python}\n", encoding="utf-8")
            path.chmod(0o755)
        return subprocess.run(
            ["make", "test", f"PYTHON={path}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env=_no_outer_make(),
        )

    yield make
    assert not (tmp_path / ".venv").exists()


def _no_outer_make() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    }


def test_a_missing_venv_module_gives_the_line_to_type(make):
    run = make('case "$2" in *ensurepip*) exit 1;; esac')
    assert run.returncode != 0
    assert "sudo apt-get install python3-venv" in run.stderr


def test_a_python_too_old_is_named_with_the_version_that_is_needed(make):
    run = make('case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac')
    assert run.returncode != 0
    assert "3.11 or later" in run.stderr
    assert "Python 3.9.2" in run.stderr


def test_a_missing_python_gives_the_line_to_type(make):
    run = make(None)
    assert run.returncode != 0
    assert "sudo apt-get install python3" in run.stderr


def test_every_command_is_listed_by_help_with_a_sentence():
    run = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=_no_outer_make(),
    )
    makefile = Path(ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    listed = [line.split()[1] for line in run.stdout.splitlines()]
    assert sorted(listed) == sorted(phony[1].split())
    assert all(len(line.split()) > 3 for line in run.stdout.splitlines())


def test_pinned_versions_satisfy_what_the_package_asks_for():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for text in [*project["dependencies"], *extras["test"], *extras["dev"]]:
        wanted = Requirement(text)
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        assert wanted.specifier.contains(pinned[name]), text
