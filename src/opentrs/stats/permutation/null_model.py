"""The statistic under rearrangement, as matrix products over blocks of rearrangements and features.

With unit residuals E of the nuisance model and a unit tested direction x~ free of the nuisance Q, the
Freedman-Lane statistic of rearrangement P is the partial correlation

    r = x~'P E / sqrt(1 - |Q'P E|^2)        t = r sqrt(df / (1 - r^2))

so one product of the stacked rows (x~, Q) P with E gives it for many P at once. Columns of Q that no
rearrangement changes (the constant; sites, where people are exchanged within sites) meet E at 0 and
are left out.

Where spreads differ between groups, t divides by an error that counts each residual by the weight its person
has in the contrast (``hc3``, MacKinnon and White 1985, doi:10.1016/0304-4076(85)90158-7); rearranged, it is
valid with unequal spreads as well (DiCiccio and Romano 2017, doi:10.1080/01621459.2016.1202117). With
B = (x~, Q), its square is w'(P E)^2 - 2 sum of c (w B)'P E + c'(B'w B) c, c = B'P E: products again. How
well that error is known depends on which group is the wider, so t is put on the normal scale with Welch's
degrees of freedom (Wallace 1959, doi:10.1214/aoms/1177706093) before maxima are taken.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from threading import local
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from opentrs.stats.permutation.compiled import compiled
from opentrs.stats.permutation.design import Array, Mask, TestedDirection
from opentrs.stats.permutation.shuffles import Indices

Method = Literal["freedman_lane", "smith"]
Errors = Literal["ols", "hc3"]
Floats = npt.NDArray[Any]
# ``map``, or that of a pool of threads.
Each = Callable[..., Iterable[Any]]

# Rows and columns of one product: large enough for it to run near its full speed, small enough for the
# third-level cache.
PRODUCT_ROWS = 1536
FEATURES = 1024
# Rearrangements computed again at once, over all features.
EXACT_TOGETHER = 16
# Rounding of a single-precision correlation, with room: maxima nearer than this to an observed one are
# computed again in double precision.
SINGLE_ROUNDING = 5e-6
# Single precision is for large problems with residual room; elsewhere it would save nothing or cost digits.
SINGLE_FROM_PRODUCTS = 2e9
SINGLE_FROM_DF = 30
# An intersection of the nuisance with what stays put has cosine 1, up to rounding.
UNCHANGED = 1 - 1e-10
# A rearranged direction that lies in the nuisance up to rounding tests nothing.
VANISHED = 1e-12


@dataclass(frozen=True, slots=True)
class NullModel:
    """Features measured in the same people, ready to be rearranged.

    Parameters
    ----------
    direction : (n,) x~
    nuisance : (n, k) all of Q
    varying : (n, k') the part of Q that rearrangements change
    residuals : (n, v) E, columns of unit length
    single : the same in single precision, where that is used
    observed : (v,) partial correlations; normal deviates with ``hc3``
    df : residual degrees of freedom
    method : ``freedman_lane`` or ``smith``
    sides : 2 or 1
    weights : (g, n) of squared residuals in the error of ``hc3``, a row for each group; None for ``ols``
    spare : (g,) residual degrees of freedom of each group
    """

    direction: Array
    nuisance: Array
    varying: Array
    residuals: Array
    single: npt.NDArray[np.float32] | None
    observed: Array
    df: int
    method: Method
    sides: int
    weights: Array | None = None
    spare: Array | None = None

    @property
    def scale_df(self) -> int:
        """Degrees of freedom of the scale of :meth:`t`; 0 for normal deviates."""
        return self.df if self.weights is None else 0

    @property
    def fast(self) -> Floats:
        """Residuals in the precision of the null distribution."""
        return self.residuals if self.single is None else self.single

    def rows(self, shuffled: Indices | Array) -> Array:
        """Left factors (1 + k', b, n) of b rearrangements: orders of people, or signs."""
        factors = self.direction[None] if self.method == "smith" else self._stacked()
        is_signs = shuffled.dtype.kind == "f"
        rows = factors[:, None, :] * shuffled[None] if is_signs else factors[:, shuffled]
        if self.method == "smith":
            rows = rows - (rows @ self.nuisance) @ self.nuisance.T
            lengths = np.linalg.norm(rows, axis=2, keepdims=True)
            rows = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > VANISHED)
        return rows

    def _stacked(self) -> Array:
        basis = self._basis()
        if self.weights is None:
            return basis
        return np.vstack([basis, *(basis * weights for weights in self.weights), self.weights])

    def _basis(self) -> Array:
        return np.vstack([self.direction, self.varying.T])

    def scores(self, rows: Floats, residuals: Floats, out: Floats | None = None) -> Floats:
        """Squared partial correlations (b, v), with the sign of the correlation where one side is asked.

        With ``hc3``, squared normal deviates.
        """
        if self.weights is not None:
            return self._robust(rows, residuals, self.weights)
        m, b, n = rows.shape
        product = np.matmul(rows.reshape(m * b, n), residuals, out=out).reshape(m, b, -1)
        numerator = product[0]
        signs = np.signbit(numerator) if self.sides == 1 else None
        np.square(product, out=product)
        if m > 1:
            explained = product[1]
            for row in product[2:]:
                explained += row
            np.subtract(1, explained, out=explained)
            np.divide(numerator, explained, out=numerator)
        if signs is not None:
            np.negative(numerator, out=numerator, where=signs)
        return np.asarray(numerator)

    def _robust(self, rows: Floats, residuals: Floats, weights: Array) -> Floats:
        basis, groups = self._basis(), len(weights)
        m, b, n = rows.shape
        product = (rows[:-groups].reshape(-1, n) @ residuals).reshape(m - groups, b, -1)
        along, *weighted = np.split(product, 1 + groups)
        # Signs that were flipped drop out of squares.
        squares = np.abs(rows[-groups:]).reshape(-1, n) @ residuals**2
        errors = squares.reshape(groups, b, -1)
        for error, products, own in zip(errors, weighted, weights, strict=True):
            error -= 2 * np.einsum("kbv,kbv->bv", along, products)
            error += np.einsum("kbv,kbv->bv", along, np.tensordot((basis * own) @ basis.T, along, 1))
        score = _normal_square(along[0], errors, np.asarray(self.spare))
        return np.asarray(score if self.sides == 2 else np.copysign(score, along[0]))

    def t(self, scores: Floats) -> Floats:
        """t statistics of scores, 0 to 1 (or signed)."""
        size = np.abs(scores)
        if self.weights is not None:
            return np.asarray(np.copysign(np.sqrt(size), scores))
        with np.errstate(divide="ignore"):
            t = np.sqrt(self.df * size / np.maximum(1 - size, 0))
        return np.asarray(np.copysign(t, scores))


def null_model(
    values: Array, tested: TestedDirection, orbits: Array | None, method: Method, sides: int, shuffles: int,
    errors: Errors = "ols", groups: Mask | None = None,
) -> NullModel:  # fmt: skip
    """Residuals of the nuisance model and what is needed to rearrange them.

    Parameters
    ----------
    values : (n, v) without missing values
    tested : the contrast in these people
    orbits : what permutations leave in place; None for sign flips, which leave nothing
    method, sides : see :class:`NullModel`
    shuffles : rearrangements to come, which decide whether single precision is worth it
    errors : ``hc3`` is never in single precision: its error is a difference of large numbers
    groups : (g, n) who may have a spread of their own, for ``hc3``; everybody together without
    """
    residuals = tested.nuisance @ (tested.nuisance.T @ values)
    np.subtract(values, residuals, out=residuals)
    residuals /= np.sqrt(np.einsum("ij,ij->j", residuals, residuals))
    varying = tested.nuisance if orbits is None else _varying(tested.nuisance, orbits)
    products = 2.0 * residuals.size * shuffles * (1 + varying.shape[1])
    is_large = products >= SINGLE_FROM_PRODUCTS and tested.df >= SINGLE_FROM_DF and errors == "ols"
    single = residuals.astype(np.float32) if is_large else None
    observed = tested.direction @ residuals
    weights = spare = None
    if errors == "hc3":
        members = np.ones((1, len(residuals))) if groups is None else groups.astype(float)
        room = np.maximum(1 - tested.leverage, np.finfo(float).eps)
        weights = members * (tested.direction / room) ** 2
        spare = members @ room
        apart = residuals - np.outer(tested.direction, observed)
        observed = np.copysign(np.sqrt(_normal_square(observed, weights @ apart**2, spare)), observed)
    return NullModel(
        tested.direction, tested.nuisance, varying, residuals, single, observed, tested.df, method, sides,
        weights, spare,
    )  # fmt: skip


def _normal_square(along: Array, errors: Array, spare: Array) -> Array:
    """Square of the normal deviate as improbable as t = along / sqrt(sum of errors), Welch's df.

    ``errors`` has a first axis of groups.
    """
    tiny = np.finfo(float).tiny
    errors = np.maximum(errors, tiny)
    whole = errors.sum(axis=0)
    df = whole**2 / np.tensordot(1 / spare, errors**2, 1)
    deviate = (8 * df + 1) ** 2 / (8 * df + 3) ** 2 * df * np.log1p(along**2 / whole / df)
    return np.asarray(deviate)


def _varying(nuisance: Array, orbits: Array) -> Array:
    """The nuisance without the directions that no permutation changes."""
    if not nuisance.shape[1]:
        return nuisance
    _, cosines, right = np.linalg.svd(orbits.T @ nuisance)
    unchanged = np.zeros(nuisance.shape[1], bool)
    unchanged[: cosines.size] = cosines > UNCHANGED
    return np.asarray(nuisance @ right[~unchanged].T)


@dataclass(frozen=True, slots=True)
class NullScores:
    """What is kept of the rearrangements.

    Parameters
    ----------
    maximum : (p,) largest score over the features of each rearrangement
    reached : (v,) rearrangements whose score at a feature reaches the observed one
    """

    maximum: Array
    reached: npt.NDArray[np.int64]


def null_scores(
    model: NullModel, shuffled: Indices | Array, each: Each, progress: Callable[[int], None]
) -> NullScores:
    """Scores of every rearrangement: their maxima, and how often each feature's own is reached.

    Blocks do not depend on the number of threads, so the same numbers come out.
    """
    residuals, n_features = model.fast, model.observed.size
    ends = np.linspace(0, n_features, -(-n_features // FEATURES) + 1).astype(int)
    columns = [slice(start, end) for start, end in pairwise(ends.tolist())]
    # Counting with some slack takes a tie as reached, so that rounding never makes a p-value smaller.
    slack = SINGLE_ROUNDING if model.single is not None else 1e-9
    to_reach = score_of(model.observed, model.sides, -slack).astype(residuals.dtype)
    maximum = np.full(len(shuffled), -np.inf)
    reached = np.zeros(n_features, dtype=np.int64)
    height = max(PRODUCT_ROWS // (1 + model.varying.shape[1] * (model.method != "smith")), 1)
    kept = local()

    def one_block(rows: Floats, block: slice) -> Floats:
        part = residuals[:, block]
        if not hasattr(kept, "room"):  # one piece of memory for each thread: fresh memory is slow
            kept.room = np.empty(height * len(rows) * min(FEATURES, n_features), dtype=residuals.dtype)
        shape = (rows.shape[0] * rows.shape[1], part.shape[1])
        out = kept.room[: shape[0] * shape[1]].reshape(shape)
        if model.single is not None:
            return _single_scores(model, rows, part, out, to_reach[block], reached[block])
        scores = model.scores(rows, part, out)
        reached[block] += (scores >= to_reach[block]).sum(axis=0)
        return np.asarray(scores.max(axis=1))

    for start in range(0, len(shuffled), height):
        several = slice(start, start + height)
        rows = np.ascontiguousarray(model.rows(shuffled[several]), dtype=residuals.dtype)
        maximum[several] = np.maximum.reduce(list(each(one_block, [rows] * len(columns), columns)))
        progress(min(start + height, len(shuffled)))
    return NullScores(maximum, reached)


def _single_scores(
    model: NullModel, rows: Floats, residuals: Floats, out: Floats, to_reach: Floats, reached: Floats
) -> Floats:
    """Maxima of :meth:`NullModel.scores`, the products read once; counts are added to ``reached``."""
    m, b, n = rows.shape
    product = np.matmul(rows.reshape(m * b, n), residuals, out=out).reshape(m, b, -1)
    maximum, count = np.empty(b, out.dtype), np.zeros(reached.size, np.int32)
    room = np.empty(reached.size, out.dtype)
    compiled(_reduce, reorder=True)(product, to_reach, model.sides == 1, room, maximum, count)
    reached += count
    return maximum


def _reduce(
    product: Floats, to_reach: Floats, keep_sign: bool, room: Floats, maximum: Floats, count: Floats
) -> None:
    """Largest score of each rearrangement, and how many reach ``to_reach`` at each feature."""
    m, b, n = product.shape
    for shuffle in range(b):
        room[:] = 1
        for row in range(1, m):
            for feature in range(n):
                room[feature] -= product[row, shuffle, feature] * product[row, shuffle, feature]
        largest = room[0] * 0 - 1
        for feature in range(n):
            r = product[0, shuffle, feature]
            score = r * (abs(r) if keep_sign else r) / room[feature]
            count[feature] += score >= to_reach[feature]
            largest = max(largest, score)
        maximum[shuffle] = largest


def exact_maxima(model: NullModel, shuffled: Indices | Array) -> Array:
    """Largest score of each rearrangement in double precision."""
    several = [shuffled[at : at + EXACT_TOGETHER] for at in range(0, len(shuffled), EXACT_TOGETHER)]
    found = [model.scores(model.rows(some), model.residuals).max(axis=1) for some in several]
    return np.concatenate([np.empty(0), *found])


@contextmanager
def workers(threads: int | None) -> Iterator[Each]:
    """Threads for blocks of features, and one thread for each product among them."""
    from threadpoolctl import threadpool_limits

    number = threads or os.cpu_count() or 1
    with threadpool_limits(1, user_api="blas"):
        if number == 1:  # handing work to another thread costs more than it looks on a busy machine
            yield map
            return
        with ThreadPoolExecutor(number) as pool:
            yield pool.map


def score_of(correlation: Array, sides: int, slack: float = 0.0) -> Array:
    """Score of a correlation, its size moved by ``slack``."""
    if sides == 2:
        return np.asarray(np.maximum(np.abs(correlation) + slack, 0) ** 2)
    moved = correlation + slack
    return np.asarray(moved * np.abs(moved))
