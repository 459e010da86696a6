"""Fewer permutations than a study makes: these tests ask what is tested, not how finely."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from opentrs.mechanism import engine


@pytest.fixture(autouse=True, scope="module")
def few_permutations() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "PERMUTATIONS", 199)
        yield
