"""Spectra: relative limits select against low values, and tissue corrections follow their formulas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from opentrs.measures.spectroscopy import corrected, passes_shape, reference_of, settings, with_quality


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


def test_a_molal_value_without_times_takes_only_the_fluids_water_out():
    table = rows([9.0], [5])
    water = {"gm": 0.78 * 0.6, "wm": 0.65 * 0.3, "csf": 0.97 * 0.1}
    whole = sum(water.values())

    assert corrected(table, "molal")[0] == pytest.approx(9.0 * whole / (water["gm"] + water["wm"]))


def test_a_molal_value_with_times_follows_the_published_formula():
    # Constants and formula as in the text of Osprey (10.1016/j.jneumeth.2020.108827), worked by hand.
    times = {"te_ms": 30.0, "tr_ms": 2000.0, "water_te_ms": 30.0, "water_tr_ms": 2000.0}
    table = rows([1.0], [5], **times)
    water = {"gm": (0.78 * 0.6, 1331, 110), "wm": (0.65 * 0.3, 832, 79.2), "csf": (0.97 * 0.1, 3817, 503)}
    whole = sum(held for held, _, _ in water.values())
    signal = sum(
        held / whole * (1 - np.exp(-2000 / t1)) * np.exp(-30 / t2) for held, t1, t2 in water.values()
    )
    own = np.mean([(1 - np.exp(-2000 / t1)) * np.exp(-30 / t2) for t1, t2 in ((1270, 128.5), (1170, 124))])

    expected = signal / (1 - water["csf"][0] / whole) / own
    assert corrected(table, "molal")[0] == pytest.approx(expected)


def test_an_unknown_metabolite_takes_the_mean_relaxation():
    times = {"te_ms": 30.0, "tr_ms": 2000.0, "water_te_ms": 30.0, "water_tr_ms": 2000.0}

    known = corrected(rows([1.0], [5], metabolite="mI", **times), "molal")[0]
    unknown = corrected(rows([1.0], [5], metabolite="Q", **times), "molal")[0]

    assert known != pytest.approx(unknown)
    assert np.isfinite(unknown)


@pytest.mark.parametrize(
    ("unit", "said", "reference"),
    [("/Cr+PCr", None, "creatine"), ("/tCr", None, "creatine"), ("i.u.", None, "other"),
     ("i.u.", "water", "water"), ("ratio", None, "creatine"), (None, None, "other")],
)  # fmt: skip
def test_a_unit_tells_the_reference_where_nothing_else_does(unit, said, reference):
    table = rows([1.0], [5], unit=unit, reference=said)

    assert reference_of(table).tolist() == [reference]


@pytest.mark.parametrize(
    ("width", "noise", "passes"), [(12, 10, True), (12.1, 10, False), (12, 9.9, False), (None, 30, False)]
)
def test_the_shape_of_a_spectrum_passes_on_its_limits(width, noise, passes):
    assert passes_shape(rows([1.0], [5], fwhm_hz=width, snr=noise)).tolist() == [passes]
