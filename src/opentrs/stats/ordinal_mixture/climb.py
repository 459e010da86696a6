"""Climbing the likelihood: EM steps with squared extrapolation, many fits side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from opentrs.stats.ordinal_mixture.items import Floats, MixtureError

LONGEST_STEP = 4.0


class Kernel(Protocol):
    """A model on fixed data. Several fits go side by side: parameters are (fits, parameters)."""

    n_people: int

    def step(self, parameters: Floats) -> tuple[Floats, Floats]:
        """One EM step; returns the new parameters and what was climbed at the old ones, (fits,)."""
        ...

    def is_valid(self, parameters: Floats) -> NDArray[np.bool_]:
        """(fits,): the parameters, perhaps extrapolated, still describe a model."""
        ...


@dataclass(frozen=True, slots=True)
class Climbed:
    """Where the fits arrived.

    Parameters
    ----------
    parameters : (fits, parameters)
    objective : (fits,) log-likelihood plus log prior
    converged : (fits,) the last plain EM step gained less than the tolerance
    n_steps : (fits,) EM steps used
    """

    parameters: Floats
    objective: Floats
    converged: NDArray[np.bool_]
    n_steps: NDArray[np.int64]


def climb(kernel: Kernel, start: Floats, tolerance: float, max_steps: int) -> Climbed:
    """EM with squared extrapolation (Varadhan and Roland, doi:10.1111/j.1467-9469.2007.00585.x).

    A jump that lowers what is climbed is undone, so every fit goes up; a fit that has arrived leaves the
    others alone.

    Parameters
    ----------
    start : (fits, parameters)
    tolerance : a fit has arrived when one plain EM step gains less than this per person
    max_steps : EM steps after which a fit is given up as not converged

    Raises
    ------
    MixtureError : the objective is not a finite number, which a correct kernel never gives
    """
    n_fits = len(start)
    arrived = np.array(start, dtype=np.float64)
    converged = np.zeros(n_fits, dtype=bool)
    n_steps = np.zeros(n_fits, dtype=np.int64)
    reach = np.full(n_fits, LONGEST_STEP)
    active = np.arange(n_fits)
    while active.size:
        zero = arrived[active]
        one, at_zero = kernel.step(zero)
        two, at_one = kernel.step(one)
        if not np.isfinite(at_one).all():
            raise MixtureError("the likelihood of a mixture became infinite or undefined")
        n_steps[active] += 2
        arrived[active] = two
        converged[active] = np.abs(at_one - at_zero) < tolerance * kernel.n_people
        going = ~converged[active] & (n_steps[active] < max_steps)
        if going.any():
            jump, length = _extrapolated(kernel, zero, one, two, reach[active])
            after, at_jump = kernel.step(jump)
            n_steps[active] += going
            better = np.isfinite(at_jump) & (at_jump >= at_one)
            arrived[active[going & better]] = after[going & better]
            at_limit = length >= reach[active]
            reach[active] = np.where(
                better,
                np.where(at_limit, reach[active] * 4, reach[active]),
                np.maximum(reach[active] / 4, 1.0),
            )
        if not going.all():
            active = active[going]
    return Climbed(arrived, kernel.step(arrived)[1], converged, n_steps)


def _extrapolated(
    kernel: Kernel, zero: Floats, one: Floats, two: Floats, reach: Floats
) -> tuple[Floats, Floats]:
    first, second = one - zero, two - 2 * one + zero
    bend = np.sqrt((second**2).sum(axis=1))
    ratio = np.sqrt((first**2).sum(axis=1)) / np.where(bend > 0, bend, 1.0)
    length = np.clip(np.where(bend > 0, ratio, 1.0), 1.0, reach)
    factor = length[:, None]
    jump = zero + 2 * factor * first + factor**2 * second
    return np.where(kernel.is_valid(jump)[:, None], jump, two), length
