"""Rows become pooled options as decision 0006 says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opentrs.reference.load import facts, frame
from opentrs.treat.advice import options_frame
from opentrs.treat.effects import with_effects
from opentrs.treat.gate import Doubt, decisions, doubts
from opentrs.treat.matching import Match, match, number_needed
from opentrs.treat.pooling import chosen_rows, pool_option, prepared
from opentrs.treat.words import outcome_name


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    return frame("trials")


def option(rows: pd.DataFrame, symptom: str, name: str, **choices: Any) -> Match:
    return next(one for one in match(rows, symptom, **choices) if one.option == name)


def only(rows: pd.DataFrame, *ids: str) -> pd.DataFrame:
    return prepared(rows[rows["row"].isin(ids)]).reset_index(drop=True)


def test_a_difference_of_panss_totals_is_pooled_as_a_standardised_one(shipped):
    focus = with_effects(only(shipped, "T062")).iloc[0]

    assert focus["effect_from"] == "standardised"
    assert focus["kind"] == "smd"
    assert focus["effect"] == pytest.approx(-2.4 / 20)
    assert math.sqrt(focus["variance"]) == pytest.approx(1.2168 / 20)


def test_a_trial_with_late_times_only_gives_the_earliest_of_them(shipped):
    assert list(chosen_rows(only(shipped, "T061", "T062"))["row"]) == ["T062"]


def test_a_time_within_half_a_year_goes_before_any_later_one(shipped):
    rows = only(shipped, "T061", "T062").assign(timepoint_weeks=[26.0, 26.1])
    assert list(chosen_rows(rows)["row"]) == ["T061"]


def test_the_latest_of_two_early_times_is_taken(shipped):
    rows = only(shipped, "T061", "T062").assign(timepoint_weeks=[12.0, 24.0])
    assert list(chosen_rows(rows)["row"]) == ["T062"]


def test_two_doses_of_one_trial_count_as_one_trial_with_their_covariance(shipped):
    rows = only(shipped, "T043", "T044")
    found = pool_option(rows, ())
    each = with_effects(rows)
    y, v = each["effect"].to_numpy(float), each["variance"].to_numpy(float)
    shared = 1 / 19 + y[0] * y[1] / (2 * 59)
    weight = np.linalg.solve(np.array([[v[0], shared], [shared, v[1]]]), np.ones(2))

    assert found.trials == ("Lin CH",)
    assert found.n_people == 59
    assert found.effect == pytest.approx(weight @ y / weight.sum())
    assert float(found.pooled.standard_error) == pytest.approx(math.sqrt(1 / weight.sum()))


def test_two_arms_of_a_trial_without_doses_are_both_kept(shipped):
    ect = option(shipped, "total", "ect")
    assert {"T011", "T012"} <= set(ect.found.rows)
    assert ect.found.trials.count("Sarita") == 1


def test_a_trial_counts_its_total_and_not_a_part_of_it(shipped):
    assert option(shipped, "total", "minocycline").found.rows == ("T053",)


def test_positive_symptoms_that_stand_for_a_total_are_less_direct(shipped):
    steps = {step.reason: step for step in option(shipped, "total", "memantine").certainty.steps}
    assert steps["part_for_whole"].numbers == {"percent": 100.0}
    assert steps["part_for_whole"].levels == 1


@pytest.mark.parametrize("symptom", ["negative", "depression"])
def test_positive_symptoms_alone_say_nothing_of_other_symptoms(shipped, symptom):
    assert all(one.found.rows != ("T057",) for one in match(shipped, symptom))


def test_general_psychopathology_never_stands_for_the_total(shipped):
    assert "ziprasidone" not in {one.option for one in match(shipped, "total")}


def test_a_recorded_decision_wins_over_the_default_also_where_nothing_was_doubted(shipped):
    doubt = Doubt("T003", "large_effect", {})
    assert decisions((doubt,), {"T003": "accept", "T001": "exclude"}) == {"T003": "accept", "T001": "exclude"}

    ect = option(shipped, "total", "ect", recorded={"T001": "exclude"})
    assert "Goswami" not in ect.found.trials
    assert "Goswami" in ect.as_given.trials


def test_the_gate_finds_the_standard_deviation_of_petrides_and_the_p_value_of_doruk(shipped):
    found = {(one.row, one.check) for one in doubts(shipped)}
    assert {("T003", "large_effect"), ("T003", "sd_is_se"), ("T003", "constant_sd")} <= found
    assert ("T047", "p_mismatch") in found


def test_ect_is_pooled_with_and_without_what_was_decided(shipped):
    ect = option(shipped, "total", "ect")

    assert "T003" in ect.found.rows
    assert ect.as_given.effect < ect.found.effect < ect.undoubted.effect
    assert "Petrides" not in ect.undoubted.trials


def p_row(shipped: pd.DataFrame, reported: float) -> pd.DataFrame:
    return shipped[shipped["row"] == "T001"].assign(reported_p=reported)


def test_a_reported_p_is_doubted_where_it_is_stricter_across_the_line_or_much_laxer(shipped):
    """Row T001 gives p = .35."""

    def doubted(reported: float) -> bool:
        return any(one.check == "p_mismatch" for one in doubts(p_row(shipped, reported)))

    assert doubted(0.04)
    assert not doubted(0.06)  # a factor above 3, but on the same side of .05 and laxer than nothing
    assert not doubted(0.5)


def test_ratios_of_bad_outcomes_are_turned_so_that_above_one_is_better(shipped):
    good = only(shipped, "T040")
    bad = good.assign(higher_is_better=False)
    assert pool_option(bad, ()).effect == pytest.approx(-pool_option(good, ()).effect)


def test_one_trial_is_never_ranked_and_has_no_clinical_units(shipped):
    alone = [one for one in match(shipped, "negative") if len(one.found.trials) == 1]
    assert alone
    assert {one.standing for one in alone} == {"too_little"}
    assert all(math.isnan(one.panss_points) and math.isnan(one.nnt) for one in alone)


def made(**changes: Any) -> pd.DataFrame:
    """Six large blinded trials on clozapine that agree."""
    base = dict.fromkeys(frame("trials").columns)
    row = {
        **base, "trs": True, "clozapine_base": True, "target_symptom": "negative", "arm1": "clozapine + x",
        "arm2": "clozapine + placebo", "control": "placebo", "design": "parallel", "shared_control": False,
        "outcome": "PANSS negative", "higher_is_better": False, "timepoint_weeks": 12.0,
        "n1": 150.0, "n2": 150.0,
        "mean1": 18.0, "sd1": 5.0, "mean2": 20.0, "sd2": 5.0, "measure": "SMD", "numbers": "usable",
        "events1": math.nan, "events2": math.nan, "estimate": math.nan, "se": math.nan,
        "reported_p": math.nan,
    }  # fmt: skip
    rows = [
        {**row, "row": f"X{k}", "trial": f"trial {k}", "mean1": 18.0 + k / 50, **changes} for k in range(6)
    ]
    return pd.DataFrame(rows)


def test_six_large_blinded_trials_that_agree_are_ranked_in_clinical_units():
    (found,) = match(made(), "negative")

    assert (found.standing, found.certainty.level) == ("ranked", "high")
    assert found.panss_points == pytest.approx(20 * found.found.effect)
    assert 1 < found.nnt < 10
    assert found.nnt_low < found.nnt < found.nnt_high


def test_trials_of_people_off_clozapine_are_less_direct_for_people_on_it_only():
    rows = made(clozapine_base=False)
    assert match(rows, "negative", True)[0].certainty.level == "moderate"
    assert match(rows, "negative", False)[0].certainty.level == "high"


def test_a_crossover_trial_is_pooled_by_its_stated_correlation_and_counts_its_people_once():
    crossed = made(design="crossover", correlation=0.6, mean1=18.0)
    found = with_effects(crossed)
    g = found["effect"].iloc[0]
    assert g == pytest.approx(-0.4 * (1 - 3 / (4 * 149 - 1)), rel=1e-4)
    assert found["variance"].iloc[0] == pytest.approx(2 * 0.4 * (1 / 150 + g**2 / 300))
    assert pool_option(prepared(crossed), ()).n_people == 6 * 150
    assert (with_effects(made(design="crossover", correlation=math.nan))["effect_from"] == "").all()


def test_a_cluster_randomised_trial_is_as_many_times_less_sure_as_its_design_effect():
    alone = with_effects(made(mean1=18.0))["variance"].iloc[0]
    sized = with_effects(made(mean1=18.0, design="cluster", cluster_size=11.0, icc=0.05))["variance"].iloc[0]
    stated = with_effects(made(mean1=18.0, design="cluster", design_effect=1.5))["variance"].iloc[0]
    assert sized == pytest.approx(1.5 * alone)
    assert stated == pytest.approx(1.5 * alone)
    reported = made(mean1=math.nan, estimate=-0.4, se=0.1, design="cluster", design_effect=1.5)
    assert with_effects(reported)["variance"].iloc[0] == pytest.approx(0.01)
    assert (with_effects(made(design="cluster"))["effect_from"] == "").all()


def test_certainty_of_one_trial_says_that_it_is_never_ranked(shipped):
    lines = options_frame(match(shipped, "negative"), shipped, "en")
    single = lines[(lines["k"] == 1) & (lines["certainty"] != "")]
    assert len(single)
    assert single["certainty_said"].str.endswith("one trial is never ranked").all()
    assert not lines[lines["k"] > 1]["certainty_said"].str.contains("never ranked").any()


def test_every_outcome_of_the_evidence_has_a_chinese_name():
    known = {row["outcome"] for row in facts("trial_outcomes")}
    assert set(frame("trials")["outcome"].dropna()) | set(frame("published_pools")["outcome"]) == known
    assert outcome_name("weight gain", "zh") == "体重增加"
    assert outcome_name("a scale of one's own", "zh") == "a scale of one's own"


def test_number_needed_is_infinite_at_no_effect_and_negative_for_harm():
    assert number_needed(0.0, 0.4, "log_or") == math.inf
    assert number_needed(math.log(2), 0.25, "log_rr") == pytest.approx(4)
    assert number_needed(-math.log(2), 0.4, "log_rr") == pytest.approx(-5)
