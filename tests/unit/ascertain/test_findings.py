"""Numbers to quote: what each counts, of how many, and what must be said beside it."""

from __future__ import annotations

import pandas as pd
import pytest

from opentrs.ascertain import shipped_definition
from opentrs.ascertain.findings import findings
from opentrs.ascertain.prevalence import prevalence_frame
from opentrs.cohort.results import Finding

VERDICTS = pd.DataFrame(
    [("a", "resistant", "resistant", "yes"), ("b", "resistant", "responsive", "no"),
     ("c", "resistant", "unknown", "yes"), ("d", "not_resistant", "resistant", "yes"),
     ("e", "unknown", "not_tried", ""), ("f", "resistant", "resistant", "unknown"),
     ("g", "resistant", "resistant", "yes"), ("h", "resistant", "resistant", "yes")],
    columns=["person_id", "verdict", "clozapine", "from_first_episode"],
).assign(definition="trrip")  # fmt: skip
PEOPLE = pd.DataFrame({"person_id": list("abcdefgh"), "sex": None, "site": None, "period": None})


@pytest.fixture(scope="module")
def found() -> dict[str, Finding]:
    other = VERDICTS.assign(definition="kane_1988", verdict="not_applicable")
    other.loc[0, "verdict"] = "unknown"
    tables = {
        "prevalence": prevalence_frame(pd.concat([VERDICTS, other]), PEOPLE, "en"),
        "dose_keys": pd.DataFrame(
            {"person_id": ["a", "a", "b", "c"], "changes": ["yes", "yes", "no", "yes"]}
        ),
        "change_forms": pd.DataFrame({"flips": ["yes", "no", "no"]}),
    }
    numbers = findings(tables, VERDICTS, shipped_definition("trrip"))
    return {number.name: number for number in numbers}


def test_prevalence_is_of_the_settled_and_says_how_many_are_not(found: dict[str, Finding]) -> None:
    one = found["prevalence.trrip.all"]
    assert (one.estimate, one.n, one.stage, one.unit) == (pytest.approx(6 / 7), 7, "ascertain", "proportion")
    assert one.low is not None
    assert one.high is not None
    assert one.low < 6 / 7 < one.high
    assert one.source == shipped_definition("trrip").source
    assert one.note == "1 of 8 unknown; from 0.750 to 0.875 of all"


def test_a_prevalence_nobody_settled_has_no_estimate_and_no_source_of_another(
    found: dict[str, Finding],
) -> None:
    one = found["prevalence.kane_1988.all"]
    assert (one.estimate, one.low, one.high, one.n, one.source) == (None, None, None, 0, "")


def test_clozapine_resistance_is_a_share_of_the_resistant_whose_answer_is_settled(
    found: dict[str, Finding],
) -> None:
    clozapine = found["clozapine_resistant"]
    assert (clozapine.estimate, clozapine.n) == (0.8, 5)
    assert clozapine.note == "1 of 6 unknown"
    first = found["from_first_episode"]
    assert (first.estimate, first.n, first.note) == (0.8, 5, "1 of 6 unknown")


def test_choices_are_counted_by_person_and_by_course(found: dict[str, Finding]) -> None:
    keys, floor = found["verdict_depends_on_dose_key"], found["response_depends_on_scale_floor"]
    assert (keys.estimate, keys.n, keys.unit) == (2, 8, "people")
    assert (floor.estimate, floor.n, floor.unit) == (1, 3, "courses")
    assert (keys.source, floor.source[:9]) == ("", "Obermeier")
    assert all(number.method.startswith("count of") for number in (keys, floor))
