"""Validation says how well a model does, by group and site, or refuses with the reason and no number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from opentrs.errors import InputProblemsError, UsageError
from opentrs.predict.registry.choices import TableChoices
from opentrs.predict.registry.judged import Asked, thresholds_between
from opentrs.predict.registry.reading import from_tree, parse_model
from opentrs.predict.registry.shipped import shipped
from opentrs.predict.registry.validation import validate
from opentrs.stats.prediction.decision import net_benefit
from opentrs.stats.prediction.performance import performance
from opentrs.stats.prediction.sites import pooled_over_sites
from tests.unit.predict.registry.models import EQUATION, ODDS, RULE, written
from tests.unit.predict.registry.simulated import MODEL, people_of, simulated

CUTS = (0.1, 0.3)


def asked(**choices) -> Asked:
    return Asked(TableChoices(outcome="y", **choices), thresholds=CUTS)


def codes(model, people, request) -> list[str]:
    with pytest.raises(InputProblemsError) as error:
        validate(model, people, request)
    assert all(one.sentence(lang) for one in error.value.problems for lang in ("en", "zh"))
    return [one.code for one in error.value.problems]


def row(table: pd.DataFrame, metric: str, group: str = "all") -> dict:
    (found,) = table[(table["metric"] == metric) & (table["group"] == group)].to_dict("records")
    return found


def risks(people) -> np.ndarray:
    frame = people.predictors
    linear = -2 + 0.5 * (frame["age"] - 30) / 10 + frame["smoker"] + 0.25 * (frame["place"] == "land")
    return 1 / (1 + np.exp(-linear.to_numpy(dtype=float)))


def test_every_figure_is_that_of_the_risks_of_the_equation():
    people = simulated()
    table = validate(MODEL, people, asked()).tables["performance"]
    expected = performance(people.outcome, risks(people), 1)
    assert set(expected) == set(table["metric"])
    for name, one in expected.items():
        found = row(table, name)
        assert (found["n"], found["events"]) == (one.n, one.events)
        assert found["estimate"] == pytest.approx(one.value)
        assert one.low is None or [found["ci_low"], found["ci_high"]] == pytest.approx([one.low, one.high])
        assert found["kind"] == "external"


def test_curves_hold_the_names_everybody_keeps_to():
    tables = validate(MODEL, simulated(), asked()).tables
    assert set(tables["calibration"]["smoother"]) == {"loess", "isotonic"}
    assert list(tables["calibration"].columns[:9]) == [
        "model", "landmark", "outcome", "kind", "group", "smoother", "risk", "observed", "low",
    ]  # fmt: skip
    assert set(tables["decision"]["strategy"]) == {"model", "treat_all", "treat_none"}
    assert sorted(set(tables["decision"]["threshold"])) == [0.1, 0.3]
    size = tables["sample_size"].set_index("criterion")
    assert set(size.index) == {"observed_expected", "calibration_slope", "c_statistic", "net_benefit"}
    assert (size["enough"] == np.where(size["n"] >= size["needed"], "yes", "no")).all()


def test_groups_and_sites_are_shown_and_sites_are_pooled():
    people = simulated(900)
    groups = pd.DataFrame({"site": np.repeat(["A", "B", "C"], 300), "sex": ["F", "M", None] * 300})
    people = replace(people, groups=groups)
    table = validate(MODEL, people, asked(site="site", groups=("sex",))).tables["performance"]
    of_sites = [f"site={name}" for name in "ABC"]
    assert set(table["group"]) == {"all", "sex=F", "sex=M", *of_sites, "pooled over site"}
    assert row(table, "n", "sex=F")["n"] == 300  # people without a value are in no group
    parts = [performance(people.outcome[at : at + 300], risks(people)[at : at + 300]) for at in (0, 300, 600)]
    over = pooled_over_sites("c_statistic", [one["c_statistic"] for one in parts])
    found = row(table, "c_statistic", "pooled over site")
    assert found["estimate"] == pytest.approx(over.pooled.value)
    assert found["prediction_low"] == pytest.approx(over.prediction_low)
    assert found["sites"] == 3


def test_a_group_with_too_few_events_has_a_reason_and_no_figure():
    people = simulated()
    rare = np.zeros(600, dtype=bool)
    rare[np.flatnonzero(people.outcome == 1)[:9]] = True
    rare[np.flatnonzero(people.outcome == 0)[:50]] = True
    people = replace(people, groups=pd.DataFrame({"sex": np.where(rare, "F", "M")}))
    tables = validate(MODEL, people, asked(groups=("sex",))).tables
    assert "sex=F" not in set(tables["performance"]["group"])
    (flag,) = tables["flags"][tables["flags"]["check"] == "group"].to_dict("records")
    assert flag["level"] == "refused"
    assert "9" in flag["why"]


def with_outcome(events: int, others: int):
    people = simulated(events + others)
    return replace(people, outcome=np.array([1.0] * events + [0.0] * others))


def test_one_class_is_refused():
    assert codes(MODEL, with_outcome(50, 0), asked()) == ["model_one_class"]
    assert codes(MODEL, with_outcome(0, 50), asked()) == ["model_one_class"]


@pytest.mark.parametrize(("events", "others"), [(9, 60), (60, 9)])
def test_nine_events_are_too_few(events, others):
    assert codes(MODEL, with_outcome(events, others), asked()) == ["model_few_events"]


def test_ten_events_are_enough():
    assert row(validate(MODEL, with_outcome(10, 60), asked()).tables["performance"], "n")["estimate"] == 70


def test_people_without_outcome_or_answer_do_not_count_towards_events():
    people = with_outcome(12, 60)
    frame = people.predictors.copy()
    frame.loc[:1, "age"] = np.nan
    outcome = people.outcome.copy()
    outcome[2] = np.nan
    assert codes(MODEL, replace(people, predictors=frame, outcome=outcome), asked()) == ["model_few_events"]


def test_a_predictor_without_column_or_without_value_is_refused_and_all_are_named():
    people = simulated()
    frame = people.predictors.drop(columns="place").assign(smoker=np.nan)
    assert codes(MODEL, replace(people, predictors=frame), asked()) == [
        "model_predictor_all_missing", "model_predictor_no_column",
    ]  # fmt: skip


def test_an_unseen_category_is_refused_at_its_line():
    people = simulated()
    frame = people.predictors.copy()
    frame.loc[7, "place"] = "sea"
    with pytest.raises(InputProblemsError) as error:
        validate(MODEL, replace(people, predictors=frame), asked())
    (problem,) = error.value.problems
    assert (problem.code, problem.line, problem.column) == ("model_category_unseen", 9, "place")


def test_a_unit_slip_is_refused_until_it_is_confirmed():
    tree = parse_model(written(EQUATION), "mine.json").tree
    tree = {
        **tree,
        "predictors": [
            {**tree["predictors"][0], "low": 200, "high": 800, "unit": "months"},
            *tree["predictors"][1:],
        ],
    }
    model = from_tree({**tree, "checks": []})
    people = simulated()  # ages in years
    assert codes(model, people, asked()) == ["model_unit_slip_range"]
    with pytest.raises(InputProblemsError) as error:
        validate(model, people, asked(units_confirmed=("age",)))
    assert [one.code for one in error.value.problems] == ["model_one_class"]  # nobody is inside the range


def test_what_must_be_known_to_read_the_figures_is_flagged():
    flags = validate(MODEL, simulated(), asked()).tables["flags"].set_index("check")
    assert flags.loc["duplicates", "level"] == "passed"
    assert flags.loc["range", "level"] == "passed"
    assert flags.loc["outcome", "level"] == "warned"
    assert "y" in flags.loc["outcome", "why"]
    assert flags.loc["risk_of_bias", "level"] == "warned"


def test_the_table_a_model_was_updated_on_is_recognised():
    provenance = {"table_sha256": "abc"}
    model = from_tree({**MODEL.tree, "provenance": provenance})
    request = replace(asked(), table_sha256="abc")
    found = validate(model, simulated(), request)
    assert found.kind == "apparent"
    assert "own_data" in set(found.tables["flags"]["check"])
    assert validate(model, simulated(), replace(request, table_sha256="abd")).kind == "external"


def test_a_model_that_only_ranks_gets_a_c_and_nothing_else():
    people = simulated()
    tables = validate(parse_model(written(ODDS), "mine.json"), people, asked()).tables
    assert set(tables["performance"]["metric"]) == {"n", "events", "c_statistic"}
    own = performance(people.outcome, 1 - people.predictors["age"].to_numpy() / 100)["c_statistic"]
    assert row(tables["performance"], "c_statistic")["estimate"] == pytest.approx(own.value)
    assert tables["calibration"].empty
    assert tables["decision"].empty


def test_a_rule_gets_a_fourfold_table_and_the_c_of_the_measure_behind_it():
    people = simulated()
    tables = validate(parse_model(written(RULE), "mine.json"), people, asked()).tables
    positive = (people.predictors["age"] < 25).to_numpy()
    event = people.outcome == 1
    (found,) = tables["two_by_two"].to_dict("records")
    counts = [int((positive & event).sum()), int((positive & ~event).sum()), int((~positive & event).sum())]
    assert [found["tp"], found["fp"], found["fn"]] == counts
    c = performance(people.outcome, 1 - people.predictors["age"].to_numpy() / 100)["c_statistic"]
    assert row(tables["performance"], "c_statistic")["estimate"] == pytest.approx(c.value)
    assert row(tables["performance"], "sensitivity")["estimate"] == pytest.approx(counts[0] / event.sum())
    gain = net_benefit(people.outcome, positive.astype(float), [0.3])[0].net_benefit
    model = tables["decision"].query("strategy == 'model' and threshold == 0.3")
    assert model["net_benefit"].tolist() == pytest.approx([gain])


def test_a_rule_none_of_whose_readings_the_table_has_is_refused():
    people = simulated()
    frame = people.predictors[["place"]]
    rule = parse_model(written(RULE), "mine.json")
    assert codes(rule, replace(people, predictors=frame), asked()) == ["model_rule_unreadable"]


def test_comparators_are_held_against_the_model_in_people_in_whom_they_can_be_told():
    people = simulated()
    failed = np.where(np.arange(600) < 400, np.arange(600) % 4, np.nan).astype(float)
    people = replace(people, predictors=people.predictors.assign(failed_adequate_trials=failed))
    tables = validate(MODEL, people, asked()).tables
    part = tables["decision"][tables["decision"]["group"] == "trrip_two_trials known"]
    assert set(part["strategy"]) == {"model", "treat_all", "treat_none", "trrip_two_trials"}
    assert set(part["n"]) == {400}
    rule = (failed[:400] >= 2).astype(float)
    expected = net_benefit(people.outcome[:400], risks(people)[:400], CUTS, {"r": rule})[-1]
    last = part[(part["strategy"] == "trrip_two_trials") & (part["threshold"] == 0.3)]
    assert last["net_benefit"].tolist() == pytest.approx([expected.net_benefit])
    why = tables["flags"][tables["flags"]["check"] == "comparator"]
    assert len(why) == 1  # the week-2 rule has no columns


def test_a_model_of_which_too_little_is_public_cannot_be_validated():
    with pytest.raises(UsageError, match="cannot be run"):
        validate(shipped("mozart_2023"), simulated(), asked())


def test_an_outcome_must_be_named():
    with pytest.raises(UsageError, match="--outcome"):
        validate(MODEL, replace(simulated(), outcome=None), asked())


def timed():
    people = simulated(400)
    rng = np.random.default_rng(4)
    time = rng.exponential(1500, 400) + 1
    return replace(people, outcome=None, time=time, cause=rng.choice([0, 1, 2], 400))


def test_a_time_needs_a_horizon_and_no_rule():
    request = Asked(TableChoices(time="t", event="c"))
    with pytest.raises(UsageError, match="--horizon"):
        validate(MODEL, timed(), request)
    with pytest.raises(UsageError, match="yes-or-no"):
        validate(parse_model(written(RULE), "mine.json"), timed(), request)


def test_with_competing_events_the_figures_are_those_of_times():
    request = Asked(TableChoices(time="t", event="c", horizon_days=1000), thresholds=CUTS)
    tables = validate(MODEL, timed(), request).tables
    assert row(tables["performance"], "competing_events")["estimate"] > 0
    assert {"harrell_c", "uno_c", "observed_expected", "brier"} <= set(tables["performance"]["metric"])
    assert set(tables["decision"]["strategy"]) == {"model", "treat_all", "treat_none"}
    assert tables["sample_size"].empty


def test_thresholds_include_both_ends():
    assert thresholds_between(0.1, 0.3, 0.1) == (0.1, 0.2, 0.3)
    assert thresholds_between(0.05, 0.05, 0.1) == (0.05,)


def test_the_improvement_itself_ranks_where_only_totals_are_known():
    rng = np.random.default_rng(5)
    baseline = rng.uniform(70, 120, 400)
    later = baseline - rng.uniform(-10, 40, 400)
    frame = pd.DataFrame({"panss_total_baseline": baseline, "panss_total_week_2": np.clip(later, 30, 210)})
    outcome = (rng.uniform(size=400) < 0.5).astype(float)
    tables = validate(shipped("early_nonimprovement_week_2"), people_of(frame, outcome), asked()).tables
    improved = 100 * (baseline - frame["panss_total_week_2"]) / (baseline - 30)
    c = performance(outcome, (100 - improved) / 1000)["c_statistic"]
    assert row(tables["performance"], "c_statistic")["estimate"] == pytest.approx(c.value)
    (found,) = tables["two_by_two"].to_dict("records")
    assert found["tp"] + found["fp"] == int((improved < 20).sum())
