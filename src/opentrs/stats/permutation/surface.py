"""Clusters on a surface mesh: threshold-free enhancement and cluster extent.

Threshold-free cluster enhancement adds up, over every height below a vertex, the extent of the cluster the
vertex then belongs to: the integral of extent^E height^H (Smith and Nichols 2009,
doi:10.1016/j.neuroimage.2008.03.061). It is computed here without steps: going down from the
highest vertex, a cluster keeps its extent until the next vertex joins it, so each stretch is integrated in
closed form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from opentrs.stats.permutation.compiled import compiled
from opentrs.stats.permutation.design import Array
from opentrs.stats.refusal import CannotFitError

Integers = npt.NDArray[np.int32]
Floats = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Enhancement:
    """Powers of extent and height; 1 and 2 are those for surfaces and skeletons (doi as above, and its
    use for two-dimensional images in FSL), 0.5 and 2 those for volumes."""

    extent_power: float = 1.0
    height_power: float = 2.0


@dataclass(frozen=True, slots=True)
class SurfaceGraph:
    """Which vertices touch, and the area of each.

    Parameters
    ----------
    starts : (m + 1,) where the neighbours of each vertex begin in ``neighbours``
    neighbours : vertex numbers
    area : (m,) mm² of each vertex, or 1 where extent is counted in vertices
    unit : of the extent: ``vertices`` or ``mm²``
    """

    starts: Integers
    neighbours: Integers
    area: Array
    unit: str = "vertices"

    @property
    def n_vertices(self) -> int:
        """Number of vertices."""
        return self.area.size

    @classmethod
    def from_faces(cls, faces: npt.ArrayLike, coordinates_mm: npt.ArrayLike | None = None) -> SurfaceGraph:
        """Build the graph of a triangle mesh.

        Parameters
        ----------
        faces : (f, 3) vertex numbers of each triangle; two hemispheres may be stacked
        coordinates_mm : (m, 3) positions. With them extent is area: each vertex has a third of its
            triangles; without, extent counts vertices

        Raises
        ------
        CannotFitError : a face names a vertex that is not there
        """
        corners = np.asarray(faces)
        n = int(corners.max(initial=-1)) + 1 if coordinates_mm is None else len(np.asarray(coordinates_mm))
        is_triangles = corners.ndim == 2 and corners.shape[1] == 3
        if not is_triangles or corners.min(initial=0) < 0 or corners.max(initial=0) >= n:
            raise CannotFitError("faces", n=n)
        edges = np.concatenate([corners[:, pair] for pair in ([0, 1], [1, 2], [2, 0])])
        if coordinates_mm is None:
            return cls.from_edges(edges, n)
        a, b, c = (np.asarray(coordinates_mm, dtype=float)[corners[:, corner]] for corner in range(3))
        triangles = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
        area = np.bincount(corners.ravel(), np.repeat(triangles / 3, 3), n).astype(float)
        return cls.from_edges(edges, n, area, "mm²")

    @classmethod
    def from_edges(
        cls, edges: npt.ArrayLike, n: int, area: Array | None = None, unit: str = "vertices"
    ) -> SurfaceGraph:
        """Build the graph from pairs of touching places: a voxel grid, a tract skeleton, a parcel map."""
        from scipy.sparse import coo_array

        ends = np.asarray(edges)
        ends = np.concatenate([ends, ends[:, ::-1]])
        graph = coo_array((np.ones(len(ends), dtype=np.int8), (ends[:, 0], ends[:, 1])), (n, n)).tocsr()
        starts, neighbours = graph.indptr.astype(np.int32), graph.indices.astype(np.int32)
        return cls(starts, neighbours, np.ones(n) if area is None else area, unit)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Touching vertices beyond a threshold.

    Parameters
    ----------
    vertices : their numbers
    extent : their area or number, in the graph's unit
    peak : vertex of the largest |t|
    peak_t : t there, with its sign
    p_fwer : share of rearrangements with a cluster this large anywhere; NaN before it is known
    """

    vertices: npt.NDArray[np.intp]
    extent: float
    peak: int
    peak_t: float
    p_fwer: float = np.nan


def tfce(t: Floats, graph: SurfaceGraph, powers: Enhancement | None = None, sides: int = 2) -> Array:
    """Enhance a map of t statistics; negative t give negative values where two sides are asked.

    Parameters
    ----------
    t : (m,) one value a vertex; NaN counts as 0
    graph : of the same m vertices
    powers : of extent and height
    sides : 2, or 1 for positive t only
    """
    if t.shape != (graph.n_vertices,):
        raise CannotFitError("graph_size", vertices=graph.n_vertices, features=t.size)
    heights = np.nan_to_num(np.asarray(t, dtype=float))
    powers = powers or Enhancement()
    found = _enhanced(heights, graph, powers)
    return found - _enhanced(-heights, graph, powers) if sides == 2 else found


