"""Are the people here like those the model was made on? Predictor by predictor, and all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from opentrs.predict.registry.document import ModelDocument, Predictor

# A membership C of 0.7 tells most people apart: what is measured then is transport, not reproduction
# (our choice; doi:10.1016/j.jclinepi.2014.06.018 gives the idea and no cut-off).
DIFFERENT_C = 0.7


@dataclass(frozen=True, slots=True)
class Likeness:
    """One predictor here and where the model was made.

    Parameters
    ----------
    difference : mean here less published mean, in pooled standard deviations
    """

    predictor: str
    unit: str
    n: int
    mean: float
    sd: float
    published_mean: float
    published_sd: float
    difference: float


@dataclass(frozen=True, slots=True)
class CaseMix:
    """All predictors with a published distribution, and how well they tell the two populations apart.

    Parameters
    ----------
    membership_c : C of telling a person here from one of the development; None where too little is published
    n : people with all those predictors
    """

    rows: tuple[Likeness, ...]
    membership_c: float | None
    n: int


def case_mix(document: ModelDocument, frame: pd.DataFrame) -> CaseMix:
    """Compare the people of a frame with the published means and standard deviations.

    The C of the membership model is that of a linear discriminant between two normal populations with the
    covariance seen here, since nobody's development data are public: ``Phi(D / sqrt(2))`` with D the
    Mahalanobis distance of the means. What sampling alone adds to the distance, p / n, is taken off.
    """
    published = {
        name: known for name in document.used
        if name in frame.columns and (known := _published(document.predictors[name])) is not None
    }  # fmt: skip
    rows = []
    for name, (mean, sd) in published.items():
        values = frame[name].to_numpy(dtype=float)
        values = values[np.isfinite(values)]
        if len(values) < 2:
            continue
        here = float(values.std(ddof=1))
        pooled = float(np.sqrt((here**2 + sd**2) / 2))
        difference = (float(values.mean()) - mean) / pooled
        unit = document.predictors[name].unit
        rows.append(Likeness(name, unit, len(values), float(values.mean()), here, mean, sd, difference))
    c, n = _membership(frame[[one.predictor for one in rows]].dropna(), rows)
    return CaseMix(tuple(rows), c, n)


def _published(predictor: Predictor) -> tuple[float, float] | None:
    if predictor.kind == "number" and predictor.mean is not None and predictor.sd is not None:
        return predictor.mean, predictor.sd
    if predictor.kind == "flag" and predictor.share is not None and 0 < predictor.share < 1:
        return predictor.share, float(np.sqrt(predictor.share * (1 - predictor.share)))
    return None


def _membership(frame: pd.DataFrame, rows: list[Likeness]) -> tuple[float | None, int]:
    n, p = frame.shape
    if p == 0 or n < p + 2:
        return None, n
    values = frame.to_numpy(dtype=float)
    here = values.std(axis=0, ddof=1)
    if (here == 0).any():
        return None, n
    published = np.array([one.published_sd for one in rows])
    spread = np.sqrt((here**2 + published**2) / 2)
    covariance = np.atleast_2d(np.corrcoef(values, rowvar=False)) * np.outer(spread, spread)
    apart = values.mean(axis=0) - np.array([one.published_mean for one in rows])
    distance = float(apart @ np.linalg.pinv(covariance) @ apart) - p / n
    return float(stats.norm.cdf(np.sqrt(max(distance, 0.0) / 2))), n
