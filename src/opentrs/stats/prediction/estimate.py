"""An estimate with its interval, the people behind it, and how it was made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.messages import Lang, text

Floats = npt.NDArray[np.float64]
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, its interval, the people it rests on, and the method.

    Parameters
    ----------
    value : the estimate; None where it is not defined
    low, high : ends of the interval; None where there is none
    n, events : people, and those of them with the outcome
    method : key of the method of the interval, see :meth:`method_text`
    reason : key of the refusal (``cannot_fit.<reason>``) where ``value`` is None
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    events: int
    method: str
    reason: str | None = None

    def method_text(self, lang: Lang = "en") -> str:
        """Return the method in words."""
        return text(f"estimate_method.{self.method}", lang)


def quantile(level: float = LEVEL) -> float:
    """Two-sided normal quantile of a level."""
    return float(stats.norm.ppf((1 + level) / 2))


def percentiles(draws: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Ends of the percentile interval of bootstrap draws, along the first axis."""
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return low, high
