"""The manual says what the code says, points where it says, and names no machine."""

from __future__ import annotations

import re

import pytest

from tests.support.manual import GENERATED, ROOT, anchors, links, name_of, pages, tracked_files
from tools.make_docs import PAGES

TEXT_FILES = [path for path in tracked_files() if path.suffix not in {".png", ".parquet", ".xlsx", ".lock"}]
# Absolute places on somebody's machine, and hosts a package was fetched from.
MACHINE = re.compile(
    r"(?<![\w.~>}:/-])/(?:home|root|tmp|work|Users|mnt|opt|farm|var/folders)/[\w.]"
    r"|\b[A-Z]:\\\\?Users\b|//(?:localhost|[\w.-]+\.(?:internal|local|lan|corp))\b|--(?:extra-)?index-url"
)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_reference_page_is_what_the_code_says(name):
    path = GENERATED / name
    assert path.exists(), "run `make docs`"
    assert path.read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


def test_every_page_of_the_reference_is_generated():
    assert {path.name for path in GENERATED.glob("*.md")} == set(PAGES)


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page):
    for target in links(page):
        if target.startswith(("https://", "mailto:")):
            continue
        assert "://" not in target, f"{target}: use https"
        file, _, anchor = target.partition("#")
        goal = (page.parent / file).resolve() if file else page
        assert goal.exists(), f"{target} leads nowhere"
        assert goal.is_relative_to(ROOT), f"{target} leads out of the project"
        if anchor and goal.suffix == ".md":
            assert anchor in anchors(goal), f"{target}: no such heading"


def test_every_page_of_the_manual_can_be_reached_from_its_first_page():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        for target in links(page):
            goal = (page.parent / target.partition("#")[0]).resolve()
            found = sorted(goal.glob("*.md")) if goal.is_dir() else [goal]
            waiting += [
                path for path in found if path.suffix == ".md" and path.exists() and path not in reached
            ]
    manual = {page for page in pages() if page.is_relative_to(ROOT / "docs")}
    assert sorted(map(name_of, manual - reached)) == []


def test_a_page_has_one_title_and_does_not_end_in_blank_lines():
    for page in (page for page in pages() if page.name.count(".") == 1):  # changelog fragments have none
        text = page.read_text(encoding="utf-8")
        assert text.startswith(("# ", "<!--")), name_of(page)
        assert text.endswith("\n"), name_of(page)
        assert not text.endswith("\n\n"), name_of(page)


def test_no_tracked_file_names_a_machine():
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:80]}"
        for path in TEXT_FILES
        if path != ROOT / "tests" / "docs" / "test_pages.py"
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if MACHINE.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "line", ["see /home/anna/data", "open('/" + "tmp/x1')", '"/' + 'root/.cache"', r"C:\Users\anna"]
)
def test_the_search_for_machines_finds_them(line):
    assert MACHINE.search(line)


@pytest.mark.parametrize(
    "line", ["duckdb:///file", "https://doi.org/10.1/home/x", "docs/home/x", "kg/tmp", "../wo" + "rk/x"]
)
def test_the_search_for_machines_leaves_the_rest_alone(line):
    assert not MACHINE.search(line)


def test_decisions_are_numbered_without_a_gap_and_have_their_three_parts():
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]}. "), path.name
        for part in ("Status:", "## Context", "## Decision", "## Consequences"):
            assert part in text, f"{path.name} has no {part}"


def test_every_row_of_the_plan_has_its_line_with_a_command_a_section_tests_and_a_status():
    expected = [*(f"A{n}" for n in range(1, 7)), "B1", "B2", "B4", "B3", *(f"C{n}" for n in range(1, 14))]
    expected += (
        [f"D{n}" for n in range(1, 7)] + [f"E{n}" for n in range(1, 9)] + [f"F{n}" for n in range(1, 8)]
    )
    lines = re.findall(
        r"^\| ([A-F]\d+) \|(.*)\|$", (ROOT / "docs" / "rows.md").read_text(encoding="utf-8"), re.M
    )
    assert [row for row, _ in lines] == expected
    for row, rest in lines:
        what, command, section, tests, status = (cell.strip() for cell in rest.split(" | "))
        assert what, row
        assert status in {"done", "in part", "not built yet"}, row
        if status != "not built yet":
            assert command.startswith("`opentrs "), row
            assert section, row
            assert tests, row
            for path in re.findall(r"`(tests/[^`]+)`", tests):
                assert (ROOT / path).exists(), f"{row}: {path}"
