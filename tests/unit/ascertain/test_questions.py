"""What each question answers and quotes of the record: how many, how many perhaps, since when."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from opentrs.messages import text
from tests.unit.ascertain.everything_asked import NEEDS, Said, found_for, said

THIRD = {"course 3 drug": "clozapine", "course 3 start": "2020-07-01", "course 3 days": "7"}
BPRS = {
    "all visits rated on": "BPRS",
    "BPRS suspiciousness, hallucinatory behaviour at all visits": "4",
    "BPRS anxiety, tension, guilt feelings at all visits": "7",
    "BPRS depressive mood at all visits": "5",
    "CGI CGI-S at visits 3 and 4": "4",
}
NOTHING = {
    "course 1": "none", "course 2": "none", "level": "none", "visit 1": "none", "visit 2": "none",
    "visit 3": "none", "visit 4": "none", "SOFAS": "none",
}  # fmt: skip
PEOPLE: Mapping[str, Mapping[str, str]] = {
    "complete": {},
    "nothing": NOTHING,
    "nothing, history open": {**NOTHING, "history complete": ""},
    "bprs": {**BPRS, "illness onset": "2015-03-24"},
    "bprs, ill a day less": {**BPRS, "illness onset": "2015-03-25", "CGI CGI-S at visit 4": "3"},
    "bprs, an item blank": {
        **BPRS,
        "BPRS hallucinatory behaviour at all visits": "",
        "BPRS suspiciousness at visit 4": "3",
    },
    "bprs, an item not there": {**BPRS, "BPRS hallucinatory behaviour at all visits": "none"},
    "clozapine": {**THIRD, "course 4 drug": "Leponex", "course 4 start": "2020-06-01", "course 4 days": "7"},
    "clozapine and a drug nobody knows": {
        **THIRD, "course 4 drug": "study drug X", "course 4 start": "2020-06-01", "course 4 days": "7",
    },
    "a drug nobody knows": {**THIRD, "course 3 drug": "study drug X"},
    "admitted": {
        "stay 1 days after course 2 end": "60", "stay 2 days after course 2 end": "30",
        "stay 3 days after course 2 end": "-50", "stay 4 days after course 2 end": "549",
    },
    "admitted, not with it": {"stay 1 days after course 2 end": "30", "stay 1 diagnosis": "F32"},
    "admitted on the last day": {"stay 1 days after course 2 end": "0"},
    "admitted before clozapine": {**THIRD, "stay 1 days after course 2 end": "30"},
    "admitted after clozapine": {**THIRD, "stay 1 days after course 2 end": "200"},
    "levels": {
        "level 2 day": "2020-03-06", "level 2": "150", "level announced": "no", "level 2 announced": "no",
    },
    "levels too near": {
        "level 2 day": "2020-03-07", "level 2": "150", "level announced": "no", "level 2 announced": "no",
    },
    "levels on one day": {"level 2": "150", "level announced": "no", "level 2 announced": "no"},
    "levels announced": {"level 2 day": "2020-03-06", "level 2": "150", "level announced": "no",
                         "level 2 announced": "yes"},
    "level low": {"level": "99"},
    "level blank": {"level": ""},
    "level of a drug nobody knows": {"level": "99", "level 2 drug": "study drug X", "level 2": "5"},
    "three drugs, one undated": {
        "course 1 start": "",
        "course 3 drug": "olanzapine", "course 3 start": "2020-04-01", "course 3 days": "42",
        "course 3 mg/day": "20", "course 3 route": "oral",
    },
    "the first drug again": {
        "course 3 drug": "haloperidol", "course 3 start": "2020-04-01", "course 3 days": "42",
        "course 3 mg/day": "16", "course 3 route": "oral",
    },
    # Visits whose day in the window is not sure: the symptoms that are there may be of that time.
    "mild after one drug": {"course 2": "none", "P1 at visits 2, 3 and 4": "3", "SOFAS day": "2020-01-15"},
    "mild after two drugs": {"P1 at visits 3 and 4": "3"},
    "mild after a drug nobody knows, nobody knows when": {
        "P1 at all visits": "3", "course 3 drug": "study drug X",
    },
    "moderate, with a visit nobody can judge between": {"visit 5": "2020-05-01", "P1 at visit 5": ""},
    "mild, one rating without a date": {"P1 at visits 3 and 4": "3", "visit 5": ""},
    "late bloomer": {"P1 at visit 4": "3", "SOFAS": "60"},
}  # fmt: skip


@pytest.fixture(scope="module")
def answers() -> Mapping[tuple[str, str], Said]:
    return said(found_for(PEOPLE))


@pytest.mark.parametrize(
    ("person", "question", "answer", "date", "quoted"),
    [
        # visits
        ("complete", "scale_used", "yes", "2020-03-24", {"n": 2}),
        ("complete", "severity", "yes", "2020-03-24", {"n": 2, "possible": 2}),
        ("late bloomer", "severity", "yes", "2020-03-24", {"n": 1, "possible": 1}),
        ("bprs, an item blank", "severity", "unknown", "", {"n": 0, "possible": 2}),
        ("nothing", "severity", "unknown", "", {"n": 0, "possible": 0}),
        ("mild after two drugs", "severity", "no", "", {"n": 0, "possible": 0}),
        ("mild after two drugs", "persistence", "no", "", {"n": 0}),
        ("mild after one drug", "severity", "unknown", "", {"n": 0, "possible": 1}),
        ("mild after one drug", "function", "unknown", "", {"n": 0, "possible": 1}),
        (
            "mild after a drug nobody knows, nobody knows when",
            "severity",
            "unknown",
            "",
            {"n": 0, "possible": 0},
        ),
        ("mild, one rating without a date", "severity", "unknown", "", {"n": 0, "possible": 0}),
        ("mild, one rating without a date", "persistence", "unknown", "", {"n": 0}),
        ("nothing", "scale_used", "unknown", "", {"n": 0}),
        ("complete", "function", "yes", "2020-03-24", {"n": 1, "possible": 1}),
        ("late bloomer", "function", "no", "", {"n": 0, "possible": 0}),
        ("nothing", "function", "unknown", "", {"n": 0, "possible": 0}),
        ("complete", "persistence", "yes", "2020-06-16", {"value": 84, "n": 2}),
        ("late bloomer", "persistence", "no", "", {"value": 0, "n": 1}),
        (
            "moderate, with a visit nobody can judge between",
            "persistence",
            "unknown",
            "",
            {"value": 0, "n": 2},
        ),
        ("bprs, an item blank", "persistence", "unknown", "", {"n": 0}),
        ("bprs", "cgi_severity", "yes", "2020-03-24", {"n": 2, "possible": 2}),
        ("bprs, ill a day less", "cgi_severity", "yes", "2020-03-24", {"n": 1, "possible": 1}),
        ("complete", "cgi_severity", "unknown", "", {"n": 0, "possible": 0}),
        ("bprs", "bprs_total", "yes", "2020-03-24", {"n": 2, "possible": 2}),
        ("bprs, an item not there", "bprs_total", "unknown", "", {"n": 0, "possible": 2}),
        ("complete", "bprs_total", "unknown", "", {"n": 0, "possible": 0}),
        ("bprs", "bprs_psychotic_items", "yes", "2020-03-24", {"n": 2, "possible": 2}),
        # at visit 4 suspiciousness is 3, so the blank item alone cannot make two
        ("bprs, an item blank", "bprs_psychotic_items", "unknown", "", {"n": 0, "possible": 1}),
        ("bprs, an item not there", "bprs_psychotic_items", "unknown", "", {"n": 0, "possible": 2}),
        # levels
        ("complete", "plasma_level", "yes", "2020-03-20", {"n": 1, "possible": 1, "value": 100}),
        ("levels", "plasma_level", "yes", "2020-03-06", {"n": 2, "possible": 2, "value": 150}),
        ("levels on one day", "plasma_level", "yes", "2020-03-20", {"n": 2, "possible": 2, "value": 150}),
        ("level low", "plasma_level", "no", "", {"n": 0, "possible": 0, "value": 99}),
        ("level blank", "plasma_level", "unknown", "", {"n": 0, "possible": 1}),
        ("level of a drug nobody knows", "plasma_level", "unknown", "", {"n": 0, "possible": 1, "value": 99}),
        # a level that has its course is not counted once more for a course that has no drug
        ("a drug nobody knows", "plasma_level", "yes", "2020-03-20", {"n": 1, "possible": 1, "value": 100}),
        ("nothing", "plasma_level", "unknown", "", {"n": 0, "possible": 0}),
        ("levels", "repeated_levels", "yes", "2020-03-20", {"n": 2, "value": 14}),
        ("levels too near", "repeated_levels", "unknown", "2020-03-20", {"n": 2, "value": 13}),
        ("levels on one day", "repeated_levels", "unknown", "2020-03-20", {"n": 1, "value": 0}),
        ("levels announced", "repeated_levels", "unknown", "2020-03-20", {"n": 1, "value": 0}),
        ("complete", "repeated_levels", "unknown", "", {"n": 0}),
        # courses
        ("complete", "different_drugs", "yes", "2020-02-12", {"n": 2, "possible": 2}),
        ("a drug nobody knows", "different_drugs", "yes", "2020-02-12", {"n": 2, "possible": 3}),
        ("nothing", "different_drugs", "no", "", {"n": 0, "possible": 0}),
        ("nothing, history open", "different_drugs", "unknown", "", {"n": 0, "possible": 0}),
        ("complete", "duration", "yes", "2020-03-24", {"n": 2, "possible": 2}),
        ("a drug nobody knows", "duration", "yes", "2020-03-24", {"n": 2, "possible": 2}),
        ("a drug nobody knows", "dose", "yes", "2020-03-24", {"n": 2, "possible": 3}),
        ("a drug nobody knows", "not_responding", "yes", "2020-03-24", {"n": 2, "possible": 3}),
        ("a drug nobody knows", "outcome_documented", "yes", "2020-03-24", {"n": 2, "possible": 3}),
        ("nothing", "outcome_documented", "unknown", "", {"n": 0, "possible": 0}),
        ("complete", "adherence", "yes", "2020-03-20", {"n": 2, "possible": 2}),
        ("complete", "second_generation", "yes", "2020-03-24", {"n": 1, "possible": 1}),
        ("nothing", "second_generation", "no", "", {"n": 0, "possible": 0}),
        # the drug whose day is not known comes last: the second known one settles it
        ("the first drug again", "different_drugs", "yes", "2020-02-12", {"n": 2, "possible": 2}),
        ("the first drug again", "dose", "yes", "2020-03-24", {"n": 2, "possible": 2}),
        ("three drugs, one undated", "different_drugs", "yes", "2020-04-01", {"n": 3, "possible": 3}),
        ("complete", "prospective_nonresponse", "unknown", "", {"n": 0, "possible": 2}),
        ("complete", "depot_course", "no", "", {"n": 0, "possible": 0}),
        # other definitions
        ("bprs", "illness_years", "yes", "2020-03-24", {"value": 5}),
        ("bprs, ill a day less", "illness_years", "no", "2020-03-24", {"value": 5}),
        ("complete", "illness_years", "unknown", "2020-03-24", {}),
        ("complete", "clozapine_ever", "no", "", {"n": 0, "possible": 0}),
        ("nothing, history open", "clozapine_ever", "unknown", "", {"n": 0, "possible": 0}),
        ("clozapine", "clozapine_ever", "yes", "2020-06-01", {"n": 2, "possible": 2}),
        ("clozapine and a drug nobody knows", "clozapine_ever", "yes", "2020-07-01", {"n": 1, "possible": 2}),
        ("a drug nobody knows", "clozapine_ever", "unknown", "", {"n": 0, "possible": 1}),
        ("admitted", "clozapine_or_admission", "yes", "2020-04-23", {"n": 2, "possible": 2}),
        ("admitted, not with it", "clozapine_or_admission", "unknown", "", {"n": 2, "possible": 0}),
        ("admitted on the last day", "clozapine_or_admission", "unknown", "", {"n": 2, "possible": 0}),
        ("admitted before clozapine", "clozapine_or_admission", "yes", "2020-04-23", {"n": 2, "possible": 1}),
        ("admitted after clozapine", "clozapine_or_admission", "yes", "2020-07-01", {"n": 2, "possible": 1}),
        ("clozapine", "clozapine_or_admission", "yes", "2020-06-01", {"n": 2, "possible": 0}),
        ("a drug nobody knows", "clozapine_or_admission", "unknown", "", {"n": 2, "possible": 0}),
        ("nothing", "clozapine_or_admission", "no", "", {"n": 0, "possible": 0}),
        ("nothing, history open", "clozapine_or_admission", "unknown", "", {"n": 0, "possible": 0}),
    ],
)
def test_an_answer_quotes_what_it_rests_on(
    answers: Mapping[tuple[str, str], Said],
    person: str,
    question: str,
    answer: str,
    date: str,
    quoted: Mapping[str, int],
) -> None:
    found = answers[person, question]
    assert (found.answer, found.date) == (answer, date)
    unsaid = {"value": "not known", "date": date or "date not known", "n": "", "possible": ""}
    needs = f"≥ {NEEDS[question]}" if question in NEEDS else ""
    assert found.evidence == text(f"evidence.{question}", "en", **{**unsaid, "needs": needs, **quoted})
