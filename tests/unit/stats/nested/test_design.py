"""A design refuses what no model may be developed from, and keeps together who belongs together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from opentrs.stats.nested import design
from opentrs.stats.refusal import CannotFitError

RNG = np.random.default_rng(5)
N = 40
GIVEN: dict[str, Any] = {
    "features": RNG.normal(size=(N, 3)),
    "outcome": np.r_[np.ones(10), np.zeros(30)],
    "persons": [f"p{i}" for i in range(N)],
    "names": ["age", "dup_weeks", "P2"],
}


def _with(column: Any) -> Any:
    x = GIVEN["features"].copy()
    x[:, 1] = column
    return x


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"outcome": np.ones(N)}, "one_outcome"),
        ({"outcome": np.zeros(N)}, "one_outcome"),
        ({"outcome": np.r_[np.ones(9), np.zeros(31)]}, "few_events_to_develop"),
        ({"outcome": np.r_[np.ones(31), np.zeros(9)]}, "few_events_to_develop"),
        ({"outcome": np.r_[np.full(10, 2.0), np.zeros(30)]}, "outcome_not_binary"),
        ({"outcome": np.r_[np.ones(10), np.full(30, np.nan)]}, "outcome_missing"),
        ({"features": _with(np.nan)}, "never_measured"),
        ({"features": _with(3.0)}, "constant_predictors"),
        ({"features": _with(np.r_[np.full(20, 3.0), np.full(20, np.nan)])}, "constant_predictors"),
        ({"features": _with(np.inf)}, "infinite"),
        ({"features": GIVEN["features"][:, 0]}, "lengths_differ"),
        ({"persons": ["a"] * (N - 1)}, "lengths_differ"),
        ({"persons": [None, *GIVEN["persons"][1:]]}, "person_missing"),
        ({"names": ["age", "age", "P2"]}, "names_missing"),
        ({"names": None}, "names_missing"),
        ({"names": ["age", "P2"]}, "names_missing"),
        ({"blocks": ["clinical"]}, "names_missing"),
        ({"sites": ["north"] * (N - 1) + [""]}, "site_missing"),
        ({"time": np.zeros(N), "horizon": 1.0}, "time_not_positive"),
        ({"time": np.ones(N - 1), "horizon": 1.0}, "time_not_positive"),
        ({"time": np.ones(N)}, "horizon_outside"),
        ({"time": np.ones(N), "horizon": 1.01}, "horizon_outside"),
    ],
)
def test_what_no_model_may_be_developed_from_is_refused(changes, code):
    with pytest.raises(CannotFitError) as refused:
        design(**(GIVEN | changes))
    assert refused.value.code == code
    assert refused.value.sentence("zh")


def test_ten_events_are_enough_for_a_design():
    assert design(**GIVEN).outcome.sum() == 10


def test_the_predictors_at_fault_are_named():
    with pytest.raises(CannotFitError, match="dup_weeks"):
        design(**(GIVEN | {"features": _with(np.nan)}))


def test_one_person_at_two_sites_is_refused():
    persons = ["p0", "p0", *GIVEN["persons"][2:]]
    sites = np.repeat(["north", "south"], N // 2)
    assert design(**(GIVEN | {"persons": persons, "sites": sites})).groups[:2].tolist() == [0, 0]
    persons = ["p0", *GIVEN["persons"][1:-1], "p0"]
    with pytest.raises(CannotFitError) as refused:
        design(**(GIVEN | {"persons": persons, "sites": sites}))
    assert refused.value.code == "person_at_two_sites"
    assert "p0" not in str(refused.value)


def test_persons_and_families_hang_together_through_each_other():
    persons = ["a", "a", "b", "c", "d", "e", *[f"x{i}" for i in range(N - 6)]]
    families = ["f", "", "f", "g", None, "g", *[np.nan] * (N - 6)]
    groups = design(**(GIVEN | {"persons": persons, "families": families})).groups
    assert groups[0] == groups[1] == groups[2]
    assert groups[3] == groups[5]
    assert len(set(groups)) == N - 3


def test_the_columns_of_a_data_frame_are_the_names():
    frame = pd.DataFrame(GIVEN["features"], columns=["x", "y", "z"])
    assert design(**(GIVEN | {"features": frame, "names": None})).names == ("x", "y", "z")


def test_a_design_does_not_change_with_the_array_it_came_from():
    x = GIVEN["features"].copy()
    made = design(**(GIVEN | {"features": x}))
    x[0, 0] = 99.0
    assert made.features[0, 0] != 99.0
