"""The group engine: the right people and covariates, refusals by name, and effects that are planted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from opentrs.mechanism.engine import LEAST_IN_GROUP, adjusted_by_fdr, compared, designed, partial_correlation
from opentrs.stats.refusal import CannotFitError

N = 60


def people(**columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    usual = {
        "age": rng.normal(40, 10, N), "is_male": rng.integers(0, 2, N).astype(float), "site": "A",
        "family": "", "icv": rng.normal(1.5e6, 1e5, N), "onset_age": rng.normal(24, 5, N),
        "duration": rng.normal(15, 5, N),
    }  # fmt: skip
    return pd.DataFrame(usual | columns)


def halves() -> np.ndarray:
    return np.repeat([1.0, 0.0], N // 2)


def refusal(who: pd.DataFrame, tested: np.ndarray, *covariates: str) -> str:
    with pytest.raises(CannotFitError) as refused:
        designed(who, tested, covariates)
    assert refused.value.sentence("zh") != refused.value.sentence("en")
    return refused.value.code


def test_age_onset_age_and_duration_are_never_in_one_model():
    assert refusal(people(), halves(), "age", "onset_age", "duration") == "age_onset_duration"
    assert designed(people(), halves(), ("age", "duration")).adjusted_for == ("age", "duration")


def test_a_group_needs_its_least_number_of_people():
    few = np.where(np.arange(N) < LEAST_IN_GROUP, 1.0, 0.0)
    assert designed(people(), few, ()).matrix[:, 1].sum() == LEAST_IN_GROUP
    few[0] = np.nan
    assert refusal(people(), few) == "group_too_small"


def test_sites_of_one_group_each_are_refused_as_confounded():
    assert refusal(people(site=["A"] * 30 + ["B"] * 30), halves()) == "site_is_group"
    one_of_both = people(site=["A"] * 29 + ["B"] * 31)
    assert designed(one_of_both, halves(), ()).adjusted_for == ("site",)


def test_intracranial_volume_that_only_says_the_sex_is_refused_by_name():
    who = people()
    who["icv"] = 1.4e6 + 1e5 * who["is_male"]
    design = designed(who, halves(), ("is_male", "icv"))
    with pytest.raises(CannotFitError, match="icv"):
        compared(np.random.default_rng(1).normal(size=(N, 2)), design, seed=1, permutations=9)


@pytest.mark.parametrize(("known", "used"), [(0.8, True), (0.78, False)])
def test_a_covariate_is_used_where_enough_people_have_it_and_named_where_not(known, used):
    who = people()
    who.loc[np.arange(N) >= known * N, "icv"] = np.nan
    design = designed(who, halves(), ("age", "icv"))
    assert ("icv" in design.adjusted_for) is used
    assert design.not_adjusted_for == (() if used else ("icv",))
    assert design.left_out == (N - round(0.8 * N) if used else 0)


def test_a_covariate_that_is_the_same_in_all_is_left_out_and_named():
    assert designed(people(is_male=1.0), halves(), ("is_male",)).not_adjusted_for == ("is_male",)


def test_relatives_move_together_and_people_without_family_alone():
    family = ["f1", "f1", *[""] * (N - 2)]
    blocks = designed(people(family=family), halves(), ()).blocks
    assert blocks is not None
    assert len(set(blocks.units)) == N - 1
    assert designed(people(), halves(), ()).blocks is None


def test_effects_are_those_of_an_independent_linear_model():
    rng = np.random.default_rng(3)
    who = people(site=rng.choice(["A", "B"], N))
    values = rng.normal(size=(N, 3)) - 0.8 * halves()[:, None] + 0.03 * who["age"].to_numpy()[:, None]
    design = designed(who, halves(), ("age", "is_male"))
    found = compared(values, design, seed=1, permutations=99)
    for region in range(3):
        peer = sm.OLS(values[:, region], design.matrix).fit()
        low, high = peer.conf_int()[1]
        row = found.iloc[region]
        expected = [peer.params[1], peer.bse[1], low, high, peer.pvalues[1]]
        assert row[["estimate", "se", "ci_low", "ci_high", "p"]].to_list() == pytest.approx(
            expected, rel=1e-9
        )
        assert row["standardised_effect"] == pytest.approx(peer.params[1] / np.sqrt(peer.scale))


def test_a_constant_region_is_left_out_by_name_and_the_others_are_tested():
    values = np.random.default_rng(4).normal(size=(N, 2))
    values[:, 1] = 2.5
    found = compared(values, designed(people(), halves(), ()), seed=1, permutations=19)
    assert found["untestable"].to_list() == ["", "constant"]
    assert np.isfinite(found.loc[0, "p_fwer"])
    assert np.isnan(found.loc[1, "q"])


def test_a_region_missing_in_some_people_is_tested_in_the_others():
    values = np.random.default_rng(5).normal(size=(N, 2))
    values[:7, 1] = np.nan
    found = compared(values, designed(people(), halves(), ()), seed=1, permutations=19)
    assert found["n"].to_list() == [N, N - 7]


def test_the_family_wise_p_is_never_below_the_plain_one_by_more_than_chance_and_repeats_with_its_seed():
    values = np.random.default_rng(6).normal(size=(N, 20)) - 0.5 * halves()[:, None]
    design = designed(people(), halves(), ("age",))
    first = compared(values, design, seed=1, permutations=499)
    assert first.equals(compared(values, design, seed=1, permutations=499))
    assert (first["p_fwer"] >= first["p"] - 0.03).all()
    assert (first["q"] >= first["p"]).all()


def test_false_discovery_rate_leaves_what_is_not_known_unknown():
    assert adjusted_by_fdr(np.array([0.01, np.nan, 0.04])) == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)


def test_a_partial_correlation_is_that_of_the_residuals():
    rng = np.random.default_rng(7)
    z, x = rng.normal(size=(2, N))
    y = 0.5 * x + z + rng.normal(size=N)
    nuisance = np.column_stack([np.ones(N), z])
    rest = [v - nuisance @ np.linalg.lstsq(nuisance, v, rcond=None)[0] for v in (x, y)]
    fitted = sm.OLS(y, np.column_stack([nuisance, x])).fit()
    r, low, high = partial_correlation(np.array([fitted.tvalues[2]]), np.array([fitted.df_resid]))
    assert r[0] == pytest.approx(np.corrcoef(*rest)[0, 1])
    assert low[0] < r[0] < high[0]
