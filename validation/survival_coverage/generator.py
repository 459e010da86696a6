"""People with exponential hazards of an event and a competing one, and the truth of every figure about them.

One predictor x, standard normal. The event has the hazard 0.10 exp(0.8 x) a year; the competing event, where
there is one, 0.06 exp(-0.3 x); censoring is exponential. The horizon is 5 years. Two predicted risks are
judged: the true risk (whose slope is 1 and whose calibration in the large is 0), and one that is too extreme
and too high.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

HORIZON = 5.0
EVENT, EFFECT = 0.10, 0.8
COMPETING, OTHER_EFFECT = 0.06, -0.3
THRESHOLD = 0.4
# Points of x and of time on which truths are integrated; twice as many change no fourth digit.
X = np.linspace(-6, 6, 401)
DENSITY = np.exp(-(X**2) / 2) / np.exp(-(X**2) / 2).sum()
TIMES = (np.arange(400) + 0.5) * HORIZON / 400


@dataclass(frozen=True)
class World:
    """One setting.

    Parameters
    ----------
    n : people in each sample
    censored : hazard of censoring a year
    competes : whether there is a competing event
    """

    n: int
    censored: float
    competes: bool

    def rates(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Hazards of the event and of the competing event."""
        other = COMPETING * np.exp(OTHER_EFFECT * x) if self.competes else np.zeros_like(x)
        return EVENT * np.exp(EFFECT * x), other

    def risk(self, x: np.ndarray, time: float = HORIZON) -> np.ndarray:
        """True risk of the event by a time."""
        event, other = self.rates(x)
        # Five standard deviations out the risk is 1 to every digit, which has no complementary log-log.
        return np.minimum(event / (event + other) * -np.expm1(-(event + other) * time), 1 - 1e-12)

    def said(self, x: np.ndarray) -> np.ndarray:
        """A predicted risk that is too extreme and too high."""
        logged = np.log(-np.log1p(-self.risk(x)))
        return -np.expm1(-np.exp(1.3 * logged + 0.3))

    def sample(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Predictor, end of follow-up and cause."""
        x = rng.standard_normal(self.n)
        event, other = self.rates(x)
        ends = [rng.exponential(size=self.n) / event, rng.exponential(size=self.n) / np.maximum(other, 1e-12)]
        left = rng.exponential(1 / self.censored, self.n)
        time = np.minimum(np.minimum(*ends), left)
        return x, time, np.where(time == left, 0, np.where(time == ends[0], 1, 2))

    @cached_property
    def truth(self) -> dict[str, float]:
        """What each figure estimates."""
        true, said = self.risk(X), self.said(X)
        share = float(DENSITY @ true)
        score = float(DENSITY @ (true - 2 * true * said + said**2))
        treated = DENSITY * (said >= THRESHOLD)
        benefit = float(treated @ (true - (1 - true) * THRESHOLD / (1 - THRESHOLD)))
        return {
            "observed_risk": share,
            "observed_expected": share / float(DENSITY @ said),
            "brier": score,
            "scaled_brier": 1 - score / (share * (1 - share)),
            "net_benefit": benefit,
            "time_dependent_auc": _above(DENSITY * true, DENSITY * (1 - true)),
            "uno_c": self._pairs(weighted=True),
            "harrell_c": self._pairs(weighted=False),
            "calibration_slope": 1.0,
            "calibration_in_the_large": 0.0,
        }

    def _pairs(self, weighted: bool) -> float:
        """Concordance of pairs: of all, or of those that censoring lets be seen."""
        event, other = self.rates(X)
        won = total = 0.0
        gone = np.zeros_like(X)
        step = HORIZON / TIMES.size
        for time in TIMES:
            free, kept = np.exp(-(event + other) * time), float(np.exp(-self.censored * time))
            arriving = free * other * step * (1.0 if weighted else kept)
            without = (free if weighted else free * kept) + gone + arriving / 2
            cases = DENSITY * event * free * (1.0 if weighted else kept)
            won += _above(cases, DENSITY * without) * cases.sum() * (DENSITY @ without)
            total += cases.sum() * (DENSITY @ without)
            gone += arriving
        return float(won / total)


def _above(cases: np.ndarray, controls: np.ndarray) -> float:
    """Probability that a case has the higher x; the grid's ties at half."""
    below = np.cumsum(controls) - 0.5 * controls
    return float(cases @ below / (cases.sum() * controls.sum()))


WORLDS = [
    World(n, censored, competes)
    for n in (250, 700)
    for censored in (0.11, 0.28)
    for competes in (False, True)
]
