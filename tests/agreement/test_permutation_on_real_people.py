"""Early psychosis against controls (Destrieux thickness): the t and p nilearn gave, pinned here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from opentrs.stats.permutation import fit, group_effect, permuted

pytestmark = pytest.mark.real_data

# nilearn 0.14.1, permuted_ols, 5,000 permutations, seed 0: t and corrected p.
PEER = {
    "lh_S_circular_insula_sup_thickness": (-4.669366, 0.0010),
    "lh_G_front_inf-Opercular_thickness": (-4.301398, 0.004999),
    "rh_G_front_inf-Opercular_thickness": (-3.848779, 0.017796),
    "lh_G_front_inf-Orbital_thickness": (-3.828614, 0.018796),
    "rh_G_front_inf-Triangul_thickness": (-3.665637, 0.035593),
    "rh_S_cingul-Marginalis_thickness": (-3.665447, 0.035593),
    "lh_S_front_inf_thickness": (-3.602511, 0.04819),
    "lh_S_precentral-inf-part_thickness": (-3.556957, 0.054589),
}
SUM_OF_T, SIGNIFICANT, PERMUTATIONS = -208.549425, 7, 5000
CONTRAST = (0, 1, 0, 0, 0)


@pytest.fixture(scope="module")
def czech(real_data_dir: Path) -> tuple[pd.DataFrame, np.ndarray]:
    folder = real_data_dir / "czech_fep_freesurfer"
    patients, controls = (pd.read_csv(folder / f"{who}_v1.csv") for who in ("patients", "controls"))
    people = pd.concat([patients, controls])
    group = np.repeat([1.0, 0.0], [len(patients), len(controls)])
    head = people["EstimatedTotalIntraCranialVol"] / 1e6
    design = np.column_stack([np.ones(len(people)), group, people["age"], people["sex"], head])
    return people.filter(regex="_thickness$"), design


def test_t_and_corrected_p_are_the_pinned_ones(czech):
    thickness, design = czech
    found = permuted(thickness, design, CONTRAST, PERMUTATIONS, seed=0, feature_names=[*thickness])
    at = [thickness.columns.get_loc(name) for name in PEER]
    t, p = np.array([*PEER.values()]).T
    np.testing.assert_allclose(found.t[at], t, atol=1e-6)
    reach = 4 * np.sqrt(2 * p * (1 - p) / PERMUTATIONS) + 2 / PERMUTATIONS
    assert (np.abs(found.p_fwer[at] - p) <= reach).all()
    assert found.t.sum() == pytest.approx(SUM_OF_T, abs=1e-4)
    assert abs(int((found.p_fwer < 0.05).sum()) - SIGNIFICANT) <= 1
    assert np.nanargmin(found.t) == at[0]


def test_t_equals_nilearns_to_the_tenth_digit(czech):
    from nilearn.mass_univariate import permuted_ols

    thickness, design = czech
    peer = permuted_ols(
        design[:, [1]], thickness.to_numpy(), design[:, 2:], n_perm=0, verbose=0, output_type="dict"
    )
    np.testing.assert_allclose(fit(thickness, design, CONTRAST).t, peer["t"][0], rtol=0, atol=1e-10)


def test_the_insula_is_three_quarters_of_a_standard_deviation_thinner(czech):
    thickness, design = czech
    found = fit(thickness, design, CONTRAST)
    effect = group_effect(found.t, found.df, 98, 67)
    insula, opercular = (thickness.columns.get_loc(name) for name in [*PEER][:2])
    assert effect.d[[insula, opercular]] == pytest.approx([-0.74, -0.68], abs=0.005)
    assert effect.high[insula] < -0.4
    # The adjusted difference over the residual spread is larger: the groups differ in age and sex.
    assert found.standardised().d[insula] < effect.d[insula]
