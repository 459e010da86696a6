"""Penalised paths against R glmnet, from validation/penalised_glmnet/oracle.R."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from opentrs.stats.penalised import Path as Fitted
from opentrs.stats.penalised import cox_path, logistic_path

HERE = Path(__file__).resolve().parents[2] / "validation" / "penalised_glmnet"
R = json.loads((HERE / "glmnet.json").read_text(encoding="utf-8"))
# R prints nine decimals; both descend until nothing moves.
TIGHT = 1e-13


def _name(case: dict[str, Any]) -> str:
    extra = "weighted" if case["extra"] else "plain"
    return f"{case['family']}-{case['shape'][0]}x{case['shape'][1]}-alpha{case['alpha']}-{extra}"


def _fitted(case: dict[str, Any], **options: Any) -> Fitted:
    (people,) = (p for p in R["people"] if len(p["y"]) == case["shape"][0])
    if case["extra"]:
        options |= {"weights": people["weights"], "penalty_factors": people["factors"]}
    if case["family"] == "cox":
        return cox_path(people["x"], people["time"], people["event"], case["alpha"], **options)
    return logistic_path(people["x"], people["y"], case["alpha"], **options)


@pytest.mark.parametrize("case", R["cases"], ids=_name)
def test_coefficients_are_glmnets(case: dict[str, Any]) -> None:
    fitted = _fitted(case, lambdas=case["lambda"], tolerance=TIGHT)
    assert fitted.coefficients == pytest.approx(np.array(case["beta"]), abs=1e-4)
    assert fitted.intercepts == pytest.approx(np.array(case["intercept"]), abs=1e-4)
    assert ((fitted.coefficients != 0) == (np.array(case["beta"]) != 0)).all()


@pytest.mark.parametrize("case", [c for c in R["cases"] if c["alpha"] > 0], ids=_name)
def test_the_path_made_from_the_data_starts_where_glmnets_does(case: dict[str, Any]) -> None:
    # With an unpenalised predictor the start depends on its fit, which glmnet leaves at its loose default.
    near = 2e-4 if case["extra"] else 1e-7
    assert _fitted(case).lambdas[:5] == pytest.approx(case["own_lambda"], rel=near)
