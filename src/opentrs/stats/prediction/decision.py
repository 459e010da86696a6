"""Net benefit: what acting on a rule gains, once false alarms are weighed against found events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opentrs.stats.prediction.calibration import RESAMPLES
from opentrs.stats.prediction.cells import resamples as resampled
from opentrs.stats.prediction.checks import outcome_and_risk
from opentrs.stats.prediction.estimate import LEVEL, Floats, percentiles
from opentrs.stats.refusal import CannotFitError

MODEL, ALL, NONE = "model", "treat_all", "treat_none"


@dataclass(frozen=True, slots=True)
class NetBenefit:
    """Net benefit of one strategy at one threshold.

    Parameters
    ----------
    strategy : ``model``, ``treat_all``, ``treat_none``, or the name of a rule
    threshold : risk from which a person would be treated
    net_benefit, low, high : found events a person, false alarms weighed off, with a percentile interval; no
        interval for ``treat_none``, which is 0 by definition
    over_best, over_best_low, over_best_high : gain over the better of treating all and treating none
    n, events : people and events
    """

    strategy: str
    threshold: float
    net_benefit: float
    low: float | None
    high: float | None
    over_best: float
    over_best_low: float | None
    over_best_high: float | None
    n: int
    events: int


def net_benefit(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    thresholds: npt.ArrayLike,
    rules: Mapping[str, npt.ArrayLike] | None = None,
    seed: int = 1,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
) -> list[NetBenefit]:
    """Net benefit of the model, of treating all, of treating none, and of yes/no rules.

    Parameters
    ----------
    outcome, risk : (n,)
    thresholds : above 0 and below 1; a person is treated whose risk is at or above the threshold
    rules : name -> (n,) whom another rule would treat
    seed, resamples : of the bootstrap

    Returns
    -------
    list : for each strategy, each threshold in the order given

    Raises
    ------
    CannotFitError : see :func:`opentrs.stats.prediction.checks.outcome_and_risk`; a threshold not between
        0 and 1; a rule for other people or not yes or no

    Notes
    -----
    Vickers and Elkin 2006, doi:10.1177/0272989X06295361. The gain over the better default is taken
    within each resample, from the default that is better in all people.
    """
    y, p = outcome_and_risk(outcome, risk)
    cuts = np.atleast_1d(np.asarray(thresholds, dtype=float))
    if not ((cuts > 0) & (cuts < 1)).all():
        raise CannotFitError("threshold_outside")
    said = {name: _rule(rule, y) for name, rule in (rules or {}).items()}
    cells, counts, worth = _cells(y, p, cuts, said)
    ours = np.tensordot(counts / y.size, worth, 1)
    draws = np.concatenate(
        [np.tensordot(drawn / y.size, worth, 1) for drawn in resampled(counts, resamples, seed)]
    )
    best = np.where(ours[1] > 0, draws[:, 1], 0.0)
    shares, gains = percentiles(draws, level), percentiles(draws - best[:, None], level)
    over = ours - np.maximum(ours[1], 0.0)
    rows = []
    for s, strategy in enumerate(cells):
        for t, cut in enumerate(cuts):
            known = strategy != NONE
            # Against itself a default gains exactly nothing.
            apart = bool(np.any(draws[:, s, t] != best[:, t]))
            rows.append(
                NetBenefit(
                    strategy, float(cut), float(ours[s, t]),
                    float(shares[0][s, t]) if known else None, float(shares[1][s, t]) if known else None,
                    float(over[s, t]),
                    float(gains[0][s, t]) if apart else None, float(gains[1][s, t]) if apart else None,
                    y.size, int(y.sum()),
                )
            )  # fmt: skip
    return rows


def _rule(rule: npt.ArrayLike, y: Floats) -> Floats:
    said = np.asarray(rule, dtype=float)
    if said.shape != y.shape:
        raise CannotFitError("outcome_and_risk_differ", n=y.size, m=said.size)
    if not np.isin(said, (0.0, 1.0)).all():
        raise CannotFitError("not_yes_no")
    return said


def _cells(
    y: Floats, p: Floats, cuts: Floats, said: Mapping[str, Floats]
) -> tuple[list[str], Floats, Floats]:
    """Strategies; people by outcome and treatment; what one of them adds (cell, strategy, threshold)."""
    passed = np.searchsorted(np.sort(cuts), p, side="right")
    kinds, counts = np.unique(np.column_stack([y, passed, *said.values()]), axis=0, return_counts=True)
    event = kinds[:, 0]
    value = event[:, None] - (1 - event[:, None]) * cuts / (1 - cuts)
    # A person is treated by the model at every threshold up to their risk.
    model = np.sort(cuts)[np.maximum(kinds[:, 1].astype(int) - 1, 0)][:, None] >= cuts
    model &= kinds[:, 1][:, None] > 0
    treated = [model, np.ones_like(model), np.zeros_like(model)]
    treated += [np.repeat(kinds[:, [2 + i]] == 1, cuts.size, axis=1) for i in range(len(said))]
    worth = np.stack([each * value for each in treated], axis=1)
    return [MODEL, ALL, NONE, *said], counts.astype(float), worth
