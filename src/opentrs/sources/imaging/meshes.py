"""The triangle mesh of surface maps: the one that lies beside the maps, or fsaverage5 as nilearn ships it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from opentrs.errors import InputProblemsError, Problem
from opentrs.reference.region_names import resolve_regions

SURFACE = ".surf.gii"
SHIPPED = "fsaverage5"
_SIDES = {"left": ("hemi-l", "lh."), "right": ("hemi-r", "rh.")}


@dataclass(frozen=True, slots=True)
class Mesh:
    """Both hemispheres, left first.

    Parameters
    ----------
    faces : (f, 3) vertex numbers, those of the right side counted on from the left
    coordinates_mm : (m, 3)
    label : (m,) region of each vertex; empty texts where no annotation lies beside the maps
    source : where it came from
    """

    faces: np.ndarray
    coordinates_mm: np.ndarray
    label: np.ndarray
    source: str


def read_mesh(folder: Path, name: str, vertices: int) -> Mesh | None:
    """Return the mesh of maps in a folder; None where none lies there and none is shipped for this mesh.

    Parameters
    ----------
    folder : of the maps; a surface is called ``*hemi-L*.surf.gii`` or ``lh.*.surf.gii``, an annotation
        ``lh.*.annot``
    name, vertices : of the mesh the maps are on, and its vertices a side

    Raises
    ------
    InputProblemsError : a surface or annotation of another number of vertices, or one side of it alone
    """
    given = {side: _file_of(folder, side, SURFACE) for side in _SIDES}
    files = {side: path for side, path in given.items() if path is not None}
    if len(files) == 1:
        (alone,) = files.values()
        raise InputProblemsError([Problem("mesh_one_side", file=alone.name)])
    if files:
        sides = [_from_gifti(files[side], vertices) for side in _SIDES]
        source = ", ".join(path.name for path in files.values())
    elif name == SHIPPED:
        sides, source = _shipped(), f"{SHIPPED} (nilearn)"
    else:
        return None
    faces = np.vstack([sides[0][1], sides[1][1] + vertices])
    return Mesh(faces, np.vstack([sides[0][0], sides[1][0]]), _labels(folder, vertices), source)


def _file_of(folder: Path, side: str, ending: str) -> Path | None:
    for path in sorted(folder.iterdir()):
        lower = path.name.lower()
        if lower.endswith(ending) and (lower.startswith(_SIDES[side][1]) or _SIDES[side][0] in lower):
            return path
    return None


def _from_gifti(path: Path, vertices: int) -> tuple[np.ndarray, np.ndarray]:
    import nibabel

    # From bytes, since an image opened by its name keeps the file open.
    image = nibabel.GiftiImage.from_bytes(path.read_bytes())
    coordinates, faces = (np.asarray(array.data) for array in image.darrays[:2])
    if len(coordinates) != vertices:
        raise _another_size(path, len(coordinates), vertices)
    return coordinates.astype(float), faces.astype(np.int64)


def _shipped() -> list[tuple[np.ndarray, np.ndarray]]:
    """Half way between white matter and pia, where area is neither that of crowns nor that of valleys."""
    from nilearn.datasets import load_fsaverage

    meshes = load_fsaverage(SHIPPED)
    return [
        (
            (meshes["pial"].parts[side].coordinates + meshes["white_matter"].parts[side].coordinates) / 2,
            np.asarray(meshes["pial"].parts[side].faces, dtype=np.int64),
        )
        for side in _SIDES
    ]


def _labels(folder: Path, vertices: int) -> np.ndarray:
    parts = []
    for side, (_, short) in _SIDES.items():
        path = _file_of(folder, side, ".annot")
        parts.append(
            np.full(vertices, "", dtype=object) if path is None else _annotation(path, vertices, short[:2])
        )
    return np.concatenate(parts)


def _annotation(path: Path, vertices: int, side: str) -> np.ndarray:
    import nibabel

    numbers, _, names = nibabel.freesurfer.read_annot(path)
    if len(numbers) != vertices:
        raise _another_size(path, len(numbers), vertices)
    columns = [f"{side}_{name.decode('utf-8', 'replace')}" for name in names]
    known = resolve_regions(columns, "cortex")
    ids = [region.id if (region := known[column]) is not None else column for column in columns]
    return np.array([ids[number] if number >= 0 else "" for number in numbers], dtype=object)


def _another_size(path: Path, found: int, wanted: int) -> InputProblemsError:
    return InputProblemsError([Problem("mesh_size", file=path.name, params={"n": found, "usual": wanted})])
