"""Published validations: GBSG (survival) and the competing-risk training rows, from the public data sets."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from opentrs.stats.survival.calibration_curve import calibration_curve
from opentrs.stats.survival.competing import STATES, incidence_curve
from opentrs.stats.survival.discrimination import cumulative_auc
from opentrs.stats.survival.hazard_models import fit_cause_specific
from opentrs.stats.survival.performance import survival_performance

pytestmark = pytest.mark.real_data
HERE = Path(__file__).resolve().parents[2] / "validation" / "survival_oracle"
PUBLISHED = json.loads((HERE / "published.json").read_text(encoding="utf-8"))
DAYS = 365.25


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def gbsg(real_data_dir: Path) -> dict[str, np.ndarray]:
    """Follow-up in years and the published equation (nodes capped at 19; spline knots 0, 1, 9)."""
    found = rows(real_data_dir / "gbsg" / "gbsg.csv")
    size, nodes, grade, days, status = (
        np.array([float(row[name]) for row in found])
        for name in ("size", "nodes", "grade", "rfstime", "status")
    )
    nodes = np.minimum(nodes, 19)
    spline = (nodes**3 - np.clip(nodes - 1, 0, None) ** 3 * 9 / 8 + np.clip(nodes - 9, 0, None) ** 3 / 8) / 81
    linear = 0.342 * ((size > 20) & (size <= 50)) + 0.574 * (size > 50) + 0.304 * nodes - 0.811 * spline
    linear = linear + 0.362 * (grade == 3)
    return {"time": days / DAYS, "status": status, "linear": linear, "risk": 1 - 0.804 ** np.exp(linear)}


def test_the_published_validation_is_matched(gbsg: dict[str, np.ndarray]) -> None:
    ours = survival_performance(gbsg["time"], gbsg["status"], gbsg["risk"], 5, gbsg["linear"])
    recomputed, published = PUBLISHED["gbsg"]["recomputed"], PUBLISHED["gbsg"]["published"]
    assert ours["n"].value == recomputed["n"]
    assert ours["events"].value == recomputed["events5"]
    assert ours["observed_risk"].value == pytest.approx(recomputed["obs5"], abs=1e-5)
    assert ours["harrell_c"].value == pytest.approx(recomputed["harrell"], abs=1e-5)
    assert ours["uno_c"].value == pytest.approx(recomputed["uno"], abs=1e-5)
    assert ours["observed_expected"].value == pytest.approx(recomputed["OE"], abs=1e-5)
    assert ours["hazard_slope"].value == pytest.approx(recomputed["slope"], abs=1e-5)
    assert ours["brier"].value == pytest.approx(recomputed["brier5"], abs=1e-4)
    assert ours["scaled_brier"].value == pytest.approx(recomputed["IPA5"], abs=1e-4)
    for ours_name, name in (("harrell_c", "harrell_c"), ("uno_c", "uno_c"), ("hazard_slope", "slope")):
        estimate = ours[ours_name]
        assert [estimate.value, estimate.low, estimate.high] == pytest.approx(published[name], abs=0.0075)
    # The published interval takes events as Poisson; ours, the wider variance left out, lies inside.
    assert (
        published["o_e"][1]
        < ours["observed_expected"].low
        < ours["observed_expected"].high
        < published["o_e"][2]
    )
    for name in ("ici", "e50", "e90", "ipa", "brier"):
        ours_name = "scaled_brier" if name == "ipa" else name
        assert ours[ours_name].value == pytest.approx(published[name], abs=0.006)


def test_the_published_time_dependent_area_is_matched(gbsg: dict[str, np.ndarray]) -> None:
    """The published figure is at 4.95 years."""
    ours = cumulative_auc(gbsg["time"], gbsg["status"], gbsg["linear"], 4.95)
    assert [ours.value, ours.low, ours.high] == pytest.approx(
        PUBLISHED["gbsg"]["published"]["time_auc"], abs=0.006
    )


def test_the_curve_of_observed_risk_stays_near_the_line_of_equal_risk(gbsg: dict[str, np.ndarray]) -> None:
    for smoother in ("hazard_spline", "pseudo_loess"):
        curve = calibration_curve(
            gbsg["time"], gbsg["status"], gbsg["risk"], 5, smoother, np.array([0.3, 0.5, 0.7]), resamples=30
        )  # type: ignore[arg-type]
        assert curve.observed == pytest.approx(curve.risk, abs=0.12)
        assert (curve.low < curve.observed).all()
        assert (curve.observed < curve.high).all()


def test_the_competing_risk_training_figures_are_matched(real_data_dir: Path) -> None:
    found = rows(real_data_dir / "competing_risks_training" / "rdata.csv")
    published = PUBLISHED["competing_risks_training"]
    time, cause, age, size = (
        np.array([float(row[name]) for row in found]) for name in ("time", "status_num", "age", "size")
    )
    positive = np.array([row["ncat"] == "positive" for row in found], dtype=float)
    receptor = np.array([row["hr_status"] == "ER-/PR-" for row in found], dtype=float)
    curve = incidence_curve(time, cause, [5.0])
    states = dict(zip(STATES, curve.probability[0], strict=True))
    assert states["free"] == pytest.approx(published["aalen_johansen_5y"]["event_free"], abs=1e-5)
    assert states["event"] == pytest.approx(published["aalen_johansen_5y"]["recurrence"], abs=1e-5)
    assert states["competing"] == pytest.approx(published["aalen_johansen_5y"]["other_death"], abs=1e-5)
    model = fit_cause_specific(np.column_stack([age, size, positive, receptor]), time, cause)
    assert model.competing is not None
    assert model.event.coefficients == pytest.approx(list(published["cox_recurrence"].values()), abs=1e-4)
    assert model.competing.coefficients == pytest.approx(
        list(published["cox_other_death"].values()), abs=1e-4
    )
