"""The made-up ratings on which two programs are compared."""

from __future__ import annotations

import numpy as np

# name: seed, people, items, steps, classes, share of missing ratings
CASES = {
    "three_classes": (1, 400, 10, 4, 3, 0.05),
    "many_missing": (2, 500, 12, 5, 2, 0.30),
    "panss_like": (3, 600, 30, 7, 4, 0.05),
    "one_class": (4, 200, 6, 7, 1, 0.10),
}


def ratings(seed: int, people: int, items: int, steps: int, classes: int, missing: float) -> np.ndarray:
    """Whole numbers from 0, NaN where missing; every class has its own chances, drawn at random."""
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.ones(steps), size=(classes, items))
    group = rng.integers(0, classes, people)
    below = np.cumsum(chances[group], axis=2)[:, :, :-1]
    table: np.ndarray = (rng.random((people, items))[:, :, None] >= below).sum(axis=2).astype(float)
    table[rng.random((people, items)) < missing] = np.nan
    return table
