"""The shipped tables agree with one another and hold the facts other parts rely on."""

from __future__ import annotations

import pytest

from opentrs.errors import UsageError
from opentrs.reference import (
    depression_cutoffs,
    depression_rules,
    dose_equivalents,
    dose_keys,
    drugs,
    factor_models,
    function_scales,
    label_midpoints,
    plasma_limits,
    scale_items,
    scale_models,
    scale_totals,
    scales,
)
from opentrs.reference.load import FACT_FILES, facts, frame

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

    assert calgary.query("used")[["operator", "threshold"]].to_numpy().tolist() == [[">", 6]]
    assert "severe" not in set(calgary["band"])


def test_other_published_cut_offs_are_on_record_and_no_rule_reads_them():
    others = depression_cutoffs().query("~used")

    assert set(zip(others["scale"], others["operator"], others["threshold"], strict=True)) == {
        ("CDSS", ">", 6), ("CDSS", ">", 4), ("CDSS", ">=", 5), ("HAMD-17", ">=", 28),
    }  # fmt: skip
    assert all(rule["used"] for rule in depression_rules())


def test_the_bands_of_depression_and_of_severity_are_the_published_ones():
    bands = depression_cutoffs().query("used")
    written = {
        (row.scale, row.band): f"{row.item} {row.operator} {row.threshold:g}" for row in bands.itertuples()
    }
    assert written == {
        ("CDSS", "depressed"): "total > 6",
        ("HAMD-17", "mild"): "total >= 8", ("HAMD-17", "moderate"): "total >= 17",
        ("HAMD-17", "severe"): "total >= 24",
        ("MADRS", "mild"): "total >= 7", ("MADRS", "moderate"): "total >= 20",
        ("MADRS", "severe"): "total >= 35",
        ("PANSS", "depressed"): "G6 >= 4",
        ("BPRS-18", "depressed"): "depressive_mood >= 4", ("BPRS-24", "depressed"): "depressive_mood >= 4",
    }  # fmt: skip
    steps = {"borderline": 2, "mild": 3, "moderate": 4, "marked": 5, "severe": 6, "extreme": 7}
    totals = {
        scale: dict(zip(rows["band"], rows["at_least"], strict=True))
        for scale, rows in scale_totals().groupby("scale")
    }
    assert totals == {
        "PANSS": {"mild": 58, "moderate": 75, "marked": 95, "severe": 116},
        "BPRS-18": {"mild": 31, "moderate": 41, "marked": 53},
        "CGI": steps, "CGI-SCH": steps,
    }  # fmt: skip


# Written out from the sources' lists, so that a slip in the data file is a failing test.
PUBLISHED = {
    ("kay1987", "positive"): "P1 P2 P3 P4 P5 P6 P7",
    ("kay1987", "negative"): "N1 N2 N3 N4 N5 N6 N7",
    ("kay1987", "general"): "G1 G2 G3 G4 G5 G6 G7 G8 G9 G10 G11 G12 G13 G14 G15 G16",
    ("wallwork2012", "positive"): "P1 P3 P5 G9",
    ("wallwork2012", "negative"): "N1 N2 N3 N4 N6 G7",
    ("wallwork2012", "disorganised"): "P2 N5 G11",
    ("wallwork2012", "excited"): "P4 P7 G8 G14",
    ("wallwork2012", "depressed"): "G2 G3 G6",
    ("marder1997", "positive"): "P1 P3 P5 P6 N7 G1 G9 G12",
    ("marder1997", "negative"): "N1 N2 N3 N4 N6 G7 G16",
    ("marder1997", "disorganised"): "P2 N5 G5 G10 G11 G13 G15",
    ("marder1997", "excited"): "P4 P7 G8 G14",
    ("marder1997", "depressed"): "G2 G3 G4 G6",
    ("consensus2012", "positive"): "P1 P3 P5 P6 G9",
    ("consensus2012", "negative"): "N1 N2 N3 N4 N6 G7 G13 G16",
    ("consensus2012", "disorganised"): "P2 N5 N7 G5 G10 G11 G12 G15",
    ("consensus2012", "excited"): "P4 P7 G8 G14",
    ("consensus2012", "depressed"): "G1 G2 G3 G4 G6",
    ("meta45", "positive"): "P1 P3 P5 P6 G9",
    ("meta45", "negative"): "N1 N2 N3 N4 N6 G7 G16",
    ("meta45", "disorganised"): "P2 N5 N7 G5 G10 G11 G13 G15",
    ("meta45", "excited"): "P4 P7 G8 G14",
    ("meta45", "depressed"): "G1 G2 G3 G4 G6",
    ("panss6", "positive"): "P1 P2 P3",
    ("panss6", "negative"): "N1 N4 N6",
    ("panss6", "total"): "P1 P2 P3 N1 N4 N6",
    ("negative2", "expression"): "N1 N3 N6 G5 G7 G13",
    ("negative2", "experience"): "N2 N4 G16",
    ("pentagonal", "positive"): "P1 P3 P5 P6 G9",
    ("pentagonal", "negative"): "N1 N2 N3 N4 N6 G7",
    ("pentagonal", "disorganised"): "P2 N5 N7 G10 G11",
    ("pentagonal", "excited"): "P4 P7 G8 G14",
    ("pentagonal", "depressed"): "G1 G2 G3 G6",
}


