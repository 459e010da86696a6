"""What a comparison after harmonisation is worth follows from who was seen where."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from opentrs.stats.harmonise import inflation
from opentrs.stats.refusal import CannotFitError


def seen(*shares: float) -> tuple[np.ndarray, np.ndarray]:
    site = np.repeat(np.arange(len(shares)), 20)
    group = np.concatenate([np.arange(20) < round(20 * share) for share in shares]).astype(int)
    return site, group


def test_balanced_sites_are_honest():
    found = inflation(*seen(0.5, 0.5, 0.5))
    assert (found.variance_ratio, found.effect_kept) == pytest.approx((1, 1))
    assert found.false_positives == pytest.approx(0.05)
    assert (found.n_people, found.n_one_group) == (60, 0)


def test_two_sites_of_one_to_four_and_four_to_one_follow_from_counts():
    # Within sites 2 x 20 x .2 x .8 = 6.4 of 40 x .5 x .5 = 10 are left.
    found = inflation(*seen(0.2, 0.8))
    assert found.variance_ratio == pytest.approx(10 / 6.4)
    assert found.effect_kept == pytest.approx(0.64)
    assert found.false_positives == pytest.approx(2 * stats.norm.sf(1.959964 * 0.8), rel=1e-6)
    assert inflation(*seen(0.2, 0.8), level=0.01).false_positives < found.false_positives


def test_sites_of_one_group_are_counted_and_refused_where_there_are_no_others():
    found = inflation(*seen(0.5, 1.0, 0.0))
    assert found.n_one_group == 40
    with pytest.raises(CannotFitError) as refused:
        inflation(*seen(1.0, 0.0))
    assert refused.value.code == "site_confounded"


def test_a_covariate_takes_its_share():
    site, group = seen(0.3, 0.7)
    age = 30 + 10 * group + np.random.default_rng(1).normal(size=group.size)
    assert inflation(site, group, age[:, None]).variance_ratio < inflation(site, group).variance_ratio
