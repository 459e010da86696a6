"""The vignettes of a study are asked once per engine, definition and session."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.spec.answers import Asker
from tests.spec.readings import VIGNETTES
from tests.spec.vignettes import Study
from tests.support.engines import ENGINES


@pytest.fixture(scope="session")
def asker() -> Callable[[Study, str], Asker]:
    """Who asks a study on an engine; its cohort is built at the first call."""
    askers: dict[tuple[Study, str], Asker] = {}

    def asker_of(study: Study, engine: str) -> Asker:
        if (study, engine) not in askers:
            askers[study, engine] = Asker(study, ENGINES[engine](), VIGNETTES)
        return askers[study, engine]

    return asker_of
