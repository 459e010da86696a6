"""Permutation tests of a contrast at every feature, with family-wise error control.

Freedman and Lane: rearrange the residuals of the nuisance model, add its fit back, fit again. Smith:
rearrange the tested column after the nuisance was taken out of it, which needs one row of a matrix product
where the other needs one more for each covariate (both in Winkler 2014,
doi:10.1016/j.neuroimage.2014.01.060).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.permutation.design import RANK_TOLERANCE, Array, Mask, checked_design
from opentrs.stats.permutation.features import Features, Pattern, Untestable, grouped_features
from opentrs.stats.permutation.null_model import (
    SINGLE_ROUNDING,
    Each,
    Errors,
    Method,
    NullModel,
    exact_maxima,
    null_model,
    null_scores,
    score_of,
    workers,
)
from opentrs.stats.permutation.shuffles import (
    Arrangement,
    Exchangeability,
    Indices,
    Shuffle,
    arrangement,
    drawn_flips,
    drawn_permutations,
    every_flip,
    every_permutation,
    number_of_permutations,
    restricted,
    whole_units,
)
from opentrs.stats.permutation.surface import (
    Cluster,
    Enhancement,
    SurfaceGraph,
    clusters,
    largest_extent,
    tfce,
)
from opentrs.stats.refusal import CannotFitError

Progress = Callable[[int, int], None]
PERMUTATIONS = 5000
# A null value this much below the observed one (relative) is the same number, rounded.
SAME = 1e-9
# The same for enhanced values, which integrate t of single precision.
SAME_ENHANCED = 1e-4
# Maps of t held at once for clusters.
MAPS = 16


@dataclass(frozen=True, slots=True)
class Permuted:
    """A permutation test; arrays of shape (m,), NaN where a feature could not be tested.

    Parameters
    ----------
    t : observed statistic, with ``df`` residual degrees of freedom
    n : people tested
    p : uncorrected, from the rearrangements of the feature itself
    p_fwer : corrected for all features by the largest statistic (max-T)
    max_null : largest statistic of each rearrangement, as t with the largest ``df`` of any feature; |t|
        where two sides were asked
    comparable_t : ``t`` on that scale: the same number except at features with people missing
    tfce, p_tfce_fwer : enhanced t and its corrected p, on a surface; None without
    clusters : beyond ``cluster_forming_t``, with their corrected p; empty without
    n_permutations : rearrangements made
    exhaustive : they are all there are, the observed one among them
    sides, method, shuffle : what was asked
    constant, too_few : features that were left out, and why
    """

    t: Array
    df: Array
    n: npt.NDArray[np.int64]
    p: Array
    p_fwer: Array
    max_null: Array
    comparable_t: Array
    tfce: Array | None
    p_tfce_fwer: Array | None
    clusters: tuple[Cluster, ...]
    n_permutations: int
    exhaustive: bool
    sides: int
    method: Method
    shuffle: Shuffle
    constant: Mask
    too_few: Mask

    @property
    def smallest_p(self) -> float:
        """The smallest p this many rearrangements can show."""
        return 1 / (self.n_permutations + (not self.exhaustive))


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything that is settled before the first rearrangement."""

    features: Features
    models: tuple[NullModel, ...]
    shuffled: tuple[Indices | Array, ...]
    exhaustive: bool
    reference_df: int

    def parts(self) -> Iterator[tuple[Pattern, NullModel, Indices | Array]]:
        return zip(self.features.patterns, self.models, self.shuffled, strict=True)


