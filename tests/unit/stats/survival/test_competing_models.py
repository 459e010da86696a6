"""States over time, pseudo-values and hazard models: against counting, closed forms and brute force."""

from __future__ import annotations

import json

import numpy as np
import pytest

from opentrs.stats.refusal import CannotFitError
from opentrs.stats.survival.competing import (
    aalen_johansen,
    incidence,
    incidence_curve,
    pseudo_values,
    spread,
)
from opentrs.stats.survival.follow_up import FollowUp, follow_up
from opentrs.stats.survival.hazard_models import fit_cause_specific, fit_fine_gray
from opentrs.stats.survival.model_documents import from_document, to_document
from opentrs.stats.survival.weighting import weights


def made_up(n: int = 120, seed: int = 3, competing: bool = True) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Predictors, time in halves (so that there are ties) and cause."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n), rng.random(n) < 0.5])
    event = rng.exponential(8 / np.exp(0.6 * x[:, 0]))
    other = rng.exponential(12, n) if competing else np.full(n, np.inf)
    left = rng.uniform(1, 12, n)
    time = np.minimum(np.minimum(event, other), left)
    cause = np.where(time == event, 1, np.where(time == other, 2, 0))
    return x, np.ceil(2 * time) / 2, cause


def test_with_nobody_censored_the_estimate_is_a_proportion() -> None:
    time = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    cause = np.array([1, 2, 1, 1, 2, 1, 1, 2, 1, 1])
    found = aalen_johansen(time, cause, 5)
    assert found.value == pytest.approx(3 / 10)
    assert (found.n, found.events) == (10, 3)
    assert spread(incidence(follow_up(time, cause, 5))[1]) == pytest.approx(np.sqrt(0.3 * 0.7 / 10))


def test_an_event_on_the_horizon_counts_and_one_after_it_does_not() -> None:
    time, cause = np.array([1.0, 2, 3, 4]), np.array([1, 1, 1, 0])
    assert aalen_johansen(time, cause, 2).value == pytest.approx(2 / 4)
    assert aalen_johansen(time, cause, 1.999).value == pytest.approx(1 / 4)


def test_an_event_at_the_time_of_a_censoring_came_first() -> None:
    """Two people at time 1: the event counts among both, then the other leaves."""
    time, cause = np.array([1.0, 1, 2, 3]), np.array([1, 0, 1, 0])
    assert aalen_johansen(time, cause, 2.5).value == pytest.approx(1 - (3 / 4) * (1 / 2))


def test_who_is_censored_on_the_horizon_was_free_up_to_it() -> None:
    time, cause = np.array([1.0, 5, 5, 5]), np.array([1, 0, 0, 0])
    people = follow_up(time, cause, 5)
    assert people.outlasted.tolist() == [False, True, True, True]
    assert weights(people).weight == pytest.approx(np.ones(4))
    assert aalen_johansen(time, cause, 5).value == pytest.approx(0.25)


def test_the_weights_sum_to_the_number_of_people() -> None:
    _, time, cause = made_up()
    for horizon in (1.0, 3.25, 5.0):
        assert weights(follow_up(time, cause, horizon)).weight.sum() == pytest.approx(time.size)


def test_the_states_sum_to_one_at_every_time() -> None:
    _, time, cause = made_up()
    curve = incidence_curve(time, cause, [0.5, 2.0, 5.5])
    assert curve.probability.sum(axis=1) == pytest.approx(np.ones(3))
    assert curve.at_risk.tolist() == [int((time >= at).sum()) for at in (0.5, 2.0, 5.5)]
    assert (np.diff(curve.probability[:, 0]) > 0).all()
    assert (curve.low < curve.probability).all()
    assert (curve.probability < curve.high).all()


def test_a_state_nobody_is_in_has_no_interval() -> None:
    _, time, cause = made_up(competing=False)
    curve = incidence_curve(time, cause, [4.0])
    assert curve.probability[0, 1] == 0
    assert np.isnan(curve.low[0, 1])
    first = time[cause == 1].min()
    nobody = aalen_johansen(time, cause, first / 2)
    assert (nobody.value, nobody.low, nobody.high) == (0, None, None)


