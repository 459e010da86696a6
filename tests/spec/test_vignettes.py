"""Every vignette, on every engine. `pytest -k "six weeks"` finds one by its sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.spec.answers import Asker, mismatches
from tests.spec.readings import CHAPTERS, VIGNETTES
from tests.spec.vignettes import Study, Vignette
from tests.support.engines import ENGINES


@pytest.mark.parametrize("engine_name", sorted(ENGINES))
@pytest.mark.parametrize("vignette", VIGNETTES, ids=str)
def test_vignette(vignette: Vignette, engine_name: str, asker: Callable[[Study, str], Asker]) -> None:
    wrong = mismatches(vignette, asker(vignette.study, engine_name).answers(vignette.definition))
    assert not wrong, "; ".join(
        f"{heading}: expected {expected or 'nothing'}, answered {answered or 'nothing'}"
        for heading, (expected, answered) in wrong.items()
    )


def test_there_are_at_least_170_vignettes_and_no_two_have_one_name() -> None:
    assert len(VIGNETTES) >= 170
    assert len({str(vignette) for vignette in VIGNETTES}) == len(VIGNETTES)


def test_every_row_of_the_definition_is_asked_yes_no_and_unknown_where_it_can_be() -> None:
    """T4 and S1 are never `no`: an undocumented course or an unrated symptom is unknown."""
    asked: dict[str, set[str]] = {}
    for vignette in (vignette for chapter in CHAPTERS for vignette in chapter.vignettes):
        if vignette.definition == "trrip":
            for heading, expected in vignette.expected.items():
                asked.setdefault(heading, set()).add(expected)
    for criterion in ("S2", "S3", "S4", "F1", "T1", "T2", "T3", "A1", "A2"):
        assert {"yes", "no", "unknown"} <= asked[criterion], criterion
    for criterion in ("S1", "T4"):
        assert {"yes", "unknown"} <= asked[criterion], criterion
        assert "no" not in asked[criterion], criterion
