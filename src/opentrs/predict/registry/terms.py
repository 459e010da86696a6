"""Terms of a linear predictor as data: from typed columns to columns of a design matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from opentrs.stats.compare import Comparison

Kind = Literal["linear", "level", "band", "spline", "interaction"]
BAND: Mapping[str, str] = {"above": ">", "at_least": ">=", "below": "<", "at_most": "<="}


@dataclass(frozen=True, slots=True)
class Factor:
    """A column of one predictor: the number itself, capped and standardised where told, or a category's 0/1.

    Parameters
    ----------
    predictor : whose column
    level : for a category, the level that is 1
    mean, sd : the number is ``(x - mean) / sd``
    cap_low, cap_high : the number is first drawn to these ends
    band : 1 where the number lies within these ends, else 0
    """

    predictor: str
    level: str | None = None
    mean: float = 0.0
    sd: float = 1.0
    cap_low: float | None = None
    cap_high: float | None = None
    band: tuple[Comparison, ...] = ()

    def column(self, frame: pd.DataFrame) -> np.ndarray:
        """Its values for the people of a frame; not a number where the predictor is unknown."""
        values = frame[self.predictor]
        if self.level is not None:
            return np.asarray(np.where(values.isna(), np.nan, (values == self.level).astype(float)))
        if self.band:
            numbers = frame[self.predictor].to_numpy(dtype=float)
            inside = np.all([end.holds(numbers) for end in self.band], axis=0)
            return np.asarray(np.where(np.isnan(numbers), np.nan, inside.astype(float)))
        return np.asarray((self.capped(frame) - self.mean) / self.sd)

    @property
    def name(self) -> str:
        """How it is called in tables."""
        level = f"={self.level}" if self.level is not None else ""
        return self.predictor + level + "".join(f" {end}" for end in self.band)

    def capped(self, frame: pd.DataFrame) -> np.ndarray:
        """The number, drawn to the caps."""
        numbers = frame[self.predictor].to_numpy(dtype=float)
        if self.cap_low is None and self.cap_high is None:
            return np.asarray(numbers)
        low = -np.inf if self.cap_low is None else self.cap_low
        high = np.inf if self.cap_high is None else self.cap_high
        return np.asarray(np.clip(numbers, low, high))


@dataclass(frozen=True, slots=True)
class Term:
    """One term with its coefficients.

    Parameters
    ----------
    kind : ``linear``, ``level`` and ``band`` have one factor, ``interaction`` the product of several,
        ``spline`` the restricted cubic basis beyond its linear part
    factors : what it is made of
    coefficients : one for each column; logarithms of the ratio where ratios were published
    knots : of a spline
    """

    kind: Kind
    factors: tuple[Factor, ...]
    coefficients: tuple[float, ...]
    knots: tuple[float, ...] = ()

    @property
    def predictors(self) -> tuple[str, ...]:
        """Names of the predictors it asks for."""
        return tuple(factor.predictor for factor in self.factors)

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each of its columns."""
        made = ":".join(one.name for one in self.factors)
        if self.kind != "spline":
            return (made,)
        return tuple(f"{made}'{'' if at == 0 else at + 1}" for at in range(len(self.coefficients)))

    def columns(self, frame: pd.DataFrame) -> np.ndarray:
        """Its columns of the design matrix, of shape (people, coefficients)."""
        if self.kind == "spline":
            return restricted_cubic(self.factors[0].capped(frame), self.knots)
        product = np.prod([factor.column(frame) for factor in self.factors], axis=0)
        return np.asarray(product, dtype=float)[:, None]


def restricted_cubic(x: np.ndarray, knots: Sequence[float]) -> np.ndarray:
    """Restricted cubic spline basis without its linear part (Harrell; doi:10.1002/sim.4780080504).

    Parameters
    ----------
    x : numbers of shape (n,)
    knots : k >= 3 increasing knots. Each column is divided by the square of the outer knots' distance, as
        published coefficients on the scale of x expect.

    Returns
    -------
    array of shape (n, k - 2)
    """
    first, before_last, last = knots[0], knots[-2], knots[-1]

    def cubed(knot: float) -> np.ndarray:
        return np.asarray(np.maximum(x - knot, 0.0) ** 3)

    def basis(knot: float) -> np.ndarray:
        ends = (
            cubed(before_last) * (last - knot) - cubed(last) * (before_last - knot)
        ) / (last - before_last)  # fmt: skip
        return np.asarray((cubed(knot) - ends) / (last - first) ** 2)

    return np.column_stack([basis(knot) for knot in knots[:-2]])


def design(terms: Sequence[Term], frame: pd.DataFrame) -> np.ndarray:
    """The design matrix without intercept, of shape (people, coefficients)."""
    if not terms:
        return np.zeros((len(frame), 0))
    return np.hstack([term.columns(frame) for term in terms])


def coefficients(terms: Sequence[Term]) -> np.ndarray:
    """All coefficients in the order of the design matrix."""
    return np.array([value for term in terms for value in term.coefficients], dtype=float)


def term_from(tree: Mapping[str, Any]) -> Term:
    """A term of a checked document."""
    parts = tree["factors"] if tree["kind"] == "interaction" else [tree]
    factors = tuple(
        Factor(
            part["predictor"], part.get("level"), float(part.get("mean", 0.0)), float(part.get("sd", 1.0)),
            part.get("cap_low"), part.get("cap_high"),
            tuple(Comparison(sign, float(part[end])) for end, sign in BAND.items() if end in part),
        )
        for part in parts
    )  # fmt: skip
    return Term(tree["kind"], factors, _coefficients(tree), tuple(map(float, tree.get("knots", ()))))


def _coefficients(tree: Mapping[str, Any]) -> tuple[float, ...]:
    if "coefficients" in tree:
        return tuple(map(float, tree["coefficients"]))
    ratio = tree.get("odds_ratio", tree.get("hazard_ratio"))
    return (float(tree["coefficient"]) if ratio is None else float(np.log(ratio)),)
