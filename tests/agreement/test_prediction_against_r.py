"""Discrimination, calibration and fit give R's numbers (pROC, loess, glm, rms), simulated and public."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opentrs.stats.prediction.calibration import (
    calibration_curve,
    calibration_errors,
    calibration_in_the_large,
    calibration_slope,
)
from opentrs.stats.prediction.classification import two_by_two
from opentrs.stats.prediction.decision import net_benefit
from opentrs.stats.prediction.discrimination import concordance, concordance_difference
from opentrs.stats.prediction.logistic import fit_logistic
from opentrs.stats.prediction.scores import brier
from validation.prediction_r.oracle import SETS, simulated

R = json.loads(
    (Path(__file__).parents[2] / "validation" / "prediction_r" / "reference.json").read_text(encoding="utf-8")
)
DRAWN = simulated()


@pytest.fixture(params=sorted(SETS))
def one(request: pytest.FixtureRequest) -> tuple[Any, Any, Any, dict[str, Any]]:
    """Outcome, risk, a second risk, and what R found."""
    table = DRAWN[request.param]
    return *(table[name].to_numpy(float) for name in "ypq"), R[request.param]


def ends(estimate: Any) -> list[float]:
    return [estimate.value, estimate.low, estimate.high]


def test_delong_is_that_of_proc(one: Any) -> None:
    y, p, q, theirs = one
    ours = concordance(y, p)
    low, value, high = theirs["auc_ci"]
    assert ends(ours) == pytest.approx([value, low, high], abs=1e-10)
    assert ((ours.high - ours.low) / (2 * 1.959963984540054)) ** 2 == pytest.approx(
        theirs["auc_variance"], rel=1e-9
    )
    assert ends(concordance_difference(y, p, q)) == pytest.approx(theirs["paired"], abs=1e-10)


def test_calibration_intercept_and_slope_are_those_of_glm(one: Any) -> None:
    y, p, _, theirs = one
    assert ends(calibration_in_the_large(y, p)) == pytest.approx(theirs["in_the_large"], abs=1e-8)
    assert ends(calibration_slope(y, p)) == pytest.approx(theirs["slope"], abs=1e-8)


def test_the_loess_curve_and_its_errors_are_those_of_loess(one: Any) -> None:
    y, p, _, theirs = one
    at = theirs["curve_at"]
    assert calibration_curve(y, p, grid=at, resamples=2).observed == pytest.approx(
        theirs["curve_direct"], abs=1e-3
    )
    errors = [value.value for value in calibration_errors(y, p, resamples=2).values()]
    assert errors[:3] == pytest.approx(theirs["errors_direct"][:3], abs=5e-4)
    assert errors[3] == pytest.approx(theirs["errors_direct"][3], abs=5e-3)


def test_brier_and_its_decomposition_are_those_of_isoreg(one: Any) -> None:
    y, p, _, theirs = one
    ours = brier(y, p)
    assert ours.brier.value == pytest.approx(theirs["brier"], abs=1e-12)
    assert ours.miscalibration - ours.discrimination + ours.uncertainty == pytest.approx(ours.brier.value)
    if "decomposition" in theirs:
        found = [ours.miscalibration, ours.discrimination, ours.uncertainty]
        assert found == pytest.approx(theirs["decomposition"], abs=1e-10)


def test_rms_agrees(one: Any) -> None:
    y, p, _, theirs = one
    # val.prob groups risks by their rounded rank, and is a little off in C.
    assert concordance(y, p).value == pytest.approx(theirs["val_prob"]["C (ROC)"], abs=1e-4)
    assert calibration_slope(y, p).value == pytest.approx(theirs["val_prob"]["Slope"], abs=1e-5)


def test_net_benefit_is_the_formula(one: Any) -> None:
    y, p, _, theirs = one
    rows = net_benefit(y, p, [0.05, 0.1, 0.2, 0.3, 0.5], resamples=2)
    ours = [row.net_benefit for row in rows if row.strategy == "model"]
    assert ours == pytest.approx(theirs["net_benefit"], abs=1e-12)


def gusto(real_data_dir: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    table = pd.read_csv(real_data_dir / "gusto_development" / "gusto_development.csv")
    x = pd.DataFrame({"age": table["age"]})
    for column, levels in (
        ("miloc", ("Other", "Anterior")),
        ("pmi", ("yes",)),
        ("Killip", ("II", "III", "IV")),
    ):
        for level in levels:
            x[f"{column}={level}"] = (table[column] == level).astype(float)
    x["sysbpc"] = table["sysbp"].clip(upper=100)
    return x.assign(pulse=table["pulse"]), table


# Published with the data set: rms on the development rows.
GUSTO = {
    "age": 0.079279, "miloc=Other": 0.187529, "miloc=Anterior": 0.480378, "pmi=yes": 0.514614,
    "Killip=II": 0.67416, "Killip=III": 1.115715, "Killip=IV": 1.924338, "sysbpc": -0.067852,
    "pulse": 0.018236,
}  # fmt: skip


@pytest.mark.real_data
def test_gusto_development_model(real_data_dir: Path) -> None:
    x, table = gusto(real_data_dir)
    y = table["day30"].to_numpy(float)
    fit = fit_logistic(x, y)
    assert (fit.n, fit.events) == (23034, 1565)
    assert fit.intercept == pytest.approx(-3.106032, abs=1e-5)
    assert dict(zip(x.columns, fit.coefficients, strict=True)) == pytest.approx(GUSTO, abs=1e-5)
    risk = fit.risk(x)
    c = concordance(y, risk).value
    assert c == pytest.approx(0.8165, abs=5e-5)
    assert 2 * c - 1 == pytest.approx(0.633, abs=5e-5)
    assert brier(y, risk).brier.value == pytest.approx(0.05413, abs=5e-6)
    null = y.mean()
    empty = y.size * (null * np.log(null) + (1 - null) * np.log(1 - null))
    r2 = (1 - np.exp(2 * (empty - fit.log_likelihood) / y.size)) / (1 - np.exp(2 * empty / y.size))
    assert r2 == pytest.approx(0.23665, abs=5e-6)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("early", "late", "counts"),
    [
        ("Week2_bin", "Week8_bin", (536, 349, 66, 405)),
        ("Week2_bin", "Week6_bin", (674, 335, 78, 461)),
        ("Week4_bin", "Week8_bin", (527, 200, 73, 553)),
    ],
)
def test_early_non_improvement_in_panss(
    real_data_dir: Path, early: str, late: str, counts: tuple[int, ...]
) -> None:
    table = pd.read_csv(real_data_dir / "surrogate" / "Schizo_PANSS.csv")[[early, late]].dropna()
    found = two_by_two(1 - table[late], 1 - table[early])
    tp, _, fn, tn = counts
    assert (found.true_positive, found.false_positive, found.false_negative, found.true_negative) == counts
    assert found.sensitivity.value == pytest.approx(tp / (tp + fn))
    assert found.npv.value == pytest.approx(tn / (tn + fn))
    if (early, late) == ("Week2_bin", "Week8_bin"):
        shares = [found.sensitivity.value, found.specificity.value, found.ppv.value, found.npv.value]
        assert shares == pytest.approx([0.8904, 0.5371, 0.6056, 0.8599], abs=5e-5)


@pytest.mark.real_data
def test_week_2_change_and_week_8_response_in_panss(real_data_dir: Path) -> None:
    table = pd.read_csv(real_data_dir / "surrogate" / "Schizo_PANSS.csv")[["Week2", "Week8_bin"]].dropna()
    # Any rising function of the change has its C; risks must lie in 0 to 1.
    c = concordance(1 - table["Week8_bin"], table["Week2"].rank() / (len(table) + 1))
    assert ends(c) == pytest.approx([0.8123, 0.7897, 0.8349], abs=5e-5)
    assert ends(c) == pytest.approx([R["panss"]["auc"], R["panss"]["ci"][0], R["panss"]["ci"][2]], abs=1e-10)
