"""Outcomes and risks that cannot be judged are refused, each with its reason."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from opentrs.stats.prediction.estimate import Floats
from opentrs.stats.refusal import CannotFitError


def binary(outcome: npt.ArrayLike) -> Floats:
    """Outcome as 0 and 1.

    Raises
    ------
    CannotFitError : a value is missing, is neither 0 nor 1, or all are the same
    """
    y = np.asarray(outcome, dtype=float)
    if y.ndim != 1 or not np.isfinite(y).all():
        raise CannotFitError("missing_value")
    if not np.isin(y, (0.0, 1.0)).all():
        raise CannotFitError("not_yes_no")
    if y.size == 0 or np.ptp(y) == 0:
        raise CannotFitError("one_outcome", n=y.size)
    return y


def outcome_and_risk(outcome: npt.ArrayLike, risk: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Outcome as 0 and 1, and the risk predicted for the same people.

    Raises
    ------
    CannotFitError : as :func:`binary`; lengths differ; a risk is missing or outside 0 to 1
    """
    y = binary(outcome)
    p = np.asarray(risk, dtype=float)
    if p.shape != y.shape:
        raise CannotFitError("outcome_and_risk_differ", n=y.size, m=p.size)
    if not np.isfinite(p).all():
        raise CannotFitError("missing_value")
    if p.min() < 0 or p.max() > 1:
        raise CannotFitError("risk_outside")
    return y, p


def log_odds(risk: Floats) -> Floats:
    """Log-odds of risks.

    Raises
    ------
    CannotFitError : a risk is exactly 0 or 1, whose log-odds are infinite
    """
    if risk.min() <= 0 or risk.max() >= 1:
        raise CannotFitError("risk_at_edge")
    return np.asarray(np.log(risk) - np.log1p(-risk), dtype=np.float64)


def varying_log_odds(risk: Floats) -> Floats:
    """Log-odds of risks that differ between people; else as :func:`log_odds` refuses."""
    lp = log_odds(risk)
    if np.ptp(lp) == 0:
        raise CannotFitError("constant_risk")
    return lp
