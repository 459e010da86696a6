"""Spectra: relative limits select against low values, and tissue corrections follow their formulas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from opentrs.measures.spectroscopy import corrected, settings, with_quality


def rows(values: list[float], bounds: list[float | None], **more: object) -> pd.DataFrame:
    frame = pd.DataFrame({"value": values, "crlb_percent": bounds}).assign(
        region="ACC", metabolite="Glu", unit="mmol/kg", gm_fraction=0.6, wm_fraction=0.3, csf_fraction=0.1
    )
    return frame.assign(**more)


def test_the_limit_itself_passes_and_an_unknown_bound_is_unknown():
    found = with_quality(rows([10, 10, 10], [20, 20.1, None]))

    assert found["passes_relative"].tolist()[:2] == [True, False]
    assert found["passes_relative"].isna().tolist() == [False, False, True]


def test_at_one_noise_the_relative_limit_throws_out_low_values_and_the_absolute_does_not():
    values = np.array([4.0, 8.0, 10.0, 12.0, 16.0])
    found = with_quality(rows(values.tolist(), (100 * 1.5 / values).tolist()))

    assert found["passes_relative"].tolist() == [False, True, True, True, True]
    assert found["passes_absolute"].tolist() == [True] * 5
    assert found["crlb_absolute"].tolist() == pytest.approx([1.5] * 5)


def test_corrections_follow_their_formulas():
    table = rows([9.0], [5])
    water = 0.78 * 0.6 + 0.65 * 0.3 + 0.97 * 0.1

    assert corrected(table, "none").tolist() == [9.0]
    assert corrected(table, "csf")[0] == pytest.approx(10.0)
    assert corrected(table, "water")[0] == pytest.approx(9.0 * water / 0.9)
    # One voxel is its own mean, so alpha gives what dividing by the tissue gives.
    assert corrected(table, "alpha")[0] == pytest.approx(10.0)


def test_alpha_makes_voxels_of_different_tissue_equal():
    alpha = settings()["alpha"]
    table = rows([0, 0], [5, 5], gm_fraction=[0.7, 0.4], wm_fraction=[0.2, 0.5])
    table["value"] = 8.0 * (table["gm_fraction"] + alpha * table["wm_fraction"])

    found = corrected(table, "alpha")

    assert found[0] == pytest.approx(found[1])


@pytest.mark.parametrize(("csf", "known"), [(0.1, True), (0.15, True), (0.16, False), (None, False)])
def test_fractions_that_do_not_add_up_give_no_corrected_value(csf: float | None, known: bool):
    assert np.isfinite(corrected(rows([9.0], [5], csf_fraction=csf), "csf")[0]) == known
