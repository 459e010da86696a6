"""ComBat gives what neuroHarmonize 2.4.5 gives; its values are pinned by `validation/combat_oracle`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from opentrs.stats.harmonise import ComBat, FittedCombat

TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def pinned(repository: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((repository / "validation/combat_oracle/combat.json").read_text())
    return found


def covariates(table: dict[str, list[Any]], rows: np.ndarray | slice = slice(None)) -> dict[str, Any]:
    return {name.lower(): np.array(table[name])[rows] for name in ("AGE", "SEX", "DX")}


def learnt(pinned: dict[str, Any], settings: ComBat, features: int | None = None) -> FittedCombat:
    table = pinned["covariates"]
    return settings.fit(np.array(pinned["values"])[:, :features], table["SITE"], covariates(table))


def same(ours: np.ndarray, pinned: dict[str, Any], case: str, tolerance: float = TOLERANCE) -> None:
    np.testing.assert_allclose(ours, pinned["harmonised"][case], rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("case", "settings", "features"),
    [
        ("eb", ComBat(), None),
        ("plain", ComBat(empirical_bayes=False), None),
        ("reference", ComBat(reference_site="b"), None),
        ("one_feature", ComBat(), 1),
    ],
)
def test_people_learnt_from_are_harmonised_alike(pinned, case, settings, features):
    table = pinned["covariates"]
    model = learnt(pinned, settings, features)
    ours = model.transform(np.array(pinned["values"])[:, :features], table["SITE"], covariates(table))
    same(ours, pinned, case, 1e-8)


def test_the_peers_early_stop_changes_less_than_a_millionth(pinned):
    table = pinned["covariates"]
    ours = learnt(pinned, ComBat()).transform(pinned["values"], table["SITE"], covariates(table))
    same(ours, pinned, "as_shipped")


def test_a_smooth_age_at_the_same_penalty_is_the_same_curve(pinned):
    table = pinned["covariates"]
    model = learnt(pinned, ComBat(smooth=("age",), penalty=2 * pinned["penalty"]))
    same(model.transform(pinned["values"], table["SITE"], covariates(table)), pinned, "smooth")


def test_people_not_learnt_from_are_harmonised_alike(pinned):
    table, training = pinned["covariates"], np.array(pinned["training"])
    values, site = np.array(pinned["values"]), np.array(table["SITE"])
    model = ComBat().fit(values, site, covariates(table), learn_from=training)
    rest = ~training
    same(model.transform(values[rest], site[rest], covariates(table, rest)), pinned, "applied", 1e-8)