def _enhanced(heights: Array, graph: SurfaceGraph, powers: Enhancement) -> Array:
    above = np.flatnonzero(heights > 0)
    order = above[np.argsort(-heights[above], kind="stable")].astype(np.int32)
    exponent = powers.height_power + 1
    # The integral of height^H from 0 to each vertex.
    integral = np.maximum(heights, 0) ** exponent / exponent
    out = np.zeros(heights.size)
    compiled(_enhance)(
        order, integral, graph.starts, graph.neighbours, graph.area, float(powers.extent_power), out
    )
    return out


def _enhance(
    order: Integers,
    integral: Array,
    starts: Integers,
    neighbours: Integers,
    area: Array,
    power: float,
    out: Array,
) -> None:
    """Union-find from the top. ``gain`` of a cluster's root is what all its vertices gained together;
    below a root it is the difference to the root's, so a cluster gains in one addition."""
    n = integral.size
    parent = np.full(n, -1, np.int32)
    extent, gain, level = np.zeros(n), np.zeros(n), np.zeros(n)
    for vertex in order:
        parent[vertex], extent[vertex], level[vertex] = vertex, area[vertex], integral[vertex]
        top = vertex
        for at in range(starts[vertex], starts[vertex + 1]):
            other = neighbours[at]
            if parent[other] < 0:
                continue
            while parent[other] != other:
                above = parent[other]
                if parent[above] != above:
                    gain[other] += gain[above]
                    parent[other] = parent[above]
                other = parent[other]
            if other == top:
                continue
            gain[other] += extent[other] ** power * (level[other] - integral[vertex])
            level[other] = integral[vertex]
            if extent[other] > extent[top]:
                top, other = other, top
            parent[other] = top
            gain[other] -= gain[top]
            extent[top] += extent[other]
    for vertex in order:
        if parent[vertex] == vertex:
            gain[vertex] += extent[vertex] ** power * level[vertex]
    for vertex in order:
        at = vertex
        total = gain[at]
        while parent[at] != at:
            at = parent[at]
            total += gain[at]
        out[vertex] = total


def clusters(t: Floats, graph: SurfaceGraph, threshold: float, sides: int = 2) -> tuple[Cluster, ...]:
    """Clusters of vertices with t at or beyond a threshold, the largest first; signs never mix."""
    found = []
    for sign in (1, -1)[:sides]:
        heights = sign * np.nan_to_num(np.asarray(t, dtype=float))
        label = _labels(heights, graph, threshold)
        for number in range(1, label.max(initial=0) + 1):
            vertices = np.flatnonzero(label == number)
            peak = int(vertices[np.argmax(heights[vertices])])
            found.append(Cluster(vertices, float(graph.area[vertices].sum()), peak, float(t[peak])))
    return tuple(sorted(found, key=lambda cluster: (-cluster.extent, cluster.peak)))


def largest_extent(t: Floats, graph: SurfaceGraph, threshold: float, sides: int = 2) -> float:
    """Extent of the largest cluster of either sign; 0 where no vertex reaches the threshold."""
    largest = 0.0
    for sign in (1, -1)[:sides]:
        label = _labels(sign * np.nan_to_num(np.asarray(t, dtype=float)), graph, threshold)
        largest = max(largest, np.bincount(label, graph.area)[1:].max(initial=0.0))
    return float(largest)


def _labels(heights: Array, graph: SurfaceGraph, threshold: float) -> Integers:
    label = np.zeros(heights.size, np.int32)
    compiled(_label)(heights >= threshold, graph.starts, graph.neighbours, label)
    return label


def _label(inside: npt.NDArray[np.bool_], starts: Integers, neighbours: Integers, label: Integers) -> None:
    """Number the connected sets of ``inside`` from 1."""
    waiting = np.empty(inside.size, np.int32)
    number = 0
    for first in range(inside.size):
        if not inside[first] or label[first]:
            continue
        number += 1
        label[first] = number
        waiting[0] = first
        length = 1
        while length:
            length -= 1
            vertex = waiting[length]
            for at in range(starts[vertex], starts[vertex + 1]):
                other = neighbours[at]
                if inside[other] and not label[other]:
                    label[other] = number
                    waiting[length] = other
                    length += 1