def test_the_factors_of_the_panss_hold_the_published_items_and_no_others():
    rows = factor_models().query("scale == 'PANSS'")
    shipped = rows.groupby(["model", "factor"])["item"].apply(set).to_dict()

    assert shipped == {key: set(items.split()) for key, items in PUBLISHED.items()}
    assert set(rows["weight"]) == {1}
    assert not rows.duplicated(["model", "factor", "item"]).any()


@pytest.mark.parametrize(
    ("model", "n_items"), [("wallwork2012", 20), ("marder1997", 30), ("consensus2012", 30), ("meta45", 29)]
)
def test_no_item_stands_in_two_of_the_five_factors(model: str, n_items: int):
    rows = factor_models().query("model == @model")

    assert rows["item"].is_unique
    assert len(rows) == n_items


def test_a_model_nobody_read_in_the_source_is_not_shipped():
    assert not scale_models()["model"].str.contains("gaag").any()
    assert (factor_models()["weight"] > 0).all()


def test_a_model_known_in_part_is_marked_as_not_used():
    models = scale_models().set_index("model")

    assert models.query("~used").index.tolist() == ["pentagonal"]
    assert set(factor_models()["model"]) == set(models.index)
    assert set(models["statistic"]) == {"sum", "mean"}


def test_factors_name_items_the_scales_have_and_stated_scores_have_a_factor():
    items = scale_items()
    known = set(zip(items["scale"], items["item"], strict=True))
    factors = factor_models()
    stated = items.query("kind == 'subscale'")

    assert set(zip(factors["scale"], factors["item"], strict=True)) <= known
    assert set(zip(stated["scale"], stated["item"], strict=True)) <= set(
        zip(factors["scale"], factors["factor"], strict=True)
    )


def test_the_positive_subscore_of_ds000030_lists_disorientation_as_its_sidecar_does():
    rows = factor_models().query("model == 'ds000030' and factor == 'positive_mean'")

    assert "disorientation" in set(rows["item"])
    assert "conceptual_disorganization" not in set(rows["item"])


@pytest.mark.parametrize(
    ("scale", "total", "low", "high"),
    [
        ("PANSS", "total", 30, 210), ("PANSS", "positive_total", 7, 49), ("PANSS", "general_total", 16, 112),
        ("BPRS-18", "total", 18, 126), ("BPRS-24", "total", 24, 168), ("SAPS", "total", 0, 150),
        ("SANS", "total", 0, 100), ("SAPS", "global_total", 0, 20), ("SANS", "global_total", 0, 25),
        ("CDSS", "total", 0, 27), ("HAMD-17", "total", 0, 52), ("MADRS", "total", 0, 60),
        ("PSYRATS", "hallucinations_total", 0, 44), ("PSYRATS", "delusions_total", 0, 24),
        ("PSYRATS", "total", 0, 68), ("AHRS", "total", 0, 42),
    ],
)  # fmt: skip
def test_the_range_of_a_total_is_the_sum_of_the_ranges_of_its_items(scale, total, low, high):
    items = scale_items().query("scale == @scale")
    row = items.query("item == @total").iloc[0]
    kind = "global" if total == "global_total" else "item"
    members = items[items["kind"] == kind]
    if total not in ("total", "global_total"):
        members = members[members["domain"] == row["domain"]]

    assert (members["low"].sum(), members["high"].sum()) == (low, high)
    assert (row["low"], row["high"]) == (low, high)


LONGEST_NAME = 60
LONGEST_NOTE = 130


@pytest.mark.parametrize("name", [name for name in FACT_FILES if FACT_FILES[name].path.startswith("scales/")])
def test_scale_files_hold_names_and_numbers_and_no_text_of_a_scale(name: str):
    """Anchor texts of scales are their owners'; a name is short, a note is ours and one line."""
    for row in facts(name):
        for column, cell in row.items():
            limit = LONGEST_NOTE if column == "note" else LONGEST_NAME
            assert all(len(part) <= limit for part in str(cell).split(";")), (name, column, cell)
            assert "\n" not in str(cell)
            if column == "name" and row.get("kind") == "item":
                assert not set(str(cell)) & set(".;?!0123456789"), cell


@pytest.mark.parametrize("table", [depression_cutoffs(), scale_totals()])
def test_cut_offs_name_items_the_scales_have(table):
    known = set(zip(scale_items()["scale"], scale_items()["item"], strict=True))

    assert set(zip(table["scale"], table["item"], strict=True)) <= known
