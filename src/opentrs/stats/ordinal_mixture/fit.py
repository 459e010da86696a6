"""Fitting a mixture: many starts run a little, the best of them go on to the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from opentrs.stats.ordinal_mixture.climb import Climbed, Kernel, climb
from opentrs.stats.ordinal_mixture.items import Floats, Items, MixtureError, canonical_order
from opentrs.stats.ordinal_mixture.latent_class import LatentClassKernel
from opentrs.stats.ordinal_mixture.model import Form, Mixture, chances_of_severity
from opentrs.stats.ordinal_mixture.severity import SeverityKernel

# Two ends count as the same maximum if their likelihoods differ by less than this.
SAME_MAXIMUM = 0.01
LOGIT_PER_SD = 1.8


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look for the best fit.

    Parameters
    ----------
    starts : random starts
    short_steps : EM steps of each
    finalists : best of them that go on to the end
    tolerance : the end: one EM step gains less than this log-likelihood per person
    max_steps : EM steps after which the fit has failed
    """

    starts: int = 16
    short_steps: int = 12
    finalists: int = 3
    tolerance: float = 1e-8
    max_steps: int = 2000


def fit_mixture(
    items: Items,
    n_classes: int,
    seed: np.random.SeedSequence | int,
    form: Form = "severity",
    effort: Effort | None = None,
    item_names: Sequence[str] = (),
    lowest: Sequence[int] = (),
) -> Mixture:
    """Fit one number of classes.

    The same ratings give the same fit, in whatever order people and items stand.

    Parameters
    ----------
    items : coded ratings, see :func:`~opentrs.stats.ordinal_mixture.items.as_items`
    n_classes : classes, at least 1
    seed : of the random starts; spawned, never shared
    form : see :class:`~opentrs.stats.ordinal_mixture.model.Mixture`
    effort : how hard to look
    item_names, lowest : kept with the model; by default ``item_1`` ... and 0

    Raises
    ------
    MixtureError : fewer rated people than classes, an item nobody was rated on, or no convergence
    """
    effort = effort or Effort()
    _must_be_fittable(items, n_classes)
    people, columns = canonical_order(items)
    steps = tuple(items.n_categories[column] for column in columns)
    ordered = Items(items.codes[np.ix_(people, columns)], steps)
    rated = ordered.take(np.flatnonzero(ordered.is_rated.any(axis=1)))
    sequence = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    rng = np.random.default_rng(sequence)
    fit = _fit_severity if form == "severity" else _fit_categorical
    model = _mildest_first(fit(rated, n_classes, rng, effort))
    names = tuple(item_names) or tuple(f"item_{number + 1}" for number in range(items.n_items))
    lows = tuple(lowest) or (0,) * items.n_items
    named = replace(
        model,
        item_names=tuple(names[column] for column in columns),
        lowest=tuple(lows[column] for column in columns),
    )
    return named.with_items(np.argsort(columns)).frozen()


def _must_be_fittable(items: Items, n_classes: int) -> None:
    rated = items.is_rated
    if n_classes < 1:
        raise MixtureError("a mixture has at least one class")
    if rated.any(axis=1).sum() < max(2, n_classes):
        raise MixtureError(f"{int(rated.any(axis=1).sum())} rated people are too few for {n_classes} classes")
    if not rated.any(axis=0).all():
        empty = ", ".join(str(column) for column in np.flatnonzero(~rated.any(axis=0)))
        raise MixtureError(f"nobody was rated on the items of columns {empty}")


def _to_the_end(kernel: Kernel, starts: Floats, effort: Effort) -> tuple[Climbed, int, int]:
    """The finalists' climb, the position of the best, and how many reached the same maximum."""
    if len(starts) > effort.finalists:
        short = climb(kernel, starts, 0.0, effort.short_steps)
        best = np.argsort(-short.objective, kind="stable")[: effort.finalists]
        starts = short.parameters[best]
    ends = climb(kernel, starts, effort.tolerance, effort.max_steps)
    if not ends.converged.any():
        raise MixtureError(f"no start converged within {effort.max_steps} steps")
    first = int(np.argmax(np.where(ends.converged, ends.objective, -np.inf)))
    return ends, first, int((ends.objective[first] - ends.objective < SAME_MAXIMUM).sum())


def _fit_severity(items: Items, n_classes: int, rng: np.random.Generator, effort: Effort) -> Mixture:
    one = SeverityKernel(items, 1)
    flat = np.zeros((1, items.n_items, 1))
    begin = one.start(np.ones((1, 1)), flat, one.marginal_thresholds(), np.full(items.n_items, 0.5))
    kernel = one
    ends, first, at_best = _to_the_end(one, begin, effort)
    if n_classes > 1:
        single = one.parts(ends.parameters[first : first + 1])
        kernel = SeverityKernel(items, n_classes)
        shares, shifts = pattern_starts(items, single.slopes[0], n_classes, effort.starts, rng)
        starts = kernel.start(shares, shifts, single.thresholds[0], single.slopes[0])
        ends, first, at_best = _to_the_end(kernel, starts, effort)
    parameters = ends.parameters[first : first + 1]
    parts = kernel.parts(parameters)
    shares = np.exp(parts.shares[0])
    return Mixture(
        form="severity",
        item_names=(),
        lowest=(),
        n_categories=items.n_categories,
        shares=shares / shares.sum(),
        chances=chances_of_severity(parts, items.n_categories),
        thresholds=parts.thresholds[0],
        shifts=parts.shifts[0],
        slopes=parts.slopes[0],
        log_likelihood=float(kernel.log_likelihood(parameters)[0]),
        n_parameters=n_classes - 1 + sum(items.n_categories) - items.n_items + items.n_items * n_classes,
        n_people=items.n_people,
        n_empty=int((shares * items.n_people < 1).sum()),
        n_starts=1 if n_classes == 1 else effort.starts,
        n_at_best=at_best,
    )


