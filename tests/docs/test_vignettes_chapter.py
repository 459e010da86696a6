"""The chapter of vignettes in the manual is the one the vignettes make."""

from __future__ import annotations

from pathlib import Path

from tests.support.chapter import vignettes_chapter


def test_the_chapter_in_the_manual_is_up_to_date(repository: Path) -> None:
    """Write it again with ``tests.support.chapter.write_vignettes_chapter``."""
    written = (repository / "docs" / "explanation" / "vignettes.md").read_text(encoding="utf-8")
    assert written == vignettes_chapter()
