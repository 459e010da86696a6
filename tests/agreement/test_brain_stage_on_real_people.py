"""The mechanism stage on public scans: the published index and map come out of the command's own stages."""

from __future__ import annotations

from pathlib import Path

import pytest

from opentrs import sources
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.mechanism import STAGE, engine

pytestmark = pytest.mark.real_data


@pytest.fixture(autouse=True, scope="module")
def few_permutations():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "PERMUTATIONS", 199)
        yield


@pytest.fixture(scope="module")
def czech(repository: Path, real_data_dir: Path) -> StageResult:
    example = repository / "examples" / "czech_fep" / "cohort.toml"
    cohort = sources.read(real_data_dir / "czech_fep_freesurfer", config=example)
    return STAGE.run(cohort, {}, StudySettings(parts=frozenset({"cortex", "subcortex"})))


def test_early_psychosis_resembles_the_published_volumes_as_the_reference_says(czech):
    table = czech.tables["vulnerability"]
    mine = table[(table["part"] == "subcortex") & (table["contrast"] == "patient-control")]
    row = mine.set_index("standard").loc["all_controls"]
    assert row["mean_first"] == pytest.approx(0.112729, abs=1e-6)
    assert row["mean_second"] == pytest.approx(-0.012365, abs=1e-6)
    assert row["standardised_effect"] == pytest.approx(0.310198, abs=1e-6)
    assert row["standardised_low"] < 0.01 < row["standardised_high"]
    assert (row["n_first"], row["n_second"], row["n_regions"]) == (98, 67, 16)


def test_the_cortical_index_of_a_destrieux_table_is_refused_and_not_guessed(czech):
    table = czech.tables["vulnerability"]
    mine = table[table["part"] == "cortex"]
    assert mine["estimate"].isna().all()
    assert mine["reason"].str.contains("destrieux").all()


def test_the_faulty_rows_of_the_published_volumes_are_marked(czech):
    table = czech.tables["illness_map"]
    faulty = table[table["p_is_faulty"] == "yes"]
    assert {*faulty["region"]} == {"L_pallidum", "L_putamen", "L_thalamus", "L_lateral_ventricle"}
