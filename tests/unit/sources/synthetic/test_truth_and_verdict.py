"""What the consensus says of people whose truth is known, when nothing is missing from the record."""

from __future__ import annotations

import pandas as pd
import pytest

from opentrs.ascertain import ascertain, shipped_definition
from opentrs.sources.synthetic import as_cohort, simulate


@pytest.fixture(scope="module")
def judged() -> pd.DataFrame:
    simulated = simulate(120, 5, complete_record=True)
    verdicts = ascertain(as_cohort(simulated), shipped_definition("trrip")).verdicts
    trrip = verdicts[["person_id", "verdict", "from_first_episode"]]
    truth = simulated.truth.astype({"person_id": str})
    return truth.merge(trrip, on="person_id", validate="one_to_one")


def test_everybody_outside_the_spectrum_is_not_asked(judged: pd.DataFrame) -> None:
    outside = judged["in_spectrum"] == "no"
    assert outside.any()
    assert (outside == (judged["verdict"] == "not_applicable")).all()


def test_with_a_complete_record_most_verdicts_are_the_truth(judged: pd.DataFrame) -> None:
    patients = judged[judged["in_spectrum"] == "yes"]
    said = patients["verdict"].map({"resistant": "yes", "not_resistant": "no"})
    assert (said == patients["true_resistant"]).mean() > 0.80
    reached = patients["exposure_problem"] == "none"
    assert (said == patients["true_resistant"])[reached].mean() > 0.90


def test_nobody_whom_drugs_reach_and_help_is_called_resistant(judged: pd.DataFrame) -> None:
    helped = judged[(judged["true_status"] == "responsive") & (judged["exposure_problem"] == "none")]
    assert len(helped) > 40
    assert (helped["verdict"] == "not_resistant").all()


def test_resistance_from_the_first_episode_is_told_from_later_resistance(judged: pd.DataFrame) -> None:
    found = judged[judged["verdict"] == "resistant"]
    found = found[found["true_resistant"] == "yes"]
    assert len(found) > 15
    assert (found["from_first_episode"] == found["true_from_first_episode"]).mean() > 0.85
