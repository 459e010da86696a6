"""Maps of the cortex: sizes are checked, regions are never taken for vertices, every fault is named."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from opentrs.errors import InputProblemsError
from opentrs.sources.imaging.surfaces import read_surfaces

FSAVERAGE5 = 10242


def gifti(path: Path, values: np.ndarray) -> None:
    array = nibabel.gifti.GiftiDataArray(values.astype(np.float32), datatype="NIFTI_TYPE_FLOAT32")
    nibabel.save(nibabel.GiftiImage(darrays=[array]), path)


def mgh(path: Path, values: np.ndarray) -> None:
    nibabel.save(nibabel.MGHImage(values.astype(np.float32)[:, None, None], np.eye(4)), path)


def both(place: Path, person: str, size: int = FSAVERAGE5, fill: float = 2.5) -> None:
    for side in "LR":
        gifti(place / f"sub-{person}_hemi-{side}_thickness.shape.gii", np.full(size, fill))


def refused(place: Path, people: set[str]) -> list[tuple[str | None, str]]:
    with pytest.raises(InputProblemsError) as caught:
        read_surfaces(place, people)
    return [(problem.file, problem.code) for problem in caught.value.problems]


def test_maps_of_both_sides_are_read_left_first(tmp_path: Path) -> None:
    both(tmp_path, "cai", fill=2.5)
    mgh(tmp_path / "lin.lh.thickness.mgh", np.full(FSAVERAGE5, 3.0))
    mgh(tmp_path / "lin.rh.thickness.mgh", np.full(FSAVERAGE5, np.nan))

    maps = read_surfaces(tmp_path, {"cai", "lin"})

    assert (maps.person_id, maps.mesh, maps.vertices) == (("cai", "lin"), "fsaverage5", FSAVERAGE5)
    matrix = maps.matrix()
    assert matrix.shape == (2, 2 * FSAVERAGE5)
    assert matrix[:, 0].tolist() == [2.5, 3.0]
    assert np.isnan(matrix[1, FSAVERAGE5:]).all()
    assert [problem.code for problem in maps.problems] == ["surface_blank"]


@pytest.mark.parametrize(
    ("size", "code"), [(68, "surface_is_regions"), (34, "surface_is_regions"), (10241, "surface_size")]
)
def test_regions_and_unknown_sizes_are_refused(tmp_path: Path, size: int, code: str) -> None:
    both(tmp_path, "cai", size)

    assert {found for _, found in refused(tmp_path, {"cai"})} == {code}


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    both(tmp_path, "cai")
    both(tmp_path, "nobody")
    mgh(tmp_path / "lin.lh.thickness.mgh", np.full(FSAVERAGE5, 3.0))
    both(tmp_path, "wei", 32492)
    mgh(tmp_path / "cai.lh.thickness.mgh", np.full(FSAVERAGE5, 3.0))
    (tmp_path / "lin.rh.thickness.mgz").write_bytes(b"broken")
    (tmp_path / "thickness.gii").write_bytes(b"")

    found = refused(tmp_path, {"cai", "lin", "wei"})

    assert set(found) == {
        ("sub-nobody_hemi-L_thickness.shape.gii", "surface_of_nobody"),
        ("sub-nobody_hemi-R_thickness.shape.gii", "surface_of_nobody"),
        ("sub-cai_hemi-L_thickness.shape.gii", "surface_twice"),
        ("lin.rh.thickness.mgz", "surface_unreadable"),
        ("sub-wei_hemi-L_thickness.shape.gii", "surface_other_mesh"),
        ("sub-wei_hemi-R_thickness.shape.gii", "surface_other_mesh"),
        ("thickness.gii", "surface_name"),
    }


def test_a_side_that_is_missing_and_an_empty_folder_are_said(tmp_path: Path) -> None:
    assert refused(tmp_path, {"cai"}) == [(tmp_path.name, "surfaces_none")]
    mgh(tmp_path / "cai.lh.thickness.mgh", np.full(FSAVERAGE5, 3.0))
    assert refused(tmp_path, {"cai"}) == [("cai.lh.thickness.mgh", "surface_one_side")]
