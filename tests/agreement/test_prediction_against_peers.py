"""Validation sample sizes are those of pmvalsampsize, Venn-Abers pairs those of venn-abers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from opentrs.stats.prediction.sample_size import validation
from opentrs.stats.prediction.venn_abers import inductive
from validation.prediction_peers.oracle import CASES, calibration_people

HERE = Path(__file__).parents[2] / "validation" / "prediction_peers"
PEERS = json.loads((HERE / "reference.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("place", range(len(CASES)))
def test_sizes_of_validations(place: int) -> None:
    prevalence, c, mean, spread, widths = CASES[place]
    people = norm.ppf((np.arange(20_000) + 0.5) / 20_000, mean, spread)
    ratio, slope, discrimination = validation(prevalence, c, people, widths=(*widths, 0.2))
    theirs = PEERS["validation_sizes"][place]
    # The peer finds the first on a grid of standard errors, draws the second's people, and has 1.96.
    assert ratio.n == pytest.approx(theirs[0], rel=0.005)
    assert slope.n == pytest.approx(theirs[1], rel=0.01)
    assert discrimination.n == pytest.approx(theirs[2], abs=1)


def test_venn_abers_pairs() -> None:
    ours = inductive(*calibration_people())
    for name, theirs in PEERS["venn_abers"].items():
        assert getattr(ours, name) == pytest.approx(theirs, abs=1e-9)
