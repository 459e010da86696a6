"""A yes/no rule against a yes/no outcome: the fourfold table and what follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opentrs.stats.prediction.checks import binary
from opentrs.stats.prediction.estimate import LEVEL, Estimate, quantile
from opentrs.stats.refusal import CannotFitError


@dataclass(frozen=True, slots=True)
class TwoByTwo:
    """Counts and what follows from them; shares with Wilson intervals, ratios with log intervals.

    Parameters
    ----------
    true_positive, false_positive, false_negative, true_negative : people
    sensitivity, specificity, ppv, npv : shares
    lr_positive, lr_negative : likelihood ratios; None where a cell of 0 leaves them undefined
    """

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int
    sensitivity: Estimate
    specificity: Estimate
    ppv: Estimate
    npv: Estimate
    lr_positive: Estimate
    lr_negative: Estimate

    @property
    def n(self) -> int:
        """All people."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative


def two_by_two(outcome: npt.ArrayLike, positive: npt.ArrayLike, level: float = LEVEL) -> TwoByTwo:
    """Sensitivity, specificity, predictive values and likelihood ratios of a rule.

    Parameters
    ----------
    outcome : (n,) 0 or 1
    positive : (n,) 0 or 1, what the rule says

    Raises
    ------
    CannotFitError : a value is missing or neither 0 nor 1, lengths differ, or all have the same outcome

    Notes
    -----
    Wilson 1927, doi:10.1080/01621459.1927.10502953; ratios: Simel et al. 1991,
    doi:10.1016/0895-4356(91)90128-V.
    """
    y = binary(outcome)
    said = np.asarray(positive, dtype=float)
    if said.shape != y.shape:
        raise CannotFitError("outcome_and_risk_differ", n=y.size, m=said.size)
    if not np.isfinite(said).all():
        raise CannotFitError("missing_value")
    if not np.isin(said, (0.0, 1.0)).all():
        raise CannotFitError("not_yes_no")
    tp, fp = int((y * said).sum()), int(((1 - y) * said).sum())
    events = int(y.sum())
    fn, tn = events - tp, y.size - events - fp
    return TwoByTwo(
        tp, fp, fn, tn,
        wilson(tp, tp + fn, level), wilson(tn, tn + fp, level), wilson(tp, tp + fp, level),
        wilson(tn, tn + fn, level),
        _ratio(tp, tp + fn, fp, fp + tn, level), _ratio(fn, tp + fn, tn, fp + tn, level),
    )  # fmt: skip


def wilson(events: int, n: int, level: float = LEVEL) -> Estimate:
    """A share with Wilson's score interval; undefined of nobody."""
    if n == 0:
        return Estimate(None, None, None, 0, 0, "wilson", "nobody")
    z, share = quantile(level), events / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    # Rounding must not lift the end off 0 or 1.
    low = 0.0 if events == 0 else middle - half
    high = 1.0 if events == n else middle + half
    return Estimate(share, low, high, n, events, "wilson")


def _ratio(part1: int, n1: int, part2: int, n2: int, level: float) -> Estimate:
    n, events = n1 + n2, n1
    if part2 == 0:
        return Estimate(None, None, None, n, events, "log_ratio", "empty_cell")
    ratio = (part1 / n1) / (part2 / n2)
    if part1 == 0:
        return Estimate(0.0, None, None, n, events, "log_ratio")
    half = quantile(level) * (1 / part1 - 1 / n1 + 1 / part2 - 1 / n2) ** 0.5
    return Estimate(ratio, ratio * math.exp(-half), ratio * math.exp(half), n, events, "log_ratio")
