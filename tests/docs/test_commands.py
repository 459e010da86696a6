"""Every command the manual shows exists with its options; those of the tutorial and README are run."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from opentrs.ascertain.definition import definition_from_toml
from opentrs.cli import manual
from opentrs.subtype.definition import load_types
from tests.support.manual import ROOT, blocks, commands, name_of, pages

SHOWN = [
    (page, command) for page in pages() for command in commands(page) if "changelog" not in name_of(page)
]
RUN = [ROOT / "README.md", ROOT / "README.zh.md", ROOT / "docs" / "tutorials" / "first-study.md"]


def _known() -> dict[str, set[str]]:
    """Command -> its options."""
    return {
        command.name: {name for each in command.parameters if not each.is_argument for name in each.names}
        for command in manual.commands()
    }


@pytest.mark.parametrize(
    ("page", "command"), SHOWN, ids=[f"{name_of(page)}: {shown}" for page, shown in SHOWN]
)
def test_a_command_of_the_manual_exists_with_its_options(page, command):
    words = shlex.split(command)[1:]
    if not words or words[0].startswith("-"):
        return
    known = _known()
    groups = {name.split(" ")[0] for name in known if " " in name}
    if words[0] in groups and len(words) > 1:
        words = [" ".join(words[:2]), *words[2:]]
    for name in words[0].split("|"):
        assert name in known, f"opentrs {name}"
        options = {word.split("=")[0].strip("[]") for word in words[1:] if word.strip("[").startswith("-")}
        assert options - known[name] - {"--help", "-h"} <= {"options"}, command


def _programs() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_make_command_of_a_page_exists(page):
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"(?:`|^\$ |^)make ([a-z]+)\b(?=`|$| )", text, re.MULTILINE)
    in_code = [
        name for name in shown if re.search(rf"(?:`make {name}|^(?:\$ )?make {name}\s*(?:#.*)?$)", text, re.M)
    ]
    assert set(in_code) <= _programs()


def _opentrs(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; sys.argv[0] = 'opentrs'; from opentrs.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *words], cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_what_a_page_lets_the_reader_type_works_and_prints_what_it_shows(page, tmp_path):
    shutil.copytree(ROOT / "examples" / "six-people", tmp_path / "examples" / "six-people")
    typed = 0
    for block in blocks(page):
        if block.kind != "console":
            continue
        printed = ""
        for line in block.text.splitlines():
            if line.startswith("$ opentrs "):
                run = _opentrs(shlex.split(line)[2:], tmp_path)
                assert run.returncode == 0, f"{line}\n{run.stderr}"
                printed = run.stdout + run.stderr
                typed += 1
            elif line.strip() and not line.startswith(("$", "#")):
                assert line in printed, f"{line!r} is not in\n{printed}"
    assert typed > 0
    _verdicts_shown(page, tmp_path)


def _verdicts_shown(page: Path, folder: Path) -> None:
    """A table of verdicts in a page is the TRRIP rows of the verdicts just written."""
    shown = re.search(r"^\| person_id \|.*\n(?:\|.*\n)+", page.read_text(encoding="utf-8"), re.MULTILINE)
    if not shown:
        return
    head, _, *lines = ([cell.strip() for cell in line.split("|")[1:-1]] for line in shown[0].splitlines())
    with (folder / "out" / "tables" / "ascertain" / "verdicts.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        written = [row for row in csv.DictReader(file) if row["definition"] == "trrip"]
    assert [[row[name] for name in head] for row in written] == lines


def test_the_rule_of_the_types_shown_in_the_manual_can_be_used_as_it_stands(tmp_path):
    page = ROOT / "docs" / "how-to" / "own-types.md"
    (shown,) = (block for block in blocks(page) if block.kind == "toml")
    (tmp_path / "types.toml").write_text(shown.text, encoding="utf-8")
    rules = load_types(tmp_path / "types.toml")

    assert rules.id == "our_types"
    assert rules.default.floor == "pomp50"
    assert rules.margin.needs.value == 1.96


@pytest.mark.parametrize(
    "block",
    [
        block
        for page in pages()
        for block in blocks(page)
        if block.kind == "toml" and "criterion" in block.text
    ],
    ids=lambda block: name_of(block.page),
)
def test_a_definition_shown_in_the_manual_can_be_used_as_it_stands(block):
    definition = definition_from_toml(tomllib.loads(block.text))
    assert definition.kind == "own"
    assert all(set(row.reads) == {"en", "zh"} for row in definition.criteria)
