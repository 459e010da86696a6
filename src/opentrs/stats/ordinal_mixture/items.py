"""Ratings made ready for a mixture: whole numbers checked, missing ones kept apart, order made canonical."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from opentrs.errors import OpenTRSError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MISSING = -1


class MixtureError(OpenTRSError):
    """A mixture was asked of data, or with settings, it cannot be fitted to; or it did not converge."""


@dataclass(frozen=True, slots=True)
class Items:
    """Ordinal ratings of people, coded from 0.

    Parameters
    ----------
    codes : (people, items); 0 is the lowest step of an item, -1 is missing
    n_categories : steps of each item, at least 2
    """

    codes: Ints
    n_categories: tuple[int, ...]

    @property
    def n_people(self) -> int:
        """People, rated or not."""
        return int(self.codes.shape[0])

    @property
    def n_items(self) -> int:
        """Items."""
        return int(self.codes.shape[1])

    @property
    def is_rated(self) -> NDArray[np.bool_]:
        """(people, items): the rating is there."""
        return np.asarray(self.codes != MISSING)

    def take(self, people: NDArray[np.intp]) -> Items:
        """Only these people, in this order."""
        return Items(self.codes[people], self.n_categories)

    def one_hot(self) -> csr_array:
        """(people, items x most steps): 1 where the item has that step; a missing item has none.

        Sparse: products with it skip the zeros, six of seven cells, and stay on one core.
        """
        most = max(self.n_categories)
        person, item = np.nonzero(self.is_rated)
        column = item * most + self.codes[person, item]
        shape = (self.n_people, self.n_items * most)
        return csr_array((np.ones(len(person)), (person, column)), shape=shape)


def as_items(values: ArrayLike, lowest: Sequence[int], highest: Sequence[int]) -> Items:
    """Ratings as they stand in a table, checked against the range of each item.

    Parameters
    ----------
    values : (people, items), NaN where missing
    lowest, highest : range of each item, both ends included

    Raises
    ------
    MixtureError : the shape does not fit, or a rating is no whole number of its item's range
    """
    table = np.asarray(values, dtype=np.float64)
    low, high = np.asarray(lowest, dtype=np.float64), np.asarray(highest, dtype=np.float64)
    if table.ndim != 2 or low.shape != (table.shape[1],) or high.shape != low.shape:
        raise MixtureError("ratings must be people x items, with one lowest and one highest step per item")
    if table.shape[1] == 0 or np.any(high - low < 1):
        raise MixtureError("a mixture needs items of at least two steps")
    rated = ~np.isnan(table)
    wrong = rated & ((table != np.round(table)) | (table < low) | (table > high))
    if wrong.any():
        columns = ", ".join(str(column) for column in np.flatnonzero(wrong.any(axis=0)))
        raise MixtureError(f"ratings outside their range or not whole, in item columns {columns}")
    codes = np.where(rated, np.nan_to_num(table) - low, MISSING).astype(np.int64)
    return Items(codes, tuple(int(steps) for steps in high - low + 1))


def canonical_order(items: Items) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """An order of people and of items that does not depend on the order they came in.

    Random starts are drawn for people and items in this order, so that the same ratings give the same fit
    however the table was sorted. Items are told apart by their counts and by how they go with the
    people's totals; items that agree in all of that are, in practice, the same item twice.

    Returns
    -------
    people, items : positions that put both into canonical order
    """
    codes, rated = items.codes, items.is_rated
    share = np.where(rated, codes, 0) / (np.asarray(items.n_categories) - 1)
    # Whole multiples, so that the sums below are exact and no order of adding can change them.
    steps = np.round(share * 5040).astype(np.int64)
    total = steps.sum(axis=1)
    counts = [(codes == step).sum(axis=0) for step in range(max(items.n_categories))]
    keys = [np.asarray(items.n_categories), (rated * total[:, None]).sum(axis=0), *counts]
    keys.append((steps * (total // 64)[:, None]).sum(axis=0))
    keys.append((steps * ((total // 64) ** 2)[:, None]).sum(axis=0))
    item_order = np.lexsort(keys)
    people_order = np.lexsort(codes[:, item_order].T)
    return people_order, item_order