def permuted(
    values: npt.ArrayLike,
    design: npt.ArrayLike,
    contrast: npt.ArrayLike,
    n_permutations: int = PERMUTATIONS,
    *,
    seed: int,
    blocks: Exchangeability | None = None,
    sides: int = 2,
    method: Method = "freedman_lane",
    shuffle: Shuffle = "permute",
    errors: Errors = "ols",
    surface: SurfaceGraph | None = None,
    enhancement: Enhancement | None = None,
    cluster_forming_t: float | None = None,
    names: Sequence[str] | None = None,
    feature_names: Sequence[str] | None = None,
    untestable: Untestable = "refuse",
    threads: int | None = 1,
    progress: Progress | None = None,
) -> Permuted:
    """Test a contrast at every feature by rearranging people.

    Parameters
    ----------
    values : (n, m) one row a person, one column a region or vertex; NaN is missing
    design, contrast : (n, p) with its constant, and (p,)
    n_permutations : at most; where fewer arrangements differ, each is made once
    seed : of the rearrangements
    blocks : who may take whose place; everybody anybody's without. Strata belong into the design too
    sides : 2, or 1 for effects above 0
    method : ``freedman_lane`` or ``smith``
    shuffle : ``permute`` people, or ``flip`` the signs of their residuals (a mean against 0; errors
        symmetric about 0)
    errors : ``hc3`` holds where spreads differ between groups (``t`` then is a normal deviate, from t with
        Welch's degrees of freedom); ``ols`` takes one spread for all
    surface : asks for TFCE; its vertices are the features
    enhancement : powers of extent and height
    cluster_forming_t : asks for clusters of vertices with |t| at or beyond it
    names, feature_names, untestable : as for :func:`fit`
    threads : over blocks of features; None takes every core. The results are the same
    progress : called with rearrangements done and their number, over all features

    Raises
    ------
    CannotFitError : as :func:`fit`, and where nothing can be rearranged
    """
    x, c = checked_design(design, contrast, names)
    _check(sides, n_permutations, surface, cluster_forming_t, errors, method)
    y = _whole(np.asarray(values, dtype=float), blocks)
    features = grouped_features(y, x, c, feature_names, untestable)
    plan = _plan(features, x, blocks, n_permutations, seed, sides, method, shuffle, errors, _groups(x, c))
    tell = progress or (lambda done, total: None)
    with workers(threads) as each:
        result = _tested(plan, each, sides, method, shuffle, tell)
        if surface is None:
            return result
        return _on_surface(result, plan, surface, enhancement, cluster_forming_t, each)


def _check(
    sides: int, n_permutations: int, surface: SurfaceGraph | None, threshold: float | None, errors: Errors,
    method: Method,
) -> None:  # fmt: skip
    if errors == "hc3" and method == "smith":
        raise ValueError("hc3 is for freedman_lane")
    if sides not in (1, 2) or n_permutations < 1:
        raise ValueError("sides is 1 or 2, and there is at least one permutation")
    if threshold is not None and (surface is None or threshold <= 0):
        raise ValueError("clusters need a surface and a threshold above 0")


def _whole(values: Array, blocks: Exchangeability | None) -> Array:
    """Values with people left out, feature by feature, whose unit was not measured whole."""
    if blocks is None or blocks.units is None or not np.isnan(values).any():
        return values
    kept = np.stack([whole_units(blocks, ~missing) for missing in np.isnan(values).T], axis=1)
    return np.where(kept, values, np.nan)


def _plan(
    features: Features,
    design: Array,
    blocks: Exchangeability | None,
    number: int,
    seed: int,
    sides: int,
    method: Method,
    shuffle: Shuffle,
    errors: Errors,
    groups: Mask | None,
) -> _Plan:
    rules = arrangement(blocks, len(design))
    is_complete = len(features.patterns) == 1 and bool(features.patterns[0].people.all())
    # Where people are missing somewhere, two of the same kind are not interchangeable everywhere.
    kinds = _kinds(design) if is_complete else np.arange(len(design))
    shuffled, exhaustive = _shuffles(rules, kinds, number, seed, shuffle)
    models, parts = [], []
    for pattern, y in features.blocks():
        orbits = None
        if shuffle == "permute":
            local = rules if pattern.people.all() else arrangement(blocks, len(design), pattern.people)
            orbits = local.orbits()
            _check_something_moves(pattern, orbits)
        own = None if groups is None else groups[:, pattern.people]
        models.append(null_model(y, pattern.tested, orbits, method, sides, len(shuffled), errors, own))
        parts.append(restricted(shuffled, rules, pattern.people))
    reference = max(model.scale_df for model in models)
    return _Plan(features, tuple(models), tuple(parts), exhaustive, reference)


