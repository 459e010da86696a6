"""Risks from a document: arithmetic by hand, the reasons against, and never a number outside validity."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from opentrs.messages import text
from opentrs.predict.registry.apply import applied, improvement_percent, why_not
from opentrs.predict.registry.reading import from_tree, parse_model
from opentrs.predict.registry.terms import Factor, Term, design, restricted_cubic
from opentrs.stats.compare import Comparison
from tests.unit.predict.registry.models import EQUATION, ODDS, RULE, SCORE, written


def model(tree):
    return parse_model(written(tree), "mine.json")


def people(**columns):
    return pd.DataFrame(columns)


def test_a_risk_is_what_the_equation_gives_by_hand():
    frame = people(age=[30.0, 50.0], smoker=[0.0, 1.0], place=["land", "town"])
    found = applied(model(EQUATION), frame)
    expected = [-2.0 + 0.25, -2.0 + 0.5 * 2 + 1.0]
    assert found.linear_predictor == pytest.approx(expected)
    assert found.risk == pytest.approx(1 / (1 + np.exp(-np.array(expected))))
    assert np.isnan(found.low).all()  # no covariance is public
    assert found.valid.all()


@pytest.mark.parametrize(("age", "inside"), [(17.99, False), (18.0, True), (60.0, True), (60.01, False)])
def test_the_ends_of_a_range_are_inside(age, inside):
    found = applied(model(EQUATION), people(age=[age], smoker=[0.0], place=["town"]))
    assert bool(found.valid[0]) is inside
    assert np.isnan(found.risk[0]) != inside


def test_missing_outside_and_unseen_are_all_named_and_no_number_is_given():
    document = model(EQUATION)
    found = applied(document, people(age=[99.0, 30.0], smoker=[np.nan, np.nan], place=["sea", None]))
    assert np.isnan(found.risk).all()
    assert np.isnan(found.linear_predictor).all()
    assert found.reasons[0] == (("unseen", ("place",)), ("outside", ("age",)), ("missing", ("smoker",)))
    assert found.reasons[1] == (("missing", ("smoker", "place")),)
    said = why_not(document, found.reasons[0], "en")
    assert all(name in said for name in ("place", "age", "smoker"))


def test_a_predictor_without_a_column_is_unknown_for_everybody():
    found = applied(model(EQUATION), people(age=[30.0, 31.0]))
    assert [one[0] for one in found.reasons] == [("missing", ("smoker", "place"))] * 2


def test_a_score_and_ratios_give_no_risk_and_say_so():
    for tree in (SCORE, ODDS):
        document = model(tree)
        found = applied(document, people(age=[20.0]))
        assert np.isnan(found.risk).all()
        assert why_not(document, found.reasons[0], "en") == text("models.no_risk_rank", "en")
    assert applied(model(ODDS), people(age=[20.0])).linear_predictor == pytest.approx([20 * np.log(0.9)])


def test_a_valid_risk_says_yes():
    assert why_not(model(EQUATION), (), "zh") == "yes"


@pytest.mark.parametrize(("age", "positive"), [(24.999, 1.0), (25.0, 0.0)])
def test_a_rule_at_its_threshold(age, positive):
    assert applied(model(RULE), people(age=[age])).positive[0] == positive


def test_a_rule_falls_back_to_its_next_reading_person_by_person():
    found = applied(model(RULE), people(age=[np.nan, 30.0, np.nan], smoker=[1.0, 1.0, np.nan]))
    assert found.positive[:2].tolist() == [1.0, 0.0]
    assert np.isnan(found.positive[2])
    assert found.reasons[2] == (("missing", ("age",)),)


@pytest.mark.parametrize(
    ("join", "first", "second", "expected"),
    [
        ("all", 1.0, 1.0, 1.0), ("all", 1.0, 0.0, 0.0), ("all", 0.0, np.nan, 0.0),
        ("all", 1.0, np.nan, np.nan), ("any", 0.0, 0.0, 0.0), ("any", 1.0, np.nan, 1.0),
        ("any", 0.0, np.nan, np.nan), ("any", 0.0, 1.0, 1.0),
    ],
)  # fmt: skip
def test_conditions_join_with_unknown_as_a_third_answer(join, first, second, expected):
    flags = [{"name": name, "label": name, "kind": "flag", "unit": "none"} for name in ("a", "b")]
    conditions = [{"predictor": name, "is": "yes"} for name in ("a", "b")]
    tree = {
        **RULE,
        "predictors": flags,
        "rule": {"says": "both", "readings": [{"join": join, "conditions": conditions}]},
        "rank_by": [],
        "checks": [],
    }
    found = applied(from_tree(tree), people(a=[first], b=[second])).positive
    assert found.tolist() == pytest.approx([expected], nan_ok=True)


def test_improvement_takes_the_scale_minimum_from_both():
    baseline, later = np.array([100.0, 130.0, 30.0]), np.array([86.0, 30.0, 30.0])
    assert improvement_percent(baseline, later, 30.0) == pytest.approx([20.0, 100.0, np.nan], nan_ok=True)


def test_survival_risk_is_one_minus_the_baseline_to_the_power_of_the_hazard():
    tree = {
        **EQUATION,
        "link": "survival",
        "baseline_survival": 0.8,
        "horizon": {"value": 5, "unit": "years"},
    }
    tree["intercept"] = 0.0
    tree["checks"] = [{"name": "one", "inputs": {"age": 30, "smoker": False, "place": "town"}, "risk": 0.2}]
    document = model(tree)
    frame = people(age=[30.0, 40.0], smoker=[0.0, 1.0], place=["town", "town"])
    assert applied(document, frame).risk == pytest.approx([0.2, 1 - 0.8 ** np.exp(1.5)])
    assert document.horizon_days == 5 * 365.25


def test_an_interval_comes_from_the_covariance_and_widens_with_it():
    of = ["intercept", "age", "smoker", "place=land"]
    matrix = np.diag([0.04, 0.0, 0.01, 0.0]).tolist()
    document = model({**EQUATION, "covariance": {"of": of, "matrix": matrix}})
    found = applied(document, people(age=[30.0, 30.0], smoker=[0.0, 1.0], place=["town", "town"]))
    logit = np.log(found.high / (1 - found.high))
    assert logit == pytest.approx([-2 + 1.959964 * 0.2, -1 + 1.959964 * 0.05**0.5], abs=1e-6)
    assert (found.low < found.risk).all()


def test_a_spline_is_the_restricted_cubic_of_harrell():
    """Values of Hmisc::rcspline.eval(x, knots = c(0, 1, 9)), which is 0 at and below the first knot."""
    x = np.array([0.0, 1.0, 4.0, 9.0, 19.0])
    by_hand = [(max(v, 0) ** 3 - max(v - 1, 0) ** 3 * 9 / 8 + max(v - 9, 0) ** 3 * 1 / 8) / 81 for v in x]
    assert restricted_cubic(x, (0, 1, 9))[:, 0] == pytest.approx(by_hand)
    beyond = restricted_cubic(np.array([10.0, 11.0, 12.0]), (0, 1, 9))[:, 0]
    assert np.diff(beyond)[0] == pytest.approx(np.diff(beyond)[1])  # linear beyond the last knot
    assert restricted_cubic(x, (0, 1, 5, 9)).shape == (5, 2)


def test_caps_interactions_and_levels_make_their_columns():
    frame = people(nodes=[25.0, 3.0], place=["land", None])
    capped = Term("linear", (Factor("nodes", cap_high=19.0),), (1.0,))
    product = Term("interaction", (Factor("nodes", mean=1.0, sd=2.0), Factor("place", level="land")), (1.0,))
    assert design((capped, product), frame).tolist() == [
        [19.0, 12.0],
        pytest.approx([3.0, np.nan], nan_ok=True),
    ]
    assert product.names == ("nodes:place=land",)


ENDS = [(20.0, 0.0), (20.1, 1.0), (50.0, 1.0), (50.1, 0.0), (np.nan, np.nan)]


@pytest.mark.parametrize(("value", "inside"), ENDS)
def test_a_band_at_its_ends(value, inside):
    factor = Factor("size", band=(Comparison(">", 20.0), Comparison("<=", 50.0)))
    assert factor.column(people(size=[value])).tolist() == pytest.approx([inside], nan_ok=True)
    assert factor.name == "size > 20 <= 50"