def pattern_starts(
    items: Items, slopes: Floats, n_classes: int, starts: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Starts of the severity form: groups of people who are alike in what severity does not explain.

    Every other start refines its groups by some rounds of k-means; the rest stay with the random seeds.

    Returns
    -------
    shares (starts, classes) and shifts (starts, items, classes)
    """
    rated = items.is_rated
    values = np.where(rated, items.codes, np.nan)
    spread = np.nanstd(values, axis=0)
    standard = np.nan_to_num((values - np.nanmean(values, axis=0)) / np.where(spread > 0, spread, 1.0))
    weight = slopes / max(float(np.linalg.norm(slopes)), 1e-9)
    score = standard @ weight
    size = float(score @ score)
    pattern = standard - np.outer(score, standard.T @ score / size) if size > 0 else standard
    shares = np.empty((starts, n_classes))
    shifts = np.empty((starts, items.n_items, n_classes))
    for number in range(starts):
        rounds = 6 if number % 2 == 0 else 1
        member = _grouped(pattern, n_classes, rounds, rng)
        people = member.sum(axis=0)
        shares[number] = (people + 1) / (people.sum() + n_classes)
        shifts[number] = LOGIT_PER_SD * (pattern.T @ member) / np.maximum(people, 1.0)
    return shares, shifts


def _grouped(points: Floats, n_groups: int, rounds: int, rng: np.random.Generator) -> Floats:
    """(people, groups) 0/1 membership: k-means++ seeds, then some rounds of k-means."""
    length = (points**2).sum(axis=1)
    centres = points[rng.integers(len(points), size=1)]
    nearest = np.full(len(points), np.inf)
    for _ in range(1, n_groups):
        last = centres[-1]
        nearest = np.minimum(nearest, np.maximum(length - 2 * points @ last + last @ last, 0.0))
        far = nearest / nearest.sum() if nearest.sum() > 0 else None
        centres = np.concatenate([centres, points[rng.choice(len(points), size=1, p=far)]])
    for _ in range(rounds):
        group = np.argmin((centres**2).sum(axis=1) - 2 * points @ centres.T, axis=1)
        member: Floats = (group[:, None] == np.arange(n_groups)).astype(np.float64)
        centres = member.T @ points / np.maximum(member.sum(axis=0), 1.0)[:, None]
    return member


def _fit_categorical(items: Items, n_classes: int, rng: np.random.Generator, effort: Effort) -> Mixture:
    kernel = LatentClassKernel(items, n_classes)
    random = rng.uniform(size=(effort.starts if n_classes > 1 else 1, items.n_people, n_classes))
    starts = kernel.start(random / random.sum(axis=2, keepdims=True))
    ends, first, at_best = _to_the_end(kernel, starts, effort)
    best = np.exp(ends.parameters[first])
    shares = best[:n_classes]
    most = max(items.n_categories)
    chances = best[n_classes:].reshape(items.n_items, most, n_classes, 1)
    beyond = np.arange(most) >= np.asarray(items.n_categories)[:, None]
    chances[beyond] = 0.0
    return Mixture(
        form="categorical",
        item_names=(),
        lowest=(),
        n_categories=items.n_categories,
        shares=shares / shares.sum(),
        chances=chances / chances.sum(axis=1, keepdims=True),
        thresholds=np.empty((0, 0)),
        shifts=np.empty((0, 0)),
        slopes=np.empty(0),
        log_likelihood=float(ends.objective[first]),
        n_parameters=n_classes - 1 + n_classes * (sum(items.n_categories) - items.n_items),
        n_people=items.n_people,
        n_empty=int((shares * items.n_people < 1).sum()),
        n_starts=len(starts),
        n_at_best=at_best,
    )


def _mildest_first(model: Mixture) -> Mixture:
    """Classes by their mean expected rating, and severity pointing upward."""
    steps = np.asarray(model.n_categories)
    mean_step = np.einsum("jlkq,l,q->jk", model.chances, np.arange(max(steps)), model.node_shares)
    severity = (mean_step / (steps - 1)[:, None]).sum(axis=0)
    order = np.lexsort([-model.shares, severity])
    in_order = replace(model, shares=model.shares[order], chances=model.chances[:, :, order])
    if model.form == "categorical":
        return in_order
    in_order = replace(in_order, shifts=model.shifts[:, order])
    if model.slopes.sum() >= 0:
        return in_order
    return replace(in_order, slopes=-model.slopes, chances=in_order.chances[..., ::-1])
