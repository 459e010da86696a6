"""How much each direct comparison contributes to each network estimate, percent.

The evidence of a network estimate flows from one treatment to the other through direct comparisons like
water through pipes (Koenig et al. 2013, doi:10.1002/sim.6001). The flow is taken apart into paths, the
shortest first, and a path shares its flow equally among its comparisons (Papakonstantinou et al. 2018,
doi:10.12688/f1000research.14770.3).
"""

from __future__ import annotations

import itertools
from collections import deque

import numpy as np

from opentrs.stats.meta.least_squares import Array
from opentrs.stats.network.contrasts import reduced_weights
from opentrs.stats.network.model import Network

LEAST_FLOW = 1e-10


def comparisons(fitted: Network) -> tuple[tuple[int, int], ...]:
    """Pairs of treatments some study compares, lower number first, in order."""
    data = fitted.data
    pairs = {(int(min(i, j)), int(max(i, j))) for i, j in zip(data.first, data.second, strict=True)}
    return tuple(sorted(pairs))


def comparison_weights(fitted: Network) -> Array:
    """Total weight of each direct comparison, (c,), multi-arm studies counted once."""
    place = {pair: number for number, pair in enumerate(comparisons(fitted))}
    total = np.zeros(len(place))
    for block in fitted.blocks:
        m = len(block.arms)
        arm = np.zeros((m, m))
        arm[1:, 1:] = block.covariance + fitted.tau2 * block.structure
        variance = np.diag(arm)[:, None] + np.diag(arm)[None, :] - 2 * arm
        weight = reduced_weights(variance)
        for i in range(m):
            for j in range(i + 1, m):
                total[place[(block.arms[i], block.arms[j])]] += weight[i, j]
    return total


def contribution_matrix(fitted: Network) -> tuple[tuple[tuple[int, int], ...], Array]:
    """Contribution of every direct comparison to every network estimate.

    Returns
    -------
    comparisons : pairs of treatments, the columns
    contributions : (n (n - 1) / 2, c) percent, rows as ``numpy.triu_indices``; rows add up to 100
    """
    pairs = comparisons(fitted)
    n = len(fitted.treatments)
    incidence = np.zeros((len(pairs), n))
    for row, (i, j) in enumerate(pairs):
        incidence[row, i], incidence[row, j] = 1, -1
    weight = comparison_weights(fitted)
    laplacian = incidence.T @ (weight[:, None] * incidence)
    hat = (incidence @ np.linalg.pinv(laplacian, hermitian=True)).T * weight
    rows = [
        _stream(hat[source] - hat[sink], pairs, n, source, sink)
        for source, sink in itertools.combinations(range(n), 2)
    ]
    return pairs, 100 * np.array(rows)


def _stream(flow: Array, pairs: tuple[tuple[int, int], ...], n: int, source: int, sink: int) -> Array:
    """Take the flow from source to sink apart into paths; share of each comparison, adding up to 1."""
    left: list[dict[int, float]] = [{} for _ in range(n)]
    number = {}
    for at, (i, j) in enumerate(pairs):
        start, end = (i, j) if flow[at] > 0 else (j, i)
        left[start][end] = abs(float(flow[at]))
        number[(start, end)] = at
    share = np.zeros(len(pairs))
    while path := _shortest(left, source, sink):
        steps = list(itertools.pairwise(path))
        amount = min(left[i][j] for i, j in steps)
        for i, j in steps:
            left[i][j] -= amount
            share[number[(i, j)]] += amount / len(steps)
    return np.asarray(share / share.sum())


def _shortest(left: list[dict[int, float]], source: int, sink: int) -> list[int]:
    came: dict[int, int] = {source: source}
    queue = deque([source])
    while queue:
        here = queue.popleft()
        if here == sink:
            path = [sink]
            while path[-1] != source:
                path.append(came[path[-1]])
            return path[::-1]
        for there in sorted(left[here]):
            if left[here][there] > LEAST_FLOW and there not in came:
                came[there] = here
                queue.append(there)
    return []
