"""Contrasts of a network: numbered, checked, and reduced to what each study tells about its arms.

A study of m arms gives m (m - 1) / 2 contrasts that are not independent: they share arms. Their sampling
variances tell each arm's own variance, and with it the covariance of the m - 1 contrasts that are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opentrs.stats.meta.least_squares import Array, MetaAnalysisError

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Contrasts:
    """Study contrasts, one row per pair of arms of a study.

    Parameters
    ----------
    study : (m,) number of the study
    first, second : (m,) number of the treatment; the effect is first against second
    effect, standard_error : (m,)
    treatments : names of the treatments, in the order of their numbers
    studies : names of the studies, in the order of their numbers
    """

    study: IntArray
    first: IntArray
    second: IntArray
    effect: Array
    standard_error: Array
    treatments: tuple[str, ...]
    studies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StudyBlock:
    """One study, reduced to contrasts of its arms against its first arm.

    Parameters
    ----------
    number : which study
    arms : numbers of its treatments; the first is the study's own baseline
    effects : (m - 1,) arm against baseline
    covariance : (m - 1, m - 1) sampling covariance
    structure : (m - 1, m - 1) what one unit of between-study variance adds: 1, and .5 off the diagonal
    """

    number: int
    arms: tuple[int, ...]
    effects: Array
    covariance: Array
    structure: Array


def contrasts(
    study: Sequence[str],
    first: Sequence[str],
    second: Sequence[str],
    effect: npt.ArrayLike,
    standard_error: npt.ArrayLike,
) -> Contrasts:
    """Number studies and treatments, in alphabetical order of treatments and order of appearance of studies.

    Raises
    ------
    MetaAnalysisError : a comparison with itself, a repeated comparison in one study, an effect that is no
        number, or a standard error not above 0
    """
    y, s = np.asarray(effect, dtype=float), np.asarray(standard_error, dtype=float)
    names = tuple(sorted({*first, *second}))
    place = {name: number for number, name in enumerate(names)}
    labels = tuple(dict.fromkeys(study))
    number_of = {name: number for number, name in enumerate(labels)}
    seen: set[tuple[str, frozenset[str]]] = set()
    for at, (label, one, other) in enumerate(zip(study, first, second, strict=True)):
        if one == other:
            raise MetaAnalysisError(f"Study {label} compares {one} with itself (row {at + 1}).")
        pair = (label, frozenset((one, other)))
        if pair in seen:
            raise MetaAnalysisError(f"Study {label} compares {one} with {other} twice (row {at + 1}).")
        seen.add(pair)
        if not np.isfinite(y[at]) or not (np.isfinite(s[at]) and s[at] > 0):
            raise MetaAnalysisError(f"Study {label}, row {at + 1}: an effect and a standard error above 0.")
    return Contrasts(
        np.array([number_of[text] for text in study], dtype=np.int64),
        np.array([place[text] for text in first], dtype=np.int64),
        np.array([place[text] for text in second], dtype=np.int64),
        y,
        s,
        names,
        labels,
    )


def study_blocks(data: Contrasts) -> tuple[StudyBlock, ...]:
    """Reduce every study to contrasts against its own first arm, with their covariance.

    Raises
    ------
    MetaAnalysisError : a study lacks contrasts between some of its arms, or they contradict each other
    """
    order = np.argsort(data.study, kind="stable")
    bounds = np.flatnonzero(np.diff(data.study[order])) + 1
    return tuple(_block(data, rows) for rows in np.split(order, bounds))


def _block(data: Contrasts, rows: IntArray) -> StudyBlock:
    number = int(data.study[rows[0]])
    arms = tuple(int(arm) for arm in np.unique(np.concatenate([data.first[rows], data.second[rows]])))
    m = len(arms)
    if len(rows) != m * (m - 1) // 2:
        raise MetaAnalysisError(
            f"Study {data.studies[number]}: {m} arms make {m * (m - 1) // 2} comparisons; {len(rows)} given."
        )
    effect, variance = np.zeros((m, m)), np.zeros((m, m))
    at = {arm: place for place, arm in enumerate(arms)}
    for row in rows:
        i, j = at[int(data.first[row])], at[int(data.second[row])]
        effect[i, j], effect[j, i] = data.effect[row], -data.effect[row]
        variance[i, j] = variance[j, i] = data.standard_error[row] ** 2
    covariance = np.array(
        [[(variance[i, 0] + variance[j, 0] - variance[i, j]) / 2 for j in range(1, m)] for i in range(1, m)]
    )
    if m > 2 and np.linalg.eigvalsh(covariance)[0] <= 0:
        raise MetaAnalysisError(
            f"Study {data.studies[number]}: no arms could give these standard errors together."
        )
    structure = np.full((m - 1, m - 1), 0.5) + 0.5 * np.eye(m - 1)
    # Where the contrasts of a study do not add up exactly, each arm gets the mean of its ways there.
    to_baseline = _consistent(effect, variance)
    return StudyBlock(number, arms, to_baseline, covariance, structure)


def _consistent(effect: Array, variance: Array) -> Array:
    """Effects of the arms against the first, by least squares over all contrasts of the study."""
    m = len(effect)
    if m == 2:
        return np.array([effect[1, 0]])
    pairs = [(i, j) for i in range(m) for j in range(i + 1, m)]
    design = np.zeros((len(pairs), m - 1))
    for row, (i, j) in enumerate(pairs):
        if i > 0:
            design[row, i - 1] = 1
        design[row, j - 1] -= 1
    weight = np.array([reduced_weights(variance)[i, j] for i, j in pairs])
    seen = np.array([effect[i, j] for i, j in pairs])
    solved = np.linalg.solve(design.T @ (weight[:, None] * design), design.T @ (weight * seen))
    return np.asarray(solved)


def reduced_weights(variance: Array) -> Array:
    """Weights of a multi-arm study's contrasts such that the study counts once (Ruecker & Schwarzer 2014).

    Parameters
    ----------
    variance : (m, m) variances of the contrasts between its arms

    Returns
    -------
    (m, m) weights; the inverse variance for two arms. doi:10.1002/sim.6236
    """
    m = len(variance)
    centre = np.eye(m) - 1 / m
    laplacian = np.linalg.pinv(-0.5 * centre @ variance @ centre)
    weights = -laplacian
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights)


def pieces(data: Contrasts) -> tuple[tuple[str, ...], ...]:
    """Connected pieces of the network, each with its treatments, the largest first."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(data.treatments)
    graph = coo_array((np.ones(len(data.first)), (data.first, data.second)), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    groups = [tuple(np.array(data.treatments)[label == value]) for value in np.unique(label)]
    return tuple(sorted(groups, key=lambda names: (-len(names), names)))
