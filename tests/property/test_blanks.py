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
from tests.property.answers import SETTLED, Answers, as_rows, engine_answers
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
MESSY, SIMULATED = 800, 150
TIMES = ("once ", "again ")
MOST_WAYS = 30
AS_BLANK, AS_WAY = "blank ", "way {} "


@pytest.fixture(scope="module")
def whole() -> Tables:
    """Messy people without blanks of their own, and simulated ones with a complete record."""
    simulated = as_rows(simulate(SIMULATED, 5, complete_record=True).tables)
    return together([nasty_people(MESSY, 11, blanks=False), simulated])


@pytest.fixture(scope="module")
def answers(whole: Tables) -> Answers:
    """Of everybody, and of everybody with a fifth of the cells blanked, twice over."""
    blanked = [renamed(blank_cells(whole, Random(time)), time) for time in TIMES]
    return engine_answers(together([whole, *blanked]))


def blank_cells(tables: Tables, random: Random) -> Tables:
    def blanked(row: Row) -> Row:
        return {
            c: None if c not in SPARED and random.random() < BLANK_SHARE else cell for c, cell in row.items()
        }

    return {name: [blanked(row) for row in rows] for name, rows in tables.items()}


@pytest.mark.parametrize("time", TIMES)
def test_blanking_cells_never_overturns_a_settled_verdict(whole: Tables, answers: Answers, time: str) -> None:
    people = [row["person_id"] for row in whole["people"]]
    verdicts = [(person, answers[person]["verdict"], answers[time + person]["verdict"]) for person in people]

    assert [change for change in verdicts if set(change[1:]) == set(SETTLED)] == []
    assert sum(after in SETTLED for _, _, after in verdicts) > len(people) / 10, "hardly anybody is settled"


@pytest.fixture(scope="module")
def completions(whole: Tables, answers: Answers) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Person -> verdict with one to three cells blanked; person -> verdicts under every way of filling them.

    At most 30 ways for one person, the true one among them, and drawn at random where there are more.
    """
    random = Random(7)
    variants: list[Tables] = []
    for person, tables in one_by_one(whole).items():
        if person.startswith("n") and answers[person]["verdict"] in SETTLED:
            cells = pick_cells(tables, random.choice((1, 2, 3)), random)
            variants.append(renamed(with_cells(tables, dict.fromkeys(cells)), AS_BLANK))
            ways = ways_to_fill(tables, cells, MOST_WAYS, random)
            variants += [renamed(with_cells(tables, way), AS_WAY.format(n)) for n, way in enumerate(ways)]
    blank: dict[str, str] = {}
    filled: dict[str, set[str]] = {}
    for name, answer in engine_answers(together(variants)).items():
        person = name.split()[-1]
        if name.startswith(AS_BLANK):
            blank[person] = answer["verdict"]
        else:
            filled.setdefault(person, set()).add(answer["verdict"])
    return blank, filled


def test_a_verdict_is_settled_only_if_no_way_of_filling_the_blanks_overturns_it(
    completions: tuple[dict[str, str], dict[str, set[str]]],
) -> None:
    blank, filled = completions

    wrong = [p for p, verdict in blank.items() if verdict in SETTLED and filled[p] & set(SETTLED) - {verdict}]

    assert wrong == []
    assert sum(verdict in SETTLED for verdict in blank.values()) > MESSY / 5


def test_people_whose_every_completion_agrees_are_settled(
    completions: tuple[dict[str, str], dict[str, set[str]]],
) -> None:
    """At least 95% of them: the share the engine settles is in the message where it is too low."""
    blank, filled = completions
    agreed = [p for p, verdicts in filled.items() if len(verdicts) == 1 and verdicts <= set(SETTLED)]

    settled = [person for person in agreed if blank[person] in filled[person]]

    print(f"{len(settled)} of {len(agreed)} people whose every completion agrees are settled")
    assert len(agreed) > MESSY / 5
    assert len(settled) >= 0.95 * len(agreed), f"{len(settled)} of {len(agreed)} are settled"
