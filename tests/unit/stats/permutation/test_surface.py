"""Clusters on a surface equal what step-by-step thresholding in plain Python finds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from opentrs.stats.permutation import (
    Enhancement,
    SurfaceGraph,
    clusters,
    permuted,
    tfce,
)
from opentrs.stats.permutation import surface as surface_module
from opentrs.stats.refusal import CannotFitError


def sphere(times: int) -> tuple[np.ndarray, np.ndarray]:
    """An octahedron whose triangles are cut in four, several times: faces and unit coordinates."""
    points = [tuple(p) for p in np.vstack([np.eye(3), -np.eye(3)])]
    faces = [(0, 1, 2), (1, 3, 2), (3, 4, 2), (4, 0, 2), (1, 0, 5), (3, 1, 5), (4, 3, 5), (0, 4, 5)]
    for _ in range(times):
        halves: dict[tuple[int, int], int] = {}

        def half(a, b, halves=halves):
            key = (min(a, b), max(a, b))
            if key not in halves:
                middle = np.add(points[a], points[b])
                points.append(tuple(middle / np.linalg.norm(middle)))
                halves[key] = len(points) - 1
            return halves[key]

        cut = []
        for a, b, c in faces:
            ab, bc, ca = half(a, b), half(b, c), half(c, a)
            cut += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        faces = cut
    return np.array(faces), np.array(points)


FACES, POINTS = sphere(3)
GRAPH = SurfaceGraph.from_faces(FACES)


def _map(seed: int = 0) -> np.ndarray:
    """A bumpy map with both signs."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(12, 3))
    bumps = np.exp(4 * (POINTS @ (centres / np.linalg.norm(centres, axis=1, keepdims=True)).T - 1))
    return bumps @ rng.normal(0, 4, 12) + 0.3 * rng.normal(size=len(POINTS))


def _components(inside: set[int]) -> list[set[int]]:
    found = []
    left = set(inside)
    while left:
        cluster, waiting = set(), [left.pop()]
        while waiting:
            vertex = waiting.pop()
            cluster.add(vertex)
            around = set(GRAPH.neighbours[GRAPH.starts[vertex] : GRAPH.starts[vertex + 1]].tolist()) & left
            left -= around
            waiting += around
        found.append(cluster)
    return found


def _yardstick(t: np.ndarray, e: float, h: float, area: np.ndarray) -> np.ndarray:
    """The integral over every height at which the picture changes, cluster by cluster."""
    out = np.zeros(t.size)
    for sign in (1, -1):
        levels = [0.0, *sorted(set((sign * t)[sign * t > 0].tolist()))]
        for low, high in pairwise(levels):
            weight = (high ** (h + 1) - low ** (h + 1)) / (h + 1)
            for cluster in _components(set(np.flatnonzero(sign * t >= high).tolist())):
                members = list(cluster)
                out[members] += sign * area[members].sum() ** e * weight
    return out


@pytest.mark.parametrize(("e", "h"), [(1.0, 2.0), (0.5, 2.0), (0.7, 1.0)])
def test_enhanced_values_equal_thresholding_at_every_height(e, h):
    t = _map()
    found = tfce(t, GRAPH, Enhancement(e, h))
    np.testing.assert_allclose(found, _yardstick(t, e, h, np.ones(t.size)), rtol=1e-9, atol=1e-9)


def test_the_compiled_kernels_do_what_the_python_says(monkeypatch):
    t = np.round(_map(3), 1)
    compiled = tfce(t, GRAPH), clusters(t, GRAPH, 1.0)
    monkeypatch.setattr(surface_module, "compiled", lambda kernel: kernel)
    np.testing.assert_array_equal(tfce(t, GRAPH), compiled[0])
    assert [c.extent for c in clusters(t, GRAPH, 1.0)] == [c.extent for c in compiled[1]]


def test_extent_in_square_millimetres_adds_up_to_the_surface():
    graph = SurfaceGraph.from_faces(FACES, 10 * POINTS)
    assert graph.unit == "mm²"
    assert graph.area.sum() == pytest.approx(4 * np.pi * 100, rel=0.03)
    t = _map(1)
    np.testing.assert_allclose(tfce(t, graph), _yardstick(t, 1.0, 2.0, graph.area), rtol=1e-9, atol=1e-9)


def test_equal_heights_touching_make_one_plateau():
    line = SurfaceGraph.from_edges([(0, 1), (1, 2), (2, 3), (3, 4)], 5)
    found = tfce(np.array([2.0, 2.0, 0.0, -1.0, -1.0]), line)
    np.testing.assert_allclose(found, [2 * 8 / 3, 2 * 8 / 3, 0, -2 / 3, -2 / 3])
    one_side = tfce(np.array([2.0, 2.0, 0.0, -1.0, -1.0]), line, sides=1)
    np.testing.assert_allclose(one_side, [2 * 8 / 3, 2 * 8 / 3, 0, 0, 0])


