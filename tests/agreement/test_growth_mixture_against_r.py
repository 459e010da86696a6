"""Growth mixtures against nlme (one class) and flexmix (two), from validation/growth_mixture/oracle.R."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from opentrs.stats.growth_data import GrowthData, growth_data
from opentrs.stats.growth_mixture import GrowthMixture, fit_growth_mixture

HERE = Path(__file__).resolve().parents[2] / "validation" / "growth_mixture"
R = json.loads((HERE / "r_flexmix.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def data() -> GrowthData:
    with (HERE / "trajectories.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = (
        [row["person"] for row in rows],
        *([float(row[name]) for row in rows] for name in ("time", "value")),
    )
    return growth_data(*columns)


def _slopes(fitted: GrowthMixture) -> list[float]:
    curves = fitted.mean_at([0.0, 1.0])
    return list(curves[:, 1] - curves[:, 0])


def test_one_class_is_the_linear_mixed_model_of_nlme(data: GrowthData) -> None:
    fitted, theirs = fit_growth_mixture(data, 1, degree=1), R["by_classes"]["1"]
    assert fitted.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=1e-5)
    assert fitted.mean_at([0.0])[:, 0] == pytest.approx(theirs["intercept"], abs=1e-3)
    assert _slopes(fitted) == pytest.approx(theirs["slope"], abs=1e-3)
    assert fitted.residual_sd == pytest.approx(theirs["residual_sd"], abs=1e-3)
    assert fitted.intercept_sd == pytest.approx(theirs["intercept_sd"], abs=1e-3)


def test_two_classes_are_the_mixture_of_linear_mixed_models_of_flexmix(data: GrowthData) -> None:
    """flexmix stops a little below the maximum; ours must not be below it."""
    fitted, theirs = fit_growth_mixture(data, 2, degree=1), R["by_classes"]["2"]
    assert fitted.log_likelihood >= theirs["log_likelihood"] - 1e-6
    assert fitted.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=0.01)
    assert fitted.shares == pytest.approx(theirs["shares"], abs=0.01)
    assert fitted.mean_at([0.0])[:, 0] == pytest.approx(theirs["intercept"], abs=0.1)
    assert _slopes(fitted) == pytest.approx(theirs["slope"], abs=0.1)
    assert fitted.residual_sd == pytest.approx(theirs["residual_sd"], abs=0.02)
    assert fitted.intercept_sd == pytest.approx(theirs["intercept_sd"], abs=0.05)
