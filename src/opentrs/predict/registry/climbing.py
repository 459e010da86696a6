"""The ladder of updates climbed on people of a document: a yes-or-no outcome, or a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.sample import Sample
from opentrs.predict.registry.terms import coefficients
from opentrs.stats.prediction.logistic import fit_logistic
from opentrs.stats.prediction.update import Ladder, Step, update_ladder
from opentrs.stats.refusal import CannotFitError

RESAMPLES = 200
# Share of resamples that must carry a fit for their spread to stand for an error.
CARRIED = 0.9
FEW_COEFFICIENTS = ("intercept", "intercept_slope")


def climb(
    document: ModelDocument, sample: Sample, matrix: np.ndarray, names: Sequence[str],
    added: np.ndarray | None, added_names: Sequence[str],
) -> Ladder:  # fmt: skip
    """Every step on these people.

    Parameters
    ----------
    matrix, added : (n, p) columns of the terms, and of what extends them

    Raises
    ------
    CannotFitError : the steps of recalibration cannot be fitted
    """
    if not sample.is_time:
        return update_ladder(sample.outcome, sample.score, matrix, names, added, added_names)
    from opentrs.stats.survival.update import survival_ladder

    return survival_ladder(
        sample.time, sample.cause, sample.score, sample.horizon_days, document.baseline_survival, matrix,
        names, added, added_names,
    )  # fmt: skip


def covariance(document: ModelDocument, sample: Sample, taken: Step, seed: int) -> dict[str, Any] | None:
    """Covariance of intercept and coefficients as far as the update estimated them; None for larger steps.

    The published coefficients themselves are taken as known: their covariance is not public. On a time the
    first is the log of the cumulative baseline hazard, and the covariance that of resampled people.
    """
    if taken.name not in FEW_COEFFICIENTS:
        return None
    sloped = taken.name == "intercept_slope"
    own = _of_time(document, sample, taken, seed) if sample.is_time else _of_yes_or_no(sample, sloped)
    if own is None:
        return None
    before = coefficients(document.terms)
    moved = np.zeros((2, 1 + len(before)))
    moved[0, 0] = 1.0
    moved[1] = np.concatenate([[document.intercept], before])
    moved = moved if sloped else moved[:1]
    matrix = moved.T @ own @ moved
    names = [name for term in document.terms for name in term.names]
    return {"of": ["intercept", *names], "matrix": [[float(value) for value in row] for row in matrix]}


def _of_yes_or_no(sample: Sample, sloped: bool) -> np.ndarray:
    if sloped:
        return np.asarray(fit_logistic(sample.score[:, None], sample.outcome).covariance)
    nothing = np.empty((len(sample.outcome), 0))
    return np.asarray(fit_logistic(nothing, sample.outcome, offset=sample.score).covariance)


def _of_time(document: ModelDocument, sample: Sample, taken: Step, seed: int) -> np.ndarray | None:
    """Spread of log baseline hazard and slope over resampled people; None where too few carry a fit."""
    from opentrs.stats.survival.update import recalibrated

    rng, n, drawn = np.random.default_rng(seed), len(sample), []
    for _ in range(RESAMPLES):
        again = sample.of(rng.integers(0, n, n))
        try:
            drawn.append(recalibrated(again.time, again.cause, again.score, sample.horizon_days, taken.name))
        except CannotFitError:
            continue
    if len(drawn) < CARRIED * RESAMPLES:
        return None
    return np.atleast_2d(np.cov(np.array(drawn), rowvar=False))
