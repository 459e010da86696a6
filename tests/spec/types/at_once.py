"""Ask every vignette of the type rule at once: ``python -m tests.spec.types.at_once``.

The same vignettes as ``test_type_vignettes.py``, on the embedded database, without a test runner around them:
for the mutation tool, which asks them many times. Exit code 1 names the first that is wrong.
"""

from __future__ import annotations

import sys

from opentrs.cohort.build import embedded_database
from tests.spec.types.answers import Asker, mismatches
from tests.spec.types.readings import VIGNETTES


def main() -> int:
    """0 if every vignette is answered as expected."""
    for study in dict.fromkeys(vignette.study for vignette in VIGNETTES):
        answers = Asker(study, embedded_database(), VIGNETTES).answers()
        for vignette in VIGNETTES:
            if vignette.study is study and mismatches(vignette, answers):
                print(vignette)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
