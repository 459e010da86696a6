"""Every vignette of the type rule, on every engine. `pytest -k "84 days"` finds one by its sentence."""

from __future__ import annotations

import pytest

from tests.spec.types.answers import Asker, mismatches
from tests.spec.types.readings import VIGNETTES
from tests.spec.types.vignettes import Study, Vignette
from tests.support.engines import ENGINES

_askers: dict[tuple[str, str], Asker] = {}


def asker_of(study: Study, engine: str) -> Asker:
    """Who asks a study on an engine; its cohort is built at the first call."""
    if (study.name, engine) not in _askers:
        _askers[study.name, engine] = Asker(study, ENGINES[engine](), VIGNETTES)
    return _askers[study.name, engine]


@pytest.mark.parametrize("engine_name", sorted(ENGINES))
@pytest.mark.parametrize("vignette", VIGNETTES, ids=str)
def test_type_vignette(vignette: Vignette, engine_name: str) -> None:
    wrong = mismatches(vignette, asker_of(vignette.study, engine_name).answers())
    assert not wrong, "; ".join(
        f"{heading}: expected {expected or 'nothing'}, answered {answered or 'nothing'}"
        for heading, (expected, answered) in wrong.items()
    )


def test_there_are_at_least_200_vignettes_and_no_two_have_one_name() -> None:
    assert len(VIGNETTES) >= 200
    assert len({str(vignette) for vignette in VIGNETTES}) == len(VIGNETTES)


def test_every_type_and_every_answer_is_expected_somewhere() -> None:
    asked: dict[str, set[str]] = {}
    for vignette in VIGNETTES:
        for heading, expected in vignette.expected.items():
            asked.setdefault(heading, set()).add(expected)
    types = {"delusion", "hallucination", "negative", "mixed", "none", "unknown"}
    assert types <= asked["type"]
    assert {"none", "mild", "moderate", "severe", "unknown"} <= asked["depression"]
    assert {"yes", "no", "unknown"} <= asked["persistent"]
    assert {"severe_depression", "none_of_the_four", "unknown", "delusion"} <= asked["review type"]