def test_pseudo_values_are_what_leaving_each_person_out_gives() -> None:
    _, time, cause = made_up(60)
    whole = incidence(follow_up(time, cause, 4))[0]
    slow = [
        60 * whole - 59 * incidence(FollowUp(np.delete(time, i), np.delete(cause, i), 4.0))[0]
        for i in range(60)
    ]
    assert pseudo_values(time, cause, 4) == pytest.approx(slow, abs=1e-10)


def test_the_influence_of_each_person_is_the_limit_of_its_pseudo_value() -> None:
    """Weighting one person a little more moves the estimate by that person's influence."""
    _, time, cause = made_up(200)
    people = follow_up(time, cause, 4)
    value, influence = incidence(people)
    exact = pseudo_values(time, cause, 4) - value
    assert np.corrcoef(exact, influence)[0, 1] > 0.999
    assert influence.mean() == pytest.approx(0, abs=1e-12)


def test_a_cox_model_of_two_groups_has_its_known_score() -> None:
    """One event in each of two risk sets: the likelihood is maximal where its derivative is zero."""
    time, cause = np.array([1.0, 2, 3, 4, 5]), np.array([1, 1, 1, 0, 0])
    x = np.array([[1.0], [0], [1], [0], [1]])
    beta = float(fit_cause_specific(x, time, cause).event.coefficients[0])
    ratio = np.exp(beta)
    # Risk sets hold 3, 2, 2 people with x and 2, 2, 1 without.
    expected = 3 * ratio / (3 * ratio + 2) + 2 * ratio / (2 * ratio + 2) + 2 * ratio / (2 * ratio + 1)
    assert expected == pytest.approx(2, abs=1e-8)


def test_absolute_risk_without_effects_is_the_aalen_johansen_estimate() -> None:
    rng = np.random.default_rng(1)
    _, time, cause = made_up(200)
    model = fit_cause_specific(rng.permutation(np.arange(200.0)), time, cause, ties="breslow")
    flat = from_document(
        {**to_document(model), "event": _without_effect(to_document(model)["event"], time, cause == 1),
         "competing": _without_effect(to_document(model)["competing"], time, cause == 2)}
    )  # fmt: skip
    assert flat.absolute_risk([[3.0]], 4.0)[0] == pytest.approx(aalen_johansen(time, cause, 4).value)


def _without_effect(fit: object, time: np.ndarray, event: np.ndarray) -> dict[str, object]:
    assert isinstance(fit, dict)
    at = np.unique(time[event])
    hazard = [float((event & (time == each)).sum() / (time >= each).sum()) for each in at]
    return {**fit, "coefficients": [0.0], "times": at.tolist(), "hazard": hazard}


def test_fine_gray_without_competing_events_is_the_cox_model() -> None:
    x, time, cause = made_up(competing=False)
    cox = fit_cause_specific(x, time, cause, ties="breslow")
    fine = fit_fine_gray(x, time, cause)
    assert cox.competing is None
    assert fine.fit.coefficients == pytest.approx(cox.event.coefficients, abs=1e-9)
    assert fine.fit.log_likelihood == pytest.approx(cox.event.log_likelihood)