def _check_something_moves(pattern: Pattern, orbits: Array) -> None:
    """Refuse a contrast of which nothing is left once what stays in place is taken out."""
    staying = np.column_stack([orbits, pattern.tested.nuisance])
    direction = pattern.tested.direction
    weights, *_ = np.linalg.lstsq(staying, direction, rcond=None)
    if np.linalg.norm(direction - staying @ weights) < RANK_TOLERANCE:
        raise CannotFitError("nothing_to_permute")


def _groups(design: Array, contrast: Array) -> Mask | None:
    """Who is on either side of a contrast of two groups; None for a contrast of more values."""
    tested = design @ contrast
    found = np.unique(tested)
    return np.stack([tested == value for value in found]) if found.size == 2 else None


def _kinds(design: Array) -> Indices:
    _, kinds = np.unique(design, axis=0, return_inverse=True)
    return np.asarray(kinds.ravel())


def _shuffles(
    rules: Arrangement, kinds: Indices, number: int, seed: int, shuffle: Shuffle
) -> tuple[Indices | Array, bool]:
    """At most ``number`` rearrangements, and whether they are all there are."""
    rng = np.random.default_rng(seed)
    if shuffle == "flip":
        exhaustive = 2 ** len(rules.members) <= number
        return (every_flip(rules) if exhaustive else drawn_flips(rules, number, rng)), exhaustive
    exhaustive = number_of_permutations(rules, kinds) <= number
    return (
        every_permutation(rules, kinds) if exhaustive else drawn_permutations(rules, number, rng)
    ), exhaustive


def _tested(
    plan: _Plan, each: Each, sides: int, method: Method, shuffle: Shuffle, progress: Progress
) -> Permuted:
    m = plan.features.values.shape[1]
    t, df, p, comparable = (np.full(m, np.nan) for _ in range(4))
    n = np.zeros(m, dtype=np.int64)
    for pattern, model in zip(plan.features.patterns, plan.models, strict=True):
        t[pattern.features] = model.t(score_of(model.observed, 1))
        comparable[pattern.features] = _comparable(t[pattern.features], model.scale_df, plan.reference_df)
        df[pattern.features], n[pattern.features] = model.df, pattern.people.sum()
    height = np.abs(comparable) if sides == 2 else comparable
    ordered = np.sort(height[~np.isnan(height)])
    number = len(plan.shuffled[0])
    max_null = np.full(number, -np.inf)
    total, before = number * len(plan.models), 0
    for pattern, model, shuffled in plan.parts():
        found = null_scores(model, shuffled, each, lambda done, so_far=before: progress(so_far + done, total))  # type: ignore[misc]
        p[pattern.features] = _share(found.reached, number, plan.exhaustive)
        maximum = _near_ties_again(found.maximum, model, shuffled, ordered, plan.reference_df)
        np.maximum(max_null, _comparable(model.t(maximum), model.scale_df, plan.reference_df), out=max_null)
        before += number
    p_fwer = _corrected(height, max_null, plan.exhaustive)
    return Permuted(
        t, df, n, p, p_fwer, max_null, comparable, None, None, (), number, plan.exhaustive, sides, method,
        shuffle, plan.features.constant, plan.features.too_few,
    )  # fmt: skip


def _comparable(t: Array, df: int, reference: int) -> Array:
    """The t that is as improbable with ``reference`` degrees of freedom."""
    if df == reference:
        return t
    return np.asarray(np.copysign(stats.t.isf(stats.t.sf(np.abs(t), df), reference), t))


