"""What a user's file of trials compares: every comparison within each study, as an effect and its error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from opentrs.stats.meta.effects import CountMeasure, MeanMeasure, from_counts, from_means
from opentrs.treat.files import MEASURES_OF_COUNTS, Arm, Contrast, Evidence


@dataclass(frozen=True, slots=True)
class PoolChoices:
    """What the command line chose.

    Parameters
    ----------
    measure : OR, RR, RD, MD or SMD
    tau2 : estimator of the between-study variance, or ``fixed``
    test : ``z`` (normal), ``hk`` (Hartung-Knapp) or ``hk_modified`` (never narrower than normal)
    reference : treatment the others are compared with; the last in alphabetical order without it
    small_is_good : a low value is better
    interactions : pairs of components, ``a*b``, that may do more or less together than apart
    """

    measure: str = "SMD"
    tau2: str = "reml"
    test: str = "z"
    reference: str | None = None
    small_is_good: bool = False
    interactions: tuple[str, ...] = ()


def study_contrasts(evidence: Evidence, measure: str) -> list[Contrast]:
    """All comparisons within each study; those that tell nothing (no events at all) are left out."""
    if evidence.contrasts:
        return list(evidence.contrasts)
    by_study: dict[str, list[Arm]] = defaultdict(list)
    for arm in evidence.arms:
        by_study[arm.study].append(arm)
    return [
        _contrast(one, two, measure, of_study)
        for of_study in by_study.values()
        for one, two in combinations(sorted(of_study, key=lambda arm: arm.treatment), 2)
        if _tells(of_study, measure)
    ]


def _tells(arms: Sequence[Arm], measure: str) -> bool:
    if measure not in ("OR", "RR"):
        return True
    return any(arm.events > 0 for arm in arms) and any(arm.events < arm.n for arm in arms)


def _contrast(one: Arm, two: Arm, measure: str, of_study: Sequence[Arm]) -> Contrast:
    if measure in MEASURES_OF_COUNTS:
        # A half is added to every arm of a study one of whose arms has an empty cell, so that the
        # comparisons of one study still add up.
        add = 0.5 if any(arm.events in (0, arm.n) for arm in of_study) else 0.0
        effect, variance = _counts(one, two, measure, add)
    else:
        found = from_means(one.n, one.mean, one.sd, two.n, two.mean, two.sd, _mean_measure(measure))
        effect, variance = float(found.effect), float(found.variance)
    return Contrast(one.line, one.study, one.treatment, two.treatment, effect, float(np.sqrt(variance)))


def _counts(one: Arm, two: Arm, measure: str, add: float) -> tuple[float, float]:
    if not add:
        found = from_counts(one.events, one.n, two.events, two.n, _count_measure(measure))
        return float(found.effect), float(found.variance)
    a, m1, c, m2 = one.events + add, one.n + 2 * add, two.events + add, two.n + 2 * add
    if measure == "RD":
        return a / m1 - c / m2, a * (m1 - a) / m1**3 + c * (m2 - c) / m2**3
    if measure == "RR":
        return float(np.log(a / m1) - np.log(c / m2)), 1 / a - 1 / m1 + 1 / c - 1 / m2
    return float(np.log(a * (m2 - c) / ((m1 - a) * c))), 1 / a + 1 / (m1 - a) + 1 / c + 1 / (m2 - c)


def _count_measure(measure: str) -> CountMeasure:
    found: dict[str, CountMeasure] = {"OR": "OR", "RR": "RR", "RD": "RD"}
    return found[measure]


def _mean_measure(measure: str) -> MeanMeasure:
    found: dict[str, MeanMeasure] = {"MD": "MD", "SMD": "SMD", "ROM": "ROM"}
    return found[measure]
