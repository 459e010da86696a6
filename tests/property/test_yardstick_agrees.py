"""Two readings of the same rules, written apart, answer alike: the engine and the plain-Python yardstick."""

from __future__ import annotations

from collections import Counter

import pytest

from opentrs.sources.synthetic import simulate
from tests.property.answers import Answers, Frames, differences, engine_answers, yardstick_answers
from tests.property.nasty import nasty_people

PEOPLE = 2000


@pytest.fixture(scope="module", params=["simulated", "nasty"])
def both(request: pytest.FixtureRequest) -> tuple[Answers, Answers]:
    """(the engine's answers, the yardstick's) for 2,000 people."""
    frames: Frames = simulate(PEOPLE, 1).tables if request.param == "simulated" else nasty_people(PEOPLE, 1)
    return engine_answers(frames), yardstick_answers(frames)


def test_engine_and_yardstick_agree_row_for_row(both: tuple[Answers, Answers]) -> None:
    found = differences(*both)

    fields = Counter(field for differing in found.values() for field in differing)
    first = dict(list(found.items())[:5])
    assert not found, (
        f"{len(found)} people differ, in {dict(fields)}; (engine, yardstick), for instance {first}"
    )


def test_the_people_compared_have_every_verdict(both: tuple[Answers, Answers]) -> None:
    verdicts = Counter(answers["verdict"] for answers in both[1].values())

    assert set(verdicts) == {"resistant", "not_resistant", "unknown", "not_applicable"}
    assert verdicts["resistant"] >= PEOPLE * 0.03
