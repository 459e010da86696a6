"""Public sets of scans that several agreements look at, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from opentrs import sources
from opentrs.cohort.model import Cohort


@pytest.fixture(scope="session")
def early_psychosis(repository: Path, real_data_dir: Path) -> Cohort:
    """98 patients and 67 controls of one site, two visits each."""
    example = repository / "examples" / "czech_fep" / "cohort.toml"
    return sources.read(real_data_dir / "czech_fep_freesurfer", config=example)


@pytest.fixture(scope="session")
def psychosis_among_healthy(repository: Path, real_data_dir: Path) -> Cohort:
    """The same with healthy people of 28 other sites: three folders as one cohort."""
    example = repository / "examples" / "early_psychosis_and_healthy" / "cohort.toml"
    return sources.read(real_data_dir, config=example)
