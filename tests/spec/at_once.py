"""Ask the vignettes all at once: ``python -m tests.spec.at_once`` for those of the usual study of TRRIP,
``python -m tests.spec.at_once others`` for those of the other definitions and studies.

The same vignettes as ``test_vignettes.py``, on the embedded database, without a test runner around them:
for the mutation tool, which asks them several hundred times. Exit code 1 names the first that is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from opentrs.cohort.build import embedded_database
from tests.spec.answers import Asker, mismatches
from tests.spec.readings import VIGNETTES
from tests.spec.vignettes import USUAL, Vignette


def asked(others: bool) -> dict[tuple[str, str], list[Vignette]]:
    """The vignettes of the usual study of TRRIP, or all others: (study, definition) -> vignettes."""
    found: dict[tuple[str, str], list[Vignette]] = {}
    for one in VIGNETTES:
        if others != (one.study == USUAL and one.definition == "trrip"):
            found.setdefault((one.study.name, one.definition), []).append(one)
    return found


def main(arguments: Sequence[str] = ()) -> int:
    """0 if every vignette is answered as expected."""
    backend, askers = embedded_database(), dict[str, Asker]()
    groups = asked(others="others" in arguments)
    everybody = [vignette for group in groups.values() for vignette in group]
    for (study, definition), group in groups.items():
        if study not in askers:
            askers[study] = Asker(group[0].study, backend, everybody)
        answers = askers[study].answers(definition)
        for vignette in group:
            if mismatches(vignette, answers):
                print(vignette)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
