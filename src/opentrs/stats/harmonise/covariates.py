"""Covariates whose effect is kept: how each is coded, so that nobody is harmonised by another coding.

A model that learnt ``female`` and ``male`` must not be given 1 and 2, nor one that learnt 0 and 1: the
coding is part of what was learnt and anything else is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.interpolate import BSpline

from opentrs.stats.nested.plain import Plain
from opentrs.stats.permutation.design import listed
from opentrs.stats.refusal import CannotFitError

Array = npt.NDArray[np.float64]
Covariates = Mapping[str, npt.ArrayLike]

# Cubic splines of ten functions, one of which the site columns already span: the size in common use.
DEGREE, FUNCTIONS = 3, 10


@dataclass(frozen=True, slots=True, eq=False)
class Coding(Plain):
    """How one covariate becomes columns.

    Parameters
    ----------
    name : of the covariate
    form : ``number``, ``pair`` (a number of two values), ``category`` or ``smooth``
    levels : of a category or a pair, as texts, sorted; the first is the baseline
    knots : of a smooth term, with the repeated ends
    """

    kind: ClassVar[str] = "combat_coding"
    name: str
    form: str
    levels: tuple[str, ...]
    knots: Array

    def columns(self, given: npt.ArrayLike) -> Array:
        """Columns (n, k) of a covariate.

        Raises
        ------
        CannotFitError : missing values, or levels that were not learnt
        """
        if self.form in ("category", "pair"):
            found = _texts(self.name, given)
            strange = sorted(set(found) - set(self.levels))
            if strange:
                raise CannotFitError("coding_differs", name=self.name, levels=listed(self.levels))
            if self.form == "category":
                return np.asarray(found[:, None] == np.array(self.levels[1:], dtype=object), dtype=np.float64)
        numbers = _numbers(self.name, given)
        if self.form != "smooth":
            return numbers[:, None]
        # Beyond the people learnt from the curve stays level: a cubic would run away.
        inside = np.clip(numbers, self.knots[0], self.knots[-1])
        basis = BSpline.design_matrix(inside, self.knots, DEGREE).toarray()
        return np.asarray(basis[:, 1:], dtype=np.float64)

    def penalty(self) -> Array:
        """Penalty (k, k) of a smooth term: integrals of products of second derivatives; else zeros."""
        if self.form != "smooth":
            width = len(self.levels) - 1 if self.form == "category" else 1
            return np.zeros((width, width))
        ends = np.unique(self.knots)
        middles, halves = (ends[1:] + ends[:-1]) / 2, np.diff(ends) / 2
        # Products of two straight pieces are quadratic: two points an interval are exact.
        offset = halves / np.sqrt(3)
        points = np.concatenate([middles - offset, middles + offset])
        count = self.knots.size - DEGREE - 1
        bent = BSpline(self.knots, np.eye(count), DEGREE)(points, nu=2)[:, 1:]
        return np.asarray((bent * np.tile(halves, 2)[:, None]).T @ bent)


def learn_codings(
    covariates: Covariates, smooth: Sequence[str], categories: Sequence[str]
) -> tuple[Coding, ...]:
    """Learn how each covariate is coded.

    Texts and truth values are categories; numbers of at most two values are kept to these two.

    Raises
    ------
    CannotFitError : missing values, or a name in ``smooth`` or ``categories`` that is no covariate
    """
    unknown = [name for name in (*smooth, *categories) if name not in covariates]
    if unknown:
        raise CannotFitError("covariates_differ", missing=listed(unknown), more="-")
    return tuple(
        _learn(name, given, name in smooth, name in categories) for name, given in covariates.items()
    )


def _learn(name: str, given: npt.ArrayLike, is_smooth: bool, is_category: bool) -> Coding:
    none = np.empty(0)
    if is_smooth:
        return Coding(name, "smooth", (), _knots(name, _numbers(name, given)))
    if is_category or np.asarray(given).dtype.kind not in "iuf":
        return Coding(name, "category", tuple(sorted(set(_texts(name, given)))), none)
    levels = np.unique(_numbers(name, given))
    if levels.size <= 2:
        return Coding(name, "pair", tuple(map(_text, levels)), none)
    return Coding(name, "number", (), none)


def _knots(name: str, values: Array) -> Array:
    """Inner knots at equal shares of the people; the ends as often as the degree asks.

    Raises
    ------
    CannotFitError : too few different values for so many knots
    """
    inner = np.quantile(values, np.linspace(0, 1, FUNCTIONS - DEGREE + 1)[1:-1])
    low, high = values.min(), values.max()
    if np.diff([low, *inner, high]).min() <= 0:
        raise CannotFitError("smooth_too_coarse", name=name)
    return np.concatenate([[low] * (DEGREE + 1), inner, [high] * (DEGREE + 1)])


def coded(codings: Sequence[Coding], covariates: Covariates | None, n: int) -> Array:
    """All columns (n, k) of covariates, in the order learnt.

    Raises
    ------
    CannotFitError : other covariates than those learnt, another number of people, another coding
    """
    given = covariates or {}
    names = [coding.name for coding in codings]
    missing, more = [x for x in names if x not in given], [x for x in given if x not in names]
    if missing or more:
        raise CannotFitError("covariates_differ", missing=listed(missing) or "-", more=listed(more) or "-")
    parts = [coding.columns(given[coding.name]) for coding in codings]
    for name, part in zip(names, parts, strict=True):
        if len(part) != n:
            raise CannotFitError("covariate_length", name=name, n=len(part), people=n)
    return np.concatenate([np.empty((n, 0)), *parts], axis=1)


def column_names(codings: Sequence[Coding]) -> list[str]:
    """The covariate of each column, for messages."""
    return [coding.name for coding in codings for _ in range(len(coding.penalty()))]


def _numbers(name: str, given: npt.ArrayLike) -> Array:
    try:
        values = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise CannotFitError("covariate_not_number", name=name) from None
    missing = int((~np.isfinite(values)).sum())
    if missing:
        raise CannotFitError("covariate_missing", name=name, n=missing)
    return values


def _texts(name: str, given: npt.ArrayLike) -> npt.NDArray[np.object_]:
    raw = np.asarray(given, dtype=object)
    missing = sum(value is None or value != value for value in raw)
    if missing:
        raise CannotFitError("covariate_missing", name=name, n=missing)
    return np.array([_text(value) for value in raw], dtype=object)


def _text(value: object) -> str:
    """A level as text; 1, 1.0 and True of a number column are one level."""
    if isinstance(value, bool | np.bool_ | str):
        return str(value)
    return f"{float(value):g}" if isinstance(value, int | float | np.number) else str(value)
