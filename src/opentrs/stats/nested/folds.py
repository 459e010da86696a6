"""Who is held out together: grouped and stratified folds, or one site after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opentrs.stats.nested.design import Floats, Ints, Rows
from opentrs.stats.refusal import CannotFitError

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class KFold:
    """``folds`` parts of equal size and share of events, drawn anew ``repeats`` times."""

    folds: int = 5
    repeats: int = 1

    def splits(self, rows: Rows, seed: int) -> Iterator[Split]:
        """Yield every training and test set."""
        for repeat in range(self.repeats):
            fold = grouped_folds(rows.outcome, rows.groups, self.folds, np.random.default_rng([seed, repeat]))
            for k in range(self.folds):
                yield Split(repeat, k, "", fold != k, fold == k)


@dataclass(frozen=True, slots=True)
class LeaveSiteOut:
    """Each site held out once; relatives of its people elsewhere do not train the model either."""

    def splits(self, rows: Rows, seed: int) -> Iterator[Split]:
        """Yield every training and test set; nothing is drawn, so ``seed`` changes nothing."""
        if rows.sites is None or len(set(rows.sites)) < 2:
            raise CannotFitError("one_site")
        for k, site in enumerate(sorted(set(rows.sites))):
            test = np.asarray(rows.sites == site, dtype=np.bool_)
            yield Split(0, k, site, ~np.isin(rows.groups, rows.groups[test]), test)


Outer = KFold | LeaveSiteOut


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One training and one test set."""

    repeat: int
    fold: int
    site: str
    train: Bools
    test: Bools


def grouped_folds(outcome: Floats, groups: Ints, n_folds: int, rng: np.random.Generator) -> Ints:
    """Return the fold of each row: groups stay whole, events and sizes are spread evenly.

    Groups are shuffled, then lined up by their events and size, and each ``n_folds`` in line go to different
    folds in random order.

    Raises
    ------
    CannotFitError : fewer groups with an event, or without, than folds
    """
    number = np.unique(groups, return_inverse=True)[1]
    events, size = np.bincount(number, outcome), np.bincount(number)
    fewer = int(min((events > 0).sum(), (events < size).sum()))
    if n_folds < 2 or fewer < n_folds:
        raise CannotFitError("few_for_folds", n=fewer, folds=n_folds)
    shuffled = rng.permutation(size.size)
    line = shuffled[np.lexsort((-size[shuffled], -events[shuffled]))]
    rounds = -(-line.size // n_folds)
    dealt = rng.permuted(np.tile(np.arange(n_folds), (rounds, 1)), axis=1).ravel()
    fold = np.empty(line.size, dtype=np.int64)
    fold[line] = dealt[: line.size]
    return fold[number]
