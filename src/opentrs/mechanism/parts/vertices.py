"""The cortex vertex by vertex: clusters of touching vertices that differ, corrected over the surface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from opentrs.measures.regions import RegionTable, scans_without_regions
from opentrs.mechanism.contrasts import CONTRASTS, MODEL_COLUMNS, Contrast, counted
from opentrs.mechanism.engine import Array, Design, adjusted_by_fdr, designed
from opentrs.mechanism.frame import Context, Part, PartOutcome, scanned_table
from opentrs.mechanism.people import covariates_of, first_of_each, of_scans
from opentrs.messages import text
from opentrs.sources.imaging.meshes import Mesh, read_mesh
from opentrs.sources.imaging.surfaces import SurfaceMaps, read_surfaces
from opentrs.stats.permutation import Cluster, GlmFit, Permuted, SurfaceGraph, clusters, fit, permuted
from opentrs.stats.refusal import CannotFitError
from opentrs.subtype.parts import PartSkipped

NAME = "vertices"
# Enhancing a map takes as long as twenty maps of t: half as many rearrangements as for regions.
SHARE_OF_PERMUTATIONS = 0.5
CLUSTER_FORMING_P = 0.001
ALPHA = 0.05
MEASURES = ("thickness", "area", "volume")
CLUSTER_COLUMNS = [
    "region", "contrast", "estimate", "standardised_effect", "se", "ci_low", "ci_high", "p", "p_fwer", "q",
    "n",
    "method", "n_first", "n_second", "t", "df", "measure", "unit", "hemisphere", "n_vertices", "extent",
    "extent_unit", "peak_vertex", "x_mm", "y_mm", "z_mm", "mesh", "n_permutations",
]  # fmt: skip
MAP_COLUMNS = [
    "contrast", "hemisphere", "vertex", "region", "n", "estimate", "se", "t", "df", "standardised_effect",
    "p", "q", "p_fwer", "tfce", "p_tfce_fwer", "untestable",
]  # fmt: skip
MISSING_COLUMNS = ["person_id", "visit", "n_missing_left", "n_missing_right", "n_vertices_measured"]


@dataclass(frozen=True, slots=True)
class _Surface:
    """Maps of everybody's first scan, on their mesh."""

    values: Array
    maps: SurfaceMaps
    mesh: Mesh
    graph: SurfaceGraph
    measure: str


def run(context: Context) -> PartOutcome:
    """Compare groups at every vertex, with threshold-free enhancement, clusters and the largest |t|.

    Raises
    ------
    PartSkipped : the cohort has no surface maps, or its mesh is not known
    """
    if context.surfaces is None:
        raise PartSkipped(text("mechanism.no_surfaces", context.lang))
    scans, surface = _read(context, context.surfaces)
    people = of_scans(scans, context.people, context.results)
    first = first_of_each(scans)
    surface = _Surface(surface.values[first], surface.maps, surface.mesh, surface.graph, surface.measure)
    mine = people.iloc[first].reset_index(drop=True)
    tables: list[pd.DataFrame] = []
    found: list[dict[str, Any]] = []
    models: list[dict[str, Any]] = []
    for contrast in CONTRASTS:
        label = {"part": NAME, "measure": surface.measure, "contrast": contrast.name, "model": "main"}
        try:
            design = designed(mine, contrast.membership(mine), covariates_of(surface.measure))
            fitted, shuffled = _tested(surface, design, context)
        except CannotFitError as refused:
            models.append({**label, "ran": "no", "reason": refused.sentence(context.lang)})
            continue
        table = _map(surface, contrast, fitted, shuffled)
        tables.append(table)
        found += _clusters(surface, contrast, design, fitted, shuffled, table)
        note = text("mechanism.vertices_note", context.lang, n=shuffled.n_permutations)
        models.append({**counted(design, mine), **label, "ran": "yes", "reason": "", "note": note})
    beside = {"vertices_map": pd.concat(tables, ignore_index=True)} if tables else {}
    return PartOutcome(
        pd.DataFrame(found, columns=CLUSTER_COLUMNS),
        pd.DataFrame(models, columns=MODEL_COLUMNS),
        scanned=scanned_table(NAME, surface.measure, scans, people),
        beside={**beside, "vertices_missing": _missing(scans, surface.values, first, surface.maps)},
    )


def _read(context: Context, folder: Path) -> tuple[RegionTable, _Surface]:
    ids = set(context.people.index)
    maps = read_surfaces(folder, ids)
    mesh = read_mesh(folder, maps.mesh, maps.vertices)
    if mesh is None:
        raise PartSkipped(text("mechanism.no_mesh", context.lang, mesh=maps.mesh))
    measure = next((one for one in MEASURES if one in maps.paths[0][0].name.lower()), MEASURES[0])
    scans = scans_without_regions(context.cohort, "cortex", measure, maps.person_id, maps.visit)
    order = {key: at for at, key in enumerate(zip(maps.person_id, maps.visit, strict=True))}
    rows = [order[key] for key in zip(scans.person_id, scans.visit, strict=True)]
    values = maps.matrix()[rows].astype(np.float64)
    # No cortex has no thickness: a 0 stands for a vertex that was not measured.
    values[values == 0] = np.nan
    graph = SurfaceGraph.from_faces(mesh.faces, mesh.coordinates_mm)
    return scans, _Surface(values, maps, mesh, graph, measure)


