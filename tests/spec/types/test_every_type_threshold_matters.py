"""A test of the tests: the type rule with any one number, operator or choice wrong must be noticed.

Each mutant is asked of the same people; if no expected answer changes, the vignettes have a hole.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from opentrs.cohort.build import embedded_database
from tests.spec.types.answers import Asker, mismatches, shipped_tree
from tests.spec.types.readings import VIGNETTES
from tests.spec.types.vignettes import (
    ANY_LEAD,
    CERTAIN_LEAD,
    FLOOR_POMP,
    NO_NORM,
    OTHER_NORM,
    THIRTY,
    TWENTY_NINE,
    USUAL,
    Study,
)

# Scores, days, people and visits move by one; a lead by a tenth, a share of the range by two percent.
STEPS = {"lead.margin": 0.1, "floor.pomp.at": 2}
STRICTNESS = {">=": ">", ">": ">="}
OTHER_CHOICES = {
    "floor.method": ("two_items", "mean", "pomp50"),
    "lead.metric": ("pomp",),
}
SAME_IN_EFFECT = {
    "persistence.visits - 1": "visits 84 days apart are two",
    "lead.pomp_points >": "ten points are a unit: nothing is compared with them",
    "alternative 1.96 strictness": "no lead on a norm of halves and quarters is exactly 1.96",
}
# Whom to ask first: the study whose vignettes stand on that boundary; the others are asked after it.
ASKED_FIRST = (
    ("floor.pomp", FLOOR_POMP), ("lead.pomp_points", NO_NORM), ("norm.people +", THIRTY),
    ("norm.people >", THIRTY), ("norm.people -", TWENTY_NINE), ("lead.margin -", OTHER_NORM),
    ("alternative 0", ANY_LEAD), ("alternative 1.96", CERTAIN_LEAD),
)  # fmt: skip
MUTANTS: dict[str, dict[str, Any]] = {}
_askers: dict[Study, Asker] = {}


def at(tree: Mapping[str, Any], path: str) -> Any:
    """What stands at a dotted path."""
    for key in path.split("."):
        tree = tree[key]
    return tree


def thresholds(tree: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Dotted paths of every threshold outside the alternatives."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            here = f"{path}{key}"
            if "is" in value:
                yield here
            else:
                yield from thresholds(value, f"{here}.")


def changed(path: str, value: Any) -> dict[str, Any]:
    """The shipped rule with another value at a path."""
    tree = copy.deepcopy(shipped_tree())
    *sections, last = path.split(".")
    at(tree, ".".join(sections))[last] = value
    return tree


def _all_mutants() -> Iterator[tuple[str, dict[str, Any]]]:
    tree = shipped_tree()
    for path in thresholds(tree):
        told, step = at(tree, path), STEPS.get(path, 1)
        for sign, value in (("+", told["value"] + step), ("-", told["value"] - step)):
            yield f"{path} {sign} {step}", changed(path, {**told, "value": value})
        flipped = STRICTNESS[told["is"]]
        yield f"{path} {flipped}", changed(path, {**told, "is": flipped})
    for path, others in OTHER_CHOICES.items():
        for other in others:
            mutant = copy.deepcopy(tree)
            *sections, last = path.split(".")
            section = at(mutant, sections[0]) if sections else mutant
            section[last] = other
            yield f"{path} {other}", mutant
    for number, row in enumerate(tree["alternative"]):
        if "needs" in row:
            for sign in (0.1, -0.1):
                mutant = copy.deepcopy(tree)
                mutant["alternative"][number]["needs"]["value"] += sign
                yield f"alternative {row['value']} {sign:+}", mutant
            mutant = copy.deepcopy(tree)
            mutant["alternative"][number]["needs"]["is"] = STRICTNESS[row["needs"]["is"]]
            yield f"alternative {row['value']} strictness", mutant
    for place in range(len(tree["instruments"]) - 1):
        order = list(tree["instruments"])
        order[place], order[place + 1] = order[place + 1], order[place]
        yield f"instruments {order[place]} first", {**copy.deepcopy(tree), "instruments": order}


MUTANTS.update(_all_mutants())


def notices(study: Study, mutant: Mapping[str, Any]) -> bool:
    """Whether a vignette of a study is answered otherwise under the mutant."""
    if study not in _askers:
        _askers[study] = Asker(study, embedded_database(), VIGNETTES)
    answers = _askers[study].under(mutant, with_flips=False)
    return any(
        mismatches(vignette, answers, with_flips=False) for vignette in VIGNETTES if vignette.study is study
    )


@pytest.mark.thorough
@pytest.mark.parametrize("name", [name for name in MUTANTS if name not in SAME_IN_EFFECT])
def test_a_vignette_notices(name: str) -> None:
    first = [study for begins, study in ASKED_FIRST if name.startswith(begins)]
    studies = dict.fromkeys([*first, USUAL, *(vignette.study for vignette in VIGNETTES)])
    assert any(notices(study, MUTANTS[name]) for study in studies), f"no vignette notices {name}"


def test_every_number_of_the_rule_is_moved_both_ways() -> None:
    moved = {name.rsplit(" ", 2)[0] for name in MUTANTS if " + " in name}
    assert moved == set(thresholds(shipped_tree()))
    assert len(moved) == 11
    assert set(SAME_IN_EFFECT) <= set(MUTANTS)
