"""Unit slips are seen in the distribution, honest differences are not called slips; case mix is measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from opentrs.predict.registry.case_mix import case_mix
from opentrs.predict.registry.reading import parse_model
from opentrs.predict.registry.shipped import shipped
from opentrs.predict.registry.units import mistaken
from opentrs.predict.registry.units_seen import DOUBTFUL, slips
from tests.unit.predict.registry.models import SCORE, changed, written

LEIGHTON = shipped("leighton_2021_nonremission")


def draws(mean: float, sd: float, n: int = 400) -> np.ndarray:
    """Positive draws with about this mean and spread."""
    shape = (mean / sd) ** 2
    return np.random.default_rng(1).gamma(shape, mean / shape, n)


@pytest.mark.parametrize(("unit", "days"), [("weeks", 7), ("months", 30.4375), ("years", 365.25)])
def test_untreated_psychosis_in_another_unit_of_time_is_named(unit, days):
    (slip,) = slips(LEIGHTON, pd.DataFrame({"dup_days": draws(307.5, 632.3) / days}))
    assert (slip.predictor, slip.unit, slip.looks_like) == ("dup_days", "days", unit)


@pytest.mark.parametrize("factor", [1.0, 0.7, 1.5])
def test_a_cohort_that_differs_is_no_slip(factor):
    assert slips(LEIGHTON, pd.DataFrame({"dup_days": factor * draws(307.5, 632.3)})) == ()


@pytest.mark.parametrize(("spread", "refused", "doubted"), [(1.0, 1, 1), (0.5, 0, 1), (0.3, 0, 0)])
def test_weeks_of_a_cohort_of_another_spread_are_asked_about_and_not_refused(spread, refused, doubted):
    values = draws(307.5, 632.3)
    weeks = (307.5 + spread * 632.3 * (values - values.mean()) / values.std(ddof=1)) / 7
    frame = pd.DataFrame({"dup_days": weeks})
    assert (len(slips(LEIGHTON, frame)), len(slips(LEIGHTON, frame, DOUBTFUL))) == (refused, doubted)


def test_a_short_mean_with_the_published_spread_is_no_slip():
    """Only the mean is off: a conversion would spoil the spread."""
    values = draws(307.5, 632.3)
    assert slips(LEIGHTON, pd.DataFrame({"dup_days": values - values.mean() * 0.86})) == ()


@pytest.mark.parametrize(("n", "seen"), [(9, 0), (10, 1)])
def test_few_people_are_no_ground(n, seen):
    values = draws(307.5, 632.3)[:n]
    values = 307.5 + 632.3 * (values - values.mean()) / values.std(ddof=1)
    assert len(slips(LEIGHTON, pd.DataFrame({"dup_days": values / 30.4375}))) == seen


def glucose(**keys):
    predictor = {
        "name": "glucose",
        "label": "g",
        "kind": "number",
        "unit": "mmol/L",
        "substance": "glucose",
        **keys,
    }
    tree = changed(SCORE, "/predictors/0", predictor)
    tree["terms"][0]["predictor"] = "glucose"
    tree["checks"] = [{"name": "one", "inputs": {"glucose": 5}, "score": 5}]
    return parse_model(written(tree), "mine.json")


@pytest.mark.parametrize("known", [{"mean": 5.4, "sd": 1.2}, {"low": 2, "high": 30}])
def test_milligrams_for_millimoles_are_seen_by_mean_or_by_range(known):
    values = draws(5.4, 1.2)
    assert slips(glucose(**known), pd.DataFrame({"glucose": values})) == ()
    (slip,) = slips(glucose(**known), pd.DataFrame({"glucose": values * 18.0156}))
    assert slip.looks_like == "mg/dL"


def test_half_outside_the_range_is_not_yet_a_slip():
    values = np.array([5.0] * 10 + [95.0] * 10)
    assert slips(glucose(low=2, high=30), pd.DataFrame({"glucose": values})) == ()
    assert len(slips(glucose(low=2, high=30), pd.DataFrame({"glucose": [95.0] * 20}))) == 1


def test_a_concentration_needs_its_substance_to_be_converted():
    assert mistaken("mmol/L", None) == {}
    assert mistaken("mmol/L", "glucose")["mg/dL"] == pytest.approx(0.0555, abs=1e-4)
    assert mistaken("mmol/L", "triglycerides")["mg/dL"] == pytest.approx(1 / 88.57, rel=1e-3)
    assert mistaken("days", None)["weeks"] == 7
    assert mistaken("points", None) == {}


def two(shift: float, n: int) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {"age_years": rng.normal(22.51 + shift * 4.887, 4.887, n), "deprivation": rng.normal(27.27, 12.22, n)}
    )


def test_people_like_those_of_the_development_cannot_be_told_from_them():
    found = case_mix(LEIGHTON, two(0.0, 5000))
    assert found.membership_c == pytest.approx(0.5, abs=0.03)
    assert {one.predictor for one in found.rows} == {"age_years", "deprivation"}


def test_the_membership_c_is_that_of_two_shifted_normals():
    """Shifted by one standard deviation in one predictor: Phi(1 / sqrt 2)."""
    found = case_mix(LEIGHTON, two(1.0, 20000))
    assert found.membership_c == pytest.approx(stats.norm.cdf(1 / 2**0.5), abs=0.01)
    assert found.rows[0].difference == pytest.approx(1.0, abs=0.03)


def test_in_small_samples_distance_by_chance_is_taken_off():
    """Without that the C of 60 people over ten predictors would be far above one half."""
    rng = np.random.default_rng(3)
    numbers = [one for one in LEIGHTON.predictors.values() if one.sd is not None][:10]
    found = []
    for _ in range(60):
        frame = pd.DataFrame({one.name: rng.normal(one.mean, one.sd, 60) for one in numbers})
        found.append(case_mix(LEIGHTON, frame).membership_c)
    assert np.mean(found) < 0.58


def test_too_few_people_or_nothing_published_leave_it_untold():
    assert case_mix(LEIGHTON, two(0.0, 3)).membership_c is None
    assert case_mix(shipped("panss_p2_n5_g9"), pd.DataFrame({"panss_P2": [1.0, 2.0]})).membership_c is None