def test_a_saddle_joins_two_peaks_below_it():
    line = SurfaceGraph.from_edges([(0, 1), (1, 2)], 3)
    found = tfce(np.array([3.0, 1.0, 2.0]), line, Enhancement(1, 1))
    # Below 1 all three belong together (1.5); above it each peak is alone.
    np.testing.assert_allclose(found, [1.5 + (9 - 1) / 2, 1.5, 1.5 + (4 - 1) / 2])


def test_clusters_are_the_connected_sets_beyond_the_threshold_and_signs_do_not_mix():
    t = _map(5)
    found = clusters(t, GRAPH, 1.5)
    expected = [
        set(cluster) for sign in (1, -1) for cluster in _components(set(np.flatnonzero(sign * t >= 1.5)))
    ]
    assert sorted(map(sorted, expected)) == sorted(sorted(c.vertices.tolist()) for c in found)
    assert [c.extent for c in found] == sorted((len(c) for c in expected), reverse=True)
    for cluster in found:
        assert abs(cluster.peak_t) == np.abs(t[cluster.vertices]).max()
    at = SurfaceGraph.from_edges([(0, 1)], 2)
    assert [c.vertices.tolist() for c in clusters(np.array([1.5, 1.4]), at, 1.5)] == [[0]]


def test_faces_that_name_no_vertex_are_refused():
    with pytest.raises(CannotFitError, match="vertex numbers from 0 to 3"):
        SurfaceGraph.from_faces([(0, 1, 3)], POINTS[:3])
    with pytest.raises(CannotFitError, match="triangles"):
        SurfaceGraph.from_faces([(0, 1)])
    with pytest.raises(CannotFitError, match="258 vertices and the map 3 values"):
        tfce(np.zeros(3), GRAPH)


def _smooth_people(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    near = np.exp(8 * (POINTS @ POINTS.T - 1))
    return rng.normal(size=(n, len(POINTS))) @ (near / np.linalg.norm(near, axis=0))


def test_a_wide_weak_effect_is_found_by_enhancement_and_extent():
    values = _smooth_people(40, 1)
    group = np.arange(40) % 2
    patch = POINTS[:, 2] > 0.45
    values[:, patch] -= 1.2 * group[:, None]
    design = np.column_stack([np.ones(40), group])
    found = permuted(values, design, (0, 1), 300, seed=2, surface=GRAPH, cluster_forming_t=2.0)
    assert (found.p_tfce_fwer[patch] < 0.05).mean() > 0.8
    assert (found.p_tfce_fwer[patch] < 0.05).sum() > (found.p_fwer[patch] < 0.05).sum()
    assert (found.p_tfce_fwer[~patch] < 0.05).mean() < 0.2
    assert found.clusters[0].p_fwer < 0.05
    assert patch[found.clusters[0].peak]
    assert found.clusters[0].peak_t < 0
    assert all(a.p_fwer <= b.p_fwer for a, b in pairwise(found.clusters))


def test_the_null_of_clusters_is_that_of_each_rearrangement():
    """Exhaustively: one p is the share of arrangements whose own map reaches the observed value."""
    from opentrs.stats.permutation import fit
    from opentrs.stats.permutation.shuffles import arrangement, every_permutation
    from opentrs.stats.permutation.surface import largest_extent

    values = _smooth_people(6, 4)
    group = np.array([1, 0, 1, 0, 0, 1.0])
    design = np.column_stack([np.ones(6), group])
    found = permuted(values, design, (0, 1), 20, seed=0, surface=GRAPH, cluster_forming_t=2.5)
    assert found.exhaustive
    moves = every_permutation(arrangement(None, 6), group.astype(int))
    maps = [fit(values, np.column_stack([np.ones(6), group[move]]), (0, 1)).t for move in moves]
    peaks = np.array([np.abs(tfce(t, GRAPH)).max() for t in maps])
    extents = np.array([largest_extent(t, GRAPH, 2.5) for t in maps])
    expected = (peaks[:, None] >= np.abs(found.tfce) * (1 - 1e-6)).mean(axis=0)
    np.testing.assert_allclose(found.p_tfce_fwer, expected)
    np.testing.assert_allclose(
        [c.p_fwer for c in found.clusters], [(extents >= c.extent).mean() for c in found.clusters]
    )


def test_vertices_left_out_carry_no_cluster_across():
    values = _smooth_people(12, 7)
    values[:, POINTS[:, 2] < -0.8] = 0
    design = np.column_stack([np.ones(12), np.arange(12) % 2])
    found = permuted(
        values, design, (0, 1), 20, seed=0, surface=GRAPH, untestable="leave_out", cluster_forming_t=1.0
    )
    out = POINTS[:, 2] < -0.8
    assert np.isnan(found.p_tfce_fwer[out]).all()
    assert not any(out[cluster.vertices].any() for cluster in found.clusters)
