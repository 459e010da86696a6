"""Ask the vignettes of the usual study all at once: ``python -m tests.spec.at_once``.

The same vignettes as ``test_vignettes.py``, on the embedded database, without a test runner around them:
for the mutation tool, which asks them several hundred times. Exit code 1 names the first that is wrong.
"""

from __future__ import annotations

import sys

from opentrs.cohort.build import embedded_database
from tests.spec.answers import Asker, mismatches
from tests.spec.readings import VIGNETTES
from tests.spec.vignettes import USUAL


def main() -> int:
    """0 if every vignette is answered as expected."""
    vignettes = [one for one in VIGNETTES if one.study == USUAL and one.definition == "trrip"]
    answers = Asker(USUAL, embedded_database(), vignettes).answers("trrip")
    for vignette in vignettes:
        if mismatches(vignette, answers):
            print(vignette)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
