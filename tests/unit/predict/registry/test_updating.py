"""An update changes as little as the data ask for, and writes a document that says where it is from."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from opentrs.errors import InputProblemsError, StageFailedError, UsageError
from opentrs.predict.registry.apply import applied
from opentrs.predict.registry.choices import TableChoices
from opentrs.predict.registry.judged import Asked
from opentrs.predict.registry.reading import parse_model
from opentrs.predict.registry.shipped import shipped
from opentrs.predict.registry.terms import design
from opentrs.predict.registry.updated_document import as_text
from opentrs.predict.registry.updating import update
from opentrs.stats.prediction.update import update_ladder
from tests.unit.predict.registry.models import EQUATION, ODDS, RULE, SCORE, changed, written
from tests.unit.predict.registry.simulated import MODEL, people_of, predictors, simulated

ASKED = Asked(TableChoices(outcome="y"), table_sha256="t")


def reread(made):
    """The document as a file would give it."""
    return parse_model(as_text(made.document.tree), "updated.json")


def test_a_model_that_is_right_is_left_as_it_is():
    made = update(MODEL, simulated(2000, seed=3), ASKED)
    assert made.step == "none"
    frame = predictors(50, 9)
    assert applied(reread(made), frame).risk == pytest.approx(applied(MODEL, frame).risk)


@pytest.mark.parametrize(
    ("intercept", "slope", "step"), [(-1.0, 1.0, "intercept"), (1.0, 0.4, "intercept_slope")]
)
def test_what_is_off_is_what_is_changed(intercept, slope, step):
    people = simulated(3000, seed=5, intercept=intercept, slope=slope)
    made = update(MODEL, people, ASKED)
    assert made.step == step
    again = reread(made)
    assert again.id == "mine_updated"
    frame = predictors(50, 9)
    before = applied(MODEL, frame).linear_predictor
    after = applied(again, frame).linear_predictor
    line = np.polyfit(before, after, 1)
    assert after == pytest.approx(line[0] * before + line[1])
    assert line == pytest.approx([slope, intercept], abs=0.2)
    taken = made.tables["update"].query("chosen == 'yes'").to_dict("records")[0]
    assert line == pytest.approx([taken["slope"], taken["intercept"]], abs=1e-6)


def test_re_estimated_coefficients_are_those_of_the_ladder():
    people = simulated(1500, seed=6)
    rng = np.random.default_rng(7)
    outcome = (rng.uniform(size=1500) < 1 / (1 + np.exp(2 - 3 * people.predictors["smoker"]))).astype(float)
    people = replace(people, outcome=outcome)
    made = update(MODEL, people, ASKED)
    assert made.step == "reestimate"
    matrix = design(MODEL.terms, people.predictors)
    lp = applied(MODEL, people.predictors).linear_predictor
    step = update_ladder(outcome, lp, matrix).step("reestimate")
    expected = step.linear_predictor(lp, matrix)
    assert applied(reread(made), people.predictors).linear_predictor == pytest.approx(expected)
    table = made.tables["coefficients"].set_index("term")
    assert table.loc["smoker", "before"] == 1.0
    assert table.loc["smoker", "after"] > 2


def test_a_model_can_be_extended_and_the_extension_has_its_unit():
    people = simulated(1500, seed=8)
    extra = np.random.default_rng(9).normal(size=1500)
    outcome = (np.random.default_rng(10).uniform(size=1500) < 1 / (1 + np.exp(1 - 2 * extra))).astype(float)
    people = replace(people, outcome=outcome, predictors=people.predictors.assign(marker=extra))
    made = update(MODEL, people, ASKED, {"marker": "sd"})
    assert made.step == "extend"
    again = reread(made)
    assert again.predictors["marker"].unit == "sd"
    risk = applied(again, people.predictors).risk
    assert np.corrcoef(risk, extra)[0, 1] > 0.8
    missing = people.predictors.assign(marker=np.nan)
    assert np.isnan(applied(again, missing).risk).all()


def test_a_step_can_be_asked_for():
    made = update(MODEL, simulated(800, seed=3), ASKED, step="intercept_slope")
    assert made.step == "intercept_slope"
    with pytest.raises(UsageError, match="no step"):
        update(MODEL, simulated(800, seed=3), ASKED, step="extend")


@pytest.mark.parametrize("tree", [SCORE, ODDS])
def test_a_model_that_ranks_becomes_an_equation_with_a_risk(tree):
    document = parse_model(written(tree), "mine.json")
    frame = predictors(1500, 11)
    sign = 1 if tree is SCORE else -1
    risk = 1 / (1 + np.exp(-(sign * 0.08 * (frame["age"] - 40)).to_numpy()))
    outcome = (np.random.default_rng(12).uniform(size=1500) < risk).astype(float)
    made = update(document, people_of(frame, outcome), ASKED)
    again = reread(made)
    assert made.step in ("intercept_slope", "reestimate")
    assert again.answers == "risk"
    assert applied(again, frame).risk == pytest.approx(risk, abs=0.06)
    assert np.isnan(made.tables["coefficients"].set_index("term")["before"].astype(float)["intercept"])


def test_the_new_document_says_where_it_is_from_and_brings_check_cases_that_are_nobody():
    people = simulated(800, seed=3)
    made = update(MODEL, people, ASKED)
    provenance = made.document.tree["provenance"]
    assert provenance["updated_from"] == "mine"
    assert (provenance["n"], provenance["events"]) == (800, int(people.outcome.sum()))
    assert provenance["table_sha256"] == "t"
    assert provenance["model_sha256"] == sha256(as_text(MODEL.tree).encode()).hexdigest()
    assert made.document.tree["checks"][0]["inputs"] == {"age": 40, "smoker": True, "place": "town"}
    assert "performance" not in made.document.tree  # the published figures are not those of the new model
    document = parse_model(written(changed(SCORE, "/checks/0/inputs", {"age": 20})), "mine.json")
    assert update(document, people, ASKED).document.tree["checks"][0]["inputs"] == {"age": 20}


def test_an_updated_model_has_intervals_as_far_as_the_update_estimated_it():
    people = simulated(800, seed=5, intercept=-1.0, slope=0.6)
    made = update(MODEL, people, ASKED, step="intercept_slope")
    frame = predictors(20, 13)
    found = applied(reread(made), frame)
    assert (found.low < found.risk).all()
    assert (found.risk < found.high).all()
    lp = applied(MODEL, people.predictors).linear_predictor
    columns = np.column_stack([np.ones(800), lp])
    risk = applied(reread(made), people.predictors).risk
    covariance = np.linalg.inv(columns.T @ (columns * (risk * (1 - risk))[:, None]))
    new = np.column_stack([np.ones(20), applied(MODEL, frame).linear_predictor])
    error = np.sqrt(np.einsum("ij,jk,ik->i", new, covariance, new))
    upper = found.linear_predictor + 1.959964 * error
    assert np.log(found.high / (1 - found.high)) == pytest.approx(upper, abs=1e-5)


def test_what_has_no_linear_predictor_is_not_updated():
    rule = parse_model(written(RULE), "mine.json")
    survival = {
        **EQUATION,
        "link": "survival",
        "baseline_survival": 0.8,
        "horizon": {"value": 1, "unit": "years"},
    }
    survival["checks"] = [{"name": "c", "inputs": {"age": 30, "smoker": False, "place": "town"}, "risk": 0.2}]
    survival["intercept"] = 0.0
    for document in (rule, parse_model(written(survival), "mine.json"), shipped("mozart_2023")):
        with pytest.raises(UsageError):
            update(document, simulated(), ASKED)


def test_separated_outcomes_are_refused_with_the_reason_and_no_number():
    people = simulated(300)
    outcome = (people.predictors["age"] > 40).to_numpy(dtype=float)
    with pytest.raises(StageFailedError, match="separates people"):
        update(MODEL, replace(people, outcome=outcome), ASKED)


def test_a_model_is_not_extended_by_a_predictor_it_has():
    with pytest.raises(UsageError, match="age: already a predictor"):
        update(MODEL, simulated(300), ASKED, {"age": "years"})


def test_a_step_that_cannot_be_fitted_is_told_in_words_and_the_others_are_judged():
    people = simulated(600)
    twice = people.predictors.assign(again=people.predictors["smoker"])
    made = update(MODEL, replace(people, predictors=twice), ASKED, {"again": "none"})
    assert list(made.refused) == ["extend"]
    assert " " in made.refused["extend"]
    assert made.step == "none"


def test_too_few_events_are_refused():
    people = simulated(100)
    outcome = np.zeros(100)
    outcome[:9] = 1
    with pytest.raises(InputProblemsError) as error:
        update(MODEL, replace(people, outcome=outcome), ASKED)
    assert [one.code for one in error.value.problems] == ["model_few_events"]
