"""The shipped tables agree with one another and hold the facts other parts rely on."""

from __future__ import annotations

import pytest

from opentrs.errors import UsageError
from opentrs.reference import (
    depression_cutoffs,
    dose_equivalents,
    dose_keys,
    drugs,
    function_scales,
    label_midpoints,
    plasma_limits,
    scale_items,
    scale_totals,
    scales,
)
from opentrs.reference.load import frame

ANTIPSYCHOTICS = set(drugs().query("is_antipsychotic")["drug"])


@pytest.mark.parametrize("table", [dose_equivalents(), label_midpoints(), plasma_limits()])
def test_doses_and_levels_are_listed_for_antipsychotics_only(table):
    assert set(table["drug"]) <= ANTIPSYCHOTICS


def test_each_drug_and_each_name_stands_once():
    names = frame("drug_names")

    assert drugs()["drug"].is_unique
    assert drugs()["atc"].dropna().is_unique
    assert names["name"].str.casefold().is_unique
    assert set(names["drug"]) <= set(drugs()["drug"])
    assert not set(names["name"].str.casefold()) & set(drugs()["drug"])


def test_lithium_is_in_the_atc_group_of_antipsychotics_and_is_none():
    lithium = drugs().set_index("drug").loc["lithium"]

    assert lithium["atc"] == "N05AN01"
    assert not lithium["is_antipsychotic"]


def test_every_code_under_n05a_but_lithium_is_an_antipsychotic_and_no_other_code_is():
    coded = drugs().dropna(subset="atc")
    expected = coded["atc"].str.startswith("N05A") & ~coded["atc"].str.startswith("N05AN")

    assert (coded["is_antipsychotic"] == expected).all()


def test_risperidone_and_paliperidone_are_one_metabolite_family_and_no_other_two_are():
    families = drugs().query("is_antipsychotic").groupby("metabolite_family")["drug"].apply(set)

    assert [family for family in families if len(family) > 1] == [{"risperidone", "paliperidone"}]


@pytest.mark.parametrize(
    ("drug", "dose", "implausible"),
    [
        ("olanzapine", 60, True), ("olanzapine", 200, True), ("risperidone", 20, True),
        ("olanzapine", 30, False), ("risperidone", 16, False), ("quetiapine", 1200, False),
        ("quetiapine", 1201, True), ("haloperidol", 40, False), ("clozapine", 900, False),
        ("clozapine", 901, True),
    ],
)  # fmt: skip
def test_implausible_doses_are_those_above_the_limit(drug: str, dose: float, implausible: bool):
    limit = drugs().set_index("drug").loc[drug, "max_plausible_mg_per_day"]

    assert (dose > limit) == implausible


def test_the_plausible_limit_follows_its_stated_rule_and_is_marked_as_ours():
    listed = drugs().dropna(subset="max_plausible_mg_per_day").set_index("drug")
    ddd = dose_equivalents("leucht2016_ddd").query("route == 'oral'").set_index("drug")
    three_ddd = 1.5 * ddd["mg_per_day_equal_to_600_mg_chlorpromazine"]
    for drug, row in listed.iterrows():
        highest = row["label_max_mg_per_day"]
        if drug in three_ddd.index:
            expected = max(three_ddd[drug], highest) if highest == highest else three_ddd[drug]
        else:
            expected = 1.5 * highest
        assert row["max_plausible_mg_per_day"] == pytest.approx(expected), drug
    assert set(listed["max_plausible_checked"]) == {"unverified"}


def test_the_five_published_keys_are_shipped_and_no_who_list():
    assert dose_keys() == ("davis1974", "woods2003", "gardner2010", "leucht2016_ddd", "leucht2020_ed95")


def test_an_unknown_key_is_answered_with_the_keys_there_are():
    with pytest.raises(UsageError, match=r"no dose key who_ddd\. Use one of: davis1974, woods2003"):
        dose_equivalents("who_ddd")


@pytest.mark.parametrize("key", dose_keys())
def test_one_row_is_used_for_each_drug_route_and_formulation(key: str):
    used = dose_equivalents(key).query("used")

    assert not used.duplicated(["drug", "route", "formulation"]).any()


