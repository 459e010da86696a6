"""People in cells of equal risk and outcome: a bootstrap then costs the same for any number of people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from opentrs.stats.prediction.estimate import Floats

# More distinct risks than this are gathered into groups of equal size at their mean risk, each of a
# fifteen-hundredth of the people: far below what any smoother resolves. At either end, where risks lie far
# apart, people keep their own.
MOST_RISKS = 2000
OWN_AT_ENDS = 250
# Resamples drawn together; bounds the memory, not the result.
BATCH = 100


@dataclass(frozen=True, slots=True)
class Cells:
    """People by distinct risk.

    Parameters
    ----------
    risk : (m,) ascending
    others, events : (m,) people at that risk without and with the event
    """

    risk: Floats
    others: Floats
    events: Floats

    @property
    def people(self) -> Floats:
        """People at each risk."""
        return self.others + self.events

    @property
    def n(self) -> int:
        """All people."""
        return int(self.people.sum())


def exact_cells(outcome: Floats, risk: Floats) -> Cells:
    """Cells of people at every distinct risk, however many."""
    values, place = np.unique(risk, return_inverse=True)
    events = np.bincount(place, weights=outcome).astype(float)
    return Cells(values, np.bincount(place).astype(float) - events, events)


def gather(outcome: Floats, risk: Floats) -> Cells:
    """Cells of people; exact up to ``MOST_RISKS`` distinct risks."""
    cells = exact_cells(outcome, risk)
    if cells.risk.size <= MOST_RISKS:
        return cells
    m, ends = cells.risk.size, OWN_AT_ENDS
    inner = np.cumsum(cells.people[ends : m - ends])
    place = np.arange(m)
    place[ends : m - ends] = ends + (inner - 1) * (MOST_RISKS - 2 * ends) // inner[-1]
    place[m - ends :] = MOST_RISKS + np.arange(ends)
    place = np.unique(place, return_inverse=True)[1]
    others, events = (
        np.bincount(place, weights=count).astype(float) for count in (cells.others, cells.events)
    )
    total = np.bincount(place, weights=cells.people * cells.risk)
    return Cells(total / (others + events), others, events)


def resamples(counts: Floats, n_resamples: int, seed: int) -> Iterator[Floats]:
    """Bootstrap resamples of people in cells: batches of (resamples, cells) counts.

    Parameters
    ----------
    counts : (cells,) people in each cell
    n_resamples : how many in all
    seed : of the draws
    """
    rng = np.random.default_rng(seed)
    n = int(counts.sum())
    full = np.flatnonzero(counts)
    for start in range(0, n_resamples, BATCH):
        size = min(BATCH, n_resamples - start)
        drawn = np.zeros((size, counts.size))
        drawn[:, full] = rng.multinomial(n, counts[full] / n, size=size)
        yield drawn
