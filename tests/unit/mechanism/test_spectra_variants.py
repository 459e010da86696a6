"""The questions of glutamate under every choice: quantifications never mix, filters say what they drop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import StudySettings
from opentrs.mechanism import STAGE
from opentrs.mechanism.parts.spectra_variants import main_rows
from tests.support.brains import study

SETTINGS = StudySettings(parts=frozenset({"spectroscopy"}))


def with_spectra(cohort: Cohort, **columns: Any) -> Cohort:
    """The cohort with its spectra changed, and nothing else scanned."""
    people, rows = (cohort.table(name).to_pyarrow().to_pandas() for name in ("people", "spectroscopy"))
    rows = rows.assign(
        **{name: (value(rows) if callable(value) else value) for name, value in columns.items()}
    )
    return from_frames({"people": people, "spectroscopy": rows})


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    cohort, results = study(40, 3)
    times = {"te_ms": 30.0, "tr_ms": 2000.0, "water_te_ms": 30.0, "water_tr_ms": 2000.0}
    noisy = {"fwhm_hz": 8.0, "snr": lambda rows: np.where(rows["value"] > rows["value"].median(), 30.0, 5.0)}
    cohort = with_spectra(cohort, reference="water", **times, **noisy)
    table = STAGE.run(cohort, results, SETTINGS).tables["spectroscopy_variants"]
    return table[(table["test"] == "glutamate") & (table["region"] == "anterior_cingulate")]


def test_every_correction_stands_beside_every_filter(found: pd.DataFrame) -> None:
    assert set(zip(found["correction"], found["filter"], strict=True)) == {
        (how, name) for how in ("none", "csf", "molal") for name in ("all", "relative", "absolute", "shape")
    }


def test_a_relative_filter_drops_low_values_and_an_absolute_one_hardly_does(found: pd.DataFrame) -> None:
    raw = found[found["correction"] == "none"].set_index("filter")

    assert raw.loc["all", "dropped"] == 0
    assert np.isnan(raw.loc["all", "dropped_mean_sd"])
    assert raw.loc["relative", "dropped_mean_sd"] < -0.3
    assert raw.loc["relative", "dropped_mean_sd"] < raw.loc["absolute", "dropped_mean_sd"]
    assert raw.loc["relative", "n"] < raw.loc["all", "n"] == 80


def test_one_voxel_for_all_makes_corrections_agree_on_the_standardised_effect(found: pd.DataFrame) -> None:
    every = found[found["filter"] == "all"]["estimate"]

    assert np.ptp(every) < 1e-9


def test_a_value_its_program_corrected_is_not_corrected_twice() -> None:
    cohort, results = study(12, 3)
    cohort = with_spectra(cohort, reference="water", tissue_correction="csf")

    tables = STAGE.run(cohort, results, SETTINGS).tables

    assert set(tables["spectroscopy_variants"]["correction"]) == {"program_csf"}
    raw = with_spectra(cohort, tissue_correction="none")
    again = STAGE.run(raw, results, SETTINGS).tables
    ratio = again["spectroscopy"]["estimate"] / tables["spectroscopy"]["estimate"]
    assert ratio.dropna().to_numpy() == pytest.approx(1 / 0.9)


def test_without_echo_times_the_molal_row_says_that_relaxation_is_left_out() -> None:
    cohort, results = study(12, 3)
    table = STAGE.run(with_spectra(cohort, reference="water"), results, SETTINGS).tables[
        "spectroscopy_variants"
    ]

    molal = table[(table["correction"] == "molal") & (table["filter"] == "all")]
    assert molal["note"].str.contains("relaxation").all()
    assert not table.loc[table["correction"] == "csf", "note"].str.contains("relaxation").any()


def test_water_and_creatine_are_asked_apart_and_never_averaged() -> None:
    cohort, results = study(12, 3)
    rows = cohort.table("spectroscopy").to_pyarrow().to_pandas()
    ratio = rows.assign(value=rows["value"] / 8, unit="/tCr", reference="creatine")
    both = from_frames({
        "people": cohort.table("people").to_pyarrow().to_pandas(),
        "spectroscopy": pd.concat([rows.assign(reference="water"), ratio], ignore_index=True),
    })  # fmt: skip
    alone = with_spectra(cohort, reference="water")

    mixed, single = (STAGE.run(each, results, SETTINGS).tables for each in (both, alone))

    pd.testing.assert_frame_equal(mixed["spectroscopy"], single["spectroscopy"])
    assert set(mixed["spectroscopy_variants"]["quantification"]) == {"water i.u.", "creatine /tCr"}
    assert set(single["spectroscopy_variants"]["quantification"]) == {"water i.u."}


def test_the_quantification_most_people_have_is_the_main_one_of_each_metabolite() -> None:
    rows = pd.DataFrame({
        "person_id": ["a", "b", "a", "a", "b"], "region": "ACC",
        "metabolite": ["Glu", "Glu", "Glu", "GABA+", "NAA"],
        "unit": ["/tCr", "/tCr", "i.u.", "i.u.", "/tCr"],
        "reference": ["creatine", "creatine", "water", "water", "creatine"], "tissue_correction": "none",
    })  # fmt: skip

    assert main_rows(rows).index.tolist() == [0, 1, 3, 4]
