"""Maps of the cortical surface, one file per person and side (GIFTI or MGH), read when they are needed."""

from __future__ import annotations

import gzip
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from opentrs.errors import InputProblemsError, Problem
from opentrs.reference.load import facts

FOLDER = "surfaces"
SIDES = ("left", "right")
# A map this short is a table of regions that got into the wrong folder.
MOST_REGIONS = 1000
_SUFFIXES = (".gii", ".mgh", ".mgz")
# Meshes and annotations may lie beside the maps.
_NO_MAPS = (".surf.gii", ".label.gii")
_BIDS = re.compile(r"(?P<person>.+?)(?:_ses-(?P<visit>[^_]+))?_hemi-(?P<side>[LR])(?:_.*)?", re.IGNORECASE)
_FREESURFER = re.compile(r"(?P<person>.+?)[._](?P<side>[lr])h(?:[._].*)?", re.IGNORECASE)


@dataclass(frozen=True)
class SurfaceMaps:
    """Where the maps of each scan are, and on which mesh; nothing is in memory yet.

    Parameters
    ----------
    person_id, visit : (n,) whose maps they are, in the order of the rows of :meth:`matrix`
    mesh : name of the mesh, such as ``fsaverage5``
    vertices : number of vertices of one side
    paths : (n,) files of left and right
    problems : what was found; nothing that stops reading
    """

    person_id: tuple[str, ...]
    visit: tuple[str, ...]
    mesh: str
    vertices: int
    paths: tuple[tuple[Path, Path], ...]
    problems: tuple[Problem, ...] = ()

    def matrix(self) -> np.ndarray:
        """(n, 2 vertices) ``float32``, left side first; NaN where a map has none."""
        out = np.empty((len(self.paths), 2 * self.vertices), dtype=np.float32)
        for at, pair in enumerate(self.paths):
            for side, path in enumerate(pair):
                out[at, side * self.vertices : (side + 1) * self.vertices] = values_of(path)
        return out


def meshes() -> dict[int, str]:
    """Number of vertices of a side -> mesh."""
    return {int(row["vertices"]): str(row["mesh"]) for row in facts("meshes")}


def read_surfaces(folder: Path, people: Collection[str]) -> SurfaceMaps:
    """Find the maps in a folder and check their sizes; files are opened, values are not kept.

    Files are named ``sub-01_ses-1_hemi-L_thickness.shape.gii``, ``sub-01.lh.thickness.mgh`` or alike.

    Parameters
    ----------
    folder : the folder ``surfaces`` of a cohort
    people : person ids of the cohort, with or without the ``sub-`` of the files

    Raises
    ------
    InputProblemsError : with every file that is of nobody, lacks its other side, comes twice, cannot be read,
        holds regions instead of vertices, or is on another mesh than the rest
    """
    problems: list[Problem] = []
    found = _files(folder, people, problems)
    sizes: dict[Path, int] = {}
    pairs: list[tuple[str, str, tuple[Path, Path]]] = []
    blank = 0
    for (person, visit), sides in sorted(found.items()):
        for side in SIDES:
            if side not in sides:
                other = next(iter(sides.values()))
                problems.append(Problem("surface_one_side", file=other.name, params={"side": side}))
        for path in sides.values():
            values = _read(path, problems)
            if values is not None:
                sizes[path] = len(values)
                blank += bool(np.isnan(values).any())
        if len(sides) == len(SIDES):
            pairs.append((person, visit, (sides["left"], sides["right"])))
    mesh = _mesh(sizes, problems)
    if not pairs and not problems:
        problems.append(Problem("surfaces_none", file=folder.name))
    if any(problem.severity == "error" for problem in problems):
        raise InputProblemsError(problems)
    if blank:
        problems.append(Problem("surface_blank", "note", folder.name, params={"n": blank}))
    persons, visits, paths = zip(*pairs, strict=True)
    vertices = next(iter(sizes.values()))
    return SurfaceMaps(persons, visits, mesh, vertices, paths, tuple(problems))


def values_of(path: Path) -> np.ndarray:
    """The values of one map, as a flat array."""
    import nibabel

    # From bytes, since an image opened by its name keeps the file open.
    content = path.read_bytes()
    if path.suffix.lower() == ".gii":
        gifti = nibabel.GiftiImage.from_bytes(content)
        return np.asarray(gifti.darrays[0].data, dtype=np.float32).ravel()
    if path.suffix.lower() == ".mgz":
        content = gzip.decompress(content)
    return np.asarray(nibabel.MGHImage.from_bytes(content).dataobj, dtype=np.float32).ravel()


def _files(
    folder: Path, people: Collection[str], problems: list[Problem]
) -> Mapping[tuple[str, str], dict[str, Path]]:
    found: dict[tuple[str, str], dict[str, Path]] = {}
    for path in sorted(path for path in folder.iterdir() if _is_map(path.name.lower())):
        named = _BIDS.fullmatch(path.name) or _FREESURFER.fullmatch(path.name)
        if named is None:
            problems.append(Problem("surface_name", file=path.name))
            continue
        person = named["person"]
        person = person if person in people else person.removeprefix("sub-")
        side = "left" if named["side"].lower() == "l" else "right"
        sides = found.setdefault((person, named.groupdict().get("visit") or ""), {})
        if person not in people:
            problems.append(Problem("surface_of_nobody", file=path.name))
        elif side in sides:
            problems.append(Problem("surface_twice", file=path.name, params={"other": sides[side].name}))
        sides.setdefault(side, path)
    return found


def _is_map(name: str) -> bool:
    return name.endswith(_SUFFIXES) and not name.endswith(_NO_MAPS)


def _read(path: Path, problems: list[Problem]) -> np.ndarray | None:
    try:
        return values_of(path)
    except Exception as error:  # nibabel raises whatever the broken part of a file happens to raise
        params = {"reason": type(error).__name__}
        problems.append(Problem("surface_unreadable", file=path.name, params=params))
        return None


def _mesh(sizes: Mapping[Path, int], problems: list[Problem]) -> str:
    known = meshes()
    usual = max(sizes.values(), key=list(sizes.values()).count, default=0)
    for path, size in sizes.items():
        if size < MOST_REGIONS:
            problems.append(Problem("surface_is_regions", file=path.name, params={"n": size}))
        elif size not in known:
            names = ", ".join(f"{name} ({n})" for n, name in known.items())
            problems.append(Problem("surface_size", file=path.name, params={"n": size, "known": names}))
        elif size != usual:
            problems.append(Problem("surface_other_mesh", file=path.name, params={"n": size, "usual": usual}))
    return known.get(usual, "")
