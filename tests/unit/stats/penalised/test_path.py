"""Paths satisfy the conditions of their optimum, mean what they say, and refuse what they cannot fit."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from opentrs.stats.penalised import Path, cox_path, logistic_path
from opentrs.stats.penalised.path import partial_likelihood_loss
from opentrs.stats.refusal import CannotFitError

TIGHT = 1e-14


def _people(seed: int, n: int, p: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) * rng.lognormal(size=p) + 0.4 * rng.normal(size=(n, 1)) + rng.normal(size=p)
    lp = 1.2 * (x[:, 0] - x[:, 0].mean()) / x[:, 0].std()
    return {
        "x": x,
        "y": (rng.random(n) < 1 / (1 + np.exp(-lp))).astype(float),
        "time": np.ceil(10 * rng.exponential(size=n) * np.exp(-lp)),
        "event": (rng.random(n) < 0.7).astype(float),
        "weights": rng.uniform(0.2, 2, n),
        "factors": rng.choice([0.0, 0.5, 1.0, 2.0], p),
    }


def _logistic_gradient(d: dict[str, Any], b: Any, intercept: float, weight: Any) -> Any:
    residual = weight * (d["y"] - 1 / (1 + np.exp(-(d["x"] @ b + intercept))))
    assert residual.sum() == pytest.approx(0, abs=1e-7)
    return d["x"].T @ residual


def _cox_gradient(d: dict[str, Any], b: Any, intercept: float, weight: Any) -> Any:
    """One event after the other, from the definition."""
    hazard, total = weight * np.exp(d["x"] @ b), np.zeros(len(b))
    assert intercept == 0
    for i in np.flatnonzero(d["event"]):
        at_risk = d["time"] >= d["time"][i]
        mean = hazard[at_risk] @ d["x"][at_risk] / hazard[at_risk].sum()
        total += weight[i] * (d["x"][i] - mean)
    return total


@pytest.mark.parametrize("family", ["logistic", "cox"])
@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("n", "p"), [(80, 6), (30, 50)])
def test_every_fit_of_a_path_satisfies_the_conditions_of_its_optimum(family, alpha, n, p):
    d = _people(n + p, n, p)
    lambdas = [0.4, 0.2, 0.1, 0.05]
    options = {"weights": d["weights"], "penalty_factors": d["factors"] + 0.3, "tolerance": TIGHT}
    if family == "logistic":
        path = logistic_path(d["x"], d["y"], alpha, lambdas=lambdas, **options)
    else:
        path = cox_path(d["x"], d["time"], d["event"], alpha, lambdas=lambdas, **options)
    weight = d["weights"] / d["weights"].sum()
    spread = np.sqrt(weight @ d["x"] ** 2 - (weight @ d["x"]) ** 2)
    factors = (d["factors"] + 0.3) * p / (d["factors"] + 0.3).sum()
    gradient = {"logistic": _logistic_gradient, "cox": _cox_gradient}[family]
    for lam, b, intercept in zip(lambdas, path.coefficients, path.intercepts, strict=True):
        pull = gradient(d, b, intercept, weight) / spread - lam * (1 - alpha) * factors * b * spread
        bound = lam * alpha * factors
        moved = b != 0
        assert pull[moved] == pytest.approx((bound * np.sign(b))[moved], abs=2e-6)
        assert (np.abs(pull[~moved]) <= bound[~moved] + 2e-6).all()


def test_at_the_first_penalty_of_its_own_a_path_has_no_predictor_and_then_one():
    d = _people(3, 100, 12)
    path = logistic_path(d["x"], d["y"], 0.5)
    assert (path.coefficients[0] == 0).all()
    assert path.intercepts[0] == pytest.approx(np.log(d["y"].mean() / (1 - d["y"].mean())))
    assert 1 <= (path.coefficients[1] != 0).sum() <= 2


def test_an_unpenalised_path_is_plain_logistic_regression():
    import statsmodels.api as sm

    d = _people(4, 200, 4)
    path = logistic_path(d["x"], d["y"], 0.5, lambdas=[1e-9], tolerance=TIGHT)
    theirs = sm.Logit(d["y"], sm.add_constant(d["x"])).fit(disp=0).params
    assert [path.intercepts[0], *path.coefficients[0]] == pytest.approx(theirs, abs=1e-5)


def test_a_factor_of_zero_keeps_a_predictor_unpenalised():
    d = _people(5, 100, 5)
    path = logistic_path(d["x"], d["y"], penalty_factors=[1, 1, 0, 1, 1])
    assert np.flatnonzero(path.coefficients[0]).tolist() == [2]


def test_a_weight_of_two_is_the_person_twice_and_a_weight_of_zero_nobody():
    d = _people(6, 60, 5)
    weights = np.repeat([0.0, 1.0, 2.0], 20)
    rows = np.repeat(np.arange(60), weights.astype(int))
    for fit in (
        lambda rows, w: logistic_path(
            d["x"][rows], d["y"][rows], 0.5, lambdas=[0.05], weights=w, tolerance=TIGHT
        ),
        lambda rows, w: cox_path(
            d["x"][rows], d["time"][rows], d["event"][rows], 0.5, lambdas=[0.05], weights=w, tolerance=TIGHT
        ),
    ):
        weighted, repeated = fit(np.arange(60), weights), fit(rows, None)
        assert weighted.coefficients == pytest.approx(repeated.coefficients, abs=1e-7)


def test_the_unit_of_a_predictor_changes_its_coefficient_and_nothing_else():
    d = _people(7, 100, 6)
    scale = np.array([1000.0, 1, 1, 0.01, 1, 1])
    one = logistic_path(d["x"], d["y"], 0.7, lambdas=[0.05], tolerance=TIGHT)
    other = logistic_path(d["x"] * scale + 5, d["y"], 0.7, lambdas=[0.05], tolerance=TIGHT)
    assert other.coefficients * scale == pytest.approx(one.coefficients, abs=1e-6)
    risks = one.linear_predictor(d["x"]), other.linear_predictor(d["x"] * scale + 5)
    assert risks[0] == pytest.approx(risks[1], abs=1e-6)


def test_a_predictor_that_never_varies_gets_no_coefficient():
    d = _people(8, 60, 4)
    d["x"][:, 2] = 1e6
    path = logistic_path(d["x"], d["y"], 0.5, n_lambdas=20)
    assert (path.coefficients[:, 2] == 0).all()
    assert (path.coefficients[-1, [0, 1, 3]] != 0).any()


def test_perfect_separation_is_held_by_the_penalty():
    x = np.linspace(-1, 1, 40)[:, None]
    path = logistic_path(x, (x[:, 0] > 0).astype(float), 0.5)
    assert np.isfinite(path.coefficients).all()
    assert path.explained[-1] > 0.95
    assert (np.diff(path.coefficients[:, 0]) >= 0).all()


def test_a_path_ends_once_everything_is_explained():
    d = _people(12, 60, 40)
    path = logistic_path(d["x"], (d["x"][:, 0] > d["x"][:, 0].mean()).astype(float), 1.0)
    assert len(path.lambdas) < 100
    assert path.explained[-2] <= 0.999 < path.explained[-1]


def test_a_path_made_from_noise_ends_once_nothing_more_is_explained():
    rng = np.random.default_rng(9)
    path = logistic_path(rng.normal(size=(300, 2)), np.tile([0.0, 1.0], 150), 1.0)
    assert 5 <= len(path.lambdas) < 100
    given = logistic_path(rng.normal(size=(300, 2)), np.tile([0.0, 1.0], 150), 1.0, lambdas=path.lambdas)
    assert len(given.lambdas) == len(path.lambdas)


def test_the_same_people_in_another_order_have_the_same_cox_path():
    d = _people(10, 70, 5)
    order = np.random.default_rng(1).permutation(70)
    one = cox_path(d["x"], d["time"], d["event"], 0.5, lambdas=[0.03], tolerance=TIGHT)
    other = cox_path(d["x"][order], d["time"][order], d["event"][order], 0.5, lambdas=[0.03], tolerance=TIGHT)
    assert one.coefficients == pytest.approx(other.coefficients, abs=1e-8)


def test_the_partial_likelihood_loss_is_that_of_the_definition():
    loss = partial_likelihood_loss([0.0, 1.0, 0.5], [3, 1, 2], [1, 1, 0], [1, 1, 1])
    assert loss == pytest.approx(np.log(1 + np.e + np.exp(0.5)) - 1 + 0)


def _fit(**changes: Any) -> Path:
    d = _people(11, 40, 3)
    arguments = {"features": d["x"], "outcome": d["y"], "alpha": 0.5} | changes
    return logistic_path(**arguments)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"outcome": np.ones(40)}, "one_outcome"),
        ({"outcome": np.zeros(40)}, "one_outcome"),
        ({"outcome": np.r_[np.ones(39), 2]}, "outcome_not_binary"),
        ({"outcome": np.r_[np.ones(39), np.nan]}, "missing_value"),
        ({"features": np.full((40, 3), np.nan)}, "missing_value"),
        ({"features": np.full((40, 3), np.inf)}, "missing_value"),
        ({"features": np.zeros((39, 3))}, "lengths_differ"),
        ({"features": np.zeros(40)}, "lengths_differ"),
        ({"weights": -np.ones(40)}, "weights_not_positive"),
        ({"weights": np.zeros(40)}, "weights_not_positive"),
        ({"penalty_factors": [0, 0, 0]}, "penalty_factors"),
        ({"penalty_factors": [1, -1, 1]}, "penalty_factors"),
        ({"alpha": 1.0001}, "alpha_outside"),
        ({"alpha": -0.0001}, "alpha_outside"),
        ({"lambdas": [0.1, 0.0]}, "lambdas_not_positive"),
        ({"lambdas": []}, "lambdas_not_positive"),
        ({"n_lambdas": 0}, "lambdas_not_positive"),
        ({"max_passes": 3, "lambdas": [0.1, 0.01]}, "path_no_convergence"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_the_reason(changes, code):
    with pytest.raises(CannotFitError) as refused:
        _fit(**changes)
    assert refused.value.code == code
    assert refused.value.sentence("zh") != refused.value.sentence("en")


@pytest.mark.parametrize(
    ("time", "event", "code"),
    [
        (np.arange(1, 41), np.zeros(40), "no_event"),
        (np.arange(0, 40), np.ones(40), "time_not_positive"),
        (np.arange(1, 40), np.ones(40), "time_not_positive"),
        (np.r_[np.arange(1, 40), np.nan], np.ones(40), "time_not_positive"),
        (np.ones(40), np.ones(40), "no_survivor_at_risk"),
    ],
)
def test_follow_up_that_cannot_be_fitted_is_refused(time, event, code):
    with pytest.raises(CannotFitError) as refused:
        cox_path(_people(11, 40, 3)["x"], time, event)
    assert refused.value.code == code


def test_importing_the_paths_does_not_import_numba():
    code = "import sys, opentrs.stats.penalised; print('numba' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
