"""Rearrangements of people that the null hypothesis allows: within sites, families as wholes, signs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from opentrs.stats.permutation.design import Array, Mask
from opentrs.stats.refusal import CannotFitError

Indices = npt.NDArray[np.intp]
Shuffle = Literal["permute", "flip"]


@dataclass(frozen=True, slots=True)
class Exchangeability:
    """Who may take whose place when there is no effect (Winkler 2015, doi:10.1016/j.neuroimage.2015.05.092).

    Parameters
    ----------
    strata : label of each person; nobody is exchanged with another stratum (a site)
    units : label of each person; people of one unit move together, in their order, into the place of
        a unit of the same size in the same stratum (a family, the visits of one person)
    inside : people of a unit are exchanged among each other as well (brothers and sisters)
    """

    strata: Sequence[object] | npt.NDArray[np.generic] | None = None
    units: Sequence[object] | npt.NDArray[np.generic] | None = None
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Exchangeability of the people measured, as numbers.

    Parameters
    ----------
    unit : (n,) number of each person's unit
    members : of each unit, its people in order
    classes : groups of unit numbers that may take each other's place
    inside : people of a unit are exchanged among each other as well
    """

    unit: Indices
    members: tuple[Indices, ...]
    classes: tuple[Indices, ...]
    inside: bool

    def places(self, numbers: Indices) -> Indices:
        """People of the units of a class, one row a unit."""
        return np.stack([self.members[unit] for unit in numbers])

    def orbits(self) -> Array:
        """Orthonormal (n, k) basis of what no permutation changes: one column for each set of places
        that are exchanged with one another."""
        labels = np.empty(len(self.unit), dtype=int)
        number = 0
        for numbers in self.classes:
            places = self.places(numbers)
            size = 1 if self.inside else places.shape[1]
            labels[places] = number + np.arange(size)
            number += size
        basis = (labels[:, None] == np.arange(labels.max(initial=0) + 1)).astype(float)
        return np.asarray(basis / np.sqrt(basis.sum(axis=0)), dtype=float)


def arrangement(blocks: Exchangeability | None, n: int, measured: Mask | None = None) -> Arrangement:
    """Number strata and units of the people measured.

    Raises
    ------
    CannotFitError : labels for another number of people
    """
    rules = blocks or Exchangeability()
    strata = _codes(rules.strata, n, np.zeros(n, dtype=np.intp))
    units = _codes(rules.units, n, np.arange(n))
    if measured is not None:
        strata, units = strata[measured], units[measured]
    _, unit = np.unique(units, return_inverse=True)
    sizes = np.bincount(unit)
    members = tuple(np.split(np.argsort(unit, kind="stable"), np.cumsum(sizes)[:-1]))
    stratum = np.empty(sizes.size, dtype=np.intp)
    stratum[unit] = strata
    if (stratum[unit] != strata).any():
        raise CannotFitError("unit_in_two_strata")
    alike: dict[tuple[int, int], list[int]] = {}
    for number, kind in enumerate(zip(stratum.tolist(), sizes.tolist(), strict=True)):
        alike.setdefault(kind, []).append(number)
    classes = tuple(np.array(numbers) for numbers in alike.values())
    return Arrangement(unit, members, classes, rules.inside)


def whole_units(blocks: Exchangeability | None, measured: Mask) -> Mask:
    """People measured whose whole unit was measured: half a family cannot take another family's place."""
    if blocks is None or blocks.units is None:
        return measured
    units = _codes(blocks.units, len(measured), np.arange(len(measured)))
    return measured & ~np.isin(units, units[~measured])


def _codes(labels: Sequence[object] | npt.NDArray[np.generic] | None, n: int, default: Indices) -> Indices:
    if labels is None:
        return default
    if len(labels) != n:
        raise CannotFitError("blocks_length", labels=len(labels), people=n)
    first: dict[object, int] = {}
    return np.array([first.setdefault(label, len(first)) for label in np.asarray(labels).tolist()])


def drawn_permutations(rules: Arrangement, number: int, rng: np.random.Generator) -> Indices:
    """``number`` random permutations, (number, n): entry i holds whose place person i takes."""
    n = len(rules.unit)
    found = np.tile(np.arange(n), (number, 1))
    for numbers in rules.classes:
        places = rules.places(numbers)
        order = rng.permuted(np.tile(np.arange(numbers.size), (number, 1)), axis=1)
        taken = places[order]
        if rules.inside and places.shape[1] > 1:
            taken = rng.permuted(taken, axis=2)
        found[:, places.ravel()] = taken.reshape(number, -1)
    return found


