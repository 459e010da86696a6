"""A blank is unknown, never no: it may unsettle a verdict but not overturn it, and no more than it must.

Blanked are cells, not rows. Three kinds of cells are left alone: who the row is about and on which scale
and item (``person_id``, ``scale``, ``item``); the diagnosis and the group, of which a blank has a reading
of its own (within the spectrum); and the clinician's ``symptom_reduction_percent``, where a blank says by
definition that there are no scores, so that the course is judged by how it ended.
"""

from __future__ import annotations

from random import Random

import pytest

from opentrs.sources.synthetic import simulate
from tests.property.answers import SETTLED, Answers, engine_answers
from tests.property.filling import (
    SPARED,
    one_by_one,
    pick_cells,
    renamed,
    together,
    ways_to_fill,
    with_cells,
)
from tests.property.nasty import Row, Tables, nasty_people

BLANK_SHARE = 0.2
PEOPLE = 1500
MOST_WAYS = 24
SETTLED_SHARE = 0.95


def blank_cells(tables: Tables, share: float, random: Random) -> Tables:
    def blanked(row: Row) -> Row:
        return {c: None if c not in SPARED and random.random() < share else cell for c, cell in row.items()}

    return {name: [blanked(row) for row in rows] for name, rows in tables.items()}


@pytest.fixture(scope="module")
def whole() -> Tables:
    return nasty_people(PEOPLE, 11, blanks=False)


@pytest.fixture(scope="module")
def whole_answers(whole: Tables) -> Answers:
    return engine_answers(whole)


@pytest.mark.parametrize("seed", [1, 2])
def test_blanking_cells_never_overturns_a_settled_verdict(
    whole: Tables, whole_answers: Answers, seed: int
) -> None:
    blanked = engine_answers(blank_cells(whole, BLANK_SHARE, Random(seed)))

    assert overturned(whole_answers, blanked) == []
    assert sum(answer["verdict"] in SETTLED for answer in blanked.values()) > PEOPLE / 10


def test_blanking_cells_of_simulated_people_never_overturns_a_settled_verdict() -> None:
    simulated = simulate(300, 5, complete_record=True).tables
    tables = {name: frame.astype(object).to_dict("records") for name, frame in simulated.items()}

    blanked = engine_answers(blank_cells(tables, BLANK_SHARE, Random(3)))

    assert overturned(engine_answers(tables), blanked) == []


def overturned(before: Answers, after: Answers) -> list[tuple[str, str, str]]:
    verdicts = [(person, before[person]["verdict"], after[person]["verdict"]) for person in before]
    return [change for change in verdicts if set(change[1:]) == set(SETTLED)]


def test_people_whose_every_completion_agrees_are_settled(whole: Tables, whole_answers: Answers) -> None:
    """One to three cells blanked; every way of filling them (or 24 drawn) is answered by the engine too."""
    random = Random(7)
    cohorts, blanked = [], []
    for person, tables in one_by_one(whole).items():
        if whole_answers[person]["verdict"] in SETTLED:
            cells = pick_cells(tables, random.choice((1, 2, 3)), random)
            blanked.append(renamed(with_cells(tables, dict.fromkeys(cells)), f"{person} blank"))
            ways = ways_to_fill(tables, cells, MOST_WAYS, random)
            cohorts += [renamed(with_cells(tables, way), f"{person} way {n}") for n, way in enumerate(ways)]

    after = engine_answers(together(blanked))
    filled: dict[str, set[str]] = {}
    for name, answer in engine_answers(together(cohorts)).items():
        filled.setdefault(name.split()[0], set()).add(answer["verdict"])

    agreed = [
        person for person, verdicts in filled.items() if len(verdicts) == 1 and verdicts <= set(SETTLED)
    ]
    settled = [person for person in agreed if after[f"{person} blank"]["verdict"] in filled[person]]
    wrong = [p for p, verdicts in filled.items() if {after[f"{p} blank"]["verdict"]} | verdicts >= set(SETTLED)
             and after[f"{p} blank"]["verdict"] != "unknown"]  # fmt: skip
    print(f"{len(settled)} of {len(agreed)} people are settled")
    assert wrong == [], "a blank was settled although another value of it gives the opposite"
    assert len(agreed) >= PEOPLE / 5
    assert len(settled) >= SETTLED_SHARE * len(agreed), f"{len(settled)} of {len(agreed)}"
