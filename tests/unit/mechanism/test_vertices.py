"""Vertex by vertex: a planted patch is found as a cluster, gaps are counted, and what is lacking is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pandas as pd
import pytest
from nibabel.freesurfer import write_annot

from opentrs.cohort.build import from_frames
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.errors import InputProblemsError
from opentrs.mechanism import STAGE, engine
from opentrs.mechanism.parts.vertices import CLUSTER_COLUMNS
from opentrs.report import withheld_mechanism
from opentrs.sources.imaging.meshes import read_mesh

SIDE = 10242
PEOPLE = 36
MISSING = 17


@pytest.fixture(autouse=True, scope="module")
def few_rearrangements():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "PERMUTATIONS", 50)
        yield


def patch_of_mesh() -> np.ndarray:
    """Vertices of the left side within five steps of one of them."""
    mesh = read_mesh(Path(__file__).parent, "fsaverage5", SIDE)
    assert mesh is not None
    patch = np.array([300])
    for _ in range(5):
        patch = np.unique(mesh.faces[np.isin(mesh.faces, patch).any(axis=1)])
    return patch


def write_maps(folder: Path, patch: np.ndarray) -> None:
    """Half of the people have a thinner patch; one lacks vertices; the last hundred are no cortex."""
    rng = np.random.default_rng(4)
    for person in range(PEOPLE):
        for side in "LR":
            values = rng.normal(2.5, 0.2, SIDE)
            if side == "L":
                values[patch] -= 0.9 * (person < PEOPLE // 2)
            if side == "R" and person == 3:
                values[:MISSING] = np.nan
            values[-100:] = 0
            array = nibabel.gifti.GiftiDataArray(values.astype(np.float32), datatype="NIFTI_TYPE_FLOAT32")
            name = f"sub-p{person:02d}_hemi-{side}_thickness.shape.gii"
            nibabel.save(nibabel.GiftiImage(darrays=[array]), folder / name)


def cohort() -> Any:
    rng = np.random.default_rng(5)
    return from_frames({
        "people": pd.DataFrame({
            "person_id": [f"p{at:02d}" for at in range(PEOPLE)], "age_years": rng.uniform(20, 50, PEOPLE),
            "sex": rng.choice(["F", "M"], PEOPLE), "site": "A",
            "group": np.where(np.arange(PEOPLE) < PEOPLE // 2, "patient", "control"),
        }),
    })  # fmt: skip


def ran(folder: Path | str, **settings: Any) -> StageResult:
    chosen = {"parts": frozenset({"vertices"}), "surfaces": str(folder), **settings}
    return STAGE.run(cohort(), {}, StudySettings(**chosen))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("surfaces")
    write_maps(place, patch_of_mesh())
    return place


@pytest.fixture(scope="module")
def found(folder: Path) -> StageResult:
    return ran(folder)


def test_a_planted_patch_is_one_cluster_by_every_method_and_nothing_else_is_found(found):
    table, patch = found.tables["vertices"], patch_of_mesh()
    assert list(table.columns) == CLUSTER_COLUMNS
    assert set(table["contrast"]) == {"patient-control"}
    sure = table[table["p_fwer"] < 0.05]
    for method in ("cluster_extent", "tfce"):
        mine = sure[sure["method"] == method]
        assert len(mine) == 1
        row = mine.iloc[0]
        assert row["peak_vertex"] in patch
        assert row["hemisphere"] == "left"
        assert row["n_vertices"] == pytest.approx(len(patch), rel=0.2)
        assert row["extent"] > 100
        assert row["extent_unit"] == "mm²"
        assert row["ci_low"] < row["estimate"] < row["ci_high"] < 0
        assert (row["n_first"], row["n_second"]) == (18, 18)
    assert set(sure["hemisphere"]) == {"left"}


def test_every_vertex_is_in_the_map_with_n_and_what_is_no_cortex_is_not_tested(found):
    table = found.tables["vertices_map"]
    assert len(table) == 2 * SIDE
    right = table[table["hemisphere"] == "right"].set_index("vertex")
    assert (right.loc[: MISSING - 1, "n"] == PEOPLE - 1).all()
    assert right.loc[MISSING, "n"] == PEOPLE
    assert right.loc[SIDE - 1, "untestable"] == "too_few"
    assert right.loc[: SIDE - 101, "p_fwer"].notna().all()
    assert (right["p_tfce_fwer"].dropna() >= 1 / 26).all()


def test_vertices_a_person_lacks_are_counted_for_that_person(found):
    table = found.tables["vertices_missing"].set_index("person_id")
    assert table.loc["p03", ["n_missing_left", "n_missing_right"]].tolist() == [0, MISSING]
    others = table.drop(index="p03")
    assert (others[["n_missing_left", "n_missing_right"]] == 0).all(axis=None)
    assert (others["n_vertices_measured"] == 2 * (SIDE - 100)).all()


def test_the_model_says_who_was_compared_and_that_peaks_flatter(found):
    models = found.tables["models"].set_index("contrast")
    row = models.loc["patient-control"]
    assert (row["ran"], row["n_first"], row["n_second"], row["adjusted_for"]) == (
        "yes",
        18,
        18,
        "age, is_male",
    )
    assert "25" in row["note"]
    assert (models.drop(index="patient-control")["ran"] == "no").all()


def test_an_annotation_beside_the_maps_names_the_region_of_the_peak(tmp_path: Path):
    for side in ("lh", "rh"):
        labels = np.where(np.arange(SIDE) < SIDE // 2, 0, 1)
        colours = np.array([[25, 100, 40, 0, 1], [125, 100, 160, 0, 2]])
        write_annot(
            tmp_path / f"{side}.aparc.annot", labels, colours, ["bankssts", "caudalmiddlefrontal"], True
        )
    mesh = read_mesh(tmp_path, "fsaverage5", SIDE)
    assert mesh is not None
    assert (mesh.label[0], mesh.label[-1]) == ("L_bankssts", "R_caudalmiddlefrontal")


def test_a_mesh_beside_the_maps_is_taken_and_one_of_another_size_or_one_side_is_refused(tmp_path: Path):
    def surface(path: Path, vertices: int) -> None:
        points = np.random.default_rng(1).normal(size=(vertices, 3)).astype(np.float32)
        faces = np.array([[0, 1, 2], [1, 2, 3]], dtype=np.int32)
        arrays = [
            nibabel.gifti.GiftiDataArray(points, "NIFTI_INTENT_POINTSET", "NIFTI_TYPE_FLOAT32"),
            nibabel.gifti.GiftiDataArray(faces, "NIFTI_INTENT_TRIANGLE", "NIFTI_TYPE_INT32"),
        ]
        nibabel.save(nibabel.GiftiImage(darrays=arrays), path)

    surface(tmp_path / "lh.white.surf.gii", 2000)
    with pytest.raises(InputProblemsError) as refused:
        read_mesh(tmp_path, "mine", 2000)
    assert [problem.code for problem in refused.value.problems] == ["mesh_one_side"]
    surface(tmp_path / "rh.white.surf.gii", 2000)
    mesh = read_mesh(tmp_path, "mine", 2000)
    assert mesh is not None
    assert mesh.faces.tolist()[2] == [2000, 2001, 2002]
    with pytest.raises(InputProblemsError) as refused:
        read_mesh(tmp_path, "mine", 3000)
    assert refused.value.problems[0].params["usual"] == 3000


def test_without_maps_or_a_known_mesh_the_part_says_what_is_lacking_in_both_languages(tmp_path: Path):
    for lang in ("en", "zh"):
        parts = ran("", lang=lang).tables["parts"].set_index("part")
        assert "surfaces" in parts.loc["vertices", "reason"]
    for side in "LR":
        array = nibabel.gifti.GiftiDataArray(np.ones(32492, np.float32), datatype="NIFTI_TYPE_FLOAT32")
        nibabel.save(nibabel.GiftiImage(darrays=[array]), tmp_path / f"p00_hemi-{side}_thickness.shape.gii")
    assert "fsLR_32k" in ran(tmp_path).tables["parts"].set_index("part").loc["vertices", "reason"]


def test_no_vertex_and_no_person_leaves_in_an_aggregate(found):
    assert not [name for name in withheld_mechanism.tables(found.tables, {}) if name.startswith("vertices")]
