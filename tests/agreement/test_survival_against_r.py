"""Time to an event against survival, cmprsk, prodlim and riskRegression, see validation/survival_oracle."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from opentrs.stats.prediction.estimate import Estimate, quantile
from opentrs.stats.survival.calibration import calibration_in_the_large, calibration_slope, hazard_slope
from opentrs.stats.survival.competing import incidence, pseudo_values, spread
from opentrs.stats.survival.decision import MODEL, net_benefit
from opentrs.stats.survival.discrimination import cumulative_auc, harrell_c, uno_c
from opentrs.stats.survival.follow_up import follow_up
from opentrs.stats.survival.hazard_models import fit_cause_specific, fit_fine_gray
from opentrs.stats.survival.scores import brier

HERE = Path(__file__).resolve().parents[2] / "validation" / "survival_oracle"
R = json.loads((HERE / "r.json").read_text(encoding="utf-8"))["sets"]
SETS = ("untied", "tied")
NEW = np.array([[-1.0, 0.0], [0.0, 1.0], [1.5, 0.0]])


def people(name: str) -> dict[str, np.ndarray]:
    with (HERE / "people.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["set"] == name]
    columns = ("time", "cause", "x1", "x2", "score", "risk")
    found = {column: np.array([float(row[column]) for row in rows]) for column in columns}
    # As R's concordance and Cox model were asked: competing events count as censored.
    return found | {"alone": (found["cause"] == 1).astype(float)}


def predictors(d: dict[str, np.ndarray]) -> np.ndarray:
    return np.column_stack([d["x1"], d["x2"]])


def error(estimate: Estimate, logit: bool = False) -> float:
    assert estimate.value is not None
    assert estimate.low is not None
    assert estimate.high is not None
    ends = np.array([estimate.low, estimate.high])
    if logit:
        ends = np.log(ends / (1 - ends)) * estimate.value * (1 - estimate.value)
    return float(np.diff(ends)[0] / 2 / quantile())


@pytest.mark.parametrize("name", SETS)
def test_probabilities_of_states_and_their_errors(name: str) -> None:
    d, theirs = people(name), R[name]
    at = follow_up(d["time"], d["cause"], theirs["horizon"])
    for place, state in enumerate(("free", "event", "competing")):
        value, influence = incidence(at, state)
        assert value == pytest.approx(theirs["survfit"]["probability"][place], abs=1e-10)
        assert spread(influence) == pytest.approx(theirs["survfit"]["error"][place], rel=2e-4)
    # Aalen's variance is another estimator of the same; it differs by less than one in a hundred here.
    assert spread(incidence(at)[1]) ** 2 == pytest.approx(theirs["cuminc"]["variance"][0], rel=0.01)


@pytest.mark.parametrize("name", SETS)
def test_pseudo_values_are_the_jackknife(name: str) -> None:
    d, theirs = people(name), R[name]
    ours = pseudo_values(d["time"], d["cause"], theirs["horizon"])
    assert ours == pytest.approx(np.array(theirs["pseudo"]), abs=1e-10)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cause_specific_cox(name: str, ties: Any) -> None:
    d, theirs = people(name), R[name][f"cox_{ties}"]
    ours = fit_cause_specific(predictors(d), d["time"], d["cause"], ties=ties)
    assert ours.competing is not None
    assert ours.event.coefficients == pytest.approx(np.array(theirs["event"]), abs=1e-7)
    assert ours.competing.coefficients == pytest.approx(np.array(theirs["competing"]), abs=1e-7)
    assert np.sqrt(np.diag(ours.event.covariance)) == pytest.approx(np.array(theirs["event_se"]), abs=1e-7)
    assert ours.event.log_likelihood == pytest.approx(theirs["event_loglik"], abs=1e-8)


@pytest.mark.parametrize("name", SETS)
def test_absolute_risk_from_two_hazards(name: str) -> None:
    d, theirs = people(name), R[name]
    ours = fit_cause_specific(predictors(d), d["time"], d["cause"]).absolute_risk(NEW, theirs["horizon"])
    assert ours == pytest.approx(np.array(theirs["cause_specific_risk"]), abs=1e-8)


def test_fine_gray_coefficients_errors_and_risk_without_ties() -> None:
    d, theirs = people("untied"), R["untied"]
    ours = fit_fine_gray(predictors(d), d["time"], d["cause"])
    assert ours.fit.coefficients == pytest.approx(np.array(theirs["crr"]["coef"]), abs=1e-7)
    assert np.sqrt(np.diag(ours.fit.covariance)) == pytest.approx(np.array(theirs["crr"]["se"]), abs=1e-8)
    risks = ours.absolute_risk(NEW, theirs["horizon"])
    assert risks == pytest.approx(np.array(theirs["crr"]["risk"]), abs=1e-8)


def test_fine_gray_with_ties_puts_events_before_censorings_as_survival_does() -> None:
    d, theirs = people("tied"), R["tied"]
    ours = fit_fine_gray(predictors(d), d["time"], d["cause"])
    assert ours.fit.coefficients == pytest.approx(np.array(theirs["finegray"]["coef"]), abs=1e-7)
    # cmprsk does not, which moves its numbers a little.
    assert ours.fit.coefficients == pytest.approx(np.array(theirs["crr"]["coef"]), abs=2e-3)
    assert np.sqrt(np.diag(ours.fit.covariance)) == pytest.approx(np.array(theirs["crr"]["se"]), abs=2e-3)


@pytest.mark.parametrize("name", SETS)
def test_harrell_and_uno(name: str) -> None:
    d, theirs = people(name), R[name]
    harrell = harrell_c(d["time"], d["alone"], d["score"], theirs["horizon"])
    assert harrell.value == pytest.approx(theirs["harrell"]["c"], abs=1e-10)
    assert error(harrell, logit=True) == pytest.approx(theirs["harrell"]["se"], rel=1e-6)
    uno = uno_c(d["time"], d["alone"], d["score"], theirs["horizon"])
    assert uno.value == pytest.approx(theirs["uno"]["c"], abs=1e-10)
    # R takes the weights as known, we do not.
    assert error(uno, logit=True) == pytest.approx(theirs["uno"]["se"], rel=2e-3)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(("cause", "block"), [("cause", "competing_scores"), ("alone", "alone_scores")])
def test_brier_score_accuracy_and_area_under_the_curve(name: str, cause: str, block: str) -> None:
    d, horizon, theirs = people(name), R[name]["horizon"], R[name][block]
    auc = cumulative_auc(d["time"], d[cause], d["risk"], horizon)
    assert auc.value == pytest.approx(theirs["auc"], abs=1e-10)
    assert error(auc, logit=True) == pytest.approx(theirs["auc_se"], rel=3e-3)
    score = brier(d["time"], d[cause], d["risk"], horizon)
    assert score.brier.value == pytest.approx(theirs["brier"], abs=1e-10)
    assert error(score.brier) == pytest.approx(theirs["brier_se"], rel=5e-3)
    assert score.scaled.value == pytest.approx(theirs["ipa"], abs=1e-10)


@pytest.mark.parametrize("name", SETS)
def test_calibration_by_pseudo_values_and_by_hazard(name: str) -> None:
    d, horizon, theirs = people(name), R[name]["horizon"], R[name]
    slope = calibration_slope(d["time"], d["cause"], d["risk"], horizon)
    assert slope.value == pytest.approx(theirs["pseudo_slope"]["slope"], abs=1e-6)
    assert error(slope) == pytest.approx(theirs["pseudo_slope"]["se"], abs=1e-6)
    level = calibration_in_the_large(d["time"], d["cause"], d["risk"], horizon)
    assert level.value == pytest.approx(theirs["pseudo_intercept"], abs=1e-6)
    hazard = hazard_slope(d["time"], d["alone"], d["score"], horizon)
    assert hazard.value == pytest.approx(theirs["cox_slope"]["slope"], abs=1e-8)
    assert error(hazard) == pytest.approx(theirs["cox_slope"]["se"], abs=1e-8)


@pytest.mark.parametrize("name", SETS)
def test_net_benefit_with_a_competing_event(name: str) -> None:
    d, theirs = people(name), R[name]
    rows = net_benefit(d["time"], d["cause"], d["risk"], theirs["horizon"], [0.2, 0.3, 0.5])
    ours = [row.net_benefit for row in rows if row.strategy == MODEL]
    assert ours == pytest.approx(theirs["net_benefit"], abs=1e-10)
