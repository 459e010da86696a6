"""Repeated measurements of people, with the sums of each person a growth model needs.

A person may be measured as often and whenever it happened; a value that is missing is simply not there,
which is right as long as being missing depends on what was seen (missing at random).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from opentrs.stats.refusal import CannotFitError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
MOST_DEGREES = 3


@dataclass(frozen=True, slots=True)
class GrowthData:
    """One row per measurement, sorted by person as first met and by time.

    Parameters
    ----------
    people : label of each person, in the order of the codes
    person : code of each row's person, 0 to n - 1
    time : when, in any unit
    value : what was measured
    """

    people: tuple[Any, ...]
    person: Integers
    time: Floats
    value: Floats

    @property
    def n_people(self) -> int:
        """Number of people with at least one value."""
        return len(self.people)

    def with_values(self, value: Floats) -> GrowthData:
        """The same people at the same times with other values, as a simulation draws them."""
        return GrowthData(self.people, self.person, self.time, value)


def growth_data(people: Sequence[Any], time: npt.ArrayLike, value: npt.ArrayLike) -> GrowthData:
    """Put long data together; rows without a time or a value are left out.

    Parameters
    ----------
    people, time, value : one entry per measurement, NaN where missing

    Raises
    ------
    CannotFitError : a number is infinite, or nothing is left
    """
    times, values = np.asarray(time, dtype=np.float64), np.asarray(value, dtype=np.float64)
    if np.isinf(times).any() or np.isinf(values).any():
        raise CannotFitError("infinite")
    kept = ~(np.isnan(times) | np.isnan(values))
    if not kept.any():
        raise CannotFitError("nothing_measured")
    labels = [label for label, keep in zip(people, kept, strict=True) if keep]
    codes: dict[Any, int] = {}
    person = np.array([codes.setdefault(label, len(codes)) for label in labels], dtype=np.int64)
    order = np.lexsort((times[kept], person))
    return GrowthData(tuple(codes), person[order], times[kept][order], values[kept][order])


def check_growth(data: GrowthData, degree: int, n_classes: int) -> None:
    """Refuse data that cannot tell the parameters of the model apart.

    Raises
    ------
    CannotFitError : one measurement each, too few different times, a value that never varies, too few people
    """
    if not 0 <= degree <= MOST_DEGREES:
        raise ValueError(f"degree {degree}: 0 to {MOST_DEGREES} are possible")
    if n_classes < 1:
        raise ValueError(f"{n_classes} classes")
    if np.bincount(data.person).max() < 2:
        raise CannotFitError("one_visit", n=data.n_people)
    times = len(np.unique(data.time))
    if times < degree + 1:
        raise CannotFitError("few_times", n=times, needed=degree + 1)
    if np.ptp(data.value) == 0:
        raise CannotFitError("constant_value")
    needed = n_classes * (degree + 2) + 1
    if data.n_people < needed:
        raise CannotFitError("few_people", n=data.n_people, needed=needed, classes=n_classes)


@dataclass(frozen=True, slots=True)
class Sums:
    """Everything the likelihood needs of each person, so that its cost does not grow with the visits.

    Parameters
    ----------
    n : measurements, shape (people,)
    x, xx : sum of the design rows (people, q) and of their products (people, q * q)
    outer : products of ``x`` with itself (people, q * q)
    y, yy, xy : sums of value, value squared, and design times value (people, q)
    lengths, same_length : the different ``n``, and who has which (people, lengths) as 0 and 1
    """

    n: Floats
    x: Floats
    xx: Floats
    outer: Floats
    y: Floats
    yy: Floats
    xy: Floats
    lengths: Floats
    same_length: Floats

    @property
    def terms(self) -> int:
        """Number of columns of the design."""
        return int(self.x.shape[1])


@dataclass(frozen=True, slots=True)
class Scaling:
    """How times and values were brought to about one, which keeps sums of powers accurate."""

    time: float
    middle: float
    spread: float

    def design(self, time: npt.ArrayLike, degree: int) -> Floats:
        """Powers of the scaled time, shape (times, degree + 1)."""
        return np.vander(np.asarray(time, dtype=np.float64) / self.time, degree + 1, increasing=True)


def scaling(data: GrowthData) -> Scaling:
    """The scaling that suits the data."""
    largest = float(np.abs(data.time).max())
    return Scaling(largest if largest > 0 else 1.0, float(data.value.mean()), float(data.value.std()))


def sums(data: GrowthData, scale: Scaling, degree: int) -> Sums:
    """Add up each person's measurements."""
    design = scale.design(data.time, degree)
    value = (data.value - scale.middle) / scale.spread
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)

    def per_person(columns: Floats) -> Floats:
        out = np.zeros((data.n_people, columns.shape[1]))
        np.add.at(out, data.person, columns)
        return out

    n = np.bincount(data.person, minlength=data.n_people).astype(np.float64)
    x = per_person(design)
    lengths = np.unique(n)
    return Sums(
        n=n,
        x=x,
        xx=per_person(products),
        outer=(x[:, :, None] * x[:, None, :]).reshape(data.n_people, -1),
        y=per_person(value[:, None])[:, 0],
        yy=per_person(value[:, None] ** 2)[:, 0],
        xy=per_person(design * value[:, None]),
        lengths=lengths,
        same_length=(n[:, None] == lengths).astype(np.float64),
    )