def drawn_flips(rules: Arrangement, number: int, rng: np.random.Generator) -> Array:
    """``number`` random sign vectors, (number, n): all people of a unit share their sign."""
    signs = rng.integers(0, 2, size=(number, len(rules.members))) * 2.0 - 1.0
    return np.asarray(signs[:, rules.unit])


def every_flip(rules: Arrangement) -> Array:
    """All sign vectors, (2^units, n), beginning with the one that changes nothing."""
    signs = np.array(list(itertools.product((1.0, -1.0), repeat=len(rules.members))))
    return np.asarray(signs[:, rules.unit])


def number_of_permutations(rules: Arrangement, kinds: Indices) -> int:
    """Arrangements that differ: people of one ``kind`` (the same row of the design) are interchangeable."""
    if rules.inside and any(people.size > 1 for people in rules.members):
        return _number_inside(rules)
    total = 1
    for numbers in rules.classes:
        total *= math.factorial(numbers.size)
        for count in np.bincount(_unit_kinds(rules, numbers, kinds)):
            total //= math.factorial(count)
    return total


def every_permutation(rules: Arrangement, kinds: Indices) -> Indices:
    """All arrangements that differ, (k, n), beginning with the one that changes nothing."""
    if rules.inside and any(people.size > 1 for people in rules.members):
        options = [list(_orders_inside(rules, numbers)) for numbers in rules.classes]
    else:
        options = [list(_orders(rules, numbers, kinds)) for numbers in rules.classes]
    rows = []
    for chosen in itertools.product(*options):
        row = np.arange(len(rules.unit))
        for numbers, taken in zip(rules.classes, chosen, strict=True):
            row[np.concatenate([rules.members[unit] for unit in numbers])] = taken
        rows.append(row)
    return np.array(rows)


def _unit_kinds(rules: Arrangement, numbers: Indices, kinds: Indices) -> Indices:
    _, kind = np.unique(kinds[rules.places(numbers)], axis=0, return_inverse=True)
    return np.asarray(kind.ravel())


def _orders(rules: Arrangement, numbers: Indices, kinds: Indices) -> Iterator[Indices]:
    """Units of a class in every order of their kinds; the first leaves everybody in place."""
    kind = _unit_kinds(rules, numbers, kinds)
    # Renumbered by first appearance, the present order is the first in the alphabet only if it is sorted;
    # so orders are made of the present sequence and the identical one is put first.
    orders = [np.array(order) for order in _multiset_orders(sorted(kind.tolist()))]
    orders.sort(key=lambda order: not np.array_equal(order, kind))
    for order in orders:
        taken = np.empty(numbers.size, dtype=np.intp)
        for value in np.unique(kind):
            taken[order == value] = np.flatnonzero(kind == value)
        yield np.concatenate([rules.members[numbers[position]] for position in taken])


def _multiset_orders(ordered: list[int]) -> Iterator[list[int]]:
    """Every distinct order of a sorted list, in the order of the alphabet (Narayana)."""
    current = list(ordered)
    while True:
        yield list(current)
        last = len(current) - 2
        while last >= 0 and current[last] >= current[last + 1]:
            last -= 1
        if last < 0:
            return
        other = len(current) - 1
        while current[other] <= current[last]:
            other -= 1
        current[last], current[other] = current[other], current[last]
        current[last + 1 :] = reversed(current[last + 1 :])


def _number_inside(rules: Arrangement) -> int:
    total = 1
    for numbers in rules.classes:
        size = rules.members[numbers[0]].size
        total *= math.factorial(numbers.size) * math.factorial(size) ** numbers.size
    return total


def _orders_inside(rules: Arrangement, numbers: Indices) -> Iterator[Indices]:
    """Units of a class in every order, their members in every order."""
    for order in itertools.permutations(numbers):
        for inside in itertools.product(*(itertools.permutations(rules.members[unit]) for unit in order)):
            yield np.array([person for unit in inside for person in unit], dtype=np.intp)


def restricted(shuffled: Indices | Array, rules: Arrangement, measured: Mask) -> Indices | Array:
    """The same rearrangements of the people measured: each keeps its order, the missing are skipped.

    A rearrangement of all people so moves the people measured at every feature alike, which keeps what
    features have in common. Units must be measured whole (:func:`whole_units`).
    """
    if measured.all():
        return shuffled
    if shuffled.dtype.kind == "f":
        return shuffled[:, measured]
    places = np.concatenate([rules.members[unit] for numbers in rules.classes for unit in numbers])
    sequence = shuffled[:, places]
    kept = sequence[measured[sequence]].reshape(len(shuffled), -1)
    local = np.cumsum(measured) - 1
    found = np.empty_like(kept)
    found[:, local[places[measured[places]]]] = local[kept]
    return found