def _tested(surface: _Surface, design: Design, context: Context) -> tuple[GlmFit, Permuted]:
    y = surface.values[design.rows]
    fitted = fit(y, design.matrix, design.contrast, names=design.names, untestable="leave_out")
    threshold = float(stats.t.isf(CLUSTER_FORMING_P / 2, np.nanmax(fitted.df)))
    number = max(1, int(SHARE_OF_PERMUTATIONS * context.permutations))
    return fitted, permuted(
        y, design.matrix, design.contrast, number, seed=context.seed, blocks=design.blocks,
        names=design.names, untestable="leave_out", surface=surface.graph, cluster_forming_t=threshold,
    )  # fmt: skip


def _map(surface: _Surface, contrast: Contrast, fitted: GlmFit, shuffled: Permuted) -> pd.DataFrame:
    """Every vertex; those nobody could be compared at say why."""
    a_side = surface.maps.vertices
    assert shuffled.tfce is not None
    assert shuffled.p_tfce_fwer is not None
    return pd.DataFrame({
        "contrast": contrast.name, "hemisphere": np.repeat(["left", "right"], a_side),
        "vertex": np.tile(np.arange(a_side), 2), "region": surface.mesh.label, "n": fitted.n,
        "estimate": fitted.effect, "se": fitted.se, "t": fitted.t, "df": fitted.df,
        "standardised_effect": fitted.effect / fitted.residual_sd, "p": fitted.p,
        "q": adjusted_by_fdr(fitted.p), "p_fwer": shuffled.p_fwer, "tfce": shuffled.tfce,
        "p_tfce_fwer": shuffled.p_tfce_fwer,
        "untestable": np.select([fitted.constant, fitted.too_few], ["constant", "too_few"], ""),
    })[MAP_COLUMNS]  # fmt: skip


def _clusters(
    surface: _Surface, contrast: Contrast, design: Design, fitted: GlmFit, shuffled: Permuted,
    table: pd.DataFrame,
) -> list[dict[str, Any]]:  # fmt: skip
    """Clusters beyond the forming threshold, and the sets of vertices with a corrected p below 5%."""
    rows = []
    size, (low, high) = fitted.standardised(), fitted.interval()
    for method, cluster, p in _sets(surface, shuffled):
        at, side = cluster.peak, cluster.peak // surface.maps.vertices
        here = np.isfinite(surface.values[design.rows, at])
        group = design.matrix[here, 1]
        x, y, z = surface.mesh.coordinates_mm[at]
        label = surface.mesh.label[at] or f"{'LR'[side]} {x:.0f} {y:.0f} {z:.0f}"
        rows.append({
            "region": label, "contrast": contrast.name, "estimate": fitted.effect[at],
            "standardised_effect": size.d[at], "se": fitted.se[at], "ci_low": low[at], "ci_high": high[at],
            "p": fitted.p[at], "p_fwer": p, "q": table["q"].iloc[at], "n": int(fitted.n[at]),
            "method": method, "n_first": int((group == 1).sum()), "n_second": int((group == 0).sum()),
            "t": fitted.t[at], "df": fitted.df[at], "measure": surface.measure,
            "unit": "mm" if surface.measure == "thickness" else "", "hemisphere": ("left", "right")[side],
            "n_vertices": len(cluster.vertices), "extent": cluster.extent, "extent_unit": surface.graph.unit,
            "peak_vertex": at - side * surface.maps.vertices, "x_mm": x, "y_mm": y, "z_mm": z,
            "mesh": surface.mesh.source, "n_permutations": shuffled.n_permutations,
        })  # fmt: skip
    return rows


def _sets(surface: _Surface, shuffled: Permuted) -> Iterator[tuple[str, Cluster, float]]:
    """Method, touching vertices, corrected p: of the cluster's extent, or the smallest in it."""
    for cluster in shuffled.clusters:
        yield "cluster_extent", cluster, cluster.p_fwer
    assert shuffled.p_tfce_fwer is not None
    for method, p in (("tfce", shuffled.p_tfce_fwer), ("max_t", shuffled.p_fwer)):
        marked = np.where(p < ALPHA, shuffled.comparable_t, 0.0)
        for cluster in clusters(marked, surface.graph, np.finfo(float).tiny):
            yield method, cluster, float(np.nanmin(p[cluster.vertices]))


def _missing(scans: RegionTable, values: Array, first: Array, maps: SurfaceMaps) -> pd.DataFrame:
    """Vertices each person lacks among those that anybody has."""
    anybody = np.isfinite(values).any(axis=0)
    lacking = ~np.isfinite(values) & anybody
    left = lacking[:, : maps.vertices].sum(axis=1)
    return pd.DataFrame({
        "person_id": scans.person_id[first], "visit": scans.visit[first], "n_missing_left": left,
        "n_missing_right": lacking.sum(axis=1) - left,
        "n_vertices_measured": np.isfinite(values).sum(axis=1),
    })[MISSING_COLUMNS]  # fmt: skip


PART = Part(NAME, frozenset({"people"}), run)