def test_a_model_comes_back_from_its_document_unchanged() -> None:
    x, time, cause = made_up()
    for model in (fit_cause_specific(x, time, cause, ["age", "male"]), fit_fine_gray(x, time, cause)):
        again = from_document(json.loads(json.dumps(to_document(model))))
        assert type(again) is type(model)
        assert again.names == model.names
        assert again.absolute_risk(x, 5.0) == pytest.approx(model.absolute_risk(x, 5.0), abs=0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": "cox"}, "model"),
        ({"names": "age"}, "names"),
        ({"names": ["age"]}, "coefficients"),
        ({"extra": 1}, "extra"),
        ({"longest": "10"}, "longest"),
        ({"longest": True}, "longest"),
        ({"event": None}, "event"),
    ],
)
def test_a_document_that_is_not_of_such_a_model_is_refused(change: dict[str, object], said: str) -> None:
    x, time, cause = made_up()
    document = to_document(fit_fine_gray(x, time, cause)) | change
    with pytest.raises(CannotFitError, match=f"not one of time to an event: {said}"):
        from_document(document)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"hazard": [-0.1]}, "hazard"), ({"times": None}, "times"), ({"n": None}, "n"), ({"new": 1}, "new")],
)
def test_a_hazard_that_is_not_one_is_refused(change: dict[str, object], said: str) -> None:
    x, time, cause = made_up()
    document = to_document(fit_fine_gray(x, time, cause))
    event = document["event"]
    assert isinstance(event, dict)
    with pytest.raises(CannotFitError, match=said):
        from_document(document | {"event": event | change})


def test_times_that_run_backwards_are_refused() -> None:
    x, time, cause = made_up()
    document = to_document(fit_fine_gray(x, time, cause))
    event = document["event"]
    assert isinstance(event, dict)
    with pytest.raises(CannotFitError, match="times, hazard"):
        from_document(document | {"event": event | {"times": event["times"][::-1]}})


def test_risks_of_many_people_in_blocks_are_those_of_each_alone() -> None:
    x, time, cause = made_up()
    model = fit_cause_specific(x, time, cause)
    many = np.repeat(x, 100, axis=0)
    assert model.absolute_risk(many, 5)[::100] == pytest.approx(model.absolute_risk(x, 5), abs=0)
    assert model.absolute_risk(x[:1], 5)[0] == pytest.approx(model.absolute_risk(x, 5)[0])
    assert model.absolute_risk(x, 0.1).tolist() == [0.0] * len(x)
    assert model.absolute_risk(np.empty((0, 2)), 5).size == 0
    assert ((model.absolute_risk(1000 * x, 5) >= 0) & (model.absolute_risk(1000 * x, 5) <= 1)).all()


@pytest.mark.parametrize("fit", [fit_cause_specific, fit_fine_gray])
def test_predictors_that_cannot_carry_a_model_are_refused(fit) -> None:
    x, time, cause = made_up()
    cases = {
        "survival_predictor_constant": np.column_stack([x[:, 0], np.ones(len(x))]),
        "survival_predictor_repeated": np.column_stack([x, x.sum(axis=1)]),
        "survival_predictor_missing": np.where(np.arange(len(x))[:, None] == 0, np.nan, x),
        "survival_shapes": x[1:],
        "survival_no_convergence": np.where(cause == 1, 1.0, 0.0),
    }
    for code, predictors in cases.items():
        with pytest.raises(CannotFitError) as refused:
            fit(predictors, time, cause)
        assert refused.value.code == code
    with pytest.raises(CannotFitError, match="1 names were given for 2"):
        fit(x, time, cause, ["age"])
    with pytest.raises(CannotFitError, match="more events than predictors"):
        fit(x, time, np.where(np.cumsum(cause == 1) <= 2, cause, 0))


@pytest.mark.parametrize("horizon", [0.0, 1000.0])
def test_a_model_says_nothing_outside_its_follow_up(horizon: float) -> None:
    x, time, cause = made_up()
    for model in (fit_cause_specific(x, time, cause), fit_fine_gray(x, time, cause)):
        assert model.absolute_risk(x, model.longest).max() < 1
        with pytest.raises(CannotFitError, match="says nothing"):
            model.absolute_risk(x, horizon)
        with pytest.raises(CannotFitError, match="2 names were given for 1"):
            model.absolute_risk(x[:, :1], 3.0)
        with pytest.raises(CannotFitError, match="missing or infinite"):
            model.absolute_risk(np.full((1, 2), np.nan), 3.0)
