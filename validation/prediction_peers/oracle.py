"""Sample sizes of pmvalsampsize and probabilities of venn-abers, pinned in ``reference.json``.

Run with a Python of its own that has both: ``python validation/prediction_peers/oracle.py`` (see README.md).
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
# prevalence, C, mean and spread of the log-odds, widths of the intervals of O/E, slope and C. (Its net
# benefit stops with an error in this version.)
CASES = (
    (0.018, 0.8, -5.0, 2.5, (1.0, 0.2, 0.1)),
    (0.17, 0.7, -1.8, 0.8, (0.2, 0.2, 0.1)),
    (0.4, 0.75, -0.5, 1.1, (0.3, 0.3, 0.08)),
)


def calibration_people() -> tuple[Any, Any, Any]:
    """Outcomes and scores of 200 people, and 12 scores to be told, some of them seen before."""
    rng = np.random.default_rng(7)
    scores = np.round(rng.normal(0, 1, 200), 2)
    outcome = (rng.random(200) < 1 / (1 + np.exp(1 - scores))).astype(int)
    return outcome, scores, np.concatenate([scores[:6], np.linspace(-3.001, 3.001, 6)])


def sizes() -> list[list[int]]:
    """People for each criterion of each case."""
    from pmvalsampsize.pmvalsampsize import pmvalsampsize

    found = []
    for prevalence, c, mean, spread, widths in CASES:
        answer = pmvalsampsize(
            "b", prevalence=prevalence, cstatistic=c, lpnormal=(mean, spread), oeciwidth=widths[0],
            csciwidth=widths[1], cstatciwidth=widths[2], noprint=True,
        )  # fmt: skip
        found.append([int(row[1]) for row in answer["results_table"][:3]])
    return found


def pairs() -> dict[str, Any]:
    """Inductive Venn-Abers."""
    from venn_abers import VennAbers

    y, s, new = calibration_people()
    p = 1 / (1 + np.exp(-s))
    q = 1 / (1 + np.exp(-new))
    peer = VennAbers()
    peer.fit(np.column_stack([1 - p, p]), y)
    merged, both = peer.predict_proba(np.column_stack([1 - q, q]))
    return {"low": both[:, 0].tolist(), "high": both[:, 1].tolist(), "merged": merged[:, 1].tolist()}


if __name__ == "__main__":
    found = {
        "validation_sizes": sizes(),
        "venn_abers": pairs(),
        "versions": {name: version(name) for name in ("pmvalsampsize", "venn-abers")},
    }
    (HERE / "reference.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
