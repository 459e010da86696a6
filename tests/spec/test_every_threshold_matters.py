"""A test of the tests: TRRIP with any one thing wrong must be noticed by a vignette.

Each mutant is asked of the same people; if no expected answer changes, the vignettes have a hole.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from opentrs.ascertain import definition_from_toml
from tests.spec.answers import VERDICT_COLUMNS, Asker, mismatches
from tests.spec.mutants import Mutant, mutants
from tests.spec.readings import VIGNETTES
from tests.spec.vignettes import USUAL, Study

# S4 is known only where T4 is: without its row the evidence is poorer, but no verdict differs.
IMPLIED_ROWS = {"T4"}
# Nor can these differ: two levels some days apart are two levels.
SAME_IN_EFFECT = {"A2-optimum.needs >= 1"}
ASKED = tuple(v for v in VIGNETTES if v.study == USUAL and v.definition == "trrip")


@pytest.mark.thorough
@pytest.mark.parametrize("mutant", [m for m in mutants() if str(m) not in SAME_IN_EFFECT], ids=str)
def test_a_vignette_notices(mutant: Mutant, asker: Callable[[Study, str], Asker]) -> None:
    study = asker(USUAL, "duckdb")
    before, after = study.answers("trrip"), study.under(definition_from_toml(mutant.definition))
    noticed = {
        heading for v in ASKED if not mismatches(v, before) for heading in mismatches(v, after)
    }  # fmt: skip
    if mutant.row_left_out and mutant.row_left_out not in IMPLIED_ROWS:
        noticed &= set(VERDICT_COLUMNS)
    assert noticed, f"no vignette notices {mutant}"
