"""Reading the pages of the manual: which pages there are, their links, the commands and files they show."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "docs" / "reference"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^\$ |^|`)(?:\.venv/bin/)?(opentrs(?: [^`\n]+)?)(?:`|$)", re.MULTILINE)


def tracked_files() -> list[Path]:
    """Every file of the checkout that git knows; without git, every file outside hidden folders."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout.split("\0")
        files = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        files = [path for path in ROOT.rglob("*") if not any(part.startswith(".") for part in path.parts)]
    return sorted(path for path in files if path.is_file())


def pages() -> list[Path]:
    """Every Markdown page of the checkout."""
    return [path for path in tracked_files() if path.suffix == ".md"]


def name_of(path: Path) -> str:
    """The page as a test names it."""
    return path.relative_to(ROOT).as_posix()


def links(page: Path) -> Iterator[str]:
    """Targets of a page's links, code left out."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    yield from LINK.findall(re.sub(r"`[^`\n]*`", "", text))


def anchors(page: Path) -> set[str]:
    """Names of a page's headings as links write them."""
    headings = re.findall(r"^#+ +(.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: what it is said to hold, and its text."""

    page: Path
    kind: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [Block(page, kind.strip(), text) for kind, text in FENCE.findall(page.read_text(encoding="utf-8"))]


def commands(page: Path) -> list[str]:
    """Every `opentrs ...` a page shows, in blocks or in running text."""
    return [" ".join(found.split()) for found in COMMAND.findall(page.read_text(encoding="utf-8"))]
