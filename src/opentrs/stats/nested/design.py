"""What a prediction model may be developed from: raw predictors, an outcome, and who belongs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from opentrs.stats.refusal import CannotFitError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Labels = npt.NDArray[np.object_]

# With fewer nothing about a model can be said; far more are needed to develop one (see the sample sizes).
FEWEST_EVENTS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of a design, as steps and learners see them: those of one training set, never those held out.

    Parameters
    ----------
    features : (rows, features) a missing value is NaN
    names : (features,)
    blocks : (features,) which modality each belongs to; empty texts where nothing was said
    outcome : (rows,) 0 or 1; with ``time``, 1 if the event ended the follow-up
    groups : (rows,) people and families that must stay together have one number
    sites : (rows,) or None
    time : (rows,) follow-up, or None for an outcome without time
    horizon : when the risk of an outcome with time is asked for, in the unit of ``time``
    """

    features: Floats
    names: tuple[str, ...]
    blocks: tuple[str, ...]
    outcome: Floats
    groups: Ints
    sites: Labels | None
    time: Floats | None
    horizon: float | None

    def take(self, chosen: npt.NDArray[Any]) -> Rows:
        """Return some of the rows."""
        return Rows(
            self.features[chosen],
            self.names,
            self.blocks,
            self.outcome[chosen],
            self.groups[chosen],
            None if self.sites is None else self.sites[chosen],
            None if self.time is None else self.time[chosen],
            self.horizon,
        )

    def place(self, name: str) -> int:
        """Return the column of a feature.

        Raises
        ------
        CannotFitError : there is none of that name
        """
        if name not in self.names:
            raise CannotFitError("no_such_predictor", predictor=name)
        return self.names.index(name)


@dataclass(frozen=True, slots=True, eq=False)
class Design(Rows):
    """Everything that was measured, before anything was chosen, filled in or scaled; checked when made.

    Made by :func:`design`. There is no way to hand over folds, a chosen subset, or anything that was fitted:
    :func:`~opentrs.stats.nested.develop.develop` draws the folds and fits every step on training rows.
    """

    def __post_init__(self) -> None:
        _check(self)


def design(
    features: Any,
    outcome: npt.ArrayLike,
    persons: Sequence[Any] | npt.NDArray[Any],
    names: Sequence[str] | None = None,
    families: Sequence[Any] | npt.NDArray[Any] | None = None,
    sites: Sequence[Any] | npt.NDArray[Any] | None = None,
    time: npt.ArrayLike | None = None,
    horizon: float | None = None,
    blocks: Sequence[str] | None = None,
) -> Design:
    """Return a checked design.

    Parameters
    ----------
    features : (rows, features) data frame or array of numbers as they were measured; missing is NaN
    outcome : (rows,) 0 or 1, nothing missing; with ``time``, 1 event and 0 censored
    persons : (rows,) who it is; several rows of one person stay in one fold
    names : (features,) the columns of a data frame are taken by default
    families : (rows,) relatives stay in one fold as well; None or NaN where there is no family known
    sites : (rows,) where each row was measured
    time, horizon : follow-up and when the risk is asked for, both in one unit
    blocks : (features,) modality of each

    Raises
    ------
    CannotFitError : lengths differ, a name is repeated, one outcome only, fewer than ten events or
        non-events, a predictor that is constant or never measured, or one person at two sites
    """
    x = np.array(features, dtype=np.float64)
    if x.ndim != 2 or len(x) == 0:
        raise CannotFitError("lengths_differ")
    given = names if names is not None else getattr(features, "columns", None)
    if given is None:
        raise CannotFitError("names_missing")
    known = tuple(str(name) for name in given)
    lengths = {len(x), len(np.asarray(outcome)), len(persons)}
    lengths |= {len(a) for a in (families, sites) if a is not None}
    if len(lengths) > 1:
        raise CannotFitError("lengths_differ")
    _check_sites(persons, sites)
    return Design(
        x,
        known,
        tuple(blocks) if blocks is not None else ("",) * len(known),
        np.array(outcome, dtype=np.float64),
        _together(persons, families),
        None if sites is None else np.array([str(site) for site in sites], dtype=object),
        None if time is None else np.array(time, dtype=np.float64),
        horizon,
    )


def _codes(labels: Sequence[Any] | npt.NDArray[Any]) -> Ints:
    """Return a number for each label, in the order of first sight; -1 where there is none."""
    seen: dict[Any, int] = {}
    return np.array([-1 if _is_blank(a) else seen.setdefault(a, len(seen)) for a in labels], dtype=np.int64)


def _is_blank(label: Any) -> bool:
    return label is None or label == "" or label != label


def _together(persons: Sequence[Any] | npt.NDArray[Any], families: Any) -> Ints:
    """Return one number for all rows that hang together by a person or a family."""
    person = _codes(persons)
    if (person < 0).any():
        raise CannotFitError("person_missing")
    if families is None:
        return person
    family = _codes(families)
    related = family >= 0
    n_persons, n_families = person.max() + 1, family.max(initial=-1) + 1
    size = int(n_persons + n_families)
    links = coo_array(
        (np.ones(related.sum()), (person[related], n_persons + family[related])), shape=(size, size)
    )
    groups: Ints = connected_components(links, directed=False)[1][person].astype(np.int64)
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def _check_sites(persons: Sequence[Any] | npt.NDArray[Any], sites: Any) -> None:
    if sites is None:
        return
    if any(_is_blank(site) for site in sites):
        raise CannotFitError("site_missing")
    pairs = {(a, str(b)) for a, b in zip(persons, sites, strict=True)}
    twice = len(pairs) - len({person for person, _ in pairs})
    if twice:
        raise CannotFitError("person_at_two_sites", n=twice)


def _check(rows: Rows) -> None:
    n, p = rows.features.shape
    if len(rows.names) != p or len(set(rows.names)) != p or len(rows.blocks) != p:
        raise CannotFitError("names_missing")
    if np.isinf(rows.features).any():
        raise CannotFitError("infinite")
    if not np.isfinite(rows.outcome).all():
        raise CannotFitError("outcome_missing", n=int((~np.isfinite(rows.outcome)).sum()))
    if not np.isin(rows.outcome, (0.0, 1.0)).all():
        raise CannotFitError("outcome_not_binary")
    _check_time(rows)
    _check_events(rows, n)
    _check_columns(rows)


def _check_time(rows: Rows) -> None:
    if rows.time is None:
        return
    if rows.time.shape != rows.outcome.shape or not (np.isfinite(rows.time) & (rows.time > 0)).all():
        raise CannotFitError("time_not_positive")
    if rows.horizon is None or not 0 < rows.horizon <= rows.time.max():
        raise CannotFitError("horizon_outside")


def _check_events(rows: Rows, n: int) -> None:
    events = int(rows.outcome.sum())
    fewer = events if rows.time is not None else min(events, n - events)
    if fewer == 0:
        raise CannotFitError("one_outcome", n=n)
    if fewer < FEWEST_EVENTS:
        raise CannotFitError("few_events_to_develop", n=fewer, needed=FEWEST_EVENTS)


def _check_columns(rows: Rows) -> None:
    measured = ~np.isnan(rows.features)
    names = np.array(rows.names, dtype=object)
    empty = names[~measured.any(axis=0)]
    if empty.size:
        raise CannotFitError("never_measured", predictors=", ".join(empty))
    low, high = np.nanmin(rows.features, axis=0), np.nanmax(rows.features, axis=0)
    constant = names[low == high]
    if constant.size:
        raise CannotFitError("constant_predictors", predictors=", ".join(constant))
