"""`import opentrs` offers the listed names, all of them, and costs nothing until one is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import opentrs


@pytest.mark.parametrize("name", opentrs.__all__)
def test_a_public_name_is_there_and_says_what_it_is(name):
    thing = getattr(opentrs, name)
    assert thing is not None
    assert name in dir(opentrs)
    if callable(thing):
        assert thing.__doc__


def test_the_lists_of_names_agree():
    """The names, their homes, and what a type checker is shown."""
    tree = ast.parse(Path(opentrs.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    shown = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert shown == opentrs._HOMES
    assert set(opentrs.__all__) == set(shown)


def test_any_other_name_is_an_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = opentrs.no_such_name


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, opentrs; print(sorted({'pandas', 'ibis', 'duckdb', 'numpy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
