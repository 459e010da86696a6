"""What is said beside the verdict, with the sentence that goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from opentrs.ascertain.specifiers import remission_frame, specifiers_frame
from tests.unit.ascertain.everything_asked import found_for

WELL = {"visit 5": "2020-07-01", "P1 and P3 at all visits": "3"}
PEOPLE: Mapping[str, Mapping[str, str]] = {
    "complete": {},
    "never rated": {"visit 1": "none", "visit 2": "none", "visit 3": "none", "visit 4": "none"},
    "not rated after the second drug": {"visit 3": "none", "visit 4": "none"},
    "negative too": {"N1 and N2 at visit 4": "4"},
    "positive once, then not rated": {"P1 at visit 4": "", "P3 at visit 4": ""},
    "a control": {"diagnosis": "", "group": "control"},
    "well": WELL,
    "well for a day less": {**WELL, "visit 5": "2020-06-30"},
    "ill again": {**WELL, "P3 at visit 5": "4"},
    "ill again, an item blank": {**WELL, "P3 at visit 5": "4", "G9 at visit 5": ""},
    "an item blank at last": {**WELL, "G9 at visit 5": ""},
    "an item not there at last": {**WELL, "G9 at visit 5": "none"},
    "ill in between": {**WELL, "P3 at visit 2": "4"},
    "only positive items at last": {
        **WELL,
        "negative items at visit 5": "none",
        "general items at visit 5": "none",
    },
    "thinking": {"P2 and N5 at visit 3": "4"},
    "thinking, at last": {"P2 and N5 at visit 4": "4"},
    "thinking, blank at last": {"P2 and N5 at visit 3": "4", "P2 and N5 and G11 at visit 4": ""},
    "thinking, severe": {"G11 at visit 4": "6"},
    "thinking, an item blank": {"P2 at visit 4": "4", "N5 at visit 4": ""},
    "depressed": {"CDSS total at visit 4": "7", "G6 at visit 4": "1"},
    "depressed before": {"CDSS total at visit 3": "7", "CDSS total at visit 4": "6"},
    "depressed by HAMD": {"HAMD total at visit 4": "17", "MADRS total at visit 4": "5"},
    "depressed by MADRS": {"MADRS total at visit 4": "20", "G6 at visit 4": "1"},
    "depressed by PANSS": {"G6 at visit 4": "4"},
    "depressed by PANSS, blank at last": {"G6 at visit 3": "4", "G6 at visit 4": ""},
    "depressed by BPRS": {"all visits rated on": "BPRS", "BPRS depressive mood at visit 4": "4"},
    "depressed or not": {
        "CDSS depression at visit 4": "3", "CDSS observed depression at visit 4": "3",
        "CDSS hopelessness at visit 4": "",
    },
    "never dated": {"no dates": "yes"},
}  # fmt: skip


@pytest.fixture(scope="module")
def tables() -> tuple[list[dict[Any, Any]], list[dict[Any, Any]]]:
    evidence = found_for(PEOPLE).evidence
    beside, remission = specifiers_frame(evidence, "en"), remission_frame(evidence, "en")
    assert beside.index.tolist() == list(range(len(beside)))
    assert remission.index.tolist() == list(range(len(remission)))
    return beside.to_dict("records"), remission.to_dict("records")


def test_everybody_asked_has_each_specifier_and_others_have_none(tables: Any) -> None:
    asked = [person for person in sorted(PEOPLE) if person != "a control"]
    names = ["cognitive", "depression", "negative", "positive"]
    assert [(row["person_id"], row["specifier"]) for row in tables[0]] == [
        (person, name) for person in asked for name in names
    ]
    assert [row["person_id"] for row in tables[1]] == asked


POSITIVE = "positive symptoms by the severity rule at the time in question"
NEGATIVE = "negative symptoms by the severity rule at the time in question"
COGNITIVE = "PANSS P2, N5 and G11 by the severity rule at their last rating; descriptive, no part of TRRIP"


@pytest.mark.parametrize(
    ("person", "specifier", "answer", "evidence"),
    [
        ("complete", "positive", "yes", POSITIVE),
        ("complete", "negative", "no", NEGATIVE),
        ("negative too", "negative", "yes", NEGATIVE),
        ("well", "positive", "no", POSITIVE),
        ("positive once, then not rated", "positive", "yes", POSITIVE),
        ("never rated", "positive", "unknown", "not rated"),
        ("not rated after the second drug", "positive", "unknown", "not rated"),
        ("complete", "cognitive", "no", COGNITIVE),
        ("thinking", "cognitive", "no", COGNITIVE),
        ("thinking, at last", "cognitive", "yes", COGNITIVE),
        ("thinking, blank at last", "cognitive", "yes", COGNITIVE),
        ("thinking, severe", "cognitive", "yes", COGNITIVE),
        ("thinking, an item blank", "cognitive", "unknown", "not rated"),
        ("never rated", "cognitive", "unknown", "not rated"),
        ("depressed", "depression", "yes", "CDSS: 7 (2020-06-16; cut-off > 6)"),
        ("depressed before", "depression", "no", "CDSS: 6 (2020-06-16; cut-off > 6)"),
        ("depressed by HAMD", "depression", "yes", "HAMD-17: 17 (2020-06-16; cut-off ≥ 17)"),
        ("depressed by MADRS", "depression", "yes", "MADRS: 20 (2020-06-16; cut-off ≥ 20)"),
        ("depressed by PANSS", "depression", "yes", "PANSS G6: 4 (2020-06-16; cut-off ≥ 4)"),
        ("depressed by PANSS, blank at last", "depression", "yes", "PANSS G6: 4 (2020-03-24; cut-off ≥ 4)"),
        ("depressed by BPRS", "depression", "yes", "BPRS-18 depressive_mood: 4 (2020-06-16; cut-off ≥ 4)"),
        ("depressed or not", "depression", "unknown", "CDSS: 6-27 (2020-06-16; cut-off > 6)"),
        ("never dated", "depression", "no", "PANSS G6: 3 (date not known; cut-off ≥ 4)"),
        ("never rated", "depression", "unknown", "no depression rating on record"),
    ],
)
def test_a_specifier_is_answered_and_quotes_what_it_rests_on(
    tables: Any, person: str, specifier: str, answer: str, evidence: str
) -> None:
    (row,) = (one for one in tables[0] if (one["person_id"], one["specifier"]) == (person, specifier))
    assert (row["answer"], row["evidence"]) == (answer, evidence)


UNKNOWN = "the eight PANSS items were not rated at visits half a year apart"
LOW_FOR = "days with all eight PANSS items at 3 or below, up to 2020-07-01:"


@pytest.mark.parametrize(
    ("person", "answer", "date", "days", "evidence"),
    [
        ("well", "yes", "2020-07-01", 182, f"{LOW_FOR} 182"),
        ("complete", "no", "2020-06-16", None, f"{LOW_FOR.replace('07-01', '06-16')} 0"),
        ("well for a day less", "unknown", "2020-06-30", 181, UNKNOWN),
        ("ill again", "no", "2020-07-01", None, f"{LOW_FOR} 0"),
        ("ill again, an item blank", "no", "2020-07-01", None, f"{LOW_FOR} 0"),
        ("an item blank at last", "unknown", "2020-07-01", None, UNKNOWN),
        ("an item not there at last", "unknown", "2020-07-01", None, UNKNOWN),
        ("only positive items at last", "unknown", "2020-07-01", None, UNKNOWN),
        ("ill in between", "unknown", "2020-07-01", 99, UNKNOWN),
        ("never rated", "unknown", "", None, UNKNOWN),
        ("never dated", "unknown", "", None, UNKNOWN),
    ],
)
def test_remission_lasts_from_the_last_visit_that_was_not_in_it(
    tables: Any, person: str, answer: str, date: str, days: int | None, evidence: str
) -> None:
    (row,) = (one for one in tables[1] if one["person_id"] == person)
    known = None if row["days"] != row["days"] else row["days"]
    assert (row["answer"], row["date"], known, row["evidence"]) == (answer, date, days, evidence)
