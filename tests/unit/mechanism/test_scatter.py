"""Points of an association carry its slope, and the line its band."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from opentrs.cohort.results import StudySettings
from opentrs.mechanism import STAGE
from opentrs.mechanism.scatter import fitted_line, scatter_tables
from tests.support.brains import Truth, study


@pytest.fixture(scope="module")
def found() -> dict[str, pd.DataFrame]:
    planted = Truth(slopes={"rh_caudalmiddlefrontal": ("negative", -1.0)})
    return dict(STAGE.run(*study(30, 8, planted), StudySettings(parts=frozenset({"perfusion"}))).tables)


def test_the_points_are_the_people_of_the_test_and_their_correlation_is_the_partial_one(found) -> None:
    named = found["named_tests"].set_index("test").loc["perfusion_negative"]
    points = found["symptom_points"]

    assert len(points) == named["n"] == 30
    assert points["person_id"].is_unique
    r = np.corrcoef(points["severity"], points["value"])[0, 1]
    assert r == pytest.approx(named["estimate"])
    # What is taken out leaves the mean: perfusion near 50 mL/100 g/min.
    assert 40 < points["value"].mean() < 60


def test_the_line_says_test_symptom_n_and_unit(found) -> None:
    lines = found["symptom_lines"]

    assert set(lines["symptom"]) == {"negative"}
    assert set(lines["n"]) == {30}
    assert lines["unit"].iloc[0] != ""
    assert (lines["ci_low"] < lines["fit"]).all()


def test_the_band_is_that_of_least_squares_where_nothing_is_partialled_out() -> None:
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 100, 40)
    y = 3 - 0.01 * x + rng.normal(0, 0.2, 40)

    line = fitted_line(x, y, 38)

    peer = sm.OLS(y, sm.add_constant(x)).fit().get_prediction(sm.add_constant(line["severity"].to_numpy()))
    assert line["fit"].to_numpy() == pytest.approx(peer.predicted_mean)
    assert line[["ci_low", "ci_high"]].to_numpy() == pytest.approx(peer.conf_int())


def test_rows_without_points_give_no_table() -> None:
    assert scatter_tables([{"test": "thinning"}]) == {}
