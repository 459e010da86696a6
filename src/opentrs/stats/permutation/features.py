"""Features with people missing: which features share their people, and which can be tested at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from opentrs.stats.permutation.design import (
    Array,
    Mask,
    TestedDirection,
    listed,
    tested_direction,
)
from opentrs.stats.refusal import CannotFitError

Untestable = Literal["refuse", "leave_out"]
# Residuals below this share of a feature's size are rounding: the design explains the feature wholly.
CONSTANT_SHARE = 1e-10
# The difference of two sums of squares is exact enough to clear a feature above this share of them.
SUSPECT_SHARE = 1e-6


@dataclass(frozen=True, slots=True)
class Pattern:
    """Features measured in the same people.

    Parameters
    ----------
    features : (v,) columns of Y
    people : (n,) True for the people measured
    tested : the contrast in those people
    """

    features: npt.NDArray[np.intp]
    people: Mask
    tested: TestedDirection


@dataclass(frozen=True, slots=True)
class Features:
    """Values by pattern of people measured.

    Parameters
    ----------
    values : (n, m) with NaN for missing
    patterns : of the features that can be tested
    constant : (m,) True where the design explains every value, as in a column of zeros
    too_few : (m,) True where too few people were measured to estimate the contrast
    """

    values: Array
    patterns: tuple[Pattern, ...]
    constant: Mask
    too_few: Mask

    def blocks(self) -> Iterator[tuple[Pattern, Array]]:
        """Each pattern with the values of its people and features."""
        for pattern in self.patterns:
            yield pattern, take(self.values, pattern)


def take(values: Array, pattern: Pattern) -> Array:
    """Values of the people and features of a pattern, without a copy where that is everything."""
    if pattern.people.all() and pattern.features.size == values.shape[1]:
        return values
    return values[np.ix_(pattern.people, pattern.features)]


def grouped_features(
    values: npt.ArrayLike,
    design: Array,
    contrast: Array,
    names: Sequence[str] | None = None,
    untestable: Untestable = "refuse",
) -> Features:
    """Group features by the people measured, and find those that cannot be tested.

    Parameters
    ----------
    values : (n, m) one row a person, one column a feature; NaN is missing
    design, contrast : checked, with the same n
    names : of the m features, for messages
    untestable : ``refuse`` names constant features and stops; ``leave_out`` gives them no result

    Raises
    ------
    CannotFitError : other numbers of people, infinite values, constant features where they are refused,
        or nothing left to test
    """
    y = np.asarray(values, dtype=float)
    if y.ndim != 2 or len(y) != len(design):
        raise CannotFitError("people_differ", rows=len(y) if y.ndim else 0, people=len(design))
    missing = np.isnan(y)
    if np.isinf(y).any():
        raise CannotFitError("infinite_in_map")
    too_few, constant = np.zeros(y.shape[1], bool), np.zeros(y.shape[1], bool)
    patterns = []
    for columns, people in same_people(missing):
        tested = tested_direction(design[people], contrast)
        if tested is None:
            too_few[columns] = True
            continue
        candidate = Pattern(columns, people, tested)
        explained = _explained(take(y, candidate), tested)
        constant[columns[explained]] = True
        if not explained.all():
            patterns.append(Pattern(columns[~explained], people, tested))
    if constant.any() and untestable == "refuse":
        raise CannotFitError("constant_features", names=_names(names, constant))
    if not patterns:
        raise CannotFitError("no_feature_left", n=y.shape[1])
    return Features(y, tuple(patterns), constant, too_few)


def same_people(missing: Mask) -> Iterator[tuple[npt.NDArray[np.intp], Mask]]:
    """Features (columns of ``missing``) that are measured in the same people, with those people."""
    everything = np.arange(missing.shape[1])
    incomplete = missing.any(axis=0)
    if not incomplete.all():
        yield everything[~incomplete], np.ones(len(missing), bool)
    if incomplete.any():
        packed = np.ascontiguousarray(np.packbits(missing[:, incomplete], axis=0).T)
        _, first, member = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        columns = everything[incomplete]
        order = np.argsort(member.ravel(), kind="stable")
        parts = np.split(columns[order], np.cumsum(np.bincount(member.ravel()))[:-1])
        for part, example in zip(parts, columns[first], strict=True):
            yield part, ~missing[:, example]


def _explained(values: Array, tested: TestedDirection) -> Mask:
    """Features the nuisance explains wholly: a quick look at all, a careful one at the suspects."""
    inside = tested.nuisance.T @ values
    size = np.einsum("ij,ij->j", values, values)
    explained = size - np.einsum("ij,ij->j", inside, inside) <= SUSPECT_SHARE * size
    suspects = values[:, explained]
    rest = np.linalg.norm(suspects - tested.nuisance @ inside[:, explained], axis=0)
    explained[explained] = rest <= CONSTANT_SHARE * np.sqrt(size[explained])
    return np.asarray(explained)


def _names(names: Sequence[str] | None, which: Mask) -> str:
    found = np.flatnonzero(which).tolist()
    return listed([names[column] if names is not None else str(column) for column in found])
