"""A model applied to people: a risk where the model is valid for the person, else the reason it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from opentrs.messages import Lang, text
from opentrs.predict.registry.document import Condition, ModelDocument, Predictor
from opentrs.predict.registry.terms import coefficients, design

LEVEL = 0.95
MISSING, OUTSIDE, UNSEEN = "missing", "outside", "unseen"


@dataclass(frozen=True, slots=True)
class Applied:
    """What a model says about each person, in the order of the frame.

    Parameters
    ----------
    linear_predictor : score before the link; not a number where a predictor is unknown or the model has none
    risk, low, high : in [0, 1]; not a number outside validity, and for models that give no risk
    positive : whether a rule is met: 1, 0, or not a number where it cannot be told
    reasons : per person, what stands against validity: (kind, predictors), empty where nothing does
    """

    linear_predictor: np.ndarray
    risk: np.ndarray
    low: np.ndarray
    high: np.ndarray
    positive: np.ndarray
    reasons: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]

    @property
    def valid(self) -> np.ndarray:
        """Whether nothing stands against the answer, of shape (people,)."""
        return np.array([not each for each in self.reasons], dtype=bool)


def applied(document: ModelDocument, frame: pd.DataFrame) -> Applied:
    """Apply a model.

    Parameters
    ----------
    frame : a column for each predictor that is known: numbers; 1 and 0 for flags; texts for categories.
        A predictor without a column is unknown for everybody.
    """
    whole = _with_all(document, frame)
    reasons = _reasons(document, whole)
    unknown = np.full(len(whole), np.nan)
    outside = np.array([bool(each) for each in reasons], dtype=bool)
    if document.readings:
        return Applied(unknown, unknown, unknown, unknown, _positive(document, whole, outside), reasons)
    matrix = design(document.terms, whole)
    linear = document.intercept + matrix @ coefficients(document.terms)
    linear = linear if document.terms else unknown
    if document.answers != "risk":
        return Applied(np.where(outside, np.nan, linear), unknown, unknown, unknown, unknown, reasons)
    low, high = _interval(document, matrix, linear)
    risks = (np.where(outside, np.nan, _risk(document, one)) for one in (linear, low, high))
    risk, risk_low, risk_high = risks
    return Applied(np.where(outside, np.nan, linear), risk, risk_low, risk_high, unknown, reasons)


def _with_all(document: ModelDocument, frame: pd.DataFrame) -> pd.DataFrame:
    absent = {
        name: np.nan if one.kind != "category" else None
        for name, one in document.predictors.items()
        if name not in frame.columns
    }
    return frame.assign(**absent)


def _risk(document: ModelDocument, linear: np.ndarray) -> np.ndarray:
    if document.link == "survival" and document.baseline_survival is not None:
        return np.asarray(1.0 - document.baseline_survival ** np.exp(linear))
    return np.asarray(1.0 / (1.0 + np.exp(-linear)))


def _interval(
    document: ModelDocument, matrix: np.ndarray, linear: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the linear predictor by the covariance of its coefficients; unknown where it is not public."""
    if document.covariance is None:
        unknown = np.full(len(linear), np.nan)
        return unknown, unknown
    columns = np.column_stack([np.ones(len(matrix)), matrix])
    variance = np.einsum("ij,jk,ik->i", columns, np.array(document.covariance), columns)
    margin = stats.norm.ppf(0.5 + LEVEL / 2) * np.sqrt(np.maximum(variance, 0.0))
    return linear - margin, linear + margin


def _positive(document: ModelDocument, frame: pd.DataFrame, outside: np.ndarray) -> np.ndarray:
    """The first reading whose predictors are known for a person decides."""
    found = np.full(len(frame), np.nan)
    for reading in document.readings:
        answers = np.column_stack([_holds(one, frame) for one in reading.conditions])
        # Three-valued: an unknown condition leaves the answer open unless another settles it.
        joined = np.min(answers, axis=1) if reading.join == "all" else np.max(answers, axis=1)
        settling = 0.0 if reading.join == "all" else 1.0
        joined = np.where((answers == settling).any(axis=1), settling, joined)
        found = np.where(np.isnan(found), joined, found)
    return np.where(outside, np.nan, found)


