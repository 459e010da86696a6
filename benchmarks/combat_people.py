"""Made-up maps of several sites, the same for OpenTRS and its peer. Needs nothing but NumPy."""

from __future__ import annotations

import numpy as np


def people(n: int, m: int, sites: int) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Values (n, m), site labels, and age, sex and diagnosis."""
    rng = np.random.default_rng(3)
    site = np.arange(n) % sites
    # To a quarter of a year: the peer keeps covariates in single precision.
    age, sex, patient = rng.integers(72, 260, n) / 4, rng.integers(0, 2, n), rng.integers(0, 2, n)
    values = rng.standard_normal((n, m))
    for number in range(sites):
        here = site == number
        values[here] = 2.5 + 0.1 * rng.uniform(0.8, 1.2) * values[here] + rng.normal(0, 0.1, m)
    values -= (0.004 * (age - 40) + 0.05 * patient)[:, None]
    return values, np.array([f"s{number:02d}" for number in site]), {"AGE": age, "SEX": sex, "DX": patient}
