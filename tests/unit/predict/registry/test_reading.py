"""A model document is refused with every problem at its line and pointer, or read; nothing of it is run."""

from __future__ import annotations

import json
import pickle

import pytest

from opentrs.errors import InputProblemsError
from opentrs.predict.registry.positions import positions
from opentrs.predict.registry.reading import parse_model, read_model
from tests.unit.predict.registry.models import EQUATION, ODDS, RULE, SCORE, changed, written


def problems(content: str) -> list[tuple[str, str | None]]:
    with pytest.raises(InputProblemsError) as refused:
        parse_model(content, "mine.json")
    for lang in ("en", "zh"):
        assert all(one.sentence(lang) for one in refused.value.problems)
    return [(one.code, one.column) for one in refused.value.problems]


@pytest.mark.parametrize(
    ("document", "answers"), [(EQUATION, "risk"), (SCORE, "rank"), (RULE, "yes_no"), (ODDS, "rank")]
)
def test_a_sound_document_of_each_class_is_read(document, answers):
    assert parse_model(written(document), "mine.json").answers == answers


BAND = {"kind": "band", "predictor": "age", "coefficient": 1}
RATIO = {"kind": "linear", "predictor": "age", "odds_ratio": 2}
PRODUCT = {"kind": "interaction", "coefficient": 1}
SPLINE = {"kind": "spline", "predictor": "age", "knots": [1, 2, 3], "coefficients": [1]}
CASES = [
    ("/colour", "blue", "model_key_unknown", "/colour"),
    ("/intercepts", 1.0, "model_key_unknown_near", "/intercepts"),
    ("/formula", "0.5*age", "model_expression_key", "/formula"),
    ("/intercept", "log(2)", "model_expression", "/intercept"),
    ("/terms/0/coefficient", "0.5*age", "model_expression", "/terms/0/coefficient"),
    ("/terms/0/expression", "age**2", "model_expression_key", "/terms/0/expression"),
    ("/class", "neural", "model_choice", "/class"),
    ("/format", 2, "model_format", "/format"),
    ("/intercept", True, "model_wrong_kind", "/intercept"),
    ("/predictors", {}, "model_wrong_kind", "/predictors"),
    ("/outcome", [], "model_wrong_kind", "/outcome"),
    ("/name", {"en": "only"}, "model_wrong_kind", "/name"),
    ("/predictors/0/unit", "fortnights", "model_unit_unknown", "/predictors/0/unit"),
    ("/predictors/0/unit", "none", "model_number_without_unit", "/predictors/0/unit"),
    ("/predictors/0/low", 60, "model_range_reversed", "/predictors/0/low"),
    ("/predictors/0/sd", 0, "model_not_positive", "/predictors/0/sd"),
    ("/predictors/1/share", 1.01, "model_share", "/predictors/1/share"),
    ("/predictors/1/name", "age", "model_predictor_twice", "/predictors/0/name"),
    ("/predictors/2/levels", ["town"], "model_levels", "/predictors/2/levels"),
    ("/terms/0/predictor", "weight", "model_predictor_unknown", "/terms/0/predictor"),
    ("/terms/0/sd", 0, "model_not_positive", "/terms/0/sd"),
    ("/terms/0/odds_ratio", 2.0, "model_one_coefficient", "/terms/0"),
    ("/terms/2/level", "sea", "model_level_unknown", "/terms/2/level"),
    ("/terms/0/level", "town", "model_level_unknown", "/terms/0/level"),
    ("/terms/0", {"kind": "linear", "coefficient": 1}, "model_key_missing", "/terms/0"),
    ("/terms/0", RATIO, "model_class_forbids", "/terms/0/odds_ratio"),
    ("/terms/0", {**PRODUCT, "factors": [{"predictor": "age"}]}, "model_factors", "/terms/0"),
    ("/terms/0", {**SPLINE, "knots": [1, 2]}, "model_knots", "/terms/0"),
    ("/terms/0", {**SPLINE, "knots": [1, 2, 2]}, "model_knots", "/terms/0"),
    ("/terms/0", {**SPLINE, "coefficients": [1, 2]}, "model_spline_coefficients", "/terms/0"),
    ("/terms/0/cap_low", 3, None, None),
    ("/terms/0/above", 3, "model_band", "/terms/0"),
    ("/terms/0", BAND, "model_band", "/terms/0"),
    ("/terms/0", {**BAND, "above": 20, "at_most": 20}, "model_band", "/terms/0"),
    ("/terms/0", {**BAND, "above": 20, "at_least": 20}, "model_band", "/terms/0"),
    ("/terms/0", {**BAND, "predictor": "smoker", "above": 0}, "model_band", "/terms/0"),
    ("/rule", RULE["rule"], "model_class_forbids", "/rule"),
    ("/terms", [], "model_class_needs", "/class"),
    ("/checks", [], "model_check_missing", None),
    ("/checks/0/risk", 0.3776, "model_check_fails", "/checks/0"),
    ("/checks/0/inputs/height", 2, "model_predictor_unknown", "/checks/0/inputs/height"),
    ("/checks/0/inputs/place", "sea", "model_input", "/checks/0/inputs/place"),
    ("/checks/0/inputs/smoker", 1, "model_input", "/checks/0/inputs/smoker"),
    ("/risk_of_bias/rating", "high", "model_key_missing", "/risk_of_bias"),
    ("/covariance", {"of": ["intercept"], "matrix": [[1.0]]}, "model_covariance", "/covariance"),
]  # fmt: skip


