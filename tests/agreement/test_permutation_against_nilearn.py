"""t and corrected p of nilearn's permutation test, and its volume enhancement on a grid."""

from __future__ import annotations

import numpy as np
import pytest

from opentrs.stats.permutation import Enhancement, SurfaceGraph, permuted, tfce

PERMUTATIONS = 1000


@pytest.mark.parametrize("two_sided", [True, False])
def test_t_is_nilearns_and_corrected_p_within_monte_carlo_error(two_sided):
    from nilearn.mass_univariate import permuted_ols

    rng = np.random.default_rng(9)
    group, covariates = np.arange(60) % 2, rng.normal(size=(60, 3))
    values = rng.normal(size=(60, 80)) + covariates @ rng.normal(size=(3, 80))
    values[:, :12] += 0.8 * group[:, None]
    peer = permuted_ols(
        group[:, None], values, covariates, n_perm=PERMUTATIONS, two_sided_test=two_sided, random_state=1,
        verbose=0, output_type="dict",
    )  # fmt: skip
    design = np.column_stack([np.ones(60), group, covariates])
    ours = permuted(values, design, (0, 1, 0, 0, 0), PERMUTATIONS, seed=2, sides=2 if two_sided else 1)
    np.testing.assert_allclose(ours.t, peer["t"][0], rtol=0, atol=1e-10)
    theirs = 10.0 ** -peer["logp_max_t"][0]
    # Both are drawn: four standard errors of their difference.
    middle = (ours.p_fwer + theirs) / 2
    reach = 4 * np.sqrt(2 * middle * (1 - middle) / PERMUTATIONS) + 2 / PERMUTATIONS
    assert (np.abs(ours.p_fwer - theirs) <= reach).all()
    assert 0.03 < np.median(theirs[:12]) < 0.9


def test_enhancement_on_a_grid_is_the_limit_of_nilearns_steps():
    """nilearn adds heights in steps without their width; times the width, finer steps approach ours."""
    from nilearn.mass_univariate._utils import calculate_tfce

    rng = np.random.default_rng(3)
    shape = (7, 6, 5)
    t = rng.normal(0, 1.6, shape)
    structure = np.zeros((3, 3, 3), int)
    structure[1, 1, :] = structure[1, :, 1] = structure[:, 1, 1] = 1
    number = np.arange(t.size).reshape(shape)
    edges = np.concatenate(
        [
            np.stack([np.delete(number, -1, axis).ravel(), np.delete(number, 0, axis).ravel()], axis=1)
            for axis in range(3)
        ]
    )
    ours = tfce(t.ravel(), SurfaceGraph.from_edges(edges, t.size), Enhancement(0.5, 2.0))
    gaps = []
    for step in (0.02, 0.006):
        theirs = calculate_tfce(t[..., None], structure, E=0.5, H=2, dh=step)[..., 0].ravel() * step
        gaps.append(np.abs(theirs - ours).max() / np.abs(ours).max())
    assert gaps[1] < 0.004
    assert gaps[1] < gaps[0] / 2.5
