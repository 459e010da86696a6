"""The manual page on mappings: each piece of TOML on it is a mapping that is accepted."""

from __future__ import annotations

import re
from pathlib import Path

from opentrs.sources.mapping import DERIVATIONS, UNITS
from opentrs.sources.toml_schema import TomlReader


def test_every_mapping_on_the_manual_page_is_accepted(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "how-to" / "map-your-own-columns.md").read_text(encoding="utf-8")
    pieces = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(pieces) >= 6

    for piece in pieces:
        whole = piece if "[[table]]" in piece else f"[[table]]\n{piece}"
        (tmp_path / "cohort.toml").write_text(whole, encoding="utf-8")
        reader = TomlReader(tmp_path / "cohort.toml")
        reader.load()
        assert reader.problems == [], piece


def test_every_unit_and_way_to_compute_is_on_the_manual_page(repository: Path) -> None:
    page = (repository / "docs" / "how-to" / "map-your-own-columns.md").read_text(encoding="utf-8")

    for name in [*DERIVATIONS, *(unit for known in UNITS.values() for unit in known)]:
        assert f"`{name}`" in page or f'"{name}"' in page, name
