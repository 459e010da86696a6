"""The categorical mixture reaches the maximum that StepMix reaches, missing ratings and all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from opentrs.stats.ordinal_mixture import Effort, as_items, fit_mixture
from validation.mixture_stepmix.ratings import CASES, ratings

PINNED = Path(__file__).parents[2] / "validation" / "mixture_stepmix" / "pinned.json"


@pytest.mark.parametrize("name", CASES)
def test_the_log_likelihood_is_that_of_stepmix(name: str) -> None:
    other = json.loads(PINNED.read_text(encoding="utf-8"))["cases"][name]
    table = ratings(*CASES[name])
    assert (int((~np.isnan(table)).sum()), float(np.nansum(table))) == (other["rated"], other["sum"])
    _, _, n_items, steps, classes, _ = CASES[name]
    items = as_items(table, [0] * n_items, [steps - 1] * n_items)
    effort = Effort(starts=10, finalists=10, tolerance=1e-10)
    ours = fit_mixture(items, classes, seed=1, form="categorical", effort=effort)
    assert ours.log_likelihood == pytest.approx(other["log_likelihood"], rel=1e-6)
