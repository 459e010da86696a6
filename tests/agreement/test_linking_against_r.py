"""Smoothing and linking against base R's generalised linear model (validation/linking/oracle.R)."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from opentrs.stats.equipercentile import ScoreRange, equivalents, loglinear

HERE = Path(__file__).resolve().parents[2] / "validation" / "linking"
BPRS, PANSS = ScoreRange(18, 126), ScoreRange(30, 210)
R = json.loads((HERE / "r_glm.json").read_text(encoding="utf-8"))


def _frequencies(scale: str) -> np.ndarray:
    with (HERE / "frequencies.csv").open(encoding="utf-8", newline="") as file:
        return np.array([float(row["n"]) for row in csv.DictReader(file) if row["scale"] == scale])


@pytest.mark.parametrize("degree", sorted(R["by_degree"]))
def test_smoothed_shares_and_links_are_those_of_r(degree: str) -> None:
    theirs = {name: np.array(values) for name, values in R["by_degree"][degree].items()}
    p, q = (loglinear(_frequencies(scale)[None, :], int(degree))[0][0] for scale in ("BPRS-18", "PANSS"))

    np.testing.assert_allclose(p, theirs["p"], atol=1e-9)
    np.testing.assert_allclose(q, theirs["q"], atol=1e-9)
    # Where next to nobody is, the link hangs on shares smaller than either tool computes.
    for link, expected, shares in (
        (equivalents(p, q, PANSS), theirs["x_to_y"], p),
        (equivalents(q, p, BPRS), theirs["y_to_x"], q),
    ):
        inhabited = shares > 1e-6
        assert inhabited.sum() > 40
        np.testing.assert_allclose(link[inhabited], expected[inhabited], atol=1e-3)
        np.testing.assert_allclose(link[shares > 1e-3], expected[shares > 1e-3], atol=1e-6)