def _near_ties_again(
    maximum: Array, model: NullModel, shuffled: Indices | Array, ordered: Array, reference: int
) -> Array:
    """Maxima in double precision wherever rounding could decide which side of an observed t they are on."""
    if model.single is None:
        return maximum
    size = np.copysign(np.sqrt(np.abs(maximum)), maximum)
    ends = [
        np.searchsorted(
            ordered,
            _comparable(model.t(np.clip(score_of(size + reach, 1), -1, 1)), model.df, reference),
        )
        for reach in (-SINGLE_ROUNDING, SINGLE_ROUNDING)
    ]
    near = np.flatnonzero(ends[0] != ends[1])
    again = maximum.copy()
    again[near] = exact_maxima(model, shuffled[near])
    return again


def _share(count: npt.NDArray[np.int64], number: int, exhaustive: bool) -> Array:
    """p of a count of rearrangements; a random draw adds the observed arrangement."""
    return np.asarray(count / number if exhaustive else (1 + count) / (1 + number))


def _corrected(height: Array, max_null: Array, exhaustive: bool, same: float = SAME) -> Array:
    """Share of rearrangements whose largest value reaches each observed one; NaN stays NaN."""
    ordered = np.sort(max_null)
    at_least = height - same * np.abs(height)
    count = ordered.size - np.searchsorted(ordered, at_least, side="left")
    return np.where(np.isnan(height), np.nan, _share(count, ordered.size, exhaustive))


def _on_surface(
    result: Permuted,
    plan: _Plan,
    surface: SurfaceGraph,
    enhancement: Enhancement | None,
    threshold: float | None,
    each: Each,
) -> Permuted:
    """Add enhanced values and clusters, with their null over the same rearrangements."""
    enhanced = tfce(result.comparable_t, surface, enhancement, result.sides)
    largest = partial(_largest, surface, enhancement, threshold, result.sides)
    null = np.array([pair for maps in _maps(plan) for pair in each(largest, maps)])
    untested = np.isnan(result.t)
    height = np.where(untested, np.nan, np.abs(enhanced))
    found: tuple[Cluster, ...] = ()
    if threshold is not None:
        found = clusters(result.comparable_t, surface, threshold, result.sides)
        p = _corrected(np.array([cluster.extent for cluster in found]), null[:, 1], result.exhaustive)
        found = tuple(replace(cluster, p_fwer=float(one)) for cluster, one in zip(found, p, strict=True))
    return replace(
        result,
        tfce=np.where(untested, np.nan, enhanced),
        p_tfce_fwer=_corrected(height, null[:, 0], result.exhaustive, SAME_ENHANCED),
        clusters=found,
    )


def _largest(
    surface: SurfaceGraph, enhancement: Enhancement | None, threshold: float | None, sides: int, t: Array
) -> tuple[float, float]:
    """Largest enhanced value and largest cluster of one map."""
    peak = float(np.abs(tfce(t, surface, enhancement, sides)).max())
    return peak, 0.0 if threshold is None else largest_extent(t, surface, threshold, sides)


def _maps(plan: _Plan) -> Iterator[Array]:
    """Maps of comparable t of the rearrangements, (b, m) at a time; 0 where a vertex is not tested."""
    number, m = len(plan.shuffled[0]), plan.features.values.shape[1]
    for start in range(0, number, MAPS):
        several = slice(start, start + MAPS)
        maps = np.zeros((len(plan.shuffled[0][several]), m))
        for pattern, model, shuffled in plan.parts():
            signed = replace(model, sides=1)
            rows = model.rows(shuffled[several]).astype(model.fast.dtype)
            t = signed.t(signed.scores(rows, model.fast)).astype(float)
            maps[:, pattern.features] = _comparable(t, model.scale_df, plan.reference_df)
        yield maps
