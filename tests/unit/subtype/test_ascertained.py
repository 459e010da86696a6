"""What the parts read of the first stage: verdicts of the main definition, and shares by verdict."""

from __future__ import annotations

import pandas as pd
import pytest

from opentrs.cohort.results import Skipped, StageResult, StudySettings
from opentrs.stats.intervals import exact_proportion
from opentrs.subtype.ascertained import ascertained, share_by_group, verdicts
from opentrs.subtype.parts import PartSkipped


@pytest.mark.parametrize("results", [{}, {"ascertain": Skipped("ascertain", "no people")}])
def test_without_the_first_stage_the_part_is_left_out_with_the_reason(results):
    with pytest.raises(PartSkipped, match="first stage"):
        ascertained(results, StudySettings())


def test_verdicts_are_those_of_the_main_definition():
    table = pd.DataFrame({
        "person_id": ["a", "a", "b"], "definition": ["kane_1988", "trrip", "trrip"],
        "verdict": ["resistant", "unknown", "resistant"], "clozapine": ["", "not_tried", "resistant"],
    })  # fmt: skip
    found = verdicts({"ascertain": StageResult("ascertain", {"verdicts": table})}, StudySettings())
    assert found.to_dict("list") == {
        "person_id": ["a", "b"], "verdict": ["unknown", "resistant"], "clozapine": ["not_tried", "resistant"],
    }  # fmt: skip
    assert found.index.tolist() == [0, 1]


def test_a_share_is_of_the_settled_in_all_and_by_verdict():
    labels = pd.DataFrame({
        "verdict": ["resistant", "resistant", "not_resistant", "unknown", "resistant"],
        "answer": ["yes", "no", "yes", "yes", "unknown"],
    })  # fmt: skip
    found = share_by_group(labels, "answer", "yes").set_index("group")
    assert found.index.tolist() == ["all", "resistant", "not_resistant"]
    assert found[["n", "count", "unknown"]].values.tolist() == [[4, 3, 1], [2, 1, 1], [1, 1, 0]]
    interval = exact_proportion(3, 4)
    assert found.loc["all", ["share", "ci_low", "ci_high"]].tolist() == pytest.approx(
        [interval.estimate, interval.low, interval.high]
    )
    assert set(found["unit"]) == {"proportion"}
    assert set(found["method"]) == {"Clopper-Pearson"}