@pytest.mark.parametrize(("pointer", "value", "code", "place"), CASES)
def test_what_is_wrong_with_an_equation_is_named_at_its_place(pointer, value, code, place):
    content = written(changed(EQUATION, pointer, value))
    if code is None:
        assert parse_model(content, "mine.json")
    else:
        assert (code, place) in problems(content)


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        (EQUATION, "/link", "model_class_needs"),
        (EQUATION, "/intercept", "model_class_needs"),
        (EQUATION, "/outcome", "model_key_missing"),
        (EQUATION, "/checks/0/risk", "model_key_missing"),
        (ODDS, "/needed_to_run", "model_class_needs"),
        (RULE, "/rule", "model_class_needs"),
        (RULE, "/checks/0/positive", "model_key_missing"),
        (SCORE, "/terms", "model_class_needs"),
        (SCORE, "/checks/0/score", "model_key_missing"),
    ],
)
def test_what_a_class_needs_may_not_be_left_out(document, pointer, code):
    assert code in [found for found, _ in problems(written(changed(document, pointer, drop=True)))]


@pytest.mark.parametrize("document", [SCORE, ODDS, RULE])
def test_only_an_equation_has_an_intercept(document):
    assert ("model_class_forbids", "/intercept") in problems(written(changed(document, "/intercept", 1.0)))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_baseline_survival_of_nobody_or_everybody_is_refused(share):
    document = {**EQUATION, "link": "survival", "baseline_survival": share}
    found = problems(written(document))
    assert ("model_share", "/baseline_survival") in found
    assert ("model_class_needs", "/link") in found  # and no horizon is given


@pytest.mark.parametrize(
    "condition",
    [
        {"predictor": "age"},
        {"predictor": "age", "is": "yes"},
        {"predictor": "smoker", "operator": "<", "threshold": 1},
        {"predictor": "age", "operator": "<", "threshold": 1, "is": "yes"},
        {"operator": "<", "threshold": 1},
        {"improvement_percent": {"baseline": "age", "later": "age", "scale_minimum": 30}, "is": "yes"},
    ],
)
def test_a_condition_asks_one_thing_in_one_way(condition):
    found = problems(written(changed(RULE, "/rule/readings/0/conditions/0", condition)))
    assert ("model_condition", "/rule/readings/0/conditions/0") in found


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused_with_its_line(number):
    content = written(EQUATION).replace("-2.0", number)
    with pytest.raises(InputProblemsError) as refused:
        parse_model(content, "mine.json")
    places = [(one.code, one.line) for one in refused.value.problems]
    assert ("model_not_finite", 1 + content.split(number)[0].count("\n")) in places


def test_every_problem_is_said_at_once_in_the_order_of_the_lines():
    tree = changed(changed(EQUATION, "/colour", 1), "/intercept", "x")
    with pytest.raises(InputProblemsError) as refused:
        parse_model(written(tree), "mine.json")
    lines = [one.line for one in refused.value.problems]
    assert len(lines) == 2
    assert lines == sorted(lines)
    content = written(tree).splitlines()
    assert '"intercept"' in content[lines[0] - 1]
    assert refused.value.problems[0].place == f"mine.json:{lines[0]}:/intercept"


def test_an_unknown_key_does_not_hide_what_else_is_wrong():
    tree = changed(changed(EQUATION, "/colour", 1), "/predictors/0/unit", "fortnights")
    found = problems(written(tree))
    assert found == [("model_unit_unknown", "/predictors/0/unit"), ("model_key_unknown", "/colour")]


def test_a_key_that_is_there_twice_is_refused():
    content = written(EQUATION).replace('"link": "logit"', '"link": "logit",\n "link": "logit"')
    assert problems(content) == [("model_key_twice", "/link")]


def test_text_that_is_no_json_is_refused_with_its_line(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text('{\n "format": 1,\n}', encoding="utf-8")
    with pytest.raises(InputProblemsError) as refused:
        read_model(path)
    assert [(one.code, one.line) for one in refused.value.problems] == [("model_not_json", 3)]


class Bomb:
    """Unpickling it would raise."""

    def __reduce__(self):
        return (exec, ("raise RuntimeError('a pickle was opened')",))


@pytest.mark.parametrize("name", ["model.json", "model.pkl", "model.joblib"])
def test_a_pickle_is_refused_unopened_whatever_it_is_called(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(InputProblemsError) as refused:
        read_model(path)
    assert [one.code for one in refused.value.problems] == ["model_pickle"]


def test_a_pickle_of_the_oldest_protocol_is_no_json_either(tmp_path):
    path = tmp_path / "model.json"
    path.write_bytes(pickle.dumps(Bomb(), protocol=0))
    with pytest.raises(InputProblemsError):
        read_model(path)


def test_positions_follow_nested_values_strings_with_brackets_and_escapes():
    content = '{\n "a/b": [\n  {"c": "}\\"],:"},\n  2\n ],\n "d": null\n}'
    assert json.loads(content)
    assert positions(content).lines == {
        "": 1, "/a~1b": 2, "/a~1b/0": 3, "/a~1b/0/c": 3, "/a~1b/1": 4, "/d": 6,
    }  # fmt: skip


def test_the_line_of_a_missing_thing_is_that_of_what_should_hold_it():
    assert positions('{\n "a": {\n  "b": 1}}').line("/a/zzz/y") == 2
