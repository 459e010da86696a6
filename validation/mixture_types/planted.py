"""Made-up PANSS ratings with known types, and the classifier that knows every parameter behind them.

A person has a type and a severity; an item is ``mean in the type + loading * severity + specific + noise``,
cut into whole points from 1 to 7. Loadings and specific spread are those of the package's simulator
(``reference/simulator_panss.csv``); the noise is what gives an item its published reliability between
occasions (``item_retest_reliability``: Medvedev et al. 2020, whose source and standing the simulator's
facts name). It differs on purpose from the model that is fitted: the noise is normal where the model is
logistic, and severity is cut by rounding where the model has thresholds of its own.

The means of a type are ours: its own domain at 4 (moderate, the floor of the rule), the others that
compete at 2 (minimal).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from opentrs.sources.synthetic.kinds import retest_noise_sd
from opentrs.sources.synthetic.parameters import published
from opentrs.stats.ordinal_mixture import Items
from opentrs.stats.ordinal_mixture.items import MISSING

DELUSION, HALLUCINATION = ("P1", "P5", "P6", "G9"), ("P3",)
NEGATIVE, OTHER = ("N1", "N2", "N3", "N4", "N6"), ("P2", "N5", "G11")
NAMES = (*DELUSION, *HALLUCINATION, *NEGATIVE, *OTHER)
HIGH, LOW, BESIDE = 4.0, 2.0, 3.0
LEAST, STEPS = 1, 7
NODES = np.linspace(-5, 5, 81)


@dataclass(frozen=True, slots=True)
class Planted:
    """The parameters: shares (types,), means (types, items), loading and spread (items,)."""

    shares: np.ndarray
    means: np.ndarray
    loading: np.ndarray
    spread: np.ndarray

    def chances(self) -> np.ndarray:
        """(types, nodes, items, steps): the true chance of every score."""
        place = self.means[:, None] + self.loading * NODES[:, None]
        edges = LEAST + np.arange(1, STEPS) - 0.5
        below = norm.cdf((edges - place[..., None]) / self.spread[:, None])
        ends = np.concatenate(
            [np.zeros((*below.shape[:3], 1)), below, np.ones((*below.shape[:3], 1))], axis=3
        )
        return np.diff(ends, axis=3)

    def posterior(self, items: Items) -> np.ndarray:
        """(people, types): probability of each type by Bayes' rule with the true parameters."""
        chances = np.maximum(self.chances(), 1e-300)
        table = np.log(chances).transpose(2, 3, 0, 1).reshape(len(self.loading) * STEPS, -1)
        weight = norm.pdf(NODES) / norm.pdf(NODES).sum()
        joint = items.one_hot() @ table + (np.log(self.shares)[:, None] + np.log(weight)).ravel()
        joint = joint.reshape(items.n_people, len(self.shares), -1)
        raised = np.exp(joint - joint.max(axis=(1, 2), keepdims=True)).sum(axis=2)
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    def draw(self, people: int, rng: np.random.Generator, missing: float = 0.05) -> tuple[Items, np.ndarray]:
        """Ratings of new people, some missing at random, and their true types."""
        group = rng.choice(len(self.shares), size=people, p=self.shares)
        severity = rng.standard_normal(people)[:, None]
        noise = self.spread * rng.standard_normal((people, len(self.loading)))
        level = self.means[group] + self.loading * severity + noise
        codes = (np.clip(np.rint(level), LEAST, LEAST + STEPS - 1) - LEAST).astype(np.int64)
        codes = np.where(rng.random(codes.shape) < missing, MISSING, codes)
        return Items(codes, (STEPS,) * len(self.loading)), group


def _items() -> tuple[np.ndarray, np.ndarray]:
    parameters = published()
    by_name = {item.name: item for item in parameters.items}
    noise = retest_noise_sd(parameters)
    loading = np.array([by_name[name].loading for name in NAMES])
    spread = np.array([np.hypot(by_name[name].specific_sd, noise) for name in NAMES])
    return loading, spread


def with_types(and_none: bool = False) -> Planted:
    """Delusion, hallucination and negative, each high on its own domain; if asked, also people with none."""
    own = [DELUSION, HALLUCINATION, NEGATIVE, ()][: 4 if and_none else 3]
    low = np.array([BESIDE if name in OTHER else LOW for name in NAMES])
    means = np.array([np.where(np.isin(NAMES, names), HIGH, low) for names in own])
    shares = np.array([0.30, 0.25, 0.30, 0.15])[: len(own)]
    return Planted(shares / shares.sum(), means, *_items())


def severity_only() -> Planted:
    """One group, all items moved by one severity: the harder null."""
    loading, spread = _items()
    return Planted(np.ones(1), np.full((1, len(NAMES)), 3.5), 1.5 * loading, spread)