def test_levomepromazine_is_listed_twice_by_gardner_and_used_once():
    rows = dose_equivalents("gardner2010").query("drug == 'levomepromazine'").set_index("drug_as_in_source")

    assert rows["mg_per_day_equal_to_600_mg_chlorpromazine"].to_dict() == {
        "levomepromazine": 400, "methotrimeprazine": 300,
    }  # fmt: skip
    assert rows["used"].to_dict() == {"levomepromazine": True, "methotrimeprazine": False}


def test_the_leucht_2016_factors_are_ratios_of_defined_doses_to_within_their_printed_rounding():
    rows = dose_equivalents("leucht2016_ddd")
    printed = rows["published_mg_equal_to_100_mg_chlorpromazine"]
    exact = rows["mg_per_day_equal_to_600_mg_chlorpromazine"] / 6

    assert ((exact - printed).abs() <= 0.005 + 1e-9).all()


def test_gardner_gives_short_acting_injections_no_oral_link():
    injected = dose_equivalents("gardner2010").query("route == 'sai'")

    assert len(injected) == 14
    assert injected["mg_per_day_equal_to_600_mg_chlorpromazine"].isna().all()
    assert injected["note"].str.contains("no link to an oral dose").all()


def test_clozapine_has_a_lower_plasma_limit_of_350():
    assert plasma_limits().set_index("drug").loc["clozapine", "lower_limit_ng_per_ml"] == 350


def test_a_total_runs_from_the_sum_of_the_lowest_to_the_sum_of_the_highest_item_scores():
    items = scale_items().query("kind == 'item'")
    sums = items.groupby("scale")[["low", "high"]].sum()
    counts = items.groupby("scale").size()
    for row in scales().query("n_items > 1").itertuples():
        assert counts[row.scale] == row.n_items
        assert (sums.loc[row.scale, "low"], sums.loc[row.scale, "high"]) == (row.total_low, row.total_high)
        total = scale_items().query("scale == @row.scale and item == 'total'").iloc[0]
        assert (total["low"], total["high"]) == (row.total_low, row.total_high)


def test_the_domains_of_panss_and_bprs_are_those_of_the_consensus_reading():
    items = scale_items().query("kind == 'item'")

    def of(scale: str, domain: str) -> set[str]:
        return set(items.query("scale == @scale and domain == @domain")["item"])

    assert of("PANSS", "positive") == {f"P{number}" for number in range(1, 8)}
    assert of("PANSS", "negative") == {f"N{number}" for number in range(1, 8)}
    for form in ("BPRS-18", "BPRS-24"):
        assert of(form, "positive") == {
            "suspiciousness", "hallucinatory_behaviour", "unusual_thought_content", "grandiosity",
        }  # fmt: skip
        assert of(form, "negative") == {"blunted_affect", "emotional_withdrawal", "motor_retardation"}
    assert set(items.query("scale == 'SAPS'")["domain"]) == {"positive"}
    assert set(items.query("scale == 'SANS'")["domain"]) == {"negative"}


@pytest.mark.parametrize(
    ("scale", "moderate", "severe"),
    [("PANSS", 4, 6), ("BPRS-18", 4, 6), ("BPRS-24", 4, 6), ("SAPS", 3, 5), ("SANS", 3, 5)],
)
def test_moderate_and_severe_are_the_same_on_every_item_of_a_scale(scale: str, moderate: int, severe: int):
    items = scale_items().query("scale == @scale and kind in ('item', 'global')")

    assert set(items["moderate_at_least"]) == {moderate}
    assert set(items["severe_at_least"]) == {severe}


def test_functioning_is_impaired_below_60_on_sofas_and_gaf_and_up_to_60_on_psp():
    rules = function_scales().set_index("scale")

    assert rules["operator"].to_dict() == {"SOFAS": "<", "GAF": "<", "PSP": "<="}
    assert set(rules["threshold"]) == {60}
    assert set(rules["zero_means"]) == {"not_assessed"}


def test_the_calgary_scale_has_a_cut_off_and_no_severe_band():
    calgary = depression_cutoffs().query("scale == 'CDSS'")

    assert calgary[["operator", "threshold"]].to_numpy().tolist() == [[">", 6]]
    assert "severe" not in set(calgary["band"])


@pytest.mark.parametrize("table", [depression_cutoffs(), scale_totals()])
def test_cut_offs_name_items_the_scales_have(table):
    known = set(zip(scale_items()["scale"], scale_items()["item"], strict=True))

    assert set(zip(table["scale"], table["item"], strict=True)) <= known
