"""Local quadratic regression of a yes/no outcome on risk (loess), for many resamples at once.

Cleveland 1979, doi:10.1080/01621459.1979.10481038, as R's ``loess`` has it by default: span 0.75, degree 2,
tricube weights of the nearest neighbours. Sums of powers of distance under the tricube weights are matrix
products with the people of each cell, so a bootstrap is a matrix product too; its bandwidths are those of
the people themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from opentrs.stats.prediction.cells import Cells
from opentrs.stats.prediction.estimate import Floats

# The defaults under which the calibration errors ICI, E50, E90 and Emax were proposed (Austin and Steyerberg
# 2019, doi:10.1002/sim.8281) are R's.
SPAN = 0.75
# The curve is fitted at this many risks and joined by cubics with its own slopes between them.
VERTICES = 80
# Makes windows with one or two distinct risks solvable, and is too small to be seen elsewhere.
RIDGE = 1e-9


@dataclass(frozen=True, slots=True)
class Loess:
    """Weights of a local quadratic at fixed risks.

    Parameters
    ----------
    at : (v,) risks at which it is fitted
    bandwidth : (v,) distance of the farthest person of each window
    powers : (5, v, m) tricube weight of each cell times powers 0 to 4 of its scaled distance
    """

    at: Floats
    bandwidth: Floats
    powers: Floats

    def fit(self, others: Floats, events: Floats) -> tuple[Floats, Floats]:
        """Values and slopes at the vertices: (resamples, v) each, for (resamples, m) counts."""
        people = np.einsum("kvm,rm->rkv", self.powers, others + events, optimize=True)
        wins = np.einsum("kvm,rm->rkv", self.powers[:3], events, optimize=True)
        rows = np.array([[0, 1, 2], [1, 2, 3], [2, 3, 4]])
        matrix = np.moveaxis(people[:, rows], -1, 1)
        matrix = matrix + RIDGE * people[:, 0][..., None, None] * np.diag([0.0, 1.0, 1.0])
        # A resample that draws nobody into a window of three quarters of the people hardly ever comes up.
        matrix[people[:, 0] <= 0] = np.eye(3)
        solved = np.linalg.solve(matrix, np.moveaxis(wins, 1, -1)[..., None])[..., 0]
        return solved[..., 0], solved[..., 1] / self.bandwidth


def loess(cells: Cells, span: float = SPAN) -> Loess:
    """Windows and tricube weights for people in cells."""
    at = _vertices(cells)
    distance = np.abs(cells.risk[None, :] - at[:, None])
    order = np.argsort(distance, axis=1)
    reached = np.cumsum(cells.people[order], axis=1)
    last = (reached < np.floor(cells.n * span + 1e-5)).sum(axis=1)
    width = np.take_along_axis(np.take_along_axis(distance, order, 1), last[:, None], 1)[:, 0]
    # Where most people share one risk, the window must still reach the next one.
    nearest = np.where(distance > 0, distance, np.inf).min(axis=1)
    width = np.maximum(width, 1.001 * nearest)
    scaled = (cells.risk[None, :] - at[:, None]) / width[:, None]
    weight = np.clip(1 - np.abs(scaled) ** 3, 0, None) ** 3
    return Loess(at, width, np.array([weight * scaled**power for power in range(5)]))


def _vertices(cells: Cells) -> Floats:
    if cells.risk.size <= VERTICES:
        return cells.risk
    by_people = np.interp(
        np.linspace(0, 1, VERTICES), (np.cumsum(cells.people) - 0.5 * cells.people) / cells.n, cells.risk
    )
    # Sparse ends get vertices too.
    evenly = np.linspace(cells.risk[0], cells.risk[-1], VERTICES // 4)
    return np.unique(np.concatenate([by_people, evenly]))


def hermite(at: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    """Matrices (wanted, v) that turn values and slopes at ``at`` into the cubic joined between them.

    ``wanted`` beyond the ends is held at the ends.
    """
    x = np.clip(wanted, at[0], at[-1])
    left = np.clip(np.searchsorted(at, x, side="right") - 1, 0, at.size - 2)
    gap = at[left + 1] - at[left]
    t = (x - at[left]) / gap
    values, slopes = np.zeros((2, x.size, at.size))
    row = np.arange(x.size)
    values[row, left], values[row, left + 1] = 2 * t**3 - 3 * t**2 + 1, 3 * t**2 - 2 * t**3
    slopes[row, left], slopes[row, left + 1] = gap * (t**3 - 2 * t**2 + t), gap * (t**3 - t**2)
    return values, slopes
