"""What a label rests on, in words: what leads, what would flip it, and what is said where neither is."""

from __future__ import annotations

import pytest

from opentrs.cohort.results import StudySettings
from opentrs.subtype import stage
from opentrs.subtype.frames import day_word
from opentrs.subtype.stage import STAGE
from tests.support.typed import cohort_of, panss, rated

LEAD = "Lead over"
NO_RIVAL = "Fewer than two domains reach the floor, so none has to lead."
NOT_KNOWN = "A domain cannot be judged, so the type is not known."
NO_LABEL = "There is no label to flip."


@pytest.fixture(autouse=True)
def the_rule_alone(monkeypatch):
    monkeypatch.setattr(stage, "PARTS", ())


def evidence(values):
    types = STAGE.run(cohort_of(rated("a", values)), {}, StudySettings()).tables["types"]
    (row,) = types.to_dict("records")
    return row["type"], row["evidence"]


@pytest.mark.parametrize(
    ("values", "label", "said", "unsaid"),
    [
        (panss([5, 4, 4, 4], 4), "mixed", (LEAD,), (NO_RIVAL, NOT_KNOWN, NO_LABEL)),
        (panss(5), "delusion", (NO_RIVAL,), (LEAD, NOT_KNOWN, NO_LABEL)),
        (panss(1), "none", (NO_RIVAL,), (LEAD, NOT_KNOWN, NO_LABEL)),
        (panss(7, None), "unknown", (NOT_KNOWN, NO_LABEL), (LEAD, NO_RIVAL)),
    ],
)  # fmt: skip
def test_the_evidence_says_what_leads_or_why_nothing_has_to(values, label, said, unsaid):
    found, sentence = evidence(values)
    assert found == label
    for part in said:
        assert part in sentence
    for part in unsaid:
        assert part not in sentence


def test_a_domain_nobody_rated_is_said_to_be_and_scores_are_whole_percents():
    _, sentence = evidence(panss(7, None))
    assert "not rated" in sentence
    _, rated_all = evidence(panss(4, 1))
    assert "50% of the maximum possible" in rated_all
    assert "0% of the maximum possible" in rated_all
    assert "at the floor: yes" in rated_all
    assert "at the floor: no" in rated_all


def test_a_visit_without_a_date_has_an_empty_one():
    assert day_word(18262) == "2020-01-01"
    types = STAGE.run(cohort_of(rated("a", panss(4), day=None)), {}, StudySettings()).tables["types"]
    assert types["date"].tolist() == [""]
