"""Parts plug in beside the rule: each runs, or says why not, and none stops another."""

from __future__ import annotations

import pandas as pd
import pytest

from opentrs.cohort.results import StudySettings
from opentrs.subtype.parts import Part, PartResult, PartSkipped, run_parts, with_columns
from tests.support.typed import cohort_of, panss, rated


def parts_of(*parts, lang="en"):
    cohort = cohort_of(rated("a", panss(4)))
    return run_parts(parts, cohort, {}, StudySettings(lang=lang), labelled=None)


def refuse(cohort, results, settings, labelled):
    raise PartSkipped("fewer than 100 people")


def test_a_part_that_cannot_run_leaves_its_reason_and_stops_no_other():
    table = pd.DataFrame({"n": [1]})
    run = parts_of(
        Part("refuses", frozenset({"ratings"}), refuse),
        Part("scans", frozenset({"pet", "ratings"}), refuse),
        Part("runs", frozenset(), lambda *_: PartResult({"runs": table})),
    )
    assert run.table.to_dict("records") == [
        {"part": "refuses", "ran": "no", "reason": "fewer than 100 people"},
        {"part": "scans", "ran": "no", "reason": "The cohort does not hold these tables: pet."},
        {"part": "runs", "ran": "yes", "reason": ""},
    ]
    assert list(run.results) == ["runs"]


def test_the_reason_is_told_in_the_language_of_the_study():
    run = parts_of(Part("scans", frozenset({"pet"}), refuse), lang="zh")
    assert run.table["reason"].tolist() == ["该队列没有以下表：pet。"]


def test_a_fault_of_a_part_is_not_hidden():
    def stumble(*_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        parts_of(Part("stumbles", frozenset(), stumble))


def test_a_part_fills_its_columns_visit_by_visit_and_leaves_the_rest():
    types = pd.DataFrame(
        {"person_id": ["a", "a", "b"], "date": ["1", "2", "1"], "p": [None, 0.5, None], "q": 1}
    )
    columns = pd.DataFrame({"person_id": ["b", "a"], "date": ["1", "1"], "p": [0.9, 0.1]})
    assert with_columns(types, columns)["p"].tolist() == [0.1, 0.5, 0.9]
    assert with_columns(types, columns)["q"].tolist() == [1, 1, 1]
    assert with_columns(types, None) is types