def _holds(condition: Condition, frame: pd.DataFrame) -> np.ndarray:
    if condition.compared is None:
        values = frame[str(condition.of)]
        wanted: Any = condition.answer
        if values.dtype != object and not isinstance(values.dtype, pd.StringDtype):
            wanted = 1.0 if condition.answer == "yes" else 0.0
        return np.where(values.isna(), np.nan, (values == wanted).astype(float))
    numbers = _subject(condition, frame)
    return np.where(np.isnan(numbers), np.nan, condition.compared.holds(numbers).astype(float))


def _subject(condition: Condition, frame: pd.DataFrame) -> np.ndarray:
    if isinstance(condition.of, str):
        return frame[condition.of].to_numpy(dtype=float)
    made = condition.of
    return improvement_percent(
        frame[made.baseline].to_numpy(dtype=float),
        frame[made.later].to_numpy(dtype=float),
        made.scale_minimum,
    )


def improvement_percent(baseline: np.ndarray, later: np.ndarray, scale_minimum: float) -> np.ndarray:
    """Percent improvement from baseline, the scale's minimum removed.

    Parameters
    ----------
    baseline, later : totals of shape (n,)
    scale_minimum : the lowest total of the scale, 30 for the PANSS. Without removing it a person who loses
        all symptoms does not reach 100 percent.

    Returns
    -------
    100 * (baseline - later) / (baseline - scale_minimum); not a number where the baseline is the minimum
    """
    room = np.where(baseline > scale_minimum, baseline - scale_minimum, np.nan)
    return np.asarray(100.0 * (baseline - later) / room)


def _reasons(
    document: ModelDocument, frame: pd.DataFrame
) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]:
    by_kind: list[list[tuple[str, tuple[str, ...]]]] = [[] for _ in range(len(frame))]
    for kind, of_kind in (
        (UNSEEN, {name: _unseen(document.predictors[name], frame[name]) for name in document.predictors}),
        (OUTSIDE, {name: _outside(document.predictors[name], frame[name]) for name in document.predictors}),
        (MISSING, _missing(document, frame)),
    ):
        names = np.array(list(of_kind))
        hits = np.column_stack(list(of_kind.values())) if len(names) else np.zeros((len(frame), 0), bool)
        for at in np.flatnonzero(hits.any(axis=1)):
            by_kind[at].append((kind, tuple(map(str, names[hits[at]]))))
    return tuple(tuple(each) for each in by_kind)


def _unseen(predictor: Predictor, values: pd.Series[Any]) -> np.ndarray:
    if predictor.kind != "category":
        return np.zeros(len(values), dtype=bool)
    return (values.notna() & ~values.isin(predictor.levels)).to_numpy(dtype=bool)


def _outside(predictor: Predictor, values: pd.Series[Any]) -> np.ndarray:
    """Outside the stated range; its ends are inside."""
    if predictor.kind != "number" or (predictor.low is None and predictor.high is None):
        return np.zeros(len(values), dtype=bool)
    numbers = values.to_numpy(dtype=float)
    low = -np.inf if predictor.low is None else predictor.low
    high = np.inf if predictor.high is None else predictor.high
    return np.asarray((numbers < low) | (numbers > high))


def _missing(document: ModelDocument, frame: pd.DataFrame) -> Mapping[str, np.ndarray]:
    """What each person lacks; of a rule, what the reading asks for that this table has most of."""
    if not document.readings:
        return {name: frame[name].isna().to_numpy(dtype=bool) for name in document.used}
    untold = np.isnan(_positive(document, frame, np.zeros(len(frame), dtype=bool)))
    if not untold.any():
        return {}
    there = [bool(frame[list(one.predictors)].notna().any().all()) for one in document.readings]
    reading = document.readings[there.index(True) if True in there else 0]
    return {name: untold & frame[name].isna().to_numpy(dtype=bool) for name in reading.predictors}


def why_not(document: ModelDocument, reasons: Sequence[tuple[str, tuple[str, ...]]], lang: Lang) -> str:
    """The reasons of one person as a sentence; ``yes`` where the risk is valid."""
    said = [
        text(f"models.not_valid_{kind}", lang, names=text("models.list_separator", lang).join(
            document.predictors[name].label[lang] for name in names
        ))
        for kind, names in reasons
    ]  # fmt: skip
    if document.answers != "risk":
        said.append(text(f"models.no_risk_{document.answers}", lang))
    return text("models.reasons.list_separator", lang).join(said) if said else "yes"
