"""What `validation/combat_calibration` and `normative_calibration` found, held to its bounds."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture(scope="module")
def tables(repository: Path) -> Path:
    return repository / "validation" / "tables"


@pytest.fixture(scope="module")
def comparisons(tables: Path) -> pd.DataFrame:
    table = pd.read_csv(tables / "combat_calibration" / "comparisons.csv")
    return table.set_index(["design", "true_effect", "way"])


def test_in_balanced_designs_false_findings_are_as_many_as_meant_and_effects_stay(comparisons):
    for way in ("group named", "group named, site in the test", "group not named"):
        assert 3.5 <= comparisons.loc[("balanced", 0.0, way), "significant_percent"] <= 6.5
        assert comparisons.loc[("balanced", 0.5, way), "mean_effect"] == pytest.approx(0.5, abs=0.02)
    # And more is found than without harmonisation.
    power = comparisons.loc[("balanced", 0.5)]["significant_percent"]
    assert power["group named"] > power["not harmonised"] + 5


@pytest.mark.parametrize("design", ["balanced", "unbalanced", "very unbalanced"])
def test_inflation_and_loss_are_those_expected_from_the_design(comparisons, design):
    null = comparisons.loc[(design, 0.0, "group named")]
    assert null["significant_percent"] == pytest.approx(null["expected_false_percent"], abs=1)
    effects = comparisons.loc[(design, 0.5)]["mean_effect"]
    assert effects["group named"] == pytest.approx(0.5, abs=0.02)
    assert effects["group not named"] == pytest.approx(0.5 * null["expected_kept"], abs=0.02)


@pytest.mark.parametrize("design", ["unbalanced", "very unbalanced"])
def test_sites_in_the_test_mend_the_inflation(comparisons, design):
    assert (
        3.5 <= comparisons.loc[(design, 0.0, "group named, site in the test"), "significant_percent"] <= 6.5
    )
    assert comparisons.loc[(design, 0.0, "group named"), "significant_percent"] > 6


def test_sites_of_healthy_people_explain_next_to_nothing_afterwards_and_age_and_sex_more(tables):
    table = pd.read_csv(tables / "combat_calibration" / "healthy_sites.csv").set_index("way")
    site, kept = table["site_percent_median"], table["age_sex_r2_percent_median"]
    assert site["as measured"] > 20 > 1 > site["ComBat"]
    assert site["ComBat, age smooth"] < 1
    # Learnt on half of the people: what is left in the others is about what 22 means of few people leave.
    assert site["ComBat learnt on odd rows, even rows"] < 0.35 * site["as measured, even rows"]
    assert (kept[["ComBat", "ComBat, age smooth"]] > 2 * kept["as measured"]).all()


@pytest.fixture(scope="module")
def centiles(tables: Path) -> pd.DataFrame:
    return pd.read_csv(tables / "normative_calibration" / "centiles.csv").set_index("case")


@pytest.mark.parametrize(
    "case",
    ["other half of known sites", "new site, 10 controls", "new site, 25 controls", "new site, 50 controls"],
)
def test_centiles_of_healthy_people_are_calibrated(centiles, case):
    found = centiles.loc[case]
    assert found["z_mean"] == pytest.approx(0, abs=0.05)
    assert found["z_sd"] == pytest.approx(1, abs=0.06)
    for percent, within in ((2.5, 0.75), (5, 1.25), (25, 2), (50, 2), (75, 2), (95, 1.25), (97.5, 1.25)):
        assert found[f"below_{percent:g}"] == pytest.approx(percent, abs=within)


def test_a_site_of_five_or_no_controls_is_nearly_honest(centiles):
    for case in ("new site, 5 controls", "new site, no controls"):
        found = centiles.loc[case]
        assert found["z_sd"] < 1.1
        assert found["below_97.5"] - found["below_2.5"] > 92
