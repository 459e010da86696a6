"""The shipped models are sound, say where each figure is from, and answer their own checks."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from opentrs.predict.registry.reading import checked_answer
from opentrs.predict.registry.shipped import shipped, shipped_ids

NEVER_SHIPPED = {"gbsg", "gusto"}


def test_the_models_that_were_promised_are_there():
    assert {
        "leighton_2021_nonremission", "panss_p2_n5_g9", "early_nonimprovement_week_2",
        "early_nonimprovement_week_4", "trrip_two_trials", "legge_2020", "kowalec_sweden", "mozart_2023",
        "mozart_lasso_2023", "spirit_2024", "strata_g_2022", "lee_positive", "lee_negative", "tripcal_2024",
        "ajnakina_2020", "wimberley_urbanicity",
    } == set(shipped_ids())  # fmt: skip
    assert not NEVER_SHIPPED & set(shipped_ids())


@pytest.mark.parametrize("name", shipped_ids())
def test_a_shipped_model_bears_the_name_of_its_file_and_speaks_both_languages(name):
    document = shipped(name)
    assert document.id == name
    for lang in ("en", "zh"):
        assert document.said("population", lang)
        assert document.said("licence", lang)
    assert document.name["en"] != "" != document.name["zh"]
    assert any("一" <= letter <= "鿿" for letter in document.said("population", "zh"))


@pytest.mark.parametrize("name", shipped_ids())
def test_a_shipped_model_answers_its_own_checks(name):
    document = shipped(name)
    assert document.checks or document.kind == "odds_ratios"
    assert all(checked_answer(document, one)[2] for one in document.checks)


def test_leightons_three_checks_and_both_intercepts():
    document = shipped("leighton_2021_nonremission")
    found = [checked_answer(document, one)[1] for one in document.checks]
    assert found == pytest.approx([0.50725, 0.91636, 0.12798], abs=1e-5)
    assert document.intercept == 0.029
    assert [one["value"] for one in document.tree["other_intercepts"]] == [0.022]


@pytest.mark.real_data
def test_leightons_equation_is_that_of_the_pinned_reference(real_data_dir):
    pinned = real_data_dir.parent / "reference" / "predict_reference.json"
    if not pinned.is_file():
        pytest.skip("the reference figures are not here")
    leighton = json.loads(pinned.read_text(encoding="utf-8"))["leighton"]
    document = shipped("leighton_2021_nonremission")
    theirs = {"age_years": "age", "gaf_s": "gaf_symptoms", "gaf_d": "gaf_disability"}
    names = [term.predictors[0].removeprefix("panss_") for term in document.terms]
    ours = {theirs.get(name, name): term for name, term in zip(names, document.terms, strict=True)}
    assert {name: term.coefficients[0] for name, term in ours.items()} == leighton["coefficient_per_sd"]
    scaled = {name: [term.factors[0].mean, term.factors[0].sd] for name, term in ours.items()}
    assert {name: scaled[name] for name in leighton["mean_sd"]} == leighton["mean_sd"]
    for one, person in zip(document.checks, leighton["patients"], strict=True):
        assert checked_answer(document, one)[1] == pytest.approx(person["risk"], abs=1e-6)


def test_p2_lowers_the_risk_of_non_remission_and_raises_the_score():
    (p2,) = [one for one in shipped("leighton_2021_nonremission").terms if one.predictors == ("panss_P2",)]
    (in_score,) = [one for one in shipped("panss_p2_n5_g9").terms if one.predictors == ("panss_P2",)]
    assert p2.coefficients[0] < 0 < in_score.coefficients[0]


@pytest.mark.parametrize("name", shipped_ids())
def test_a_model_that_cannot_be_run_says_what_would_be_needed(name):
    document = shipped(name)
    if document.answers in ("nothing", "rank"):
        assert document.listed("needed_to_run", "en")
    if document.answers == "nothing":
        assert document.listed("not_public", "zh")


@pytest.mark.parametrize("name", shipped_ids())
def test_a_ratio_that_was_not_estimated_together_is_listed_but_never_added(name):
    document = shipped(name)
    if document.kind == "odds_ratios":
        together = [one for one in document.tree.get("terms", ()) if one["together"]]
        assert len(document.terms) == len(together)


def test_an_unknown_name_is_no_model():
    with pytest.raises(KeyError):
        shipped("no_such_model")


def test_no_text_of_a_shipped_model_stands_for_a_number():
    for name in shipped_ids():
        content = files("opentrs.reference").joinpath("models", f"{name}.json").read_text(encoding="utf-8")
        assert "NaN" not in content
        assert "Infinity" not in content
